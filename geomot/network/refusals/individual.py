"""Which twins given one by one cannot be served, and what would let them be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geomot.kernels.simplices import Floats, Ints
from geomot.network.model.network import Network
from geomot.network.model.radio import Channel
from geomot.network.twins.assignment import best_hosting
from geomot.network.twins.individual import placed_twins, twin_needs

NAMED = 5  # twins that a message names
WIDEST = 1e9  # times the bandwidth: more is not asked for
HALVINGS = 200


def refusal(network: Network) -> str | None:
    """Return why no hosting can serve the twins, or None.

    Parameters
    ----------
    network
        A network with twins one by one.
    """
    needs = twin_needs(network)
    late = np.flatnonzero(~np.isfinite(needs.compute).any(axis=1))
    if len(late):
        nearest = needs.uploads[late].argmin(axis=1)
        return late_problem(network, late, nearest)
    least, there = needs.compute.min(axis=1), float(network.servers.compute.sum())
    needed = float(least.sum())
    if needed < there:
        return None
    return (
        f"{counted(len(least))} at least {needed:.4g} cycle/s and all servers together have "
        f"{there:.4g}: {needed - there:.4g} too little; {_most(least)}; "
        + _remedies(network, _below(network, lambda phi: float(phi.min(axis=1).sum()), there))
    )


def late_problem(network: Network, twins: Ints, hosts: Ints) -> str:
    """Return a message that names twins which miss their deadline and what would help the worst.

    Parameters
    ----------
    network
        A network with twins one by one.
    twins, hosts
        ``(m,)`` the twins, and the server at which each of them would be.
    """
    placed, needs = placed_twins(network), twin_needs(network)
    over = needs.uploads[twins, hosts] / needs.deadlines[twins]
    worst = int(over.argmax())
    twin, host = int(twins[worst]), int(hosts[worst])
    kind = placed.classes[int(placed.kinds[twin])]
    away = np.sqrt(((network.servers.positions - placed.positions[twin]) ** 2).sum(axis=1))
    upload, deadline = float(needs.uploads[twin, host]), float(needs.deadlines[twin])

    def served(**change: float) -> bool:
        return bool(_demands(network, **change)[twin, host] < network.servers.compute[host])

    less = bisected(lambda data: served(data=data), placed.data, 1.0 / WIDEST)
    wide = bisected(lambda width: served(bandwidth=width), placed.bandwidth)
    help_ = [
        f"at most {rounded_down(less)} bit per synchronization"
        if less is not None
        else "(no fewer bits would do)",
        f"at least {rounded_up(wide)} Hz" if wide is not None else "(no bandwidth alone would do)",
    ]
    able = np.flatnonzero(needs.compute[twin] < network.servers.compute)
    if len(able):
        near = int(able[away[able].argmin()])
        help_.append(f"the server {network.servers.names[near]!r}, {away[near]:.4g} m away")
    else:
        # eq. 8: 1 / (mu D) - 1 / r >= Gamma / Psi
        spare = deadline / placed.data - placed.complexity / float(network.servers.compute.max())
        rate = 1.0 / spare if spare > 0.0 else np.inf
        far = reach(network.channel, placed.bandwidth, kind.power, rate)
        help_.append(f"a server within {far:.4g} m" if far > 0.0 else "(no server, however near)")
    return (
        f"{_named(twins)} {'misses its deadline' if len(twins) == 1 else 'miss their deadlines'}: twin "
        f"{twin} at ({', '.join(f'{x:.6g}' for x in placed.positions[twin])}), of class "
        f"{placed.kinds[twin]} (intensity {kind.intensity:g} /s), is {away[host]:.4g} m from server "
        f"{network.servers.names[host]!r}; uploading {placed.data:g} bit takes {upload:.4g} s and "
        f"{deadline:.4g} s are allowed; {', '.join(help_)} would help"
    )


def overloaded_problem(network: Network, fractions: Floats) -> str | None:
    """Return a message that names a server whose twins need more than it has, and the twins, or None.

    Parameters
    ----------
    network
        A network with twins one by one.
    fractions
        ``(K, B)`` what each server has of each twin.
    """
    needs, servers = twin_needs(network), network.servers
    late = np.argwhere((fractions > 0.0) & ~np.isfinite(needs.compute))
    if len(late):
        return late_problem(network, late[:, 0], late[:, 1])
    asked = fractions * np.where(fractions > 0.0, needs.compute, 0.0)
    left = servers.compute - asked.sum(axis=0)
    worst = int((left / servers.compute).argmin())
    if left[worst] > 0.0:
        return None
    largest = int(asked[:, worst].argmax())
    fits = np.flatnonzero(left > needs.compute[largest])
    away = needs.uploads[largest]
    other = "no other server has room for the most demanding of them"
    if len(fits):
        near = servers.names[int(fits[away[fits].argmin()])]
        other = f"the nearest server with room for twin {largest} is {near!r}"

    def load(phi: Floats) -> float:
        part = fractions[:, worst]
        return float((part * np.where(part > 0.0, phi[:, worst], 0.0)).sum())

    compute = float(servers.compute[worst])
    return (
        f"the twins at server {servers.names[worst]!r} need {compute - left[worst]:.4g} cycle/s and it "
        f"has {compute:.4g}: {-left[worst]:.4g} too little; {_most(asked[:, worst])}; {other}; "
        + _remedies(network, _below(network, load, compute))
    )


def _demands(network: Network, **change: float) -> Floats:
    """Return the compute that each twin needs at each server, ``(K, B)``, after a change of twins."""
    placed = replace(placed_twins(network), **change)  # type: ignore[arg-type]
    return twin_needs(replace(network, placed=placed)).compute


def _below(network: Network, load: Callable[[Floats], float], there: float) -> Callable[..., bool]:
    """Return whether a load of the demands ``(K, B)`` is below what is there, given a change."""

    def fits(**change: float) -> bool:
        return load(_demands(network, **change)) < there

    return fits


def _remedies(network: Network, fits: Callable[..., bool]) -> str:
    """Return how little data or how much bandwidth would let the twins fit."""
    placed = placed_twins(network)
    less = bisected(lambda data: fits(data=data), placed.data, 1.0 / WIDEST)
    wide = bisected(lambda width: fits(bandwidth=width), placed.bandwidth)
    data = (
        f"with {rounded_down(less)} bit per synchronization" if less is not None else "with fewer twins"
    )
    width = f"with {rounded_up(wide)} Hz" if wide is not None else "no bandwidth alone would do"
    return f"{data} they would fit, {width}" + (" too" if wide is not None else "")


def bisected(good: Callable[[float], bool], start: float, reach: float = WIDEST) -> float | None:
    """Return the value next to ``start`` that is good, towards ``reach`` times it, or None."""
    bad, fine = 0.0, np.log(reach)
    if not good(start * reach):
        return None
    for _ in range(HALVINGS):
        middle = 0.5 * (bad + fine)
        bad, fine = (bad, middle) if good(start * float(np.exp(middle))) else (middle, fine)
        if abs(fine - bad) < 1e-9:
            break
    return start * float(np.exp(fine))


def crowded_problem(network: Network) -> str:
    """Return a message for twins that were not hosted whole although their sum fits.

    Parameters
    ----------
    network
        A network with twins one by one.
    """
    needs, servers = twin_needs(network).compute, network.servers
    least = needs.min(axis=1)
    alone = np.flatnonzero((needs >= servers.compute).all(axis=1))
    if len(alone):
        what = f"{_named(alone)} {'needs' if len(alone) == 1 else 'need'} more than any server has"
    else:
        what = f"no way was found to host the {len(least)} twins whole"

    def fits(**change: float) -> bool:
        phi = _demands(network, **change)
        if not (phi < servers.compute).any(axis=1).all():
            return False
        return best_hosting(phi, servers.compute, np.ones(len(servers.compute))) is not None

    return f"{what}; {_most(least)}; {_remedies(network, fits)}"


def rounded_down(value: float) -> str:
    """Return a number of four digits that is not above the value.

    Examples
    --------
    >>> rounded_down(19.9876), rounded_up(19.9812), rounded_down(8239.4)
    ('19.98', '19.99', '8239')
    """
    return _four_digits(value, math.floor)


def rounded_up(value: float) -> str:
    """Return a number of four digits that is not below the value."""
    return _four_digits(value, math.ceil)


def _four_digits(value: float, towards: Callable[[float], int]) -> str:
    digit = 10.0 ** (math.floor(math.log10(value)) - 3)
    return f"{towards(value / digit) * digit:.4g}"


def reach(channel: Channel, bandwidth: float, power: float, rate: float) -> float:
    """Return the distance at which a twin's rate is ``rate``, metres; 0 if it is nowhere."""
    if not np.isfinite(rate):
        return 0.0
    gain = np.expm1(rate / bandwidth * np.log(2.0)) * channel.noise * bandwidth / power
    level = (gain / channel.reference_gain) ** (-2.0 / channel.exponent)
    return float(channel.reference_distance * np.sqrt(max(level - 1.0, 0.0)))


def counted(twins: int) -> str:
    """Return "the twin needs" or "the 3 twins need"."""
    return "the twin needs" if twins == 1 else f"the {twins} twins need"


def _named(twins: Ints) -> str:
    """Return the numbers of twins, the first few of many."""
    numbers = ", ".join(str(twin) for twin in twins[:NAMED])
    if len(twins) == 1:
        return f"twin {numbers}"
    return f"twins {numbers}" + (f" and {len(twins) - NAMED} more" if len(twins) > NAMED else "")


def _most(asked: Floats) -> str:
    """Return which twins ask for most."""
    order = np.argsort(-asked, kind="stable")[:NAMED]
    order = order[asked[order] > 0.0]
    each = ", ".join(f"{twin} ({asked[twin]:.3g} cycle/s)" for twin in order)
    return f"the most demanding are the twins {each}" if len(order) > 1 else f"that is twin {each}"
