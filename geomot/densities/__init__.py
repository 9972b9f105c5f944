"""Densities on the zone."""

from geomot.densities.base import Density
from geomot.densities.function import FunctionDensity, function_density
from geomot.densities.gaussian import Mixture, Scaled, Uniform, gaussian, mixture
from geomot.densities.grid import GridDensity, grid_density
from geomot.densities.kernels import KernelDensity, kernel_density
from geomot.densities.meshed import MeshDensity, mesh_density

__all__ = [
    "Density",
    "FunctionDensity",
    "GridDensity",
    "KernelDensity",
    "MeshDensity",
    "Mixture",
    "Scaled",
    "Uniform",
    "function_density",
    "gaussian",
    "grid_density",
    "kernel_density",
    "mesh_density",
    "mixture",
]
