"""Upload times and twins' computing against the paper's formulas and derivatives in mpmath."""

import dataclasses
from functools import cache

import mpmath
import numpy as np
import pytest

from geomot.network.association.problem import UNSERVABLE
from geomot.network.model.rates import Slowness, UploadTime
from tests.network.networks import paper

NETWORK = paper()
FAINT = paper(50.0, noise=-100.0)  # signal-to-noise ratios down to 1e-8
MOST = UNSERVABLE * float(NETWORK.servers.compute.max())
UPLOAD, COMPUTE = NETWORK.upload, NETWORK.twin_profile(MOST)
# the third class misses its deadline beyond some 1500 m
STRAINED = dataclasses.replace(COMPUTE, allowed=COMPUTE.allowed * 5e-3)
PROFILES = {
    "upload": UPLOAD,
    "faint upload": FAINT.upload,
    "compute": COMPUTE,
    "strained compute": STRAINED,
    "faint compute": paper(50.0, noise=-130.0).twin_profile(MOST),
}
DISTANCES = [0.0, 0.3, 5.0, 80.0, 700.0, 2800.0]
RANGES = [(0.0, 0.5), (0.5, 3.0), (10.0, 11.0), (50.0, 400.0), (300.0, 900.0), (900.0, 1000.0)]


def rate(peak, bandwidth, profile, square):
    """Return W log2(1 + snr)."""
    level = square / mpmath.mpf(profile.distance) ** 2 + 1
    snr = mpmath.mpf(peak) * level ** (-mpmath.mpf(profile.exponent) / 2)
    return mpmath.mpf(bandwidth) * mpmath.log1p(snr) / mpmath.log(2)


def exact(profile, square, site):
    """Return h_b(s) with many digits."""
    if isinstance(profile, UploadTime):
        return 1 / rate(profile.peak[site], profile.bandwidth[site], profile, square)
    total, complexity = mpmath.mpf(0), mpmath.mpf(profile.complexity)
    for share, peak, allowed in zip(profile.shares, profile.peaks, profile.allowed, strict=True):
        time = 1 / rate(peak, profile.bandwidth, profile, square)
        full = mpmath.mpf(allowed) - complexity / mpmath.mpf(profile.most)  # phi is `most` there
        if time <= full:
            phi = complexity / (mpmath.mpf(allowed) - time)
        else:
            terms = continuation(complexity, float(allowed), full)
            phi = mpmath.polyval(terms, time - full, asc=True)
        total += mpmath.mpf(share) * phi
    return total


@cache
def continuation(complexity, allowed, full):
    return mpmath.taylor(lambda time: complexity / (mpmath.mpf(allowed) - time), full, 3)


def in_distance(profile, distance, site, order):
    """Return a derivative in the distance."""
    with mpmath.workdps(50):
        at = mpmath.mpf(distance)
        return float(mpmath.diff(lambda r: exact(profile, r**2, site), at, order))


def in_level(profile, distance, site, order):
    """Return a derivative in y = log(1 + s / d0^2)."""
    with mpmath.workdps(50):
        scale = mpmath.mpf(profile.distance) ** 2
        at = mpmath.log1p(mpmath.mpf(distance) ** 2 / scale)
        return float(mpmath.diff(lambda y: exact(profile, scale * mpmath.expm1(y), site), at, order))


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("distance", DISTANCES)
def test_values_and_slopes_are_those_of_mpmath(name, distance):
    profile = PROFILES[name]
    square, site = np.array(distance**2), np.array(profile.count - 1)
    with mpmath.workdps(50):
        value = float(exact(profile, mpmath.mpf(distance) ** 2, int(site)))
        slope = float(mpmath.diff(lambda s: exact(profile, s, int(site)), mpmath.mpf(distance) ** 2, 1))
    assert profile.values(square, site) == pytest.approx(value, rel=2e-15)
    assert profile.slopes(square, site) == pytest.approx(slope, rel=4e-15)


def test_upload_time_is_eq_3():
    squares, sites = np.array([0.0, 40.0**2, 900.0**2, 2000.0**2]), np.arange(4)
    servers, channel, sensors = NETWORK.servers, NETWORK.channel, NETWORK.sensors
    noise = 10 ** (0.1 * channel.noise_density - 3.0) * servers.bandwidth
    gain = 10 ** (-0.1 * channel.reference_loss) * (1.0 + squares) ** -1.5
    expected = 1.0 / (servers.bandwidth * np.log2(1.0 + sensors.power * gain / noise))
    np.testing.assert_allclose(UPLOAD.values(squares, sites), expected, rtol=1e-12)


