"""Tables of studies and their files."""

from __future__ import annotations

import csv
import io
import json
import math
from importlib.metadata import version

import pytest

from geomot import InvalidArgumentError
from geomot.studies import Column, Table

TABLE = Table(
    "demo",
    "A demonstration",
    (Column("kind"), Column("count"), Column("time", "s", "how long")),
    (("a,b", 1, 0.1 + 0.2), ("c", 2, math.nan), ("c", 3, None)),
    {"seed": 7, "name": "Ø"},
    ("It works.",),
)


def test_csv_keeps_every_digit() -> None:
    header, *rows = csv.reader(io.StringIO(TABLE.csv().decode()))
    assert header == ["kind", "count", "time [s]"]
    assert rows == [["a,b", "1", "0.30000000000000004"], ["c", "2", ""], ["c", "3", ""]]
    assert float(rows[0][2]) == 0.1 + 0.2


def test_json_says_what_the_numbers_are() -> None:
    document = json.loads(TABLE.json())
    assert document["settings"] == {"seed": 7, "name": "Ø"}
    packages = ("geomot", "numpy", "scipy", "shapely", "matplotlib")
    assert document["versions"] == {name: version(name) for name in packages}
    assert document["tables"]["demo"]["columns"][2] == {
        "name": "time",
        "unit": "s",
        "meaning": "how long",
    }
    assert document["findings"] == ["It works."]


def test_columns_and_rows_are_chosen_by_name() -> None:
    assert TABLE.where(kind="c").column("count") == [2, 3]
    assert TABLE.where(kind="c", count=3).column("time") == [None]
    with pytest.raises(InvalidArgumentError, match="no column 'cuont'; expected one of 'kind'"):
        TABLE.column("cuont")


def test_rows_fit_the_columns() -> None:
    with pytest.raises(InvalidArgumentError, match=r"row 1 .* has 2 entries; expected 1"):
        Table("demo", "", (Column("a"),), ((1,), (1, 2)))
