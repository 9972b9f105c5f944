"""Cells that a spreadsheet would compute: written as text, and read as they were."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import geomot
from geomot.export import encode_slots, encode_twins
from geomot.files.csvcells import csv_bytes, escaped, unescaped
from geomot.scenario import Scenario
from geomot.scenario.load import scenario_from_data
from geomot.studies.table import Column, Table
from tests.scenario.valid import spoiled, valid

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    "''@",
    "'s-Hertogenbosch",
    "mast",
    "",
)


@given(st.text(alphabet="'=+-@\t\r\na1") | st.text())
def test_cells_come_back(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not escaped(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_names_come_back_through_the_reader(tmp_path: Path) -> None:
    names = [name for name in FORMULAS if name.strip() == name != ""]
    rows = [["name", "x", "y"], *([name, 1.0 + k, -2.0] for k, name in enumerate(names))]
    (tmp_path / "sites.csv").write_bytes(csv_bytes(rows))
    table = {"file": "sites.csv", "compute": 8e9, "bandwidth": 1e7}
    servers = scenario_from_data(spoiled((("servers",), table)), tmp_path).servers
    assert [server.name for server in servers] == names
    assert [server.position for server in servers] == [(1.0 + k, -2.0) for k in range(len(names))]


@pytest.fixture(scope="module")
def solution() -> geomot.Solution:
    data = valid()
    for server, name in zip(data["servers"], ("=cmd|' /C calc'!A0", "'+1", "-2"), strict=True):
        server["name"] = name
    for key in ("count", "density"):
        del data["twins"][key]
    data["twins"]["positions"] = [server["position"] for server in data["servers"][:2]]
    return geomot.solve(Scenario(**data), "snr")


def test_every_table_is_written_so(solution: geomot.Solution) -> None:
    (_, *twins) = csv.reader(io.StringIO(encode_twins(solution).decode()))
    assert [row[4] for row in twins] == ["'=cmd|' /C calc'!A0", "''+1"]
    head, row = csv.reader(io.StringIO(encode_slots([0], [solution]).decode()))
    assert not any(cell.startswith(("=", "+", "@", "-")) for cell in head + row)
    table = Table("t", "", (Column("=a", "m"), Column("b")), (("@x", -0.5), ("'s", None)))
    assert table.csv() == b"'=a [m],b\n'@x,-0.5\n's,\n"
