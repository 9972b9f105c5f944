"""Partitions that minimise a function of what their cells hold."""
