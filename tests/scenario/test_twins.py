"""Twins one by one: from files, given in the scenario, or drawn; what is wrong with them, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import geomot
from geomot import ScenarioError
from geomot.network.model.network import PlacedTwins
from geomot.scenario import Scenario, load_scenario, paper_scenario
from geomot.scenario.build import build_network, build_zone
from geomot.scenario.load import scenario_from_data, with_twins
from tests.cli.scenarios import write_town
from tests.scenario.spatial import EXTRUSION, spatial
from tests.scenario.valid import spoiled, valid

POSITIONS = [[1, 2], [3, 4], [50, 60]]
NOWHERE = ("count", "density")  # what the valid scenario says of where its twins are


def one_by_one(**twins: Any) -> dict[str, Any]:
    """Return the valid scenario with these keys in place of the twins' number and density."""
    data = valid()
    kept = {key: value for key, value in data["twins"].items() if key not in NOWHERE}
    return {**data, "twins": {**kept, **twins}}


def drawn(**twins: Any) -> Scenario:
    """Return the valid scenario with 40 twins drawn from its density."""
    data = valid()
    return Scenario(**{**data, "twins": {**data["twins"], "count": 40, "sample": True, **twins}})


def placed(scenario: Scenario) -> PlacedTwins:
    twins = build_network(scenario).placed
    assert twins is not None
    return twins


def load_users(folder: Path, text: str | bytes, data: dict[str, Any] | None = None) -> Scenario:
    """Load a scenario, else the valid one, with twins from a CSV file of this content."""
    content = text.encode() if isinstance(text, str) else text
    (folder / "users.csv").write_bytes(content)
    return scenario_from_data(one_by_one(file="users.csv") if data is None else data, folder)


def test_a_file_gives_positions_and_leaves_classes_to_their_shares(tmp_path: Path) -> None:
    twins = load_users(tmp_path, "x,y\n1,2\n3.5,-4e0\n").twins
    assert twins is not None
    assert twins.positions == ((1.0, 2.0), (3.5, -4.0))
    assert twins.kinds is twins.count is twins.density is None
    assert twins.data == 23
    assert twins.placed


def test_a_file_may_give_classes_in_any_column(tmp_path: Path) -> None:
    twins = load_users(tmp_path, "class, y, x\n1, 2, 1\n0, 4, 3\n").twins
    assert twins is not None
    assert twins.positions == ((1.0, 2.0), (3.0, 4.0))
    assert twins.kinds == (1, 0)


def test_a_file_as_spreadsheets_write_it(tmp_path: Path) -> None:
    twins = load_users(tmp_path, '\ufeffx,y,class\r\n"1",2,0\r\n\r\n,,\r\n3,4,1\r\n').twins
    assert twins is not None
    assert twins.positions == ((1.0, 2.0), (3.0, 4.0))
    assert twins.kinds == (0, 1)


