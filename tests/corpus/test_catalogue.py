"""Where each kind of input that breaks other tools is tested: the corpus' table of contents.

Cases with these names are in `tests.corpus.cases` (planar) and `tests.corpus.spatial`; each goes
through every one of `minimization_diagram`, `power_diagram`, `arc_diagram` and
`fixed_capacity_transport` that it is for, against its expectation and the argument of the minimum at
random points.  Zero bandwidth and compute are of scenarios (`tests/scenario/test_schema.py`), meshes
that geomot writes of exporters (`tests/export/test_solid_checks.py`).
"""

from __future__ import annotations

from tests.corpus.cases import CASES, REFUSALS
from tests.corpus.spatial import CURVED, FLAT, SOLID_REFUSALS

CATALOGUE: dict[str, list[str]] = {
    "Regular grids of sites, 10x10 planar and 2^3 to 5^3 spatial": [
        "grid 10x10, squares",
        "grid 10x10, distances",
        "grid 4x4, tolerance 1e-12",
        *(f"grid {n}^3" for n in (2, 3, 4, 5)),
    ],
    "Hexagonal lattice (CGAL/cgal#9601)": [
        "hexagonal lattice, squares",
        "hexagonal lattice, distances",
    ],
    "Octahedron and centre (BrunoLevy/geogram#108)": ["square and centre", "octahedron and centre"],
    "24 cocircular and 200 cospherical sites": [
        "24 cocircular, squares",
        "24 cocircular, distances",
        "24 cocircular and centre",
        "12 cospherical, icosahedron",
        "200 cospherical",
        "200 cospherical and centre",
    ],
    "Collinear sites": [
        "collinear",
        "collinear, along the zone",
        "in space, collinear",
        "in space, collinear, along the zone",
    ],
    "One site": [
        "one site",
        "one site far outside",
        "in space, one site",
        "in space, one site far outside",
    ],
    "Two sites": ["two sites", "in space, two sites"],
    "Bisectors along the zone's own edges": [
        "four on a square, polygon zone",
        "four on a diamond, polygon zone",
        "upright through the first cut of a box",
        "aligned, zone in two pieces",
    ],
    "Coincident sites of equal weight (voronoip, pysdot, sdot)": [
        "coincident, equal weights",
        "all coincident, equal weights",
        "in space, coincident, equal weights",
        "in space, all coincident",
    ],
    "Coincident sites of different weight (Kcnarf/d3-weighted-voronoi#1, glotzerlab/freud#1008)": [
        "coincident, different offsets",
        "coincident, different factors",
        "coincident, offsets in the last place",
        "in space, coincident, different weights",
    ],
    "Sites 1e-9 apart": [
        "1e-9 apart, squares",
        "1e-9 apart, distances",
        "1e-9 apart beside others",
        "in space, 1e-9 apart",
    ],
    "Sites outside the zone, on its boundary, at its corners": [
        "on the boundary and at corners, squares",
        "on the boundary and at corners, distances",
        "outside the zone",
        "at the four corners",
        "in space, at the eight corners",
        "in space, on the boundary",
        "in space, outside the zone",
    ],
    "Empty and hidden cells (BrunoLevy/geogram#319, #359; DelaunayTriangulation.jl#164; tess#5)": [
        "empty and hidden cells",
        "all but one hidden",
        "in space, hidden cell",
        "in space, all but one hidden",
    ],
    "Equal multiplicative weights: a line, not a circle": [
        "equal factors give a line",
        "in space, equal factors give a plane",
    ],
    "Checkerboard weights on a grid": [
        "checkerboard factors",
        "checkerboard factors, squares",
        "checkerboard offsets",
        "in space, checkerboard offsets",
        "in space, checkerboard factors",
    ],
    "Concentric seeds (neperfepx/neper#187)": ["concentric", "in space, concentric"],
    "A cell with a hole": [
        "cell with a hole",
        "cell with many holes",
        "in space, cell with a hole",
    ],
    "A cell in several pieces": [
        "cell in four pieces",
        "zone in two pieces",
        "in space, cell in eight pieces",
        "in space, zone that is not convex",
        "in space, zone with a hole, cell in two pieces",
        "in space, mesh of a ball, octants",
    ],
    "Curves that touch, the zone or each other": ["disk touches the sides", "touching disks"],
    "Weights spread over 12 decades": [
        "factors over 12 decades",
        "factors over 12 decades, squares",
        "offsets over 12 decades",
        "in space, offsets over 12 decades",
        "in space, factors over 12 decades",
    ],
    "Zones of size 1e-6 and 1e6": [
        "zone of size 1e-6",
        "zone of size 1e-6, factors",
        "zone of size 1e6",
        "long zone",
        "in space, zone of size 1e-6",
        "in space, zone of size 1e6",
        "in space, long zone",
    ],
    "A zone 1e6 away from the origin": [
        "zone 1e6 away",
        "zone 1e6 away, symmetric",
        "zone 1e6 away, factors",
        "in space, zone 1e6 away",
    ],
    # of every case: the sum of the measures (test_measures, test_shares) and shared boundaries
    "Cells that do not tile (libgeos/geos#955, georust/geo#1564)": ["grid 10x10, squares"],
    "NaN, infinity, wrong shapes": [
        "site at NaN",
        "site at infinity",
        "no site",
        "flat sites",
        "sites on a line",
        "sites in 4 dimensions",
        "factor zero",
        "factor NaN",
        "offset infinite",
        "offsets of another number",
        "exponent zero",
        "zone without measure",
        "zone with NaN",
        "zone that crosses itself",
        "zone and sites of different dimension",
        "tolerance NaN",
        "point at NaN",
    ],
    "Density with no mass in the zone": [
        "density without mass in the zone",
        "density with hardly any mass in the zone",
        "density of width zero",
    ],
    "Meshes: touching spheres, seams of 1e-4, self-intersections, wrongly oriented cavities": [
        "in space, touching balls, a cell each",
        "in space, mesh of loose triangles",
        "mesh with a seam of 1e-4",
        "mesh that crosses itself",
        "mesh with a cavity that faces the wrong way",
    ],
    "Narrow densities anywhere, also at a corner": [
        "narrow density in the middle",
        "narrow density off the centre",
        "narrow density at a corner",
        "narrow density outside a corner",
        "narrow density on a circle",
        "two narrow densities far apart",
        "narrow and wide density",
        "thin density",
        "in space, narrow density in the middle",
        "in space, narrow density at a corner",
    ],
    "Densities that are zero in part of the zone": ["density zero in part of the zone"],
}


def test_every_case_is_in_the_catalogue_and_the_other_way_round() -> None:
    named = [name for names in CATALOGUE.values() for name in names]
    entries = [*CASES, *FLAT, *CURVED, *REFUSALS, *SOLID_REFUSALS]
    assert set(named) == {entry.name for entry in entries}
