"""SVG: a drawing of the regions that a browser shows and that reads back.

Inside one group that turns the y axis upwards, coordinates are metres with all digits of the float64.
Straight runs are single lines, circular boundaries arc commands of at most a quarter turn (its radius
does not tell an arc near a half circle well).  All else is a chain of lines through exact points of the
boundary::

    <svg data-content="geomot regions" data-unit="metre" data-solve=".." viewBox=".." ..>
      <g transform="scale(1 -1)" ..>
        <path class="region" data-name=".." data-mass=".." data-measure=".." d="M x y L x y A .. Z"/> ..
        <path class="zone" d=".."/>
      </g> ..

``data-name`` is a JSON string, since XML has no place for some characters; ``<title>`` shows it.  The
zone is there where all regions are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from geomot.export.drawing import Drawing, Shape, draw
from geomot.export.outlines import Outline, Part
from geomot.export.svgreading import MARK, read
from geomot.export.text import printable

if TYPE_CHECKING:
    from geomot.diagram import Region
    from geomot.export.content import RegionFile
    from geomot.scenario import Solution

INK = "#1a1a1a"  # boundaries, marks, text
MARGIN = 0.02  # around the zone, as a share of its larger side
PIXELS = 800.0  # the larger side where a viewer asks for a size
LINE = 0.0015  # width of boundaries, as a share of the zone's larger side
DOT = 0.006  # radius of a server's mark, as a share of the zone's larger side
TEXT = 0.02  # size of its label
LABELLED = 16  # largest number of servers that get a label each
STEEPEST = 1.6  # radians, the largest turn of an arc command: a quarter turn and its rounding


def encode(solution: Solution, regions: Sequence[Region]) -> bytes:
    """Return the regions of a planar solution as SVG.

    Parameters
    ----------
    solution
        What the regions belong to.
    regions
        Some of its regions, or all.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> decode(encode(solution, solution.regions)).names
    ('south-west', 'south-east', 'north-west', 'north-east')
    """
    return picture(draw(solution, regions))


def decode(content: bytes) -> RegionFile:
    """Return the regions that an SVG file of geomot holds, arcs as chords (`outlines.CHORD`).

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not SVG, or was not written here.

    Examples
    --------
    >>> decode(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is SVG, but does not hold regions ...
    """
    return read(content)


def picture(drawing: Drawing) -> bytes:
    """Return a drawing as SVG.

    Parameters
    ----------
    drawing
        The drawing.

    Examples
    --------
    >>> picture(Drawing("nothing", (), (), (0.0, 0.0, 1.0, 1.0))).decode().splitlines()[0]
    '<?xml version="1.0" encoding="UTF-8"?>'
    """
    x, y, right, top = drawing.bounds
    size = max(right - x, top - y)
    margin = MARGIN * size
    width, height = right - x + 2.0 * margin, top - y + 2.0 * margin
    scale = PIXELS / max(width, height)
    solve = "" if drawing.solve is None else f' data-solve="{drawing.solve}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" data-content="{MARK}" data-unit="metre"{solve}',
        f'  width="{scale * width:.6g}" height="{scale * height:.6g}"',
        f'  viewBox="{x - margin!r} {-top - margin!r} {width!r} {height!r}">',
        f"<title>{_text(drawing.title)}</title>",
        "<metadata>unit: metre; coordinates in the turned group are those of the scenario</metadata>",
        f'<g transform="scale(1 -1)" fill-rule="evenodd" stroke="{INK}" stroke-linejoin="round"',
        f'  stroke-width="{LINE * size:.6g}">',
        *(_region(number, shape) for number, shape in enumerate(drawing.shapes)),
    ]
    if drawing.zone:
        lines.append(f'<path class="zone" fill="none" d="{_path(drawing.zone)}"/>')
    lines += [*(_mark(shape, DOT * size) for shape in drawing.shapes), "</g>"]
    if len(drawing.shapes) <= LABELLED:
        lines += [
            f'<g font-family="sans-serif" font-size="{TEXT * size:.6g}" fill="{INK}"',
            '  text-rendering="geometricPrecision">',
        ]
        lines += [*(_label(shape, DOT * size) for shape in drawing.shapes), "</g>"]
    return "\n".join([*lines, "</svg>", ""]).encode()


def _region(number: int, shape: Shape) -> str:
    return (
        f'<path id="region-{number}" class="region" fill="{shape.fill}" '
        f"data-name={quoteattr(json.dumps(shape.name))} "
        f'data-mass="{shape.mass!r}" data-measure="{shape.measure!r}" '
        f'd="{_path(shape.parts)}"><title>{_text(shape.name)}</title></path>'
    )


def _mark(shape: Shape, radius: float) -> str:
    x, y = shape.position
    return (
        f'<circle class="server" cx="{x!r}" cy="{y!r}" r="{radius:.6g}" fill="{INK}" stroke="none">'
        f"<title>{_text(shape.name)}</title></circle>"
    )


def _label(shape: Shape, gap: float) -> str:
    x, y = shape.position
    return f'<text x="{x + 1.5 * gap!r}" y="{-y - 1.5 * gap!r}">{_text(shape.name)}</text>'


def _text(text: str) -> str:
    return escape(printable(text))


def _path(parts: Iterable[Part]) -> str:
    return " ".join(_curve(outline) for part in parts for outline in part)


def _curve(outline: Outline) -> str:
    curve = outline.divided(outline.turns() / STEEPEST)
    points, bulges = curve.points.tolist(), curve.bulges.tolist()
    commands = ["M {!r} {!r}".format(*points[0])]
    _, radii = curve.circles()
    for (x, y), bulge, radius in zip([*points[1:], points[0]], bulges, radii.tolist(), strict=True):
        if bulge == 0.0:
            commands.append(f"L {x!r} {y!r}")
        else:
            commands.append(f"A {radius!r} {radius!r} 0 0 {int(bulge > 0.0)} {x!r} {y!r}")
    if bulges[-1] == 0.0:
        commands.pop()  # closing draws it
    return " ".join([*commands, "Z"])
