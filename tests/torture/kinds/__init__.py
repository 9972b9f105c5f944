"""All kinds of cases: each module has one, or a few that are alike, and registers them here."""

from tests.torture.cases import Kind
from tests.torture.kinds import (
    broken,
    changes,
    cluster,
    damaged,
    diagrams,
    kills,
    pages,
    power,
    scenarios,
    spatial,
    transport,
)

MODULES = (changes, cluster, damaged, diagrams, kills, pages, power, scenarios, spatial, transport)
KINDS: dict[str, Kind] = {kind.name: kind for module in MODULES for kind in module.KINDS}
USUAL = tuple(KINDS)  # what the bench runs
KINDS[broken.BROKEN.name] = broken.BROKEN
