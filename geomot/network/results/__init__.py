"""What a partition means: times, computing, constraints, sensitivities."""
