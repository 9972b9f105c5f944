"""Random hostile cases against answers that share nothing with the engine: `pytest -m torture`."""
