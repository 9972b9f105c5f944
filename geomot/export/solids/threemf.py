"""3MF: named, coloured objects in metres, with digits that bring back the same float64.

Objects have vertices of their own.  3MF forbids objects without triangles: an empty region is left out.
Title, method, status, solve and the zone's volume are metadata of the model, with ``geomot:`` before
all but the title.  ``partnumber`` says the number of an object's site.
"""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from geomot.export.solids.content import SolidMesh, SolidRegion, checked_cells
from geomot.export.solids.names import escaped, unescaped
from geomot.files.content import MalformedFileError, expected
from geomot.files.reading import DAMAGE, unpacked

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
MODEL = "3D/3dmodel.model"
TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>'
    "</Types>\n"
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Target="/{MODEL}" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>\n'
)
MATERIALS = 1  # number of the group of colours; objects count on from it
EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of the parts: equal content is equal files
TITLES = {
    "title": "Title", "method": "geomot:method", "status": "geomot:status", "solve": "geomot:solve",
}  # fmt: skip


def encode(mesh: SolidMesh) -> bytes:
    """Return regions as 3MF.

    Examples
    --------
    >>> face = SolidRegion("a", 0, np.array([[0, 1, 2]]), color="#77aadd")
    >>> decode(encode(SolidMesh(np.eye(3), (face,), unit="m"))).regions[0].color
    '#77aadd'
    """
    held = [region for region in mesh.regions if len(region.cells)]
    facts = {TITLES[key]: text for key, text in mesh.facts.items() if text}
    if mesh.zone is not None:
        facts["geomot:zone_volume"] = repr(mesh.zone)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<model unit="meter" xml:lang="en-US" xmlns="{CORE}" xmlns:geomot="urn:geomot">')
    lines += [
        f'<metadata name="{name}">{escape(escaped(text))}</metadata>' for name, text in facts.items()
    ]
    lines.append(f'<resources><basematerials id="{MATERIALS}">')
    lines += [
        f'<base name={_quoted(region.name)} displaycolor="{(region.color or "#ffffff").upper()}FF"/>'
        for region in held
    ]
    lines.append("</basematerials>")
    for place, region in enumerate(held):
        used, faces = np.unique(region.cells, return_inverse=True)
        lines.append(
            f'<object id="{MATERIALS + 1 + place}" type="model" name={_quoted(region.name)} '
            f'partnumber="site {region.site}" pid="{MATERIALS}" pindex="{place}"><mesh><vertices>'
        )
        lines += [f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in mesh.points[used].tolist()]
        lines.append("</vertices><triangles>")
        lines += [
            f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces.reshape(-1, 3).tolist()
        ]
        lines.append("</triangles></mesh></object>")
    lines.append("</resources><build>")
    lines += [f'<item objectid="{MATERIALS + 1 + place}"/>' for place in range(len(held))]
    lines.append("</build></model>\n")
    parts = {"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, MODEL: "\n".join(lines)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            package.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def decode(content: bytes) -> SolidMesh:
    """Return the regions that a 3MF file holds.

    Raises
    ------
    MalformedFileError
        If it is not 3MF, or not in metres.

    Examples
    --------
    >>> decode(b"PK")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not 3MF: File is not a zip file
    """
    try:
        root = ElementTree.fromstring(unpacked(content)[MODEL])
    except DAMAGE as error:
        raise MalformedFileError(f"is not 3MF: {error}") from None
    if root.get("unit") != "meter":
        raise MalformedFileError(f"has the unit {root.get('unit')!r}; expected 'meter'")
    with expected("is 3MF, but not of regions"):
        return _model(root)


def _quoted(name: str) -> str:
    return quoteattr(escaped(name))


def _model(root: ElementTree.Element) -> SolidMesh:
    said = {entry.attrib["name"]: unescaped(entry.text or "") for entry in root.iter(_tag("metadata"))}
    colors = [base.attrib["displaycolor"][:7].lower() for base in root.iter(_tag("base"))]
    points, regions, first = [np.empty((0, 3))], [], 0
    for place, thing in enumerate(root.iter(_tag("object"))):
        name, number = unescaped(thing.attrib["name"]), thing.get("partnumber", f"site {place}")
        own = [[float(v.attrib[key]) for key in "xyz"] for v in thing.iter(_tag("vertex"))]
        faces = np.array(
            [[int(t.attrib[key]) for key in ("v1", "v2", "v3")] for t in thing.iter(_tag("triangle"))],
            dtype=np.int64,
        ).reshape(-1, 3)
        cells = first + checked_cells(faces, len(own), "triangles")
        color = colors[int(thing.attrib["pindex"])] if "pindex" in thing.attrib else None
        points.append(np.array(own).reshape(-1, 3))
        regions.append(SolidRegion(name, int(number.split(" ")[-1]), cells, None, color))
        first += len(own)
    zone = float(said["geomot:zone_volume"]) if "geomot:zone_volume" in said else None
    return SolidMesh(
        np.concatenate(points),
        tuple(regions),
        {region.site: region.name for region in regions},
        {key: said[name] for key, name in TITLES.items() if name in said},
        "m",
        zone,
    )


def _tag(name: str) -> str:
    return f"{{{CORE}}}{name}"
