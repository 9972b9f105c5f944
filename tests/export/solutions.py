"""Solutions with every kind of region, shared by the tests of files and figures."""

from __future__ import annotations

from functools import cache

import numpy as np

import geomot
from geomot.scenario import Scenario, Solution
from tests.scenario.valid import ABSENT, spoiled

U_SHAPE = [[0, 0], [30, 0], [30, 30], [20, 30], [20, 10], [10, 10], [10, 30], [0, 30]]
POND = [[12, 3], [18, 3], [18, 7], [12, 7]]


def _server(name: str, x: float, y: float) -> dict[str, object]:
    return {"name": name, "position": [x, y], "compute": 8e9, "bandwidth": 1e7}


def u_shape() -> Scenario:
    """Return a U with a pond: under "snr" one region in two pieces, one with a hole, one empty."""
    return Scenario(
        **spoiled(
            (("title",), "U $\\frac{"),
            (("zone",), {"kind": "polygon", "vertices": U_SHAPE, "holes": [POND]}),
            (("sensors", "density"), {"kind": "uniform"}),
            (
                ("servers",),
                [_server("top", 15, 28), _server("base, [/b]", 15, 5), _server("ß", 999, 5)],
            ),
            (("twins",), ABSENT),
            (("solver",), {"tolerance": 1e-4}),
        )
    )


@cache
def solved_u_shape() -> Solution:
    """Return its regions under the best channel."""
    return geomot.solve(u_shape(), "snr")


@cache
def solved_paper(method: str = "equilibrium") -> Solution:
    """Return the paper's scenario solved to 1e-4."""
    paper = geomot.paper_scenario()
    solver = paper.solver.model_copy(update={"tolerance": 1e-4})
    return geomot.solve(paper.model_copy(update={"solver": solver}), method)


@cache
def solved_crowd() -> Solution:
    """Return forty servers at random under the best channel, as the paper's scenario has them else."""
    places = np.random.default_rng(1).uniform(0.0, 2000.0, (40, 2))
    given = geomot.paper_scenario().model_dump()
    kinds = given["servers"]
    servers = [{**kinds[k % 4], "name": f"mast {k}", "position": p} for k, p in enumerate(places)]
    return geomot.solve(Scenario(**given | {"servers": servers}), "snr")
