"""The paper's model (eq. 1 to 11) by formulas written anew, from a scenario as plain data in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.torture.types import Floats


@dataclass(frozen=True, eq=False)
class Model:
    """Times and computing of servers at points."""

    scenario: dict[str, Any]

    @property
    def servers(self) -> Floats:
        """Their positions ``(B, d)``."""
        return self._column("position")

    @property
    def compute(self) -> Floats:
        """Psi ``(B,)``, cycle/s."""
        return self._column("compute")

    @property
    def scale(self) -> float:
        """What alpha_b times the integral of F_b g is multiplied by in eq. 5."""
        sensors = self.scenario["sensors"]
        per_volume = sensors["slot"] * sensors["unit_volume"] * sensors["data_density"]
        return float(sensors["count"] ** 2 * per_volume)

    def upload(self, points: Floats) -> Floats:
        """Return the time of a sensor's bit to each server ``(n, B)``, s."""
        power, bandwidth = self.scenario["sensors"]["power"], self._column("bandwidth")
        return np.asarray(1.0 / self._rates(self._squares(points), power, bandwidth))

    def bit(self, rendering: Floats) -> Floats:
        """Return the time to render a bit ``(B,)``, s."""
        return np.asarray(self.scenario["sensors"]["complexity"] / rendering)

    def demand(self, points: Floats, kind: int | None = None) -> Floats:
        """Return what a twin takes of each server ``(n, B)``, cycle/s, the mean over the classes.

        It is infinite where a deadline is missed.
        """
        twins = self.scenario["twins"]
        classes = twins["classes"] if kind is None else [{**twins["classes"][kind], "share": 1.0}]
        squares, total = self._squares(points), 0.0
        for each in classes:
            rate = self._rates(squares, each["power"], twins["bandwidth"])
            left = 1.0 / (each["intensity"] * twins["data"]) - 1.0 / rate
            with np.errstate(divide="ignore"):
                need = np.where(left > 0.0, twins["complexity"] / np.maximum(left, 0.0), np.inf)
            total = total + each["share"] * need
        return np.asarray(total)

    def _rates(self, squares: Floats, power: float, bandwidth: Any) -> Floats:
        channel = self.scenario["channel"]
        level = 1.0 + squares / channel["reference_distance"] ** 2
        gain = 10.0 ** (-channel["reference_loss"] / 10.0) * level ** (-channel["exponent"] / 2.0)
        noise = 10.0 ** (channel["noise_density"] / 10.0 - 3.0)
        return np.asarray(bandwidth * np.log1p(power * gain / (noise * bandwidth)) / np.log(2.0))

    def _squares(self, points: Floats) -> Floats:
        return np.asarray(((points[:, None] - self.servers) ** 2).sum(axis=2))

    def _column(self, key: str) -> Floats:
        return np.array([server[key] for server in self.scenario["servers"]], dtype=float)