def test_a_file_in_space_has_heights(tmp_path: Path) -> None:
    data = spatial()
    kept = {key: value for key, value in data["twins"].items() if key not in NOWHERE}
    data = {**data, "twins": {**kept, "file": "users.csv"}}
    twins = load_users(tmp_path, "x,y,z,class\n1,2,3,0\n4,5,6,0\n", data).twins
    assert twins is not None
    assert twins.positions == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    with pytest.raises(
        ScenarioError,
        match=r"twins\.file: .*no column 'z' and the zone is spatial; add the heights of the twins",
    ):
        load_users(tmp_path, "x,y\n1,2\n", data)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", r"twins\.file", "users.csv is empty; expected a line with the columns x, y, class"),
        ("x,y\n", r"twins\.file", "has no rows; expected at least one twin"),
        ("x\n1\n", r"twins\.file", "has no column 'y'; add it"),
        ("x,y,y\n1,2,3\n", r"twins\.file", "has the column 'y' twice; remove one"),
        (
            "x,y,z\n1,2,3\n",
            r"twins\.file",
            "has the column 'z' and the zone is planar; remove the column, or give a zone in space",
        ),
        ("x,y,clas\n1,2,0\n", r"twins\.file", "unknown column 'clas'; did you mean 'class'?"),
        ("x,y,size\n1,2,0\n", r"twins\.file", "unknown column 'size'; expected x, y, class"),
        ("x,y\n1,2\n1\n", r"twins\.file", "line 3 of users.csv has 1 fields; expected 2, as many"),
        (
            "x,y\n1,2\n\n3,4;5\n",
            r"twins\.positions\[1\]\[1\]",
            r"is '4;5'; expected a number: .* \(line 4 of users.csv\)",
        ),
        (
            "x,y\n1,\n",
            r"twins\.positions\[0\]\[1\]",
            r"is ''; expected a number: .* \(line 2 of users.csv\)",
        ),
        (
            "x,y\ninf,1\n",
            r"twins\.positions\[0\]\[0\]",
            r"is inf; expected a finite number: .* \(line 2 of users.csv\)",
        ),
        (
            "x,y\n1_0,1\n",
            r"twins\.positions\[0\]\[0\]",
            r"is '1_0'; expected a number: .* \(line 2 of users.csv\)",
        ),
        (
            "x,y\n1,1\n1,2e12\n",
            r"twins\.positions\[1\]\[1\]",
            r"expected a number between -1e\+12 and 1e\+12 \(line 3 of users.csv\)",
        ),
        (
            "x,y,class\n1,2,1\n3,4,2\n",
            r"twins\.kinds\[1\]",
            r"is 2; expected the number of a class, from 0 to 1 \(line 3 of users.csv\)",
        ),
        (
            "x,y,class\n1,2,car\n",
            r"twins\.kinds\[0\]",
            r"is 'car'; expected a whole number: the class of each .* \(line 2 of users.csv\)",
        ),
        (
            "x,y,class\n1,2,1.0\n",
            r"twins\.kinds\[0\]",
            r"is '1.0'; expected a whole number: the class of each .* \(line 2 of users.csv\)",
        ),
        (
            "x,y,class\n1,2,-1\n",
            r"twins\.kinds\[0\]",
            r"is '-1'; expected a whole number: the class of each .* \(line 2 of users.csv\)",
        ),
        (
            "x,y,class\n1,2,\u00b2\n",
            r"twins\.kinds\[0\]",
            r"is '\u00b2'; expected a whole number: .* \(line 2 of users.csv\)",
        ),
        (
            "x,y,class\n1,2,\n",
            r"twins\.kinds\[0\]",
            r"is ''; expected a whole number: .* \(line 2 of users.csv\)",
        ),
        ('x,y\n"1"2,3\n', r"twins\.file", "is not valid CSV: .*line 2"),
        (b"x,y\n\xff,1\n", r"twins\.file", "cannot be read as UTF-8 text: .*; save it as UTF-8"),
    ],
)
def test_problems_of_the_file(tmp_path: Path, text: str | bytes, path: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"1 problem:\n  {path}: .*{message}"):
        load_users(tmp_path, text)


