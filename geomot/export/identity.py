"""Which solve the files of a folder are of, by the identifier that each of them holds.

Files appear whole (`atomic`), but one after the other: what ends between two of them leaves new ones
beside old ones.  Each file has the identifier of its solve (`geomot.scenario.identity`) in its format's
own place for such things: a key ``solve`` in JSON and GeoJSON, a text chunk in PNG, a column in CSV,
and beside title, method and status in the formats of regions.  Well-known text and STL have no place.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geomot.export.registry import FORMATS, SOLID_FORMATS
from geomot.export.solids.table import TABLE
from geomot.files.content import MalformedFileError, read_json
from geomot.files.reading import read_bytes

PNG_KEY = "geomot-solve"  # keyword of the text chunk
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
COLUMN = "solve"
SOLUTION, MAP, TWINS, SLOTS = "solution.json", "regions.png", "twins.csv", "slots.csv"
REGIONS = {2: ("regions.geojson",), 3: ("regions.glb", "regions.vtu")}  # by dimension
WRITTEN = (SOLUTION, MAP, TWINS, *REGIONS[2], *REGIONS[3], TABLE)  # by geomot solve --out


def solve_of(path: Path) -> str | None:
    """Return the identifier of the solve that a file is of, or None if the file does not say it.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    MalformedFileError
        If it is not of the format that its name promises.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "solution.json")
    ...     _ = path.write_text('{"solve": "0123456789abcdef"}')
    ...     solve_of(path)
    '0123456789abcdef'
    """
    suffix, content = path.suffix.lower(), read_bytes(path, pipes=False)
    if suffix == ".json":
        return _json_solve(content)
    if suffix == ".png":
        return _png_solve(content)
    if suffix == ".csv":
        return _csv_solve(content)
    if suffix in FORMATS:
        return FORMATS[suffix].decode(content).solve
    if suffix in SOLID_FORMATS:
        return SOLID_FORMATS[suffix].decode(content).facts.get("solve")
    return None


def _json_solve(content: bytes) -> str | None:
    document = read_json(content)
    found = document.get("solve") if isinstance(document, dict) else None
    return found if isinstance(found, str) else None


def _png_solve(content: bytes) -> str | None:
    """Return the text of the chunk that `plotting.encode_png` writes."""
    if not content.startswith(PNG_HEAD):
        raise MalformedFileError("is not a PNG file")
    start = len(PNG_HEAD)
    while start + 12 <= len(content):  # every chunk is 12 bytes or more
        length, kind = struct.unpack(">I4s", content[start : start + 8])
        keyword, _, text = content[start + 8 : start + 8 + length].partition(b"\0")
        if kind == b"tEXt" and keyword == PNG_KEY.encode():
            return text.decode("latin-1")
        if kind == b"IEND":
            return None
        start += 12 + length
    raise MalformedFileError("is not a whole PNG file")


def _csv_solve(content: bytes) -> str | None:
    """Return what all rows have in the column; None where they differ, as slots do."""
    try:
        rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
        found = {row.get(COLUMN) for row in rows}
    except (ValueError, csv.Error) as error:
        raise MalformedFileError(f"is not valid CSV: {error}") from None
    return found.pop() if len(found) == 1 else None


def solves_in(folder: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the files of each solve in a folder, and why other files say none.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    The names of files by the identifier, both sorted; and a reason for each file of a format that
    geomot writes which holds no identifier.  ``slots.csv`` is left out: it is of many solves, and
    written by itself.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    solves: dict[str, list[str]] = {}
    silent: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        name, suffix = path.name, path.suffix.lower()
        if name == SLOTS or not path.is_file():
            continue
        if name not in WRITTEN and suffix not in (*FORMATS, *SOLID_FORMATS, ".json"):
            continue
        try:
            found = solve_of(path)
        except MalformedFileError as error:
            silent[name] = str(error)
            continue
        if found is None:
            silent[name] = "does not say its solve"
        else:
            solves.setdefault(found, []).append(name)
    return dict(sorted(solves.items())), silent


def folder_problems(
    folder: Path, solves: Mapping[str, Sequence[str]], silent: Mapping[str, str]
) -> list[str]:
    """Return why the files of a folder do not belong together; none where they do.

    Parameters
    ----------
    folder
        A folder that ``geomot solve --out`` or ``geomot export`` wrote to.
    solves, silent
        What `solves_in` found there.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    document, problems = {}, []
    if any(SOLUTION in names for names in solves.values()):
        document = read_json(read_bytes(folder / SOLUTION, pipes=False))
    if len(solves) > 1:
        parts = [f"{', '.join(names)} of {solve}" for solve, names in solves.items()]
        problems.append(
            f"files are of {len(solves)} solves: {'; '.join(parts)}: solve again, or move what is of "
            "another solve to a folder of its own"
        )
    problems += [
        f"{name} {reason}: it is of an older version, or damaged; solve again"
        for name, reason in silent.items()
        if name in WRITTEN and (name != TWINS or document.get("hosting"))  # may be the user's own
    ]
    problems += [
        f"{name} is missing: a run was interrupted, or the file was moved; solve again"
        for name in _beside(document)
        if not (folder / name).exists()
    ]
    return problems


def _beside(document: dict[str, Any]) -> list[str]:
    """Return the files that belong to the solution of a `solution.json`, if there is one."""
    if not document:
        return []
    regions = (*REGIONS[3], TABLE) if document.get("dimension") == 3 else REGIONS[2]
    return [MAP, *regions, *([TWINS] if document.get("hosting") else [])]
