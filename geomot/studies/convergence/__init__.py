"""The convergence study: errors against what controls them, and how fast they fall."""
