"""MSH (Gmsh 4.1), as text: float64, faces of order 1 or 2, or tetrahedra.

Each region is a surface, or a volume, and a physical group of that name; its number is that of the site
and one, since Gmsh counts from 1.  The views ``region`` and, for faces, ``neighbour`` say for each
element the number of its site and of the one beyond, -1 - p for part p of the zone's boundary.  The
section ``$Comments``, which Gmsh skips, has the rest in words, as `remarks` has it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from geomot.export.solids.content import SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.names import escaped
from geomot.export.solids.remarks import read_remarks, remarks_of
from geomot.files.content import MalformedFileError, expected

TYPES = {3: 2, 6: 9, 4: 4}  # triangle, quadratic triangle, tetrahedron, by number of points
FILLED = 4  # points of a tetrahedron


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as MSH.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]), np.array([-1]))
    >>> print(encode(SolidMesh(np.eye(3), (face,), unit="m")).decode())
    $MeshFormat
    4.1 0 8
    $EndMeshFormat
    $Comments
    unit m
    region 0 a
    $EndComments
    $PhysicalNames
    ...
    """
    dimension = 3 if mesh.volume else 2
    held = [region for region in mesh.regions if len(region.cells)]
    names = [f'{dimension} {region.site + 1} "{escaped(region.name)}"' for region in mesh.regions]
    sites = np.repeat([region.site for region in held], [len(region.cells) for region in held])
    lines = [
        *_section("MeshFormat", ["4.1 0 8"]),
        *_section("Comments", remarks_of(mesh)),
        *_section("PhysicalNames", [str(len(names)), *names]),
        *_section("Entities", _entities(mesh, held, dimension)),
        *_section("Nodes", _nodes(mesh, held, dimension)),
        *_section("Elements", _elements(mesh, held, dimension)),
        *_section("ElementData", _view("region", sites)),
    ]
    if not mesh.volume and held:
        beyond = np.concatenate([np.asarray(region.neighbours) for region in held])
        lines += _section("ElementData", _view("neighbour", beyond))
    return ("\n".join(lines) + "\n").encode()


def decode(content: bytes) -> SolidMesh:
    r"""Return the regions that an MSH file holds.

    Raises
    ------
    MalformedFileError
        If it is not MSH 4.1 as text, or not as `encode` writes it.

    Examples
    --------
    >>> decode(b"$MeshFormat\n2.2 0 8\n$EndMeshFormat\n")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: has the format '2.2 0 8'; expected '4.1 0 8'
    """
    try:
        sections = _sections(content.decode().replace("\r\n", "\n").split("\n"))
    except UnicodeDecodeError:
        raise MalformedFileError("is not text; expected MSH as text") from None
    if not sections or sections[0][0] != "MeshFormat":
        raise MalformedFileError("is not MSH: it does not begin with $MeshFormat")
    version = " ".join(sections[0][1])
    if version != "4.1 0 8":
        raise MalformedFileError(f"has the format {version!r}; expected '4.1 0 8'")
    with expected("is MSH, but not of regions"):
        return _mesh(sections)


def _section(name: str, lines: Iterable[str]) -> list[str]:
    return [f"${name}", *lines, f"$End{name}"]


