"""The sections that describe the zone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from geomot.scenario.section import Section
from geomot.scenario.surface import read_surface
from geomot.scenario.values import Coordinate, File, Items, Point, Ring


class BoxZone(Section):
    """An axis-parallel rectangle, or in space an axis-parallel box.

    Examples
    --------
    >>> BoxZone(lower=[0, 0], upper=[2000, 1000]).upper
    (2000.0, 1000.0)
    >>> BoxZone(lower=[0, 0, 0], upper=[2000, 1000])
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      upper: has 2 coordinates; expected 3, as lower has
    """

    kind: Literal["box"] = Field(default="box", description="'box'")
    lower: Point = Field(description="the lower corner [m]")
    upper: Point = Field(description="the upper corner [m]")

    @field_validator("upper")
    @classmethod
    def _above_lower(cls, upper: Point, info: ValidationInfo) -> Point:
        lower = info.data.get("lower")
        if lower is None:
            return upper
        if len(lower) != len(upper):
            raise ValueError(f"has {len(upper)} coordinates; expected {len(lower)}, as lower has")
        if not all(low < high for low, high in zip(lower, upper, strict=True)):
            raise ValueError(
                f"is {list(upper)}; expected more than lower = {list(lower)} on every axis: swap "
                "them, or give the box an extent"
            )
        return upper


class _Outlined(Section):
    vertices: Ring = Field(description="the corners [m] in order, three or more")
    holes: Items[Ring] = Field(default=(), description="one list of corners [m] for each hole")

    @field_validator("vertices")
    @classmethod
    def _simple(cls, vertices: Ring) -> Ring:
        _check_polygon(vertices, (), "the outer ring")
        return vertices

    @field_validator("holes")
    @classmethod
    def _inside(cls, holes: tuple[Ring, ...], info: ValidationInfo) -> tuple[Ring, ...]:
        for i, hole in enumerate(holes):
            _check_polygon(hole, (), f"the ring of hole {i}")
        if "vertices" in info.data:
            _check_polygon(info.data["vertices"], holes, "the polygon with its holes")
        return holes


class PolygonZone(_Outlined):
    """A polygon, with holes or without.

    Examples
    --------
    >>> PolygonZone(vertices=[(0, 0), (4, 0), (0, 3)]).holes
    ()
    """

    kind: Literal["polygon"] = Field(default="polygon", description="'polygon'")


class ExtrusionZone(_Outlined):
    """The solid over a polygon, with holes or without, between two heights.

    Examples
    --------
    >>> ExtrusionZone(vertices=[(0, 0), (4, 0), (0, 3)], height=[0, 25]).height
    (0.0, 25.0)
    """

    kind: Literal["extrusion"] = Field(default="extrusion", description="'extrusion'")
    height: Items[Coordinate] = Field(description="the heights [m] of bottom and top, [z0, z1]")

    @field_validator("height")
    @classmethod
    def _ascending(cls, height: tuple[float, ...]) -> tuple[float, ...]:
        if len(height) != 2 or not height[0] < height[1]:
            raise ValueError(
                f"is {list(height)}; expected two heights, [z0, z1], of which the first is the lower"
            )
        return height


class MeshZone(Section):
    """The inside of a closed triangle surface.

    Its file must be readable; whether the surface encloses anything is checked where it is filled.

    Examples
    --------
    >>> MeshZone(file="nowhere.stl")
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      file: 'nowhere.stl' cannot be read: No such file or directory; give a surface file that exists
    """

    kind: Literal["mesh"] = Field(default="mesh", description="'mesh'")
    file: File = Field(description="the file of a closed surface [m], in any format trimesh reads")

    @field_validator("file")
    @classmethod
    def _readable(cls, file: str) -> str:
        path = Path(file)
        read_surface(path)
        return str(path.absolute())


def _check_polygon(vertices: Ring, holes: tuple[Ring, ...], what: str) -> None:
    from shapely import Polygon, is_valid_reason  # heavy, and needed for polygons alone

    polygon = Polygon(vertices, holes)
    if not polygon.is_valid:
        raise ValueError(
            f"{what} is invalid: {is_valid_reason(polygon)}; expected rings that do not cross or "
            "touch themselves, and holes inside the outer ring that do not overlap"
        )


AnyZone = Annotated[BoxZone | PolygonZone | ExtrusionZone | MeshZone, Field(discriminator="kind")]
