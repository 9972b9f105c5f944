"""Integrals over the regions: lines along x, in planes along y, in space stacked along z."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geomot.verification.adaptive import Array, integrate
from geomot.verification.densities import Spread
from geomot.verification.envelope import Envelope
from geomot.verification.meshes import Crossed, held
from geomot.verification.model import Model
from geomot.verification.zone import Body, clipped

INNER = 0.1  # part of the tolerance that lines and planes may take within what they make up


@dataclass(eq=False)
class Regions:
    """Integrals of (1, g, g U, f, K phi f), the last two where twins are spread, over each region.

    No envelope: the whole zone.  U is that of ``members`` ``(B,)``, the tolerance is relative
    to ``scales`` ``(q,)``.  ``late``, by class: how much the latest upload met misses, and where.
    """

    model: Model
    body: Body
    envelope: Envelope | None
    members: Array
    tolerance: float
    scales: Array
    late: dict[int, tuple[float, Array]] = field(default_factory=dict)

    def totals(self) -> tuple[Array, Array]:
        """Return the integrals ``(B, q)`` and estimates of their errors."""
        points = self.body.points
        if points.shape[1] == 2:
            total, error = self._planes(np.array([np.nan]), 1.0)
        else:
            z = self._splits(2, self.body.levels)
            long, one = z[-1] - z[0], np.zeros(len(z) - 1, int)

            def planes(z: Array, _: Array) -> tuple[Array, Array]:
                return self._planes(z, INNER / long)

            ends, allowed = (z[:-1], z[1:]), self._allowed(1.0)
            total, error = integrate(planes, ends, one, 1, allowed, long, self.order)
        count = len(self.members)
        return total.reshape(count, -1), error.reshape(count, -1)

    @property
    def order(self) -> int:
        """Number of nodes of the rules: fewer in space, where lines are many."""
        return 16 if self.body.points.shape[1] == 2 else 8

    @property
    def densities(self) -> tuple[Spread, Spread | None]:
        """Those of sensors and of twins, the latter if they are spread."""
        return self.model.sensors, self.model.twins

    def _allowed(self, share: float) -> Array:
        return np.tile(self.tolerance * share * self.scales, len(self.members))

    def _splits(self, axis: int, vertices: Array) -> Array:
        """Return ascending coordinates between which integrals along an axis are smooth, about."""
        low, high = vertices.min(), vertices.max()
        parts = [vertices, self.model.positions[:, axis], np.linspace(low, high, 5)]
        parts += [density.ticks[axis] for density in self.densities if density and density.ticks]
        found = np.unique(np.concatenate(parts))
        found = found[(found >= low) & (found <= high)]
        found = found[np.append(True, np.diff(found) > 1e-9 * (high - low))]
        found[-1] = high
        return np.asarray(found)

    def _planes(self, heights: Array, share: float) -> tuple[Array, Array]:
        """Return the integrals over planes at some z, ``(m, B q)``; NaN is that of the zone."""
        sections = [self.body.section(None if np.isnan(z) else z) for z in heights]
        strips = [
            (y[:-1], y[1:], np.full(len(y) - 1, k))
            for k, edges in enumerate(sections)
            if len(edges)
            for y in [self._splits(1, edges[:, :, 1].reshape(-1))]
        ]
        allowed = self._allowed(share)
        if not strips:
            return np.zeros((len(heights), len(allowed))), np.zeros((len(heights), len(allowed)))
        lower, upper, plane = (np.concatenate(column) for column in zip(*strips, strict=True))
        wide = float(np.ptp(self.body.points[:, 1]))

        def lines(y: Array, group: Array) -> tuple[Array, Array]:
            return self._lines(y, heights[group], group, sections, INNER * share / wide)

        return integrate(lines, (lower, upper), plane, len(heights), allowed, wide, self.order)

    def _lines(
        self, y: Array, z: Array, plane: Array, sections: list[Array], share: float
    ) -> tuple[Array, Array]:
        """Return the integrals along lines, ``(n, B q)``."""
        parts = []
        for k in np.unique(plane):
            rows = np.flatnonzero(plane == k)
            line, left, right = clipped(sections[k], y[rows])
            parts.append((rows[line], left, right))
        line, left, right = (np.concatenate(column) for column in zip(*parts, strict=True))
        rest = y[:, None] if np.isnan(z).all() else np.column_stack([y, z])
        owner = np.zeros(len(line), dtype=int)
        crossed = [
            None if d is None or d.mesh is None else d.mesh.crossed(rest) for d in self.densities
        ]
        if self.envelope is not None and len(line):
            line, left, right, owner = self.envelope.pieces(rest, line, left, right)
            self._watch(rest, line, left, right, owner, crossed)
        count, q = len(self.members), len(self.scales)
        line, left, right, owner = self._cut(crossed, line, left, right, owner)
        middle = 0.5 * (left + right)
        simplices = [None if each is None else held(line, middle, each) for each in crossed]
        wide = float(np.ptp(self.body.points[:, 0]))

        def along(x: Array, piece: Array) -> tuple[Array, Array]:
            points = np.column_stack([x, rest[line[piece]]])
            inside = [None if each is None else each[piece] for each in simplices]
            found = self._values(points, owner[piece], inside)
            return found, np.zeros_like(found)

        allowed = self.tolerance * share * self.scales
        pieces, ends = np.arange(len(line)), (left, right)
        found = integrate(along, ends, pieces, len(line), allowed, wide, self.order)
        total, error = (np.zeros((len(y) * count, q)) for _ in found)
        np.add.at(total, line * count + owner, found[0])
        np.add.at(error, line * count + owner, found[1])
        return total.reshape(len(y), count * q), error.reshape(len(y), count * q)

    def _cut(self, crossed: list[Crossed | None], line: Array, *piece: Array) -> tuple[Array, ...]:
        """Return pieces cut where a density is not smooth in x, and beside the owner's mast."""
        left, right, owner = piece
        cuts = [(np.arange(len(line)), self.model.positions[owner, 0])]
        for density, each in zip(self.densities, crossed, strict=True):
            ticks = density.ticks[0] if density is not None and density.ticks else ()
            cuts += [(np.arange(len(line)), np.full(len(line), x)) for x in ticks]
            if each is not None:
                order = np.argsort(each[0], kind="stable")
                where, *ends = (column[order] for column in each[:3])
                first, last = (np.searchsorted(where, line, side) for side in ("left", "right"))
                rows = np.repeat(np.arange(len(line)), last - first)
                place = np.arange(len(rows)) - np.repeat(np.cumsum(last - first) - last, last - first)
                cuts += [(rows, x[place]) for x in ends]
        row, x = (np.concatenate(column) for column in zip(*cuts, strict=True))
        inner = (left[row] < x) & (x < right[row])
        row = np.concatenate([row[inner], np.tile(np.arange(len(line)), 2)])
        x = np.concatenate([x[inner], left, right])
        order = np.lexsort((x, row))
        row, x = row[order], x[order]
        kept = (row[1:] == row[:-1]) & (x[1:] > x[:-1])
        return line[row[:-1][kept]], x[:-1][kept], x[1:][kept], owner[row[:-1][kept]]

    def _values(self, points: Array, owner: Array, simplices: list[Array | None]) -> Array:
        model = self.model
        server = self.members[owner]
        squares = ((points - model.positions[server]) ** 2).sum(axis=1)
        density = model.sensors.values(points, simplices[0])
        parts = [np.ones(len(points)), density, density * model.upload(squares, server)]
        if model.twins is not None:
            twins = model.twins.values(points, simplices[1])
            phi = np.zeros(len(points))
            phi[twins > 0.0] = model.mean_phi(squares[twins > 0.0])
            parts += [twins, model.scenario.twins.count * phi * twins]
        return np.stack(parts, axis=1)

    def _watch(
        self,
        rest: Array,
        line: Array,
        left: Array,
        right: Array,
        owner: Array,
        crossed: list[Crossed | None],
    ) -> None:
        """Note where twins are latest: at ends of pieces, distances being convex."""
        if self.model.twins is None:
            return
        twins = self.model.scenario.twins
        for x in (left, right):
            points = np.column_stack([x, rest[line]])
            simplices = None if crossed[1] is None else held(line, x, crossed[1])
            served = self.model.twins.values(points, simplices) > 0.0
            squares = ((points - self.model.positions[owner]) ** 2).sum(axis=1)
            for k, kind in enumerate(twins.classes):
                late = np.where(served, twins.data / self.model.rate(squares, k), -np.inf)
                row = int(late.argmax())
                worst = float(late[row] - 1.0 / kind.intensity)
                if k not in self.late or worst > self.late[k][0]:
                    self.late[k] = worst, points[row]
