"""Radio: path loss, spectral efficiency, uplink rates (eq. 1-3 and 6 of the paper), SI units.

"The paper" is Hashash, Chaccour, Saad, Sakaguchi, Yu, "Towards a Decentralized Metaverse:
Synchronized Orchestration of Digital Twins and Sub-Metaverses".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.kernels.simplices import Floats


@dataclass(frozen=True)
class Channel:
    """Log-distance path loss, levelled off smoothly at the mast.

    Parameters
    ----------
    exponent
        Path-loss exponent n.
    reference_loss
        L0, dB at the reference distance.
    reference_distance
        d0, metres.
    noise_density
        N0, dBm/Hz.

    Examples
    --------
    >>> channel = Channel(3.0, 30.0, 1.0, -170.0)
    >>> bool(np.isclose(channel.gain(np.array(100.0**2)), 10**-9.0, rtol=1e-3))
    True
    """

    exponent: float
    reference_loss: float
    reference_distance: float
    noise_density: float

    @property
    def noise(self) -> float:
        """Noise density, W/Hz."""
        return float(10.0 ** (0.1 * self.noise_density - 3.0))

    @property
    def reference_gain(self) -> float:
        """Gain at the mast itself."""
        return float(10.0 ** (-0.1 * self.reference_loss))

    def gain(self, squares: Floats) -> Floats:
        """Return the channel gain at squared distances [m^2]."""
        level = squares / self.reference_distance**2 + 1.0
        return np.asarray(self.reference_gain * level ** (-0.5 * self.exponent))

    def rate(self, squares: Floats, power: float, bandwidth: float) -> Floats:
        """Return the uplink rate r = W_k log2(1 + zeta gain / (N0 W_k)), eq. 6, bit/s."""
        ratio = power * self.gain(squares) / (self.noise * bandwidth)
        return np.asarray(bandwidth * np.log1p(ratio) / np.log(2.0))

    def rate_slopes(self, squares: Floats, power: float, bandwidth: float) -> Floats:
        """Return the derivative of the rate in the squared distance, bit/s/m^2; it is negative."""
        ratio = power * self.gain(squares) / (self.noise * bandwidth)
        fading = 0.5 * self.exponent / (squares + self.reference_distance**2)
        return np.asarray(-bandwidth / np.log(2.0) * fading * ratio / (1.0 + ratio))
