"""The hard cases in space, with their expectations; see `tests.corpus.cases` for those in the plane."""

from __future__ import annotations

from itertools import product
from math import pi, sqrt

import numpy as np
import shapely
import trimesh

from geomot import InvalidZoneError, Zone, distance_costs, gaussian
from geomot.kernels.simplices import Floats
from tests.corpus.cases import Case, Refusal, normal
from tests.diagram.oracles import solid_power_measures, voro_measures

CUBE = Zone.box([0.0] * 3, [1.0] * 3)
MIDDLE = np.full(3, 0.5)
SIDES = np.vstack([np.eye(3), -np.eye(3)])  # of an octahedron


def lattice(count: int) -> Floats:
    """Return a cubic grid of sites in the unit cube."""
    ticks = (np.arange(count) + 0.5) / count
    return np.array(list(product(ticks, repeat=3)))


def icosahedron(radius: float) -> Floats:
    """Return the corners of an icosahedron around the middle of the cube, aligned with it."""
    golden = 0.5 * (1.0 + sqrt(5.0))
    corners = [np.roll([0.0, a, b * golden], k) for k in range(3) for a in (1, -1) for b in (1, -1)]
    return MIDDLE + radius * np.array(corners) / sqrt(1.0 + golden**2)


def sphere(count: int, radius: float = 0.4) -> Floats:
    """Return sites spread over a sphere."""
    arms = np.random.default_rng(0).normal(size=(count, 3))
    return np.asarray(MIDDLE + radius * arms / np.linalg.norm(arms, axis=1, keepdims=True))


def ball_in_cube(radius: float) -> float:
    """Return the volume of a ball around the middle of the unit cube inside the cube."""
    high = max(radius - 0.5, 0.0)  # of the six caps that the sides cut off
    return 4.0 / 3.0 * pi * radius**3 - 6.0 * pi * high**2 * (3.0 * radius - high) / 3.0


def clipped(sites: Floats, offsets: Floats | None = None) -> Floats:
    """Return the shares of power cells in the unit cube by intersecting half-spaces."""
    weights = np.zeros(len(sites)) if offsets is None else offsets
    return solid_power_measures(sites, weights, np.zeros(3), np.ones(3))


def power(sites: object, offsets: object = None, factor: float = 1.0) -> object:
    """Return squared distances."""
    count = len(np.asarray(sites))
    return distance_costs(sites, exponent=2.0, factor=np.full(count, factor), offset=offsets)  # type: ignore[arg-type]


def spheres(radii: list[float]) -> object:
    """Return concentric sites whose bisectors are spheres of the given radii, from the inside out."""
    factors, offsets = [1.0], [0.0]
    for radius in radii:
        factors.append(factors[-1] / 2.0)
        offsets.append(offsets[-1] + (factors[-2] - factors[-1]) * radius**2)
    return distance_costs([MIDDLE] * len(factors), exponent=2.0, factor=factors, offset=offsets)


SCATTERED = np.random.default_rng(30).random((10, 3))
OBLIQUE = np.linspace([0.1, 0.2, 0.3], [0.9, 0.7, 0.6], 6)
TWINS = np.array([[0.3, 0.4, 0.5], [0.3 + 1e-9, 0.4, 0.5]])
CORNERS = np.array(list(product([0.0, 1.0], repeat=3)))
BORDER = np.array([[0.0, 0.3, 0.4], [1.0, 1.0, 1.0], [0.6, 0.0, 0.0], [0.0, 0.0, 0.0], [0.4, 0.7, 0.5]])
OUTSIDE = np.array([[-0.5, 0.5, 0.5], [0.9, 0.5, 0.5]])
PARITY = np.array(list(product([0, 1], repeat=3))).sum(axis=1) % 2
DECADES = np.array([1e-12, 1e-9, 1e-6, 1e-3, 0.1])
FAR = Zone.box([1e6, -1e6, 1e6], [1e6 + 1.0, -1e6 + 1.0, 1e6 + 1.0])
SHIFT = np.array([1e6, -1e6, 1e6])
ROUNDED = np.round(SCATTERED * 2**20) / 2**20
L_PRISM = Zone.extrusion([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)], [0.0, 1.0])
FRAME = Zone.extrusion(
    shapely.Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]]), [0.0, 1.0]
)
BALL = Zone.mesh(trimesh.creation.icosphere(2, radius=1.0))

