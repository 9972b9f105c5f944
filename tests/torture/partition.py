"""The numbers of `solution.json` against the paper's formulas over the regions of eq. 14."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.torture import densities, zones
from tests.torture.lattice import sampled
from tests.torture.radio import Model
from tests.torture.scanlines import Estimate, Scene, scanned, scanned_twice
from tests.torture.types import Floats, Ints
from tests.torture.verdicts import require

Document = dict[str, Any]
SURE = 1e-9  # relative difference of costs below which rounding may decide
LATTICE = 20_000


def require_conserved(document: Document, scenario: dict[str, Any]) -> None:
    """Check what holds whatever the status: shares sum to one, measures to the zone's."""
    servers = document["servers"]
    masses = sum(server["mass"] for server in servers)
    allowed = len(servers) * document["integration_error"] + 1e-9
    require(abs(masses - 1.0) <= allowed, f"masses sum to {masses!r}")
    measure = _measure(scenario["zone"])
    if measure is not None:
        total = sum(server["measure"] for server in servers)
        require(abs(total - measure) <= 1e-6 * measure, f"measures sum to {total!r}, not {measure!r}")
    if document["status"] == "converged" and document["residual"] is not None:
        tolerance = scenario["solver"]["tolerance"]
        require(
            document["residual"] <= tolerance, f"converged with the residual {document['residual']}"
        )


def require_partition(document: Document, scenario: dict[str, Any]) -> None:
    """Check masses, loads and the average time of a converged solution."""
    for closer in (False, True):  # a second look before something is called wrong
        problem = partition_problem(document, scenario, closer=closer)
        if not problem:
            return
    require(not problem, problem)


def partition_problem(document: Document, scenario: dict[str, Any], *, closer: bool = False) -> str:
    """Return what is wrong with masses, loads and the average time, if anything is."""
    partition = _Partition(document, scenario)
    return partition.problem(partition.integrals(closer=closer))


