"""Pieces of labelled simplices tile them, wherever the tie points are."""

from __future__ import annotations

import numpy as np
import pytest

from geomot.diagram.subdivision.pieces import pieces_of
from geomot.kernels.simplices import signed_measures

SIZES = [(4,), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1), (3,), (2, 1), (1, 1, 1), (2,), (1, 1)]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_pieces_tile_the_simplex_and_none_is_turned_over(sizes: tuple[int, ...]) -> None:
    pieces, corners = pieces_of(sizes), sum(sizes)
    rng = np.random.default_rng(7)
    for _ in range(50):
        points = np.zeros((len(pieces.faces), corners))
        for number, face in enumerate(pieces.faces):
            points[number, list(face)] = rng.dirichlet(np.full(len(face), 0.4))
        volumes = pieces.signs * signed_measures(points[pieces.chains][:, :, 1:])
        whole = signed_measures(np.eye(corners)[None, :, 1:])[0]
        assert (volumes >= -1e-15).all()
        assert volumes.sum() == pytest.approx(whole, abs=1e-15)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_a_piece_holds_the_vertices_of_its_label_alone(sizes: tuple[int, ...]) -> None:
    pieces = pieces_of(sizes)
    group = np.repeat(np.arange(len(sizes)), sizes)
    for chain, own in zip(pieces.chains, pieces.groups, strict=True):
        for face in chain:
            vertices = pieces.faces[face]
            assert own in group[list(vertices)]
            assert len(set(group[list(vertices)].tolist())) == len(vertices)
