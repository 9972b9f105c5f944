"""What the cases of the convergence study return: series of errors, plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

from geomot.errors import InvalidArgumentError
from geomot.studies.orders import ErrorRecord


@dataclass(frozen=True, eq=False)
class Part:
    """One of the four questions of the study.

    Parameters
    ----------
    name
        Its name.
    control
        What the errors are held against.
    observed
        What is fitted: "order", "factor" (for each additional node), "last order" (of steps), or
        "share" (largest error as a share of the control).
    least, most
        What is expected of it; of a factor, that of every single node.
    floor
        Errors at or below it are rounding.
    """

    name: str
    control: str
    observed: str
    least: float
    most: float
    floor: float


@dataclass(eq=False)
class Series:
    """Errors of one quantity of one problem.

    Parameters
    ----------
    part
        Name of the part of the study.
    problem
        What was computed.
    quantity
        What of it.
    against
        What the errors are differences from.
    rows
        ``[control, error, estimate, count]`` each: what controls the error, the error, geomot's own
        estimate of it (or None), and how many simplices, vertices or faces that took (or None).
    """

    part: str
    problem: str
    quantity: str
    against: str
    rows: list[list[Any]] = field(default_factory=list)

    def add(
        self, control: float, error: float, estimate: float | None = None, count: int | None = None
    ) -> None:
        """Add a row."""
        self.rows.append([control, error, estimate, count])

    def plain(self) -> dict[str, Any]:
        """Return the series as plain data, the arguments it was made of."""
        return asdict(self)

    def record(self, floor: float) -> ErrorRecord:
        """Return the errors, those at or below the floor as rounding."""
        record = ErrorRecord(floor)
        for control, error, *_ in self.rows:
            record.add(control, error)
        return record

    def fitted(self, part: Part) -> float | None:
        """Return what is observed, None where all errors but one are rounding.

        Examples
        --------
        >>> series = Series("chord", "circle", "area", "closed form", [[0.1, 1e-2, None, None]])
        >>> series.add(0.01, 1e-4)
        >>> round(series.fitted(Part("chord", "size", "order", 1.8, 2.2, 0.0)), 6)
        2.0
        """
        record = self.record(part.floor)
        if part.observed == "share":
            return float(max(error / control for control, error, *_ in self.rows))
        if part.observed == "last order":
            orders = record.successive_orders()
            return orders[-1] if orders else None
        try:
            return record.order() if part.observed == "order" else record.factor()
        except InvalidArgumentError:
            return None

    def least_factor(self, part: Part) -> float | None:
        """Return the least factor of a single node, None for other parts or where all is rounding.

        Examples
        --------
        >>> series = Series("nodes", "circle", "mass", "closed form", [[1, 1e-2], [2, 1e-4], [3, 1e-5]])
        >>> round(series.least_factor(Part("nodes", "nodes", "factor", 4.0, 9e9, 1e-9)), 6)
        10.0
        """
        if part.observed != "factor":
            return None
        return min(self.record(part.floor).step_factors(), default=None)

    def order(self, part: Part) -> float | None:
        """Return p of errors like control^p of a series whose share is observed, None for other parts.

        Examples
        --------
        >>> series = Series("tolerance", "circle", "mass", "closed form", [[0.1, 1e-2], [0.01, 1e-3]])
        >>> round(series.order(Part("tolerance", "tolerance", "share", 0.0, 1.0, 0.0)), 6)
        1.0
        """
        if part.observed != "share":
            return None
        try:
            return self.record(part.floor).order()
        except InvalidArgumentError:
            return None

    def constant(self, part: Part) -> float | None:
        """Return the largest C of e' = C e^2 from step to step, None for other parts.

        Examples
        --------
        >>> series = Series("newton", "circle", "psi", "closed form", [[0, 0.1], [1, 0.03], [2, 1e-3]])
        >>> round(series.constant(Part("newton", "step", "last order", 1.95, 9e9, 0.0)), 6)
        3.0
        """
        if part.observed != "last order":
            return None
        return max(self.record(part.floor).constants(2.0), default=None)

    def verdict(self, part: Part) -> str | None:
        """Return "met" or "not met", None where all is rounding or nothing is expected.

        Examples
        --------
        >>> series = Series("chord", "circle", "area", "closed form", [[0.1, 1e-2], [0.01, 2e-3]])
        >>> series.verdict(Part("chord", "size", "order", 1.8, 2.2, 0.0))
        'not met'
        """
        least, observed = self.least_factor(part), self.fitted(part)
        decisive = observed if least is None else least
        if decisive is None or not (part.least > 0.0 or part.most < inf):
            return None
        return "met" if part.least <= decisive <= part.most else "not met"
