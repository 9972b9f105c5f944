"""The numbers of two checkouts, side by side: `python -m tests.checkouts.compare OLD NEW`."""
