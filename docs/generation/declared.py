"""French pages for analysts, written by the declarations: indicators, rankings, sources, commands."""

from collections.abc import Iterable, Mapping
from typing import Any

import typer

import demomed
from demomed.cli import app
from demomed.core import catalogue
from demomed.core.indicator import NATURE_LABELS, Indicator, indicators
from demomed.core.source import Source
from demomed.ingestion.bundle import default_bundle_path, read_bundle

THEMES = {
    "offre": "Offre",
    "age": "Âge et départs",
    "acces": "Accès",
    "besoins": "Besoins",
    "priorites": "Priorités",
}
KINDS = {
    "count": "un effectif : additionné des communes au territoire ; zéro est un vrai zéro",
    "ratio": "un rapport : recalculé à chaque niveau depuis ses parties, jamais moyenne de rapports",
    "time": "une distance ou un temps : moyenne pondérée par la population",
    "score": "une note : recalculée à chaque niveau",
    "category": "une catégorie : jamais additionnée ni moyennée",
}
LEVELS = {"commune": "commune", "epci": "intercommunalité", "departement": "département"}
STATES = {"current": "en usage", "kept": "gardé pour comparaison", "withdrawn": "retiré"}
DIRECTIONS = {"low": "bas", "high": "élevé"}


def pages() -> dict[str, str]:
    """Markdown of every page, by path in the documentation."""
    demomed.compute  # noqa: B018  registers the indicators
    return {
        "analystes/commandes.md": commands_page(),
        "methode/indicateurs.md": indicators_page(),
        "methode/recettes.md": recipes_page(),
        "methode/sources.md": sources_page(read_bundle(default_bundle_path()).sources),
        "methode/departements.md": departments_page(),
    }