class _Partition:
    """The regions of eq. 14, or of the method, at the numbers reported."""

    def __init__(self, document: Document, scenario: dict[str, Any]) -> None:
        self.document, self.scenario, self.model = document, scenario, Model(scenario)
        servers = document["servers"]
        self.masses = np.array([server["mass"] for server in servers])
        self.rendering = np.array([server["render_compute"] for server in servers])
        self.times = np.array([server["sub_synchronization_time"] for server in servers])
        self.count = len(servers)
        self.spread = "density" in scenario.get("twins", {}) and not scenario["twins"].get("sample")
        self.sensors = densities.known(scenario["sensors"]["density"], self.model.servers.shape[1])
        density = scenario["twins"]["density"] if self.spread else scenario["sensors"]["density"]
        self.twins = densities.known(density, self.model.servers.shape[1])
        self.shares: tuple[float, float] = (1.0, 1.0)  # the densities' integrals over the zone

    @property
    def slack(self) -> Floats:
        """How far the logarithms of the reported costs may be from those of the regions, ``(B,)``."""
        if self.document["method"] == "snr":
            return np.zeros(self.count)
        slack = SURE + (self.document["relative_residual"] or 0.0)
        if self.document["method"] == "optimum":
            slack += 100.0 * self.scenario["solver"]["tolerance"]
        return np.full(self.count, min(slack, 700.0))

    def costs(self, points: Floats) -> Floats:
        """Return the costs by which points are divided ``(n, B)``."""
        if self.document["method"] == "snr":
            return np.asarray(((points[:, None] - self.model.servers) ** 2).sum(axis=2))
        own = self.model.upload(points) + self.model.bit(self.rendering)
        if self.document["method"] != "optimum":
            return np.asarray(self.masses * own)
        with np.errstate(divide="ignore", invalid="ignore"):
            # the integral of F g over the region, from the time of the server
            added = np.nan_to_num(self.times / (self.model.scale * self.masses))
        cost = self.masses * own + added
        if not self.spread:
            return np.asarray(cost)
        g = self.sensors.values(points)[:, None] / self.shares[0]
        f = self.scenario["twins"]["count"] * self.twins.values(points)[:, None] / self.shares[1]
        load = np.where(f > 0.0, f * np.nan_to_num(self.model.demand(points), posinf=1e300), 0.0)
        return np.asarray(
            g * cost + load * self.model.bit(self.rendering) * self.masses**2 / self.rendering
        )

    def integrals(self, *, closer: bool) -> Estimate:
        """Return area, g, F g, f, phi f over the regions.

        In a last row: over what is not sure, the most that F g, here times the mass, and phi f can be.
        """
        if self.spread and self.document["method"] == "optimum":
            whole = self._integrated(
                lambda x: np.zeros((len(x), 1)), 1, self._weights, 2, closer
            ).values[0]
            self.shares = float(whole[0]), float(whole[1])
        return self._integrated(self._table, self.count + 1, self._values, 5, closer)

    def _weights(self, points: Floats, labels: Ints) -> Floats:
        return np.stack([self.sensors.values(points), self.twins.values(points)], axis=1)

    def _table(self, points: Floats) -> Floats:
        """Return costs of the regions' sure parts, and last what the next one costs at least."""
        costs, slack = self.costs(points), self.slack
        dear, cheap = costs * np.exp(slack), costs * np.exp(-slack)
        rows = np.arange(len(points))
        best = dear.argmin(axis=1)
        cheap[rows, best] = np.inf
        return np.column_stack(
            [dear, cheap.min(axis=1) if slack.any() else np.full(len(points), np.inf)]
        )

    def _values(self, points: Floats, labels: Ints) -> Floats:
        unsure, rows = labels == self.count, np.arange(len(points))
        labels = np.where(unsure, self.costs(points).argmin(axis=1), labels)
        every = self.model.upload(points) + self.model.bit(self.rendering)
        own = every[rows, labels]
        own[unsure] = self._most(points[unsure], self.masses * every[unsure])
        g, f, demand = self.sensors.values(points), np.zeros(len(points)), np.zeros(len(points))
        if self.spread:
            f = self.twins.values(points)
            every = self.model.demand(points)
            demand = every[rows, labels]
            demand[unsure] = self._most(points[unsure], every[unsure])
            demand = np.where(f > 0.0, demand, 0.0)
        return np.stack([np.ones(len(points)), g, own * g, f, demand * f], axis=1)

    def _most(self, points: Floats, values: Floats) -> Floats:
        """Return the largest values of those that points may belong to."""
        costs, slack = self.costs(points), self.slack
        least = (costs * np.exp(slack)).min(axis=1, keepdims=True)
        return np.where(costs * np.exp(-slack) <= least, values, -np.inf).max(axis=1, initial=0.0)

    def _integrated(
        self,
        costs: Callable[[Floats], Floats],
        count: int,
        values: Callable[[Floats, Ints], Floats],
        columns: int,
        closer: bool,
    ) -> Estimate:
        zone, servers = self.scenario["zone"], self.model.servers
        lower, upper = zones.bounds(zone)
        if len(lower) == 3:
            points = LATTICE * (6 if closer else 1)
            return sampled(lower, upper, zones.contains(zone), costs, values, count, points)
        size = float(np.linalg.norm(upper - lower))
        reach = np.full(len(servers), 0.05 * size)
        known = (self.sensors, self.twins)
        scene = Scene(
            zones.outline(zone),
            costs,
            values,
            count,
            columns,
            np.concatenate([servers, *(each.places for each in known)]),
            np.concatenate([reach, *(each.sizes for each in known)]),
            np.concatenate([each.edges for each in known]),
        )
        if closer:
            return scanned_twice(scene, 3000, 200)
        return scanned(scene, 0.03 * self.scenario["solver"]["tolerance"], 800, 80)

    def problem(self, found: Estimate) -> str:
        """Return what is wrong, if anything is."""
        total, error = found.values.sum(axis=0), found.errors.sum(axis=0)
        core, unsure = found.values[:-1], found.values[-1]
        own = self._groups(core[:, 1]) / total[1]
        allowed = (unsure[1] + 2.0 * error[1]) / total[1] + 1e-9
        allowed += self.count * self.document["integration_error"]
        away = np.abs(self._groups(self.masses) - own)
        if away.max() > allowed:
            b = int(away.argmax())
            return (
                f"mass of server {b} is {self.masses[b]!r}, by formulas {own[b]!r} within {allowed:.3g}"
            )
        return self._time_problem(core, unsure, total, error) or self._load_problem(
            core, unsure, total, error
        )

    def _time_problem(self, core: Floats, unsure: Floats, total: Floats, error: Floats) -> str:
        scale = self.model.scale / total[1] / self.count
        average = scale * (self.masses * core[:, 2]).sum()
        allowed = scale * (unsure[2] + self.masses.max() * 2.0 * error[2])
        allowed += average * 2.0 * error[1] / total[1] + self.document["average_error"] + 1e-9 * average
        reported = self.document["average_sub_synchronization_time"]
        if abs(average - reported) > allowed:
            return f"average time is {reported!r}, by formulas {average!r} within {allowed:.3g}"
        return ""

    def _load_problem(self, core: Floats, unsure: Floats, total: Floats, error: Floats) -> str:
        if not self.spread:
            return ""
        count, tolerance = self.scenario["twins"]["count"], self.scenario["solver"]["tolerance"]
        load = count * self._groups(core[:, 4]) / total[3]
        allowed = (
            count * (unsure[4] + 2.0 * error[4]) / total[3] + load.sum() * 2.0 * error[3] / total[3]
        )
        allowed += 10.0 * tolerance * (self.model.compute.min() + load.sum()) + 1e-9 * load.sum()
        reported = self._groups(self.model.compute - self.rendering)
        away = np.abs(reported - load)
        if away.max() > allowed:
            b = int(away.argmax())
            held = f"by formulas {load[b]!r} within {allowed:.3g}"
            return f"twins take {reported[b]!r} of server {b}, {held}"
        return ""

    def _groups(self, column: Floats) -> Floats:
        """Return sums over servers that are identical, which share one region."""
        keys = [(s["position"], s["compute"], s["bandwidth"]) for s in self.scenario["servers"]]
        if self.document["method"] == "snr":
            keys = [key[:1] for key in keys]
        return np.bincount([keys.index(key) for key in keys], column, self.count)


def _measure(zone: dict[str, Any]) -> float | None:
    area = float(zones.outline(zone).area)
    low, high = zones.heights(zone)
    return area * (high[0] - low[0]) if low else area
