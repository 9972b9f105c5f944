"""Cells by cutting and a certificate that never comes."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.errors import UnresolvedError
from geomot.kernels.simplices import Floats, Ints
from geomot.power import cutting
from geomot.power.cutting import CellProblem, cut_cells
from geomot.power.polytopes import HalfSpaces, Polytopes, boxes


class Receding(CellProblem):
    """One site, whose cell's vertices are beyond a plane that moves inwards with each cut."""

    cuts = 0

    @property
    def count(self) -> int:
        """Number of sites."""
        return 1

    def first(self, own: Ints) -> tuple[Polytopes, Ints]:
        """Return the unit square."""
        whole = boxes(np.zeros((1, 2)), np.ones((1, 2)), np.array([[-1, -2], [-3, -4]]))
        return whole, np.empty((1, 0), dtype=np.int64)

    def planes(self, sites: Ints, names: Ints) -> HalfSpaces:
        """Return the half-plane left of a line that moves left."""
        self.cuts += 1
        offsets = np.full(len(sites), 1.0 - 1e-3 * self.cuts)
        normals = np.tile([1.0, 0.0], (len(sites), 1))
        return HalfSpaces(normals, offsets, names, np.full(len(sites), 1e-12))

    def violated(self, sites: Ints, points: Floats) -> Ints:
        """Return the plane, for each vertex."""
        return np.zeros(len(points), dtype=np.int64)


def test_cells_that_are_never_certified_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "ROUNDS", 20)
    with pytest.raises(UnresolvedError, match="beyond planes after 20 rounds"):
        cut_cells(Receding())