def _entities(mesh: SolidMesh, held: list[SolidRegion], dimension: int) -> list[str]:
    counts = [0, 0, 0, 0]
    counts[dimension] = len(held)
    lines = [" ".join(map(str, counts))]
    for region in held:
        corners = mesh.points[region.cells].reshape(-1, 3)
        bounds = [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
        tag = region.site + 1
        lines.append(f"{tag} {' '.join(map(repr, bounds))} 1 {tag} 0")
    return lines


def _nodes(mesh: SolidMesh, held: list[SolidRegion], dimension: int) -> list[str]:
    count = len(mesh.points)
    if not held:
        return ["0 0 0 0"]
    return [
        f"1 {count} 1 {count}",
        f"{dimension} {held[0].site + 1} 0 {count}",
        *map(str, range(1, count + 1)),
        *(f"{x!r} {y!r} {z!r}" for x, y, z in mesh.points.tolist()),
    ]


def _elements(mesh: SolidMesh, held: list[SolidRegion], dimension: int) -> list[str]:
    total = sum(len(region.cells) for region in held)
    lines, tag = [f"{len(held)} {total} {min(1, total)} {total}"], 0
    for region in held:
        lines.append(f"{dimension} {region.site + 1} {TYPES[mesh.width]} {len(region.cells)}")
        tags = tag + 1 + np.arange(len(region.cells))
        rows = np.concatenate([tags[:, None], region.cells + 1], axis=1)
        lines += [" ".join(map(str, row)) for row in rows.tolist()]
        tag += len(rows)
    return lines


def _view(name: str, values: np.ndarray) -> list[str]:
    head = ["1", f'"{name}"', "1", "0.0", "3", "0", "1", str(len(values))]
    return [*head, *(f"{tag} {value}" for tag, value in enumerate(values.tolist(), start=1))]


def _sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Return the sections of a file: name and lines."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for number, line in enumerate(lines, start=1):
        if inside and line == f"$End{found[-1][0]}":
            inside = False
        elif inside:
            found[-1][1].append(line)
        elif line.startswith("$"):
            found.append((line[1:], []))
            inside = True
        elif line:
            raise MalformedFileError(f"line {number} is {line[:60]!r}; expected a section")
    if inside:
        raise MalformedFileError(f"ends within the section ${found[-1][0]}")
    return found


def _mesh(sections: list[tuple[str, list[str]]]) -> SolidMesh:
    by_name = dict(sections)
    remarks = read_remarks(by_name.get("Comments", []))
    points = _read_nodes(by_name["Nodes"])
    cells = _read_elements(by_name["Elements"], len(points))
    views = {lines[1].strip('"'): lines[8:] for name, lines in sections if name == "ElementData"}
    total = sum(map(len, cells.values()))
    beyond = None
    if "neighbour" in views:
        beyond = np.array([int(line.split()[1]) for line in views["neighbour"]], dtype=np.int64)
        if len(beyond) != total:
            raise MalformedFileError(f"has neighbours of {len(beyond)} faces of {total}")
    unnamed = set(cells) - set(remarks.regions)
    if unnamed:
        raise MalformedFileError(f"has elements of region {min(unnamed)}, which no comment names")
    width = next((each.shape[1] for each in cells.values()), 3)
    if beyond is None and width != FILLED:
        raise MalformedFileError("has no view 'neighbour'; expected one for faces: it may be cut off")
    neighbours, first = {}, 0
    for site, own in cells.items():
        neighbours[site] = None if beyond is None else beyond[first : first + len(own)]
        first += len(own)
    empty = np.empty((0, width), dtype=np.int64)
    regions = tuple(
        SolidRegion(
            name,
            site,
            cells.get(site, empty),
            neighbours.get(site, None if beyond is None else np.empty(0, dtype=np.int64)),
        )
        for site, name in remarks.regions.items()
    )
    return SolidMesh(points, regions, remarks.names, remarks.facts, remarks.unit, remarks.zone)


def _read_nodes(lines: list[str]) -> np.ndarray:
    blocks, count, _, last = map(int, lines[0].split())
    if blocks == 0:
        return np.empty((0, 3))
    tags = [int(line) for line in lines[2 : 2 + count]]
    if blocks != 1 or last != count or len(tags) != count or tags != list(range(1, count + 1)):
        raise MalformedFileError("has nodes in several blocks or out of order; expected one block")
    points = np.array([[float(word) for word in line.split()] for line in lines[2 + count :]])
    if points.shape != (count, 3):
        raise MalformedFileError(f"has {len(points)} rows of coordinates of {count} nodes")
    return points


def _read_elements(lines: list[str], count: int) -> dict[int, np.ndarray]:
    """Return the cells of each region by the number of its site."""
    widths = {kind: width for width, kind in TYPES.items()}
    blocks, total = (int(word) for word in lines[0].split()[:2])
    cells, at = {}, 1
    for _ in range(blocks):
        _, tag, kind, size = map(int, lines[at].split())
        rows = np.array([line.split()[1:] for line in lines[at + 1 : at + 1 + size]], dtype=np.int64)
        if rows.shape != (size, widths[kind]):
            raise MalformedFileError(f"region {tag - 1} has {len(rows)} whole elements of {size}")
        cells[tag - 1] = checked_cells(rows - 1, count, "elements")
        at += 1 + size
    if at != len(lines) or sum(map(len, cells.values())) != total:
        raise MalformedFileError(f"has other elements than the {total} that it says")
    if len({each.shape[1] for each in cells.values()}) > 1:
        raise MalformedFileError("has elements of several kinds; expected one")
    return cells
