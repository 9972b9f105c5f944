"""Scenarios as files."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any


def written(folder: Path, scenario: dict[str, Any], files: dict[str, str]) -> Path:
    """Write a scenario and the files in base64 that it names; return where it is."""
    for name, content in files.items():
        (folder / name).write_bytes(b64decode(content))
    path = folder / "case.toml"
    path.write_text("".join(f"{key} = {_value(value)}\n" for key, value in scenario.items()))
    return path


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
