"""Settings of all tests."""

from __future__ import annotations

import os

# The workers of pytest fill the cores already; BLAS reads this when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
