"""Zones beyond the intercommunality, built from lists of communes: CLS, CPTS, GHT, bassins de vie, cantons."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date as Date
from pathlib import Path
from typing import Any

import pandas as pd

from demomed.core import catalogue
from demomed.core.faults import Fault, InputError, Report, closest
from demomed.core.zoning import Zoning
from demomed.ingestion.cells import fold
from demomed.ingestion.forms import read_form, write_form
from demomed.ingestion.gazetteer import Gazetteer, gazetteer
from demomed.ingestion.placing import locate
from demomed.ingestion.tabular import HandTable, read_bytes

ZONES = (
    "zone_name", "rank", "start_date", "end_date", "axes", "partners", "announced_text",
    "announced_communes_count", "announced_population",
)  # fmt: skip
_DATES = ("start_date", "end_date")
_TOML_KEYS = (
    "zone_code", "zone_name", "departement_code", "rank", *_DATES, "epci", "communes", "axes",
    "partners", "announced",
)  # fmt: skip


def zoning_kinds() -> pd.DataFrame:
    """Kinds of zones: index ``kind``; ``label, plural, short`` (French) and ``is_official``.

    Examples
    --------
    >>> zoning_kinds().loc["cls", "label"]
    'contrat local de santé'
    """
    raw = catalogue.entries("zonings")
    rows = [(k, e["label"], e["plural"], e["short"], "official" in e) for k, e in raw.items()]
    columns = ["kind", "label", "plural", "short", "is_official"]
    return pd.DataFrame.from_records(rows, columns=columns, index="kind")


def catalogue_zoning(
    kind: str,
    communes: pd.DataFrame,
    *,
    departement: str | None = None,
    at: Date | None = None,
) -> Zoning:
    """Zones of a kind that the catalogue declares.

    Parameters
    ----------
    kind
        See :func:`zoning_kinds`.
    communes
        Index ``commune_code``; ``epci_siren``.
    departement
        Keep the zones of one department.
    at
        Keep the zones in force at a date; all of them by default.
    """
    declared = [
        zone
        for zone in catalogue.entry("zonings", kind).get("zones", ())
        if departement in (None, zone["departement_code"])
    ]
    report = Report(f"catalogue « {kind} »")
    return _built(kind, _in_force(declared, at, report), communes, None, report)


def read_zoning(
    path: Path | str,
    kind: str,
    *,
    codes: pd.DataFrame,
    communes: pd.DataFrame,
    places: pd.DataFrame | None = None,
    at: Date | None = None,
) -> tuple[Zoning, tuple[str, ...]]:
    """Zones of a mission's own list.

    Parameters
    ----------
    path
        A TOML with one ``[[zones]]`` per zone (``zone_name``, then ``communes``: codes or names,
        or ``epci``: SIREN numbers), or a CSV, XLSX or ODS with one row per commune.
    kind
        See :func:`zoning_kinds`.
    codes, communes, places
        Tables of the reference bundle; ``communes`` with ``commune_code`` as column or index.
    at
        Keep the zones of a TOML in force at a date (``start_date``, ``end_date``, both included):
        successive contracts of the same communes are read one generation at a time.

    Returns
    -------
    tuple
        The zoning, codes brought to the communes in force, and notices.

    Raises
    ------
    InputError
        With every commune that does not exist, lies in two zones, or is not understood.
    """
    catalogue.entry("zonings", kind)
    path = Path(path)
    frame = (
        communes if communes.index.name == "commune_code" else communes.set_index("commune_code")
    )
    known = gazetteer(codes, communes=communes, places=places)
    if path.suffix.lower() == ".toml":
        report = Report(path.name)
        declared = _in_force(_declared(path, report), at, report)
        zoning = _built(kind, declared, frame, known, report)
        return zoning, tuple(report.notices)
    form = read_form(path, "zoning", known=known)
    table = form.table
    code = table["zone_code"].where(table["zone_code"].notna(), table["zone_name"].map(_slug))
    members = pd.Series(code.to_numpy(), index=table["commune"].rename("commune_code"))
    _refuse_two_zones(members, form.report)
    names = pd.Series(table["zone_name"].to_numpy(), index=code.to_numpy())
    for zone, spelled in names.groupby(level=0).unique().items():
        if len(spelled) > 1:
            form.report.fault(
                f"« {zone} » porte deux noms (« {spelled[0]} », « {spelled[1]} »)",
                "un nom par zone", "n'en garder qu'un",
            )  # fmt: skip
    form.report.raise_if_faulty()
    zones = pd.DataFrame({"zone_name": names.groupby(level=0).first()})
    return _zoning(kind, zones, members), tuple(form.report.notices)


def read_membership(path: Path | str, kind: str, *, codes: pd.DataFrame) -> Zoning:
    """Zones of the whole country from Insee's table of membership (CSV, compressed or not).

    Parameters
    ----------
    path
        Table with one row per commune; its columns are those the catalogue declares.
    kind
        A kind that is official there: ``bassin_de_vie``, ``canton``.
    codes
        Every commune code ever used and the code in force.

    Raises
    ------
    InputError
        If the columns are absent, or if a merged commune would lie in two zones.
    """
    path = Path(path)
    report = Report(path.name)
    official = catalogue.entry("zonings", kind).get("official")
    if official is None:
        known = zoning_kinds().query("is_official").index
        raise InputError(
            Fault(
                path.name,
                f"« {kind} » n'y figure pas",
                "un zonage de l'Insee",
                closest(kind, known),
            )
        )
    raw = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    wanted = {"commune_code": ["DEPCOM", "CODGEO"], **official}
    found = {ours: next((n for n in names if n in raw), None) for ours, names in wanted.items()}
    for ours in ("commune_code", "zone_code"):
        if found[ours] is None:
            report.fault(
                f"colonne « {wanted[ours][0]} » absente", "cette colonne",
                "prendre la table d'appartenance géographique de l'Insee",
            )  # fmt: skip
    report.raise_if_faulty()
    current = codes.drop_duplicates("old_code").set_index("old_code")["commune_code"]
    code = raw[found["commune_code"]].map(current.astype(object))
    members = pd.Series(raw[found["zone_code"]].to_numpy(), index=code.rename("commune_code"))
    members = members[members.index.notna()]
    _refuse_two_zones(members, report)
    report.raise_if_faulty()
    names = raw[found["zone_name"] or found["zone_code"]].groupby(raw[found["zone_code"]]).first()
    return _zoning(kind, pd.DataFrame({"zone_name": names}), members)


def write_zoning_template(path: Path | str) -> Path:
    """Write the model of a list of communes by zone (CSV), with fictional zones."""
    return write_form(path, "zoning")


def _slug(name: str) -> str:
    return fold(str(name)).replace(" ", "-")


def _declared(path: Path, report: Report) -> list[dict[str, Any]]:
    try:
        raw = tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        report.fault(
            f"ce n'est pas du TOML ({type(error).__name__})", "un bloc [[zones]] par zone",
            "enregistrer en UTF-8 et vérifier guillemets et crochets",
        )  # fmt: skip
        report.raise_if_faulty()
    declared = raw.get("zones", [])
    if not isinstance(declared, list) or not declared or not isinstance(declared[0], dict):
        report.fault("aucune zone", "un bloc [[zones]] par zone", "voir la documentation")
        report.raise_if_faulty()
    for rank, zone in enumerate(declared, start=1):
        for key in sorted(set(zone) - set(_TOML_KEYS)):
            report.fault(
                f"« {key} » dans la zone {rank}", "une clé connue", closest(key, _TOML_KEYS)
            )
        if not isinstance(zone.get("zone_name"), str) or not (
            zone.get("communes") or zone.get("epci")
        ):
            report.fault(
                f"zone {rank} sans nom ou sans communes", "zone_name, et communes ou epci",
                "compléter le bloc",
            )  # fmt: skip
    report.raise_if_faulty()
    return declared


def _in_force(
    declared: Sequence[Mapping[str, Any]], at: Date | None, report: Report
) -> list[dict[str, Any]]:
    """Zones with their dates read, those in force at a date only."""
    kept = []
    for zone in declared:
        dates = {}
        for name in _DATES:
            try:
                written = zone.get(name)
                dates[name] = None if written is None else Date.fromisoformat(str(written))
            except ValueError:
                report.fault(
                    f"{name} « {zone[name]} » de la zone « {zone['zone_name']} »",
                    "une date AAAA-MM-JJ", "la réécrire",
                )  # fmt: skip
        start, end = (dates.get(name) for name in _DATES)
        if at is None or ((start is None or start <= at) and (end is None or at <= end)):
            kept.append({**zone, **dates})
    report.raise_if_faulty()
    return kept


def _built(
    kind: str,
    declared: Sequence[Mapping[str, Any]],
    communes: pd.DataFrame,
    known: Gazetteer | None,
    report: Report,
) -> Zoning:
    parts, rows = [], {}
    for zone in declared:
        code = zone.get("zone_code") or _slug(zone["zone_name"])
        found = _of_epci(zone, communes, report)
        if zone.get("communes") and known is not None:
            found += _of_list(zone, known, report)
        listed = pd.Index(dict.fromkeys(found), name="commune_code", dtype=object)
        parts.append(pd.Series(code, index=listed, dtype=object))
        announced = zone.get("announced", {})
        rows[code] = {
            "zone_name": zone["zone_name"],
            "rank": zone.get("rank"),
            **{name: zone.get(name) for name in _DATES},
            "axes": "|".join(zone.get("axes", ())),
            "partners": "|".join(zone.get("partners", ())),
            "announced_text": announced.get("text", ""),
            "announced_communes_count": announced.get("communes_count"),
            "announced_population": announced.get("population"),
        }
    members = pd.concat(parts) if parts else pd.Series(dtype=object)
    _refuse_two_zones(members, report)
    report.raise_if_faulty()
    return _zoning(kind, pd.DataFrame.from_dict(rows, orient="index"), members)


def _of_epci(zone: Mapping[str, Any], communes: pd.DataFrame, report: Report) -> list[str]:
    found: list[str] = []
    for siren in zone.get("epci", ()):
        codes = communes.index[communes["epci_siren"] == str(siren)]
        if codes.empty:
            report.fault(
                f"EPCI « {siren} » inconnu dans la zone « {zone['zone_name']} »",
                "un numéro SIREN du lot de données",
                closest(str(siren), communes["epci_siren"].dropna().unique()),
            )
        found += [str(code) for code in codes]
    return found


def _of_list(zone: Mapping[str, Any], known: Gazetteer, report: Report) -> list[str]:
    cells = pd.Series([str(text) for text in zone["communes"]], dtype=object)
    is_code = cells.str.fullmatch(r"[0-9][0-9AB]?[0-9]{3}")
    frame = pd.DataFrame(
        {"commune_code": cells.where(is_code, ""), "commune_name": cells.where(~is_code, "")}
    )
    own = Report(report.file)
    names = dict.fromkeys(frame, zone["zone_name"])
    found = locate(HandTable(frame, names, ()), known, own, what="communes")
    report.faults += [replace(fault, row=None) for fault in own.faults]
    report.notices += own.notices
    return [str(code) for code in found.dropna()]


def _refuse_two_zones(members: pd.Series, report: Report) -> None:
    pairs = members.rename("zone").rename_axis("commune_code").reset_index().drop_duplicates()
    for code, zones in pairs.groupby("commune_code")["zone"]:
        if len(zones) > 1:
            report.fault(
                f"commune {code} dans {len(zones)} zones ({', '.join(sorted(map(str, zones)))})",
                "une zone par commune",
                "l'ôter des autres, ou lire chaque génération de contrats à part",
            )


def _zoning(kind: str, zones: pd.DataFrame, members: pd.Series) -> Zoning:
    zones = zones.reindex(columns=list(ZONES)).rename_axis("zone_code").sort_index()
    counts = ["rank", "announced_communes_count", "announced_population"]
    texts = ["axes", "partners", "announced_text"]
    zones = zones.astype(dict.fromkeys(counts, "Int64"))
    zones = zones.astype(dict.fromkeys(_DATES, "datetime64[ns]"))
    zones[texts] = zones[texts].astype(object).where(zones[texts].notna(), "")
    single = members[~members.index.duplicated()].rename("zone_code").rename_axis("commune_code")
    return Zoning(kind, zones, single.astype(object).sort_index())
