from __future__ import annotations

import pickle
import re
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import geomot
from geomot import GeomotError, Problem, ScenarioError
from geomot.scenario import BoxZone, PolygonZone, Scenario, Server, UniformDensity
from tests.scenario.valid import ABSENT, spoiled, valid

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
POSITIVE_KEYS = [
    ("sensors", "count"),
    ("sensors", "power"),
    ("sensors", "data_density"),
    ("sensors", "unit_volume"),
    ("sensors", "slot"),
    ("sensors", "complexity"),
    ("sensors", "density", "std"),
    ("channel", "exponent"),
    ("channel", "reference_distance"),
    ("servers", 1, "compute"),
    ("servers", 1, "bandwidth"),
    ("twins", "count"),
    ("twins", "data"),
    ("twins", "bandwidth"),
    ("twins", "complexity"),
    ("twins", "density", "components", 1, "weight"),
    ("twins", "density", "components", 0, "std"),
    ("twins", "classes", 0, "intensity"),
    ("twins", "classes", 0, "power"),
]
NUMBER_KEYS = [
    *POSITIVE_KEYS,
    ("channel", "reference_loss"),
    ("channel", "noise_density"),
    ("zone", "lower", 0),
    ("servers", 2, "position", 1),
    ("sensors", "density", "mean", 0),
    ("twins", "density", "components", 1, "std", 0),
]


def key_path(keys: tuple[str | int, ...]) -> str:
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return path.removeprefix(".")


def problems(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ScenarioError) as caught:
        Scenario(**data)
    found = {problem.path: problem.message for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), "a key path appears twice"
    return found


def polygon(vertices: Any, holes: Any = ()) -> dict[str, Any]:
    zone = {"kind": "polygon", "vertices": vertices, "holes": list(holes)}
    return spoiled((("zone",), zone))


def test_valid_scenario_becomes_plain_values() -> None:
    scenario = Scenario(**valid())
    assert isinstance(scenario.zone, BoxZone)
    assert scenario.zone.upper == (100.0, 100.0)
    assert scenario.servers[2].position == (900.0, 80.0)  # outside the zone, which is allowed
    assert scenario.twins is not None
    assert scenario.twins.count == 7.5
    assert scenario.twins.density.components[1].std == (5.0, 10.0)
    assert scenario.solver.tolerance == 1e-9
    assert scenario == geomot.Scenario(**valid())
    assert hash(scenario) == hash(Scenario(**valid()))


def test_scenario_is_frozen() -> None:
    scenario = Scenario(**valid())
    with pytest.raises(ValidationError, match="frozen"):
        scenario.title = "other"


def test_no_twins_where_the_section_is_absent() -> None:
    assert Scenario(**spoiled((("twins",), ABSENT))).twins is None


def test_models_and_arrays_are_accepted_in_code() -> None:
    positions = np.array([[20, 30], [70, 80]], dtype=np.int64)
    data = valid() | {
        "zone": BoxZone(lower=np.zeros(2), upper=(100, 100)),
        "servers": [
            Server(name=f"{i}", position=position, compute=np.float64(8e9), bandwidth=10**7)
            for i, position in enumerate(positions)
        ],
        "twins": None,
    }
    scenario = Scenario(**data)
    assert scenario.servers[1].position == (70.0, 80.0)
    assert type(scenario.servers[1].position[0]) is float


def test_a_section_by_itself_raises_the_same_error() -> None:
    with pytest.raises(ScenarioError, match=r"position: has 4 coordinates; expected 2"):
        Server(name="a", position=[1, 2, 3, 4], compute=1, bandwidth=1)


@pytest.mark.parametrize("keys", POSITIVE_KEYS, ids=key_path)
@pytest.mark.parametrize("value", [0, -3.5])
def test_positive_where_it_must_be(keys: tuple[str | int, ...], value: float) -> None:
    found = problems(spoiled((keys, value)))
    assert list(found) == [key_path(keys)]
    assert f"is {value}; expected a number greater than 0: the " in found[key_path(keys)]


@pytest.mark.parametrize("keys", NUMBER_KEYS, ids=key_path)
@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_finite(keys: tuple[str | int, ...], value: float) -> None:
    data = spoiled((keys[:-1], [value, 5])) if keys[-2:] == ("std", 0) else spoiled((keys, value))
    assert f"is {value}; expected a finite number" in problems(data)[key_path(keys)]


@pytest.mark.parametrize("value", ["8e9", True, None, {}])
def test_numbers_are_not_converted_from_other_types(value: object) -> None:
    found = problems(spoiled((("servers", 1, "compute"), value)))
    assert re.search("is .*; expected a number", found["servers[1].compute"])


