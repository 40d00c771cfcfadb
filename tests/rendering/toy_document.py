"""Documents of Toyland for the tests of rendering: every status is on some map."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from demomed.analysis import compute
from demomed.core.document import Absent, IndexDocument, MapDocument
from demomed.core.indicator import PublicIndicators
from demomed.core.portrait import Notice, Sheet
from demomed.core.ranking import Criterion, Ranking, Recipe
from demomed.core.report import Figure, Report, Section
from demomed.core.territory import LEVELS, Territory
from demomed.rendering.canvas import Canvas, Scale, ticks
from demomed.rendering.compose import compose, drawn_pages
from demomed.rendering.home import compose_index, compose_notices
from demomed.rendering.reports import make_report, plain_table
from demomed.rendering.scene import Scene, make_scene
from demomed.rendering.sheets import compose_sheets, sheet_links

TOYLAND = Path(__file__).parents[1] / "toy" / "toyland.py"
BOCAGE, VALLEE = "200000001", "200000002"


@cache
def toy_territory() -> Territory:
    """Toyland with a maison de santé, one in project, and a hospital."""
    spec = importlib.util.spec_from_file_location("toyland", TOYLAND)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    structures = pd.DataFrame(
        {
            "structure_id": ["S1", "S2", "S3", "S4", "S5"],
            "structure_name": [
                "Maison du Cube",
                "",
                "Pôle <b>gras</b>",
                "Fermée",
                "Hôpital de Toy",
            ],
            "kind": ["msp", "msp", "centre_de_sante", "msp", "hopital"],
            "family": "exercice_coordonne",
            "status": ["open", "project", "open", "closed", "open"],
            "opening_year": [2019, None, None, 2001, None],
            "commune_code": ["99002", "99004", "99001", "99001", "99001"],
            "lon": [0.12, 0.0, 0.0, 0.0, 0.01],
            "lat": [48.0, 48.12, 48.0, 48.0, 48.01],
        }
    )
    return replace(module.make_toyland(), structures=structures)


def hidden(table: pd.DataFrame) -> pd.DataFrame:
    """The table as the gate leaves it: some ages masked, one of them with a coarser truth."""
    table = table.assign(coarse="")
    shares = table["indicator"].str.startswith(("share_", "mean_", "practitioners_"))
    gone = shares & (table["level"] == "commune") & table["value"].notna()
    gone |= shares & (table["zone_code"] == BOCAGE) & table["value"].notna()
    table.loc[gone, ["value", "low", "high", "numerator", "denominator"]] = float("nan")
    table.loc[gone, "status"] = "masked"
    told = gone & (table["indicator"] == "share_55_plus") & (table["level"] == "epci")
    table.loc[told, "coarse"] = "au moins un tiers"
    return table


@cache
def toy_public() -> PublicIndicators:
    """Toyland's indicators after a stand-in for the gate."""
    return PublicIndicators(hidden(compute(toy_territory(), level=LEVELS).table))


@cache
def toy_ranking() -> Ranking:
    """A ranking of the two intercommunalities, made by hand."""
    index = pd.Index([VALLEE, BOCAGE], name="zone_code")
    table = pd.DataFrame(
        {
            "zone_name": ["CC de la Vallée de Toy", "CC du Bocage de Toy"],
            "score": [81.449, 50.444],
            "rank": [1, 2],
            "rank_low": [1, 1],
            "rank_high": [1, 2],
            "rank_median": [1, 2],
            "p_top": [0.93, 0.4],
            "verdict": ["prioritaire robuste", "selon les choix"],
            "status": ["value", "value"],
        },
        index=index,
    )
    points = pd.DataFrame({"apl_gp": [41.449, 30.444], "beyond_15_gp": [40.0, 20.0]}, index=index)
    recipe = Recipe(
        "essai",
        "Essai",
        "Où ?",
        (
            Criterion("apl", "gp", -1, 0.6, "accessibilité"),
            Criterion("beyond_15", "gp", 1, 0.4, "éloignement"),
        ),
        top=1,
        caveat="Les poids sont un choix",
    )
    return Ranking(table, points, points / 100, recipe, "epci", ("un avertissement",))


@cache
def toy_document(page: str = "offre") -> MapDocument:
    """One page of Toyland."""
    return compose(
        toy_territory(),
        toy_public(),
        page,
        ranking=toy_ranking(),
        version="0.0.0",
        scene=toy_scene(),
        with_sheets=True,
    )


def toy_drawn() -> tuple[str, ...]:
    """Pages that have something to draw."""
    return drawn_pages(toy_public(), toy_ranking())


@cache
def toy_scene() -> Scene:
    """Shapes and names of Toyland."""
    return make_scene(toy_territory())


@cache
def toy_sheets() -> tuple[Sheet, ...]:
    """The sheets of Toyland and of its two intercommunalities."""
    documents = tuple(toy_document(page) for page in toy_drawn())
    return compose_sheets(
        toy_territory(), toy_public(), documents, scene=toy_scene(), version="0.0.0"
    )


@cache
def toy_notices() -> tuple[Notice, ...]:
    """The themes of which no source of Toyland says anything."""
    return compose_notices(toy_territory(), toy_public(), ranking=toy_ranking(), version="0.0.0")


@cache
def toy_index() -> IndexDocument:
    """The index of Toyland's pages."""
    documents = tuple(toy_document(page) for page in toy_drawn())
    return compose_index(
        toy_territory(),
        documents,
        version="0.0.0",
        public=toy_public(),
        scene=toy_scene(),
        sheets=sheet_links(toy_sheets()),
        notices=toy_notices(),
    )


def toy_report(text: str = "Un texte") -> Report:
    """A dossier with a drawing, a table and a list, all holding one text."""
    canvas = Canvas(640, 300, text, text, key="essai")
    across, up = Scale(0, 10, 60, 580), Scale(0, 10, 250, 30)
    canvas.axes(across, up, x_ticks=ticks(0, 10), y_ticks=ticks(0, 10), label=str, y_title=text)
    canvas.line([(across(0), up(1)), (across(10), up(9))], "line")
    canvas.mark(across(5), up(5), tip=text)
    canvas.bar(across(2), up(4), 20, up(0) - up(4), tip=text)
    canvas.text(across(5), up(6), text, "halo")
    section = Section(
        title=text,
        paragraphs=(text,),
        items=(text,),
        figures=(Figure(f"{text} (dessin)", canvas.svg(), text),),
        tables=(
            plain_table(
                f"{text} (tableau)", ("Territoire", "Valeur"), ((text, "1"),), numeric=(1,)
            ),
        ),
    )
    return make_report(
        "dispersion",
        toy_territory(),
        toy_public(),
        lead=text,
        sections=(section,),
        nature="derived",
        version="0.0.0",
        absent=(Absent(text, text),),
    )
