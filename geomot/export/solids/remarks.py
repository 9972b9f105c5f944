"""Lines that say in words what a format of points and faces cannot: units, names, the zone's volume.

Each is a key and its value, as in ``region 0 north``::

    unit m                      title, method, status, solve ..
    zone_volume 12.5            metres^3, where all regions of the zone are there
    region 0 north              a region of the file, by the number of its site, in the file's order
    neighbour -1 bottom         what faces look at: a part of the zone's boundary, or another site

Names are as `names.escaped` leaves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from geomot.export.solids.content import FACTS, SolidMesh
from geomot.export.solids.names import escaped, unescaped
from geomot.files.content import MalformedFileError


@dataclass
class Remarks:
    """What remarks say.

    Parameters
    ----------
    regions
        Names of the file's regions by their sites' numbers, in the file's order.
    names
        Names by all numbers that neighbours may have, those of the regions too.
    facts, unit, zone
        As in `SolidMesh`.
    """

    regions: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    unit: str | None = None
    zone: float | None = None


def remarks_of(mesh: SolidMesh) -> list[str]:
    """Return the remarks on regions to write.

    Examples
    --------
    >>> import numpy as np
    >>> remarks_of(SolidMesh(np.empty((0, 3)), (), {-1: "top"}, unit="m"))
    ['unit m', 'neighbour -1 top']
    """
    lines = [f"{key} {escaped(mesh.facts[key])}" for key in FACTS if mesh.facts.get(key)]
    if mesh.unit is not None:
        lines.append(f"unit {mesh.unit}")
    if mesh.zone is not None:
        lines.append(f"zone_volume {mesh.zone!r}")
    held = {region.site: region.name for region in mesh.regions}
    lines += [f"region {site} {escaped(name)}" for site, name in held.items()]
    others = {number: name for number, name in mesh.names.items() if number not in held}
    return [*lines, *(f"neighbour {number} {escaped(name)}" for number, name in others.items())]


def read_remarks(lines: Iterable[str]) -> Remarks:
    """Return what remarks say; others are left alone.

    Raises
    ------
    MalformedFileError
        If one has a key from above and no value that fits it.

    Examples
    --------
    >>> read_remarks(["made by hand", "region 3 north", "zone_volume 8.0"]).regions
    {3: 'north'}
    """
    found = Remarks()
    for line in lines:
        key, _, value = line.partition(" ")
        try:
            if key in FACTS:
                found.facts[key] = unescaped(value)
            elif key == "unit":
                found.unit = value
            elif key == "zone_volume":
                found.zone = float(value)
            elif key in ("region", "neighbour"):
                number, _, name = value.partition(" ")
                found.names[int(number)] = unescaped(name)
                if key == "region":
                    found.regions[int(number)] = unescaped(name)
        except ValueError:
            raise MalformedFileError(f"has the remark {line!r}; expected a number in it") from None
    return found