# Exact polyhedra: power diagrams
FLAT = [
    *(
        Case(f"grid {n}^3", power(lattice(n)), CUBE, shares=np.full(n**3, n**-3.0), epsilon=1e-15)
        for n in (2, 3, 4, 5)
    ),
    Case(
        "octahedron and centre",
        power([*(MIDDLE + 0.25 * SIDES), MIDDLE]),
        CUBE,
        shares=[(1.0 - 1.0 / 64.0) / 6.0] * 6 + [1.0 / 64.0],  # a cube with sides of 1 / 4
        epsilon=1e-14,
    ),
    Case("12 cospherical, icosahedron", power(icosahedron(0.3)), CUBE, shares=np.full(12, 1 / 12)),
    Case("200 cospherical", power(sphere(200)), CUBE, shares=voro_measures(sphere(200))),
    Case(
        "200 cospherical and centre",
        power([*sphere(200), MIDDLE]),
        CUBE,
        shares=voro_measures(np.vstack([sphere(200), MIDDLE])),
    ),
    Case("in space, collinear", power(OBLIQUE), CUBE, shares=clipped(OBLIQUE)),
    Case(
        "in space, collinear, along the zone",
        power([[x, 0.4, 0.7] for x in (0.1, 0.2, 0.9)]),
        CUBE,
        shares=[0.15, 0.4, 0.45],
    ),
    Case("in space, one site", power([[0.3, 0.2, 0.9]]), CUBE, shares=[1.0]),
    Case("in space, one site far outside", power([[300.0, 0.2, -7.0]]), CUBE, shares=[1.0]),
    Case("in space, two sites", power([[0.2, 0.5, 0.5], [0.4, 0.5, 0.5]]), CUBE, shares=[0.3, 0.7]),
    Case(
        "in space, coincident, equal weights",
        power([[0.3, 0.4, 0.5], [0.7, 0.4, 0.5], [0.3, 0.4, 0.5]], [0.1] * 3),
        CUBE,
        shares=[0.25, 0.5, 0.25],
    ),
    Case("in space, all coincident", power([[0.3, 0.4, 0.5]] * 5), CUBE, shares=[0.2] * 5),
    Case(
        "in space, coincident, different weights",
        power([[0.3, 0.4, 0.5], [0.7, 0.4, 0.5], [0.3, 0.4, 0.5]], [0.1, 0.0, 0.0]),
        CUBE,
        shares=[0.0, 0.5, 0.5],
    ),
    Case(
        "in space, 1e-9 apart",
        power(TWINS),
        CUBE,
        shares=[0.3 + 5e-10, 0.7 - 5e-10],
        epsilon=1e-7,
        blurred=True,
    ),
    Case("in space, at the eight corners", power(CORNERS), CUBE, shares=[0.125] * 8),
    Case("in space, on the boundary", power(BORDER), CUBE, shares=clipped(BORDER)),
    Case("in space, outside the zone", power(OUTSIDE), CUBE, shares=[0.2, 0.8]),
    Case(
        "in space, hidden cell",
        power([[0.25, 0.5, 0.5], [0.5, 0.5, 0.5], [0.75, 0.5, 0.5]], [0.0, 0.0625, 0.0]),
        CUBE,
        shares=[0.5, 0.0, 0.5],
    ),
    Case(
        "in space, all but one hidden",
        power(SCATTERED, np.where(np.arange(10) == 7, 0.0, 4.0)),
        CUBE,
        shares=np.arange(10) == 7,
    ),
    Case(
        "in space, equal factors give a plane",
        power([[0.35, 0.4, 0.5], [0.55, 0.4, 0.5]], factor=3.0),
        CUBE,
        shares=[0.45, 0.55],
    ),
    Case(
        "in space, checkerboard offsets",
        power(lattice(2), 0.02 * PARITY),
        CUBE,
        # a dear cell is cut by three planes 0.02 nearer to its site
        shares=np.where(PARITY == 1, 0.48**3, 0.25 - 0.48**3),
    ),
    Case(
        "in space, offsets over 12 decades",
        power(SCATTERED[:5], DECADES),
        CUBE,
        shares=clipped(SCATTERED[:5], DECADES),
    ),
    Case(
        "in space, zone of size 1e-6",
        power(SCATTERED * 1e-6),
        Zone.box([0.0] * 3, [1e-6] * 3),
        shares=clipped(SCATTERED),
    ),
    Case(
        "in space, zone of size 1e6",
        power(SCATTERED * 1e6 - [5e5, 0.0, 0.0]),
        Zone.box([-5e5, 0.0, 0.0], [5e5, 1e6, 1e6]),
        shares=clipped(SCATTERED),
    ),
    Case("in space, zone 1e6 away", power(ROUNDED + SHIFT), FAR, shares=clipped(ROUNDED)),
    Case(
        "in space, long zone",
        power([[0.2, 2e-5, 5e-5], [0.5, 7e-5, 5e-5]]),
        Zone.box([0.0] * 3, [1.0, 1e-4, 1e-4]),
        shares=[0.35 - 2.5e-9 / 3.0, 0.65 + 2.5e-9 / 3.0],  # the plane leans by 1 / 6000
    ),
    Case(
        "in space, zone that is not convex",
        power([[0.5, 0.5, 0.2], [1.5, 0.5, 0.2], [0.5, 1.5, 0.2]]),
        L_PRISM,
        shares=[1 / 3] * 3,
    ),
    Case(
        "in space, zone with a hole, cell in two pieces",
        power([[1.5, 0.5, 0.5], [1.5, 2.5, 0.5], [1.5, 1.5, 0.5]]),
        FRAME,
        shares=[3 / 8, 3 / 8, 2 / 8],
    ),
    Case(
        "in space, mesh of a ball, octants",
        power(0.2 * (2.0 * CORNERS - 1.0)),
        BALL,
        shares=[0.125] * 8,
    ),
    Case(
        "in space, narrow density in the middle",
        power(lattice(2)),
        CUBE,
        shares=[0.125] * 8,
        density=gaussian(MIDDLE, 1e-3),
        masses=[0.125] * 8,
    ),
    Case(
        "in space, narrow density at a corner",
        power([[0.4003, 0.3, 0.3], [-0.4, 0.3, 0.3]]),
        CUBE,
        density=gaussian([0.0] * 3, 1e-3),
        masses=[0.25 * normal(0.00015, 1, 0, 1e-3), 0.25 * normal(0, 0.00015, 0, 1e-3)],
    ),
]

