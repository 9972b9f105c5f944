import dataclasses

import numpy as np
import pytest

from geomot.densities import gaussian
from geomot.diagram import normalized
from geomot.network.association.associate import associate_equilibrium, associate_snr
from geomot.network.results.constraints import broken, constraints
from geomot.network.results.report import report
from tests.network.networks import paper, random_network, some_twins, with_random_twins

NAMES = ["9b", "9b-upload", "9c", "9d", "9e", "9f", "9g"]


def checked(network, found, tolerance=1e-8):
    """Return the constraints by name; the measures, which only 9f looks at, are made up."""
    numbers = report(network, found, tolerance)
    count = len(network.servers.compute)
    measures = np.full(count, network.zone.measure / count)
    rows = constraints(network, found.state, numbers, measures, tolerance)
    assert [row.constraint for row in rows] == NAMES
    return {row.constraint: row for row in rows}


def upload_seconds(network, kind, distance):
    """Return D / r_k (eq. 1-3 and 6) in decibels and base 2, apart from the package."""
    channel, twins = network.channel, network.twins
    level = 1.0 + (distance / channel.reference_distance) ** 2
    loss = channel.reference_loss + 5.0 * channel.exponent * np.log10(level)  # dB
    sent, noise = 10 * np.log10(kind.power) + 30, channel.noise_density + 10 * np.log10(twins.bandwidth)
    return twins.data / (twins.bandwidth * np.log2(1.0 + 10 ** (0.1 * (sent - loss - noise))))