def cell(text: object) -> str:
    """Text fit for one cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    names = list(headings)
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    lines += [" | ".join(cell(value) for value in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def facts(pairs: Mapping[str, str]) -> str:
    """Two columns: what, and its value; what has none is left out."""
    return table(
        ("quoi", "valeur"), ((f"**{name}**", value) for name, value in pairs.items() if value)
    )


def indicators_page() -> str:
    """Definition, formula, source, nature and rules of every indicator."""
    known = indicators()
    parts = [
        "# Indicateurs\n\n"
        f"{len(known)} indicateurs sont déclarés. Cette page est écrite par leurs déclarations : "
        "ce qu'elle dit est ce que l'outil calcule.\n"
    ]
    told = catalogue.sources()
    for theme in dict.fromkeys(one.theme for one in known.values()):
        parts.append(f"## {THEMES.get(theme, theme)}\n")
        parts += [_indicator(one, told) for one in known.values() if one.theme == theme]
    return "\n".join(parts)


def _indicator(one: Indicator, told: Mapping[str, Any]) -> str:
    services = catalogue.services()
    levels = [level for level in one.levels if one.is_public_at(level)]
    links = ", ".join(
        f"[{told[id_]['title']}](sources.md#{id_})" if id_ in told else "registre de la mission"
        for id_ in one.sources
    )
    title = one.label.format(profession="professionnels")
    return (
        f"### {cell(title)} {{ #{one.id} }}\n\n{one.description}\n\n"
        + facts(
            {
                "Identifiant": f"`{one.id}`",
                "Formule": _formula(one),
                "Unité": one.unit,
                "C'est": KINDS[one.kind],
                "Nature": NATURE_LABELS[one.nature],
                "Sources": links,
                "Professions": ", ".join(services[id_].label for id_ in one.professions),
                "Publié par": ", ".join(LEVELS[level] for level in levels)
                or "rien : usage interne",
                "Manque et petits nombres": _rules(one),
                "Se lit": {
                    "high": "plus c'est élevé, mieux c'est",
                    "low": "plus c'est bas, mieux c'est",
                }.get(one.favourable or "", "sans sens favorable"),
            }
        )
        + f'\n!!! warning "À savoir"\n    {one.caveat}\n'
    )


def _formula(one: Indicator) -> str:
    if not one.denominator:
        return one.numerator
    return f"{one.numerator} ÷ {one.denominator}" + (", × 100" if one.scale == 100 else "")


def _rules(one: Indicator) -> str:
    """Zero, missing and small numbers, as the declaration settles them."""
    rules = ["une donnée absente reste « n.d. », jamais zéro"]
    if one.minimum:
        rules.append(f"« effectif trop faible » sous {one.minimum:g} personnes")
    if one.sensitive:
        rules.append("fait sur des personnes : passe par le secret avant toute publication")
    return " ; ".join(rules)


def recipes_page() -> str:
    """Question, criteria, weights and caveat of every ranking."""
    parts = [
        "# Classements\n\nUne recette par question. Ses critères, leurs poids et leur raison sont dans un fichier de "
        "`src/demomed/catalogue/recipes/` qu'un analyste peut lire et changer ; le rang est toujours "
        "donné avec son intervalle.\n"
    ]
    known = indicators()
    for id_, raw in catalogue.entries("recipes").items():
        rows = [
            (
                one["label"],
                f"[`{one['indicator']}`](indicateurs.md#{one['indicator']})"
                if one["indicator"] in known
                else one["indicator"],
                DIRECTIONS[one["priority_when"]],
                f"{one['weight']:.0%}".replace("%", "\u202f%"),
                one.get("why", ""),
            )
            for one in raw["criteria"]
        ]
        parts.append(
            f"## {raw['title']} {{ #{id_} }}\n\n{raw['question']} "
            f"Recette `{id_}`, normalisation `{raw['normalisation']}`, agrégation `{raw['aggregation']}`.\n\n"
            + table(("critère", "indicateur", "prioritaire si", "poids", "pourquoi"), rows)
            + (f'\n!!! warning "À savoir"\n    {raw["caveat"]}\n' if raw.get("caveat") else "")
        )
    return "\n".join(parts)


def sources_page(shipped: Mapping[str, Source]) -> str:
    """Producer, licence, vintages, field and limits of every source."""
    parts = [
        "# Sources\n\nToutes les sources que l'outil sait lire. « Dans le lot livré » dit le millésime qui vient avec "
        "l'outil ; `demomed sources check` dit ce qui est périmé aujourd'hui.\n"
    ]
    for id_, raw in catalogue.sources().items():
        here = shipped.get(id_)
        vintages = [
            f"{one['vintage']} ({STATES[one['status']]})" for one in raw.get("vintages", ())
        ]
        parts.append(
            f"## {raw['title']} {{ #{id_} }}\n\n"
            + facts(
                {
                    "Identifiant": f"`{id_}`",
                    "Producteur": raw["producer"],
                    "Licence": raw["licence"],
                    "Champ": raw.get("field", ""),
                    "Millésimes connus": ", ".join(vintages),
                    "Dans le lot livré": f"{here.vintage}, état au {here.as_of}" if here else "non",
                    "Rythme": raw.get("rhythm", ""),
                    "Périmé après": f"{raw['max_age_days']} jours"
                    if raw.get("max_age_days")
                    else "",
                    "Fichiers reconnus": ", ".join(f"`{one}`" for one in raw.get("files", ())),
                    "Page du producteur": f"<{raw['page']}>".replace("<", "").replace(">", ""),
                }
            )
            + (f"\n{raw['note']}\n" if raw.get("note") else "")
        )
    return "\n".join(parts)


def departments_page() -> str:
    """Every department the tool can serve."""
    rows = [(one.code, one.name, one.region_name) for one in catalogue.departments().values()]
    return (
        "# Départements\n\n"
        f"{len(rows)} départements de métropole sont déclarés. Ceux du lot livré se construisent tout de "
        "suite ; les autres [depuis un dossier de fichiers officiels](../analystes/mon-departement.md).\n\n"
        + table(("code", "département", "région"), rows)
    )


def commands_page() -> str:
    """Every command with its options, as the program itself tells them."""
    parts = [
        "# Les commandes\n\nChaque commande dit ce qu'elle a lu et ce qu'elle a écrit. Code de sortie : 0 si le "
        "résultat est complet, 1 si un contrôle trouve quelque chose, 2 si l'entrée est refusée "
        "(rien n'est alors écrit).\n"
    ]
    for words, command in _walk(typer.main.get_command(app), ("demomed",)):
        parts.append(f"## `{' '.join(words)}`\n\n{command.help}\n")
        rows = [
            (
                f"`{', '.join(option.opts) if option.param_type_name == 'option' else option.metavar or option.name}`",
                getattr(option, "help", "") or "",
                "oui" if option.required else "",
                _default(option),
            )
            for option in command.params
        ]
        parts.append(table(("option", "sert à", "obligatoire", "par défaut"), rows))
    return "\n".join(parts)


def _default(option: Any) -> str:
    value = option.default
    return "" if value in (None, False, ()) or callable(value) else f"`{value}`"


def _walk(command: Any, words: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None or command.invoke_without_command:
        yield words, command
    for name, child in (children or {}).items():
        yield from _walk(child, (*words, name))
