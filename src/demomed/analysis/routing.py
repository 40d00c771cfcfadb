"""Minutes by road on a network: junctions, forbidden turns, and the shortest of all trips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from demomed.analysis.travel import chord_km, haversine_km, unit_vectors
from demomed.core.faults import Fault, InputError
from demomed.core.network import RoadNetwork

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

INSTANT = 1e-9
"""Minutes of an arc of no length: a stored zero would be no arc at all."""
BATCH = 16
"""Origins searched from at a time: their distances to all junctions are held together."""


@dataclass(frozen=True)
class _Arcs:
    """Arcs between junctions: positions in the network's vertices, minutes, way."""

    tail: Integers
    head: Integers
    minutes: Floats
    way: Integers


def road_times(
    network: RoadNetwork,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    limit_min: float,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Minutes of the pairs within a limit, by the quickest way (Dijkstra 1959).

    Directions and forbidden turns are honoured; every place joins the nearest vertex from which
    the network can be left and reached. Memory and time grow with the junctions in reach.

    Parameters
    ----------
    network
        Roads.
    origins, destinations
        Index: code; ``lon, lat`` in degrees.
    limit_min
        Minutes, inclusive.
    progress
        Told how many origins are done, and of how many.

    Returns
    -------
    tuple
        ``origin, destination`` (categories), ``minutes``, sorted; and notices about the places
        that are too far from any road, which have no pair.

    Raises
    ------
    InputError
        A limit that is not positive, or no place near the network.
    """
    if not limit_min > 0:
        raise InputError(
            Fault("calcul par la route", f"limite {limit_min}", "des minutes positives", "corriger")
        )
    candidates = _candidates(network)
    there_at, there_min = _joined(network, destinations, candidates)
    here_at, here_min = _joined(network, origins, candidates)
    _check_joined(here_at, there_at, network)
    graph, vertex = _graph(
        network, np.concatenate([here_at[here_at >= 0], there_at[there_at >= 0]])
    )
    position = np.full(len(network.lon), -1, dtype=np.int64)
    position[vertex] = np.arange(len(vertex))
    open_to = np.flatnonzero(there_at >= 0)
    columns = position[there_at[open_to]]
    rows, cols, times = [], [], []
    held = np.flatnonzero(here_at >= 0)
    for begin in range(0, len(held), BATCH):
        batch = held[begin : begin + BATCH]
        found = dijkstra(graph, indices=position[here_at[batch]], limit=limit_min)[:, columns]
        found += here_min[batch][:, None] + there_min[open_to][None, :]
        near = found <= limit_min
        at, to = np.nonzero(near)
        rows.append(batch[at])
        cols.append(open_to[to])
        times.append(found[near])
        if progress is not None:
            progress(min(begin + BATCH, len(held)), len(held))
    table = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(np.concatenate(rows), categories=origins.index),
            "destination": pd.Categorical.from_codes(
                np.concatenate(cols), categories=destinations.index
            ),
            "minutes": np.concatenate(times),
        }
    )
    return table, _told(origins, here_at, network)


def _told(origins: pd.DataFrame, at: Integers, network: RoadNetwork) -> tuple[str, ...]:
    away = origins.index[at < 0]
    if not len(away):
        return ()
    shown = ", ".join(map(str, away[:5])) + ("…" if len(away) > 5 else "")
    return (
        f"lieux à plus de {network.access_km:g} km du réseau de l'extrait, sans temps de route : "
        f"{len(away)} ({shown})",
    )


def _check_joined(here: Integers, there: Integers, network: RoadNetwork) -> None:
    if (here >= 0).any() and (there >= 0).any():
        return
    raise InputError(
        Fault(
            "calcul par la route",
            f"aucun lieu à moins de {network.access_km:g} km d'une route de l'extrait",
            "l'extrait de la région du département",
            "choisir un extrait qui couvre le département et ses voisins",
        )
    )


def _segments(network: RoadNetwork, stops: NDArray[np.bool_]) -> _Arcs:
    """Arcs between consecutive stops of every way, both ways where they are open."""
    node, way = network.node, network.way
    same = way[1:] == way[:-1]
    a, b = node[:-1], node[1:]
    km = haversine_km(network.lon[a], network.lat[a], network.lon[b], network.lat[b]) * same
    total = np.bincount(way[:-1], weights=km, minlength=len(network.start) - 1)
    is_fixed = ~np.isnan(network.fixed_minutes)
    pace = np.divide(
        network.fixed_minutes, total, out=np.zeros(len(total)), where=is_fixed & (total > 0)
    )
    share = np.divide(km, total[way[:-1]], out=np.zeros(len(km)), where=total[way[:-1]] > 0)
    added = share * network.extra_minutes[way[:-1]]
    wait = network.wait_minutes
    at = np.flatnonzero(stops)
    joined = way[at[1:]] == way[at[:-1]]
    first, last = at[:-1][joined], at[1:][joined]
    sides = []
    for kmh, delay, tail, head in (
        (network.forward_kmh, wait[b], first, last),
        (network.backward_kmh, wait[a], last, first),
    ):
        hour = np.divide(60.0, kmh, out=np.zeros(len(kmh)), where=kmh > 0)
        per_km = np.where(is_fixed, pace, hour)[way[:-1]]
        spent = np.concatenate([[0.0], np.cumsum(km * per_km + added + delay * same)])
        is_open = kmh[way[first]] > 0
        minutes = np.maximum(spent[last] - spent[first], INSTANT)
        sides.append((node[tail], node[head], minutes, way[first], is_open))
    merged = [np.concatenate(pair) for pair in zip(*sides, strict=True)]
    kept = merged.pop()
    return _Arcs(*(column[kept] for column in merged))


def _stops(network: RoadNetwork, more: Integers) -> NDArray[np.bool_]:
    """Positions where a way begins, ends, meets another, or where a place joins."""
    used = np.bincount(network.node, minlength=len(network.lon))
    used[more] = 2
    stops = used[network.node] > 1
    stops[network.start[:-1]] = True
    stops[network.start[1:] - 1] = True
    return stops


def _candidates(network: RoadNetwork) -> Integers:
    """Vertices where a trip may begin: of the largest part in which all reaches all."""
    stops = _stops(network, np.empty(0, dtype=np.int64))
    arcs = _segments(network, stops)
    size = len(network.lon)
    graph = coo_array((np.ones(len(arcs.tail)), (arcs.tail, arcs.head)), shape=(size, size)).tocsr()
    _, part = connected_components(graph, connection="strong")
    met = np.bincount(part[network.node[stops]])
    main = part == np.argmax(met)
    at = np.flatnonzero(stops)
    place = np.arange(len(network.node))
    before = at[np.searchsorted(at, place, side="right") - 1]
    after = at[np.searchsorted(at, place)]
    inside = main[network.node[before]] & main[network.node[after]]
    inside &= network.can_start[network.way]
    banned = np.zeros(size, dtype=bool)
    banned[network.bans[:, 1]] = True
    found = np.unique(network.node[inside])
    return found[~banned[found]]


def _joined(
    network: RoadNetwork, places: pd.DataFrame, candidates: Integers
) -> tuple[Integers, Floats]:
    """Vertex where each place joins the network (−1 if none is near), and minutes to it."""
    at = np.full(len(places), -1, dtype=np.int64)
    if not len(candidates):
        return at, np.zeros(len(places))
    tree = cKDTree(unit_vectors(network.lon[candidates], network.lat[candidates]))
    chord, nearest = tree.query(unit_vectors(places["lon"], places["lat"]))
    km = chord_km(np.minimum(chord, 2.0))
    near = km <= network.access_km
    at[near] = candidates[nearest[near]]
    return at, km / network.access_kmh * 60


def _graph(network: RoadNetwork, terminals: Integers) -> tuple[csr_array, Integers]:
    """Junctions and terminals as a sparse graph, and the vertex of each of its rows.

    A forbidden turn splits its vertex: those who come by the first way arrive at a copy of it
    from which the forbidden ways do not leave.
    """
    arcs = _without_turns(_segments(network, _stops(network, terminals)), network)
    vertex, ends = np.unique(np.concatenate([arcs.tail, arcs.head]), return_inverse=True)
    size, half = len(vertex), len(arcs.tail)
    order = np.lexsort((arcs.minutes, ends[half:], ends[:half]))  # of parallel arcs, the quickest
    tail, head, minutes = ends[:half][order], ends[half:][order], arcs.minutes[order]
    first = np.ones(half, dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    graph = csr_array((minutes[first], (tail[first], head[first])), shape=(size, size))
    return graph, vertex[vertex < len(network.lon)]


def _without_turns(arcs: _Arcs, network: RoadNetwork) -> _Arcs:
    """The arcs with a copy of each vertex for each way that may not turn as it likes there."""
    if not len(network.bans):
        return arcs
    order = np.argsort(arcs.tail, kind="stable")
    bound = np.searchsorted(arcs.tail[order], network.bans[:, 1], side="left")
    bound_end = np.searchsorted(arcs.tail[order], network.bans[:, 1], side="right")
    into = np.argsort(arcs.head, kind="stable")
    low = np.searchsorted(arcs.head[into], network.bans[:, 1], side="left")
    high = np.searchsorted(arcs.head[into], network.bans[:, 1], side="right")
    head = arcs.head.copy()
    tails, heads, minutes, ways = [arcs.tail], [], [arcs.minutes], [arcs.way]
    copy = len(network.lon)
    pairs, group = np.unique(network.bans[:, :2], axis=0, return_inverse=True)
    for number, (source, _) in enumerate(pairs):
        rows = np.flatnonzero(group.ravel() == number)
        one = rows[0]
        arriving = into[low[one] : high[one]]
        arriving = arriving[arcs.way[arriving] == source]
        leaving = order[bound[one] : bound_end[one]]
        leaving = leaving[~np.isin(arcs.way[leaving], network.bans[rows, 2])]
        if not len(arriving):
            continue
        head[arriving] = copy
        tails.append(np.full(len(leaving), copy))
        heads.append(leaving)
        minutes.append(arcs.minutes[leaving])
        ways.append(arcs.way[leaving])
        copy += 1
    followed = np.concatenate([np.arange(len(head)), *heads])
    return _Arcs(
        np.concatenate(tails), head[followed], np.concatenate(minutes), np.concatenate(ways)
    )
