"""Partitions of spatial zones with every kind of region, shared by the tests of files."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

from geomot import Zone, distance_costs, minimization_diagram
from geomot.diagram import MinimizationDiagram, Partition
from geomot.export.sizes import true_sizes
from geomot.export.solids.build import solid_mesh
from geomot.export.solids.content import SolidMesh
from geomot.export.solids.table import encode_table

NAMES = ("north east", 'the "ß" mast\\', "line\nend", "50 % [/b] &<x>", "hidden", "日本 %0A")
FACTS = {"title": "A hall\n<&>", "method": "snr", "status": "converged", "solve": "0123456789abcdef"}


@cache
def hall_diagram(offset: float = 0.0, size: float = 1.0) -> MinimizationDiagram:
    """Return the diagram of six sites in a box, one of them without points."""
    sites = np.array(
        [
            [0.5, 0.5, 0.5],
            [2.5, 0.6, 0.4],
            [1.4, 1.5, 0.6],
            [0.4, 1.6, 0.3],
            [1.0, 1.0, 0.5],
            [2.6, 1.7, 0.7],
        ]
    )
    factor = [1.0, 1.6, 1.2, 0.8, 1.0, 1.3]
    away = [0.0, 0.0, 0.0, 0.0, 9.0 * size, 0.0]
    costs = distance_costs(size * sites + offset, factor=factor, offset=away)
    zone = Zone.box(np.full(3, offset), size * np.array([3.0, 2.0, 1.0]) + offset)
    return minimization_diagram(costs, zone, 1e-2)


@cache
def hall(offset: float = 0.0, size: float = 1.0) -> Partition:
    """Return its cells; curved faces."""
    return hall_diagram(offset, size).solids(0.05 * size)[0].partition


@cache
def one() -> Partition:
    """Return the only cell of a box."""
    costs = distance_costs([[0.2, 0.2, 0.2]])
    return minimization_diagram(costs, Zone.box([0, 0, 0], [1, 2, 3])).solids()[0].partition


@cache
def cavity() -> Partition:
    """Return a ball, and the cube around it that has a cavity."""
    costs = distance_costs([[0.5, 0.5, 0.5], [0.8, 0.5, 0.5]], factor=[2.0, 1.0])
    zone = Zone.box([0, 0, 0], [1, 1, 1])
    return minimization_diagram(costs, zone, 1e-3).solids(0.012)[0].partition


@cache
def touching() -> Partition:
    """Return checkered cubes: each of two cells touches itself along lines."""
    centers = np.array([[x, y, z] for x in (0.5, 1.5) for y in (0.5, 1.5) for z in (0.5, 1.5)])
    costs = distance_costs(centers, exponent=2)
    return minimization_diagram(costs, Zone.box([0, 0, 0], [2, 2, 2]), 1e-3).solids(0.1)[0].partition


def hall_mesh(**options: object) -> SolidMesh:
    """Return all of its regions as files hold them."""
    return solid_mesh(hall(), NAMES, facts=FACTS, zone=6.0, **options)  # type: ignore[arg-type]


def hall_table(mesh: SolidMesh, file: str = "hall.stl") -> dict[str, Any]:
    """Return the table that goes with some of its regions."""
    sizes = true_sizes(hall_diagram(), NAMES)
    table: dict[str, Any] = json.loads(encode_table(mesh, hall(), sizes, file))
    return table


def far_mesh() -> SolidMesh:
    """Return the regions of a hall, 3 km wide and 1000 km away from the origin on each axis."""
    return solid_mesh(hall(1e6, 1e3), NAMES, facts=FACTS, zone=6e9)
