"""Random densities with their files, and their values by formulas written anew."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import shapely

from geomot import Density, Uniform, gaussian, grid_density, kernel_density, mesh_density, mixture
from tests.torture.types import Floats

KINDS = ("uniform", "gaussian", "mixture", "grid", "points", "mesh")


@dataclass(frozen=True, eq=False)
class Known:
    """What an oracle knows of a density that is not normalised.

    Parameters
    ----------
    values
        Of points ``(n, d)``.
    places, sizes
        Where it is narrow, and how far from there it varies.
    edges
        ``(e, 2, 2)`` segments where it is not smooth, in the plane.
    """

    values: Callable[[Floats], Floats]
    places: Floats
    sizes: Floats
    edges: Floats


def drawn(rng: np.random.Generator, lower: Floats, upper: Floats, kind: str = "") -> dict[str, Any]:
    """Return a density for a zone with these bounds: its kind and numbers."""
    d, size = len(lower), float(np.linalg.norm(upper - lower))
    kind = kind or str(rng.choice(KINDS, p=[0.2, 0.3, 0.2, 0.1, 0.1, 0.1]))
    if kind == "gaussian":
        return {"kind": kind, **_bell(rng, lower, upper)}
    if kind == "mixture":
        parts = [_bell(rng, lower, upper) for _ in range(rng.integers(1, 5))]
        return {
            "kind": kind,
            "components": [{"weight": 10.0 ** rng.uniform(-2, 2), **part} for part in parts],
        }
    if kind == "grid":
        shape = rng.integers(2, 7, d)
        entries = rng.random(shape) * (rng.random(shape) < 0.8)
        entries.reshape(-1)[0] = 1.0
        how = ("constant", "centers"), ("linear", "centers"), ("linear", "corners")
        interpolation, at = how[rng.integers(3)]
        return {
            "kind": kind,
            "lower": lower.tolist(),
            "upper": upper.tolist(),
            "entries": (entries * 10.0 ** rng.uniform(-6, 6)).tolist(),
            "interpolation": interpolation,
            "at": at,
        }
    if kind == "points":
        points = rng.uniform(lower, upper, (int(rng.integers(1, 30)), d))
        return {
            "kind": kind,
            "points": points.tolist(),
            "weights": (10.0 ** rng.uniform(-1, 1, len(points))).tolist(),
            "std": size * 10.0 ** rng.uniform(-1.5, 0.0),
        }
    if kind == "mesh":
        return {"kind": kind, **_tiles(rng, lower, upper)}
    return {"kind": kind}


def section(density: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the section of a scenario, and files in base64 by their names."""
    kind = density["kind"]
    if kind == "grid":
        stream = BytesIO()
        np.save(stream, np.array(density["entries"]))
        kept = {key: density[key] for key in ("kind", "lower", "upper", "interpolation", "at")}
        return {**kept, "file": f"{name}.npy"}, {f"{name}.npy": _text(stream.getvalue())}
    if kind == "points":
        head = ",".join([*"xyz"[: len(density["points"][0])], "weight"])
        rows = zip(density["points"], density["weights"], strict=True)
        lines = [head, *(",".join(map(repr, [*point, weight])) for point, weight in rows)]
        file = {f"{name}.csv": _text("\n".join(lines).encode())}
        return {"kind": kind, "std": density["std"], "file": f"{name}.csv"}, file
    if kind == "mesh":
        stream = BytesIO()
        np.savez(stream, **{key: density[key] for key in ("vertices", "simplices", "values")})
        return {"kind": kind, "file": f"{name}.npz"}, {f"{name}.npz": _text(stream.getvalue())}
    return density, {}


def built(density: dict[str, Any]) -> Density:
    """Return the engine's density."""
    kind = density["kind"]
    if kind == "gaussian":
        return gaussian(density["mean"], density["std"])
    if kind == "mixture":
        columns = ([part[key] for part in density["components"]] for key in ("weight", "mean", "std"))
        weights, means, deviations = columns
        d = len(means[0])
        return mixture(weights, means, [np.broadcast_to(each, d).tolist() for each in deviations])
    if kind == "grid":
        return grid_density(*(density[k] for k in ("entries", "lower", "upper", "interpolation", "at")))
    if kind == "points":
        return kernel_density(density["points"], density["std"], density["weights"])
    if kind == "mesh":
        return mesh_density(density["vertices"], density["simplices"], density["values"])
    return Uniform()


def known(density: dict[str, Any], d: int = 2) -> Known:
    """Return what an oracle knows of a density."""
    kind, none = density["kind"], np.empty((0, 2, 2))
    nowhere = np.empty((0, d)), np.empty(0)
    if kind in ("gaussian", "mixture", "points"):
        weights, means, deviations = _bells(density, d)
        narrow = len(means) <= 6

        def bells(points: Floats) -> Floats:
            total = np.zeros(len(points))
            for weight, mean, std in zip(weights, means, deviations, strict=True):
                height = weight / np.prod(np.sqrt(2.0 * np.pi) * std)
                total += height * np.exp(-0.5 * (((points - mean) / std) ** 2).sum(axis=1))
            return total

        reach = 6.0 * deviations.max(axis=1)
        return Known(bells, *((means, reach) if narrow else nowhere), none)
    if kind == "grid":
        return Known(
            lambda points: _grid(density, points), *nowhere, _lattice(density) if d == 2 else none
        )
    if kind == "mesh":
        corners = np.array(density["vertices"])[np.array(density["simplices"])]
        edges = np.concatenate([corners[:, [i, (i + 1) % 3]] for i in range(3)]) if d == 2 else none
        return Known(lambda points: _mesh(density, points), *nowhere, edges)
    return Known(lambda points: np.ones(len(points)), *nowhere, none)


