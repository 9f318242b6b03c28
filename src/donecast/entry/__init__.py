"""The edges: the only place that reads the command line, builds adapters and starts things."""
