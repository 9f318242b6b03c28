"""The ground that touches the machine: settings, database, blobs, the durable engine, other services, telemetry."""
