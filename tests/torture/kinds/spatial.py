"""Zones in space, some of which need Netgen: diagrams and scenarios against lattices of points."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from geomot import minimization_diagram
from tests.torture import costs, densities, draw, solids, zones
from tests.torture.cases import Data, Kind
from tests.torture.command import require_right, run
from tests.torture.kinds.scenarios import require_hosted
from tests.torture.lattice import sampled
from tests.torture.partition import require_conserved, require_partition
from tests.torture.toml import written
from tests.torture.types import Floats, Ints
from tests.torture.verdicts import UnsolvedError, require
from tests.torture.verify import require_verified

LIMIT = 300.0  # s: two solves and a verification, and space takes longer
SUFFIXES = (".stl", ".ply", ".obj", ".glb", ".3mf", ".vtu", ".msh", ".html")
ORDERS = (".vtu", ".msh")  # that hold curved faces and tetrahedra


def generate_diagram(rng: np.random.Generator) -> Data:
    """Draw a zone in space, sites, costs and a density."""
    size = 10.0 ** rng.uniform(-2, 4)
    zone = solids.drawn(rng, size)
    lower, upper = zones.bounds(zone)
    count = int(rng.choice([1, 2, 3, 4]))
    sites = zones.lifted(rng, zone, zones.inside(rng, zones.outline(zone), count))
    kind = str(
        rng.choice(["uniform", "gaussian", "mixture", "grid", "mesh"], p=[0.3, 0.3, 0.2, 0.1, 0.1])
    )
    return {
        "zone": zone,
        "costs": costs.drawn(rng, sites, size),
        "density": densities.drawn(rng, lower, upper, kind),
        "tolerance": 10.0 ** rng.uniform(-3, -1),
        "chord": 10.0 ** rng.uniform(-2.0, -1.0),  # of the zone's extent
    }


def check_diagram(data: Data, folder: Path) -> None:
    """Compare measures and masses with lattices, and the volumes of the solids with measures."""
    zone, numbers = solids.built(data["zone"]), data["costs"]
    diagram = minimization_diagram(costs.built(numbers), zone, data["tolerance"])
    masses = diagram.integrate(densities.built(data["density"]))
    known = densities.known(data["density"], 3)

    def values(points: Floats, labels: Ints) -> Floats:
        return np.stack([np.ones(len(points)), known.values(points)], axis=1)

    inside, lower_upper = zones.contains(data["zone"]), zones.bounds(data["zone"])
    require(
        abs(diagram.measures.sum() - zone.measure) <= 1e-12 * zone.measure,
        "measures do not sum to the zone's",
    )
    problem = ""
    for points in (20_000, 200_000):  # a second look before something is called wrong
        found = sampled(
            *lower_upper, inside, costs.values(numbers), values, len(numbers["sites"]), points
        )
        problem = ""
        for column, (own, errors) in enumerate(
            [(diagram.measures, diagram.measure_errors), (masses.values, masses.errors)]
        ):
            away = np.abs(costs.summed(numbers, own - found.values[:, column]))
            allowed = costs.summed(numbers, errors + found.errors[:, column])
            allowed += 1e-9 * found.values[:, column].sum() + 1.0 / points * own.sum()
            if (away > allowed).any():
                b = int((away - allowed).argmax())
                what = ("measure", "mass")[column]
                problem = f"{what} of cell {b} is {own[b]!r}, by lattices "
                problem += f"{found.values[b, column]!r} within {allowed[b]:.3g}"
        if not problem:
            break
    if problem and not masses.bounded:
        raise UnsolvedError(f"not bounded: {problem}")
    require(not problem, problem)
    _require_solids(diagram.regions(data["chord"] * zone.extent), numbers, diagram.measures, data)


def _require_solids(regions: tuple, numbers: Data, measures: Floats, data: Data) -> None:  # type: ignore[type-arg]
    """Check that solids are closed, fill the zone, and have the measures but for their chords."""
    meshes = [region.mesh() for region in regions]
    for b, mesh in enumerate(meshes):
        require(len(mesh.faces) == 0 or mesh.is_watertight, f"the surface of cell {b} is not closed")
    volumes = np.array([float(mesh.volume) if len(mesh.faces) else 0.0 for mesh in meshes])
    areas = np.array([float(mesh.area) if len(mesh.faces) else 0.0 for mesh in meshes])
    total = measures.sum()
    require(abs(volumes.sum() - total) <= 1e-9 * total, "the solids do not fill the zone")
    extent = float(np.linalg.norm(np.subtract(*zones.bounds(data["zone"]))))
    chord = data["chord"] * extent
    away = costs.summed(numbers, volumes) - costs.summed(numbers, measures)
    allowed = costs.summed(numbers, 1.5 * chord * areas) + 3.0 * chord**3 + data["tolerance"] * total
    b = int((np.abs(away) - allowed).argmax())
    require(
        abs(away[b]) <= allowed[b],
        f"the surface of cell {b} is off by {away[b]!r}, not {allowed[b]:.3g}",
    )


def generate_scenario(rng: np.random.Generator) -> Data:
    """Draw a scenario in space, a method, and how its regions are exported."""
    size = 10.0 ** rng.uniform(1.0, 3.5)
    zone = solids.drawn(rng, size)
    metres = draw.scenario(rng, zone, size, most=3)
    metres["solver"] = {"tolerance": 10.0 ** float(rng.uniform(-3.5, -2.0))}
    suffix = str(rng.choice(SUFFIXES))
    method = str(rng.choice(["equilibrium", "snr", "optimum"], p=[0.55, 0.35, 0.1]))
    options = []
    if suffix in ORDERS:
        options += ["--order", "2"] if rng.random() < 0.5 else []
        options += ["--volume"] if rng.random() < 0.5 else []
    return {"metres": metres, "method": method, "suffix": suffix, "options": options}


def check_scenario(data: Data, folder: Path) -> None:
    """Solve, hold the numbers against the formulas, and read what is exported."""
    metres = data["metres"]
    given, files = draw.in_files(metres)
    given["zone"], more = solids.section(metres["zone"])
    file, out = written(folder, given, files | more), folder / "out"
    done = run("solve", file, "--method", data["method"], "--out", out, "--json")
    if done.exit_code == 2:
        require(not out.exists(), "a folder of a scenario that was refused")
        require_right(done)
    document = json.loads(done.stdout)
    if not document["servers"]:
        require_right(done)
    require_conserved(document, metres)
    for name in ("solution.json", "regions.glb", "regions.vtu", "regions.json"):
        read = run("info", out / name)
        require(read.exit_code == 0, f"info {name}: {read.stderr[-500:]}")
    require_right(done)
    require_hosted(document, metres, out)
    if not (document["hosting"] or {}).get("shared"):
        require_partition(document, metres)
    require_verified(file, out)
    chord = 0.02 * float(np.linalg.norm(np.subtract(*zones.bounds(metres["zone"]))))
    to = folder / f"cells{data['suffix']}"
    options = ["--method", data["method"], "--out", to, "--tolerance", chord, *data["options"]]
    require_right(run("export", file, *options))
    read = run("info", to)
    require(read.exit_code == 0, f"info {to.name}: {read.stderr[-500:]}")


KINDS = [
    Kind("spatial diagram", generate_diagram, check_diagram, 0.12, LIMIT),
    Kind("spatial scenario", generate_scenario, check_scenario, 0.16, LIMIT),
]
