"""Families of costs, one cost per site."""

from geomot.costs.base import Costs
from geomot.costs.functions import FunctionProfile, function_costs, monotone_bounds
from geomot.costs.general import GeneralCosts, general_costs
from geomot.costs.radial import PowerProfile, Profile, RadialCosts, distance_costs, radial_costs

__all__ = [
    "Costs",
    "FunctionProfile",
    "GeneralCosts",
    "PowerProfile",
    "Profile",
    "RadialCosts",
    "distance_costs",
    "function_costs",
    "general_costs",
    "monotone_bounds",
    "radial_costs",
]
