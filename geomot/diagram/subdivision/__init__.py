"""Meshes refined until integrals over the cells are as good as asked."""
