"""Cell association of UAVs that hover at different heights over users on a plane.

User x of UAV b waits for alpha_b / (W_b log2(1 + snr_b(x))): the band is shared in turn among the
UAV's share alpha_b of the users, and the signal falls with the squared distance in space,
snr_b = S_b / (r^2 + h_b^2).  In equilibrium no user is served sooner by another UAV.  The idea is that
of M. Mozaffari, W. Saad, M. Bennis, M. Debbah, Optimal transport theory for cell association in
UAV-enabled cellular networks, IEEE Commun. Lett. 21 (2017): ``python examples/uavs.py`` prints the
shares.

The cost of UAV b is the logarithm of the time for one bit, c_b(x) = -log(W_b log2(1 + S_b / u)), of the
squared distance in space u = |x - p_b|^2 + h_b^2.  With L = log(1 + S / u) its derivative is
c' = S / (u (u + S) L), and minus its second one c' (2 u + S - S / L) / (u (u + S)); both fall with u.
"""

import numpy as np

import geomot

PLACES = np.array([[250.0, 300.0], [700.0, 250.0], [500.0, 750.0], [850.0, 800.0]])  # m
HEIGHTS = np.array([100.0, 150.0, 200.0, 80.0])  # m
BANDS = np.array([10e6, 10e6, 20e6, 5e6])  # Hz
SIGNALS = np.array([4e5, 4e5, 4e5, 2e5])  # snr at 1 m


def squares(points, uavs, reach=0.0):
    """Return the squared distances in space, at the point that is farther than these by a reach."""
    distances = np.linalg.norm(points - PLACES[uavs], axis=1) + reach
    return np.maximum(distances, 0.0) ** 2 + HEIGHTS[uavs] ** 2


def times(points, uavs):
    """Return the logarithms of the times for one bit."""
    return -np.log(BANDS[uavs] * np.log1p(SIGNALS[uavs] / squares(points, uavs)) / np.log(2.0))


def slope(u, uavs):
    """Return the derivative in u."""
    return SIGNALS[uavs] / (u * (u + SIGNALS[uavs]) * np.log1p(SIGNALS[uavs] / u))


def fall(u, uavs):
    """Return minus the second derivative in u."""
    signal = SIGNALS[uavs]
    return slope(u, uavs) * (2.0 * u + signal - signal / np.log1p(signal / u)) / (u * (u + signal))


def gradients(points, uavs):
    """Return the gradients on the plane, 2 c' (x - p)."""
    steep = slope(squares(points, uavs), uavs)
    return 2.0 * steep[:, None] * (points - PLACES[uavs])


def curvatures(centers, radii, uavs):
    """Return bounds of the Hessian's eigenvalues 2 c' and 2 c' + 4 r^2 c'' on balls."""
    near, far = squares(centers, uavs, -radii), squares(centers, uavs, radii)
    least = 2.0 * slope(far, uavs) - 4.0 * (far - HEIGHTS[uavs] ** 2) * fall(near, uavs)
    return least, 2.0 * slope(near, uavs)


def associated(tolerance: float = 1e-8) -> geomot.CongestionEquilibrium:
    """Return the equilibrium of the UAVs over users that are denser in the south-west."""
    zone = geomot.Zone.box([0.0, 0.0], [1000.0, 1000.0])
    users = geomot.gaussian([350.0, 350.0], 300.0)
    costs = geomot.general_costs(len(PLACES), 2, times, gradients, curvatures)
    return geomot.congestion_equilibrium(costs, users, zone, tolerance=tolerance)


if __name__ == "__main__":
    for place, share in zip(PLACES.tolist(), associated().masses, strict=True):
        print(f"UAV at {place} m serves {share:.2%} of the users")
