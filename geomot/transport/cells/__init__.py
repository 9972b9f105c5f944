"""What cells hold, and how that changes with the costs."""
