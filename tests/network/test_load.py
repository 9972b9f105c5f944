import mpmath
import numpy as np
import pytest

from geomot.network.model.log_load import LogLoad
from tests.network.networks import paper

NETWORK = paper()
LOAD = NETWORK.load(np.array([7e9, 6e9, 15e9, 14e9]))
COSTS_AT = [0.0, 0.3, 5.0, 80.0, 700.0, 2800.0]


@pytest.mark.parametrize("distance", COSTS_AT)
@pytest.mark.parametrize("site", [0, 3])
def test_value_is_eq_11_in_mpmath(distance, site):
    servers, sensors, channel = NETWORK.servers, NETWORK.sensors, NETWORK.channel
    with mpmath.workdps(40):
        gain = mpmath.mpf(10) ** (-mpmath.mpf("2.58")) * (mpmath.mpf(distance) ** 2 + 1) ** mpmath.mpf(
            "-1.5"
        )
        noise = mpmath.mpf(10) ** -20 * servers.bandwidth[site]
        efficiency = mpmath.log(1 + mpmath.mpf("0.001") * gain / noise, 2)
        psi = [7e9, 6e9, 15e9, 14e9][site]
        expected = mpmath.log(1 / (servers.bandwidth[site] * efficiency) + mpmath.mpf(5000) / psi)
    assert sensors.power == 1e-3 and channel.exponent == 3.0
    got = LOAD.values(np.array(distance**2), np.array(site))
    assert got == pytest.approx(float(expected), rel=1e-14)


def derivatives(load: LogLoad, distance: float, site: int, order: int) -> float:
    """Return a derivative of the cost in the distance, by mpmath on the same formula."""
    with mpmath.workdps(50):

        def phi(r):
            snr = load.peak[site] * (r**2 / mpmath.mpf(load.distance) ** 2 + 1) ** (-load.exponent / 2)
            return mpmath.log(
                mpmath.log(2) / (load.bandwidth[site] * mpmath.log(1 + snr)) + load.rendering[site]
            )

        return float(mpmath.diff(phi, mpmath.mpf(distance), order))


@pytest.mark.parametrize("site", [0, 3])
@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 0.5), (0.5, 3.0), (10.0, 11.0), (50.0, 400.0), (900.0, 1000.0)]
)
def test_curvature_bounds_hold_on_a_range_of_distances(low, high, site):
    least, most = LOAD.curvatures(np.array(low**2), np.array(high**2), np.array(site))
    for distance in np.linspace(max(low, 1e-3), high, 7):
        radial = derivatives(LOAD, distance, site, 2)
        tangential = derivatives(LOAD, distance, site, 1) / distance
        assert least <= min(radial, tangential) * (1 + 1e-9) + 1e-18 or least <= min(radial, tangential)
        assert most >= max(radial, tangential) * (1 - 1e-9)


@pytest.mark.parametrize("site", [0, 3])
@pytest.mark.parametrize(("low", "high"), [(0.5, 3.0), (10.0, 11.0), (50.0, 80.0), (900.0, 1000.0)])
def test_third_derivative_bound_holds_along_every_direction(low, high, site):
    bound = LOAD.twists(np.array(low**2), np.array(high**2), np.array(site))
    for distance in np.linspace(low, high, 5):
        first, second, third = (derivatives(LOAD, distance, site, k) for k in (1, 2, 3))
        along = second / distance - first / distance**2
        cosines = np.linspace(-1, 1, 41)
        worst = np.abs(cosines**3 * third + 3 * cosines * (1 - cosines**2) * along).max()
        assert worst <= bound * (1 + 1e-9)


def test_contrast_bounds_the_difference_of_hessians_of_servers_with_other_compute():
    load = NETWORK.load(np.array([7e9, 6.8e9, 15e9, 14e9]))
    low, high = np.array(200.0**2), np.array(300.0**2)
    bound = load.contrasts(low, high, np.array(0), np.array(1))
    for distance in (200.0, 240.0, 300.0):
        for order, scale in ((2, 1.0), (1, distance)):
            gap = derivatives(load, distance, 0, order) - derivatives(load, distance, 1, order)
            assert abs(gap / scale) <= bound
    assert load.contrasts(low, high, np.array(0), np.array(2)) == np.inf  # another bandwidth


def test_rendering_share_is_the_derivative_in_log_psi():
    psi, step = np.array([7e9, 6e9, 15e9, 14e9]), 1e-5
    squares, sites = np.full(4, 400.0**2), np.arange(4)
    up = NETWORK.load(psi * (1 + step)).values(squares, sites)
    down = NETWORK.load(psi * (1 - step)).values(squares, sites)
    share = NETWORK.load(psi).rendering_share(squares, sites)
    np.testing.assert_allclose((up - down) / (2 * step), -share, rtol=1e-8)


@pytest.mark.parametrize("distance", [20.0, 100.0, 400.0, 1500.0])
def test_curvature_bounds_are_not_much_wider_than_the_truth(distance):
    low, high, site = 0.7 * distance, 1.3 * distance, 0
    least, most = LOAD.curvatures(np.array(low**2), np.array(high**2), np.array(site))
    true = [
        value
        for at in np.linspace(low, high, 31)
        for value in (derivatives(LOAD, at, site, 2), derivatives(LOAD, at, site, 1) / at)
    ]
    assert most - least <= 1.25 * (max(true) - min(true))
