"""Intercommunalities: their names short enough for a map, their size, their departments."""

from __future__ import annotations

import re

import pandas as pd

_KIND = re.compile(r"^(?:CC|CA|CU|ME)\s+")
_ARTICLE = re.compile(r"^(du|des|de la|de l['’]|de|d['’])\s*(?=\S)")
_PAYS = re.compile(r"^Pays (du|des|de la|de l['’]|de|d['’])\s*(?=[A-ZÀ-ÝŒ])")
_PLAIN_ARTICLE = {"du": "Le ", "des": "Les ", "de la": "La ", "de l'": "L'", "de l’": "L’"}
_SECOND = re.compile(r" et (?:du|des|de la) ")
_COMPLEMENT = re.compile(r"\b(?:du|des|de la|de|d['’]|de l['’])\b|['’]")
_SUFFIX = re.compile(r" Interco$| \([^)]*\)$")


def shortenings(name: str) -> list[str]:
    """Shorter and shorter forms of an EPCI's name, the full name first.

    Examples
    --------
    >>> shortenings("CC du Pays de Château-Gontier")[-1]
    'Château-Gontier'
    >>> shortenings("CC du Mont des Avaloirs")[-1], shortenings("CA Laval Agglomération")[-1]
    ('Mont des Avaloirs', 'Laval Agglomération')
    >>> shortenings("CC des Coëvrons")[-1], shortenings("CC du Pays du Neubourg")[-1]
    ('Les Coëvrons', 'Le Neubourg')
    >>> shortenings("CC du Romorantinais et du Monestois")[-1]
    'Romorantinais et Monestois'
    >>> shortenings("CC des Vallées d'Auge et du Merlerault")[-1]
    "Vallées d'Auge et du Merlerault"
    """
    bare = _KIND.sub("", name)
    label = re.sub(r"\s*«\s*([^»]+?)\s*»", r" \1", bare)
    label = _SUFFIX.sub("", re.sub(r"\s+-\s+", " – ", label))
    label, article = _without(_ARTICLE, label)
    town, inner = _without(_PAYS, label)
    forms = [name, _tidy(label, article)]
    if inner:
        forms.append(_tidy(town, inner))
    return forms


def _tidy(text: str, removed: str) -> str:
    """Label whose first article was removed: the second one follows, a single word keeps it."""
    if removed and not _COMPLEMENT.search(text.split(" et ")[0]):
        text = _SECOND.sub(" et ", text)
    if not re.search(r"[\s–]", text):
        text = _PLAIN_ARTICLE.get(removed, "") + text
    return text[:1].upper() + text[1:]


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Text without what the pattern finds at its head, and the article found."""
    found = pattern.match(text)
    return (text[found.end() :], found.group(1)) if found else (text, "")


def short_names(epci: pd.DataFrame) -> pd.Series:
    """Short name of each EPCI, never shared by two EPCI of one department.

    Parameters
    ----------
    epci
        ``epci_name`` and ``departement_codes`` (separated by a vertical bar).

    Returns
    -------
    Series
        Same index; where two would be the same, both take their next longer form.
    """
    forms = {key: shortenings(name) for key, name in epci["epci_name"].items()}
    level = dict.fromkeys(forms, -1)
    departements = epci["departement_codes"].str.split("|")
    while True:
        seen: dict[tuple[str, str], list] = {}
        for key in forms:
            for departement in departements[key]:
                seen.setdefault((departement, forms[key][level[key]]), []).append(key)
        clashes = {key for keys in seen.values() if len(keys) > 1 for key in keys}
        movable = {key for key in clashes if -level[key] < len(forms[key])}
        if not movable:
            break
        for key in movable:
            level[key] -= 1
    names = {key: forms[key][level[key]] for key in forms}
    return pd.Series(names, dtype="str").reindex(epci.index).rename("epci_short_name")


def epci_table(
    membership: pd.DataFrame,
    communes: pd.DataFrame,
    population: pd.Series,
    median_income: pd.Series,
    *,
    present: pd.Index,
    core: list[str],
) -> pd.DataFrame:
    """One row per EPCI that has a commune among those present, described with all its communes.

    Parameters
    ----------
    membership
        ``epci_siren, epci_name, epci_kind``, index ``commune_code``, the whole country.
    communes
        ``departement_code``, index ``commune_code``, the whole country.
    population
        Inhabitants by commune.
    median_income
        By EPCI.
    present
        Communes of the bundle.
    core
        Departments of the bundle: an EPCI with a commune there is ``is_core``.
    """
    sirens = membership["epci_siren"].reindex(present).dropna().unique()
    members = membership[membership["epci_siren"].isin(sirens)].join(communes["departement_code"])
    members = members.assign(
        population=population.reindex(members.index).fillna(0),
        is_core=members["departement_code"].isin(core),
    )
    groups = members.groupby("epci_siren", sort=True)
    table = groups[["epci_name", "epci_kind"]].first()
    table["departement_codes"] = groups["departement_code"].agg(lambda d: "|".join(sorted(set(d))))
    table["epci_short_name"] = short_names(table)
    table["median_income"] = median_income.reindex(table.index)
    table["communes_count"] = groups.size().astype("int64")
    table["population"] = groups["population"].sum().astype("int64")
    table["is_core"] = groups["is_core"].any()
    columns = [
        "epci_siren",
        "epci_name",
        "epci_short_name",
        "epci_kind",
        "departement_codes",
        "median_income",
        "communes_count",
        "population",
        "is_core",
    ]
    return table.reset_index()[columns]
