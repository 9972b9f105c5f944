"""Runs killed at each of their file operations: old or new files, whole, and the next run heals."""

from __future__ import annotations

import builtins
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.scenarios import IN_SPACE, write_town
from tests.torture.cases import Data, Kind
from tests.torture.command import listing, require_right, run
from tests.torture.samples import SLOTS
from tests.torture.verdicts import InternalError, LeftoverError, require

OPERATIONS = ("replace", "rename", "fsync", "unlink", "mkdir", "rmdir", "link")
PLACED = ("count = 5\n", "count = 5\nsample = true\n")
COMMANDS: dict[str, tuple[str, ...]] = {
    "solve": ("solve", "TOWN", "--out", "OUT"),
    "twins": ("solve", "TOWN", "--out", "OUT"),
    "space": ("solve", "TOWN", "--out", "OUT"),
    "slots": ("solve", "TOWN", "--slots", "SLOTS", "--out", "OUT"),
    "wkt": ("export", "TOWN", "--out", "OUT/cells.wkt"),
    "gpkg": ("export", "TOWN", "--out", "OUT/cells.gpkg"),
    "stl": ("export", "TOWN", "--out", "OUT/cells.stl", "--tolerance", "20"),
    "study": ("study", "twins", "TOWN", "--counts", "1", "--out", "OUT"),
}


def generate(rng: np.random.Generator) -> Data:
    """Draw a command, whether older files are there, and the operation before which it is killed."""
    weights = np.array([6, 4, 1, 2, 2, 2, 1, 2])
    command = str(rng.choice(list(COMMANDS), p=weights / weights.sum()))
    most = {"solve": 10, "twins": 12, "space": 14, "slots": 6, "study": 40}.get(command, 5)
    return {
        "command": command,
        "older": bool(rng.random() < 0.7),
        "step": int(rng.integers(most)),
    }


def check(data: Data, folder: Path) -> None:
    """Kill a run, look at what it leaves, and run again."""
    out = folder / "out"
    if data["older"] or data["command"] in ("wkt", "gpkg", "stl"):
        out.mkdir()
    (folder / "slots.csv").write_text(SLOTS)
    old: dict[str, bytes] = {}
    if data["older"]:
        require_right(run(*_arguments(data, folder, "older")))
        old = listing(out)
    arguments = _arguments(data, folder, "newer")
    died = _forked(lambda: run(*arguments), data["step"])
    left = listing(out) if out.exists() else {}
    _require_whole(out, old, left)
    said = run("info", out).exit_code if data["command"] in ("solve", "twins", "space") else None
    require_right(run(*arguments))
    new = listing(out)
    stayed = [name for name in new if name.endswith(".part")]
    if stayed:
        raise LeftoverError(
            f"{', '.join(stayed)} after {'a kill' if died else 'no kill'} and a further run"
        )
    _require_whole(out, left, new)
    if said is not None and left:
        _require_honest(said, old, left, new)


def _arguments(data: Data, folder: Path, age: str) -> list[str]:
    command = data["command"]
    home = folder / age
    home.mkdir(exist_ok=True)
    changes = {"twins": (PLACED,), "space": IN_SPACE, "stl": IN_SPACE}.get(command, ())
    if age == "newer":
        changes = (*changes, ("position = [60.0, 20.0", "position = [64.0, 21.0"))
    town = write_town(home, *changes)
    names = {"TOWN": str(town), "SLOTS": str(folder / "slots.csv")}
    words = [names.get(word, word.replace("OUT", str(folder / "out"))) for word in COMMANDS[command]]
    return words if command == "study" else [*words, "--method", "snr"]


def _forked(action: Callable[[], Any], step: int) -> bool:
    """Do something in a process that is killed before that file operation; return whether it was."""
    pid = os.fork()
    if pid == 0:
        _kill_before(step)
        status = 70
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status) != 0:
        raise InternalError(f"the run that was to be killed ended with {os.WEXITSTATUS(status)}")
    return False


def _kill_before(step: int) -> None:
    """Have this process killed before its operation of that number on files that it writes."""
    count = 0

    def counted(operation: Callable[..., Any], matters: Callable[..., bool]) -> Callable[..., Any]:
        def instead(*given: Any, **options: Any) -> Any:
            nonlocal count
            if matters(*given, **options):
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
            return operation(*given, **options)

        return instead

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name), lambda *given, **options: True))
    opened = counted(
        io.open, lambda file, mode="r", *given, **options: set(mode) & set("wax+") != set()
    )
    io.open = builtins.open = opened  # type: ignore[assignment]


def _require_whole(out: Path, old: dict[str, bytes], left: dict[str, bytes]) -> None:
    """Check that files which are not the old ones can be read."""
    for name, content in left.items():
        if old.get(name) == content or name.endswith((".part", ".png", ".csv")):
            continue
        if Path(name).suffix in (".geojson", ".wkt", ".gpkg", ".stl", ".glb", ".vtu") or name in (
            "solution.json",
            "regions.json",
        ):
            done = run("info", out / name)
            require(done.exit_code == 0, f"{name} is not whole: {done.stderr[-300:]}")


def _require_honest(
    said: int, old: dict[str, bytes], left: dict[str, bytes], new: dict[str, bytes]
) -> None:
    """Check that `info` on the folder knew whether its files belong together."""
    differ = {name for name in new if name in old and old[name] != new[name]}
    kept = {name for name in differ if left.get(name) == old[name]}
    parts = {name for name in left if name.endswith(".part")}
    whole = set(left) - parts == set(new) and (kept == differ or not kept)
    if whole and not parts:
        require(said == 0, f"info on a folder whose files belong together ends with {said}")
    elif not whole:
        expected = (
            1 if set(left) - parts else 2
        )  # a folder without files of geomot's is none of its kind
        require(said == expected, f"info on a folder that is not whole ends with {said}")


KINDS = [Kind("kill", generate, check, 0.05)]