@pytest.mark.parametrize("name", ["absent.csv", ".", "nul\0.csv"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match=r"1 problem:\n  twins\.file: .* cannot be read"):
        scenario_from_data(one_by_one(file=name), tmp_path)


@pytest.mark.parametrize(("name", "message"), [(3, "is 3; expected text: the CSV"), (" ", "is blank")])
def test_a_file_that_is_no_name(tmp_path: Path, name: object, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"1 problem:\n  twins\.file: {message}"):
        scenario_from_data(one_by_one(file=name), tmp_path)


def test_problems_of_both_files_and_the_scenario_come_together(tmp_path: Path) -> None:
    data = one_by_one(file="users.csv") | {"servers": {"file": "sites.csv"}}
    data["sensors"]["count"] = -1
    with pytest.raises(ScenarioError) as caught:
        scenario_from_data(data, tmp_path)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["sensors.count", "servers.file", "twins.file"]
    (tmp_path / "users.csv").write_text("x,y,class\nwest,2,0\n3,4,7\n")
    (tmp_path / "sites.csv").write_text("name,x,y,compute,bandwidth\na,1,2,0,1\n")
    with pytest.raises(ScenarioError) as caught:
        scenario_from_data(data, tmp_path)
    found = {problem.path: problem.message for problem in caught.value.problems}
    lines = {path: message[message.rfind("(") :] for path, message in found.items()}
    assert lines.pop("sensors.count")
    assert lines == {
        "servers[0].compute": "(line 2 of sites.csv)",
        "twins.positions[0][0]": "(line 2 of users.csv)",
        "twins.kinds[1]": "(line 3 of users.csv)",
    }


def test_the_file_is_relative_to_the_scenario_and_another_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = tmp_path / "town"
    town.mkdir()
    where = "count = 5\ndata = 23.0", 'file = "users.csv"\ndata = 23.0'
    write_town(town, where, ('density = { kind = "uniform" }\n', ""))
    (town / "users.csv").write_text("x,y\n1,2\n")
    (tmp_path / "users.csv").write_text("x,y\n3,4\n")
    monkeypatch.chdir(tmp_path)

    def positions(**tables: str) -> object:
        twins = load_scenario("town/town.toml", **tables).twins
        assert twins is not None
        return twins.positions

    assert positions() == ((1.0, 2.0),)
    assert positions(twins="users.csv") == ((3.0, 4.0),)


def test_a_file_on_the_command_line_takes_the_place_of_wherever_twins_were(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("x,y\n1,2\n")
    everywhere = {"positions": POSITIONS, "kinds": [0, 0, 0], "sample": True, "seed": 3}
    data = valid()
    data["twins"] |= {**everywhere, "hosting": "free"}
    replaced = with_twins(data, users)
    kept = ("data", "bandwidth", "complexity", "classes", "hosting", "file")
    assert sorted(replaced["twins"]) == sorted(kept)
    assert replaced["zone"] is data["zone"]
    assert data["twins"]["positions"] == POSITIONS  # what was given stays as it was
    twins = scenario_from_data(replaced, tmp_path).twins
    assert twins is not None
    assert (twins.positions, twins.kinds, twins.hosting) == (((1.0, 2.0),), None, "free")


def test_the_papers_twins_may_be_replaced_but_not_those_of_a_scenario_without(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("x,y\n1,2\n")
    twins = paper_scenario(twins=users).twins
    assert twins is not None
    assert twins.positions == ((1.0, 2.0),)
    with pytest.raises(ScenarioError) as caught:
        scenario_from_data(with_twins({**valid(), "twins": None}, users), tmp_path)
    missing = [problem.path for problem in caught.value.problems]
    assert missing == ["twins.data", "twins.bandwidth", "twins.complexity", "twins.classes"]


@pytest.mark.parametrize(
    ("twins", "found"),
    [
        (
            {},
            {
                "count": "missing; give the number of twins, or positions",
                "density": "missing; give a 'uniform', 'gaussian', 'mixture', 'grid', 'points' or "
                "'mesh' "
                "density, or positions",
            },
        ),
        ({"count": 3}, {"density": "missing; give a 'uniform'"}),
        ({"density": {"kind": "uniform"}}, {"count": "missing; give the number of twins"}),
        (
            {"positions": POSITIONS, "count": 3},
            {"count": "has no place beside positions; give one or the other"},
        ),
        (
            {"positions": POSITIONS, "density": {"kind": "uniform"}},
            {"density": "has no place beside positions; give one or the other"},
        ),
        (
            {"positions": POSITIONS, "sample": True, "seed": 3, "count": 3},
            {key: "has no place beside positions" for key in ("count", "sample", "seed")},
        ),
        ({"positions": []}, {"positions": "has 0 entries; expected at least 1"}),
        (
            {"positions": [[1, 2, 3], [1, 2]]},
            {"positions[0]": "has 3 coordinates; expected 2, as the z"},
        ),
        ({"positions": [[1]]}, {"positions[0]": "has 1 coordinate; expected 2, x and y, or in space"}),
        (
            {"positions": POSITIONS, "kinds": [0, 1]},
            {"kinds": "has 2 entries; expected 3, as many as positions"},
        ),
        (
            {"positions": POSITIONS, "kinds": [0, 2, 5]},
            {
                "kinds[1]": "is 2; expected the number of a class, from 0 to 1",
                "kinds[2]": "is 5; expected the number of a class, from 0 to 1",
            },
        ),
        (
            {"positions": POSITIONS, "kinds": [0, 1.0, 0]},
            {"kinds[1]": "is 1.0; expected a whole number"},
        ),
        ({"positions": POSITIONS, "kinds": [0, 1, -1]}, {"kinds[2]": "is -1; expected"}),
        (
            {"count": 3, "density": {"kind": "uniform"}, "kinds": [0, 1, 0]},
            {"kinds": "has no place without positions; remove it"},
        ),
        (
            {"count": 3, "density": {"kind": "uniform"}, "hosting": "free"},
            {"hosting": "is 'free', which is for twins one by one; give positions, or sample = true"},
        ),
        (
            {"positions": POSITIONS, "hosting": "any"},
            {"hosting": "expected 'regional' or 'free': wheth"},
        ),
        (
            {"count": 3, "density": {"kind": "uniform"}, "seed": 3},
            {"seed": "has no place without sample = true; remove it"},
        ),
        (
            {"count": 3, "density": {"kind": "uniform"}, "sample": True, "seed": -1},
            {"seed": "is -1; expected"},
        ),
        (
            {"count": 3, "density": {"kind": "uniform"}, "sample": True, "seed": 1.0},
            {"seed": "is 1.0; expected a whole number: the seed"},
        ),
        (
            {"count": 3, "density": {"kind": "uniform"}, "sample": 1},
            {"sample": "is 1; expected true or false"},
        ),
        (
            {"count": 7.5, "density": {"kind": "uniform"}, "sample": True},
            {"count": "is 7.5; expected a whole number to draw"},
        ),
        (
            {"count": 0.5, "density": {"kind": "uniform"}, "sample": True},
            {"count": "is 0.5; expected a whole number to draw"},
        ),
        (
            {"count": 0, "density": {"kind": "uniform"}, "sample": True},
            {"count": "is 0; expected a number greater than 0"},
        ),
    ],
)
def test_contradictions_have_their_key_paths(twins: dict[str, Any], found: dict[str, str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario(**one_by_one(**twins))
    assert sorted(problem.path for problem in caught.value.problems) == sorted(
        f"twins.{key}" for key in found
    )
    for problem in caught.value.problems:
        assert found[problem.path.removeprefix("twins.")] in problem.message


def test_positions_in_the_plane_have_no_place_in_space() -> None:
    data = spatial()
    kept = {key: value for key, value in data["twins"].items() if key not in NOWHERE}
    with pytest.raises(
        ScenarioError, match=r"twins\.positions\[1\]: has 2 coordinates; expected 3, as the zone"
    ):
        Scenario(**{**data, "twins": {**kept, "positions": [[1, 2, 3], [4, 5]]}})


def test_values_that_say_nothing_are_no_contradiction() -> None:
    scenario = Scenario(**one_by_one(positions=POSITIONS, sample=False, seed=0, count=None))
    again = Scenario(**scenario.model_dump())  # as slots and models write them
    assert again == scenario
    assert Scenario(**drawn(seed=4).model_dump()) == drawn(seed=4)


def test_all_twins_outside_the_zone_are_named_and_its_boundary_belongs_to_it() -> None:
    corners = [[0, 0], [100, 0], [100, 100], [50, 0]]
    assert placed(Scenario(**one_by_one(positions=corners))).count == 4
    outside = Scenario(**one_by_one(positions=[[50, 50], [101, 2], [1, 1], [-1e-3, 0]]))
    with pytest.raises(ScenarioError) as caught:
        build_network(outside)
    assert [str(problem) for problem in caught.value.problems] == [
        "twins.positions[1]: is (101, 2), outside the zone; move it there, or leave the twin out",
        "twins.positions[3]: is (-0.001, 0), outside the zone; move it there, or leave the twin out",
    ]
    with pytest.raises(ScenarioError, match=r"twins\.positions\[1\]: is \(101, 2\), outside the zone"):
        geomot.solve(outside)


def test_twins_in_the_hole_of_a_zone_are_outside() -> None:
    data = spatial(EXTRUSION)
    kept = {key: value for key, value in data["twins"].items() if key not in NOWHERE}
    positions = [[30, 20, 10], [5, 5, 10], [5, 5, 4]]  # in the hole, in the zone, below it
    scenario = Scenario(**{**data, "twins": {**kept, "positions": positions}})
    with pytest.raises(ScenarioError) as caught:
        build_network(scenario)
    assert [problem.path for problem in caught.value.problems] == [
        "twins.positions[0]",
        "twins.positions[2]",
    ]


def test_given_classes_are_kept() -> None:
    twins = placed(Scenario(**one_by_one(positions=POSITIONS, kinds=[1, 1, 0])))
    assert twins.kinds.tolist() == [1, 1, 0]
    np.testing.assert_array_equal(twins.positions, POSITIONS)
    assert [kind.intensity for kind in twins.classes] == [10.0, 100.0]
    assert not twins.free


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_classes_that_are_not_given_take_turns_as_their_shares_ask(parts: list[int]) -> None:
    count, shares = sum(parts), [part / sum(parts) for part in parts]
    data = one_by_one(positions=[[1, 1]] * count)
    data["twins"]["classes"] = [{"share": s, "intensity": 10, "power": 0.1} for s in shares]
    kinds = placed(Scenario(**data)).kinds
    np.testing.assert_array_equal(np.bincount(kinds, minlength=len(parts)), parts)
    for some in range(1, count):  # no class runs ahead by a twin
        assert (np.bincount(kinds[:some], minlength=len(parts)) < np.array(shares) * some + 1.0).all()


def test_the_same_seed_draws_the_same_twins_and_another_seed_others() -> None:
    first, again, other = (placed(drawn(seed=seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.positions, again.positions)
    np.testing.assert_array_equal(first.kinds, again.kinds)
    assert first.count == other.count == 40
    assert not np.isin(first.positions, other.positions).any()
    assert placed(drawn()).positions.tolist() == placed(drawn(seed=0)).positions.tolist()


def test_servers_and_what_twins_ask_for_change_nothing_of_what_is_drawn() -> None:
    data = drawn(seed=3).model_dump()
    data["servers"] = data["servers"][:1]
    data["twins"] |= {"data": 40.0, "hosting": "free"}
    changed = placed(Scenario(**data))
    np.testing.assert_array_equal(changed.positions, placed(drawn(seed=3)).positions)
    assert changed.free


def test_whole_counts_may_be_floating_point_or_numpy() -> None:
    for count in (7.0, 7, np.float64(7.0), np.int64(7)):
        assert placed(drawn(count=count)).count == 7


@pytest.mark.parametrize("space", [False, True])
def test_drawn_twins_stand_in_the_zone_and_are_of_classes_by_shares(space: bool) -> None:
    data = spatial(EXTRUSION) if space else valid()
    classes = valid()["twins"]["classes"]
    twins = {**data["twins"], "count": 2000, "sample": True, "seed": 1, "classes": classes}
    scenario = Scenario(**{**data, "twins": twins})
    found = placed(scenario)
    assert build_zone(scenario.zone).contains(found.positions).all()
    counts = np.bincount(found.kinds, minlength=2)
    assert stats.chisquare(counts, [500, 1500]).pvalue > 1e-3


def test_a_fractional_number_of_twins_may_be_spread_but_not_drawn() -> None:
    twins = Scenario(**spoiled((("twins", "count"), 7.5))).twins
    assert twins is not None and not twins.placed
    with pytest.raises(ScenarioError, match=r"twins\.count: is 7\.5; expected a whole number to draw"):
        drawn(count=7.5)


def test_melbourne_with_users_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("name,x,y\na,1011.433,-63.182\nb,-938.704,-70.966\n")
    (tmp_path / "users.csv").write_text("x,y\n10.5,-20\n-30,40\n")
    melbourne = Path(__file__).parents[2] / "examples" / "melbourne.toml"
    scenario = load_scenario(melbourne, servers=tmp_path / "sites.csv", twins=tmp_path / "users.csv")
    assert scenario.twins is not None
    assert scenario.twins.positions == ((10.5, -20.0), (-30.0, 40.0))
    assert placed(scenario).count == 2