def scattered(network, costs, seed, count=40_000):
    """Return random points, some on the zone's edges, and the server that serves each."""
    lower, upper = network.zone.bounds
    points = np.random.default_rng(seed).uniform(lower, upper, (count, 2))
    points[: count // 10, 0], points[-(count // 10) :, 1] = upper[0], lower[1]
    points = np.vstack([points, [lower, upper, (lower[0], upper[1]), (upper[0], lower[1])]])
    sites = np.arange(len(network.servers.compute))
    return points, costs.values(points[:, None], sites).argmin(axis=1)


@pytest.mark.parametrize("associate", [associate_snr, associate_equilibrium])
@pytest.mark.parametrize("seed", [None, 3, 9])
def test_the_worst_upload_is_that_of_random_points(associate, seed):
    network = paper() if seed is None else with_random_twins(random_network(seed)[0], 3.0, seed)
    found = associate(network, 1e-8, 30)
    row = checked(network, found)["9b-upload"]
    points, cells = scattered(network, found.costs, 1)
    away = np.linalg.norm(points - network.servers.positions[cells], axis=1)
    slack = [upload_seconds(network, kind, away) - 1 / kind.intensity for kind in network.twins.classes]
    assert row.violation == pytest.approx(np.max(slack), rel=1e-3)
    # the place is one of that server's, and what is said of it is so
    server = network.servers.names.index(row.where.server)
    kind = network.twins.classes[row.where.twin_class]
    distance = np.linalg.norm(np.array(row.where.point) - network.servers.positions[server])
    expected = upload_seconds(network, kind, distance) - 1 / kind.intensity
    assert row.violation == pytest.approx(expected, rel=1e-9)
    there = found.costs.values(np.array([row.where.point]), np.arange(found.costs.count))
    assert there[server] == pytest.approx(there.min(), rel=1e-6)


def test_what_is_solved_holds_every_constraint():
    network = paper()
    rows = checked(network, associate_equilibrium(network, 1e-8, 30))
    assert broken(tuple(rows.values())) == ""
    assert abs(rows["9b"].violation) < 1e-16  # tight
    assert rows["9b-upload"].violation < 0.0
    assert rows["9e"].violation == abs(rows["9d"].violation) <= 50.0 * 4e-8


def test_compute_left_agrees_with_a_sum_over_random_twins():
    network = paper(400.0)
    found = associate_snr(network, 1e-8, 0)
    row = checked(network, found)["9c"]
    assert (found.status, row.held, row.unit) == ("infeasible", False, "cycle/s")
    points, cells = scattered(network, found.costs, 2, 400_000)
    phi = 0.0
    for kind in network.twins.classes:
        upload = upload_seconds(
            network, kind, np.linalg.norm(points - network.servers.positions[cells], axis=1)
        )
        phi += 1e4 * 23.0 / (1 / kind.intensity - upload) * kind.share
    weights = network.twins.density.values(points)
    weights[:40_000] = weights[-40_004:] = 0.0  # those on the edges
    needed = 400.0 * np.bincount(cells, phi * weights / weights.sum(), minlength=4)
    excess = needed - network.servers.compute
    assert row.where.server in ("south-west", "south-east")  # alike
    assert row.violation == pytest.approx(excess.max(), rel=0.05)


def test_a_missed_deadline_is_named_with_its_place():
    network = paper(data=1e7)
    found = associate_equilibrium(network, 1e-8, 30)
    rows = checked(network, found)
    assert found.status == "infeasible"
    expected = upload_seconds(network, network.twins.classes[0], 500 * np.sqrt(2)) - 0.1
    for name in ("9b", "9b-upload"):
        assert (rows[name].held, rows[name].where.twin_class) == (False, 0)
        assert rows[name].violation == pytest.approx(expected, rel=1e-9)
        assert all(x in (0.0, 1000.0, 2000.0) for x in rows[name].where.point)
    for name in ("9c", "9d", "9e"):
        assert rows[name].held is rows[name].where is None
    assert rows["9f"].held and rows["9g"].held
    assert "constraint 9b (upload" in broken(tuple(rows.values()))


def test_the_far_side_of_an_interface_counts():
    network = paper()
    weak = dataclasses.replace(network.servers, compute=np.array([6e9, 6e9, 6e9, 400e9]))
    network = dataclasses.replace(network, servers=weak)
    found = associate_equilibrium(network, 1e-8, 30)
    row = checked(network, found)["9b-upload"]
    assert row.where.server == "north-east"  # reaches across the middle, where others are nearer
    assert row.where.point[0] < 1000.0 and row.where.point[1] < 1000.0


def test_twins_that_no_vertex_sees_are_taken_to_be_at_the_masts():
    network = paper(0.0)
    spike = normalized(gaussian([123.4, 567.8], 0.1), network.zone, 1e-8)
    network = dataclasses.replace(network, twins=some_twins(5.0, spike, 1e7))
    found = associate_snr(network, 1e-4, 0)
    row = checked(network, found, 1e-4)["9b"]
    assert (found.status, row.held) == ("infeasible", False)
    assert row.where.point in [tuple(place) for place in network.servers.positions.tolist()]


def test_without_twins_there_is_nothing_to_violate():
    network = paper(0.0)
    rows = checked(network, associate_snr(network, 1e-8, 0))
    assert all(row.held for row in rows.values())
    assert rows["9b"].violation == rows["9b-upload"].violation == -np.inf
    assert rows["9c"].violation == -8e9
    assert rows["9d"].violation == rows["9e"].violation == 0.0


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"masses": 1.001}, ["9g"]),
        ({"twins": 1.001}, ["9d", "9e"]),
        ({"twins": 0.999}, ["9e"]),
        ({"twin_compute": 100.0}, ["9c"]),
    ],
)
def test_numbers_that_contradict_a_partition_violate(change, names):
    network = paper()
    found = associate_snr(network, 1e-8, 0)
    numbers = report(network, found, 1e-8)
    wrong = {name: getattr(numbers, name) * factor for name, factor in change.items()}
    numbers = dataclasses.replace(numbers, **wrong)
    rows = constraints(network, found.state, numbers, np.full(4, 1e6), 1e-8)
    assert [row.constraint for row in rows if not row.held] == names


@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_measures_that_miss_the_zones_violate(factor):
    network = paper(0.0)
    found = associate_snr(network, 1e-8, 0)
    numbers = report(network, found, 1e-8)
    rows = constraints(network, found.state, numbers, np.full(4, factor * 1e6), 1e-8)
    bad = [row for row in rows if not row.held]
    assert [(row.constraint, row.unit) for row in bad] == [("9f", "m^2")]
    assert bad[0].violation == pytest.approx(4e3)
