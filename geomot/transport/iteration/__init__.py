"""What all iterations share: steps, and when to stop."""
