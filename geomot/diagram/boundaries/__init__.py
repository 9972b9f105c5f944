"""Meshes refined until the boundaries of the cells are as good as asked."""
