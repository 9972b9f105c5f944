"""Transport with congestion: residuals, Newton's method, the fixed point."""
