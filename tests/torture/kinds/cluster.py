"""Studies on a Dask cluster of two processes: the files that a run without one writes."""

from __future__ import annotations

from logging import CRITICAL
from pathlib import Path

import numpy as np

from tests.cli.scenarios import write_town
from tests.torture.cases import Data, Kind
from tests.torture.command import listing, require_right, run
from tests.torture.verdicts import require


def generate(rng: np.random.Generator) -> Data:
    """Draw numbers of twins, and where a server stands."""
    counts = rng.choice(np.arange(1, 12), int(rng.integers(1, 4)), replace=False)
    return {"counts": ",".join(map(str, counts)), "place": rng.uniform([1, 1], [99, 79]).tolist()}


def check(data: Data, folder: Path) -> None:
    """Compute a study with and without a cluster, and compare all files."""
    from distributed import LocalCluster

    town = write_town(folder, ("position = [60.0, 20.0]", f"position = {data['place']}"))
    arguments = ("study", "twins", town, "--counts", data["counts"], "--out")
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(folder / "dask"),
        silence_logs=CRITICAL,
    ) as cluster:
        there = run(*arguments, folder / "there", "--scheduler", cluster.scheduler_address)
    here = run(*arguments, folder / "here")
    require(there.exit_code == here.exit_code, f"status {there.exit_code} there, {here.exit_code} here")
    made = [
        {name: content for name, content in listing(folder / where).items() if "/" not in name}
        for where in ("there", "here")
    ]
    differ = sorted(name for name in made[0] | made[1] if made[0].get(name) != made[1].get(name))
    require(not differ, f"{', '.join(differ)} of the cluster are not those of a run without one")
    require_right(here)


KINDS = [Kind("Dask cluster", generate, check, 0.02)]
