import numpy as np
import pytest

from tests.network.networks import CLASSES, paper


def test_gain_is_the_line_through_the_reference_loss_far_away():
    channel = paper().channel
    for distance in (100.0, 1000.0):
        line = -25.8 - 30 * np.log10(distance)
        assert 10 * np.log10(channel.gain(np.array(distance**2))) == pytest.approx(line, abs=1e-3)
    assert channel.gain(np.array(0.0)) == pytest.approx(10**-2.58)


@pytest.mark.parametrize("kind", CLASSES)
def test_twin_compute_meets_the_deadline_exactly(kind):
    network = paper()
    squares = np.array([10.0, 300.0, 1400.0]) ** 2
    phi = network.twin_compute(kind, squares)
    twins = network.twins
    computing = twins.complexity * twins.data / phi  # eq. 7
    np.testing.assert_allclose(
        network.upload_time(kind, squares) + computing, 1 / kind.intensity, rtol=1e-13
    )


def test_twin_compute_is_infinite_where_uploading_alone_is_too_slow():
    network = paper(data=1e7)  # the paper's 10 Mb
    assert np.isinf(network.twin_compute(CLASSES[2], np.array([500.0**2]))).all()


def test_nearest_server():
    distance, site = paper().nearest(np.array([[1500.0, 400.0], [0.0, 1500.0]]))
    assert distance.tolist() == [100.0, 500.0] and site.tolist() == [1, 2]
