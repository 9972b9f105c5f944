"""Power diagrams: weighted sites, convex cells, flat bisectors."""

from geomot.power.cell import PowerCell, PowerFacets
from geomot.power.centroidal import Centroidal, lloyd, quantize
from geomot.power.diagram import PowerDiagram, power_diagram

__all__ = [
    "Centroidal",
    "PowerCell",
    "PowerDiagram",
    "PowerFacets",
    "lloyd",
    "power_diagram",
    "quantize",
]
