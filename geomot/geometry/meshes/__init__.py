"""Simplicial meshes: bisection, cuts along breaks, search."""
