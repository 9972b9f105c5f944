"""The convergence study: its closed forms against quadrature, and the orders that are observed."""

from __future__ import annotations

from itertools import pairwise
from math import exp, pi, sqrt
from pathlib import Path

import mpmath
import numpy as np
import pytest

from geomot import ScenarioError
from geomot.scenario import paper_scenario
from geomot.studies import convergence, study_files
from geomot.studies.convergence.boundaries import (
    closed_circle,
    closed_hyperbola,
    closed_sphere,
    scenario_boundaries,
)
from geomot.studies.convergence.closed import PROBLEMS, apollonius
from geomot.studies.convergence.cubature import (
    closed_nodes,
    closed_tolerances,
    scenario_nodes,
    scenario_tolerances,
)
from geomot.studies.convergence.fits import COLUMNS, PARTS, findings, orders, part_of
from geomot.studies.convergence.newton import closed_newton, scenario_newton
from geomot.studies.convergence.plan import plan
from geomot.studies.convergence.series import Series
from geomot.studies.scenarios import spatial_scenario
from geomot.studies.solving import changed, scenario_data
from geomot.studies.table import Table, table_of

PLANAR = ("Apollonius' circle", "half plane", "hyperbola")
SPATIAL = tuple(
    pytest.param(name, marks=pytest.mark.slow) for name in ("half space", "Apollonius' sphere")
)


def only(found: list[dict[str, object]]) -> Series:
    (series,) = found
    return Series(**series)  # type: ignore[arg-type]


def fitted(series: Series) -> float:
    value = series.fitted(part_of(series))
    assert value is not None
    return value


@pytest.mark.parametrize("name", PROBLEMS)
def test_shares_of_closed_forms_by_counting_points(name: str) -> None:
    problem = PROBLEMS[name]()
    lower, upper = problem.zone.bounds
    size = 1200 if problem.zone.dimension == 2 else 100
    ticks = [(np.arange(size) + 0.5) / size * (b - a) + a for a, b in zip(lower, upper, strict=True)]
    points = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, problem.zone.dimension)
    values = problem.density.values(points) / len(points)
    cells = problem.costs.values(points[:, None], np.arange(2)).argmin(axis=1)
    masses = np.bincount(cells, values)
    np.testing.assert_allclose(masses / problem.total, problem.shares, atol=2e-3)
    assert masses.sum() == pytest.approx(problem.total, abs=1e-4)


@pytest.mark.parametrize("dimension", [2, 3])
def test_mass_in_apollonius_ball_by_quadrature(dimension: int) -> None:
    _, radius, center = apollonius(dimension)
    std = 0.1
    sphere = {2: 2.0 * pi, 3: 4.0 * pi}[dimension]

    def shell(r: float) -> float:
        return sphere * r ** (dimension - 1) * mpmath.exp(-0.5 * (r / std) ** 2)

    inside = mpmath.quad(shell, [0, radius]) / (2.0 * pi * std**2) ** (0.5 * dimension)
    across = [
        mpmath.quad(lambda x, m=m: mpmath.npdf(x, m, std), [0, m, 1])  # type: ignore[misc]
        for m in center.tolist()
    ]
    problem = PROBLEMS["Apollonius' circle" if dimension == 2 else "Apollonius' sphere"]()
    assert problem.total == pytest.approx(float(mpmath.fprod(across)), rel=1e-13)
    assert problem.shares[0] == pytest.approx(float(inside / mpmath.fprod(across)), rel=1e-13)


def test_area_beside_the_hyperbola_by_quadrature() -> None:
    a, b = 0.1, sqrt(0.03)
    left = mpmath.quad(lambda y: 0.5 - a * mpmath.sqrt(1 + (y / b) ** 2), [-0.5, 0, 0.5])
    assert PROBLEMS["hyperbola"]().shares[0] == pytest.approx(float(left), rel=1e-14)


