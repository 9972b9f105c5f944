"""Who has which part of a scan line: the lower envelope of the costs along lines parallel to x.

Intervals are halved until the costs' bounds, from the least and the largest distance to each site,
leave one site, or until costs are smooth on what is left; there the ends of regions are roots of
differences of two costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import expit

from geomot.verification.adaptive import Array
from geomot.verification.model import RegionCosts

SMOOTH = 0.5  # of the distance to a candidate: how long an interval is at most that is searched
FINEST, COARSEST = 2.0**-40, 1.0 / 24.0  # of the zone's extent: shortest and longest of these
STEP = 1e-4  # of an interval: the difference that tells which way a cost falls
NOISE = 1e-13  # relative to a cost
SAMPLES = np.linspace(0.0, 1.0, 7)  # where the densities' odds are looked at in an interval


@dataclass(eq=False)
class Envelope:
    """The costs along scan lines; ``sites`` are those that have a region."""

    costs: RegionCosts
    sites: Array
    extent: float

    def pieces(self, rest: Array, line: Array, lower: Array, upper: Array) -> tuple[Array, ...]:
        """Return line, ends and owner of the parts of intervals; ``rest`` is y (and z) of each line."""
        positions, d0 = self.costs.model.positions, self.costs.model.scenario.channel.reference_distance
        done: list[tuple[Array, ...]] = []
        item = np.repeat(np.arange(len(line)), len(self.sites))
        site = np.tile(self.sites, len(line))
        while len(line):
            x, a, b = positions[site, 0], lower[item], upper[item]
            off = ((rest[line[item]] - positions[site, 1:]) ** 2).sum(axis=1)
            near = (np.clip(x, a, b) - x) ** 2 + off
            far = np.maximum((a - x) ** 2, (b - x) ** 2) + off
            low, high = self._bounds(rest[line], lower, upper, item, near, far, site)
            starts = np.searchsorted(item, np.arange(len(line)))
            least = np.minimum.reduceat(high, starts)[item]
            kept = low <= least + NOISE * np.abs(least)
            item, site, near = item[kept], site[kept], near[kept]
            starts = np.searchsorted(item, np.arange(len(line)))
            count = np.bincount(item, minlength=len(line))
            longest = SMOOTH * np.sqrt(np.minimum.reduceat(near, starts) + d0**2)
            longest = np.clip(longest, FINEST * self.extent, COARSEST * self.extent)
            alone, short = count == 1, upper - lower <= longest
            done.append((line[alone], lower[alone], upper[alone], site[starts[alone]]))
            search = ~alone & short
            if search.any():
                pairs = search[item]
                number = (np.cumsum(search) - 1)[item[pairs]]
                table = np.full((int(search.sum()), int(count[search].max())), -1)
                table[number, np.arange(len(number)) - np.searchsorted(number, number)] = site[pairs]
                ends = line[search], lower[search], upper[search]
                done.append(tuple(self._search(*ends, rest[line[search]], table)))
            split = ~alone & ~short
            middle = 0.5 * (lower + upper)
            number = np.cumsum(split) - 1
            pairs, halves = split[item], int(split.sum())
            item, site = number[item[pairs]], site[pairs]
            item, site = np.concatenate([item, item + halves]), np.tile(site, 2)
            lower = np.concatenate([lower[split], middle[split]])
            upper, line = np.concatenate([middle[split], upper[split]]), np.tile(line[split], 2)
        return _merged(*(np.concatenate(column) for column in zip(*done, strict=True)))

    def _bounds(
        self, rest: Array, lower: Array, upper: Array, item: Array, near: Array, far: Array, site: Array
    ) -> tuple[Array, Array]:
        """Return the range of each cost on its interval; the odds of densities in it are sampled."""
        low, high = self.costs.parts(near, site), self.costs.parts(far, site)
        if len(low) == 1:
            return low[0], high[0]
        x = lower[:, None] + (upper - lower)[:, None] * SAMPLES
        points = np.column_stack([x.reshape(-1), np.repeat(rest, len(SAMPLES), axis=0)])
        odds = self.costs.logits(points).reshape(x.shape)
        margin = np.ptp(odds, axis=1)
        ends = [expit(odds.min(axis=1) - margin)[item], expit(odds.max(axis=1) + margin)[item]]
        below, above = ([e * p[0] + (1.0 - e) * p[1] for e in ends] for p in (low, high))
        return np.minimum(*below), np.maximum(*above)

    def _search(
        self, line: Array, lower: Array, upper: Array, rest: Array, table: Array
    ) -> list[Array]:
        """Return the pieces of short intervals, each with its candidates ``(n, k)``, filled up with -1.

        They end where two costs tie; a difference of costs may turn once in an interval, not twice.
        """
        i, j = np.triu_indices(table.shape[1], 1)
        row, pair = np.nonzero((table[:, i] >= 0) & (table[:, j] >= 0))
        a, b, pairs = lower[row], upper[row], (table[row, i[pair]], table[row, j[pair]], *rest[row].T)
        step, middle = STEP * (b - a), 0.5 * (a + b)

        def slope(x: Array, h: Array, *pairs: Array) -> Array:
            return np.asarray(self._gap(x + 0.5 * h, *pairs) - self._gap(x - 0.5 * h, *pairs))

        ends = a + 0.5 * step, b - 0.5 * step
        bent = np.prod([slope(x, step, *pairs) for x in ends], axis=0) < 0.0
        middle[bent] = _roots(slope, *ends, middle, step, *pairs, chosen=bent)
        rows, x = [np.tile(np.arange(len(line)), 2)], [lower, upper]
        for left, right in ((a, middle), (middle, b)):
            tied = self._gap(left, *pairs) * self._gap(right, *pairs) < 0.0
            x.append(_roots(self._gap, left, right, middle, *pairs, chosen=tied))
            rows.append(row[tied])
        row, x_ = np.concatenate(rows), np.concatenate(x)
        order = np.lexsort((x_, row))
        row, x_ = row[order], x_[order]
        kept = np.flatnonzero((row[1:] == row[:-1]) & (x_[1:] > x_[:-1]))
        row, a, b = row[kept], x_[kept], x_[kept + 1]
        table = np.where(table < 0, table[:, :1], table)[row]
        points = np.repeat(np.column_stack([0.5 * (a + b), rest[row]]), table.shape[1], axis=0)
        best = self.costs.values(points, table.reshape(-1)).reshape(table.shape).argmin(axis=1)
        return [line[row], a, b, table[np.arange(len(row)), best]]

    def _gap(self, x: Array, one: Array, other: Array, *rest: Array) -> Array:
        """Return the difference of two costs."""
        points = np.stack([x, *rest], axis=-1).reshape(-1, 1 + len(rest))
        first, second = (np.broadcast_to(s, x.shape).reshape(-1) for s in (one, other))
        return np.asarray(self.costs.values(points, first) - self.costs.values(points, second)).reshape(
            x.shape
        )


def _roots(function: Any, a: Array, b: Array, middle: Array, *args: Array, chosen: Array) -> Array:
    """Return roots of chosen rows between a and b; where rounding hides one, the middle."""
    if not chosen.any():
        return np.asarray(middle[chosen])
    found = find_root(function, (a[chosen], b[chosen]), args=tuple(each[chosen] for each in args))
    return np.asarray(np.where(found.success, found.x, middle[chosen]))


def _merged(line: Array, lower: Array, upper: Array, owner: Array) -> tuple[Array, ...]:
    """Return pieces with those joined that touch and have one owner."""
    order = np.lexsort((lower, line))
    line, lower, upper, owner = (each[order] for each in (line, lower, upper, owner))
    new = np.ones(len(line), dtype=bool)
    new[1:] = (line[1:] != line[:-1]) | (owner[1:] != owner[:-1]) | (lower[1:] != upper[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(line)) - 1 if len(first) else first
    return line[first], lower[first], upper[last], owner[first]
