"""The baseline study: time to accuracy against the raster version of Algorithm 1."""
