"""What a solution claims, each claim against numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geomot.verification.adaptive import Array
from geomot.verification.envelope import Envelope
from geomot.verification.model import Model, RegionCosts
from geomot.verification.regions import Regions
from geomot.verification.zone import body

PLANAR, SPATIAL = 1e-8, 1e-4  # tolerance of the integrals, relative to those over the zone
SAFETY = 4.0  # times the estimates of errors: 125 cells meet in places that a few lines see late
MANY = 10  # servers, beyond which the tolerance grows with their number
ROUNDING = 1e-13  # relative, of a few operations
TIED = 1e-6  # of the zone's extent: what a place may be off where two costs tie


@dataclass(frozen=True)
class Claim:
    """One claim: the ``gap`` where it is worst, what is ``allowed``, and how ``sharp`` the check is.

    ``holds`` is None where the claim could not be checked, ``note`` then says why.
    """

    name: str
    holds: bool | None
    gap: float | None = None
    allowed: float | None = None
    sharp: float | None = None
    note: str = ""


@dataclass(eq=False)
class Check:
    """A solution, as read from its file, beside its scenario."""

    solution: Any
    scenario: Any
    claims: list[Claim] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Integrate the densities over the zone and over the regions."""
        rows, self.model, self.body = (
            self.solution.servers,
            Model(self.scenario),
            body(self.scenario.zone),
        )
        self.names = [row.name for row in rows]
        self.owner = np.array([self.names.index(row.region or row.name) for row in rows])
        self.sharers = np.bincount(self.owner, minlength=len(rows))[self.owner]
        self.tolerance = self.scenario.solver.tolerance
        self.known = max(self.tolerance, self.solution.integration_error)
        planar = self.body.points.shape[1] == 2
        fine = (PLANAR if planar else SPATIAL) * max(1.0, len(rows) / MANY)
        blank = np.full(3 if self.model.twins is None else 5, 1e300)
        for _ in range(2):  # the first time for the scales
            blank = Regions(self.model, self.body, None, np.zeros(1, int), fine, blank).totals()[0][0]
        self.whole, count = blank, len(rows)
        odds = float(np.log(blank[3] / blank[1])) if len(blank) > 3 else 0.0
        self.costs = RegionCosts(self.model, rows, self.solution.balance, odds)
        self.extent = float(np.ptp(self.body.points, axis=0).max())
        envelope = Envelope(self.costs, np.unique(self.owner), self.extent)
        unit = np.array([1.0, *[blank[1]] * 2, *[blank[3]] * 2]) if len(blank) > 3 else blank[[1, 1, 1]]
        unit[0] = 1.0  # measures stay metres^d; densities are normalised to 1
        self.values, self.errors = np.zeros((count, len(blank))), np.zeros((count, len(blank)))
        rank = np.array([(self.owner[:b] == self.owner[b]).sum() for b in range(count)])
        for turn in range(int(rank.max()) + 1):  # each server that shares a region has its own U there
            here, members = np.flatnonzero(rank == turn), np.arange(count)
            members[self.owner[here]] = here
            found = Regions(self.model, self.body, envelope, members, fine, blank)
            values, errors = found.totals()
            self.values[here] = (values / unit)[self.owner[here]] / self.sharers[here, None]
            self.errors[here] = SAFETY * (errors / unit)[self.owner[here]] / self.sharers[here, None]
            self.late = found.late

    def column(self, name: str) -> Array:
        """Return a number of each server, not-a-number where it is null."""
        return np.array(
            [np.nan if (v := getattr(r, name)) is None else v for r in self.solution.servers]
        )

    def add(self, name: str, gaps: Any, allowed: Any, sharp: Any = 0.0) -> None:
        """Add a claim: each gap is at most what is allowed, as far as the check is sharp."""
        gaps, allowed, sharp = np.broadcast_arrays(*(np.atleast_1d(v) for v in (gaps, allowed, sharp)))
        if np.isnan(gaps).any():
            self.claims.append(Claim(name, None, note="the solution does not know it"))
            return
        over = np.nan_to_num(gaps - allowed - sharp, nan=np.inf)
        b = int(over.argmax())
        note = self.names[b] if len(gaps) == len(self.names) > 1 else ""
        gap, most, blur = (float(each[b]) for each in (gaps, allowed, sharp))
        self.claims.append(Claim(name, bool(over[b] <= 0.0), gap, most, blur, note))

    def run(self) -> None:
        """Add the claims of the document."""
        self._shares()
        self._residuals()
        self._twins()
        self._times()

    def _shares(self) -> None:
        mass, measure, size = self.column("mass"), self.column("measure"), self.whole[0]
        known, errors, edge = self.solution.integration_error, self.errors, ROUNDING * self.whole[0]
        count = len(mass)
        self.add(
            "mass: sensors in the region of eq. 14", abs(mass - self.values[:, 1]), known, errors[:, 1]
        )
        self.add("mass: all sum to 1 (9g)", abs(mass.sum() - 1.0), count * (known + ROUNDING))
        blur = self.tolerance * size + edge
        self.add("measure of the region", abs(measure - self.values[:, 0]), blur, errors[:, 0])
        self.add("measures sum to the zone (9f)", abs(measure.sum() - size), 1e-9 * size)
        gap = abs(self.solution.zone_measure - size)
        self.add("measure of the zone", gap, 1e-12 * size + edge, self.body.blur)

    def _residuals(self) -> None:
        weight, mass, found = self.column("weight"), self.column("mass"), self.solution
        prices = vars(self.costs)["prices"]
        if prices is not None:
            self._prices(prices, mass)
            wanted = prices[:, 1]
        elif np.isnan(weight).any() or found.residual is None:
            return
        else:
            wanted = np.exp(weight)
        self.add(
            "residual",
            abs(abs(mass - wanted).max() - found.residual),
            4e-16 + ROUNDING * found.residual,
        )
        if found.relative_residual is not None:
            relative = abs(np.log(mass) - np.log(wanted)).max()
            allowed = 1e-14 + ROUNDING * found.relative_residual
            self.add("relative residual", abs(relative - found.relative_residual), allowed)
        if found.status == "converged" and found.method == "equilibrium":
            # of eq. 14 itself, from shares that are not the solution's
            own = abs(self.values[:, 1] - wanted)
            self.add(
                "eq. 14: shares are exp(weight)", own, found.residual + self.known, self.errors[:, 1]
            )

    def _prices(self, prices: Array, mass: Array) -> None:
        """Prices are the derivatives of the average time, for a region's m servers 1 / m of them."""
        bit, psi, values = self.scenario.sensors.complexity, self.column("render_compute"), self.values
        wanted = [values[:, 2] + 2.0 * bit * values[:, 1] / psi, values[:, 1]]
        if self.solution.balance is not None:
            scale = self.scenario.twins.count / self.solution.balance
            wanted.append(scale * bit * (values[:, 1] / psi) ** 2)
        for k, column in enumerate(wanted):
            largest = abs(column).max()
            allowed = (self.solution.certificate or 0.0) + 4.0 * self.known
            sharp = 4.0 * (self.errors[:, 1] / mass.max() + self.errors[:, 2] / values[:, 2].max())
            self.add(f"price {k} of the optimum", abs(prices[:, k] - column) / largest, allowed, sharp)

    def _twins(self) -> None:
        load, left, compute = (
            self.column("twin_compute"),
            self.column("render_compute"),
            self.model.compute,
        )
        found, bit, twins = self.solution, self.scenario.sensors.complexity, self.scenario.twins
        named, count = self.column("twins"), 0.0
        sharp = np.zeros(len(load))
        if twins is None:
            own, hosted, known = np.zeros(len(load)), np.zeros(len(load)), 0.0
        elif self.model.twins is not None:
            own, hosted, count = self.values[:, 4], twins.count * self.values[:, 3], twins.count
            sharp, known = self.errors[:, 4], self.known * compute.min()
        else:
            own, hosted, divided, count, known = *self._hosted(), len(found.twins), 0.0
        blur = count * (self.errors[:, 3] if self.model.twins is not None else 0.0)
        self.add("twins of each server", abs(named - hosted), count * self.known, blur)
        self.add(
            "twins: all are hosted (9d, 9e)", abs(named.sum() - count), count * len(load) * self.known
        )
        rounding = ROUNDING * compute
        self.add("compute that twins take (eq. 8)", abs(load - own), known + rounding, sharp)
        allowed = known + self.tolerance * compute + rounding
        if self.model.twins is None:  # what whole twins leave is known to the last digit
            allowed = rounding
        self.add("compute left is what twins leave", abs(left - compute + load), allowed)
        if found.status == "converged":
            self.add("compute left is positive (9c)", -(compute - own), 0.0, sharp)
        time = self.column("rendering_time")
        if np.isfinite(time).all() and found.status == "converged":
            left, allowed = (left, allowed) if found.method == "fixed-point" else (left, rounding)
            if twins is not None and self.model.twins is None and twins.hosting == "regional":
                left, allowed = compute - divided, self.tolerance * compute + rounding
            self.add("compute left in the costs", abs(bit / time - left), allowed)
        for k, (late, point) in sorted(self.late.items()):
            place = ", ".join(f"{x:.6g}" for x in point)
            note = f"class {k}, at ({place}), the worst met on the lines"
            holds = late < 0.0 or found.status == "infeasible"
            self.claims.append(
                Claim("upload ends before the deadline (9b)", holds, late, 0.0, 0.0, note)
            )

    def _hosted(self) -> tuple[Array, Array, Array]:
        """Return the compute of whole twins, their number and the compute of shared ones, by server."""
        found, twins, index = (
            self.solution,
            self.scenario.twins,
            {n: b for b, n in enumerate(self.names)},
        )
        total, number, divided = (np.zeros(len(self.names)) for _ in range(3))
        late, elsewhere, parts = [], [], []
        for twin in found.twins:
            point, host = np.array(twin.position), index.get(twin.host, -1)
            squares = ((self.model.positions - point) ** 2).sum(axis=1)
            phi = self.model.phi(squares, twin.twin_class)
            total[host] += phi[host]
            number[host] += host >= 0
            for name, part in twin.shares.items():
                divided[index[name]] += part * phi[index[name]]
            parts.append(abs(sum(twin.shares.values()) - 1.0) + (twin.host not in twin.shares))
            with np.errstate(invalid="ignore"):
                computing = twins.complexity * twins.data / phi[host]
            deadline = 1.0 / twins.classes[twin.twin_class].intensity
            uploaded = twins.data / self.model.rate(squares, twin.twin_class)[host]
            late.append((uploaded + computing) / deadline - 1.0)
            # shares that the solver's tolerance of compute hides may be anywhere
            compute = self.tolerance * self.model.compute
            held = [
                index[name]
                for name, part in twin.shares.items()
                if name == twin.host or part * phi[index[name]] > compute[index[name]]
            ]
            sites = self.owner[held]
            elsewhere.append(self.apart(np.repeat(point[None], len(sites), axis=0), sites).max())
        given = [list(p) for p in twins.positions or [t.position for t in found.twins]]
        where = [list(t.position) for t in found.twins]
        self.add("twins stand where the scenario has them (9d, 9e)", float(given != where), 0.0)
        outside = float((~self.body.inside(np.array(where))).sum()) if twins.positions is None else 0.0
        self.add("drawn twins are in the zone", outside, 0.0)
        self.add("twins are whole (9d, 9e)", max(parts), 1e-9)
        if found.status != "infeasible":
            self.add("upload and computing end by the deadline (9b)", max(late), 1e-12)
            if twins.hosting == "regional":
                self.add("twins are hosted where they stand", max(elsewhere), TIED * self.extent)
        return total, number, divided

    def _times(self) -> None:
        found, sensors = self.solution, self.scenario.sensors
        left, times = self.column("render_compute"), self.column("sub_synchronization_time")
        scale = sensors.count**2 * sensors.slot * sensors.unit_volume * sensors.data_density
        with np.errstate(divide="ignore", invalid="ignore"):
            rendering = sensors.complexity / left
        own = scale * self.values[:, 1] * (self.values[:, 2] + rendering * self.values[:, 1])
        sharp = scale * self.values[:, 1] * (self.errors[:, 2] + 2.0 * rendering * self.errors[:, 1])
        sharp = sharp + scale * self.values[:, 2] * self.errors[:, 1]
        error = 0.0 if found.average_error is None else found.average_error
        blur = len(times) * error + self.tolerance * abs(own)  # no bound is stated for each server
        self.add("time of each server (eq. 5)", abs(times - own), blur + ROUNDING * abs(own), sharp)
        mean = found.average_sub_synchronization_time
        gap, off = (np.nan if mean is None else abs(mean - t.mean()) for t in (times, own))
        self.add("average is that of the regions (9a)", off, error + ROUNDING * off, sharp.mean())
        self.add("average is the mean of the times (9a)", gap, ROUNDING * abs(times.mean()))

    def apart(self, points: Array, sites: Array) -> Array:
        """Return how far points are, about, from where each one's site has the least cost, metres."""
        others = np.unique(self.owner)
        costs = self.costs.table(points, others)
        return self.distance(points, sites, others[costs.argmin(axis=1)], absolute=False)

    def distance(self, points: Array, sites: Array, others: Array, absolute: bool = True) -> Array:
        """Return how far points are from where two costs tie, to first order, metres."""

        def gap(places: Array) -> Array:
            return np.asarray(self.costs.values(places, sites) - self.costs.values(places, others))

        step = 1e-6 * self.extent * np.eye(points.shape[1])
        slopes = [(gap(points + h) - gap(points - h)) / (2e-6 * self.extent) for h in step]
        there = gap(points)
        there = abs(there) if absolute else np.maximum(there, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(there > 0.0, there / np.linalg.norm(slopes, axis=0), 0.0))
