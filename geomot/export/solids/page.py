r"""HTML: one page that needs no network, to turn, zoom and take apart the regions in a browser.

The page is ``viewer/page.html`` with its style and script put in, and a list of the regions that needs
neither JavaScript nor WebGL.  The regions are JSON inside ``<script id="regions">``: names, colours,
and base64 of little-endian arrays: ``points``, float32 ``(n, 3)`` from ``center``; ``faces``, uint32
``(f, 3)``, those of one region after those of the other; ``neighbours``, int32 ``(f,)``.  In it ``<``,
``>`` and ``&`` are written ``\u003c`` and so on, so that no name ends the script.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from geomot.export.solids.content import FACTS, SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.measure import volume_of
from geomot.files.content import MalformedFileError, expected, read_json
from geomot.kernels.simplices import Ints

DATA = re.compile(r'<script id="regions" type="application/json">(.*?)</script>', re.DOTALL)
PLACE = re.compile(r"\{\{(\w+)\}\}")
PLAIN = "#ffffff"


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as a page.

    Parameters
    ----------
    mesh
        The regions, with faces of order 1.

    Examples
    --------
    >>> corner = np.array([[0., 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 6]])
    >>> faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    >>> region = SolidRegion("</script>", 0, faces, np.array([-1, -1, -1, -2]), "#77aadd")
    >>> page = encode(SolidMesh(corner, (region,), {-1: "side"}, {"title": "A & B"}, "m", 1.0))
    >>> b"<title>A &amp; B</title>" in page, page.count(b"</script>")
    (True, 2)
    >>> decode(page).regions[0].name
    '</script>'
    """
    folder = files("geomot.export") / "viewer"
    volumes = [volume_of(mesh.points, region.cells) for region in mesh.regions]
    parts = {
        "title": escape(mesh.facts.get("title") or "Regions"),
        "facts": escape(_facts(mesh, sum(volumes))),
        "style": (folder / "page.css").read_text(encoding="utf-8"),
        "rows": "".join(map(_row, mesh.regions, volumes)),
        "data": _script(_document(mesh)),
        "script": (folder / "page.js").read_text(encoding="utf-8"),
    }
    template = (folder / "page.html").read_text(encoding="utf-8")
    return PLACE.sub(lambda place: parts[place[1]], template).encode()


def decode(content: bytes) -> SolidMesh:
    """Return the regions that a page holds.

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not a page as `encode` writes.

    Examples
    --------
    >>> decode(b"<html></html>")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not a whole page of regions
    """
    with expected("is not a page in UTF-8"):
        found = DATA.search(content.decode())
    if found is None or not content.rstrip().endswith(b"</html>"):
        raise MalformedFileError("is not a whole page of regions")
    with expected("is a page, but not of regions"):
        return _mesh(read_json(found[1]))


def _facts(mesh: SolidMesh, volume: float) -> str:
    """Return a line on what is shown."""
    said = [mesh.facts[key] for key in ("method", "status") if mesh.facts.get(key)]
    sides = np.ptp(mesh.points, axis=0) if len(mesh.points) else np.zeros(3)
    size = " x ".join(map(_number, sides))
    return ", ".join([*said, f"{len(mesh.regions)} regions", f"{size} m", _size(volume)])


def _row(region: SolidRegion, volume: float) -> str:
    """Return the entry of a region in the list."""
    use = "checked" if len(region.cells) else "disabled"
    size = _size(volume) if len(region.cells) else "empty"
    return (
        f'<li><label><input type="checkbox" {use}>'
        f'<span class="swatch" style="background: {_color(region)}"></span>'
        f'<span class="name">{escape(region.name)}</span>'
        f'<span class="size">{size}</span></label></li>\n'
    )


def _size(volume: float) -> str:
    return f"{_number(volume)} m³"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1e3 else f"{value:.4g}"


def _color(region: SolidRegion) -> str:
    return escape(region.color or PLAIN)


def _document(mesh: SolidMesh) -> dict[str, Any]:
    low, high = (
        (mesh.points.min(axis=0), mesh.points.max(axis=0)) if len(mesh.points) else np.zeros((2, 3))
    )
    center = 0.5 * (low + high)
    beyond = [
        np.zeros(len(region.cells), dtype=int) if region.neighbours is None else region.neighbours
        for region in mesh.regions
    ]
    return {
        "facts": mesh.facts,
        "unit": mesh.unit,
        "zone": mesh.zone,
        "names": [[number, name] for number, name in mesh.names.items()],
        "regions": [
            {
                "name": region.name,
                "site": region.site,
                "color": region.color or PLAIN,
                "faces": len(region.cells),
            }
            for region in mesh.regions
        ],
        "center": center.tolist(),
        "points": _packed(mesh.points - center, "<f4"),
        "faces": _packed([region.cells for region in mesh.regions], "<u4"),
        "neighbours": _packed(beyond, "<i4"),
    }


def _packed(values: Any, kind: str) -> str:
    rows = [np.ravel(part) for part in values]
    return b64encode(np.concatenate([np.empty(0), *rows]).astype(kind).tobytes()).decode()


def _script(document: dict[str, Any]) -> str:
    """Return JSON that can stand inside a script."""
    text = json.dumps(document, allow_nan=False, ensure_ascii=True)
    return text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"})


def _mesh(document: Any) -> SolidMesh:
    points = _unpacked(document["points"], "<f4", 3).astype(float)
    faces = checked_cells(_unpacked(document["faces"], "<u4", 3).astype(np.int64), len(points), "faces")
    beyond = _unpacked(document["neighbours"], "<i4", 1)[:, 0].astype(np.int64)
    counts = [int(entry["faces"]) for entry in document["regions"]]
    if min(counts, default=0) < 0 or sum(counts) != len(faces) or len(beyond) != len(faces):
        raise MalformedFileError(
            f"says {sum(counts)} faces and holds {len(faces)}, with {len(beyond)} neighbours"
        )
    places: list[Ints] = np.split(np.arange(len(faces)), np.cumsum(counts)[:-1])
    return SolidMesh(
        points + np.array(document["center"], dtype=float),
        tuple(
            SolidRegion(
                str(entry["name"]), int(entry["site"]), faces[rows], beyond[rows], str(entry["color"])
            )
            for entry, rows in zip(document["regions"], places, strict=False)
        ),
        {int(number): str(name) for number, name in document["names"]},
        {key: str(document["facts"][key]) for key in FACTS if key in document["facts"]},
        document["unit"],
        None if document["zone"] is None else float(document["zone"]),
        float(np.spacing(np.abs(points).max(initial=0.0).astype(np.float32))),
    )


def _unpacked(text: str, kind: str, width: int) -> np.ndarray:
    return np.frombuffer(b64decode(text, validate=True), dtype=kind).reshape(-1, width)
