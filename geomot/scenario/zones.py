"""The sections that describe the zone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from geomot.scenario.section import Section
from geomot.scenario.values import Items, Point, Ring


class BoxZone(Section):
    """An axis-parallel rectangle.

    Examples
    --------
    >>> BoxZone(lower=[0, 0], upper=[2000, 1000]).upper
    (2000.0, 1000.0)
    """

    kind: Literal["box"] = Field(default="box", description="'box'")
    lower: Point = Field(description="the lower corner [m]")
    upper: Point = Field(description="the upper corner [m]")

    @field_validator("upper")
    @classmethod
    def _above_lower(cls, upper: Point, info: ValidationInfo) -> Point:
        lower = info.data.get("lower")
        if lower is not None and not all(low < high for low, high in zip(lower, upper, strict=True)):
            raise ValueError(
                f"is {list(upper)}; expected more than lower = {list(lower)} on every axis: swap "
                "them, or give the box an extent"
            )
        return upper


class PolygonZone(Section):
    """A polygon, with holes or without.

    Examples
    --------
    >>> PolygonZone(vertices=[(0, 0), (4, 0), (0, 3)]).holes
    ()
    """

    kind: Literal["polygon"] = Field(default="polygon", description="'polygon'")
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


def _check_polygon(vertices: Ring, holes: tuple[Ring, ...], what: str) -> None:
    from shapely import Polygon, is_valid_reason  # heavy, and needed for polygons alone

    polygon = Polygon(vertices, holes)
    if not polygon.is_valid:
        raise ValueError(
            f"{what} is invalid: {is_valid_reason(polygon)}; expected rings that do not cross or "
            "touch themselves, and holes inside the outer ring that do not overlap"
        )


AnyZone = Annotated[BoxZone | PolygonZone, Field(discriminator="kind")]
