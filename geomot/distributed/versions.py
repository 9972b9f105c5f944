"""Versions of what numbers and pictures are from."""

from __future__ import annotations

from importlib.metadata import version

PACKAGES = ("geomot", "numpy", "scipy", "shapely", "matplotlib")


def versions() -> dict[str, str]:
    """Return the versions of the packages that numbers and pictures are from.

    Examples
    --------
    >>> list(versions())
    ['geomot', 'numpy', 'scipy', 'shapely', 'matplotlib']
    """
    return {package: version(package) for package in PACKAGES}
