"""`geomot verify`: its table and exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import run
from tests.verification.cases import document


def test_statuses(tmp_path: Path) -> None:
    file = tmp_path / "solution.json"
    held = document("paper", "snr")
    file.write_text(json.dumps(held))
    found = run("verify", tmp_path)
    assert found.exit_code == 0
    assert "mass: sensors in the region" in found.stdout
    assert " 0 fail" in found.stdout
    held["servers"][0]["mass"] += 1e-6
    file.write_text(json.dumps(held))
    found = run("verify", file)
    assert found.exit_code == 1
    assert "FAILS" in found.stdout
    file.write_text("{}")
    found = run("verify", file)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "solution.json" in found.stderr
    del held["servers"]
    file.write_text(json.dumps(held))
    found = run("verify", file)
    assert found.exit_code == 2
    assert "servers: missing" in found.stderr
    assert run("verify", tmp_path / "nowhere").exit_code == 2
