"""What defines the regions of a partition: the numbers in their costs, to the last bit.

The region of server b is where one of these is least, U_b = 1 / (W_b e_b):

- log(U_b + t_b) + w_b, with the rendering time t_b = Lambda / psi_b of a bit and the weight w_b;
- a (p_0 + p_1 U_b) + (1 - a) p_2 phi, a = g / (g + s f), with the prices p and the balance s; where
  twins have no price, p_0 + p_1 U_b;
- the distance, where there is neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomot.costs.base import Costs
from geomot.costs.blended import BlendedCosts
from geomot.costs.radial import RadialCosts
from geomot.network.model.log_load import LogLoad
from geomot.network.model.rates import UploadTime
from geomot.transport.density_share import Odds


@dataclass(frozen=True)
class RegionCosts:
    """What defines the region of one server.

    Parameters
    ----------
    owner
        Number of the server under whose name the region is: the first one of those that share it.
    weight
        w_b, or None.
    rendering_time
        t_b, s/bit, or None.
    prices
        p_0 [s/bit], p_1 and, where twins are priced, p_2 [s/bit per cycle/s], or None.
    """

    owner: int
    weight: float | None = None
    rendering_time: float | None = None
    prices: tuple[float, ...] | None = None


def region_costs(costs: Costs) -> tuple[tuple[RegionCosts, ...], float | None]:
    """Return what defines each server's region, and the balance s, None where twins have no price.

    Parameters
    ----------
    costs
        Of an association.
    """
    owners = costs.representatives().tolist()
    sensors = costs.first if isinstance(costs, BlendedCosts) else costs
    assert isinstance(sensors, RadialCosts)
    if isinstance(sensors.profile, LogLoad):
        columns = sensors.offset.tolist(), sensors.profile.rendering.tolist()
        rows = zip(owners, *columns, strict=True)
        return tuple(RegionCosts(b, weight, time) for b, weight, time in rows), None
    if not isinstance(sensors.profile, UploadTime):
        return tuple(RegionCosts(b) for b in owners), None
    prices, balance = [sensors.offset, sensors.factor], None
    if isinstance(costs, BlendedCosts):
        assert isinstance(costs.weight, Odds)
        prices.append(costs.second.factor)
        balance = costs.weight.scale
    table = np.stack(prices, axis=1).tolist()
    return tuple(
        RegionCosts(b, prices=tuple(row)) for b, row in zip(owners, table, strict=True)
    ), balance
