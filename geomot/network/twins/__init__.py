"""Twins one by one, and which server hosts which."""
