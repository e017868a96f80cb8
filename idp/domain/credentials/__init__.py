"""What proves that a person is who they say: passwords, and the counters that make guessing them slow."""
