"""Who has which part of a scan line: the lower envelope of the costs along lines parallel to x.

Intervals are halved until the costs' bounds, from the least and the largest distance to each site,
leave one site, or until costs are smooth on what is left; there the ends of regions are roots of
differences of two costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import expit

from geomot.verification.adaptive import Array
from geomot.verification.model import RegionCosts

SMOOTH = 0.5  # of the distance to a candidate: how long an interval is at most that is searched
FINEST, COARSEST = 2.0**-40, 1.0 / 24.0  # of the zone's extent: shortest and longest of these
STEP = 1e-4  # of an interval: the difference that tells which way a cost falls
ROUNDS = 12  # of cuts in a searched interval
NOISE = 1e-13  # relative to a cost
SAMPLES = np.linspace(0.0, 1.0, 7)  # where the densities' odds are looked at in an interval


@dataclass(eq=False)
class Envelope:
    """The costs along scan lines; ``sites`` are those that have a region."""

    costs: RegionCosts
    sites: Array
    extent: float

    def pieces(self, rest: Array, line: Array, lower: Array, upper: Array) -> tuple[Array, ...]:
        """Return line, ends and owner of the parts of intervals.

        Parameters
        ----------
        rest
            ``(l, d - 1)`` y (and z) of the lines.
        line, lower, upper
            ``(m,)`` the line and the ends of each interval.
        """
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
                done += self._search(rest, line, lower, upper, search, item, site)
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
        self,
        rest: Array,
        line: Array,
        lower: Array,
        upper: Array,
        chosen: Array,
        item: Array,
        site: Array,
    ) -> list[tuple[Array, ...]]:
        """Return the pieces of short intervals with several candidates, in rows of equal length."""
        rows = np.flatnonzero(chosen)
        pairs = chosen[item]
        number = (np.cumsum(chosen) - 1)[item[pairs]]
        rank = np.arange(len(number)) - np.searchsorted(number, number)
        table = np.full((len(rows), int(rank.max()) + 1), -1)
        table[number, rank] = site[pairs]
        table = np.where(table < 0, table[:, :1], table)  # who stands twice changes nothing
        line, a, b = line[rows], lower[rows], upper[rows]
        first, last = (self._winner(x, rest[line], table) for x in (a, b))
        done: list[tuple[Array, ...]] = []
        for _ in range(ROUNDS):
            same = first == last
            cut, owner = self._dips(rest[line], a, b, table, first, same)
            differ = ~same
            if differ.any():
                cut[differ], owner[differ] = self._ends(
                    rest[line[differ]], a[differ], b[differ], table[differ], first[differ], last[differ]
                )
            over = np.isnan(cut)
            done.append((line[over], a[over], b[over], first[over]))
            met = differ & ~over & ((owner == first) | (owner == last))
            # a tie of both ends: each side has one owner, a dip apart
            line_, a_, b_, table_, first_, last_ = (
                each[~over] for each in (line, a, b, table, first, last)
            )
            cut_, owner_, met_ = cut[~over], owner[~over], met[~over]
            line, table = np.tile(line_, 2), np.tile(table_, (2, 1))
            a, b = np.concatenate([a_, cut_]), np.concatenate([cut_, b_])
            first = np.concatenate([first_, np.where(met_, last_, owner_)])
            last = np.concatenate([np.where(met_, first_, owner_), last_])
            if not len(line):
                return done
        done.append((line, a, b, first))
        return done

    def _winner(self, x: Array, rest: Array, table: Array) -> Array:
        return np.asarray(table[np.arange(len(x)), self._costs(x, rest, table).argmin(axis=1)])

    def _costs(self, x: Array, rest: Array, table: Array) -> Array:
        """Return the costs of candidates ``(n, k)`` at points of lines."""
        points = np.column_stack([x, rest])
        k = table.shape[1]
        return self.costs.values(np.repeat(points, k, axis=0), table.reshape(-1)).reshape(table.shape)

    def _difference(self, x: Array, one: Array, other: Array, *rest: Array) -> Array:
        points = np.stack([x, *rest], axis=-1).reshape(-1, 1 + len(rest))
        first, second = (np.broadcast_to(s, x.shape).reshape(-1) for s in (one, other))
        gap = self.costs.values(points, first) - self.costs.values(points, second)
        return np.asarray(gap.reshape(x.shape))

    def _ends(
        self, rest: Array, a: Array, b: Array, table: Array, first: Array, last: Array
    ) -> tuple[Array, Array]:
        """Return where the owners of the ends tie, and who has the least cost there."""
        found = find_root(self._difference, (a, b), args=(first, last, *rest.T))
        x = np.where(found.success, found.x, 0.5 * (a + b))  # a tie at an end within rounding
        costs = self._costs(x, rest, table)
        tied = costs[np.arange(len(x)), (table == first[:, None]).argmax(axis=1)]
        best = costs.argmin(axis=1)
        clear = costs[np.arange(len(x)), best] < tied - NOISE * np.abs(tied)
        return x, np.where(clear, table[np.arange(len(x)), best], first)

    def _dips(
        self, rest: Array, a: Array, b: Array, table: Array, owner: Array, same: Array
    ) -> tuple[Array, Array]:
        """Return where another one is least between ends with one owner; not-a-number if nowhere."""
        cut, winner = np.full(len(a), np.nan), owner.copy()
        h = STEP * (b - a)
        slopes = []
        for x, y in ((a, a + h), (b - h, b)):
            one, other = self._costs(x, rest, table), self._costs(y, rest, table)
            slopes.append(other - one)
        mine = table == owner[:, None]
        own = [s[np.arange(len(a)), mine.argmax(axis=1)][:, None] for s in slopes]
        turning = (slopes[0] < own[0]) & (slopes[1] > own[1]) & ~mine & same[:, None]
        row, column = np.nonzero(turning)
        if not len(row):
            return cut, winner

        def slope(x: Array, h: Array, one: Array, other: Array, *rest: Array) -> Array:
            ends = (self._difference(x + s * h, one, other, *rest) for s in (0.5, -0.5))
            return np.asarray(next(ends) - next(ends))

        half = 0.5 * h[row]
        args = (h[row], table[row, column], owner[row], *rest[row].T)
        found = find_root(slope, (a[row] + half, b[row] - half), args=args)
        x = np.where(found.success, found.x, 0.5 * (a + b)[row])
        depth = self._difference(x, *args[1:])
        noise = NOISE * np.abs(self.costs.values(np.column_stack([x, rest[row]]), owner[row]))
        for k in np.flatnonzero(depth < -noise):
            cut[row[k]] = x[k]
        dipped = ~np.isnan(cut)
        winner[dipped] = self._winner(cut[dipped], rest[dipped], table[dipped])
        return cut, winner


def _merged(line: Array, lower: Array, upper: Array, owner: Array) -> tuple[Array, ...]:
    """Return pieces with those joined that touch and have one owner."""
    order = np.lexsort((lower, line))
    line, lower, upper, owner = (each[order] for each in (line, lower, upper, owner))
    new = np.ones(len(line), dtype=bool)
    new[1:] = (line[1:] != line[:-1]) | (owner[1:] != owner[:-1]) | (lower[1:] != upper[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(line)) - 1 if len(first) else first
    return line[first], lower[first], upper[last], owner[first]
