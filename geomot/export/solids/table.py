"""``regions.json``: what files of points and faces have no place for; metres, metres^2, metres^3.

It is written beside every file of spatial regions but GLB and HTML, which hold names, colours, unit and
neighbours themselves.  That of ``hall.stl`` is called ``hall.stl.regions.json``, so that each file has
its own; that of a file called ``regions``, just ``regions.json``::

    file             name of the file that it belongs to
    unit             "m"
    title, method, status, solve  of the solution, solve its identifier; title only where there is one
    tolerance        largest distance of a flat face from the true boundary
    order            1 for flat faces, 2 for curved ones
    elements         "faces" or "tetrahedra"
    zone_volume      volume of the zone itself, or null where the file does not hold all regions
    loose            number of vertices, of all regions, at which the costs of the cells around them do
                     not tie: they are within the tolerance of where they do
    turned           number of faces, of all regions, slivers, that look at the region they bound
    straight         with curved faces: number of sides, of all regions, that stay chords, since the
                     costs do not tie nearby or a face would turn over
    regions          list, in the order of the file:
        name, site, color        of its server; number; "#rrggbb"
        measure, measure_error   volume of the true region, and a bound on its error
        volume                   of the mesh; 0 where it has no faces
        note                     why it has none: "empty", whose region it shares, or "smaller than the
                                 tolerance"; null where it has some
        neighbours               list of {name, site, area}: the regions beside it, and the shared area
        boundary                 list of {name, area}: parts of the zone's boundary that it lies on
        vertices, faces          how many it has; ``tetrahedra`` in place of ``faces``
        smallest_angle           of its faces, degrees; null where it has none
        shortest_edge            null where it has none
        touching                 list of {position, reason}: where the region touches itself
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from geomot.diagram.spatial.partition import Partition
from geomot.errors import InvalidArgumentError
from geomot.export.sizes import TrueSize
from geomot.export.solids.content import FACTS, SolidMesh, SolidRegion
from geomot.export.solids.measure import areas, extremes, volume_of
from geomot.files.content import MalformedFileError, expected, read_json
from geomot.files.reading import read_bytes
from geomot.kernels.simplices import Floats

TABLE = "regions.json"
ROUNDING = 1e-9  # volumes that differ by less than this share agree
VERTEX = "parts of the region meet in this vertex; each has a copy of it"
EDGE = "parts of the region meet along an edge that ends here; four faces share it"


def table_path(target: Path) -> Path:
    """Return where the ``regions.json`` of a file goes.

    Parameters
    ----------
    target
        The file.

    Raises
    ------
    InvalidArgumentError
        If something else is there: the ``regions.json`` of another file, or what geomot did not write.

    Examples
    --------
    >>> table_path(Path("out/regions.vtu")).name, table_path(Path("out/hall.stl")).name
    ('regions.json', 'hall.stl.regions.json')
    """
    path = target.with_name(TABLE if f"{target.stem}.json" == TABLE else f"{target.name}.{TABLE}")
    if not path.is_file():
        return path
    try:
        document = read_json(read_bytes(path))
    except MalformedFileError:
        document = None
    if not isinstance(document, dict) or "regions" not in document:
        held = "is not one that geomot wrote"
    elif document.get("file") != target.name:
        held = f"belongs to {document.get('file')!r}"
    else:
        return path
    raise InvalidArgumentError(
        f"{str(path)!r} is there and {held}; expected none, or that of {target.name!r}, to replace: "
        "move it, or choose another name or folder for the regions"
    )


def encode_table(mesh: SolidMesh, whole: Partition, sizes: Sequence[TrueSize], file: str) -> bytes:
    """Return the content of ``regions.json``.

    Parameters
    ----------
    mesh
        What the file that it belongs to holds.
    whole
        The partition that this was made of.
    sizes
        The true size of each cell.
    file
        Name of that file.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> from geomot.export.sizes import true_sizes
    >>> from geomot.export.solids.build import solid_mesh
    >>> costs = distance_costs([[0.2, 0.5, 0.5], [0.6, 0.5, 0.5]], exponent=2)
    >>> diagram = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1]))
    >>> whole, sizes = diagram.solids()[0].partition, true_sizes(diagram, "ab")
    >>> table = json.loads(encode_table(solid_mesh(whole, "ab"), whole, sizes, "cube.stl"))
    >>> table["regions"][0]["neighbours"]
    [{'name': 'b', 'site': 1, 'area': 1.0}]
    """
    document = {
        "file": file,
        "unit": "m",
        **{key: mesh.facts[key] for key in FACTS if key in mesh.facts},
        "tolerance": whole.tolerance,
        "order": mesh.order,
        "elements": "tetrahedra" if mesh.volume else "faces",
        "zone_volume": mesh.zone,
        "loose": whole.loose,
        "turned": whole.turned,
        **({"straight": whole.curved.straight} if mesh.order == 2 else {}),
        "regions": [_row(mesh, whole, sizes[region.site], region) for region in mesh.regions],
    }
    return (json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()


def table_problems(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with the content of a ``regions.json``.

    Raises
    ------
    MalformedFileError
        If its regions have no names or volumes.

    Notes
    -----
    Volumes of the mesh are to be 0 or more, and so are the true ones where they are there; both are to
    sum to the zone's, the true ones within their errors.

    Examples
    --------
    >>> table_problems({"unit": "m", "regions": [{"name": "a", "volume": -1.0}]})
    ["region 'a' has the volume -1.0 m^3; expected 0 or more"]
    """
    with expected("is JSON, but not a regions.json"):
        rows = document["regions"]
        names = [str(row["name"]) for row in rows]
        volumes = {"volume": [float(row["volume"]) for row in rows]}
        errors = sum(float(row.get("measure_error", 0.0)) for row in rows)
        measures = [float(row["measure"]) for row in rows if "measure" in row]
        if len(measures) == len(rows):
            volumes["measure"] = measures
        zone = document.get("zone_volume")
        zone = None if zone is None else float(zone)
    problems = [
        f"region {name!r} has the {key} {volume!r} m^3; expected 0 or more"
        for key, column in volumes.items()
        for name, volume in zip(names, column, strict=True)
        if not volume >= 0.0
    ]
    if document.get("unit") != "m":
        problems.append(f"the unit is {document.get('unit')!r}; expected 'm'")
    for key, column in volumes.items():
        total, slack = sum(column), errors if key == "measure" else 0.0
        if zone is not None and not abs(total - zone) <= ROUNDING * zone + slack:
            problems.append(f"the {key}s sum to {total!r} m^3; expected the zone's, {zone!r} m^3")
    return problems


