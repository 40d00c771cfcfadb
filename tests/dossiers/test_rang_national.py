"""« Parmi les départements » and « Villes et campagnes »: what they say is what the data say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from demomed.dossiers import rang_national, ruralite
from demomed.rendering.french import number


@pytest.fixture(scope="module")
def ranked(mayenne):
    return rang_national.dossier(mayenne)


def densities(mayenne, service):
    rows = mayenne.territory.demography
    rows = rows.loc[
        (rows["source_id"] == "cnam_professionals")
        & (rows["service"] == service)
        & (rows["area_level"] == "departement")
    ]
    return rows.set_index("area_code")["density_per_100k"].astype(float)


def test_every_department_is_ranked(ranked, mayenne):
    found = densities(mayenne, "gp")
    assert len(found) >= 96
    row = next(r for r in ranked.sections[0].tables[0].rows if "généralistes" in r[0].text)
    rank = int(found.rank(method="min", ascending=False)["53"])
    assert row[6].text.startswith(str(rank))
    assert row[2].text == number(found["53"])


def test_reading_follows_the_interval(ranked):
    table = ranked.sections[0].tables[0]
    for row in table.rows:
        low, high = (float(part) for part in row[3].text.split(" à "))
        france, reading = float(row[5].text), row[8].text
        if reading == "au-dessous":
            assert high <= france + 1
        elif reading == "au-dessus":
            assert low >= france - 1
        else:
            assert low - 1 <= france <= high + 1


def test_the_lead_names_the_surest_gap_its_number_and_its_population(ranked):
    """Farthest in half-widths of its interval: five gynaecologists do not head the page."""

    def widths(row):
        density, france = float(row[2].text), float(row[5].text)
        return (france - density) / (float(row[3].text.split(" à ")[1]) - density)

    below = [row for row in ranked.sections[0].tables[0].rows if row[8].text == "au-dessous"]
    surest, lead = max(below, key=widths), re.sub(r"\s", " ", ranked.lead)
    few = [row for row in below if int(re.sub(r"\s", "", row[1].text)) < 10]
    assert few
    assert all(row[0].text.lower() not in lead for row in few)
    name = surest[0].text.split(" (")[0].lower()
    assert f"celle des {name} : {surest[2].text} pour 100 000 habitants" in lead
    assert f"(effectif : {re.sub(chr(0x202F), ' ', surest[1].text)})" in lead


def test_the_field_of_a_profession_is_named_and_its_narrower_one_ranked(ranked, mayenne):
    table = ranked.sections[0].tables[0]
    rows = {row[0].text: row for row in table.rows}
    whole = rows["Médecins généralistes (MEP compris)"]
    part = rows["Médecins généralistes (hors MEP)"]
    known = mayenne.territory.demography
    known = known.loc[
        known["profession_label"].str.contains("hors médecins à expertise")
        & (known["area_level"] == "departement")
    ].set_index("area_code")["density_per_100k"]
    rank = int(known.rank(method="min", ascending=False)["53"])
    assert part[6].text.startswith(str(rank))
    assert whole[6].text != part[6].text
    assert "Ensemble des médecins généralistes" in table.note
    assert rows["Chirurgiens-dentistes (ODF comprise)"][5].text == "57"


def test_a_profession_that_the_department_has_none_of_is_told(mayenne):
    demography = mayenne.territory.demography.copy()
    hit = (
        (demography["source_id"] == "cnam_professionals")
        & (demography["service"] == "dermatologist")
        & (demography["area_code"] == "53")
        & (demography["area_level"] == "departement")
    )
    assert hit.sum() == 1
    demography.loc[hit, ["count", "density_per_100k"]] = 0
    territory = replace(mayenne.territory, demography=demography)
    table = rang_national.dossier(replace(mayenne, territory=territory)).sections[0].tables[0]
    row = next(r for r in table.rows if r[0].text == "Dermatologues")
    assert [row[k].text for k in (1, 2, 3, 8)] == ["0", "0", "0 à 1", "au-dessous"]


def test_no_national_rank_among_a_few_departments(mayenne):
    few = mayenne.territory.demography
    few = few.loc[(few["area_level"] != "departement") | few["area_code"].isin(["53", "72"])]
    territory = replace(mayenne.territory, demography=few)
    assert rang_national.dossier(replace(mayenne, territory=territory)) is None


def test_rural_classes_add_up_to_the_department(mayenne):
    report = ruralite.dossier(mayenne)
    people = mayenne.territory.communes.loc[mayenne.territory.members("commune").index]
    for section in report.sections:
        rows = section.tables[0].rows
        total = sum(int("".join(c for c in row[2].text if c.isdigit())) for row in rows)
        assert total == people["population"].sum()
        assert sum(int(row[1].text) for row in rows) == len(people)


def test_small_towns_are_not_called_suburbs(mayenne):
    rows = ruralite.dossier(mayenne).sections[1].tables[0].rows
    names = {row[0].text: int(row[1].text) for row in rows}
    assert names["Petite ville"] == 1  # Évron
    assert names["Ceinture urbaine"] == 5  # around Laval and Mayenne


def test_nothing_without_the_grid(mayenne):
    communes = mayenne.territory.communes.assign(density_class=None)
    territory = replace(mayenne.territory, communes=communes)
    assert ruralite.dossier(replace(mayenne, territory=territory)) is None
