"""The project checks itself: style, types, layers, the light import, the README's commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import geomot

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
HEAVY = ["click", "matplotlib", "meshio", "pydantic", "pyproj", "pyvista", "rich", "shapely", "trimesh"]


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy", "--strict", "geomot"],
        [str(SCRIPTS / "lint-imports")],
    ],
    ids=["ruff check", "ruff format", "mypy", "import-linter"],
)
def test_static_check(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_has_the_command_of_ci() -> None:
    command = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert command.endswith(".venv/bin/pytest")
    readme = (ROOT / "README.md").read_text()
    assert command in (line.strip() for line in readme.splitlines())


def test_ci_is_executable() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_import_is_light() -> None:
    program = (
        "import sys, time; start = time.perf_counter(); import geomot; "
        "print(time.perf_counter() - start, *{name.split('.')[0] for name in sys.modules})"
    )
    seconds = []
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        )
        duration, *modules = run.stdout.split()
        seconds.append(float(duration))
        assert not set(HEAVY) & set(modules)
    assert min(seconds) < 0.7


def test_every_public_name_loads() -> None:
    assert set(geomot.__all__) <= set(dir(geomot))
    for name in geomot.__all__:
        assert getattr(geomot, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'geomot' has no attribute 'solv'"):
        _ = geomot.solv
