"""Road network of an OpenStreetMap extract: what can be driven, how fast, and which turns are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from demomed.core.catalogue import entry
from demomed.core.faults import Fault, InputError
from demomed.core.network import RoadNetwork

ONE_WAY: Mapping[str, int] = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}
"""Values of ``oneway`` that close a direction."""
Told = tuple[float, float, float, float, bool]
"""Speeds each way (km/h), minutes from end to end if known, minutes to wait, may a trip start."""
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mph)?")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+)")
_ISO = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def read_network(path: Path) -> RoadNetwork:
    """Roads and ferries of an extract, open to cars.

    Speed is that of the kind of road, no more than a share of the limit where one is given;
    directions, roundabouts, closures to cars, traffic lights, ferries with their duration and
    turn restrictions are read. Conventions are in ``catalogue/layouts/roads.toml``.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or ``.osm.bz2``.

    Raises
    ------
    InputError
        If the optional reader is not installed, the file is no extract, or holds no road.
    """
    osmium = _reader()
    rules = entry("layouts", "roads")
    if not path.is_file():
        raise _refused(path, "fichier introuvable", "vérifier le chemin")
    ways, waits, bans = _Ways(rules), set(), []
    try:
        for thing in _objects(osmium, path, rules):
            if thing.is_node():
                waits.add(thing.id)
            elif thing.is_way():
                ways.add(thing)
            else:
                bans += _bans(thing)
    except RuntimeError as error:
        raise _refused(
            path, "ce n'est pas un extrait OpenStreetMap lisible", "le télécharger à nouveau"
        ) from error
    if not ways.ids:
        raise _refused(path, "aucune route ouverte aux voitures", "choisir un autre extrait")
    return ways.network(waits, bans)


def _reader() -> ModuleType:
    try:
        import osmium
    except ImportError:
        raise InputError(
            Fault(
                "calcul par la route",
                "le lecteur d'extraits OpenStreetMap n'est pas installé",
                "l'option « road » du paquet",
                "installer avec « pip install demomed[road] », ou se passer de --osm : les temps "
                "seront estimés à vol d'oiseau",
            )
        ) from None
    return osmium  # type: ignore[no-any-return]


def _refused(path: Path, found: str, remedy: str) -> InputError:
    return InputError(Fault(path.name, found, "un extrait OpenStreetMap (.osm.pbf)", remedy))


def _objects(osmium: ModuleType, path: Path, rules: Mapping[str, Any]) -> Iterator[Any]:
    wanted = [("highway", kind) for kind in rules["kmh"]]
    wanted += [("highway", "traffic_signals"), ("route", "ferry"), ("type", "restriction")]
    return iter(
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_filter(osmium.filter.TagFilter(*wanted))
    )


class _Ways:
    """Ways gathered one by one, then turned into arrays at once."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self.rules = rules
        self.ids: list[int] = []
        self.refs: list[int] = []
        self.x: list[int] = []
        self.y: list[int] = []
        self.sizes: list[int] = []
        self.speeds: list[Told] = []

    def add(self, way: Any) -> None:
        """Keep a way if a car may use it and its vertices are in the extract."""
        tags = dict(way.tags)
        told = _ferry(tags, self.rules) if tags.get("route") == "ferry" else _road(tags, self.rules)
        if told is None:
            return
        nodes = [(n.ref, n.x, n.y) for n in way.nodes if n.location.valid()]
        if len(nodes) < 2:
            return
        refs, x, y = zip(*nodes, strict=True)
        self.refs += refs
        self.x += x
        self.y += y
        self.sizes.append(len(nodes))
        self.ids.append(way.id)
        self.speeds.append(told)

    def network(self, waits: set[int], bans: list[tuple[str, int, int, int]]) -> RoadNetwork:
        """The network, with turns given by position."""
        refs = np.array(self.refs, dtype=np.int64)
        known, first, node = np.unique(refs, return_index=True, return_inverse=True)
        forward, backward, fixed, extra, can_start = (
            np.array(c) for c in zip(*self.speeds, strict=True)
        )
        signal = self.rules["signal_seconds"] / 60
        return RoadNetwork(
            lon=np.array(self.x)[first] / 1e7,
            lat=np.array(self.y)[first] / 1e7,
            wait_minutes=np.isin(known, np.fromiter(waits, dtype=np.int64)) * signal,
            node=node.astype(np.int64),
            start=np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64),
            forward_kmh=forward.astype(float),
            backward_kmh=backward.astype(float),
            fixed_minutes=fixed.astype(float),
            extra_minutes=extra.astype(float),
            can_start=can_start.astype(bool),
            bans=self._turns(known, node, bans),
            access_kmh=self.rules["access_kmh"],
            access_km=self.rules["access_km"],
        )

    def _turns(
        self, known: np.ndarray, node: np.ndarray, bans: list[tuple[str, int, int, int]]
    ) -> np.ndarray:
        """Forbidden turns by position; « only » rules forbid all other ways of the vertex."""
        at = {id_: i for i, id_ in enumerate(self.ids)}
        vertex = {int(ref): i for i, ref in enumerate(known)} if bans else {}
        way_of = np.repeat(np.arange(len(self.sizes)), self.sizes)
        order = np.argsort(node, kind="stable")
        bound = np.searchsorted(node[order], np.arange(len(known) + 1))
        found = []
        for kind, source, via, target in bans:
            if source not in at or target not in at or via not in vertex:
                continue
            here = vertex[via]
            there = np.unique(way_of[order[bound[here] : bound[here + 1]]])
            if at[source] not in there or at[target] not in there:
                continue
            if kind.startswith("only"):
                others = [w for w in there if w not in (at[target], at[source])]
                found += [(at[source], here, int(w)) for w in others]
            elif at[source] != at[target]:
                found.append((at[source], here, at[target]))
        return np.array(sorted(set(found)), dtype=np.int64).reshape(-1, 3)


