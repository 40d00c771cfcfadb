"""Versions of the computation « de type APL », as the catalogue declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demomed.analysis.decay import Decay, Exponential, Gaussian, InversePower, Logistic, Steps
from demomed.analysis.need import NeedLine
from demomed.core.catalogue import entries, entry
from demomed.core.faults import Fault, InputError, closest

CATALOGUE = "apl"
_DECAYS: Mapping[str, type] = {
    "gaussian": Gaussian,
    "exponential": Exponential,
    "inverse_power": InversePower,
    "logistic": Logistic,
}


@dataclass(frozen=True)
class AplVersion:
    """Parameters of one version of the computation, as declared in ``catalogue/apl/*.toml``.

    Parameters
    ----------
    id, title, unit, caveat
        Identifier and French texts.
    decay
        Weight of time.
    per
        Standardised inhabitants the value is expressed for.
    consultations_per_practitioner
        Yearly activity of one practitioner of the official counts, in the unit of the version; 0
        to count practitioners.
    other_consultations
        Another published value of that activity, at which results are told besides; 0 when none.
    department_totals
        By profession, label of the health insurance's table whose number of persons the counts
        of a department are brought to; none when empty.
    need
        How the need of a profession is told where its standardised population is not published.
    professions
        Professions the version is meant for.
    fitted_on
        Departments whose published accessibility the decay was fitted on; none when it comes
        from elsewhere.
    """

    id: str
    title: str
    unit: str
    caveat: str
    decay: Decay
    per: float
    consultations_per_practitioner: float
    other_consultations: float
    department_totals: Mapping[str, str]
    need: NeedLine | None
    professions: tuple[str, ...]
    fitted_on: tuple[str, ...] = ()


def make_decay(declared: Mapping[str, Any]) -> Decay:
    """A decay from its declaration: ``kind``, then the parameters of that kind.

    Examples
    --------
    >>> make_decay({"kind": "steps", "bands": [[10, 1.0], [20, 0.5]]}).limit
    20.0
    """
    kind = str(declared["kind"])
    if kind == "steps":
        return Steps({float(bound): float(weight) for bound, weight in declared["bands"]})
    if kind not in _DECAYS:
        raise InputError(
            Fault(
                "décroissance", f"« {kind} »", "un genre connu", closest(kind, [*_DECAYS, "steps"])
            )
        )
    made: Decay = _DECAYS[kind](**{k: float(v) for k, v in declared.items() if k != "kind"})
    return made


def apl_version(id_: str) -> AplVersion:
    """One version of the catalogue; a misspelt name is refused with the closest known one.

    Examples
    --------
    >>> apl_version("2012").decay.limit
    15.0
    """
    raw = entry(CATALOGUE, id_)
    return AplVersion(
        id=id_,
        title=raw["title"],
        unit=raw["unit"],
        caveat=raw["caveat"],
        decay=make_decay(raw["decay"]),
        per=float(raw["per"]),
        consultations_per_practitioner=float(raw["consultations_per_practitioner"]),
        other_consultations=float(raw.get("other_consultations", 0)),
        department_totals=raw.get("department_totals", {}),
        need=NeedLine(**raw["need"]) if "need" in raw else None,
        professions=tuple(raw["professions"]),
        fitted_on=tuple(raw.get("fitted_on", ())),
    )


def default_version(profession: str) -> str:
    """Name of the version used by default for a profession.

    Examples
    --------
    >>> default_version("gp")
    'calibree'
    """
    meant = {
        p: id_
        for id_, raw in entries(CATALOGUE).items()
        if raw["is_default"]
        for p in raw["professions"]
    }
    if profession not in meant:
        raise InputError(
            Fault(
                "accessibilité de type APL",
                f"« {profession} »",
                "une profession prévue",
                closest(profession, meant),
            )
        )
    return meant[profession]
