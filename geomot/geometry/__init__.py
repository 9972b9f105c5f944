"""Simplices, conforming bisection and zones."""

from geomot.geometry.meshes.mesh import Mesh, Refinement, bisect
from geomot.geometry.zones.zone import Zone

__all__ = ["Mesh", "Refinement", "Zone", "bisect"]
