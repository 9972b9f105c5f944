"""Studies that several tests look at, computed once."""

from __future__ import annotations

from functools import cache

from geomot.studies import Table, baseline, partition, spread, twins


@cache
def small_partition() -> Table:
    return partition()


@cache
def small_twins() -> Table:
    return twins(counts=(50.0, 200.0))


@cache
def small_spread() -> Table:
    return spread(spreads=(400.0,))


@cache
def small_baseline() -> Table:
    return baseline(pixels=(40, 80), voxels=())