def test_twin_compute_is_eq_8_where_deadlines_are_met():
    squares = np.linspace(0.0, 2000.0, 50) ** 2
    expected = NETWORK.mean_twin_compute(squares)
    assert expected.max() < MOST
    found = COMPUTE.values(squares, np.zeros(50, dtype=int))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    slopes = COMPUTE.slopes(squares, np.zeros(50, dtype=int))
    np.testing.assert_allclose(slopes, NETWORK.mean_twin_compute_slopes(squares), rtol=1e-10)


def junction(profile):
    """Return the distance at which phi of the first class that reaches it is `most`."""
    squares = np.geomspace(1.0, 1e8, 200_001)
    unit = np.log(2.0) / profile.bandwidth
    reached = [
        unit * Slowness(peak, profile.exponent, profile.distance).values(squares)
        > allowed - profile.complexity / profile.most
        for peak, allowed in zip(profile.peaks, profile.allowed, strict=True)
    ]
    return float(np.sqrt(squares[np.any(reached, axis=0).argmax()]))


@pytest.mark.parametrize("name", ["strained compute", "faint compute"])
def test_beyond_a_deadline_compute_is_finite_rises_and_is_more_than_any_server_has(name):
    profile = PROFILES[name]
    edge = junction(profile)
    assert 1.0 < edge < 3000.0
    distances = np.linspace(edge, 1e5, 2000)
    values = profile.values(distances**2, np.zeros(2000, dtype=int))
    assert np.isfinite(values).all() and (np.diff(values) > 0.0).all()
    # one class alone has it all
    assert values[0] >= 0.99 * profile.shares.min() * profile.most
    assert values[0] > 10.0 * NETWORK.servers.compute.max()


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_continuation_is_smooth_where_it_begins(order):
    room = STRAINED.complexity / STRAINED._unit / STRAINED.most
    edge = STRAINED.allowed[2] / STRAINED._unit - room
    allowed = STRAINED.allowed[2] / STRAINED._unit
    near, beyond = (
        (STRAINED._phi(q, allowed), *STRAINED._slopes(q, allowed))[order]
        for q in (edge - 1e-6 * room, edge + 1e-6 * room)
    )
    assert beyond == pytest.approx(near, rel=1e-5)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_ranges_of_derivatives_in_level_hold(name, low, high):
    profile = PROFILES[name]
    for site in {0, profile.count - 1}:
        ends = np.array(low**2), np.array(high**2), np.array(site)
        found = profile.derivatives(*ends)
        ranges = (found.first, found.second, found.third)
        for distance in np.linspace(low, high, 5):
            for order, (least, most) in enumerate(ranges, start=1):
                value = in_level(profile, distance, site, order)
                slack = 1e-12 * abs(value)
                assert least - slack <= value <= most + slack


