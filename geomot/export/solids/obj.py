"""OBJ (Wavefront): vertices that all regions share, one object per region, all digits of a float64.

The remarks at the top say what the format does not, as `remarks` has it; an empty region is an object
without faces.
"""

from __future__ import annotations

import numpy as np

from geomot.export.solids.content import SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.names import escaped, unescaped
from geomot.export.solids.remarks import read_remarks, remarks_of
from geomot.files.content import MalformedFileError


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as OBJ.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]))
    >>> print(encode(SolidMesh(np.eye(3), (face,), unit="m")).decode())
    # unit m
    # region 0 a
    v 1.0 0.0 0.0
    v 0.0 1.0 0.0
    v 0.0 0.0 1.0
    o a
    f 1 2 3
    """
    lines = [f"# {line}" for line in remarks_of(mesh)]
    lines += [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.points.tolist()]
    for region in mesh.regions:
        lines.append(f"o {escaped(region.name)}")
        lines += [f"f {a} {b} {c}" for a, b, c in (region.cells + 1).tolist()]
    return ("\n".join(lines) + "\n").encode()


def decode(content: bytes) -> SolidMesh:
    r"""Return the regions that an OBJ file holds.

    Raises
    ------
    MalformedFileError
        If a vertex has no three numbers, a face no three vertices, or the end is missing.

    Examples
    --------
    >>> decode(b"v 0 0 0\nv 1 0 0\nv 0 1 0\no a\nf 1 2 4\n")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: faces refer to point 3 of 3, counted from 0; expected ...
    """
    try:
        lines = content.decode().replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise MalformedFileError("is not text; expected OBJ") from None
    points: list[list[float]] = []
    names: list[str] = []
    faces: list[list[list[int]]] = []
    for number, line in enumerate(lines, start=1):
        key, _, value = line.partition(" ")
        try:
            if key == "v":
                x, y, z = map(float, value.split())
                points.append([x, y, z])
            elif key == "o":
                names.append(unescaped(value))
                faces.append([])
            elif key == "f":
                a, b, c = (int(word.split("/")[0]) for word in value.split())
                faces[-1].append([a, b, c])
        except (ValueError, IndexError):
            cut = ": the file seems cut off here" if number == len(lines) else ""
            raise MalformedFileError(
                f"line {number} is {line[:60]!r}; expected three numbers, and faces after an 'o'{cut}"
            ) from None
    if not names:
        raise MalformedFileError("holds no object; expected an 'o' for each region")
    remarks = read_remarks(line[2:] for line in lines if line.startswith("# "))
    wanted = list(remarks.regions.values())
    if wanted[: len(names)] == names and (len(wanted) > len(names) or lines[-1]):
        raise MalformedFileError(
            f"holds {len(names)} of {len(wanted)} regions, the last of them perhaps in part; expected "
            "all, and a whole line at the end: the file seems cut off"
        )
    if wanted != names:  # made elsewhere: objects are counted
        remarks.regions = dict(enumerate(names))
    cells = [np.array(own, dtype=np.int64).reshape(-1, 3) - 1 for own in faces]
    return SolidMesh(
        np.array(points, dtype=float).reshape(-1, 3),
        tuple(
            SolidRegion(name, site, checked_cells(own, len(points), "faces"))
            for (site, name), own in zip(remarks.regions.items(), cells, strict=True)
        ),
        remarks.names,
        remarks.facts,
        remarks.unit,
        remarks.zone,
    )