def _row(mesh: SolidMesh, whole: Partition, size: TrueSize, region: SolidRegion) -> dict[str, Any]:
    rows = np.flatnonzero(whole.sides.cells[:, 0] == region.site)
    beyond = whole.sides.cells[rows, 1]
    sizes = areas(whole.vertices, whole.sides.corners[rows])
    shared = {int(site): float(sizes[beyond == site].sum()) for site in np.unique(beyond)}
    angle, edge = extremes(mesh.points, region.cells)
    return {
        "name": region.name,
        "site": region.site,
        "color": region.color,
        "measure": size.measure,
        "measure_error": size.error,
        "volume": volume_of(mesh.points, region.cells),
        "note": None if len(region.cells) else size.absence,
        "neighbours": [
            {"name": mesh.names[site], "site": site, "area": area}
            for site, area in shared.items()
            if site >= 0
        ],
        "boundary": [
            {"name": mesh.names[site], "area": area} for site, area in shared.items() if site < 0
        ],
        "vertices": len(np.unique(region.cells)),
        "tetrahedra" if mesh.volume else "faces": len(region.cells),
        "smallest_angle": angle,
        "shortest_edge": edge,
        "touching": _touching(whole, region.site) if len(rows) else [],
    }


def _touching(whole: Partition, site: int) -> list[dict[str, Any]]:
    surface = whole.surface(site)
    places: list[tuple[Floats, str]] = [(whole.vertices[n], VERTEX) for n in surface.touching]
    places += [(whole.vertices[n], EDGE) for n in np.unique(surface.doubled)]
    return [{"position": position.tolist(), "reason": reason} for position, reason in places]
