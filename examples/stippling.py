"""Stippling: dots that stand for a picture's darkness, here a ring of two gaussians and a spot.

Dots are drawn from the density and settled by Lloyd's method (A. Secord, Weighted Voronoi stippling,
NPAR 2002): ``python examples/stippling.py`` writes ``stippling.svg``.
"""

import numpy as np

import geomot


def dots(count: int = 400, moves: int = 30) -> geomot.Centroidal:
    """Return the dots and their diagram."""
    angles = 2.0 * np.pi * np.arange(12) / 12
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 0.3 + 0.5
    means = np.vstack([ring, [[0.5, 0.5]]])
    darkness = geomot.mixture(np.append(np.ones(12), 3.0), means, [[0.06, 0.06]] * 13)
    zone = geomot.Zone.box([0.0, 0.0], [1.0, 1.0])
    return geomot.quantize(darkness, zone, count, rng=1, max_iterations=moves)


def picture(points: np.ndarray, radius: float = 0.006) -> str:
    """Return dots in the unit square as SVG."""
    circles = [f'<circle cx="{x:.4f}" cy="{1.0 - y:.4f}" r="{radius}"/>' for x, y in points]
    frame = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="600">'
    return "\n".join([frame, *circles, "</svg>\n"])


if __name__ == "__main__":
    with open("stippling.svg", "w") as file:
        file.write(picture(dots().diagram.points))
