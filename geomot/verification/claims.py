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
        rows, self.model = self.solution.servers, Model(self.scenario)
        self.body = body(self.scenario.zone)
        self.names = [row.name for row in rows]
        self.owner = np.array([self.names.index(row.region or row.name) for row in rows])
        self.sharers = np.bincount(self.owner, minlength=len(rows))[self.owner]
        self.tolerance = self.scenario.solver.tolerance
        self.known = max(self.tolerance, self.solution.integration_error)
        planar = self.body.points.shape[1] == 2
        fine = (PLANAR if planar else SPATIAL) * max(1.0, len(rows) / MANY)
        blank = np.full(3 if self.model.twins is None else 5, 1e300)
        for _ in range(2):  # the first time for the scales
            whole = Regions(self.model, self.body, None, np.zeros(1, int), fine, blank)
            blank, unsure = (each[0] for each in whole.totals())
        self.whole, count = blank, len(rows)
        self.unsure = SAFETY * float(unsure[0])
        # coordinates are rounded: each part of the boundary may be off by their spacing
        spacing = float(np.spacing(np.abs(self.body.points).max()))
        self.edge = ROUNDING * float(blank[0]) + spacing * self.body.surface
        odds = float(np.log(blank[3] / blank[1])) if len(blank) > 3 else 0.0
        self.costs = RegionCosts(self.model, rows, self.solution.balance, odds)
        self.extent = float(np.ptp(self.body.points, axis=0).max())
        envelope = Envelope(self.costs, np.unique(self.owner), self.extent)
        unit = blank[[1, 1, 1, 3, 3][: len(blank)]]  # densities are normalised to 1
        unit[0] = 1.0  # measures stay metres^d
        self.values, self.errors = np.zeros((2, count, len(blank)))
        rank = np.array([(self.owner[:b] == self.owner[b]).sum() for b in range(count)])
        for turn in range(int(rank.max()) + 1):  # each server that shares a region has its own U there
            here, members = np.flatnonzero(rank == turn), np.arange(count)
            own = self.owner[here]
            members[own] = here
            found = Regions(self.model, self.body, envelope, members, fine, blank)
            values, errors = found.totals()
            part = unit * self.sharers[here, None]
            self.values[here], self.errors[here] = values[own] / part, SAFETY * errors[own] / part
            self.late = found.late

    def column(self, name: str) -> Array:
        """Return a number of each server, not-a-number where it is null."""
        rows = (getattr(row, name) for row in self.solution.servers)
        return np.array([np.nan if value is None else value for value in rows])

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
        mass, measure, zone = self.column("mass"), self.column("measure"), self.solution.zone_measure
        known, size = self.solution.integration_error, self.whole[0]
        values, errors = self.values, self.errors
        gap = abs(mass - values[:, 1])
        self.add("mass: sensors in the region of eq. 14", gap, known, errors[:, 1])
        self.add("mass: all sum to 1 (9g)", abs(mass.sum() - 1.0), len(mass) * (known + ROUNDING))
        gap, blur = abs(measure - values[:, 0]), self.tolerance * size + self.edge
        self.add("measure of the region", gap, blur, errors[:, 0])
        self.add("measures sum to the zone (9f)", abs(measure.sum() - size), 1e-9 * size)
        self.add("measure of the zone", abs(zone - size), 1e-12 * size + self.edge, self.unsure)

    def _residuals(self) -> None:
        weight, mass, found = self.column("weight"), self.column("mass"), self.solution
        wanted = np.exp(weight)
        if self.costs.prices is not None:
            self._prices(self.costs.prices, mass)
            wanted = self.costs.prices[:, 1]
        elif np.isnan(weight).any() or found.residual is None:
            return
        gap = abs(abs(mass - wanted).max() - found.residual)
        self.add("residual", gap, 4e-16 + ROUNDING * found.residual)
        if found.relative_residual is not None:
            gap = abs(abs(np.log(mass) - np.log(wanted)).max() - found.relative_residual)
            self.add("relative residual", gap, 1e-14 + ROUNDING * found.relative_residual)
        if found.status == "converged" and found.method == "equilibrium":
            # of eq. 14 itself, from shares that are not the solution's
            gap, allowed = abs(self.values[:, 1] - wanted), found.residual + self.known
            self.add("eq. 14: shares are exp(weight)", gap, allowed, self.errors[:, 1])

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
        load, left, named = (self.column(n) for n in ("twin_compute", "render_compute", "twins"))
        found, twins, compute = self.solution, self.scenario.twins, self.model.compute
        rounding, none = ROUNDING * compute, np.zeros(len(compute))
        own, hosted, divided, count, known, sharp, blur = none, none, none, 0.0, 0.0, none, none
        allowed = rounding  # what whole twins leave is known to the last digit
        if self.model.twins is not None:
            own, hosted, count = self.values[:, 4], twins.count * self.values[:, 3], twins.count
            sharp, blur = self.errors[:, 4], count * self.errors[:, 3]
            known = self.known * compute.min()
            allowed = known + self.tolerance * compute + rounding
        elif twins is not None:
            own, hosted, divided, count = *self._hosted(), len(found.twins)
        most = count * self.known
        self.add("twins of each server", abs(named - hosted), most, blur)
        self.add("twins: all are hosted (9d, 9e)", abs(named.sum() - count), len(load) * most)
        self.add("compute that twins take (eq. 8)", abs(load - own), known + rounding, sharp)
        self.add("compute left is what twins leave", abs(left - compute + load), allowed)
        if found.status == "converged":
            self.add("compute left is positive (9c)", own - compute, 0.0, sharp)
            time = self.column("rendering_time")
            if twins is not None and self.model.twins is None and twins.hosting == "regional":
                left, allowed = compute - divided, self.tolerance * compute + rounding
            elif found.method != "fixed-point":
                allowed = rounding
            if np.isfinite(time).all():
                gap = abs(self.scenario.sensors.complexity / time - left)
                self.add("compute left in the costs", gap, allowed)
        for k, (late, point) in sorted(self.late.items()):
            place = ", ".join(f"{x:.6g}" for x in point)
            note = f"class {k}, at ({place}), the worst met on the lines"
            holds, name = late < 0.0 or found.status == "infeasible", "upload ends before the deadline"
            self.claims.append(Claim(f"{name} (9b)", holds, late, 0.0, 0.0, note))

    def _hosted(self) -> tuple[Array, Array, Array]:
        """Return the compute of whole twins, their number and the compute of shared ones, by server."""
        found, twins, model = self.solution, self.scenario.twins, self.model
        index, rows = {n: b for b, n in enumerate(self.names)}, np.arange(len(found.twins))
        points = np.array([twin.position for twin in found.twins])
        hosts = np.array([index.get(twin.host, -1) for twin in found.twins])
        squares = ((points[:, None] - model.positions) ** 2).sum(axis=2)
        kinds = [twin.twin_class for twin in found.twins]
        phi = np.array([model.phi(each, k) for each, k in zip(squares, kinds, strict=True)])
        rates = np.array([model.rate(each, k) for each, k in zip(squares, kinds, strict=True)])
        shares = np.zeros_like(phi)
        for row, twin in zip(shares, found.twins, strict=True):
            row[[index[name] for name in twin.shares]] = list(twin.shares.values())
        asked = np.multiply(shares, phi, out=np.zeros_like(phi), where=shares > 0.0)
        given = [list(p) for p in twins.positions or points.tolist()]
        off = float(given != points.tolist())
        self.add("twins stand where the scenario has them (9d, 9e)", off, 0.0)
        outside = float((~self.body.inside(points)).sum()) if twins.positions is None else 0.0
        self.add("drawn twins are in the zone", outside, 0.0)
        unserved = (hosts < 0) | (shares[rows, hosts] == 0.0)
        self.add("twins are whole (9d, 9e)", (abs(shares.sum(axis=1) - 1.0) + unserved).max(), 1e-9)
        if found.status != "infeasible":
            time = twins.data / rates[rows, hosts] + twins.complexity * twins.data / phi[rows, hosts]
            late = time * np.array([twins.classes[k].intensity for k in kinds]) - 1.0
            self.add("upload and computing end by the deadline (9b)", late.max(), 1e-12)
            if twins.hosting == "regional":
                # shares that the solver's tolerance of compute hides may be anywhere
                held = asked > self.tolerance * model.compute
                held[rows, hosts] = True
                twin, site = np.nonzero(held)
                # logarithms tie to the tolerance, those of masses to the relative residual
                slack = max(self.tolerance, found.relative_residual or 0.0)
                slack = slack if self.costs.prices is None else 0.0
                away = self.apart(points[twin], self.owner[site], slack).max()
                self.add("twins are hosted where they stand", away, TIED * self.extent)
        total = np.bincount(hosts % len(index), phi[rows, hosts], len(index))
        return total, np.bincount(hosts[hosts >= 0], minlength=len(index)), asked.sum(axis=0)

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

    def apart(self, points: Array, sites: Array, slack: float = 0.0) -> Array:
        """Return how far points are, about, from where their sites cost the least, but for a slack."""
        others = np.unique(self.owner)
        costs = self.costs.table(points, others)
        return self.distance(points, sites, others[costs.argmin(axis=1)], -slack)

    def distance(self, points: Array, sites: Array, others: Array, shift: float | None = None) -> Array:
        """Return how far points are from where two costs tie, to first order, metres.

        With a shift: how far they are from where the first cost, so much shifted, is the less.
        """

        def gap(places: Array) -> Array:
            return np.asarray(self.costs.values(places, sites) - self.costs.values(places, others))

        step = 1e-6 * self.extent * np.eye(points.shape[1])
        slopes = [(gap(points + h) - gap(points - h)) / (2e-6 * self.extent) for h in step]
        there = gap(points)
        there = abs(there) if shift is None else np.maximum(there + shift, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(there > 0.0, there / np.linalg.norm(slopes, axis=0), 0.0))
