"""Figures of solutions; matplotlib's object-oriented interface, so that no state is shared."""

from geomot.plotting.regions import encode_png, encode_svg, plot_regions

__all__ = ["encode_png", "encode_svg", "plot_regions"]
