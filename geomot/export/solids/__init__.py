"""Regions of spatial zones as meshes: one module for each format, what they hold, and checks of it."""
