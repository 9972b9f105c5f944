"""A polycrystal: grains of prescribed volumes as a labelled volume mesh.

Grains are the cells of a power diagram; fixed-capacity transport finds the weights that give each grain
its volume (D. P. Bourne, P. J. J. Kok, S. M. Roper, W. D. T. Spanjer, Laguerre tessellations and
polycrystalline microstructures, Philosophical Magazine 100, 2020): ``python examples/polycrystal.py``
writes ``polycrystal.vtu``, tetrahedra with the number of their grain; it needs meshio.
"""

import numpy as np

import geomot


def grains(count: int = 100, spread: float = 0.35) -> geomot.Transport:
    """Return grains in the unit cube whose volumes are log-normal."""
    rng = np.random.default_rng(8)
    seeds, volumes = rng.random((count, 3)), rng.lognormal(sigma=spread, size=count)
    cube = geomot.Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    return geomot.fixed_capacity_transport(seeds, volumes, geomot.Uniform(), cube)


if __name__ == "__main__":
    grains().diagram.to_meshio().write("polycrystal.vtu")
