"""Scenarios that studies take where they are given none: the paper's, and one in space."""

from __future__ import annotations

import numpy as np

from geomot.scenario import BoxZone, GaussianDensity, Scenario, Server, paper_scenario

SIDE = 1000.0  # m
SERVERS, SEED = 8, 1


def spatial_scenario() -> Scenario:
    """Return eight servers in a cube of 1 km, and sensors gathered around its middle.

    The paper has no spatial scenario with numbers; this one has its sensors and its channel, servers
    drawn at random from a fixed seed, and no twins.

    Examples
    --------
    >>> scenario = spatial_scenario()
    >>> len(scenario.servers), len(scenario.servers[0].position)
    (8, 3)
    """
    paper, rng = paper_scenario(), np.random.default_rng(SEED)
    positions = rng.uniform(0.0, SIDE, (SERVERS, 3)).round(1)
    compute = rng.uniform(6e9, 16e9, SERVERS).round(-7)
    middle = GaussianDensity(kind="gaussian", mean=(0.5 * SIDE,) * 3, std=(0.3 * SIDE,) * 3)
    return Scenario(
        title="Eight servers in a cube of 1 km",
        zone=BoxZone(kind="box", lower=(0.0,) * 3, upper=(SIDE,) * 3),
        sensors=paper.sensors.model_copy(update={"density": middle}),
        channel=paper.channel,
        servers=tuple(
            Server(name=f"server {b + 1}", position=position, compute=cycles, bandwidth=10e6)
            for b, (position, cycles) in enumerate(
                zip(positions.tolist(), compute.tolist(), strict=True)
            )
        ),
        solver=paper.solver.model_copy(update={"tolerance": 1e-6}),
    )


def equal_servers() -> Scenario:
    """Return four equal servers on the corners of a square, and sensors gathered around its middle.

    By symmetry each has a quarter of the sensors in equilibrium, whatever the channel is.

    Examples
    --------
    >>> {server.compute for server in equal_servers().servers}
    {8000000000.0}
    """
    paper = paper_scenario()
    middle = GaussianDensity(kind="gaussian", mean=(1000.0, 1000.0), std=(311.0, 311.0))
    return Scenario(
        title="Four equal servers",
        zone=paper.zone,
        sensors=paper.sensors.model_copy(update={"density": middle}),
        channel=paper.channel,
        servers=tuple(
            server.model_copy(update={"compute": 8e9, "bandwidth": 10e6}) for server in paper.servers
        ),
    )


def tetrahedron() -> Scenario:
    """Return four equal servers on the corners of a regular tetrahedron in a cube of 1 km.

    The cube and the sensors around its middle look the same from each, so that each has a quarter of
    the sensors in equilibrium.  No two bisectors are parallel, and all four meet in the middle.

    Examples
    --------
    >>> [server.position for server in tetrahedron().servers][1:3]
    [(700.0, 300.0, 300.0), (300.0, 700.0, 300.0)]
    """
    space = spatial_scenario()
    low, high = 0.3 * SIDE, 0.7 * SIDE
    corners = ((high, high, high), (high, low, low), (low, high, low), (low, low, high))
    equal = {"compute": 8e9, "bandwidth": 10e6}
    return space.model_copy(
        update={
            "title": "Four equal servers on a tetrahedron",
            "servers": tuple(
                server.model_copy(update={"position": corner, **equal})
                for server, corner in zip(space.servers[:4], corners, strict=True)
            ),
        }
    )