def test_the_plane_and_the_half_space_by_quadrature() -> None:
    density = mpmath.quad(lambda x: mpmath.npdf(x, 0, 0.0625), [-mpmath.inf, 0, 0.05])
    assert PROBLEMS["half plane"]().shares[0] == pytest.approx(float(density), rel=1e-14)
    parts = [
        mpmath.quad(lambda x: mpmath.npdf(x, 0.5, 0.2), interval) for interval in ([0, 0.53], [0.53, 1])
    ]
    expected = float(parts[0] / (parts[0] + parts[1]))
    assert PROBLEMS["half space"]().shares[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", [*PLANAR, *SPATIAL])
def test_the_cubature_is_geometric(name: str) -> None:
    series = only(closed_nodes(name))
    errors = [error for _, error, *_ in series.rows]
    assert min(errors) <= 1e-11
    falling = [error for error in errors if error > 1e-11]
    assert all(b <= a / 4.0 for a, b in pairwise(falling))  # every single node, not on average
    assert series.verdict(part_of(series)) == "met"


@pytest.mark.parametrize("name", [*PLANAR, *SPATIAL])
def test_errors_stay_below_estimates_and_tolerances(name: str) -> None:
    series = only(closed_tolerances(name))
    for tolerance, error, estimate, _ in series.rows:
        assert error <= estimate + 1e-14
        assert estimate <= tolerance
    assert fitted(series) < 0.1
    assert series.record(1e-14).order() > 0.5


def test_chords_are_of_second_order() -> None:
    for found in (closed_circle("circle"), closed_hyperbola("hyperbola")):
        sizes, tolerances = (Series(**series) for series in found)
        assert fitted(sizes) == pytest.approx(2.0, abs=0.2)
        assert fitted(tolerances) == pytest.approx(1.0, abs=0.1)


@pytest.mark.slow
def test_faces_of_both_orders() -> None:
    *_, flat, curved = (Series(**series) for series in closed_sphere("sphere"))
    assert fitted(flat) == pytest.approx(2.0, abs=0.2)
    assert fitted(curved) >= 3.8


def test_newton_is_quadratic() -> None:
    series = only(closed_newton(2))
    errors = [error for _, error, *_ in series.rows]
    assert min(errors) < 1e-12
    assert fitted(series) >= 1.95
    assert series.constant(part_of(series)) < 2.0  # type: ignore[operator]
    paper = only(scenario_newton("paper", **scenario_data(paper_scenario())))
    assert fitted(paper) >= 1.95
    assert paper.against == "its own last iterate"


def test_a_scenario_is_held_against_its_own_finest_run() -> None:
    data = scenario_data(changed(paper_scenario(), "solver", tolerance=1e-6))
    nodes, tolerances = only(scenario_nodes(**data)), only(scenario_tolerances(**data))
    assert nodes.against == tolerances.against == "its own finest run"
    assert len(tolerances.rows) == 10
    assert nodes.verdict(part_of(nodes)) == "met"
    assert all(error <= tolerance for tolerance, error, *_ in tolerances.rows)
    chords = Series(**scenario_boundaries(**data)[0])
    assert fitted(chords) == pytest.approx(2.0, abs=0.2)


def made(errors: list[float]) -> Table:
    rows = [
        ("nodes", "one", "mass", "closed form", k + 1, error, None, 1) for k, error in enumerate(errors)
    ]
    rows += [
        ("tolerance", "one", "mass", "closed form", 10.0**-k, 0.01 * 10.0 ** (1.5 - 1.5 * k), 0.05, 1)  # type: ignore[misc]
        for k in (1, 3)
    ]
    return table_of("convergence", "", COLUMNS, rows)


def test_findings_say_what_is_observed_and_expected() -> None:
    table = made([1e-1, 1e-3, 1e-5])
    said = findings(table)
    assert said[:3] == (
        "2 series of errors are as expected",
        "nodes, one (mass; against closed form): each node divides the error by 100.0 or more, on "
        "average by 100.0, down to 1e-05; expected at least 4: met",
        "tolerance, one (mass; against closed form): the largest error is 0.1 of the tolerance asked "
        "for, and errors are like its power 1.50; expected at most 1: met",
    )


def test_a_single_node_that_does_too_little_is_said() -> None:
    table = made([1e-1, 1e-4, 5e-5, 1e-9])  # falls by 500 on average
    assert orders(table).where(part="nodes").column("verdict") == ["not met"]
    said = findings(table)
    assert said[0] == "1 of 2 series of errors are not as expected"
    assert "by 2.0 or more" in said[1] and said[1].endswith("expected at least 4: not met")


def test_what_is_rounding_alone_has_no_order() -> None:
    fits = orders(made([exp(-40.0), exp(-41.0)]))
    assert fits.where(part="nodes").column("observed") == [None]


def test_every_case_of_the_plan_can_be_imported() -> None:
    from importlib import import_module

    cases = plan(scenario_data(paper_scenario()), with_space=True)
    assert len({case.key for case in cases}) == len(cases)
    for case in cases:
        module, _, name = case.function.partition(":")
        assert callable(getattr(import_module(module), name))


def test_twins_one_by_one_are_refused() -> None:
    with pytest.raises(ScenarioError, match="twins: are one by one; expected their density"):
        convergence(changed(paper_scenario(), "twins", sample=True))


def test_titles_of_scenarios_do_not_meet_those_of_closed_forms(tmp_path: Path) -> None:
    made = [
        Series(part, problem, quantity, "closed form", [[1, 0.1, None, 1], [2, 0.01, None, 1]]).plain()
        for problem in ("scenario", "hyperbola")
        for part, quantity in (
            ("nodes", "mass"),
            ("tolerance", "mass"),
            ("chord tolerance", "area, order 1"),
            ("chord", "area, order 1"),
            ("chord", "volume, order 2"),
            ("newton", "log alpha"),
        )
    ]
    for title in ("hyperbola", "_$x$"):
        given = paper_scenario().model_copy(update={"title": title})
        table = convergence(given, run=lambda cases: [made])
        assert table.column("problem").count("hyperbola") == 12
        assert table.column("problem").count(f"scenario {title!r}") == 12
        picture = study_files(table, tmp_path)[tmp_path / "convergence.svg"].decode()
        assert f"scenario '{title}' (closed form)" in picture
        assert table.settings["nodes"] == {"2": 12, "3": 9}


@pytest.mark.slow
def test_newton_is_quadratic_in_space() -> None:
    series = only(closed_newton(3))
    assert min(error for _, error, *_ in series.rows) < 1e-10
    assert fitted(series) >= 1.95
    assert series.constant(part_of(series)) < 2.0  # type: ignore[operator]


@pytest.mark.slow
def test_faces_of_both_orders_of_a_scenario() -> None:
    *_, flat, curved = (
        Series(**one) for one in scenario_boundaries(**scenario_data(spatial_scenario()))
    )
    assert curved.against == "the cubature along the true boundary"
    assert fitted(flat) == pytest.approx(2.0, abs=0.2)
    assert fitted(curved) >= 3.8


@pytest.mark.slow
def test_the_whole_study() -> None:
    fits = convergence().part("convergence-orders")
    assert set(fits.column("part")) == {part.name for part in PARTS}
    assert set(fits.where(part="chord tolerance").column("verdict")) == {None}
    assert set(fits.column("verdict")) == {"met", None}
