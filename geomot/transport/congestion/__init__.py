"""Equilibria: what each point pays grows with the mass of its cell."""
