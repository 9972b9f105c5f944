"""Simplices, conforming bisection and zones."""

from geomot.geometry.mesh import Mesh, Refinement, bisect
from geomot.geometry.zone import Zone

__all__ = ["Mesh", "Refinement", "Zone", "bisect"]
