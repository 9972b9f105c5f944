"""Cells in space as solids that share their faces."""
