from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from geomot.export import MalformedFileError, encode_summary, read_summary, summary_problems
from tests.export.solutions import solved_paper, solved_u_shape

KEYS = [
    "format",
    "version",
    "solve",
    "method",
    "status",
    "message",
    "iterations",
    "residual",
    "relative_residual",
    "certificate",
    "average_sub_synchronization_time",
    "average_error",
    "equilibrium_average_sub_synchronization_time",
    "starts",
    "integration_error",
    "relative_integration_error",
    "dimension",
    "zone_measure",
    "balance",
    "servers",
    "twins",
    "hosting",
    "constraints",
    "sensitivity",
    "history",
    "seconds",
    "scenario",
]


def document(method: str = "equilibrium") -> dict[str, Any]:
    return read_summary(encode_summary(solved_paper(method)))


@pytest.mark.parametrize("method", ["equilibrium", "snr", "fixed-point"])
def test_every_solution_is_valid(method: str) -> None:
    assert list(document(method)) == KEYS
    assert summary_problems(document(method)) == []


def test_servers_and_rows_have_the_keys_of_the_contract() -> None:
    held = document()
    assert list(held["servers"][0]) == [
        "name",
        "mass",
        "measure",
        "render_compute",
        "twin_compute",
        "twins",
        "sub_synchronization_time",
        "region",
        "weight",
        "rendering_time",
        "prices",
    ]
    assert list(held["history"][0]) == ["iteration", "residual", "step"]
    assert sorted(held["seconds"]) == ["cubature", "diagram", "linear_algebra", "total"]


def test_constraints_are_those_of_the_paper_with_plain_values() -> None:
    rows = document()["constraints"]
    names = ["9b", "9b-upload", "9c", "9d", "9e", "9f", "9g"]
    assert [row["constraint"] for row in rows] == names
    assert all(row["held"] is True for row in rows)
    keys = ["constraint", "rule", "violation", "allowed", "unit", "held", "where"]
    assert all(list(row) == keys for row in rows)
    assert list(rows[0]["where"]) == ["server", "point", "twin_class"]
    without = read_summary(encode_summary(solved_u_shape()))["constraints"]  # no twins
    assert without[0]["violation"] is without[0]["where"] is None
    assert without[0]["held"] is True


def test_files_from_before_there_were_constraints_are_valid() -> None:
    held = document()
    del held["constraints"]
    assert summary_problems(held) == []


def test_names_stay_readable() -> None:
    assert '"ß"'.encode() in encode_summary(solved_u_shape())


@pytest.mark.parametrize(
    ("keys", "value", "reason"),
    [
        (("status",), "fine", "status: is 'fine'; expected 'converged'"),
        (("zone_measure",), -1.0, "zone_measure: is -1.0; expected a number greater than 0"),
        (("iterations",), 1.5, "iterations: "),
        (("servers", 0, "mass"), -0.5, r"servers\[0\].mass: is -0.5; expected 0 or more"),
        (("servers", 0, "mass"), 0.9, "servers: the masses sum to 1.5"),
        (("servers", 1, "measure"), 1.0, "servers: the measures sum to"),
        (("servers", 2, "name"), " ", r"servers\[2\].name: is blank"),
        (("average_sub_synchronization_time",), 1.0, "the mean of the servers' times"),
        (("servers",), [], "servers: has 0 entries"),
        (("constraints", 2, "held"), False, r"constraints\[2\].held: is False; expected true of a sol"),
        (("constraints", 2, "held"), None, r"constraints\[2\].held: is None; expected true of a sol"),
        (("constraints", 2, "held"), "yes", r"constraints\[2\].held: is 'yes'; expected true or false"),
        (("constraints", 5, "violation"), 9e9, r"constraints\[5\].violation: is 9000000000.0"),
        (("constraints", 0, "where", "server"), " ", r"constraints\[0\].where.server: is blank"),
    ],
)
def test_each_problem_is_found(keys: tuple[Any, ...], value: object, reason: str) -> None:
    held: Any = deepcopy(document())
    inner = held
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError("\n".join(summary_problems(held)))


def test_missing_keys_are_problems_and_additional_ones_are_not() -> None:
    held = document()
    assert summary_problems({**held, "more": 1}) == []
    del held["residual"]
    assert summary_problems(held) == ["residual: missing; give the residual, or null"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"3", b"[" * 100_000])
def test_what_is_not_an_object_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedFileError, match="JSON"):
        read_summary(content)


def test_content_is_strict_json() -> None:
    json.loads(encode_summary(solved_paper("fixed-point")), parse_constant=pytest.fail)
