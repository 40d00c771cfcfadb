"""Ranking recipes: read a declaration, check it whole, tell every fault at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from demomed.analysis.composite import AGGREGATIONS, NORMALISATIONS, SIGNED
from demomed.core.catalogue import entry
from demomed.core.faults import Report, closest
from demomed.core.ranking import Criterion, Law, Recipe
from demomed.core.travel import TravelNature

LAWS: tuple[str, ...] = get_args(Law)
DIRECTIONS: Mapping[str, int] = {"high": 1, "low": -1}
EPSILON = 0.01
CONCENTRATION = 100.0
WEIGHT_TOLERANCE = 1e-6

_RECIPE_KEYS = frozenset(
    {"title", "question", "caveat", "normalisation", "aggregation", "missing_share", "top"}
    | {"parameters", "criteria", "hindsight", "times"}
)
_CRITERION_KEYS = frozenset(
    {"indicator", "profession", "priority_when", "weight", "label", "target", "cap"}
    | {"goalposts", "law", "relative_error", "least_error", "limits", "optional", "why"}
)
_PARAMETERS = frozenset({"epsilon", "winsorise", "concentration"})


def load_recipe(recipe: str | Path) -> Recipe:
    """Load a recipe of the catalogue by its name, or an analyst's own file.

    Parameters
    ----------
    recipe
        Name in the catalogue (``"installation"``), or path of a TOML file.

    Raises
    ------
    InputError
        If it is unknown, unreadable or inconsistent: every fault at once.

    Examples
    --------
    >>> load_recipe("installation").criteria[0].column
    'apl_gp'
    """
    if isinstance(recipe, Path):
        report = Report(recipe.name)
        try:
            raw = tomllib.loads(recipe.read_text(encoding="utf-8"))
        except FileNotFoundError:
            report.fault("fichier introuvable", "une recette de classement", "vérifier le chemin")
            raw = {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            report.fault(
                f"fichier illisible ({error})",
                "un fichier TOML en UTF-8",
                "partir d'une recette du catalogue",
            )
            raw = {}
        report.raise_if_faulty()
        return parse_recipe(recipe.stem, raw, file=recipe.name)
    return parse_recipe(recipe, entry("recipes", recipe), file=f"{recipe}.toml")


def parse_recipe(id_: str, raw: Mapping[str, Any], *, file: str = "recette") -> Recipe:
    """Make a recipe of a declaration, or refuse it with every fault found.

    Parameters
    ----------
    id_
        Identifier of the recipe.
    raw
        Declaration as read from TOML; ``priority_when`` is ``"high"`` or ``"low"``.
    file
        File name told in the faults.

    Raises
    ------
    InputError
        Unknown key, method or direction; weights negative or not summing to one; criterion
        declared twice; missing target or goalposts; method that cannot take negative values.
    """
    report = Report(file)
    _check_keys(report, raw, _RECIPE_KEYS, "clé")
    for key in ("title", "question"):
        if not str(raw.get(key, "")).strip():
            report.fault(f"« {key} » absent", "un texte en français", f"écrire « {key} »")
    normalisation = str(raw.get("normalisation", "min-max"))
    aggregation = str(raw.get("aggregation", "linear"))
    _check_methods(report, normalisation, aggregation)
    criteria = [
        _criterion(report, item, number, normalisation)
        for number, item in enumerate(raw.get("criteria", ()), start=1)
    ]
    _check_weights(report, criteria)
    parameters = dict(raw.get("parameters", {}))
    _check_parameters(report, parameters)
    times = {str(nature): str(text).strip() for nature, text in raw.get("times", {}).items()}
    _check_keys(report, times, frozenset(get_args(TravelNature)), "clé de « times »")
    missing_share = raw.get("missing_share", 2 / 3)
    if not _is_number(missing_share) or not 0 <= missing_share <= 1:
        report.fault(f"missing_share = {missing_share!r}", "une part entre 0 et 1", "corriger")
    top = raw.get("top", 3)
    if not isinstance(top, int) or top < 1:
        report.fault(f"top = {top!r}", "un nombre entier de zones, au moins 1", "corriger")
    report.raise_if_faulty()
    return Recipe(
        id=id_,
        title=str(raw["title"]),
        question=str(raw["question"]),
        criteria=tuple(criteria),
        normalisation=normalisation,
        aggregation=aggregation,
        missing_share=float(missing_share),
        top=top,
        caveat=str(raw.get("caveat", "")).strip(),
        hindsight=str(raw.get("hindsight", "")).strip(),
        parameters=parameters,
        times=times,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_keys(report: Report, raw: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    for key in raw:
        if key not in known:
            report.fault(f"{what} « {key} » inconnue", "une clé du modèle", closest(key, known))


def _check_methods(report: Report, normalisation: str, aggregation: str) -> None:
    if normalisation not in NORMALISATIONS:
        report.fault(
            f"normalisation « {normalisation} »",
            "une normalisation connue",
            closest(normalisation, NORMALISATIONS),
        )
    if aggregation not in AGGREGATIONS:
        report.fault(
            f"agrégation « {aggregation} »",
            "une agrégation connue",
            closest(aggregation, AGGREGATIONS),
        )
    if normalisation in SIGNED and aggregation in ("geometric", "harmonic"):
        report.fault(
            f"normalisation « {normalisation} » avec l'agrégation « {aggregation} »",
            "des valeurs positives, que les écarts-types n'ont pas",
            "choisir « min-max », ou l'agrégation « linear »",
        )


def _criterion(report: Report, raw: Mapping[str, Any], number: int, method: str) -> Criterion:
    where = f"critère {number}"
    _check_keys(report, raw, _CRITERION_KEYS, f"{where}, clé")
    indicator = str(raw.get("indicator", ""))
    if not indicator:
        report.fault(f"{where} : indicateur absent", "« indicator »", "nommer l'indicateur")
    if not str(raw.get("label", "")).strip():
        report.fault(f"{where} : libellé absent", "« label » en français", "écrire le libellé")
    sense = str(raw.get("priority_when", ""))
    if sense not in DIRECTIONS:
        report.fault(
            f"{where} : sens « {sense} »",
            "priority_when = « high » ou « low »",
            "dire si la zone est prioritaire quand l'indicateur est élevé ou bas",
        )
    weight = raw.get("weight", 0)
    if not _is_number(weight) or weight <= 0:
        report.fault(
            f"{where} : poids {weight!r}",
            "un poids positif",
            "retirer le critère, ou lui donner un poids ; pour inverser le sens, « priority_when »",
        )
        weight = 0
    target, cap, posts = raw.get("target"), raw.get("cap"), raw.get("goalposts")
    if method == "target" and (not _is_number(target) or not (cap or target)):
        report.fault(
            f"{where} : cible absente",
            "« target » (et « cap » si elle est nulle)",
            "écrire la cible",
        )
    if cap is not None and (not _is_number(cap) or cap <= 0):
        report.fault(f"{where} : cap = {cap!r}", "un écart positif", "corriger « cap »")
    if method == "goalposts" and not _are_goalposts(posts):
        report.fault(
            f"{where} : bornes {posts!r}",
            "« goalposts » = [bas, haut], bas < haut",
            "écrire les deux bornes",
        )
    errors = _errors(report, raw, where)
    return Criterion(
        indicator=indicator,
        profession=str(raw.get("profession", "")),
        direction=DIRECTIONS.get(sense, 1),
        weight=float(weight),
        label=str(raw.get("label", "")),
        target=target,
        cap=cap,
        goalposts=tuple(posts) if isinstance(posts, list | tuple) else None,  # type: ignore[arg-type]
        **errors,
        is_optional=bool(raw.get("optional", False)),
    )


def _errors(report: Report, raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """How the values of a criterion vary, as declared."""
    relative, least, limits = raw.get("relative_error"), raw.get("least_error"), raw.get("limits")
    law = str(raw.get("law", "interval" if relative is None else "relative"))
    if law not in LAWS:
        report.fault(f"{where} : loi « {law} »", "une loi connue", closest(law, LAWS))
    if relative is not None and (not _is_number(relative) or not 0 < relative < 1):
        report.fault(
            f"{where} : relative_error = {relative!r}", "une part entre 0 et 1", "corriger"
        )
    if (law == "relative") != (relative is not None):
        report.fault(
            f"{where} : loi « {law} » et relative_error = {relative!r}",
            "« relative_error » avec la loi « relative », et avec elle seule",
            "retirer l'un ou ajouter l'autre",
        )
    if least is not None and (not _is_number(least) or least < 0 or law != "interval"):
        report.fault(
            f"{where} : least_error = {least!r}",
            "un écart-type positif, avec la loi « interval »",
            "corriger ou retirer",
        )
    if limits is not None and not _are_goalposts(limits):
        report.fault(
            f"{where} : limits = {limits!r}",
            "« limits » = [bas, haut], bas < haut",
            "écrire les deux bornes",
        )
    return {
        "law": law,
        "relative_error": relative,
        "least_error": float(least) if least is not None and _is_number(least) else 0.0,
        "limits": tuple(limits) if isinstance(limits, list | tuple) else None,
    }


def _are_goalposts(posts: object) -> bool:
    return (
        isinstance(posts, list | tuple)
        and len(posts) == 2
        and all(_is_number(post) for post in posts)
        and posts[0] < posts[1]
    )


def _check_weights(report: Report, criteria: Sequence[Criterion]) -> None:
    if not criteria:
        report.fault("aucun critère", "au moins un critère", "ajouter un tableau [[criteria]]")
        return
    names = [criterion.column for criterion in criteria]
    for name in sorted({name for name in names if names.count(name) > 1}):
        report.fault(
            f"critère « {name} » déclaré deux fois", "chaque critère une fois", "en retirer un"
        )
    total = sum(criterion.weight for criterion in criteria)
    if any(criterion.weight <= 0 for criterion in criteria):
        return  # already told; a sum without it would mislead
    if abs(total - 1) > WEIGHT_TOLERANCE:
        scaled = ", ".join(f"{c.column} {c.weight / total:.3f}".replace(".", ",") for c in criteria)
        report.fault(
            f"la somme des poids vaut {total:.3f}".replace(".", ","),
            "des poids dont la somme vaut 1",
            f"par exemple, en gardant les proportions : {scaled}",
        )


def _check_parameters(report: Report, parameters: Mapping[str, Any]) -> None:
    _check_keys(report, parameters, _PARAMETERS, "paramètre")
    epsilon = parameters.get("epsilon", EPSILON)
    if not _is_number(epsilon) or not 0 < epsilon < 1:
        report.fault(f"epsilon = {epsilon!r}", "un plancher entre 0 et 1", "corriger")
    concentration = parameters.get("concentration", CONCENTRATION)
    if not _is_number(concentration) or concentration <= 0:
        report.fault(f"concentration = {concentration!r}", "un nombre positif", "corriger")
    quantiles = parameters.get("winsorise")
    if quantiles is not None and not (
        _are_goalposts(quantiles) and quantiles[0] >= 0 and quantiles[1] <= 1
    ):
        report.fault(
            f"winsorise = {quantiles!r}", "deux quantiles entre 0 et 1", "par exemple [0.05, 0.95]"
        )
