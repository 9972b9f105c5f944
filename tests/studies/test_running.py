"""The driver of cases: what is stored is not computed again, nothing is lost or counted twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geomot import InvalidArgumentError, StudyError, UnresolvedError
from geomot.distributed import cases, executors
from geomot.distributed.cases import Case, compute
from geomot.distributed.running import run_cases
from tests.studies.slow import computed, squares


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    folder = tmp_path / "traces"
    folder.mkdir()
    return folder


def expected(count: int) -> list[dict[str, float]]:
    return [{"square": float(k * k)} for k in range(count)]


def test_results_are_in_the_order_of_the_cases(traces: Path) -> None:
    seen: list[tuple[int, int]] = []
    results = run_cases(squares(3, traces), progress=lambda done, total: seen.append((done, total)))
    assert results == expected(3)
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path: Path, traces: Path) -> None:
    store, cases = tmp_path / "store", squares(6, traces)

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cases(cases, folder=store, progress=interrupt)
    assert computed(traces) == [0, 1, 2, 3]
    assert run_cases(cases, folder=store) == expected(6)
    assert computed(traces) == [0, 1, 2, 3, 4, 5]
    assert run_cases(cases, folder=store) == expected(6)
    assert computed(traces) == [0, 1, 2, 3, 4, 5]


def test_a_case_that_fails_loses_nothing_that_is_finished(tmp_path: Path, traces: Path) -> None:
    store = tmp_path / "store"
    cases = [*squares(2, traces), Case("wrong", "tests.studies.slow:fail", {"number": 2})]
    with pytest.raises(UnresolvedError, match="case 2 is too fine"):
        run_cases(cases, folder=store)
    assert len(list(store.iterdir())) == 2
    assert run_cases(squares(3, traces), folder=store) == expected(3)
    assert computed(traces) == [0, 1, 2]


def test_other_settings_and_other_code_are_other_results(
    tmp_path: Path, traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    run_cases(squares(1, traces), folder=store)
    run_cases(squares(1, traces, 1e-3), folder=store)
    assert computed(traces) == [0, 0]
    for module in (cases, executors):
        monkeypatch.setattr(module, "code", lambda: "other")
    run_cases(squares(1, traces), folder=store)
    assert computed(traces) == [0, 0, 0]
    assert len(list(store.iterdir())) == 3


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"identity": 1, "result": {"square": 9}}'])
def test_a_spoiled_file_is_refused_and_named(tmp_path: Path, traces: Path, content: str) -> None:
    store = tmp_path / "store"
    run_cases(squares(1, traces), folder=store)
    (path,) = store.iterdir()
    path.write_text(content)
    with pytest.raises(StudyError, match=r"square-0-.*\.json does not hold .*delete that file"):
        run_cases(squares(1, traces), folder=store)
    path.unlink()
    assert run_cases(squares(1, traces), folder=store) == expected(1)


def test_a_damaged_result_is_refused_though_its_identity_is_right(tmp_path: Path, traces: Path) -> None:
    store = tmp_path / "store"
    run_cases(squares(1, traces), folder=store)
    (path,) = store.iterdir()
    document = json.loads(path.read_bytes())
    for damaged in ({}, {"square": 1.0}, None):
        path.write_text(json.dumps({**document, "result": damaged}))
        with pytest.raises(StudyError, match=r"does not hold the result of .*delete that file"):
            run_cases(squares(1, traces), folder=store)


def test_a_stored_result_holds_what_it_depends_on(tmp_path: Path, traces: Path) -> None:
    (case,) = squares(1, traces)
    run_cases([case], folder=tmp_path / "store")
    (path,) = (tmp_path / "store").iterdir()
    document = json.loads(path.read_bytes())
    assert document["identity"]["arguments"] == case.arguments
    assert set(document["identity"]) == {"key", "function", "arguments", "versions", "code"}


def test_worker_processes_give_the_same(tmp_path: Path, traces: Path) -> None:
    assert run_cases(squares(5, traces), folder=tmp_path / "store", workers=2) == expected(5)
    assert computed(traces) == [0, 1, 2, 3, 4]


def test_a_worker_that_dies_is_said(tmp_path: Path) -> None:
    case = Case("deadly", "tests.studies.slow:die", {})
    with pytest.raises(StudyError, match=r"a worker process died.* run the study again"):
        run_cases([case], folder=tmp_path / "store", workers=2)


def test_workers_with_other_code_are_refused() -> None:
    with pytest.raises(StudyError, match="computed by another geomot"):
        compute(Case("one", "math:hypot", {}), "other")


def test_what_makes_no_sense_is_refused(traces: Path) -> None:
    (case,) = squares(1, traces)
    with pytest.raises(InvalidArgumentError, match="two cases are called 'square 0'"):
        run_cases([case, case])
    with pytest.raises(InvalidArgumentError, match="workers is 0; expected at least 1"):
        run_cases([case], workers=0)
    with pytest.raises(InvalidArgumentError, match="one or the other"):
        run_cases([case], workers=2, scheduler="tcp://127.0.0.1:1")
    assert computed(traces) == []
