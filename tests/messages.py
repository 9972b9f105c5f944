"""Reading what messages say."""

from __future__ import annotations

import re

NUMBER = r"([\d.]+(?:e[+-]\d+)?)"


def said(pattern: str, message: str | None) -> float:
    """Return the number that stands for # in some words of a message."""
    assert message is not None
    found = re.search(pattern.replace("#", NUMBER), message)
    assert found, (pattern, message)
    return float(found[1])
