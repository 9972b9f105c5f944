"""Sentences for what pydantic finds: what was got, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from reprlib import repr as short

from pydantic_core import ErrorDetails

_EXPECTED = {
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "a number greater than {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "int_type": "a whole number",
    "less_than": "a number less than {lt:g}",
    "literal_error": "{expected}",
    "model_attributes_type": "a table",
    "model_type": "a table",
    "string_type": "text",
    "tuple_type": "a list",
}


def describe(detail: ErrorDetails, meaning: str | None, known: Iterable[str]) -> str:
    """Return the sentence for one of pydantic's findings.

    Parameters
    ----------
    detail
        The finding.
    meaning
        What the value stands for, with its unit, where the key is a known one.
    known
        The keys that the table may hold, for a suggestion in place of an unknown one.
    """
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), sorted(known))
    if kind in ("missing", "union_tag_not_found"):
        return f"missing; give {meaning}"
    if kind == "union_tag_invalid":
        return f"is {short(context['tag'])}; expected {meaning}"
    if kind == "value_error":
        return str(context["error"])
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else detail["msg"]
    return f"is {short(detail['input'])}; expected {expected}: {meaning}"


def _unknown(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    if close:
        return f"unknown key; did you mean {close[0]!r}?"
    return f"unknown key; remove it, the keys here are: {', '.join(known)}"
