"""Networks that no partition can serve, and what would help."""