@pytest.mark.parametrize(
    ("keys", "value", "path", "message"),
    [
        (("zone",), ABSENT, "zone", "missing; give a 'box' or 'polygon', or in space a 'box'"),
        (("zone",), 3, "zone", "is 3; expected a table: a 'box' or"),
        (("zone", "kind"), ABSENT, "zone.kind", "missing; give a 'box' or 'polygon', or in space"),
        (
            ("zone", "kind"),
            "cone",
            "zone.kind",
            "is 'cone'; expected a 'box' or 'polygon', or in space a 'box', 'extrusion' or 'mesh'",
        ),
        (("zone", "lower"), ABSENT, "zone.lower", r"missing; give the lower corner \[m\]"),
        (("zone", "lower"), 3, "zone.lower", "is 3; expected a list"),
        (("zone", "lower"), {1.0, 2.0}, "zone.lower", "expected a list"),
        (("zone", "lower"), [0, 0, 0], "zone.upper", "has 2 coordinates; expected 3, as lower has"),
        (("zone", "lower"), [0], "zone.lower", "has 1 coordinate; expected 2, x and y, or"),
        (("zone", "upper"), [100, 0], "zone.upper", r"expected more than lower = \[0.0, 0.0\]"),
        (("zone", "uper"), [1, 1], "zone.uper", "unknown key; did you mean 'upper'?"),
        (("zone", "box"), 1, "zone.box", "unknown key; remove it, the keys here are: kind, lower"),
        (("servers",), ABSENT, "servers", "missing; give the servers, each {name, position"),
        (("servers",), [], "servers", "has 0 entries; expected at least 1"),
        (("servers",), {"file": "a.csv"}, "servers", "is .*; expected a list: the servers"),
        (("servers", 1), 3, "servers[1]", "is 3; expected a table"),
        (("servers", 2, "name"), "a", "servers[2].name", r"'a', the name of servers\[0\] already"),
        (("servers", 2, "name"), " ", "servers[2].name", "is blank; expected a name"),
        (("servers", 2, "name"), 7, "servers[2].name", "is 7; expected text"),
        (("servers", 0, "position"), [1, 2, 3], "servers[0].position", "has 3 coordinates"),
        (("servers", 0, "hosting"), "x", "servers[0].hosting", "unknown key"),
        (("channel", "kind"), "free", "channel.kind", "is 'free'; expected 'log-distance'"),
        (
            ("sensors", "density", "std"),
            [1, 2, 3],
            "sensors.density.std",
            "has 3 entries; expected one number, or one for each of the 2 coordinates",
        ),
        (("sensors", "density", "std"), "wide", "sensors.density.std", "'wide'; expected a number"),
        (("sensors", "density", "mean"), [1, 2, 3], "sensors.density.mean", "has 3 coordinates"),
        (
            ("sensors", "density", "kind"),
            "gausian",
            "sensors.density.kind",
            "is 'gausian'; expected a 'uniform', 'gaussian', 'mixture', 'grid', 'points' or 'mesh' "
            "density",
        ),
        (
            ("twins", "density", "components"),
            [],
            "twins.density.components",
            "has 0 entries; expected at least 1",
        ),
        (("twins", "classes"), [], "twins.classes", "has 0 entries; expected at least 1"),
        (
            ("twins", "classes", 0, "share"),
            0.25 + 2e-9,
            "twins.classes",
            "the shares sum to 1.000000002; expected 1 within 1e-9",
        ),
        (("twins", "classes", 0, "share"), "x", "twins.classes[0].share", "is 'x'; expected a num"),
        (("twins", "file"), "users.csv", "twins.file", "unknown key"),
        (("twins", "samples"), 3, "twins.samples", "did you mean .sample."),
        (("twins",), 3, "twins", "is 3; expected a table"),
        (("solver",), {"tolerance": 0}, "solver.tolerance", "is 0; expected a number greater"),
        (("channel", "noise_density"), -1e5, "channel.noise_density", "between -1000 and 1000"),
        (("channel", "exponent"), 1e6, "channel.exponent", "between -100 and 100"),
        (("sensors", "count"), 1e300, "sensors.count", "between 1e-30 and 1e"),
        (("servers", 0, "position"), [1e300, 0.0], "servers[0].position[0]", "between -1e"),
        (("solver",), {"tolerance": 1e-15}, "solver.tolerance", "greater than 1e-14"),
        (("solver",), {"tolerance": 1}, "solver.tolerance", "is 1; expected a number less than 1"),
        (("solver",), {"max_iterations": 0}, "solver.max_iterations", "is 0; expected a number gr"),
        (("solver",), {"max_iterations": 2.5}, "solver.max_iterations", "expected a whole number"),
        (("sensor",), {}, "sensor", "unknown key; did you mean 'sensors'?"),
        (("title",), 3, "title", "is 3; expected text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_problem_has_its_key_path(
    keys: tuple[str | int, ...], value: object, path: str, message: str
) -> None:
    found = problems(spoiled((keys, value)))
    assert list(found) == [path]
    assert re.search(message, found[path]), found[path]


def test_shares_may_differ_from_one_by_rounding() -> None:
    scenario = Scenario(**spoiled((("twins", "classes", 0, "share"), 0.25 + 5e-10)))
    assert scenario.twins is not None
    assert scenario.twins.classes[0].share == 0.25 + 5e-10  # taken as given, not divided by the sum


def test_all_problems_at_once() -> None:
    data = spoiled(
        (("zone", "upper"), [0, 100]),
        (("zone", "colour"), "red"),
        (("sensors", "count"), -1),
        (("channel", "exponent"), ABSENT),
        (("servers", 1, "position"), [1, 2, 3]),
        (("servers", 1, "bandwith"), 1e7),
        (("servers", 2, "compute"), nan),
        (("servers", 2, "name"), "a"),
        (("twins", "density", "components", 0, "weight"), 0),
        (("twins", "classes", 0, "share"), 0.3),
        (("twins", "classes", 1, "power"), 0),
    )
    assert set(problems(data)) == {
        "zone.upper",
        "zone.colour",
        "sensors.count",
        "channel.exponent",
        "servers[1].position",
        "servers[1].bandwith",
        "servers[2].compute",
        "servers[2].name",
        "twins.density.components[0].weight",
        "twins.classes",
        "twins.classes[1].power",
    }


@given(st.sets(st.sampled_from(POSITIVE_KEYS[:6] + POSITIVE_KEYS[7:]), min_size=1))
def test_any_set_of_problems_is_reported_in_full(keys: set[tuple[str | int, ...]]) -> None:
    found = problems(spoiled(*((key, -1) for key in keys)))
    assert set(found) == {key_path(key) for key in keys}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["kind", "lower", "mean", "std", "name"]), inner)
        ),
        max_leaves=6,
    ),
    st.sampled_from(
        [("zone",), ("zone", "lower"), ("servers",), ("servers", 0), ("sensors", "density")]
    ),
)
def test_whatever_stands_in_a_place_is_an_error_of_geomot(
    value: Any, keys: tuple[str | int, ...]
) -> None:
    try:
        Scenario(**spoiled((keys, value)))
    except ScenarioError as error:
        assert all(problem.path.startswith(key_path(keys[:1])) for problem in error.problems)


