"""The kinds of value a scenario holds: numbers, names and points, checked one by one."""

from __future__ import annotations

import unicodedata
from functools import partial
from os import PathLike, fspath
from typing import Annotated, TypeVar

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticKnownError

T = TypeVar("T")

# Products of a few such quantities stay far from what floating point can hold.
SMALLEST, LARGEST = 1e-30, 1e30
DIMENSIONS = (2, 3)


def plain(value: object) -> object:
    """Turn numpy arrays and scalars into lists and numbers, so that models hold plain values."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _listed(value: object) -> list[object] | tuple[object, ...]:
    """Refuse what can be read once only, or has no order, before pydantic makes a tuple of it."""
    value = plain(value)
    if not isinstance(value, (list, tuple)):
        raise PydanticKnownError("tuple_type")
    return value


def _at_least(count: int) -> BeforeValidator:
    """Ask for a number of entries, whatever they are: pydantic's own limit counts valid ones."""

    def check(value: object) -> object:
        entries = _listed(value)
        if len(entries) < count:
            raise ValueError(f"has {len(entries)} entries; expected at least {count}")
        return entries

    return BeforeValidator(check)


def _not_blank(name: str) -> str:
    if not name.strip():
        raise ValueError("is blank; expected a name to tell it apart in tables and files")
    return name


def _printed(text: str) -> str:
    """Refuse control characters: files end at them, and terminals act on them."""
    found = next((sign for sign in text if unicodedata.category(sign) == "Cc"), None)
    if found is not None:
        raise ValueError(
            f"is {text!r}, with the control character U+{ord(found):04X}; expected none in names and "
            "titles: remove it"
        )
    return text


def _physical(value: float) -> float:
    if not SMALLEST <= value <= LARGEST:
        raise ValueError(
            f"is {value!r}; expected a quantity between {SMALLEST:g} and {LARGEST:g}, in SI units"
        )
    return value


def _at_most(size: float, value: float) -> float:
    if abs(value) > size:
        raise ValueError(f"is {value!r}; expected a number between -{size:g} and {size:g}")
    return value


def _with_coordinates(counts: tuple[int, ...], expected: str) -> AfterValidator:
    """Ask for as many coordinates as one of the counts."""

    def check(point: tuple[float, ...]) -> tuple[float, ...]:
        if len(point) not in counts:
            plural = "s" if len(point) != 1 else ""
            raise ValueError(f"has {len(point)} coordinate{plural}; expected {expected}")
        return point

    return AfterValidator(check)


def _path(value: object) -> object:
    return fspath(value) if isinstance(value, PathLike) else value


# Strict: TOML has numbers of its own, so that a quoted number or a truth value is a mistake.
Number = Annotated[float, BeforeValidator(plain), Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0), AfterValidator(_physical)]
Exponent = Annotated[Number, Field(gt=0), AfterValidator(partial(_at_most, 100.0))]
Decibel = Annotated[Number, AfterValidator(partial(_at_most, 1000.0))]
Coordinate = Annotated[Number, AfterValidator(partial(_at_most, 1e12))]
Kind = Annotated[int, BeforeValidator(plain), Field(strict=True, ge=0)]
Text = Annotated[str, Field(strict=True), AfterValidator(_not_blank)]
Name = Annotated[Text, AfterValidator(_printed)]
Title = Annotated[str, Field(strict=True), AfterValidator(_printed)]
Items = Annotated[tuple[T, ...], BeforeValidator(_listed)]
OneOrMore = Annotated[Items[T], _at_least(1)]
Point = Annotated[
    Items[Coordinate], _with_coordinates(DIMENSIONS, "2, x and y, or in space 3, x, y and z")
]
PlanarPoint = Annotated[Items[Coordinate], _with_coordinates((2,), "2, x and y: outlines are planar")]
Ring = Annotated[Items[PlanarPoint], _at_least(3)]
File = Annotated[Text, BeforeValidator(_path)]