def _road(tags: Mapping[str, str], rules: Mapping[str, Any]) -> Told | None:
    kind = tags.get("highway", "")
    if kind not in rules["kmh"] or not _is_open(tags, rules["closed"]) or tags.get("area") == "yes":
        return None
    limits = [
        _limit(tags.get(key, tags.get("maxspeed", "")), rules)
        for key in ("maxspeed:forward", "maxspeed:backward")
    ]
    usual = float(rules["kmh"][kind])
    both = [
        usual if limit is None else min(usual, limit * rules["limit_share"]) for limit in limits
    ]
    implied = tags.get("junction") in ("roundabout", "circular") or kind == "motorway"
    side = ONE_WAY.get(tags.get("oneway", ""), int(implied and tags.get("oneway") != "no"))
    forward, backward = both[0] * (side >= 0), both[1] * (side <= 0)
    return forward, backward, float("nan"), 0.0, kind not in rules["through"]


def _ferry(tags: Mapping[str, str], rules: Mapping[str, Any]) -> Told | None:
    """A ferry counts when it is told to carry cars; it may be as long as its duration says."""
    carries = [tags.get(key) for key in ("motorcar", "motor_vehicle", "vehicle")]
    if not any(value in rules["closed"]["open"] for value in carries):
        return None
    minutes = _duration(tags.get("duration", ""))
    wait = float(rules["ferry_wait_minutes"])
    speed = float(rules["ferry_kmh"])
    return speed, speed, float("nan") if minutes is None else minutes, wait, False


def _is_open(tags: Mapping[str, str], closed: Mapping[str, Any]) -> bool:
    """The most precise key decides."""
    told = next((tags[key] for key in closed["keys"] if key in tags), "yes")
    return told not in closed["values"]


def _limit(text: str, rules: Mapping[str, Any]) -> float | None:
    """Speed limit in km/h, or nothing where it cannot be read."""
    if text in rules["limits"]:
        return float(rules["limits"][text])
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        return None
    value = float(found[1].replace(",", ".")) * (rules["mph"] if found[2] else 1.0)
    return value if value > 0 else None


def _duration(text: str) -> float | None:
    """Minutes of « 00:20 », « 1:05:00 », « PT20M » or « 20 »; nothing where it cannot be read."""
    if text.isdigit():
        return float(text)
    clock, iso = _CLOCK.fullmatch(text), _ISO.fullmatch(text)
    if clock:
        whole = [int(part or 0) for part in clock.groups()]
        first = text.count(":") == 2
        return whole[0] * 60 + whole[1] + whole[2] / 60 if first else whole[1] * 60.0 + whole[2]
    if iso and any(iso.groups()):
        hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return hours * 60 + minutes + seconds / 60
    return None


def _bans(relation: Any) -> list[tuple[str, int, int, int]]:
    """Kind, way, vertex, way of a turn restriction that holds for cars all day."""
    tags = dict(relation.tags)
    kind = str(tags.get("restriction:motorcar", tags.get("restriction", "")))
    exempt = tags.get("except", "").split(";")
    if not kind.startswith(("no_", "only_")) or "motorcar" in exempt:
        return []
    members: dict[str, list[tuple[str, int]]] = {}
    for member in relation.members:
        members.setdefault(member.role, []).append((member.type, member.ref))
    via = members.get("via", [])
    if len(via) != 1 or via[0][0] != "n":
        return []
    return [
        (kind, source, via[0][1], target)
        for kind_from, source in members.get("from", [])
        for kind_to, target in members.get("to", [])
        if kind_from == kind_to == "w"
    ]
