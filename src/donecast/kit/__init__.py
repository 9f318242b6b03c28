"""Tiny general things: ids, clock, errors. They know no podcast and import nothing of ours."""
