"""How fine faces can get: known from coarser ones, before minutes are spent on finding out."""

from __future__ import annotations

from geomot.diagram.boundaries.refinement import chords
from geomot.diagram.spatial.partition import Partition
from geomot.diagram.subdivision.adaptivity import MOST
from geomot.errors import InvalidArgumentError

# Least number of tetrahedra for each face that the tolerance asks for: 4.3 to 8 were counted, for one
# to five sites and tolerances from 1e-4 to 3e-5 of the zone's extent.
PER_FACE = 4


def require_resolvable(whole: Partition, tolerance: float) -> None:
    """Refuse a tolerance that takes more tetrahedra than are ever made.

    Parameters
    ----------
    whole
        The cells with a larger tolerance.
    tolerance
        Largest distance of a face from the true boundary, metres.

    Raises
    ------
    InvalidArgumentError
        If it is hopeless, with one that is not.

    Notes
    -----
    The distance of a flat face from a curved boundary falls with the face's area: one that is d away
    becomes at least d / tolerance faces.  Boundaries that are flat themselves allow any tolerance.

    Examples
    --------
    >>> from geomot import Zone, distance_costs, minimization_diagram
    >>> costs = distance_costs([[0.3, 0.5, 0.5], [0.7, 0.5, 0.5]], factor=[2.0, 1.0])
    >>> diagram = minimization_diagram(costs, Zone.box([0, 0, 0], [1, 1, 1]), 1e-2)
    >>> require_resolvable(diagram.solids(0.1)[0].partition, 1e-12)
    Traceback (most recent call last):
    geomot.errors.InvalidArgumentError: the tolerance is 1e-12 m, which takes about ... tetrahedra ...
    """
    away = float(chords(whole.costs, whole.cells, whole.sides).sum())
    wanted = PER_FACE * away / tolerance
    if wanted > MOST:
        raise InvalidArgumentError(
            f"the tolerance is {tolerance:g} m, which takes about {wanted:.1e} tetrahedra where "
            f"{whole.tolerance:g} m takes {len(whole.cells.simplices):,}; expected one for "
            f"which {MOST:,} do: ask for at least {PER_FACE * away / MOST:.1g} m, or for more"
        )
