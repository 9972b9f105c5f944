"""The sections that describe how sensors or twins are spread over the zone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator

from geomot.scenario.given import GridSection, MeshSection, PointsSection
from geomot.scenario.section import Section
from geomot.scenario.values import Items, OneOrMore, Point, Positive, plain

_POSITIVE: TypeAdapter[float] = TypeAdapter(Positive)


class UniformDensity(Section):
    """The same density everywhere in the zone."""

    kind: Literal["uniform"] = Field(default="uniform", description="'uniform'")


class _Bell(Section):
    mean: Point = Field(description="the centre [m]")
    std: Items[Positive] = Field(description="the standard deviation [m], one number or one per axis")

    @field_validator("std", mode="before")
    @classmethod
    def _spread_over_axes(cls, std: object, info: ValidationInfo) -> object:
        std = plain(std)
        if isinstance(std, (list, tuple)):
            return std
        return (_POSITIVE.validate_python(std),) * len(info.data.get("mean", (0.0,)))

    @field_validator("std")
    @classmethod
    def _one_per_axis(cls, std: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        if "mean" in info.data and len(std) != len(info.data["mean"]):
            raise ValueError(
                f"has {len(std)} entries; expected one number, or one for each of the "
                f"{len(info.data['mean'])} coordinates of mean"
            )
        return std


class GaussianDensity(_Bell):
    """A gaussian, cut off at the zone's boundary.

    Examples
    --------
    >>> GaussianDensity(mean=[750, 750], std=311).std
    (311.0, 311.0)
    """

    kind: Literal["gaussian"] = Field(default="gaussian", description="'gaussian'")


class MixtureComponent(_Bell):
    """One gaussian of a mixture."""

    weight: Positive = Field(description="the weight, relative to the other components'")


class MixtureDensity(Section):
    """A weighted sum of gaussians, cut off at the zone's boundary, normalised once as a whole.

    Examples
    --------
    >>> MixtureDensity(components=[])
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      components: has 0 entries; expected at least 1
    """

    kind: Literal["mixture"] = Field(default="mixture", description="'mixture'")
    components: OneOrMore[MixtureComponent] = Field(
        description="the gaussians, each {weight, mean, std}"
    )


AnyDensity = Annotated[
    UniformDensity | GaussianDensity | MixtureDensity | GridSection | PointsSection | MeshSection,
    Field(discriminator="kind"),
]
