"""The sections of densities that come from files: on a grid, from points, on a mesh."""

from __future__ import annotations

from abc import abstractmethod
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator

from geomot.densities import Density, grid_density, kernel_density, mesh_density
from geomot.densities.kernels import INVISIBLE, LEAST
from geomot.errors import InvalidDensityError, MissingPackageError, Problem, ScenarioError
from geomot.scenario.csvfile import Columns, axes, number, position, read_rows
from geomot.scenario.meshfile import read_mesh_values
from geomot.scenario.rasters import read_raster
from geomot.scenario.section import Section
from geomot.scenario.values import File, Items, Number, Point, Positive, Text, plain

_POSITIVE: TypeAdapter[float] = TypeAdapter(Positive)


class _FromFile(Section):
    """A density whose section is valid if it can be built; ``file`` is last: all else is known then."""

    @field_validator("file", check_fields=False)
    @classmethod
    def _built(cls, file: str, info: ValidationInfo) -> str:
        file = str(Path(file).absolute()) if Path(file).exists() else file
        if len(info.data) == len(cls.model_fields) - 1:  # else another key is wrong already
            try:
                cls.model_construct(None, file=file, **info.data).build()
            except MissingPackageError as error:
                raise InvalidDensityError(str(error)) from None
        return file

    @abstractmethod
    def build(self) -> Density:
        """Return the density, not normalised."""


class GridSection(_FromFile):
    """Numbers on a regular grid in a file, such as people per cell: zero outside of it.

    Examples
    --------
    >>> GridSection(file="nowhere.npy", lower=[0, 0], upper=[1, 1])
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      file: 'nowhere.npy' cannot be read: No such file or directory; give a raster that exists
    """

    kind: Literal["grid"] = Field(default="grid", description="'grid'")
    lower: Point | None = Field(
        default=None, description="the lower corner of the grid [m], unless the file has it"
    )
    upper: Point | None = Field(
        default=None, description="the upper corner of the grid [m], unless the file has it"
    )
    interpolation: Literal["constant", "linear"] = Field(
        default="linear", description="'constant' in each cell, or 'linear' between their centres"
    )
    at: Literal["centers", "corners"] = Field(
        default="centers", description="where 'linear' has the numbers: at the 'centers' or 'corners'"
    )
    file: File = Field(description="the file of a raster, .npy, .csv or .asc")

    def build(self) -> Density:
        """Return the density, not normalised."""
        raster = read_raster(Path(self.file))
        own, given = raster.bounds, (self.lower, self.upper)
        if own is not None and given != (None, None):
            raise ValueError(
                f"{self.file!r} has its own place, and lower or upper is given; leave them out"
            )
        lower, upper = own if own is not None else given
        if lower is None or upper is None:
            raise ValueError(
                f"{self.file!r} has no place of its own; give lower and upper, the corners [m] of the "
                "box that its numbers fill"
            )
        return grid_density(raster.entries, lower, upper, self.interpolation, self.at)


class PointsSection(_FromFile):
    """Points in a CSV file with a gaussian around each, cut off at the zone's boundary.

    Examples
    --------
    >>> PointsSection(file="nowhere.csv", std=5.0)
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      file: nowhere.csv cannot be read: No such file or directory; give a CSV file that exists
    """

    kind: Literal["points"] = Field(default="points", description="'points'")
    std: Items[Positive] = Field(
        description="the standard deviation [m] of all, one number or one per axis"
    )
    truncation: Annotated[Number, Field(ge=LEAST)] = Field(
        default=INVISIBLE, description="where kernels end [standard deviations]"
    )
    file: File = Field(description="the CSV file with columns x,y[,z][,weight]")

    @field_validator("std", mode="before")
    @classmethod
    def _listed(cls, std: object) -> object:
        std = plain(std)
        return std if isinstance(std, (list, tuple)) else (_POSITIVE.validate_python(std),)

    def build(self) -> Density:
        """Return the density, not normalised."""
        points, weights = read_points(Path(self.file))
        return kernel_density(points, self.std, weights, self.truncation)


class MeshSection(_FromFile):
    """A mesh with values at its vertices, linear in between, zero outside of it.

    Examples
    --------
    >>> MeshSection(file="nowhere.npz")
    Traceback (most recent call last):
    geomot.errors.ScenarioError: invalid scenario, 1 problem:
      file: 'nowhere.npz' cannot be read: No such file or directory; give a mesh that exists
    """

    kind: Literal["mesh"] = Field(default="mesh", description="'mesh'")
    field: Text | None = Field(
        default=None, description="the name of the values, where the file has several"
    )
    file: File = Field(description="the file of a mesh with values at its vertices")

    def build(self) -> Density:
        """Return the density, not normalised."""
        read = read_mesh_values(Path(self.file), self.field)
        return mesh_density(read.vertices, read.simplices, read.values)


def read_points(path: Path) -> tuple[list[list[float]], list[float] | None]:
    """Return the coordinates and, if there is such a column, the weights of points in a CSV file.

    Raises
    ------
    ScenarioError
        If it cannot be read, or has a cell that is no number.
    """
    required, optional = axes(None)
    columns = Columns("", "point", required, (*optional, "weight"))
    rows = read_rows(path, columns, pipes=False)
    problems = [
        Problem("", f"{key} is {cell!r} on {place}; expected a finite number")
        for cells, place in zip(rows.cells, rows.places, strict=True)
        for key, cell in cells.items()
        if isinstance(number(cell), str) or not isfinite(float(cell))
    ]
    if problems:
        raise ScenarioError(problems)
    points = [[float(x) for x in position(cells)] for cells in rows.cells]
    weighted = "weight" in rows.cells[0]
    return points, [float(cells["weight"]) for cells in rows.cells] if weighted else None
