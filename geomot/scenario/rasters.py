"""Numbers on grids from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomot.errors import InvalidDensityError
from geomot.files.arrays import npy_array
from geomot.files.reading import read_bytes
from geomot.kernels.simplices import Floats

SUFFIXES = (".npy", ".csv", ".asc")
_HEADER = ("ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize")


@dataclass(frozen=True, eq=False)
class Raster:
    """Numbers on a grid.

    Parameters
    ----------
    entries
        ``(n_x, n_y)`` or ``(n_x, n_y, n_z)``; indices grow with the coordinates.
    bounds
        Lower and upper corner of the box that the grid fills, metres, or None where the file has none.
    """

    entries: Floats
    bounds: tuple[Floats, Floats] | None


def read_raster(path: Path) -> Raster:
    """Read a grid of numbers.

    Parameters
    ----------
    path
        ``.npy``: an array whose first index is that of x; ``.csv``: rows from the top, the largest y,
        down; ``.asc``: an ESRI ASCII grid, which has its own place, and zero where it has no data.

    Raises
    ------
    InvalidDensityError
        If the file cannot be read, or does not hold numbers on a grid.

    Examples
    --------
    >>> read_raster(Path("people.tif"))
    Traceback (most recent call last):
    geomot.errors.InvalidDensityError: 'people.tif' is not a raster that can be read; expected a file
    with the suffix .npy, .csv or .asc: convert it, for example with gdal_translate -of AAIGrid
    """
    name = repr(str(path))
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidDensityError(
            f"{name} is not a raster that can be read; expected a file with the suffix .npy, .csv or "
            ".asc: convert it, for example with gdal_translate -of AAIGrid"
        )
    try:
        content = read_bytes(path, pipes=False)
        if path.suffix.lower() == ".npy":
            return Raster(_numbers(npy_array(content)), None)
        text = content.decode("utf-8-sig")
        if path.suffix.lower() == ".csv":
            return Raster(
                _turned([line.split(",") for line in text.splitlines() if line.strip()]), None
            )
        return _esri(text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidDensityError(
            f"{name} cannot be read: {reason}; give a raster that exists"
        ) from None
    except (ValueError, OverflowError) as error:  # also of wrong bytes; of an endless number of rows
        raise InvalidDensityError(
            f"{name} is not a raster: {error}; expected a grid of numbers"
        ) from None


def _numbers(array: np.ndarray) -> Floats:
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise ValueError(f"it holds entries of type {array.dtype}")
    return array.astype(float)


def _turned(rows: list[list[str]]) -> Floats:
    """Return an image's rows of cells, from the top, as an array whose first index is that of x."""
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise ValueError(f"it has {len(rows)} rows of {sorted(widths)} numbers, not all equally many")
    return np.array(rows, dtype=float)[::-1].T


def _esri(text: str) -> Raster:
    lines = text.splitlines()
    header: dict[str, float] = {}
    first = 0
    for line in lines:
        words = line.split()
        if words and words[0].lower() not in (*_HEADER, "nodata_value"):
            break
        if words:
            header[words[0].lower()] = float(words[-1])
        first += 1
    corners = [("xllcorner", "xllcenter"), ("yllcorner", "yllcenter")]
    missing = [key for key in ("ncols", "nrows", "cellsize") if key not in header]
    missing += [first for first, second in corners if first not in header and second not in header]
    if missing:
        raise ValueError(f"its header lacks {', '.join(missing)}")
    side, shape = header["cellsize"], (int(header["nrows"]), int(header["ncols"]))
    numbers = np.array(" ".join(lines[first:]).split(), dtype=float)
    if numbers.size != shape[0] * shape[1]:
        raise ValueError(f"it has {numbers.size} numbers; its header says {shape[0]} x {shape[1]}")
    nothing = header.get("nodata_value", -9999.0)
    entries = np.where(numbers == nothing, 0.0, numbers).reshape(shape)[::-1].T
    lower = np.array(
        [header[first] if first in header else header[second] - 0.5 * side for first, second in corners]
    )
    with np.errstate(all="ignore"):  # the density refuses corners that are not finite
        return Raster(entries, (lower, lower + side * np.array(entries.shape)))
