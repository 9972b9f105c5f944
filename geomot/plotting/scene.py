"""What both views of a solution in space have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geomot.diagram import Partition
from geomot.export.patches import Patches, centroids, patches_of
from geomot.kernels.simplices import Floats
from geomot.scenario import Solution

CHORD = 0.01  # tolerance of the faces, as a share of the zone's extent
FLATTEST = 0.3  # least side of the drawn box, as a share of its longest
APART = 0.8  # how far regions move, as a share of their way from the zone's centre
MARGIN = 0.35  # least distance of the cuts from the zone's sides, as a share of them


@dataclass(frozen=True, eq=False)
class Scene:
    """A solution in space, to be drawn.

    Parameters
    ----------
    solution
        The solution.
    """

    solution: Solution

    @cached_property
    def partition(self) -> Partition:
        """The regions, coarse."""
        return self.solution.diagram.solids(CHORD * self.solution.diagram.zone.extent)[0].partition

    @cached_property
    def patches(self) -> Patches:
        """The faces of the regions."""
        sides = self.partition.sides
        return patches_of(self.partition.vertices, sides.corners, sides.cells)

    @cached_property
    def box(self) -> Floats:
        """Sides of the drawn box, ``(3,)``, the longest is 1."""
        lower, upper = self.solution.diagram.zone.bounds
        return np.asarray(np.clip((upper - lower) / (upper - lower).max(), FLATTEST, 1.0))

    @cached_property
    def scale(self) -> Floats:
        """Drawn length per metre along each axis, ``(3,)``."""
        lower, upper = self.solution.diagram.zone.bounds
        return self.box / (upper - lower)

    @cached_property
    def positions(self) -> Floats:
        """Where the servers stand, ``(B, 3)``, metres."""
        return np.array([server.position for server in self.solution.scenario.servers])

    @cached_property
    def busy(self) -> np.ndarray:
        """Which servers have sensors, ``(B,)``."""
        return np.array([server.mass > 0.0 for server in self.solution.servers])

    @cached_property
    def cut(self) -> Floats:
        """Where the corner is cut out, ``(3,)``, metres: amid the servers, well inside the zone."""
        lower, upper = self.solution.diagram.zone.bounds
        margin = MARGIN * (upper - lower)
        amid = self.positions[self.busy].mean(axis=0)
        return np.asarray(np.clip(amid, lower + margin, upper - margin))

    @cached_property
    def offsets(self) -> Floats:
        """Where each region moves, ``(B, 3)``, metres; servers without one move by themselves."""
        lower, upper = self.solution.diagram.zone.bounds
        centers = centroids(self.patches, len(self.positions))
        return APART * (np.where(np.isnan(centers), self.positions, centers) - 0.5 * (lower + upper))

    @cached_property
    def fills(self) -> list[str]:
        """One colour per region."""
        return self.solution.diagram.fills
