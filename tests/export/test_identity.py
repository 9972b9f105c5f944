from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import geomot
from geomot.export import FORMATS, MalformedFileError, encode_regions
from geomot.export.identity import solve_of
from geomot.plotting import encode_png
from tests.export.solutions import solved_u_shape, u_shape


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_of_regions_holds_the_solve(suffix: str) -> None:
    solution = solved_u_shape()
    held = FORMATS[suffix].decode(encode_regions(solution, FORMATS[suffix]))
    assert held.solve == (None if suffix == ".wkt" else solution.identifier)


def test_pictures_hold_the_solve(tmp_path: Path) -> None:
    for name, solve in (("plain.png", None), ("said.png", "0123456789abcdef")):
        (tmp_path / name).write_bytes(encode_png(Figure(figsize=(1, 1)), solve))
        assert solve_of(tmp_path / name) == solve
    content = (tmp_path / "plain.png").read_bytes()
    for damaged in (b"", content[:8], content[:-20], b"GIF" + content):
        (tmp_path / "damaged.png").write_bytes(damaged)
        with pytest.raises(MalformedFileError, match="PNG"):
            solve_of(tmp_path / "damaged.png")


def test_whatever_is_found_or_solved_changes_the_identifier() -> None:
    solution = solved_u_shape()
    first = solution.servers[0]
    nudged = replace(first, mass=first.mass * (1.0 + 2.0**-52))
    others = [
        replace(solution, servers=(nudged, *solution.servers[1:])),
        replace(solution, method="equilibrium"),
        replace(solution, scenario=u_shape().model_copy(update={"title": "V"})),
        replace(solution, message="rounding decides"),
    ]
    identifiers = {solution.identifier, *(other.identifier for other in others)}
    assert len(identifiers) == 5
    slower = {key: 2.0 * value for key, value in solution.seconds.items()}
    assert replace(solution, seconds=slower).identifier == solution.identifier
    assert geomot.solve(u_shape(), "snr").identifier == solution.identifier