def test_polygon_with_a_hole() -> None:
    hole = [[2, 2], [4, 2], [4, 4]]
    zone = Scenario(**polygon(SQUARE, [hole])).zone
    assert isinstance(zone, PolygonZone)
    assert zone.holes == (((2.0, 2.0), (4.0, 2.0), (4.0, 4.0)),)


@pytest.mark.parametrize(
    ("vertices", "holes", "path", "message"),
    [
        ([[0, 0], [1, 1], [1, 0], [0, 1]], [], "zone.vertices", "outer ring is invalid: Self-int"),
        ([[0, 0], [1, 0], [2, 0]], [], "zone.vertices", "outer ring is invalid"),
        ([[0, 0], [1, 0]], [], "zone.vertices", "has 2 entries; expected at least 3"),
        ([[0, 0, 0], [1, 0], [1, 1]], [], "zone.vertices[0]", "has 3 coordinates; expected 2"),
        (SQUARE, [[[20, 20], [30, 20], [30, 30]]], "zone.holes", "Hole lies outside shell"),
        (SQUARE, [SQUARE], "zone.holes", "the polygon with its holes is invalid"),
        (SQUARE, [[[1, 1], [2, 2], [3, 3]]], "zone.holes", "the ring of hole 0 is invalid"),
        (SQUARE, [[[1, 1], [2, 2]]], "zone.holes[0]", "has 2 entries; expected at least 3"),
    ],
)
def test_polygon_must_be_valid(vertices: Any, holes: Any, path: str, message: str) -> None:
    found = problems(polygon(vertices, holes))
    assert list(found) == [path]
    assert message in found[path]


def test_error_lists_every_problem_on_its_own_line() -> None:
    error = ScenarioError([Problem("a.b", "is 1"), Problem("", "is not TOML")], "town.toml")
    assert str(error) == "invalid scenario town.toml, 2 problems:\n  a.b: is 1\n  is not TOML"
    assert isinstance(error, GeomotError)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.problems, copy.file) == (error.problems, "town.toml")


def test_uniform_density_has_no_parameters() -> None:
    assert UniformDensity().kind == "uniform"
    with pytest.raises(ScenarioError, match="mean: unknown key"):
        UniformDensity(mean=[1, 2])