def _bell(rng: np.random.Generator, lower: Floats, upper: Floats) -> dict[str, Any]:
    size = float(np.linalg.norm(upper - lower))
    reach = 0.0 if rng.random() < 0.8 else 0.3  # outside of the zone now and then
    mean = rng.uniform(lower - reach * size, upper + reach * size)
    std = size * 10.0 ** rng.uniform(-2.0 if rng.random() < 0.3 else -1.0, 0.5, len(lower))
    return {"mean": mean.tolist(), "std": std.tolist() if rng.random() < 0.5 else float(std[0])}


def _tiles(rng: np.random.Generator, lower: Floats, upper: Floats) -> dict[str, Any]:
    """Return a mesh over the middle of a box, whose inner vertices are moved, with values."""
    d, n = len(lower), 4
    index = np.stack(np.meshgrid(*[np.arange(n)] * d, indexing="ij"), axis=-1).reshape(-1, d)
    inner = ((index > 0) & (index < n - 1)).all(axis=1)
    moved = index + 0.25 * rng.uniform(-1, 1, index.shape) * inner[:, None]
    vertices = lower + (upper - lower) * (0.1 + 0.8 * moved / (n - 1))
    triangles = shapely.delaunay_triangles(shapely.MultiPoint(moved)).geoms if d == 2 else ()
    if d == 2:
        keys = {tuple(point): k for k, point in enumerate(moved.tolist())}
        simplices = [[keys[point] for point in triangle.exterior.coords[:3]] for triangle in triangles]
    else:
        from scipy.spatial import Delaunay

        simplices = Delaunay(moved).simplices.tolist()
        flat = np.abs(np.linalg.det(np.diff(moved[np.array(simplices)], axis=1))) < 1e-6
        simplices = [s for s, bad in zip(simplices, flat, strict=True) if not bad]
    values = rng.random(len(vertices)) * (rng.random(len(vertices)) < 0.8)
    values[0] = 1.0
    return {"vertices": vertices.tolist(), "simplices": simplices, "values": values.tolist()}


def _bells(density: dict[str, Any], d: int) -> tuple[Floats, Floats, Floats]:
    if density["kind"] == "points":
        n = len(density["points"])
        return (
            np.array(density["weights"]),
            np.array(density["points"]),
            np.full((n, d), float(density["std"])),
        )
    parts = density.get("components", [density])
    stds = [np.broadcast_to(part["std"], d) for part in parts]
    return (
        np.array([part.get("weight", 1.0) for part in parts]),
        np.array([part["mean"] for part in parts]),
        np.array(stds, dtype=float),
    )


def _grid(density: dict[str, Any], points: Floats) -> Floats:
    entries = np.array(density["entries"])
    lower, upper = np.array(density["lower"]), np.array(density["upper"])
    share, shape = (points - lower) / (upper - lower), np.array(entries.shape)
    within = ((share >= 0.0) & (share <= 1.0)).all(axis=1)
    if density["interpolation"] == "constant":
        cell = np.clip((share * shape).astype(int), 0, shape - 1)
        return np.where(within, entries[tuple(cell.T)], 0.0)
    place = share * shape - 0.5 if density["at"] == "centers" else share * (shape - 1)
    place = np.clip(place, 0.0, shape - 1)
    low = np.minimum(place.astype(int), np.maximum(shape - 2, 0))
    part, total = place - low, np.zeros(len(points))
    for corner in np.ndindex(*(2,) * len(shape)):
        step = np.array(corner)
        weight = np.where(step, part, 1.0 - part).prod(axis=1)
        total += weight * entries[tuple(np.minimum(low + step, shape - 1).T)]
    return np.where(within, total, 0.0)


def _lattice(density: dict[str, Any]) -> Floats:
    """Return the lines of a planar grid where its density is not smooth."""
    lower, upper = np.array(density["lower"]), np.array(density["upper"])
    lines = []
    for axis, count in enumerate(np.array(density["entries"]).shape):
        constant = density["interpolation"] == "constant"
        inner = (np.arange(count) + 0.5) / count
        if constant:
            inner = np.arange(1, count) / count
        elif density["at"] == "corners":
            inner = np.arange(1, count - 1) / max(count - 1, 1)
        for share in (0.0, *inner, 1.0):
            ends = np.stack([lower, upper])
            ends[:, axis] = lower[axis] + share * (upper - lower)[axis]
            lines.append(ends)
    return np.array(lines)


def _mesh(density: dict[str, Any], points: Floats) -> Floats:
    vertices, values = np.array(density["vertices"]), np.array(density["values"])
    total, done = np.zeros(len(points)), np.zeros(len(points), dtype=bool)
    for simplex in density["simplices"]:
        first, *others = vertices[simplex]
        inner = (points - first) @ np.linalg.inv(np.array(others) - first)
        shares = np.column_stack([1.0 - inner.sum(axis=1), inner])
        here = (shares >= -1e-12).all(axis=1) & ~done
        total[here] = shares[here] @ values[simplex]
        done |= here
    return total


def _text(content: bytes) -> str:
    return b64encode(content).decode()
