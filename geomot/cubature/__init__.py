"""Rules on simplices, joins that follow the interfaces between cells, and integrands."""

from geomot.cubature.integrands import DensityIntegrand, Integrand
from geomot.cubature.joins import CellNodes, InterfaceNodes, JoinRule, join_rule
from geomot.cubature.rules import power_rule, simplex_rule

__all__ = [
    "CellNodes",
    "DensityIntegrand",
    "Integrand",
    "InterfaceNodes",
    "JoinRule",
    "join_rule",
    "power_rule",
    "simplex_rule",
]
