"""What `geomot info` says of a folder: which solve its files are of."""

from __future__ import annotations

from pathlib import Path

from geomot.cli.findings import Findings
from geomot.errors import InvalidArgumentError
from geomot.export.text import printable


def inspect_folder(folder: Path) -> Findings:
    """Return which solve each file of a folder is of.

    Parameters
    ----------
    folder
        A folder that geomot wrote to.

    Raises
    ------
    InvalidArgumentError
        If no file in it says its solve.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name, solve in (("a.json", "12"), ("b.json", "34")):
    ...         _ = Path(folder, name).write_text(f'{{"solve": "{solve}"}}')
    ...     findings = inspect_folder(Path(folder))
    >>> findings.lines
    ['folder, 2 files of 2 solves', '  12  a.json', '  34  b.json']
    >>> findings.problems[0][:59]
    'files are of 2 solves: a.json of 12; b.json of 34: solve ag'
    """
    from geomot.export import folder_problems, solves_in
    from geomot.files.atomic import leftovers

    solves, silent = solves_in(folder)
    if not solves:
        raise InvalidArgumentError(
            "holds no file that says which solve it is of; expected a folder that geomot solve --out "
            "wrote: name a file to learn of that alone"
        )
    count = sum(map(len, solves.values()))
    files = "1 file" if count == 1 else f"{count} files"
    lines = [f"folder, {files} of {'1 solve' if len(solves) == 1 else f'{len(solves)} solves'}"]
    width = max(map(len, solves))
    lines += [
        f"  {printable(solve):<{width}}  {printable(name)}"
        for solve, names in solves.items()
        for name in names
    ]
    lines += [f"  {'-':<{width}}  {printable(name)} {reason}" for name, reason in silent.items()]
    lines += [
        f"  {'-':<{width}}  {printable(part.name)} is of a run that was killed, or is writing now"
        for part in leftovers(folder)
    ]
    return Findings(lines, folder_problems(folder, solves, silent), "its files are of one solve")
