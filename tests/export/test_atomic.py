from __future__ import annotations

import os
from pathlib import Path

import pytest

from geomot.export import require_folder, write_files
from geomot.files.atomic import leftovers


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_what_fails_leaves_nothing_new_and_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    old = tmp_path / "old.txt"
    old.write_bytes(b"old")

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write_files({old: b"new", tmp_path / "new.txt": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    assert old.read_bytes() == b"old"


def test_existing_files_are_replaced_and_links_stay_links(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_files({link: b"new"})
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 2


def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_files({tmp_path / "own": b""})
    assert (tmp_path / "own").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_errors_name_the_file_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*arguments: object) -> None:
        raise FileNotFoundError(2, "No such file", *map(str, arguments))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(FileNotFoundError) as told:
        write_files({tmp_path / "town.geojson": b""})
    assert str(told.value) == f"[Errno 2] No such file: {str(tmp_path / 'town.geojson')!r}"


def test_a_folder_in_the_way_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(IsADirectoryError):
        write_files({tmp_path / "a": b"", tmp_path / "b": b""})
    assert not (tmp_path / "a").exists()


def test_folders_are_made_only_where_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        require_folder(tmp_path / "new")
    require_folder(tmp_path / "new" / "newer", create=True)
    assert (tmp_path / "new" / "newer").is_dir()


@pytest.mark.parametrize("create", [False, True])
def test_a_file_is_not_a_folder(tmp_path: Path, create: bool) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        require_folder(tmp_path / "file", create=create)


def test_a_folder_that_is_not_writable_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(PermissionError):
        require_folder(tmp_path)


LEFT = f".town.svg.{'0' * 16}.part"


def test_what_killed_runs_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    others = [".part", "town.svg.0123456789abcdef.part", ".town.svg.part", f"{LEFT}s", LEFT[1:]]
    for name in (LEFT, f".{'x' * 100}.{'f' * 16}.part", *others):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / LEFT.replace("0", "1")).mkdir()
    (tmp_path / LEFT.replace("0", "2")).symlink_to(tmp_path / ".part")
    assert len(leftovers(tmp_path)) == 2
    write_files({tmp_path / "new": b""})
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"new", *others, LEFT.replace("0", "1"), LEFT.replace("0", "2")}


def test_the_files_of_a_run_that_is_writing_are_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = os.fsync

    def meanwhile(number: int) -> None:
        monkeypatch.setattr(os, "fsync", kept)
        (part,) = leftovers(tmp_path)
        write_files({tmp_path / "another": b"2"})
        assert part.exists()
        kept(number)

    monkeypatch.setattr(os, "fsync", meanwhile)
    (tmp_path / LEFT).write_bytes(b"")
    write_files({tmp_path / "one": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "one"]
    assert (tmp_path / "one").read_bytes() == b"1"


def test_folders_without_locks_are_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refused(handle: int, how: int) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", refused)
    (tmp_path / LEFT).write_bytes(b"")
    write_files({tmp_path / "one": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [LEFT, "one"]