@pytest.mark.parametrize("name", ["upload", "faint upload", "compute", "faint compute"])
@pytest.mark.parametrize("distance", [0.3, 5.0, 80.0, 1300.0])
def test_ranges_of_derivatives_in_level_close_around_them(name, distance):
    profile = PROFILES[name]
    site = profile.count - 1
    ends = np.array(distance**2), np.array((distance * (1 + 1e-7)) ** 2), np.array(site)
    found = profile.derivatives(*ends)
    for order, (least, most) in enumerate((found.first, found.second, found.third), start=1):
        value = in_level(profile, distance, site, order)
        np.testing.assert_allclose([least, most], value, rtol=1e-4)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_curvature_bounds_hold_on_a_range_of_distances(name, low, high):
    profile = PROFILES[name]
    site = profile.count - 1
    least, most = profile.curvatures(np.array(low**2), np.array(high**2), np.array(site))
    for distance in np.linspace(max(low, 1e-3), high, 7):
        values = (
            in_distance(profile, distance, site, 2),
            in_distance(profile, distance, site, 1) / distance,
        )
        slack = 1e-11 * np.abs(values).max()
        assert least - slack <= min(values)
        assert max(values) <= most + slack


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("distance", [20.0, 100.0, 400.0])
def test_curvature_bounds_are_not_much_wider_than_the_truth(name, distance):
    profile = PROFILES[name]
    low, high, site = 0.7 * distance, 1.3 * distance, profile.count - 1
    least, most = profile.curvatures(np.array(low**2), np.array(high**2), np.array(site))
    true = [
        value
        for at in np.linspace(low, high, 31)
        for value in (in_distance(profile, at, site, 2), in_distance(profile, at, site, 1) / at)
    ]
    assert most - least <= 1.25 * (max(true) - min(true))


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("distance", [0.3, 5.0, 80.0, 700.0])
def test_curvatures_of_a_single_distance_are_those_of_mpmath(name, distance):
    profile = PROFILES[name]
    site = profile.count - 1
    at = np.array(distance**2)
    values = in_distance(profile, distance, site, 2), in_distance(profile, distance, site, 1) / distance
    slack = 1e-9 * np.abs(values).max()
    np.testing.assert_allclose(
        profile.curvatures(at, at, np.array(site)), [min(values), max(values)], rtol=0.0, atol=slack
    )


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(("low", "high"), [(0.5, 3.0), (10.0, 11.0), (50.0, 80.0), (900.0, 1000.0)])
def test_third_derivative_bound_holds_along_every_direction(name, low, high):
    profile = PROFILES[name]
    site = profile.count - 1
    bound = profile.twists(np.array(low**2), np.array(high**2), np.array(site))
    for distance in np.linspace(low, high, 4):
        first, second, third = (in_distance(profile, distance, site, k) for k in (1, 2, 3))
        along = second / distance - first / distance**2
        cosines = np.linspace(-1, 1, 41)
        worst = np.abs(cosines**3 * third + 3 * cosines * (1 - cosines**2) * along).max()
        assert worst <= bound * (1 + 1e-9)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("distance", [0.3, 5.0, 80.0, 700.0])
def test_third_derivative_bound_of_a_single_distance_is_made_of_its_parts(name, distance):
    """phi_rrr and, where it is larger, 2 (phi_r / r)_r, or 2 / sqrt(3) of it if the signs differ."""
    profile = PROFILES[name]
    site = profile.count - 1
    at = np.array(distance**2)
    first, second, third = (in_distance(profile, distance, site, k) for k in (1, 2, 3))
    along = second / distance - first / distance**2
    factor = 2.0 / np.sqrt(3.0) if third * along < 0.0 else 2.0
    expected = max(abs(third), factor * abs(along))
    assert profile.twists(at, at, np.array(site)) == pytest.approx(expected, rel=1e-8)


def test_contrasts_are_zero_for_equal_servers_and_unknown_for_others():
    low, high = np.full(3, 200.0**2), np.full(3, 300.0**2)
    first, second = np.array([0, 0, 2]), np.array([1, 2, 3])
    assert UPLOAD.contrasts(low, high, first, second).tolist() == [0.0, np.inf, 0.0]
    assert not COMPUTE.contrasts(low, high, first, second).any()
    louder = dataclasses.replace(UPLOAD, peak=UPLOAD.peak * [1.0, 2.0, 1.0, 1.0])
    assert louder.contrasts(low, high, first, second).tolist() == [np.inf, np.inf, 0.0]


def test_parameters_tell_functions_apart_and_taking_keeps_them():
    assert UPLOAD.count == 4 and COMPUTE.count == 1
    assert COMPUTE.parameters().shape == (1, 0) and COMPUTE.take(np.array([0, 2])) is COMPUTE
    some = UPLOAD.take(np.array([2, 0, 2]))
    assert some.count == 3
    np.testing.assert_array_equal(some.parameters(), UPLOAD.parameters()[[2, 0, 2]])
    assert len(np.unique(UPLOAD.parameters(), axis=0)) == 2  # two kinds of servers
    squares = np.array([10.0, 1e4, 1e6])
    np.testing.assert_array_equal(
        some.values(squares, np.arange(3)), UPLOAD.values(squares, np.array([2, 0, 2]))
    )


def test_batches_broadcast_over_points_and_sites():
    squares = np.array([[1.0], [1e3], [1e6]])
    for profile in (UPLOAD, COMPUTE):
        values = profile.values(squares, np.arange(4))
        slopes = profile.slopes(squares, np.arange(4))
        assert values.shape == slopes.shape == (3, 4)
        for m, b in np.ndindex(3, 4):
            assert values[m, b] == profile.values(squares[m, 0], np.array(b))
            assert slopes[m, b] == pytest.approx(profile.slopes(squares[m, 0], np.array(b)), rel=1e-14)
