"""Pieces of scan lines against the least of all costs at random points of them."""

from __future__ import annotations

import numpy as np

from geomot.scenario import Scenario
from geomot.verification.envelope import Envelope
from geomot.verification.model import Model, RegionCosts
from tests.verification.cases import paper


class Row:
    """What of a server's row defines its region."""

    def __init__(self, weight: float, time: float) -> None:
        self.weight, self.rendering_time, self.prices = weight, time, None


def test_pieces_have_the_least_cost_at_random_points() -> None:
    rng = np.random.default_rng(5)
    data = paper()
    server, count, lines, points = data["servers"][0], 25, 60, 200
    places = rng.uniform(0.0, 2000.0, (count, 2))
    bands = server["bandwidth"] * rng.uniform(0.2, 5.0, count)
    data["servers"] = [
        {**server, "name": f"server {b}", "position": list(place), "bandwidth": band}
        for b, (place, band) in enumerate(zip(places, bands, strict=True))
    ]
    rows = [Row(*pair) for pair in np.column_stack([rng.normal(0.0, 1.0, count), np.full(count, 1e-7)])]
    costs = RegionCosts(Model(Scenario(**data)), rows, None)
    envelope = Envelope(costs, np.arange(count), 2000.0)
    y, x = rng.uniform(0.0, 2000.0, (lines, 1)), rng.uniform(0.0, 2000.0, (lines, points))
    span = np.arange(lines), np.zeros(lines), np.full(lines, 2000.0)
    line, lower, upper, owner = envelope.pieces(y, *span)
    np.testing.assert_allclose(np.bincount(line, upper - lower), 2000.0, rtol=1e-12)
    assert len(line) > 3 * lines
    for k in range(lines):
        table = costs.table(np.column_stack([x[k], np.repeat(y[k], points)]), np.arange(count))
        least = np.sort(table, axis=1)
        clear = least[:, 1] - least[:, 0] > 1e-9
        own = line == k
        held = owner[own][np.searchsorted(upper[own], x[k])]
        assert (held == table.argmin(axis=1))[clear].all()
