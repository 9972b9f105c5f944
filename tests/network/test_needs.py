"""What twins one by one ask of servers, by formula, and what is said of those that cannot be served."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest

from geomot.network.model.network import Network
from geomot.network.refusals.individual import late_problem, overloaded_problem, refusal
from geomot.network.twins.individual import twin_atoms, twin_counts, twin_needs, twin_results
from tests.messages import said
from tests.network.crowds import CORNERS, asked, compute, crowd, random_crowd, rate

CORNER = [[1990.0, 10.0]]  # 693 m from the nearest server


def changed(network: Network, **changes: object) -> Network:
    assert network.placed is not None
    return dataclasses.replace(network, placed=dataclasses.replace(network.placed, **changes))


def whole(hosts: list[int], servers: int = 4) -> np.ndarray:
    return np.eye(servers)[hosts]


@pytest.mark.parametrize(("data", "bandwidth"), [(23.0, 1e6), (2000.0, 1e6), (9e3, 3e5)])
def test_needs_are_those_of_the_formulas(data: float, bandwidth: float) -> None:
    network = random_crowd(1, 40, data=data, bandwidth=bandwidth)
    needs, twins = twin_needs(network), network.placed
    assert twins is not None
    for k, (place, number) in enumerate(zip(twins.positions, twins.kinds, strict=True)):
        kind = twins.classes[number]
        assert needs.deadlines[k] == 1.0 / kind.intensity
        for b, mast in enumerate(CORNERS):
            r = rate(math.dist(place, mast), kind.power, bandwidth)
            assert needs.rates[k, b] == pytest.approx(r, rel=1e-12)
            assert needs.uploads[k, b] == pytest.approx(data / r, rel=1e-12)
            expected = compute(r, kind.intensity, data)
            assert needs.compute[k, b] == pytest.approx(expected, rel=1e-9)
    assert np.isinf(needs.compute).any() == (data == 9e3)
    atoms = twin_atoms(network)
    np.testing.assert_array_equal(atoms.points, twins.positions)
    np.testing.assert_array_equal(atoms.demands, needs.compute)


def test_compute_ends_with_the_deadline() -> None:
    network = random_crowd(2, 30)
    needs = twin_needs(network)
    ends = needs.uploads + 1e4 * 23.0 / needs.compute  # eq. 7
    np.testing.assert_allclose(ends, np.broadcast_to(needs.deadlines[:, None], ends.shape), rtol=1e-12)


def test_counts_and_loads_are_sums_over_the_twins_of_a_server() -> None:
    network = random_crowd(3, 30)
    hosts = np.random.default_rng(3).integers(0, 3, 30)  # nothing for the last
    counts, loads = twin_counts(network, hosts)
    phi = asked(network)
    assert counts.tolist() == [(hosts == b).sum() for b in range(4)]
    assert counts[3] == loads[3] == 0.0
    for b in range(4):
        assert loads[b] == pytest.approx(sum(phi[k, b] for k in range(30) if hosts[k] == b), rel=1e-9)
    some = np.arange(30) < 10
    counts, loads = twin_counts(network, hosts, some)
    assert counts.sum() == 10
    assert loads.sum() == pytest.approx(phi[np.arange(10), hosts[:10]].sum(), rel=1e-9)


def test_results_of_twins_are_those_at_their_hosts() -> None:
    network = crowd([*CORNER, [600.0, 500.0]], [2, 0], data=9e3)
    fractions = np.array([[0.0, 1.0, 0.0, 0.0], [0.25, 0.75, 0.0, 0.0]])
    late, early = twin_results(network, np.array([1, 0]), fractions)
    assert (late.number, late.host, late.twin_class, late.fraction) == (0, "south-east", 2, 1.0)
    assert late.computing_time is None
    assert late.slack == pytest.approx(1e-3 - late.upload_time) and late.slack < 0.0
    assert early.position == (600.0, 500.0)
    assert (early.host, early.fraction, early.deadline) == ("south-west", 0.25, 0.1)
    assert early.rate == pytest.approx(rate(100.0, 0.1, 1e6))
    assert early.upload_time == pytest.approx(9e3 / early.rate)
    assert early.computing_time == pytest.approx(early.slack)
    assert early.computing_time == pytest.approx(0.1 - early.upload_time)


def test_twins_that_can_be_served_are_not_refused() -> None:
    assert refusal(random_crowd(4, 60)) is None


def test_a_late_twin_is_named_with_where_it_is_and_what_it_misses() -> None:
    message = refusal(crowd([[500.0, 600.0], *CORNER], [2, 2], data=1e4))
    upload = 1e4 / rate(math.dist(CORNER[0], CORNERS[1]), 0.3, 1e6)
    assert message is not None
    assert message.startswith(
        "twin 1 misses its deadline: twin 1 at (1990, 10), of class 2 (intensity 1000 /s), is 693 m "
        f"from server 'south-east'; uploading 10000 bit takes {upload:.4g} s and 0.001 s are allowed; "
    )
    assert message.endswith(" would help")


def test_many_late_twins_are_counted_and_the_worst_is_described() -> None:
    places = [[1990.0, 10.0 + k] for k in range(8)] + [[2000.0, 0.0], [510.0, 500.0]]
    message = refusal(crowd(places, [2] * 10, data=1e4))
    assert message is not None
    assert message.startswith(
        "twins 0, 1, 2, 3, 4 and 4 more miss their deadlines: twin 8 at (2000, 0)"
    )
    five = refusal(crowd(places[:5], [2] * 5, data=1e4))
    assert five is not None and five.startswith("twins 0, 1, 2, 3, 4 miss their deadlines: twin 0 ")


def test_a_late_twin_would_be_in_time_with_what_is_said_to_help() -> None:
    network = crowd(CORNER, [2], data=1e4)
    weak = refusal(network)
    assert weak is not None and "(no bandwidth alone would do), (no server, however near)" in weak
    stronger = dataclasses.replace(network.servers, compute=np.full(4, 1e12))
    network = dataclasses.replace(network, servers=stronger)
    message = refusal(network)
    data = said("at most # bit per synchronization", message)
    width = said("at least # Hz", message)
    away = said("a server within # m would help", message)

    def served(**changes: object) -> bool:
        some = changed(network, **changes)
        return bool((twin_needs(some).compute < some.servers.compute).any())

    assert served(data=data) and not served(data=1.002 * data)
    assert served(bandwidth=width) and not served(bandwidth=0.998 * width)

    def with_server(distance: float) -> bool:
        place = CORNERS[1] + [distance, 0.0]
        return served(positions=place[None])

    assert with_server(0.999 * away) and not with_server(1.001 * away)


def test_what_cannot_help_is_not_promised() -> None:
    far = refusal(crowd([[1000.0, 1000.0]], [2], data=4e5))
    assert far is not None
    assert "(no bandwidth alone would do)" in far and "(no server, however near)" in far
    assert np.isinf(twin_needs(crowd([[1000.0, 1000.0]], [2], data=4e5, bandwidth=1e14)).compute).all()
    assert np.isinf(twin_needs(crowd([CORNERS[0]], [2], data=4e5)).compute).all()


def test_a_server_that_could_is_named_to_a_twin_at_one_that_cannot() -> None:
    weak = crowd([[1500.0, 600.0], [510.0, 500.0]], [2, 0], data=7e3)
    stronger = dataclasses.replace(weak.servers, compute=100.0 * weak.servers.compute)
    network = dataclasses.replace(weak, servers=stronger)
    assert np.isinf(asked(network)[0]).tolist() == [True, False, True, True]
    message = late_problem(network, np.array([0]), np.array([0]))
    assert message.startswith(
        "twin 0 misses its deadline: twin 0 at (1500, 600), of class 2 (intensity "
    )
    assert "is 1005 m from server 'south-west'; uploading 7000 bit takes " in message
    assert message.endswith("the server 'south-east', 100 m away would help")
    assert overloaded_problem(network, whole([0, 0])) == message
    assert overloaded_problem(network, whole([1, 0])) is None
    late = overloaded_problem(weak, whole([0, 0]))
    assert late is not None and late.startswith(message[: message.index("; at most")])
    assert late.endswith("(no server, however near) would help")  # none has the compute


@pytest.mark.parametrize("count", [600, 1000, 2000])
def test_more_than_all_servers_have_is_refused_with_numbers_that_would_fit(count: int) -> None:
    network = random_crowd(5, count)
    message = refusal(network)
    least = asked(network).min(axis=1)
    assert said("need at least # cycle/s", message) == pytest.approx(least.sum(), rel=5e-4)
    assert said("all servers together have #: ", message) == 4.8e10
    lack = said(": # too little", message)
    assert lack == pytest.approx(least.sum() - 4.8e10, rel=5e-4)
    assert message is not None and message.startswith(f"the {count} twins need")
    named = [int(k) for k in re.findall(r"(\d+) \(\d", message)]
    assert len(named) == 5
    np.testing.assert_allclose(least[named], np.sort(least)[::-1][:5], rtol=1e-9)
    data = said("with # bit per synchronization they would fit", message)
    assert refusal(changed(network, data=0.999 * data)) is None
    assert refusal(changed(network, data=1.001 * data)) is not None
    assert "no bandwidth alone would do" in message
    assert refusal(changed(network, bandwidth=1e12)) is not None


def test_bandwidth_is_said_to_help_where_it_does() -> None:
    network = crowd([[1000.0, 1000.0]], [2], data=3e3)
    width = said("they would fit, with # Hz too", refusal(network))
    assert refusal(changed(network, bandwidth=1.001 * width)) is None
    assert refusal(changed(network, bandwidth=0.999 * width)) is not None


def test_an_overloaded_server_is_named_with_its_most_demanding_twins_and_the_way_out() -> None:
    places = [[520.0, 500.0 + k] for k in range(40)] + [[1500.0, 520.0]] * 34
    network = crowd(places, [2] * 74)
    hosts = [0] * 40 + [1] * 34
    phi = asked(network)
    loads = [phi[:40, 0].sum(), phi[40:, 1].sum()]
    assert loads[0] > 8e9 > loads[1] and 8e9 - loads[1] < phi[:40, 1].max()
    message = overloaded_problem(network, whole(hosts))
    assert message is not None
    assert message.startswith("the twins at server 'south-west' need ")
    assert said("need # cycle/s", message) == pytest.approx(loads[0], rel=5e-4)
    assert said(": # too little", message) == pytest.approx(loads[0] - 8e9, rel=2e-3)
    worst = int(phi[:40, 0].argmax())
    assert f"the most demanding are the twins {worst} (" in message
    # south-east is nearer than north-east but full
    assert f"the nearest server with room for twin {worst} is 'north-west'" in message
    data = said("with # bit per synchronization they would fit", message)
    assert overloaded_problem(changed(network, data=0.999 * data), whole(hosts)) is None
    assert overloaded_problem(changed(network, data=1.001 * data), whole(hosts)) is not None


def test_where_no_server_has_room_that_is_said() -> None:
    network = crowd([[500.0, 500.0]] * 207, [2] * 207)
    hosts = [0] * 35 + [1] * 34 + [2] * 69 + [3] * 69
    left = network.servers.compute - twin_counts(network, np.array(hosts))[1]
    assert left[0] < 0.0 and (left[1:] > 0.0).all() and (left[1:] < asked(network)[0, 1:]).all()
    message = overloaded_problem(network, whole(hosts))
    assert message is not None
    assert "no other server has room for the most demanding of them" in message


def test_fractions_of_twins_count_as_such() -> None:
    network = crowd([[520.0, 500.0]] * 60, [2] * 60)
    halves = np.tile([0.5, 0.0, 0.5, 0.0], (60, 1))
    assert overloaded_problem(network, halves) is None
    message = overloaded_problem(network, np.tile([0.9, 0.0, 0.1, 0.0], (60, 1)))
    expected = 0.9 * asked(network)[:, 0].sum()
    assert said("need # cycle/s", message) == pytest.approx(expected, rel=5e-4)
