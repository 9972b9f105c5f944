"""Where Newton's method starts."""
