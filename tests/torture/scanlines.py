"""Integrals over planar cells by scanlines: cells are found by argmin, their ends by bisection.

On a line of constant y each cell is a set of intervals in x.  Over y the sums are integrated by the
rules of Gauss and Kronrod, in panels that are halved where the two differ most: where three cells meet
or a line touches a boundary.  Panels end where cells do: a cap that no line of two panels meets would
be in neither's error.  Nothing of the engine is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely

from tests.torture.types import Floats, Ints

KRONROD = np.array(
    [
        0.991455371120812639206854697526329,
        0.949107912342758524526189684047851,
        0.864864423359769072789712788640926,
        0.741531185599394439863864773280788,
        0.586087235467691130294144838258730,
        0.405845151377397166906606412076961,
        0.207784955007898467600689403773245,
        0.0,
    ]
)
WEIGHTS = np.array(
    [
        0.022935322010529224963732008058970,
        0.063092092629978553290700663189204,
        0.104790010322250183839876322541518,
        0.140653259715525918745189590510238,
        0.169004726639267902826583426598550,
        0.190350578064785409913256402421014,
        0.204432940075298892414161999234649,
        0.209482141084727828012999174891714,
    ]
)
GAUSS = np.array(
    [
        0.129484966168869693270611432679082,
        0.279705391489276667901467771423780,
        0.381830050505118944950369775133975,
        0.417959183673469387755102040816327,
    ]
)
NODES = np.concatenate([-KRONROD, KRONROD[-2::-1]])
FULL = np.concatenate([WEIGHTS, WEIGHTS[-2::-1]])
HALF = np.zeros(15)
HALF[1::2] = np.concatenate([GAUSS, GAUSS[-2::-1]])
INNER, INNER_WEIGHTS = np.polynomial.legendre.leggauss(4)
BISECTIONS, ROUNDS = 54, 12
GOLDEN, RATIO = 36, 0.5 * (5.0**0.5 - 1.0)
CHUNK = 240  # lines at a time
FOCUS = 0.03  # panels are halved whose error is that share of the largest, or more
LOOKS = 3  # times that ends are looked for; a gap between two lines may hold several
HALVINGS = 30  # of gaps between two lines


@dataclass(frozen=True, eq=False)
class Scene:
    """What is integrated, and over what.

    Parameters
    ----------
    outline
        The zone.
    costs
        Costs ``(n, B)`` of all sites at points ``(n, 2)``.
    values
        Integrands ``(n, k)`` at points in cells ``(n,)``.
    count, columns
        B and k.
    places
        ``(m, 2)`` near which something is small: sites, means of densities.
    sizes
        How far from these places lines and samples are dense, metres, falling to nothing.
    edges
        ``(e, 2, 2)`` segments where the integrands are not smooth.
    """

    outline: shapely.Geometry
    costs: Callable[[Floats], Floats]
    values: Callable[[Floats, Ints], Floats]
    count: int
    columns: int
    places: Floats
    sizes: Floats
    edges: Floats


@dataclass(frozen=True, eq=False)
class Estimate:
    """Integrals ``(B, k)`` over the cells, and how far the two rules differ in sum."""

    values: Floats
    errors: Floats


def scanned(scene: Scene, goal: float, lines: int = 1500, samples: int = 100) -> Estimate:
    """Integrate over the cells until errors are that share of the whole, or with so many scanlines."""
    low, high = _panels(scene, samples)
    values, errors = _integrals(scene, low, high, samples)
    while True:
        scale = np.abs(values.sum(axis=(0, 1))) + 1e-300
        worst = (errors / scale).max(axis=(1, 2))
        room = (lines - 15 * len(low)) // 15
        halved = np.argsort(worst)[::-1][: max(len(low) // 3, 4)][:room]
        halved = halved[worst[halved] >= FOCUS * worst.max()]
        if len(halved) == 0 or worst.sum() <= goal:
            return Estimate(values.sum(axis=0), errors.sum(axis=0))
        middle = 0.5 * (low[halved] + high[halved])
        new_low, new_high = np.append(low[halved], middle), np.append(middle, high[halved])
        new_values, new_errors = _integrals(scene, new_low, new_high, samples)
        keep = np.delete(np.arange(len(low)), halved)
        low, high = np.append(low[keep], new_low), np.append(high[keep], new_high)
        values = np.concatenate([values[keep], new_values])
        errors = np.concatenate([errors[keep], new_errors])


def scanned_twice(scene: Scene, lines: int, samples: int) -> Estimate:
    """Integrate along lines of constant y and of constant x.

    Two rules may agree by accident in a panel that a corner of a cell is in; the other direction has
    other panels.  Errors are what the rules and what the directions differ by.
    """
    one, other = (scanned(each, 1e-13, lines, samples) for each in (scene, _turned(scene)))
    values = np.where(one.errors <= other.errors, one.values, other.values)
    apart = np.abs(one.values - other.values)
    return Estimate(values, apart + np.maximum(one.errors, other.errors))


def _turned(scene: Scene) -> Scene:
    """Return the scene with x and y exchanged."""
    return replace(
        scene,
        outline=shapely.transform(scene.outline, lambda points: points[:, ::-1]),
        costs=lambda points: scene.costs(points[:, ::-1]),
        values=lambda points, labels: scene.values(points[:, ::-1], labels),
        places=scene.places[:, ::-1],
        edges=scene.edges[..., ::-1],
    )


def _panels(scene: Scene, samples: int) -> tuple[Floats, Floats]:
    """Return the panels in y to begin with: they end at corners, at places, and where cells do."""
    _, bottom, _, top = scene.outline.bounds
    ends = [shapely.get_coordinates(scene.outline)[:, 1], scene.edges[:, :, 1].reshape(-1)]
    ends += [scene.places[:, 1], scene.places[:, 1] - scene.sizes, scene.places[:, 1] + scene.sizes]
    ticks = np.unique(np.clip(np.concatenate([*ends, np.linspace(bottom, top, 9)]), bottom, top))
    wide = np.append(True, np.diff(ticks) > 1e-9 * (top - bottom))
    ticks = ticks[wide]
    ticks[-1] = top
    for _ in range(LOOKS):
        found = _ends(scene, _nodes(ticks[:-1], ticks[1:]), samples)
        if len(found) == 0:
            break
        ticks = np.unique(np.concatenate([ticks, found]))
    return ticks[:-1], ticks[1:]


def _ends(scene: Scene, heights: Floats, samples: int) -> Floats:
    """Return heights between which and the next line the number of pieces of a cell changes."""
    pieces = _pieces(scene, heights, samples)
    gaps = np.flatnonzero((pieces[1:] != pieces[:-1]).any(axis=1))
    low, high, below = heights[gaps], heights[gaps + 1], pieces[gaps]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        same = (_pieces(scene, middle, samples) == below).all(axis=1)
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)


def _integrals(scene: Scene, low: Floats, high: Floats, samples: int) -> tuple[Floats, Floats]:
    """Return integrals ``(p, B, k)`` over panels, and how far the two rules differ."""
    heights = _nodes(low, high)
    parts = [_lines(scene, part, samples) for part in _chunks(heights)]
    sums = np.concatenate(parts).reshape(len(low), 15, scene.count, scene.columns)
    size = 0.5 * (high - low)[:, None, None]
    full, half = np.einsum("q,pqbk->pbk", FULL, sums), np.einsum("q,pqbk->pbk", HALF, sums)
    return size * full, size * np.abs(full - half)


def _nodes(low: Floats, high: Floats) -> Floats:
    """Return the heights of the lines of panels, ascending as these do."""
    return np.asarray((0.5 * (low + high) + 0.5 * (high - low) * NODES[:, None]).T.reshape(-1))


def _chunks(heights: Floats) -> list[Floats]:
    return [heights[start : start + CHUNK] for start in range(0, len(heights), CHUNK)]


def _lines(scene: Scene, heights: Floats, samples: int) -> Floats:
    """Return integrals ``(L, B, k)`` along lines."""
    line, begin, end, label = _intervals(scene, heights, samples)
    half = 0.5 * (end - begin)
    x = 0.5 * (begin + end)[:, None] + half[:, None] * INNER
    points = np.stack([x.reshape(-1), np.repeat(heights[line], len(INNER))], axis=1)
    found = scene.values(points, np.repeat(label, len(INNER))).reshape(len(line), len(INNER), -1)
    sums = half[:, None] * np.einsum("q,nqk->nk", INNER_WEIGHTS, found)
    key, size = line * scene.count + label, len(heights) * scene.count
    rows = [np.bincount(key, sums[:, k], size) for k in range(scene.columns)]
    return np.stack(rows, axis=1).reshape(len(heights), scene.count, scene.columns)


def _pieces(scene: Scene, heights: Floats, samples: int) -> Ints:
    """Return how many pieces of each cell lines meet, ``(L, B)``."""
    found = []
    for part in _chunks(heights):
        line, begin, end, label = _intervals(scene, part, samples)
        order = np.lexsort([begin, line])
        line, begin, end, label = (each[order] for each in (line, begin, end, label))
        first = np.ones(len(line), dtype=bool)
        first[1:] = (np.diff(line) > 0) | (np.diff(label) != 0) | (begin[1:] > end[:-1])
        key, size = line[first] * scene.count + label[first], len(part) * scene.count
        found.append(np.bincount(key, minlength=size).reshape(len(part), scene.count))
    return np.concatenate(found) if found else np.empty((0, scene.count), dtype=np.int64)


def _intervals(scene: Scene, heights: Floats, samples: int) -> tuple[Ints, Floats, Floats, Ints]:
    """Return intervals of one cell each: their lines, begins, ends and cells."""
    left, _, right, _ = scene.outline.bounds
    walls = np.concatenate([_segments(ring) for ring in _rings(scene.outline)])
    crossings = _crossings(walls, heights)
    near = (scene.places[:, :1] + scene.sizes[:, None] * np.linspace(-1.0, 1.0, 9) ** 3).reshape(-1)
    fixed = np.concatenate([np.linspace(left, right, samples), near])
    x = [
        np.broadcast_to(fixed, (len(heights), len(fixed))),
        crossings,
        _crossings(scene.edges, heights),
    ]
    ticks = np.sort(np.clip(np.nan_to_num(np.concatenate(x, axis=1), nan=left), left, right), axis=1)
    ticks = np.sort(np.concatenate([ticks, _hidden(scene, heights, ticks)], axis=1), axis=1)
    middles = 0.5 * (ticks[:, 1:] + ticks[:, :-1])
    passed = sum((crossings[:, e, None] < middles).astype(int) for e in range(crossings.shape[1]))
    line, column = np.nonzero((passed % 2 == 1) & (ticks[:, 1:] > ticks[:, :-1]))
    labels = _labels(scene, ticks.reshape(-1), np.repeat(heights, ticks.shape[1])).reshape(ticks.shape)
    return _cut(
        scene,
        heights,
        line,
        ticks[line, column],
        ticks[line, column + 1],
        labels[line, column],
        labels[line, column + 1],
    )


def _hidden(scene: Scene, heights: Floats, ticks: Floats) -> Floats:
    """Return points of cells that are between two samples of another cell, ``(L, h)``.

    They are where what another cell costs more has a minimum along the line, by golden section.
    """
    points = np.stack([ticks, np.broadcast_to(heights[:, None], ticks.shape)], axis=-1)
    table = scene.costs(points.reshape(-1, 2)).reshape(*ticks.shape, -1)
    label = table.argmin(axis=2)[:, 1:-1, None]
    more = [
        part - np.take_along_axis(part, label, axis=2)
        for part in (table[:, :-2], table[:, 1:-1], table[:, 2:])
    ]
    rise = np.maximum(more[0], more[2]) - more[1]
    least = (more[1] <= more[0]) & (more[1] <= more[2]) & (more[1] > 0.0) & (more[1] <= 2.0 * rise)
    line, column, other = np.nonzero(least)
    own, rows, y = label[line, column, 0], np.arange(len(line)), heights[line]
    low, high = ticks[line, column], ticks[line, column + 2]

    def excess(x: Floats) -> Floats:
        found = scene.costs(np.stack([x, y], axis=1))
        return np.asarray(found[rows, other] - found[rows, own])

    for _ in range(GOLDEN):
        one, two = high - RATIO * (high - low), low + RATIO * (high - low)
        left = excess(one) < excess(two)
        low, high = np.where(left, low, one), np.where(left, two, high)
    middle = 0.5 * (low + high)
    hit = excess(middle) < 0.0
    line, middle = line[hit], middle[hit]
    first = np.searchsorted(line, np.arange(len(heights)))
    place = np.arange(len(line)) - first[line]
    extra = np.repeat(ticks[:, :1], place.max(initial=-1) + 1, axis=1)
    extra[line, place] = middle
    return extra


def _cut(
    scene: Scene, heights: Floats, line: Ints, begin: Floats, end: Floats, one: Ints, other: Ints
) -> tuple[Ints, Floats, Floats, Ints]:
    """Return intervals of one cell each, from those whose ends may be in two."""
    done = []
    for _ in range(ROUNDS):
        same = one == other
        done.append((line[same], begin[same], end[same], one[same]))
        line, begin, end, one, other = (each[~same] for each in (line, begin, end, one, other))
        if len(line) == 0:
            break
        low, high = begin.copy(), end.copy()
        following = other.copy()
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            at = _labels(scene, middle, heights[line])
            here = at == one
            low, high = np.where(here, middle, low), np.where(here, high, middle)
            following = np.where(here, following, at)
        done.append((line, begin, high, one))
        begin, one = high, following
    else:
        done.append((line, begin, end, other))  # more cells in a sample than there are rounds
    parts = zip(*done, strict=True)
    return tuple(np.concatenate(part) for part in parts)  # type: ignore[return-value]


def _labels(scene: Scene, x: Floats, y: Floats) -> Ints:
    return scene.costs(np.stack([x, y], axis=1)).argmin(axis=1)


def _crossings(edges: Floats, heights: Floats) -> Floats:
    """Return where lines cross edges, ``(L, e)``, not-a-number where they do not."""
    start, stop = edges[:, 0], edges[:, 1]
    y = heights[:, None]
    hit = (start[:, 1] <= y) != (stop[:, 1] <= y)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (y - start[:, 1]) / (stop[:, 1] - start[:, 1])
        return np.where(hit, start[:, 0] + share * (stop[:, 0] - start[:, 0]), np.nan)


def _rings(outline: shapely.Geometry) -> list[Floats]:
    polygons = getattr(outline, "geoms", [outline])
    return [np.array(r.coords) for p in polygons for r in (p.exterior, *p.interiors)]


def _segments(ring: Floats) -> Floats:
    return np.stack([ring[:-1, :2], ring[1:, :2]], axis=1)
