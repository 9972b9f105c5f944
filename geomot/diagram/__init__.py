"""Minimization diagrams: subdivision, integrals over cells, regions."""

from geomot.diagram.minimization import Masses, MinimizationDiagram, minimization_diagram
from geomot.diagram.planar.regions import Region
from geomot.diagram.spatial.partition import Partition, Solid
from geomot.diagram.subdivision.totals import normalized

__all__ = [
    "Masses",
    "MinimizationDiagram",
    "Partition",
    "Region",
    "Solid",
    "minimization_diagram",
    "normalized",
]
