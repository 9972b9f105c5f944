"""Families of costs, one cost per site."""

from geomot.costs.base import Costs
from geomot.costs.radial import PowerProfile, Profile, RadialCosts, distance_costs, radial_costs

__all__ = ["Costs", "PowerProfile", "Profile", "RadialCosts", "distance_costs", "radial_costs"]
