"""Cell association of UAVs that hover at different heights over users on a plane.

User x of UAV b waits for alpha_b / (W_b log2(1 + snr_b(x))): the band is shared in turn among the
UAV's share alpha_b of the users, and the signal falls with the squared distance in space,
snr_b = S_b / (r^2 + h_b^2).  In equilibrium no user is served sooner by another UAV.  The idea is that
of M. Mozaffari, W. Saad, M. Bennis, M. Debbah, Optimal transport theory for cell association in
UAV-enabled cellular networks, IEEE Commun. Lett. 21 (2017): ``python examples/uavs.py`` prints the
shares.
"""

from dataclasses import dataclass

import numpy as np

import geomot
from geomot.costs.radial import Profile, radial_costs
from geomot.diagram import normalized
from geomot.transport.newton import solve_equilibrium
from geomot.transport.problem import CongestionProblem, CostFamily
from geomot.transport.result import Equilibrium

PLACES = np.array([[250.0, 300.0], [700.0, 250.0], [500.0, 750.0], [850.0, 800.0]])  # m
HEIGHTS = np.array([100.0, 150.0, 200.0, 80.0])  # m
BANDS = np.array([10e6, 10e6, 20e6, 5e6])  # Hz
SIGNALS = np.array([4e5, 4e5, 4e5, 2e5])  # snr at 1 m


@dataclass(frozen=True, eq=False)
class Downlink(Profile):
    """-log(W_b log2(1 + S_b / (s + h_b^2))) of the squared distance s on the plane.

    With u = s + h^2 and L = log(1 + S / u) its derivative is S / (u (u + S) L), and minus its second
    derivative that times (2 u + S - S / L) / (u (u + S)); both fall with s.
    """

    heights: np.ndarray
    bands: np.ndarray
    signals: np.ndarray

    def values(self, squares, sites):
        """Return the logarithm of the time for one bit."""
        rate = np.log1p(self.signals[sites] / (squares + self.heights[sites] ** 2)) / np.log(2.0)
        return -np.log(self.bands[sites] * rate)

    def slopes(self, squares, sites):
        """Return the derivative in s."""
        u, signal = squares + self.heights[sites] ** 2, self.signals[sites]
        return signal / (u * (u + signal) * np.log1p(signal / u))

    def falls(self, squares, sites):
        """Return minus the second derivative in s."""
        u, signal = squares + self.heights[sites] ** 2, self.signals[sites]
        bend = 2.0 * u + signal - signal / np.log1p(signal / u)
        return self.slopes(squares, sites) * bend / (u * (u + signal))

    def curvatures(self, low, high, sites):
        """Return bounds of 2 h' and 2 h' + 4 s h''."""
        least, most = 2.0 * self.slopes(high, sites), 2.0 * self.slopes(low, sites)
        along = least - 4.0 * high * self.falls(low, sites)
        return along, most

    def twists(self, low, high, sites):
        """Return nothing: `contrasts` says all."""
        return np.zeros(np.shape(low))

    def contrasts(self, low, high, first, second):
        """Return infinity, a bound; only UAVs that nearly coincide would need a better one."""
        return np.full(np.shape(low), np.inf)

    def parameters(self):
        """Return what tells the UAVs apart."""
        return np.stack([self.heights, self.bands, self.signals], axis=1)

    def take(self, sites):
        """Return the functions of some UAVs."""
        return Downlink(self.heights[sites], self.bands[sites], self.signals[sites])


class Fixed(CostFamily):
    """Costs that depend on no resource."""

    def __init__(self, costs):
        """Keep the costs."""
        self.fixed = costs

    def costs(self, resources):
        """Return them."""
        return self.fixed

    def resource_slopes(self, points, sites, resources):
        """Return zeros."""
        return np.zeros(len(points))

    def change(self, before, after):
        """Return zeros."""
        return np.zeros(len(before))


def associated(tolerance: float = 1e-8) -> Equilibrium:
    """Return the equilibrium of the UAVs over users that are denser in the south-west."""
    zone = geomot.Zone.box([0.0, 0.0], [1000.0, 1000.0])
    users = normalized(geomot.gaussian([350.0, 350.0], 300.0), zone, 0.1 * tolerance)
    costs = radial_costs(PLACES, Downlink(HEIGHTS, BANDS, SIGNALS))
    ones = np.ones(len(PLACES))
    problem = CongestionProblem(zone, users, Fixed(costs), ones, ones, None)
    start = np.full(len(PLACES), -np.log(len(PLACES)))
    return solve_equilibrium(problem, start, ones, tolerance, 50)[0]


if __name__ == "__main__":
    for place, share in zip(PLACES.tolist(), associated().shares.masses, strict=True):
        print(f"UAV at {place} m serves {share:.2%} of the users")
