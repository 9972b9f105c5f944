"""Which colours of the palette a picture has."""

from __future__ import annotations

import io

import matplotlib.image
import numpy as np

from geomot.appearance.colors import FILLS, rgb

COLORED = 0.1  # difference between red, green and blue above which a pixel is not grey


def read_png(content: bytes) -> np.ndarray:
    """Return the red, green and blue of a picture, from 0 to 1."""
    image = matplotlib.image.imread(io.BytesIO(content), format="png")
    return np.asarray(image)[..., :3]


def fills_seen(image: np.ndarray, least: int) -> set[str]:
    """Return the fills that have at least so many pixels, bright or in the shade."""
    colored = image[np.ptp(image, axis=2) > COLORED]
    fills = np.array([rgb(fill) for fill in FILLS], dtype=float)
    shades = colored / np.linalg.norm(colored, axis=1, keepdims=True)
    closest = (shades @ (fills / np.linalg.norm(fills, axis=1, keepdims=True)).T).argmax(axis=1)
    counts = np.bincount(closest, minlength=len(FILLS))
    return {fill for fill, count in zip(FILLS, counts, strict=True) if count >= least}
