"""Run one case and say what became of it."""

from __future__ import annotations

import os
import shutil
import time
import traceback
import warnings
from pathlib import Path

from geomot.errors import GeomotError
from tests.torture.cases import Case
from tests.torture.kinds import KINDS
from tests.torture.verdicts import CaseError, LeftoverError, Outcome, Verdict, brief


def judge(case: Case, folder: Path) -> Outcome:
    """Run a case in a folder that is emptied first; `case.json` beside it holds the case meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kind = KINDS[case.kind]
    case = case.drawn(kind)
    case.write(record(folder))
    started = time.perf_counter()
    verdict, detail = Verdict.RIGHT, ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind.check(case.data or {}, folder)
        _sweep(folder)
    except CaseError as fault:
        verdict, detail = fault.verdict, str(fault)
    except GeomotError as error:
        verdict = Verdict.REFUSED if isinstance(error, ValueError) else Verdict.UNSOLVED
        detail = f"{type(error).__name__}: {error}"
    except Exception:
        verdict, detail = Verdict.INTERNAL, brief(traceback.format_exc())
    return Outcome(verdict, detail[:1000], time.perf_counter() - started)


def record(folder: Path) -> Path:
    """Return where the case that runs in a folder is written."""
    return folder.parent / "case.json"


def _sweep(folder: Path) -> None:
    """Raise if a file stayed that was to be renamed or removed."""
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".part"):
                raise LeftoverError(f"{os.path.relpath(os.path.join(path, name), folder)} stayed")
