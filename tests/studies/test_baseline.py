"""The raster version of Algorithm 1, and the comparison with it."""

from __future__ import annotations

import numpy as np
import pytest

import geomot
from geomot import InvalidArgumentError, ScenarioError
from geomot.scenario import paper_scenario
from geomot.scenario.build import build_network
from geomot.studies import baseline
from geomot.studies.baseline.raster import run_raster
from geomot.studies.scenarios import equal_servers, spatial_scenario
from geomot.studies.solving import changed
from tests.benchmarks.raster import raster_masses
from tests.studies.tables import small_baseline


@pytest.mark.parametrize("keep", [0.0, 0.8])
def test_rounds_are_those_of_another_raster(keep: float) -> None:
    network = build_network(changed(paper_scenario(), "solver", tolerance=1e-6))
    found = run_raster(network, 50, keep, 3)
    assert len(found.rounds) == 4
    if keep == 0.0:  # the other one damps psi from all compute on
        for number in (0, 1):
            expected = raster_masses(network, 50, number, keep)
            np.testing.assert_allclose(found.rounds[number].masses, expected, atol=1e-12)
    assert all(round_.masses.sum() == pytest.approx(1.0, abs=1e-12) for round_ in found.rounds)


def test_a_round_is_the_best_response_to_the_one_before() -> None:
    network = build_network(changed(paper_scenario(), "solver", tolerance=1e-6))
    size, servers, sensors, twins = 40, network.servers, network.sensors, network.twins
    assert twins is not None
    ticks = (np.arange(size) + 0.5) * 2000.0 / size
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    squares = ((points[:, None] - servers.positions) ** 2).sum(axis=2)
    density = sensors.density.values(points)
    density /= density.sum()
    crowd = twins.count * twins.density.values(points) * (2000.0 / size) ** 2
    cells = squares.argmin(axis=1)
    alpha, psi = None, servers.compute
    for round_ in run_raster(network, size, 0.9, 20).rounds:
        masses = np.bincount(cells, density, 4)
        np.testing.assert_allclose(round_.masses, masses, atol=1e-12)
        phi = network.mean_twin_compute(squares[np.arange(len(points)), cells])
        left = servers.compute - np.bincount(cells, crowd * phi, 4)
        alpha, psi = (
            (masses, left)
            if alpha is None
            else (
                0.9 * alpha + 0.1 * masses,
                0.9 * psi + 0.1 * left,
            )
        )
        rates = [1.0 / network.upload.values(squares[:, b], np.array(b)) for b in range(4)]
        times = np.stack([1.0 / rate + 5000.0 / psi[b] for b, rate in enumerate(rates)], axis=1)
        cells = (np.log(times) + np.log(alpha)).argmin(axis=1)


def test_a_damped_raster_comes_near_the_equilibrium_and_more_so_when_finer() -> None:
    paper = changed(paper_scenario(), "solver", tolerance=1e-6)
    exact = np.array([server.mass for server in geomot.solve(paper).servers])
    network = build_network(paper)
    errors = [
        float(np.abs(run_raster(network, size, 0.8, 60).rounds[-1].masses - exact).max())
        for size in (50, 200)
    ]
    assert errors[1] < 0.5 * errors[0] < 0.01


def test_as_printed_one_server_ends_with_everything() -> None:
    network = build_network(changed(paper_scenario(), "solver", tolerance=1e-6))
    found = run_raster(network, 100, 0.0, 50)
    assert (found.status, found.period) == ("cycled", 2)
    assert found.rounds[-1].masses.max() == pytest.approx(1.0)
    assert geomot.solve(paper_scenario(), "fixed-point").status == "cycled"


def test_equal_servers_settle_at_once() -> None:
    network = build_network(changed(equal_servers(), "solver", tolerance=1e-6))
    found = run_raster(network, 20, 0.0, 10)
    assert (found.status, found.period, len(found.rounds)) == ("converged", 1, 2)
    np.testing.assert_allclose(found.rounds[-1].masses, 0.25, atol=1e-12)


def test_too_many_twins_end_it() -> None:
    many = changed(paper_scenario(), "twins", count=2000.0)
    found = run_raster(build_network(changed(many, "solver", tolerance=1e-4)), 20, 0.0, 10)
    assert found.status == "infeasible"
    assert len(found.rounds) == 1


def test_a_raster_in_space_has_volumes() -> None:
    network = build_network(changed(spatial_scenario(), "solver", tolerance=1e-3))
    masses = run_raster(network, 12, 0.9, 0).rounds[0].masses
    rng = np.random.default_rng(3)
    points = rng.uniform(0.0, 1000.0, (200_000, 3))
    density = network.sensors.density.values(points)
    squares = ((points[:, None] - network.servers.positions) ** 2).sum(axis=2)
    expected = np.bincount(squares.argmin(axis=1), density, 8) / density.sum()
    np.testing.assert_allclose(masses, expected, atol=6e-3)


def test_tables_belong_together() -> None:
    table = small_baseline()
    rounds, times = table.part("baseline-rounds"), table.part("baseline-times")
    for size, keep, steps, error, least in zip(
        *(
            table.where(method="raster").column(name)
            for name in ("size", "keep", "steps", "error", "least error")
        ),
        strict=True,
    ):
        own = rounds.where(method="raster", size=size, keep=keep)
        errors = own.column("error")
        assert (len(errors) - 1, errors[-1], min(errors)) == (steps, error, least)
        assert own.column("time") == sorted(own.column("time"))
    ours = table.where(method="geomot")
    assert all(e <= t for e, t in zip(ours.column("error"), ours.column("tolerance"), strict=True))
    fine = times.where(error=1e-8)
    assert fine.column("raster") == [None] and fine.column("geomot")[0] > 0.0
    said = " ".join(table.findings)
    assert "as printed cycles on grids of 40 (period 2, found after " in said
    assert "planar: errors are differences from geomot's own run to 1e-13; the least in these" in said
    assert table.settings["rounds of small grids"] == {"at most": 400, "pixels": 40000}


def test_what_the_raster_cannot_take_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="a grid of size 1 was asked for"):
        baseline(pixels=(1,))
    with pytest.raises(ScenarioError, match="zone: is no planar box"):
        baseline(spatial_scenario(), pixels=(10,))
    with pytest.raises(ScenarioError, match="twins: are one by one"):
        baseline(changed(paper_scenario(), "twins", sample=True), pixels=(10,))


@pytest.mark.benchmark
def test_geomot_reaches_1e8_before_a_raster_reaches_1e5() -> None:
    table = baseline(pixels=(1600, 2800, 4000), voxels=())
    times = table.part("baseline-times")
    (raster,) = times.where(error=1e-5).column("raster")
    (ours,) = times.where(error=1e-8).column("geomot")
    print(f"\nraster to 1e-5: {raster} s, geomot to 1e-8: {ours:.2f} s of processor time")
    assert raster is None or ours < raster
