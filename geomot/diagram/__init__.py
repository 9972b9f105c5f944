"""Minimization diagrams: subdivision, integrals over cells, regions."""

from geomot.diagram.minimization import Masses, MinimizationDiagram, minimization_diagram
from geomot.diagram.regions import Region
from geomot.diagram.totals import normalized

__all__ = ["Masses", "MinimizationDiagram", "Region", "minimization_diagram", "normalized"]
