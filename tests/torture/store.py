"""Results of all runs: one line of JSON each, and the cases that failed as files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.torture.cases import Case
from tests.torture.verdicts import FAILURES, Outcome, Verdict

FOLDER = Path(__file__).parents[2] / ".torture"


@dataclass(frozen=True)
class Result:
    """One line."""

    kind: str
    seed: int
    number: int
    verdict: Verdict
    detail: str
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether it is a defect."""
        return self.verdict in FAILURES


class Store:
    """Results in a folder; a further run adds to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found = folder / "found"
        self.found.mkdir(parents=True, exist_ok=True)

    def add(self, case: Case, outcome: Outcome) -> Result:
        """Keep a result, and the case where it failed."""
        result = Result(case.kind, case.seed, case.number, **vars(outcome))
        if result.failed:
            case.write(self.found / f"{case.kind}-{case.seed}-{case.number}.json")
        with self._lines.open("a") as stream:
            stream.write(json.dumps(asdict(result)) + "\n")
        return result

    def results(self) -> Iterator[Result]:
        """Yield all results, the oldest first."""
        if self._lines.exists():
            with self._lines.open() as stream:
                for line in stream:
                    read = json.loads(line)
                    yield Result(**{**read, "verdict": Verdict(read["verdict"])})

    def following(self, seed: int) -> dict[str, int]:
        """Return the number of the next case of each kind."""
        numbers: dict[str, int] = defaultdict(int)
        for result in self.results():
            if result.seed == seed:
                numbers[result.kind] = max(numbers[result.kind], result.number + 1)
        return numbers

    @property
    def _lines(self) -> Path:
        return self.folder / "results.jsonl"
