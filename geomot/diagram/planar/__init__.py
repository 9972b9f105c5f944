"""Cells in the plane as polygons."""
