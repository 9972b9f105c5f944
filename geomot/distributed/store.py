"""Finished cases on disk, so that a study goes on where it was interrupted.

A case is one file, written at once and whole when it is finished.  Its name has a digest of all that
the result depends on (see `Case.identity`).  The file repeats that, and has a digest of the result:
results of other settings, versions or code are never taken, nor damaged ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geomot.distributed.cases import Case
from geomot.errors import StudyError
from geomot.files.atomic import require_folder, write_files
from geomot.files.content import read_json
from geomot.files.reading import read_bytes


@dataclass(frozen=True)
class Store:
    """A folder of finished cases.

    Parameters
    ----------
    folder
        The folder; it is made when the first case is finished.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> case = Case("one", "math:hypot", {})
    >>> with TemporaryDirectory() as folder:
    ...     store = Store(Path(folder))
    ...     before = store.load(case)
    ...     store.save(case, 0.0)
    ...     before, store.load(case)
    (None, {'result': 0.0})
    """

    folder: Path

    def load(self, case: Case) -> dict[str, Any] | None:
        """Return the stored result of a case under ``result``, or None if it is not finished.

        Raises
        ------
        StudyError
            If its file is not one that `save` wrote.
        """
        path = self._path(case)
        try:
            document = read_json(read_bytes(path))
            known = document["identity"] == case.identity()
            result = document["result"]
            known &= document["digest"] == _digest(result)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            known = False
        if not known:
            raise StudyError(
                f"{path} does not hold the result of the case {case.key!r}; expected what geomot wrote "
                "there: delete that file, and the case will be computed again"
            )
        return {"result": result}

    def save(self, case: Case, result: Any) -> None:
        """Write the result of a case.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        require_folder(self.folder, create=True)
        document = {"identity": case.identity(), "digest": _digest(result), "result": result}
        write_files({self._path(case): json.dumps(document, indent=1).encode()})

    def _path(self, case: Case) -> Path:
        readable = re.sub(r"[^A-Za-z0-9.=-]+", "-", case.key)[:60]
        return self.folder / f"{readable}-{case.digest()}.json"


def _digest(result: Any) -> str:
    return hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()[:24]
