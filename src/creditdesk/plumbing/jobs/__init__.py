"""Jobs: how they are declared and retried, what waits, what stalled, what failed for good."""
