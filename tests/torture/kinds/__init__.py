"""All kinds of cases: each module has one, or a few that are alike, and registers them here."""

from tests.torture.cases import Kind
from tests.torture.kinds import damaged, diagrams, scenarios

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *damaged.KINDS,
        *diagrams.KINDS,
        *scenarios.KINDS,
    )
}
