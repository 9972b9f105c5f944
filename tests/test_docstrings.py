"""Every public name says what it takes, what it returns, and shows it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from typing import Any

import pytest

import geomot
from geomot import Density

MODULES = {"export", "plotting", "studies"}


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that geomot itself gives a class."""
    own = [base for base in kind.__mro__ if base.__module__.startswith("geomot")]
    found = {name: value for base in reversed(own) for name, value in vars(base).items()}
    for name, value in found.items():
        if not name.startswith("_") and not isinstance(value, (Enum, type)):
            yield name, value


def documented() -> Iterator[tuple[str, Any]]:
    """Yield name and object of all that is public."""
    for name in geomot.__all__:
        if name in MODULES:
            continue
        value = getattr(geomot, name)
        yield name, value
        if inspect.isclass(value):
            yield from ((f"{name}.{key}", member) for key, member in members(value))


PUBLIC = dict(documented())
FUNCTIONS = {
    name: getattr(value, "__func__", value)
    for name, value in PUBLIC.items()
    if inspect.isfunction(getattr(value, "__func__", value))
}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
ABSTRACT = {"Costs", "Density"}  # what they ask for is shown where it is given: no object to show
FACTORIES = {"FunctionDensity", "GridDensity", "KernelDensity", "MeshDensity"}  # shown by theirs


def sections(thing: Any) -> set[str]:
    return set(re.findall(r"^(\w[\w ]*)\n-{3,}$", inspect.getdoc(thing) or "", re.MULTILINE))


def parameters(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def described(function: Any) -> set[str]:
    text = inspect.getdoc(function) or ""
    found = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-{3,}$|\Z)", text, re.M | re.S)
    names = re.findall(r"^(\*{0,2}\w[\w, *]*)$", found[1], re.MULTILINE) if found else []
    return {name.strip(" *") for line in names for name in line.split(",")}


@pytest.mark.parametrize("name", PUBLIC)
def test_there_is_a_docstring(name: str) -> None:
    value = PUBLIC[name]
    if callable(value) or isinstance(value, (property, cached_property, staticmethod, classmethod)):
        assert value.__doc__ and value.__doc__.strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_parameters_are_described(name: str) -> None:
    kind, _, method = name.partition(".")
    given = issubclass(CLASSES.get(kind, object), Density) and hasattr(Density, method)  # told there
    if kind not in ABSTRACT and not given:
        missing = set(parameters(FUNCTIONS[name])) - described(FUNCTIONS[name])
        assert not missing


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if "." not in name])
def test_functions_say_what_they_return_and_show_it(name: str) -> None:
    assert {"Examples"} <= sections(FUNCTIONS[name])
    assert {"Returns", "Yields"} & sections(FUNCTIONS[name])


@pytest.mark.parametrize("name", CLASSES)
def test_classes_have_examples(name: str) -> None:
    kind = CLASSES[name]
    if name not in ABSTRACT | FACTORIES and not issubclass(kind, Exception):
        assert "Examples" in sections(kind)
