"""Matrix for tests and benchmarks: a homeserver (Synapse), people who write, and a reader."""
