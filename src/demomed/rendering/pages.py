"""Pages of the portal as the catalogue declares them: layers, texts, key figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from demomed.core.catalogue import entries, entry, services
from demomed.core.document import Absent
from demomed.core.faults import Fault, InputError, closest
from demomed.core.indicator import Indicator, get_indicator, indicators
from demomed.rendering.classes import Method
from demomed.rendering.french import capitalised, of, typeset
from demomed.rendering.language import speaking, translated, writing


@dataclass(frozen=True)
class LayerSpec:
    """One indicator of a page, for one profession or none.

    Parameters
    ----------
    indicator, profession
        What is drawn; ``profession`` is empty when there is none.
    group
        Heading of the choice panel under which the layer stands.
    says
        What is told of a zone, ``{value}`` being the written value with its unit.
    zero
        Words for a true zero when it has its own line in the legend; empty when zero is a value
        like another.
    says_zero
        What is told of a zone at zero; the words of ``zero`` when empty.
    parts
        What the value is made of, with ``{numerator}``, ``{denominator}`` and ``{profession}``
        (which agrees with the numerator); a sentence made from the declaration when empty.
    method
        Method of the classes when the catalogue imposes one.
    """

    indicator: str
    profession: str
    group: str
    says: str
    zero: str = ""
    says_zero: str = ""
    parts: str = ""
    method: Method | None = None

    @property
    def id(self) -> str:
        """Identifier of the layer, the column name of ``Indicators.wide()``."""
        return self.indicator + (f"_{self.profession}" if self.profession else "")


@dataclass(frozen=True)
class CategorySpec:
    """One zoning of a page: a column of the communes that holds classes.

    Parameters
    ----------
    column, source
        Column of the communes, and the source it comes from.
    group, label, short_label, description, caveat
        As for a layer.
    classes
        French label of each class, in the order of the legend.
    is_ordered
        Whether that order goes from the least to the most favourable: shades, not hues.
    """

    column: str
    source: str
    group: str
    label: str
    short_label: str
    classes: Mapping[str, str]
    is_ordered: bool = False
    description: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class FigureSpec:
    """One key figure: an indicator read for the whole department."""

    indicator: str
    profession: str
    label: str
    unit: str = ""


@dataclass(frozen=True)
class PageSpec:
    """One page of the portal, as ``catalogue/pages/*.toml`` declares it.

    Parameters
    ----------
    id, order, nav, title
        File name, place in the navigation, link and title (``{in}, {of}, {name}, {date}``).
    default_level, default
        Level and layer shown first.
    layers, key_figures
        What is shown; four key figures at most.
    ranking_title, ranking_legend, method, caveats
        Texts around the map.
    points
        Kinds of places drawn over it.
    recipe
        Whether the page shows a ranking, whose criteria then are layers.
    is_theme
        Whether it is a theme of the mission, listed apart from the main pages.
    absent
        What no source gives yet.
    categories
        Zonings offered after the layers.
    lead
        What is said before the finding of the default layer (``{finding}``); that alone if empty.
    """

    id: str
    order: int
    nav: str
    title: str
    default_level: str
    layers: tuple[LayerSpec, ...]
    key_figures: tuple[FigureSpec, ...]
    default: str
    ranking_title: str
    ranking_legend: str
    method: tuple[str, ...]
    caveats: tuple[str, ...]
    points: tuple[str, ...]
    recipe: bool = False
    is_theme: bool = False
    absent: tuple[Absent, ...] = ()
    categories: tuple[CategorySpec, ...] = ()
    lead: str = ""


def name_service(text: str, profession: str, count: float = 2) -> str:
    """Write the profession in a text of the catalogue, with the elision it asks for.

    Parameters
    ----------
    text
        Text in which ``{profession}`` (plural, singular under two) may stand.
    profession
        Identifier of the service; empty leaves the text as it is.
    count
        Number that the word agrees with.

    Examples
    --------
    >>> name_service("Part de {profession} de 55 ans ou plus", "nurse")
    'Part d’infirmiers de 55 ans ou plus'
    >>> name_service("{profession}", "gp", 1)
    'médecin généraliste'
    """
    if not profession or "{" not in text:
        return text
    service = services()[profession]
    singular = translated(service.singular)
    label = singular if writing().is_one(count) else translated(service.label)
    elided = (("profession", label), ("singular", singular)) if writing().declined else ()
    for name, word in elided:
        text = re.sub(rf"\b([Dd])e \{{{name}\}}", rf"\g<1>{of(word)[1:]}", text)
    values = {"profession": label, "Profession": capitalised(label), "singular": singular}
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), text)


def page_specs() -> Mapping[str, PageSpec]:
    """All pages that the catalogue declares, in the order of the navigation.

    Examples
    --------
    >>> list(page_specs())[:4]
    ['offre', 'age', 'acces', 'priorites']
    """
    return {spec.id: spec for spec in _declared(entries, writing().code)}


@cache
def _declared(read: Callable[[str], Mapping[str, Any]], language: str) -> tuple[PageSpec, ...]:
    """What a reader of the catalogue finds, read once in each language."""
    with speaking(language):
        found = [_read(name, raw) for name, raw in read("pages").items()]
    return tuple(sorted(found, key=lambda spec: (spec.order, spec.id)))


def page_spec(name: str, texts: Mapping[str, Any]) -> PageSpec:
    """One page of the catalogue, or a page made of one declared indicator.

    Raises
    ------
    InputError
        If ``name`` is neither a page nor an indicator; the closest known one is named.
    """
    known = page_specs()
    if name in known:
        return known[name]
    declared = indicators()
    if name in declared:
        return _single(declared[name], texts)
    raise InputError(
        Fault(
            "catalogue « pages »",
            f"« {name} » n'est ni une page ni un indicateur",
            "une page ou un indicateur déclaré",
            closest(name, (*known, *declared)),
        )
    )


def national_spec(name: str = "france") -> PageSpec:
    """A page above the departments, as ``catalogue/national`` declares it."""
    return _read(name, entry("national", name))


def _single(declared: Indicator, texts: Mapping[str, Any]) -> PageSpec:
    page = texts["compose"]["single"]
    return PageSpec(
        id=declared.id,
        order=0,
        nav=declared.short_label,
        title=page["title"],
        default_level="epci",
        layers=tuple(
            LayerSpec(declared.id, profession, page["group"], page["says"])
            for profession in declared.professions or ("",)
        ),
        key_figures=(),
        default="",
        ranking_title=page["ranking_title"],
        ranking_legend=page["ranking_legend"],
        method=(declared.description,),
        caveats=(declared.caveat,) if declared.caveat else (),
        points=("towns",),
    )


def _read(name: str, raw: Mapping[str, Any]) -> PageSpec:
    faults = _faults(name, raw)
    if faults:
        raise InputError(faults)
    return PageSpec(
        id=name,
        order=int(raw["order"]),
        nav=typeset(raw["nav"]),
        title=typeset(raw["title"]),
        default_level=raw.get("default_level", "epci"),
        layers=tuple(
            LayerSpec(
                indicator=item["indicator"],
                profession=profession,
                group=typeset(item["group"]),
                says=typeset(item["says"]),
                zero=typeset(item.get("zero", "")),
                says_zero=typeset(item.get("says_zero", "")),
                parts=typeset(item.get("parts", "")),
                method=item.get("classes"),
            )
            for item in raw.get("layers", ())
            for profession in item.get("professions", ("",))
        ),
        key_figures=tuple(
            FigureSpec(
                item["indicator"],
                item.get("profession", ""),
                typeset(item["label"]),
                typeset(item.get("unit", "")),
            )
            for item in raw.get("key_figures", ())
        ),
        default=_layer_id(raw.get("default", {})),
        ranking_title=typeset(raw["ranking_title"]),
        ranking_legend=typeset(raw.get("ranking_legend", "")),
        method=tuple(map(typeset, raw["method"])),
        caveats=tuple(map(typeset, raw.get("caveats", ()))),
        points=tuple(raw.get("points", ())),
        recipe=bool(raw.get("recipe", False)),
        is_theme=bool(raw.get("theme", False)),
        absent=tuple(
            Absent(typeset(item["label"]), typeset(item["wanted"]))
            for item in raw.get("absent", ())
        ),
        lead=typeset(raw.get("lead", "")),
        categories=tuple(_category(item) for item in raw.get("categories", ())),
    )


def _category(item: Mapping[str, Any]) -> CategorySpec:
    return CategorySpec(
        column=item["column"],
        source=item["source"],
        group=typeset(item["group"]),
        label=typeset(item["label"]),
        short_label=typeset(item.get("short_label", item["label"])),
        classes={code: typeset(label) for code, label in item["classes"].items()},
        is_ordered=bool(item.get("ordered", False)),
        description=typeset(item.get("description", "")),
        caveat=typeset(item.get("caveat", "")),
    )


def _layer_id(raw: Mapping[str, str]) -> str:
    return "_".join(filter(None, (raw.get("indicator", ""), raw.get("profession", ""))))


_REQUIRED = ("order", "nav", "title", "ranking_title", "method")
_REQUIRED_IN_LAYER = ("indicator", "group", "says")
_MOST_FIGURES = 4


def _faults(name: str, raw: Mapping[str, Any]) -> list[Fault]:
    file = f"catalogue/pages/{name}.toml"
    faults = [
        Fault(file, f"clé « {key} » absente", "cette clé", "compléter le fichier")
        for key in _REQUIRED
        if key not in raw
    ]
    known = services()
    declared = indicators()
    for item in (*raw.get("layers", ()), *raw.get("key_figures", ())):
        asked = item.get("indicator", "")
        if asked and asked not in declared:
            faults.append(
                Fault(
                    file,
                    f"indicateur « {asked} »",
                    "un indicateur déclaré",
                    closest(asked, declared),
                )
            )
        named = item.get("professions", [item["profession"]] if "profession" in item else [])
        faults += [
            Fault(file, f"profession « {p} »", "un service du vocabulaire", closest(p, known))
            for p in named
            if p not in known
        ]
    for position, item in enumerate(raw.get("layers", ()), start=1):
        faults += [
            Fault(file, f"couche {position} : clé « {key} » absente", "cette clé", "la compléter")
            for key in _REQUIRED_IN_LAYER
            if key not in item
        ]
    for position, item in enumerate(raw.get("categories", ()), start=1):
        faults += [
            Fault(file, f"zonage {position} : clé « {key} » absente", "cette clé", "la compléter")
            for key in ("column", "source", "group", "label", "classes")
            if key not in item
        ]
    for position, item in enumerate(raw.get("absent", ()), start=1):
        faults += [
            Fault(
                file,
                f"donnée attendue {position} : clé « {key} » absente",
                "cette clé",
                "la compléter",
            )
            for key in ("label", "wanted")
            if key not in item
        ]
    if len(raw.get("key_figures", ())) > _MOST_FIGURES:
        faults.append(
            Fault(file, "trop de chiffres clés", f"{_MOST_FIGURES} au plus", "en retirer")
        )
    return faults


def declared_indicator(spec: LayerSpec | FigureSpec) -> Indicator:
    """Declaration of the indicator that a layer or key figure names."""
    return get_indicator(spec.indicator)