# Curved cells: the engine for any costs
CURVED = [
    Case(
        "in space, concentric",
        spheres([0.2, 0.4]),
        CUBE,
        shares=[ball_in_cube(0.2), ball_in_cube(0.4) - ball_in_cube(0.2), 1.0 - ball_in_cube(0.4)],
        tolerance=1e-3,
        epsilon=1e-3,
    ),
    Case(
        "in space, cell in eight pieces",
        spheres([0.6]),
        CUBE,
        shares=[ball_in_cube(0.6), 1.0 - ball_in_cube(0.6)],
        tolerance=1e-3,
        epsilon=1e-3,
    ),
    Case(
        "in space, cell with a hole",
        distance_costs([[0.4, 0.5, 0.5], [0.52, 0.5, 0.5]], factor=[1.0, 2.0]),
        CUBE,
        shares=[1.0 - 4 / 3 * pi * 0.08**3, 4 / 3 * pi * 0.08**3],
        tolerance=1e-4,
        epsilon=1e-4,
    ),
    Case(
        "in space, checkerboard factors",
        distance_costs(lattice(2), factor=1.0 + PARITY),
        CUBE,
        tolerance=1e-2,
    ),
    Case(
        "in space, factors over 12 decades",
        distance_costs(SCATTERED[:3], factor=[1e-6, 1.0, 1e6]),
        CUBE,
        tolerance=1e-3,
    ),
]


def cube(low: float, high: float) -> trimesh.Trimesh:
    """Return an axis-parallel cube."""
    return trimesh.creation.box(bounds=[[low] * 3, [high] * 3])


def together(one: trimesh.Trimesh, other: trimesh.Trimesh) -> trimesh.Trimesh:
    """Return two surfaces as one mesh, nothing merged."""
    vertices = np.vstack([one.vertices, other.vertices])
    faces = np.vstack([one.faces, other.faces + len(one.vertices)])
    return trimesh.Trimesh(vertices, faces, process=False)


def with_a_seam(width: float) -> trimesh.Trimesh:
    """Return a cube of loose triangles, one of whose corners is moved."""
    corners = cube(0.0, 1.0).triangles.reshape(-1, 3).copy()
    corners[0, 0] += width
    return trimesh.Trimesh(corners, np.arange(36).reshape(-1, 3), process=False)


def touching_balls() -> trimesh.Trimesh:
    """Return two spheres that share one vertex, a mesh that is not a manifold there."""
    ball = trimesh.creation.icosphere(1, radius=0.5)
    ball.apply_translation(-ball.vertices[ball.vertices[:, 2].argmin()])
    mesh = together(ball, trimesh.Trimesh(-ball.vertices, ball.faces[:, ::-1], process=False))
    mesh.merge_vertices()
    return mesh


BALLS = Zone.mesh(touching_balls())
FLAT += [
    Case(
        "in space, touching balls, a cell each",
        power([[0.0, 0.0, 0.5], [0.0, 0.0, -0.5]]),
        BALLS,
        shares=[0.5, 0.5],
    ),
    Case(
        "in space, mesh of loose triangles",
        power([[0.2, 0.5, 0.5], [0.4, 0.5, 0.5]]),
        Zone.mesh(with_a_seam(0.0)),
        shares=[0.3, 0.7],
    ),
]

SOLID_REFUSALS = [
    Refusal(
        "mesh with a seam of 1e-4",
        lambda: Zone.mesh(with_a_seam(1e-4)),
        InvalidZoneError,
        "is not closed: 4 edges have no opposite",
    ),
    Refusal(
        "mesh that crosses itself",
        lambda: Zone.mesh(together(cube(0.0, 1.0), cube(0.4, 1.3))),
        InvalidZoneError,
        "crosses itself",
    ),
    Refusal(
        "mesh with a cavity that faces the wrong way",
        lambda: Zone.mesh(together(cube(0.0, 1.0), cube(0.25, 0.75))),
        InvalidZoneError,
        "faces outwards inside another part",
    ),
]
