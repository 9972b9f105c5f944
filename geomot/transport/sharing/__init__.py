"""Equilibria with demand in single points, which several sites may share."""
