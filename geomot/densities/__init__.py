"""Densities on the zone."""

from geomot.densities.base import Density
from geomot.densities.gaussian import Mixture, Scaled, Uniform, gaussian, mixture

__all__ = ["Density", "Mixture", "Scaled", "Uniform", "gaussian", "mixture"]
