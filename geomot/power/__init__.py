"""Power diagrams: weighted sites, convex cells, flat bisectors."""

from geomot.power.diagram import PowerCell, PowerDiagram, PowerFacets, power_diagram

__all__ = ["PowerCell", "PowerDiagram", "PowerFacets", "power_diagram"]
