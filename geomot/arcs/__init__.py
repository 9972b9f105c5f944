"""Planar diagrams bounded by circular arcs: weights that multiply squared distances, and more."""

from geomot.arcs.cell import ArcCell, ArcRing
from geomot.arcs.diagram import ArcDiagram, arc_diagram

__all__ = ["ArcCell", "ArcDiagram", "ArcRing", "arc_diagram"]
