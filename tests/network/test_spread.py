"""Advice for twins that are spread: whoever follows it exactly is served."""

import dataclasses

import pytest

from geomot.network.association.associate import associate_equilibrium, associate_snr
from tests.messages import said
from tests.network.networks import paper

TOLERANCE = 1e-4


def changed(network, **twins):
    return dataclasses.replace(network, twins=dataclasses.replace(network.twins, **twins))


def served(network):
    return associate_equilibrium(network, TOLERANCE, 50).status == "converged"


@pytest.mark.parametrize("data", [1e7, 3e4])
def test_twins_that_miss_their_deadlines_are_told_what_would_do(data):
    network = paper(data=data)
    message = associate_snr(network, TOLERANCE, 0).message
    assert "miss their deadline" in message and message.endswith(" would help")
    less = said("at most # bit per synchronization", message)
    assert less < data
    assert served(changed(network, data=less))
    assert not served(changed(network, data=1.5 * less))


def test_with_the_bandwidth_that_is_told_deadlines_are_met_at_the_nearest_server():
    network = changed(paper(10.0, data=3e4), complexity=10.0)
    message = associate_snr(network, TOLERANCE, 0).message
    assert 0.0 < said("servers within # m of all twins", message) < 707.2
    wide = said("at least # Hz for each twin", message)
    assert wide > network.twins.bandwidth
    assert associate_snr(changed(network, bandwidth=wide), TOLERANCE, 0).status == "converged"
    assert associate_snr(changed(network, bandwidth=0.9 * wide), TOLERANCE, 0).status == "infeasible"


def test_twins_that_need_more_than_all_servers_have_are_told_what_would_do():
    network = paper(600.0)
    message = associate_equilibrium(network, TOLERANCE, 50).message
    less = said("with # bit per synchronization they would fit", message)
    assert 10.0 < less < 23.0
    assert served(changed(network, data=less))
    assert not served(changed(network, data=1.03 * less))
