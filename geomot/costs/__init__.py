"""Families of costs, one cost per site."""

from geomot.costs.base import Costs
from geomot.costs.custom import CustomCosts, custom_costs
from geomot.costs.functions import FunctionProfile, function_costs, monotone_bounds
from geomot.costs.radial import PowerProfile, Profile, RadialCosts, distance_costs, radial_costs

__all__ = [
    "Costs",
    "CustomCosts",
    "FunctionProfile",
    "PowerProfile",
    "Profile",
    "RadialCosts",
    "custom_costs",
    "distance_costs",
    "function_costs",
    "monotone_bounds",
    "radial_costs",
]
