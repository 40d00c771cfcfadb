"""Open formats say what the pages say, describe every field, and hold no date of their making."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import openpyxl
import pandas as pd
import pytest

from demomed.core.catalogue import texts
from demomed.core.indicator import NATURE_LABELS, Indicators, PublicIndicators
from demomed.rendering.home import compose_index
from demomed.rendering.openness import data_package, zones_geojson
from demomed.rendering.table import dictionary_csv, indicators_csv, ranking_csv
from demomed.rendering.workbook import csv_sheets, undated, workbook

PAGES = ("offre", "age", "acces")


@pytest.fixture(scope="session")
def files(toy):
    public = toy.toy_public()
    made = {
        "indicateurs.csv": indicators_csv(public, toy.toy_territory()),
        "dictionnaire.csv": dictionary_csv(public, toy.toy_territory()),
        "classement.csv": ranking_csv(toy.toy_ranking()),
        "intercommunalites.geojson": zones_geojson(public, toy.toy_scene(), toy.toy_territory()),
    }
    return {**made, "indicateurs.xlsx": workbook(public, csv_sheets(made))}


def book_of(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize(
    "write", [lambda p, t, d: zones_geojson(p, t, d), lambda p, *_: workbook(p, {})]
)
def test_only_public_indicators_are_written(toy, write):
    with pytest.raises(TypeError, match="PublicIndicators"):
        write(Indicators(toy.toy_public().table), toy.toy_scene(), toy.toy_territory())


def test_geojson_holds_what_the_pages_show(toy, files):
    told = json.loads(files["intercommunalites.geojson"])
    by_code = {f["properties"]["code"]: f["properties"] for f in told["features"]}
    checked = 0
    for page in PAGES:
        document = toy.toy_document(page)
        for layer in document.layers:
            values = layer.levels["epci"]
            for code, value, status in zip(
                document.zones["epci"].codes, values.values, values.statuses, strict=True
            ):
                assert by_code[code][layer.id] == value
                assert (f"{layer.id}_statut" in by_code[code]) == (status not in ("value", "zero"))
                checked += 1
    assert checked > 20
    assert by_code[toy.BOCAGE]["share_55_plus_gp_statut"] == "au moins un tiers"
    assert [f["geometry"] for f in told["features"]] == json.loads(
        json.dumps([f["geometry"] for f in toy.toy_scene().sets["epci"].geometry["features"]])
    )


def test_geojson_tells_nature_date_and_sources_of_each_property(toy, files):
    told = json.loads(files["intercommunalites.geojson"])
    said = {k for f in told["features"] for k in f["properties"] if not k.endswith("_statut")}
    assert set(told["indicateurs"]) == said - {"code", "nom"}
    rows = toy.toy_public().table.query("level == 'epci'")
    natures = rows.drop_duplicates("indicator").set_index("indicator")["nature"]
    for key, member in told["indicateurs"].items():
        id_ = next(i for i in sorted(natures.index, key=len, reverse=True) if key.startswith(i))
        assert member["nature"] == NATURE_LABELS[natures[id_]]
        assert member["label"] and member["source"] and member["date"]
    assert len({member["nature"] for member in told["indicateurs"].values()}) > 1


def test_workbook_tells_nature_date_and_weakness(toy):
    table = toy.toy_public().table.copy()
    aged = (table["indicator"] == "mean_age") & (table["level"] == "epci")
    weak = table.index[aged & table["value"].notna()][0]
    table.loc[aged, ["nature", "date"]] = "fictional", "2026-01-01"
    table.loc[weak, "status"] = "unstable"
    sheet = book_of(workbook(PublicIndicators(table), {}))["Intercommunalités"]
    heads = [cell.value for cell in sheet[1]]
    assert any(h.endswith("données d'exemple (fictives), 1ᵉʳ janvier 2026") for h in heads)
    assert all("–" in head for head in heads[2:])
    reserved = [c for row in sheet.iter_rows() for c in row if "trop faible" in c.number_format]
    shown = table.loc[(table["level"] == "epci") & table["value"].notna()]
    assert len(reserved) == (shown["status"] == "unstable").sum() > 0
    assert all(isinstance(cell.value, int | float) for cell in reserved)


def test_ranking_sheet_holds_numbers_and_codes_stay_text(toy, files):
    heads, *rows = book_of(files["indicateurs.xlsx"])["Classement"].iter_rows(values_only=True)
    ranked = [dict(zip(heads, row, strict=True)) for row in rows if row[0] is not None]
    assert ranked
    for row in ranked:
        assert isinstance(row["rang"], int) and isinstance(row["indice"], int | float)
        assert isinstance(row["code"], str)


def test_workbook_holds_every_zone_and_value(toy, files):
    book = book_of(files["indicateurs.xlsx"])
    assert book.sheetnames == [
        "Intercommunalités",
        "Département",
        "Communes",
        "Dictionnaire",
        "Classement",
    ]
    public = toy.toy_public().table
    for level, title in (("epci", "Intercommunalités"), ("commune", "Communes")):
        rows = list(book[title].iter_rows(values_only=True))
        mine = public.loc[public["level"] == level]
        assert len(rows) - 1 == mine["zone_code"].nunique()
        assert len(rows[0]) - 2 == len(mine[["indicator", "profession"]].drop_duplicates())
        cells = [cell for row in rows[1:] for cell in row[2:]]
        numbers = [cell for cell in cells if isinstance(cell, int | float)]
        assert len(numbers) == mine["value"].notna().sum()
        assert "secret" in cells


def test_workbook_runs_no_formula(toy):
    table = toy.toy_public().table.copy()
    table["zone_name"] = "=1+1"
    book = book_of(workbook(PublicIndicators(table), {"Essai": [["=2"], ["@x", "ok"]]}))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_workbook_of_nothing_opens(toy):
    book = book_of(workbook(PublicIndicators(toy.toy_public().table.iloc[:0]), {}))
    assert len(book.worksheets) == 1


def test_workbook_has_neither_date_nor_author(toy, files, monkeypatch):
    content = files["indicateurs.xlsx"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert "1980-01-01" in core
    assert str(date.today().year) not in core
    later = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(later, "w") as after:
        for name in reversed(before.namelist()):
            text = before.read(name).replace(b"1980-01-01T00:00:00Z", b"2031-05-06T07:08:09Z")
            after.writestr(zipfile.ZipInfo(name, (2031, 5, 6, 7, 8, 9)), text)
    assert undated(later.getvalue()) == content


def test_package_describes_every_file_and_field(toy, files):
    told = json.loads(
        data_package(files, toy.toy_territory(), toy.toy_index().sources, version="1")
    )
    assert {r["path"] for r in told["resources"]} == set(files)
    fields = set(texts("fr")["compose"]["package"]["fields"])
    for resource in told["resources"]:
        content = files[resource["path"]]
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        if resource["format"] == "csv":
            heads = content.decode("utf-8-sig").splitlines()[0].split(";")
            assert [f["name"] for f in resource["schema"]["fields"]] == heads
            assert {h for h in heads if not h.startswith("points_")} <= fields
            assert all(f["description"] for f in resource["schema"]["fields"])
    assert len({r["name"] for r in told["resources"]}) == len(files)
    assert told["licenses"][0]["title"] == "Licence Ouverte 2.0"
    assert len(told["sources"]) == len(toy.toy_index().sources)


def test_numbers_of_the_package_are_numbers(toy, files):
    """Every column said to hold numbers reads as numbers with a decimal comma."""
    told = json.loads(data_package(files, toy.toy_territory(), (), version="1"))
    for resource in told["resources"]:
        if resource["format"] != "csv":
            continue
        table = pd.read_csv(
            io.BytesIO(files[resource["path"]]), sep=";", dtype=str, encoding="utf-8-sig"
        )
        for field in resource["schema"]["fields"]:
            if field["type"] == "number":
                cells = table[field["name"]].dropna().str.replace(",", ".")
                pd.to_numeric(cells)


@pytest.mark.parametrize(("days", "state"), [(0, "à jour"), (1, "à renouveler")])
def test_freshness_turns_one_day_after_the_limit(toy, days, state):
    territory = toy.toy_territory()
    sources = dict(territory.sources)
    source = replace(sources["insee_bpe"], as_of="2021-01-01", max_age_days=730)
    sources["insee_bpe"] = source
    documents = tuple(toy.toy_document(p) for p in PAGES)
    today = date.fromordinal(date(2021, 1, 1).toordinal() + 730 + days)
    index = compose_index(replace(territory, sources=sources), documents, version="0", today=today)
    mine = next(f for f in index.freshness if f.title == source.title)
    assert mine.state == state


def test_without_a_day_no_state_is_told(toy):
    assert {f.state for f in toy.toy_index().freshness} == {""}
    assert len(toy.toy_index().freshness) == len(toy.toy_index().sources)


def test_the_range_of_a_hidden_count_says_of_whom(toy):
    table = toy.toy_public().table
    hidden = table.loc[table["coarse"].fillna("") != ""].iloc[[0]]
    public = PublicIndicators(hidden.assign(indicator="practitioners_55_plus", level="epci"))
    told = indicators_csv(public, toy.toy_territory()).decode("utf-8-sig")
    assert f"{hidden['coarse'].iloc[0]} des praticiens d’âge connu".lower() in told.lower()
    cells = [c for row in book_of(workbook(public, {})).worksheets[0].values for c in row]
    assert any("des praticiens d’âge connu" in str(cell) for cell in cells)


def test_a_median_has_no_numerator(toy):
    table = toy.toy_public().table
    aged = table.loc[table["indicator"].str.startswith("share_55")].iloc[[0]]
    rows = pd.concat([aged.assign(indicator=id_) for id_ in ("mean_age", "median_age")])
    content = dictionary_csv(PublicIndicators(rows), toy.toy_territory()).decode("utf-8-sig")
    read = pd.read_csv(io.StringIO(content), sep=";").set_index("indicateur")["numerateur"]
    assert read["mean_age"] == "somme des âges connus" and pd.isna(read["median_age"])
