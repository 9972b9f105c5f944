"""Slots from files, and scenarios solved one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import geomot
from geomot import InvalidArgumentError, ScenarioError
from geomot.network.model.network import PlacedTwins
from geomot.scenario import Scenario, Solution
from geomot.scenario.build import build_network
from geomot.scenario.slots import Slot, read_slots
from tests.scenario.spatial import spatial

HEADER = "slot,what,name,x,y,compute\n"
NAMES = ["south-west", "south-east", "north-west", "north-east"]


def paper(tolerance: float = 1e-6, **changes: Any) -> Scenario:
    data = geomot.paper_scenario().model_dump()
    data["solver"]["tolerance"] = tolerance
    return Scenario(**{**data, **changes})


def with_twins(scenario: Scenario | None = None, **twins: Any) -> Scenario:
    data = (scenario or paper()).model_dump()
    return Scenario(**{**data, "twins": {**data["twins"], **twins}})


def placed() -> Scenario:
    positions = [[500, 500], [1500, 700], [400, 1600]]
    return with_twins(count=None, density=None, positions=positions, kinds=[0, 2, 1])


def without_twins() -> Scenario:
    return paper(twins=None)


def read(folder: Path, rows: str, scenario: Scenario | None = None, header: str = HEADER) -> list[Slot]:
    path = folder / "day.csv"
    path.write_text(header + rows)
    return read_slots(path, scenario or paper())


def mean(scenario: Scenario) -> object:
    return scenario.sensors.density.mean  # type: ignore[union-attr]


def test_each_row_changes_one_thing_and_nothing_else(tmp_path: Path) -> None:
    base = paper()
    (slot,) = read(tmp_path, "7,sensors,,760,755,\n", base)
    assert slot.number == 7
    data = base.model_dump()
    data["sensors"]["density"]["mean"] = (760.0, 755.0)
    assert slot.scenario == Scenario(**data)
    (slot,) = read(tmp_path, "0,twins,2,760,755,\n", base)
    data = base.model_dump()
    data["twins"]["density"]["components"][2]["mean"] = (760.0, 755.0)
    assert slot.scenario == Scenario(**data)
    (slot,) = read(tmp_path, "0,server,north-west,1,2,\n", base)
    data = base.model_dump()
    data["servers"][2]["position"] = (1.0, 2.0)
    assert slot.scenario == Scenario(**data)
    (slot,) = read(tmp_path, "0,server,north-west,,,7e9\n", base)
    data = base.model_dump()
    data["servers"][2]["compute"] = 7e9
    assert slot.scenario == Scenario(**data)
    (slot,) = read(tmp_path, "0,server,north-west,1,2,7e9\n", base)
    data["servers"][2]["position"] = (1.0, 2.0)
    assert slot.scenario == Scenario(**data)
    (slot,) = read(tmp_path, "0,twin,1,1,2,\n", placed())
    data = placed().model_dump()
    data["twins"]["positions"] = [[500, 500], [1, 2], [400, 1600]]
    assert slot.scenario == Scenario(**data)
    assert base == paper()


def test_twins_of_one_gaussian_need_no_name(tmp_path: Path) -> None:
    bell = {"kind": "gaussian", "mean": (3.0, 4.0), "std": 250.0}
    base = with_twins(density=bell)
    (slot,) = read(tmp_path, "0,twins,,1,2,\n", base)
    assert slot.scenario == with_twins(density={**bell, "mean": (1.0, 2.0)})


def test_a_sensor_mixture_names_its_component(tmp_path: Path) -> None:
    data = paper().model_dump()
    data["sensors"]["density"] = data["twins"]["density"]
    (slot,) = read(tmp_path, "0,sensors,3,1,2,\n", Scenario(**data))
    components = slot.scenario.sensors.density.components  # type: ignore[union-attr]
    assert [c.mean for c in components] == [(500, 500), (1500, 500), (500, 1500), (1, 2)]


def test_drawn_twins_move_with_their_density(tmp_path: Path) -> None:
    base = with_twins(count=20, sample=True, seed=1)
    first, second = read(tmp_path, "0,twins,0,500,500,\n1,twins,0,900,900,\n", base)
    before, after = (build_network(slot.scenario).placed for slot in (first, second))
    assert before is not None and after is not None
    assert first.scenario == base
    np.testing.assert_array_equal(before.kinds, after.kinds)
    assert (before.positions != after.positions).any()


def test_changes_last_until_they_are_changed_again(tmp_path: Path) -> None:
    rows = (
        "0,sensors,,1,1,\n"
        "2,server,south-west,,,1e9\n"
        "2,server,south-east,5,5,\n"
        "2,sensors,,2,2,\n"
        "2,sensors,,3,3,\n"  # the last row of a slot counts
        "9,server,south-west,6,6,\n"
        "10,server,south-west,,,2e9\n"
    )
    slots = read(tmp_path, rows)
    assert [slot.number for slot in slots] == [0, 2, 9, 10]  # a slot without rows is none
    assert [mean(slot.scenario) for slot in slots] == [(1, 1), (3, 3), (3, 3), (3, 3)]
    servers = [slot.scenario.servers for slot in slots]
    assert [row[0].compute for row in servers] == [8e9, 1e9, 1e9, 2e9]
    assert [row[0].position for row in servers] == [(500, 500), (500, 500), (6, 6), (6, 6)]
    assert [row[1].position for row in servers] == [(1500, 500), (5, 5), (5, 5), (5, 5)]


def test_twins_move_one_by_one_from_slot_to_slot(tmp_path: Path) -> None:
    slots = read(tmp_path, "0,twin,0,1,1,\n1,twin,2,2,2,\n2,twin,0,3,3,\n", placed())
    found = [slot.scenario.twins.positions for slot in slots]  # type: ignore[union-attr]
    assert found == [
        ((1, 1), (1500, 700), (400, 1600)),
        ((1, 1), (1500, 700), (2, 2)),
        ((3, 3), (1500, 700), (2, 2)),
    ]


def test_files_as_spreadsheets_write_them_and_without_compute(tmp_path: Path) -> None:
    slots = read(
        tmp_path,
        " 0 , sensors ,, 1 , 2 \n,,,,\n\n1,sensors,,3,4\n",
        header="\ufeff" + HEADER[:-9] + "\n",
    )
    assert [(slot.number, mean(slot.scenario)) for slot in slots] == [(0, (1, 2)), (1, (3, 4))]


def test_in_space_places_have_heights(tmp_path: Path) -> None:
    base = Scenario(**spatial())
    header = "slot,what,name,x,y,z,compute\n"
    slots = read(tmp_path, "0,server,west,1,2,3,\n1,server,west,,,,9e9\n", base, header)
    assert [slot.scenario.servers[0].position for slot in slots] == [(1, 2, 3)] * 2
    assert slots[1].scenario.servers[0].compute == 9e9
    with pytest.raises(ScenarioError, match=r"slots: z is ''; expected a finite number \(line 2 of"):
        read(tmp_path, "0,server,west,1,2,,\n", base, header)
    with pytest.raises(ScenarioError, match=r"nothing is given; expected x, y, z, or the compute"):
        read(tmp_path, "0,server,west,,,,\n", base, header)
    with pytest.raises(ScenarioError, match=r"no column 'z' and the zone is spatial; add the heights"):
        read(tmp_path, "0,server,west,1,2,\n", base)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,sensors,,1,2,", "slot is 'a'; expected a whole number, not negative"),
        (",sensors,,1,2,", "slot is ''; expected a whole number, not negative"),
        ("-1,sensors,,1,2,", "slot is '-1'; expected a whole number, not negative"),
        ("6.0,sensors,,1,2,", "slot is '6.0'; expected a whole number, not negative"),
        ("\u00b2,sensors,,1,2,", "slot is '\u00b2'; expected a whole number, not negative"),
        ("4,sensors,,1,2,", "slot is 4 after slot 5; expected numbers that do not fall: sort the rows"),
        ("5,car,,1,2,", "what is 'car'; expected one of sensors, twins, twin, server"),
        ("5,Sensors,,1,2,", "what is 'Sensors'; expected one of sensors, twins, twin, server"),
        ("5,sensors,,1,2,8e9", "compute is given for 'sensors'; expected it for a 'server': leave it"),
        ("5,twins,0,1,2,8e9", "compute is given for 'twins'; expected it for a 'server'"),
        ("5,sensors,,,,", "nothing is given; expected x, y, or the compute of a server"),
        ("5,server,south-west,,,", "nothing is given; expected x, y, or the compute of a server"),
        ("5,sensors,,1,,", "y is ''; expected a finite number"),
        ("5,server,south-west,,1,8e9", "x is ''; expected a finite number"),
        ("5,sensors,,1,inf,", "y is 'inf'; expected a finite number"),
        ("5,sensors,,nan,1,", "x is 'nan'; expected a finite number"),
        ("5,sensors,,1_0,1,", "x is '1_0'; expected a finite number"),
        ("5,sensors,,east,1,", "x is 'east'; expected a finite number"),
        (
            "5,server,mast,1,2,",
            "there is no server 'mast'; expected one of south-west, south-east, nor",
        ),
        ("5,server,,1,2,", "there is no server ''; expected one of south-west, south-east, north"),
        ("5,server,south-west,1,2,much", "compute: is 'much'; expected a number: the computing power"),
        ("5,server,south-west,,,-1", "compute: is -1.0; expected a number greater than 0"),
        ("5,server,south-west,,,0", "compute: is 0.0; expected a number greater than 0"),
        (
            "5,server,south-west,1e13,2,",
            r"position\[0\]: is 10000000000000.0; expected a number between",
        ),
        (
            "5,twin,0,1,2,",
            "no twins are given one by one; expected a file of twins, or their positions",
        ),
        (
            "5,twins,,1,2,",
            "there is no component of the density of twins ''; expected a number from 0 ",
        ),
        (
            "5,twins,4,1,2,",
            "there is no component of the density of twins '4'; expected .* 0 to 3 in na",
        ),
    ],
)
def test_each_problem_has_its_line(tmp_path: Path, row: str, message: str) -> None:
    rows = f"5,sensors,,1,2,\n{row}\n"
    with pytest.raises(
        ScenarioError, match=rf"day.csv, 1 problem:\n  slots: {message}.*\(line 3 of day.csv\)$"
    ):
        read(tmp_path, rows)


@pytest.mark.parametrize(
    ("scenario", "row", "message"),
    [
        (placed(), "0,twin,3,1,2,", "there is no twin '3'; expected a number from 0 to 2 in name"),
        (placed(), "0,twin,-1,1,2,", "there is no twin '-1'; expected a number from 0 to 2 in name"),
        (placed(), "0,twin,,1,2,", "there is no twin ''; expected a number from 0 to 2 in name"),
        (placed(), "0,twins,0,1,2,", "the twins have no density with a centre; expected a gaussian or"),
        (without_twins(), "0,twin,0,1,2,", "no twins are given one by one; expected a file of twins"),
        (without_twins(), "0,twins,0,1,2,", "the twins have no density with a centre; expected"),
        (
            with_twins(density={"kind": "uniform"}),
            "0,twins,0,1,2,",
            "the twins have no density with a centre; expected a gaussian or a mixture",
        ),
    ],
)
def test_what_the_scenario_does_not_have_cannot_change(
    tmp_path: Path, scenario: Scenario, row: str, message: str
) -> None:
    with pytest.raises(ScenarioError, match=rf"1 problem:\n  slots: {message}.*\(line 2 of day.csv\)$"):
        read(tmp_path, row + "\n", scenario)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    rows = (
        "3,sensors,,1,x,\n2,sensors,,1,2,\n4,server,mast,1,2,\n4,server,north-east,1,2,-3\n4,x,,1,2,\n"
    )
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, rows)
    assert [str(problem)[-18:] for problem in caught.value.problems] == [
        f"(line {line} of day.csv)"[-18:] for line in (3, 2, 4, 5, 6)
    ]
    assert caught.value.file == str(tmp_path / "day.csv")


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (HEADER, "", "day.csv has no rows; expected at least one change"),
        ("", "", "day.csv is empty; expected a line with the columns slot, what, name, x, y, compute"),
        ("slot,what,x,y\n", "0,sensors,1,2\n", "has no column 'name'; add it"),
        ("what,name,x,y\n", "sensors,,1,2\n", "has no column 'slot'; add it"),
        ("slot,what,name,x,y,z\n", "0,sensors,,1,2,3\n", "has the column 'z' and the zone is planar"),
        ("slot,what,name,x,y,bandwidth\n", "0,sensors,,1,2,3\n", "has an unknown column 'bandwidth'"),
        (
            HEADER,
            "0,sensors,,1,2\n",
            "line 2 of day.csv has 5 fields; expected 6, as many as its first",
        ),
    ],
)
def test_problems_of_the_table(tmp_path: Path, header: str, rows: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"1 problem:\n  slots: .*{message}"):
        read(tmp_path, rows, header=header)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"slots: .*absent.csv cannot be read: No such file"):
        read_slots(tmp_path / "absent.csv", paper())


def moved(base: Scenario, what: str, step: float) -> Scenario:
    """Return a scenario in which something small has changed."""
    data = base.model_dump()
    if what == "sensors":
        data["sensors"]["density"]["mean"] = (750.0 + 5.0 * step, 750.0 - 2.0 * step)
    elif what == "twins":
        data["twins"]["density"]["components"][0]["mean"] = (500.0, 500.0 + 5.0 * step)
    elif what == "compute":
        data["servers"][0]["compute"] *= 1.0 - 0.01 * step
    else:
        data["servers"][3]["position"] = (1500.0 - 3.0 * step, 1500.0)
    return Scenario(**data)


def same_as_cold(warm: Solution, method: str, tolerance: float) -> None:
    cold = geomot.solve(warm.scenario, method)
    assert warm.status == cold.status == "converged"
    assert warm.average_sub_synchronization_time == pytest.approx(
        cold.average_sub_synchronization_time, rel=tolerance
    )
    for one, other in zip(warm.servers, cold.servers, strict=True):
        assert one.mass == pytest.approx(other.mass, abs=tolerance)
        assert one.twins == pytest.approx(other.twins, abs=100.0 * tolerance)


@pytest.mark.parametrize("what", ["sensors", "twins", "compute", "server"])
def test_small_changes_take_few_steps_to_the_answer_of_a_cold_start(what: str) -> None:
    base = paper()
    found = list(geomot.track(moved(base, what, step) for step in range(3)))
    assert len(found) == 3
    assert all(solution.iterations <= 3 for solution in found[1:])
    same_as_cold(found[-1], "equilibrium", 1e-5)


def small_changes_of_the_optimum(base: Scenario, what: str) -> None:
    found = list(geomot.track((moved(base, what, step) for step in range(2)), "optimum"))
    assert found[1].iterations <= 3
    same_as_cold(found[1], "optimum", 1e-3)


@pytest.mark.slow
def test_small_changes_take_few_steps_to_the_optimum() -> None:
    small_changes_of_the_optimum(paper(1e-4, twins=None), "sensors")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["sensors", "twins", "compute", "server"])
def test_small_changes_take_few_steps_to_the_optimum_with_twins(what: str) -> None:
    small_changes_of_the_optimum(paper(1e-4), what)


def drawn(seed: int) -> PlacedTwins:
    twins = build_network(with_twins(count=60, sample=True, seed=seed)).placed
    assert twins is not None
    return twins


def walk(
    seed: int, slots: int, hosting: str = "regional", tolerance: float = 1e-6
) -> Iterator[Scenario]:
    """Yield slots in which each of 60 twins goes a metre on, each in a direction of its own."""
    twins = drawn(seed)
    angles = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, 60)
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for slot in range(slots):
        places = np.clip(twins.positions + slot * steps, 0.0, 2000.0)
        yield with_twins(
            paper(tolerance),
            count=None,
            density=None,
            positions=places.tolist(),
            kinds=twins.kinds.tolist(),
            hosting=hosting,
        )


def few_steps_for_a_metre(seed: int, slots: int, hosting: str) -> None:
    found = list(geomot.track(walk(seed, slots, hosting)))
    assert all(solution.hosting.shared == 0 for solution in found)  # type: ignore[union-attr]
    assert all(solution.iterations <= 3 for solution in found[1:])
    same_as_cold(found[-1], "equilibrium", 1e-5)


def test_twins_that_move_by_a_metre_take_few_steps() -> None:
    assert geomot.solve(next(walk(0, 1))).iterations > 3
    few_steps_for_a_metre(0, 3, "regional")


@pytest.mark.slow
def test_freely_hosted_twins_that_move_by_a_metre_take_few_steps() -> None:
    few_steps_for_a_metre(0, 2, "free")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5, 6])  # in these no interface comes to a twin
def test_longer_walks_take_few_steps_per_metre(seed: int) -> None:
    few_steps_for_a_metre(seed, 5, "regional")


def test_an_interface_that_comes_to_a_twin_is_followed() -> None:
    """Where twins begin and cease to be shared more steps are taken, and the answer is the same."""
    found = list(geomot.track(walk(7, 5)))
    assert {solution.hosting.shared for solution in found} == {0, 1}  # type: ignore[union-attr]
    for solution in found[-2:]:
        same_as_cold(solution, "equilibrium", 1e-5)


def test_methods_without_iterations_are_tracked_likewise() -> None:
    found = list(geomot.track([paper(), moved(paper(), "sensors", 4.0)], "snr"))
    assert [str(solution.status) for solution in found] == ["converged"] * 2
    assert [solution.iterations for solution in found] == [0, 0]
    assert found[1].average_sub_synchronization_time == (
        geomot.solve(moved(paper(), "sensors", 4.0), "snr").average_sub_synchronization_time
    )


def test_servers_may_come_and_go_between_slots() -> None:
    data = paper().model_dump()
    fewer = Scenario(**{**data, "servers": data["servers"][:3]})
    mast = {"name": "mast", "position": (900, 900), "compute": 8e9, "bandwidth": 1e7}
    more = Scenario(**{**data, "servers": [*data["servers"], mast]})
    worlds = [paper(), fewer, more]
    found = list(geomot.track(worlds))
    for solution, world in zip(found, worlds, strict=True):
        assert [server.name for server in solution.servers] == [s.name for s in world.servers]
        same_as_cold(solution, "equilibrium", 1e-5)


@pytest.mark.slow
def test_other_servers_of_the_same_number_are_found_nevertheless() -> None:
    """A start that leads nowhere is given up: as many servers, all of them elsewhere."""
    data = paper().model_dump()
    rng = np.random.default_rng(0)
    for server in data["servers"]:
        server["position"] = rng.uniform(0, 2000, 2).tolist()
        server["compute"] = float(10 ** rng.uniform(9.5, 11))
    other = Scenario(**data)
    for solution in list(geomot.track([paper(), other, paper()]))[1:]:
        same_as_cold(solution, "equilibrium", 1e-5)


def test_twins_may_appear_and_change_in_number() -> None:
    crowd, fewer = next(walk(0, 1)), placed()
    for solution in list(geomot.track([without_twins(), crowd, fewer]))[1:]:
        same_as_cold(solution, "equilibrium", 1e-5)


def test_an_infeasible_slot_in_the_middle_is_told_and_passed() -> None:
    base = paper()
    crowded = with_twins(base, count=600.0)
    found = list(geomot.track([base, crowded, moved(base, "sensors", 1.0)]))
    assert [str(solution.status) for solution in found] == ["converged", "infeasible", "converged"]
    assert "all servers together" in found[1].message
    assert found[2].iterations <= 3  # from the first
    same_as_cold(found[2], "equilibrium", 1e-5)


def test_an_infeasible_slot_at_the_beginning_is_passed() -> None:
    found = list(geomot.track([with_twins(count=600.0), paper()]))
    assert [str(solution.status) for solution in found] == ["infeasible", "converged"]
    same_as_cold(found[1], "equilibrium", 1e-5)


def test_each_scenario_is_asked_for_when_the_one_before_is_solved() -> None:
    asked = []

    def worlds() -> Iterator[Scenario]:
        for slot in range(3):
            asked.append(slot)
            yield paper()

    solutions = geomot.track(worlds(), "snr")
    assert asked == []
    next(solutions)
    assert asked == [0]
    next(solutions)
    assert asked == [0, 1]


def test_nothing_to_track_is_nothing() -> None:
    assert list(geomot.track([])) == []


def test_errors_of_a_scenario_are_those_of_solve() -> None:
    with pytest.raises(InvalidArgumentError, match="method is 'best'; expected one of 'equilibrium'"):
        next(geomot.track([paper()], "best"))
    outside = with_twins(placed(), positions=[[1, 2], [3, 4], [5000, 1]])
    solutions = geomot.track([placed(), outside])
    assert next(solutions).status == "converged"
    with pytest.raises(ScenarioError, match=r"twins\.positions\[2\]: is \(5000, 1\), outside the zone"):
        next(solutions)


def test_progress_is_told_of_all_slots() -> None:
    rows: list[object] = []
    found = list(geomot.track([paper(), moved(paper(), "compute", 1.0)], progress=rows.append))
    assert len(rows) == sum(len(solution.history) for solution in found)
