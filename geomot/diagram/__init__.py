"""Minimization diagrams: subdivision, integrals over cells, regions."""

from geomot.diagram.minimization import Masses, MinimizationDiagram, minimization_diagram
from geomot.diagram.partition import Partition, Solid
from geomot.diagram.regions import Region
from geomot.diagram.totals import normalized

__all__ = [
    "Masses",
    "MinimizationDiagram",
    "Partition",
    "Region",
    "Solid",
    "minimization_diagram",
    "normalized",
]
