"""Arrays in and out: what users pass is checked, what they get is read-only."""
