"""Densities that are any function; what they hide is estimated from samples, not bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomot.appearance.reprs import said
from geomot.densities.base import Density
from geomot.errors import InvalidDensityError
from geomot.kernels.simplices import Floats

SAFETY = 2.0  # times the largest sample: what is taken for the largest value in a ball
SHELLS = (0.5, 1.0)  # radii of the samples in a ball, as parts of its own
CHUNK = 1 << 18  # points that the function is asked for at a time


@dataclass(frozen=True, eq=False)
class FunctionDensity(Density):
    """A density that is any function; see `function_density`.

    Parameters
    ----------
    function
        From points ``(m, d)`` to values ``(m,)``, 1/metres^d.
    size
        Number of coordinates, d, or None if any will do.
    feature
        Length on which the function may vary, metres, or None where that is not known.

    Examples
    --------
    >>> ramp = function_density(lambda x: x[:, 0])
    >>> ramp.values(np.array([[2.0, 5.0]])).tolist(), ramp.bounded
    ([2.0], False)
    """

    function: Callable[[Floats], object]
    size: int | None
    feature: float | None

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return said(self, f"dimension={self.size}", f"feature={self.feature}")

    @property
    def dimension(self) -> int | None:
        """Number of coordinates, d, or None if any will do."""
        return self.size

    @property
    def bounded(self) -> bool:
        """False: samples bound nothing."""
        return False

    def values(self, points: Floats) -> Floats:
        """Return the function's values.

        Raises
        ------
        InvalidDensityError
            If they are not one finite number, not negative, for each point.
        """
        flat = points.reshape(-1, points.shape[-1])
        found = self._asked(flat)
        wrong = ~(np.isfinite(found) & (found >= 0.0))
        if wrong.any():
            first = int(wrong.argmax())
            place = ", ".join(f"{x:.6g}" for x in flat[first])
            raise InvalidDensityError(
                f"the density's function is {found[first]:g} at ({place}); expected finite numbers in "
                "the whole zone, not negative: return 0 where there is nothing"
            )
        return found.reshape(points.shape[:-1])

    def upper_bounds(self, centers: Floats, radii: Floats) -> Floats:
        """Return twice the largest of some samples in each ball: an estimate."""
        return np.asarray(SAFETY * self._samples(centers, radii).max(axis=1))

    def feature_sizes(self, centers: Floats, radii: Floats) -> Floats:
        """Return the length given, else infinity: nothing is known to hide."""
        return np.full(len(centers), np.inf if self.feature is None else self.feature)

    def _samples(self, centers: Floats, radii: Floats) -> Floats:
        """Return values in the middle of balls and along the axes, ``(m, 1 + 4 d)``."""
        d = centers.shape[1]
        arms = np.concatenate([[np.zeros(d)], *(shell * np.eye(d) for shell in SHELLS)])
        arms = np.concatenate([arms, -arms[1:]])
        points = centers[:, None] + radii[:, None, None] * arms
        with np.errstate(all="ignore"):  # some are outside the zone, where the function may be anything
            found = self._asked(points.reshape(-1, d)).reshape(points.shape[:2])
        return np.where(np.isfinite(found), np.maximum(found, 0.0), 0.0)

    def _asked(self, points: Floats) -> Floats:
        """Return what the function gives for points ``(m, d)``, one number each."""
        parts = [np.empty(0)]
        for first in range(0, len(points), CHUNK):
            some = points[first : first + CHUNK]
            try:
                parts.append(np.asarray(self.function(some), dtype=float))
            except (TypeError, ValueError) as error:
                raise InvalidDensityError(
                    f"the density's function fails for points of shape {some.shape}: {error}; expected "
                    "one number for each row: write it for arrays, as in lambda x: x[:, 0] ** 2"
                ) from error
            if parts[-1].shape != some.shape[:1]:
                raise InvalidDensityError(
                    f"the density's function gives shape {parts[-1].shape} for points of shape "
                    f"{some.shape}; expected {some.shape[:1]}, one number for each point"
                )
        return np.concatenate(parts)


def function_density(
    function: Callable[[Floats], object],
    dimension: int | None = None,
    feature: float | None = None,
) -> FunctionDensity:
    """Return a density that is any function.

    Parameters
    ----------
    function
        Takes points ``(m, d)``, metres, and returns their densities ``(m,)``, 1/metres^d: finite, not
        negative, in the zone.  It is asked for points somewhat outside as well, where anything will do.
    dimension
        Number of coordinates, 2 or 3, where only one will do.
    feature
        The length on which it may vary by a factor of about e, metres: meshes are refined until
        nothing of that size hides between the nodes, wherever samples see any mass.  By default they
        are refined where the orders of cubature differ, and nowhere else.

    Returns
    -------
    FunctionDensity
        It cannot bound itself: its `bounded` and that of its masses are false.  The errors of
        integrals are estimated from cubature of several orders on meshes refined by samples; what no
        sample meets, such as a peak much narrower than the zone, is missed with no word.  Where it
        jumps, convergence is slow, and estimates leave out what the jump cuts off between the nodes:
        `grid_density` and `mesh_density` have jumps and are exact.

    Raises
    ------
    InvalidDensityError
        If the function cannot be called, or dimension or feature make no sense; if its values do
        not, it is raised when they are used.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> ramp = function_density(lambda x: x[:, 0])
    >>> whole = minimization_diagram(distance_costs([[0.5, 0.5]]), Zone.box([0, 0], [1, 1]))
    >>> masses = whole.integrate(ramp)
    >>> round(float(masses.values[0]), 12), masses.bounded
    (0.5, False)
    """
    if not callable(function):
        raise InvalidDensityError(
            f"a density got {function!r} as its function; expected one that takes points (m, d) and "
            "returns (m,) numbers"
        )
    if dimension not in (None, 2, 3):
        raise InvalidDensityError(
            f"a density's function is in {dimension!r} dimensions; expected 2 or 3, or None for either"
        )
    if feature is not None and not 0.0 < feature < np.inf:
        raise InvalidDensityError(
            f"a density's function varies on {feature!r} m; expected a positive length, or None if it "
            "is not known"
        )
    return FunctionDensity(function, dimension, feature)
