"""The fictional register: official numbers, invented persons; and the model files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from demomed.core import catalogue
from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.draws import Draw, apportion
from demomed.ingestion.example import example_register, example_table, write_examples
from demomed.ingestion.example_ages import shares_over
from demomed.ingestion.register import PRACTITIONERS, read_register
from demomed.ingestion.template import to_model, write_template
from demomed.ingestion.validation import validation_report

MODELS = Path(__file__).parents[2] / "docs" / "modeles"
DEPARTMENTS = ("53", "41", "61")


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(default_bundle_path())


@pytest.fixture(scope="module")
def table(bundle):
    return make(bundle, DEPARTMENTS)


def make(bundle, departments, **options):
    return example_table(
        bundle.communes,
        bundle.supply,
        bundle.apl,
        bundle.demography,
        departments,
        reference_date=bundle.reference_date,
        **options,
    )


def main_site(table, service=None):
    rows = table.loc[table["is_main_site"]]
    return rows if service is None else rows.loc[rows["service"] == service]


def test_it_is_the_one_that_ships(bundle, table):
    pd.testing.assert_frame_equal(bundle.practitioners, table)
    assert table["is_example"].all()
    PRACTITIONERS.validate(table)
    shipped = default_bundle_path() / "practitioners.parquet"
    assert shipped.stat().st_size < 150_000


def test_head_counts_are_the_official_ones(bundle, table):
    communes = bundle.communes.set_index("commune_code")
    core = communes["departement_code"].isin(DEPARTMENTS)
    touched = communes["epci_siren"].isin(communes.loc[core, "epci_siren"])
    inside = communes.index[core | touched]
    for service in catalogue.entry("mappings", "example")["professions"]:
        rows = bundle.supply.loc[bundle.supply["service"] == service]
        rows = rows.loc[rows["year"] == rows["year"].max()].set_index("commune_code")["count"]
        official = rows.reindex(inside).fillna(0).astype(int)
        mine = main_site(table, service).groupby("commune_code").size()
        pd.testing.assert_series_equal(
            mine.reindex(inside, fill_value=0), official, check_names=False
        )
    gp = main_site(table, "gp").groupby(communes["departement_code"].reindex(
        main_site(table, "gp")["commune_code"]).to_numpy()).size()  # fmt: skip
    assert gp.reindex(DEPARTMENTS).tolist() == [194, 258, 192]


def test_share_of_older_doctors_follows_the_access_indicator(bundle, table):
    told = shares_over(bundle.apl, bundle.communes, "gp")
    siren = bundle.communes.set_index("commune_code")["epci_siren"]
    doctors = main_site(table, "gp")
    doctors = doctors.loc[doctors["age"].notna()]
    checked = 0
    for epci, group in doctors.groupby(doctors["commune_code"].map(siren)):
        for limit in (60, 62, 65):
            share = (group["age"] > limit).mean()
            assert abs(share - told[epci][limit] / 1e6) <= 0.5 / len(group) + 1e-9
            checked += 1
    assert checked >= 100


def test_nurses_follow_the_published_pyramid(bundle, table):
    demography = bundle.demography
    nurses = main_site(table, "nurse").merge(
        bundle.communes[["commune_code", "departement_code"]], on="commune_code"
    )
    for code in DEPARTMENTS:
        rows = demography.loc[
            (demography["source_id"] == "drees_nurses_liberal")
            & (demography["area_level"] == "departement")
            & (demography["area_code"] == code)
            & (demography["year"] == 2023)
        ].set_index(["age_band", "sex"])["count"]
        known = nurses.loc[(nurses["departement_code"] == code) & nurses["age"].notna()]
        older = rows["55-59", "all"] + rows["60-64", "all"] + rows["65+", "all"]
        assert (known["age"] >= 55).mean() == pytest.approx(older / rows["all", "all"], abs=0.02)
        assert (known["sex"] == "F").mean() == pytest.approx(
            rows["all", "female"] / rows["all", "all"], abs=0.03
        )


def test_unknown_ages_and_second_sites(table):
    people = main_site(table)
    assert people["age"].isna().mean() == pytest.approx(0.08, abs=0.01)
    assert (people.loc[people["age"].isna(), "age_source"] == "none").all()
    assert table["practitioner_id"].duplicated().mean() == pytest.approx(0.065, abs=0.015)
    assert table.groupby("practitioner_id")["site_share"].sum().round(9).eq(1).all()
    assert table["age"].dropna().between(20, 80).all()


def test_a_department_does_not_depend_on_the_others(bundle, table):
    alone = make(bundle, ["53"])
    same = table.loc[table["commune_code"].isin(alone["commune_code"])]
    columns = ["commune_code", "service", "is_main_site", "etp", "mode"]
    inside = alone["commune_code"].str.startswith("53")
    left = alone.loc[inside & alone["is_main_site"], columns].value_counts().sort_index()
    kept = same.loc[same["commune_code"].str.startswith("53") & same["is_main_site"], columns]
    pd.testing.assert_series_equal(left, kept.value_counts().sort_index())


def test_order_of_the_tables_never_matters(bundle, table):
    shuffled = example_table(
        bundle.communes.iloc[::-1],
        bundle.supply.iloc[::-1],
        bundle.apl.iloc[::-1],
        bundle.demography.iloc[::-1],
        DEPARTMENTS[::-1],
        reference_date=bundle.reference_date,
    )
    pd.testing.assert_frame_equal(shuffled, table)


def test_draws_are_fixed_for_ever():
    draw = Draw(53)
    assert [draw.below(1000, "53130", "gp", rank) for rank in range(4)] == [635, 267, 34, 718]
    assert draw.shuffled("abcdef", "x") == draw.shuffled("fedcba", "x")
    assert sorted(draw.shuffled("abcdef", "x")) == list("abcdef")


def test_another_seed_gives_other_persons(bundle, table):
    other = make(bundle, DEPARTMENTS, seed=54)
    assert not other["age"].equals(table["age"])
    assert len(main_site(other)) == len(main_site(table))


def test_apportion():
    assert apportion(7, [1, 1, 2]) == [2, 2, 3]
    assert sum(apportion(1000, [3, 7, 11, 0])) == 1000
    assert apportion(5, [0, 0]) == [0, 0]


def test_without_ages_published_the_supposed_ones_serve(bundle):
    empty = bundle.apl.iloc[:0]
    table = example_register(
        bundle.communes,
        bundle.supply,
        empty,
        bundle.demography.iloc[:0],
        department="53",
        reference_date=bundle.reference_date,
    )
    doctors = main_site(table, "gp")
    assert (doctors["age"] > 60).mean() == pytest.approx(0.3, abs=0.05)


def test_written_examples_are_read_back(bundle, tmp_path):
    paths = write_examples(
        bundle.communes,
        bundle.supply,
        bundle.apl,
        bundle.demography,
        ["53"],
        tmp_path,
        reference_date=bundle.reference_date,
    )
    assert [path.name for path in paths] == ["registre-fictif-53.csv"]
    back, notices = read_register(
        paths[0], codes=bundle.codes, communes=bundle.communes, reference_date=bundle.reference_date
    )
    original = make(bundle, ["53"])
    columns = ["service", "commune_code", "is_main_site", "site_share", "share_source", "etp"]
    columns += ["activity", "birth_year", "age", "sex", "mode", "status", "structure_kind"]
    columns += ["installed_date", "departure_date"]
    keys = ["service", "commune_code", "is_main_site", "etp", "activity", "birth_year", "sex"]
    keys += ["mode", "status", "structure_kind", "installed_date", "site_share", "departure_date"]
    left = back[columns].sort_values(keys, ignore_index=True)
    right = original[columns].sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(left, right)
    assert not any("laissée vide" in notice for notice in notices)


def test_report_sent_back(bundle, tmp_path):
    options = {"codes": bundle.codes, "reference_date": bundle.reference_date}
    path = tmp_path / "r.csv"
    path.write_bytes(to_model(make(bundle, ["53"])))
    text = validation_report(path, **options).text
    assert "Fichier accepté" in text and "- médecins généralistes\u202f: " in text
    path.write_text("Profession;Code INSEE\nMG;1004\nDoc;53130\n", encoding="utf-8")
    text = validation_report(path, **options).text
    assert "Fichier à corriger\u202f: 2 points." in text
    assert "1. r.csv, ligne 2, colonne « Code INSEE »" in text and "2. r.csv, ligne 3" in text
    path.write_text("Profession;Code INSEE\nMG;1004\n", encoding="utf-8")
    assert "1 point." in validation_report(path, **options).text


@pytest.mark.parametrize("kind", ["register", "structures"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_models_in_the_documentation_are_those_of_the_code(tmp_path, kind, suffix):
    name = {"register": "registre-modele", "structures": "structures-modele"}[kind] + suffix
    path = write_template(tmp_path / name, kind)
    again = write_template(tmp_path / f"again{suffix}", kind)
    assert path.read_bytes() == again.read_bytes()
    if suffix == ".csv":
        assert (MODELS / name).read_bytes() == path.read_bytes()
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert (MODELS / name).is_file()


def test_models_are_read_without_a_word(bundle):
    for name in ("registre-modele.csv", "registre-modele.xlsx"):
        table, notices = read_register(
            MODELS / name,
            codes=bundle.codes,
            communes=bundle.communes,
            reference_date=bundle.reference_date,
            mapping=MODELS / "mots-de-la-mission.toml",
        )
        assert table["practitioner_id"].tolist() == ["p0001", "p0001", "p0002", "p0003"]
        assert notices == (f"{name} : âge inconnu : 1 personne sur 3",)


def test_model_of_another_format_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.csv ou \.xlsx"):
        write_template(tmp_path / "modele.pdf")


def test_models_hold_no_name():
    header = (MODELS / "registre-modele.csv").read_text(encoding="utf-8-sig").split("\n")[0]
    assert not {"Nom", "Prénom", "RPPS"} & set(header.split(";"))
