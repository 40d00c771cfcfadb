"""Scenario files: TOML that can be kept and discussed, refused whole with every fault."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demomed.core.catalogue import entry
from demomed.core.faults import Report, closest, closest_communes
from demomed.core.scenario import DAYS_A_WEEK, KINDS, Change, Scenario

_COMMON = frozenset({"kind", "commune", "service", "count", "why"})
_OWN: Mapping[str, frozenset[str]] = {
    "add_practitioner": frozenset({"etp", "age"}),
    "remove_practitioner": frozenset({"etp", "age"}),
    "assistant": frozenset({"etp_gain"}),
    "telehealth": frozenset({"etp", "reach_min"}),
    "closed_day": frozenset({"days"}),
}
_REQUIRED: Mapping[str, str] = {"assistant": "etp_gain", "telehealth": "etp"}
_RANGES: Mapping[str, tuple[float, float]] = {
    "etp": (0, 1.5),
    "etp_gain": (0, 1),
    "age": (20, 100),
    "reach_min": (1, 120),
    "days": (0, DAYS_A_WEEK),
}


def read_scenario(scenario: str | Path, *, communes: Mapping[str, str] | None = None) -> Scenario:
    """A scenario of the catalogue by its name, or the mission's own file.

    Parameters
    ----------
    scenario
        Name in the catalogue (``"exemple"``), or path of a TOML file.
    communes
        Name of every commune that exists, by code, so that an unknown one is told with the other
        faults.

    Raises
    ------
    InputError
        Unreadable file, unknown key or kind, a number out of range: every fault at once.

    Examples
    --------
    >>> len(read_scenario("exemple").changes)
    4
    """
    if not isinstance(scenario, Path):
        declared = entry("scenarios", scenario)
        return parse_scenario(scenario, declared, file=f"{scenario}.toml", communes=communes)
    report = Report(scenario.name)
    raw: dict[str, Any] = {}
    try:
        raw = tomllib.loads(scenario.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        report.fault("fichier introuvable", "un scénario", "vérifier le chemin")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        report.fault(
            f"fichier illisible ({error})",
            "un fichier TOML en UTF-8",
            "partir du scénario « exemple » du catalogue",
        )
    report.raise_if_faulty()
    return parse_scenario(scenario.stem, raw, file=scenario.name, communes=communes)


def parse_scenario(
    id_: str,
    raw: Mapping[str, Any],
    *,
    file: str = "scénario",
    communes: Mapping[str, str] | None = None,
) -> Scenario:
    """Make a scenario of a declaration, or refuse it with every fault found.

    Parameters
    ----------
    id_
        Identifier of the scenario.
    raw
        Declaration as read from TOML.
    file
        File name told in the faults.
    communes
        As in :func:`read_scenario`.

    Examples
    --------
    >>> raw = {"title": "Essai", "changes": [{"kind": "closed_day", "commune": "53147", "days": 1}]}
    >>> parse_scenario("essai", raw).changes[0].care
    -0.2
    """
    report = Report(file)
    known = {"title", "question", "changes"}
    for key in sorted(set(raw) - known):
        report.fault(f"clé « {key} » inconnue", "une clé du modèle", closest(key, known))
    if not str(raw.get("title", "")).strip():
        report.fault("« title » absent", "un titre en français", 'écrire title = "…"')
    items = raw.get("changes", ())
    if not isinstance(items, list) or not items:
        report.fault("aucun changement", "au moins une table [[changes]]", "en ajouter une")
        items = []
    changes = [_change(report, item, number) for number, item in enumerate(items, start=1)]
    if communes is not None:
        _check_communes(report, items, communes)
    report.raise_if_faulty()
    return Scenario(
        id=id_,
        title=str(raw["title"]).strip(),
        question=str(raw.get("question", "")).strip(),
        changes=tuple(change for change in changes if change is not None),
    )


def _check_communes(report: Report, items: list[Any], communes: Mapping[str, str]) -> None:
    for number, item in enumerate(items, start=1):
        code = item.get("commune") if isinstance(item, Mapping) else None
        if isinstance(code, str) and len(code) == 5 and code not in communes:
            report.fault(
                f"changement {number} : commune « {code} » inconnue",
                "le code d'une commune d'aujourd'hui",
                closest_communes(code, communes) or "vérifier le code officiel",
            )


def _change(report: Report, item: Any, number: int) -> Change | None:
    place = f"changement {number}"
    kind = str(item.get("kind", "")) if isinstance(item, Mapping) else ""
    if kind not in KINDS:
        report.fault(f"{place} : kind = « {kind} »", "un changement connu", closest(kind, KINDS))
        return None
    known = _COMMON | _OWN.get(kind, frozenset())
    for key in sorted(set(item) - known):
        report.fault(f"{place} : clé « {key} »", f"une clé de « {kind} »", closest(key, known))
    commune = item.get("commune")
    if not isinstance(commune, str) or len(commune) != 5:
        report.fault(
            f"{place} : commune = {commune!r}",
            "un code commune de 5 caractères entre guillemets",
            'écrire par exemple commune = "01004"',
        )
    count = item.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        report.fault(
            f"{place} : count = {count!r}", "un nombre entier d'au moins 1", "écrire par exemple 1"
        )
    needed = _REQUIRED.get(kind)
    if needed and needed not in item:
        report.fault(
            f"{place} : « {needed} » absent", "une hypothèse écrite", f"écrire {needed} = …"
        )
    for key in sorted(set(item) & set(_RANGES) & known):
        _check_range(report, f"{place} : {key}", item[key], *_RANGES[key])
    if report.faults:
        return None
    share = float(item.get("days", 1)) / DAYS_A_WEEK if kind == "closed_day" else None
    return Change(
        kind=kind,
        commune_code=commune,
        service=str(item.get("service", "gp")),
        count=count,
        etp=float(item.get("etp", item.get("etp_gain", 1.0))) if share is None else share,
        age=item.get("age"),
        reach_min=item.get("reach_min"),
        why=str(item.get("why", "")),
    )


def _check_range(report: Report, what: str, value: Any, low: float, high: float) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        expected = f"un nombre entre {low:g} et {high:g}".replace(".", ",")
        report.fault(
            f"{what} = {value!r}",
            expected,
            f"écrire un nombre avec un point, sans guillemets, par exemple {(low + high) / 2:g}",
        )
