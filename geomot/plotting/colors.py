"""Colours of pictures beside the fills of regions."""

from __future__ import annotations

INK = "#1a1a1a"  # boundaries, markers, text
GREY = "#999999"  # servers without sensors
TWINS = "#882255"  # contours: none of the fills, and dark on all of them
