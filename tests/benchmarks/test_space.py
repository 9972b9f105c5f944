"""Benchmarks in space: ``pytest -m benchmark -s tests/benchmarks/test_space.py``."""

from __future__ import annotations

import time

import numpy as np
import pytest

from geomot.densities import gaussian
from geomot.diagram import normalized
from geomot.diagram.spatial.partition import Solid, partition
from geomot.geometry import Zone
from geomot.network.association.problem import equilibrium_problem
from geomot.network.model.network import Network, Servers
from geomot.network.model.radio import Channel
from geomot.transport.congestion.newton import solve_equilibrium
from geomot.transport.congestion.problem import CongestionProblem
from geomot.transport.congestion.result import Equilibrium
from geomot.transport.starts.continuation import smoothed_start
from tests.network.networks import sensors

CUBE = Zone.box([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])


def eight_servers(seed: int, accuracy: float = 1e-11) -> CongestionProblem:
    """Return 8 random servers in a unit box (lengths in kilometres) under a gaussian."""
    rng = np.random.default_rng(seed)
    servers = Servers(
        tuple(map(str, range(8))),
        rng.uniform(0.0, 1.0, (8, 3)),
        rng.uniform(6e9, 16e9, 8),
        np.full(8, 1e7),
    )
    density = normalized(gaussian([0.5, 0.5, 0.5], 0.3), CUBE, accuracy)
    channel = Channel(3.0, 25.8, 1e-3, -170.0)
    return equilibrium_problem(Network(CUBE, servers, sensors(density), channel, None))


def solved(problem: CongestionProblem, tolerance: float) -> tuple[Equilibrium, float]:
    """Return the equilibrium and the process time of start and steps."""
    began = time.process_time()
    found, _ = solve_equilibrium(problem, *smoothed_start(problem), tolerance, 30)
    assert found.status == "converged"
    return found, time.process_time() - began


@pytest.mark.slow
def test_equilibria_in_space_smoke() -> None:
    found, _ = solved(eight_servers(1, 1e-6), 1e-3)
    assert found.shares.masses.sum() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.benchmark
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_servers(seed: int) -> None:
    problem = eight_servers(seed)
    fine, _ = solved(problem, 1e-10)
    for tolerance, allowed in ((1e-5, 10.0), (1e-8, 60.0)):
        found, spent = solved(problem, tolerance)
        error = float(np.abs(found.shares.masses - fine.shares.masses).max())
        print(f"seed {seed}, {tolerance:g}: {spent:.1f} s, error {error:.1e}")
        assert error < tolerance
        assert spent < allowed


@pytest.mark.benchmark
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_meshes_of_eight_regions(seed: int) -> None:
    problem = eight_servers(seed, 1e-6)
    found, _ = solved(problem, 1e-3)
    began = time.process_time()
    whole = partition(found.shares.costs, CUBE, 1e-3 * CUBE.extent)
    surfaces = [Solid(site, whole).surface for site in range(8)]
    spent = time.process_time() - began
    corners = whole.vertices[whole.sides.corners]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    angles = np.degrees(np.arcsin(np.clip(area * edges.min(axis=1) / edges.prod(axis=1), 0.0, 1.0)))
    print(
        f"seed {seed}: {spent:.1f} s, {sum(len(s.faces) for s in surfaces)} faces, "
        f"angles below 5 degrees {(angles < 5.0).mean():.1%}, "
        f"least {angles.min():.2g}, shortest edge {edges.min():.1e}, "
        f"loose vertices {whole.loose}"
    )
    assert spent < 10.0
