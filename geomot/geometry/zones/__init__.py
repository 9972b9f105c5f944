"""Zones: what is divided, given as simplices."""
