"""DXF (AutoCAD R2010) for CAD: metres, a layer for each region, true arcs where boundaries are circles.

Every curve is a closed LWPOLYLINE on its region's layer, counter-clockwise around the region, clockwise
around holes, which follow the curve they lie in.  The layer has the region's colour.  Its name is the
server's without what DXF forbids; the true one is in its description as far as that can show it, and in
its extended data, which is what is read back::

    1001 GEOMOT   1000 region   1071 <number, from 0>   1000 <name, percent-encoded> ..
    1001 GEOMOT   1000 zone                                        the layer of the zone's outline

The zone is there where all regions are.  The identifier of the solve is the custom variable
``geomot-solve`` of the header.  The file says nothing of the time at which it was written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote

from geomot.appearance.colors import rgb
from geomot.errors import MissingPackageError
from geomot.export.drawing import Drawing, draw
from geomot.export.dxfreading import APPLICATION, METRES, SOLVE, read
from geomot.export.layers import layer_names
from geomot.export.outlines import Part
from geomot.export.text import printable

if TYPE_CHECKING:
    from ezdxf.layouts import Modelspace

    from geomot.diagram import Region
    from geomot.export.content import RegionFile
    from geomot.scenario import Solution

ZONE = "zone"  # its layer
CHUNK = 200  # characters of one string in extended data, which holds 255 bytes
ROOM = 1.1  # what a viewer shows at first, in heights of the zone
OPTIONS = Lock()  # those of ezdxf are shared by all threads


def encode(solution: Solution, regions: Sequence[Region]) -> bytes:
    """Return the regions of a planar solution as DXF.

    Parameters
    ----------
    solution
        What the regions belong to.
    regions
        Some of its regions, or all.

    Raises
    ------
    MissingPackageError
        If ezdxf is not installed.

    Examples
    --------
    >>> import geomot
    >>> solution = geomot.solve(geomot.paper_scenario(), "snr")
    >>> decode(encode(solution, solution.regions)).names
    ('south-west', 'south-east', 'north-west', 'north-east')
    """
    return plan(draw(solution, regions))


def decode(content: bytes) -> RegionFile:
    """Return the regions that a DXF file of geomot holds, arcs as chords (`outlines.CHORD`).

    Parameters
    ----------
    content
        The file.

    Raises
    ------
    MalformedFileError
        If it is not DXF, or was not written here.
    MissingPackageError
        If ezdxf is not installed.

    Examples
    --------
    >>> decode(b"no DXF")
    Traceback (most recent call last):
    geomot.files.content.MalformedFileError: is not valid DXF: ...
    """
    require_ezdxf()
    return read(content)


def plan(drawing: Drawing) -> bytes:
    """Return a drawing as DXF.

    Parameters
    ----------
    drawing
        The drawing.

    Raises
    ------
    MissingPackageError
        If ezdxf is not installed.

    Examples
    --------
    >>> b"LWPOLYLINE" in plan(Drawing("nothing", (), (), (0.0, 0.0, 1.0, 1.0)))
    False
    """
    require_ezdxf()
    import ezdxf

    stream = io.StringIO()
    with _without_the_time():
        document = ezdxf.new("R2010", units=METRES)
        document.appids.new(APPLICATION)
        space = document.modelspace()
        layers = layer_names([shape.name for shape in drawing.shapes], taken=[ZONE])
        for number, (shape, name) in enumerate(zip(drawing.shapes, layers, strict=True)):
            layer = document.layers.new(name)
            layer.rgb = rgb(shape.fill)
            layer.description = printable(shape.name)[:CHUNK]
            text = quote(shape.name, safe=" ", errors="surrogatepass")
            chunks = [(1000, text[k : k + CHUNK]) for k in range(0, len(text), CHUNK)]
            layer.set_xdata(APPLICATION, [(1000, "region"), (1071, number), *chunks])
            _add(space, name, shape.parts)
        if drawing.zone:
            document.layers.new(ZONE).set_xdata(APPLICATION, [(1000, "zone")])
            _add(space, ZONE, drawing.zone)
        if drawing.solve is not None:
            document.header.custom_vars.append(SOLVE, drawing.solve)
        x, y, right, top = drawing.bounds
        document.set_modelspace_vport(ROOM * (top - y), (0.5 * (x + right), 0.5 * (y + top)))
        document.write(stream)
    return stream.getvalue().encode()


def _add(space: Modelspace, layer: str, parts: Iterable[Part]) -> None:
    for part in parts:
        for curve in part:
            rows = zip(*curve.points.T.tolist(), curve.bulges.tolist(), strict=True)
            space.add_lwpolyline(rows, format="xyb", close=True, dxfattribs={"layer": layer})


def require_ezdxf() -> None:
    """Check that ezdxf is installed.

    Raises
    ------
    MissingPackageError
        If it is not.
    """
    try:
        import ezdxf  # noqa: F401
    except ImportError:
        raise MissingPackageError(
            "DXF needs the package ezdxf, which is not installed: `pip install ezdxf`, or install "
            "geomot[cad] from its source"
        ) from None


@contextmanager
def _without_the_time() -> Iterator[None]:
    """Make ezdxf write a fixed date, and no random identifiers, so that equal drawings are equal."""
    import ezdxf

    with OPTIONS:
        before = ezdxf.options.write_fixed_meta_data_for_testing
        ezdxf.options.write_fixed_meta_data_for_testing = True
        try:
            yield
        finally:
            ezdxf.options.write_fixed_meta_data_for_testing = before
