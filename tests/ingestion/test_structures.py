"""Structures: the mission's own list and the official counts."""

from __future__ import annotations

import random
import time

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.structures import (
    STRUCTURES,
    read_structures,
    structure_kinds,
    structures_from_supply,
)
from demomed.ingestion.template import write_template

HEADER = "Nom;Type;Code INSEE;Commune;X;Y;État;Ouverture;FINESS;Validation ARS;Contrat;Montant;Universitaire;Nb professionnels"


@pytest.fixture
def read(tmp_path, codes, communes):
    def reader(content, name="structures.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_structures(path, **{"codes": codes, "communes": communes, **options})

    return reader


def plan(open_count=28, project_count=4):
    """The statement « 28 maisons de santé en activité et quatre en projet » as a list."""
    places = ["53130", "53147", "53062", "53097", "53400"]
    rows = [
        f"MSP fictive {n};Maison de santé pluri-professionnelle;{places[n % 5]};;;;"
        f"{'en activité' if n < open_count else 'en projet'};;;;;;;"
        for n in range(open_count + project_count)
    ]
    return "\n".join([HEADER, *rows])


def test_28_open_and_4_in_project(read):
    table, _ = read(plan())
    counts = table.loc[table["kind"] == "msp"].groupby("status")["count"].sum()
    assert counts.to_dict() == {"open": 28, "project": 4}
    by_commune = table.groupby(["commune_code", "status"])["count"].sum()
    assert by_commune.groupby("status").sum().to_dict() == counts.to_dict()


def test_every_field(read):
    table, notices = read(
        HEADER + "\nPôle fictif;PSLA;53147;;;;ouverte;09/2018;530000123;oui;contrat de territoire;"
        "120 000 €;non;12\n"
    )
    row = table.iloc[0]
    assert list(table) == list(STRUCTURES.columns)
    assert (row["kind"], row["family"], row["original_kind"]) == (
        "psla",
        "exercice_coordonne",
        "PSLA",
    )
    assert (row["opening_year"], row["finess"], row["amount_eur"]) == (2018, "530000123", 120_000)
    assert row["ars_validated"] and not row["university"]
    assert (row["professionals_count"], row["contract"]) == (12, "contrat de territoire")
    assert (row["lon"], row["lat"], row["position_source"]) == (-0.6137, 48.303, "commune")
    assert row["source_id"] == "mission"
    assert notices == ()


@pytest.mark.parametrize(
    ("written", "kind", "family"),
    [
        ("MSP", "msp", "exercice_coordonne"),
        ("Pôle de santé", "pole_de_sante", "exercice_coordonne"),
        ("Pôles de Santé Libéraux Ambulatoires (PSLA)", "psla", "exercice_coordonne"),
        ("Maison médicale", "maison_medicale", "exercice_coordonne"),
        ("Centre de santé", "centre_de_sante", "centre"),
        ("Centre départemental de santé", "centre_departemental", "centre"),
        ("Service médical de proximité", "centre_departemental", "centre"),
        ("CPTS", "cpts", "coordination"),
        ("Cabinet de consultations avancées", "cabinet", "cabinet"),
        ("Téléconsultation", "telesante", "telesante"),
        ("Hôpital", "hopital", "hopital"),
        ("Pharmacie", "pharmacie", "pharmacie"),
        ("CSNP", "soins_non_programmes", "centre"),
    ],
)
def test_kinds_keep_their_own_name(read, written, kind, family):
    table, _ = read(f"Nom;Type;Code INSEE\nFictive;{written};53130\n")
    assert table.loc[0, ["kind", "family", "original_kind"]].tolist() == [kind, family, written]


def test_kind_read_in_the_name(read):
    table, notices = read("Nom;Commune\nMSP de Laval;Laval\nPSLA d'Alençon;Alençon\n")
    assert table["kind"].tolist() == ["msp", "psla"]
    assert "type lu dans le nom" in "\n".join(notices)


def test_lambert_93_is_converted_and_said(read):
    table, notices = read("Nom;Type;Code INSEE;X;Y\nFictive;MSP;53130;419000;6782000\n")
    row = table.iloc[0]
    assert (row["lon"], row["lat"]) == pytest.approx((-0.7722, 48.0713), abs=0.01)
    assert row["position_source"] == "given"
    assert "Lambert-93 converties" in "\n".join(notices)


def test_position_far_from_its_commune_is_said(read):
    table, notices = read("Nom;Type;Code INSEE;Longitude;Latitude\nFictive;MSP;53130;1,33;47,58\n")
    assert table.loc[0, "position_source"] == "given"
    assert "position à vérifier" in "\n".join(notices)


def test_without_a_table_of_communes_there_is_no_position(read):
    table, _ = read("Nom;Type;Code INSEE\nFictive;MSP;53130\n", communes=None)
    assert table.loc[0, "position_source"] == "none" and pd.isna(table.loc[0, "lon"])


def test_without_status_open_and_said(read):
    table, notices = read("Nom;Type;Code INSEE\nFictive;MSP;53130\n")
    assert table["status"].tolist() == ["open"]
    assert "« ouverte » par défaut" in "\n".join(notices)


def test_mails_and_phones_are_masked(read):
    table, notices = read(
        "Nom;Type;Code INSEE;Contrat;Contact\n"
        "MSP fictive 02 43 00 00 00;MSP;53130;voir quelqu.un@exemple.fr;QUELQUUN Paul\n"
    )
    produced = table.to_csv() + "\n".join(notices)
    for text in ("43 00", "exemple.fr", "QUELQUUN"):
        assert text not in produced


@pytest.mark.parametrize("seed", range(4))
def test_order_of_rows_never_matters(read, seed):
    header, *rows = plan().split("\n")
    first, _ = read("\n".join([header, *rows]))
    random.Random(seed).shuffle(rows)
    second, _ = read("\n".join([header, *rows]))
    pd.testing.assert_frame_equal(first, second)


CELL = st.sampled_from(["MSP", "53130", "1004", "", "-0,7", "48", "6782000", "Total", "oui", '"', "1e999", "nan", "PSLA de X", "2018", "fin 27"])  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELL, min_size=3, max_size=14), min_size=1, max_size=6))
def test_fuzz(read, rows):
    start = time.perf_counter()
    try:
        read("\n".join([HEADER, *(";".join(row) for row in rows)]))
    except InputError as error:
        assert all(fault.remedy for fault in error.faults)
    assert time.perf_counter() - start < 3


def test_kinds_are_declared_whole():
    kinds = structure_kinds()
    assert kinds.notna().all().all() and kinds.index.is_unique
    assert {"msp", "psla", "pole_de_sante", "maison_medicale"} == set(
        kinds.index[kinds["family"] == "exercice_coordonne"]
    )


def test_official_structures_of_the_bundle():
    bundle = read_bundle(default_bundle_path())
    table = structures_from_supply(bundle.supply, bundle.communes)
    assert list(table) == list(STRUCTURES.columns)
    assert table["position_source"].eq("commune").all() and table["lon"].notna().all()
    department = table["commune_code"].map(
        bundle.communes.set_index("commune_code")["departement_code"]
    )
    counts = table.groupby([department, "kind"])["count"].sum()
    assert [counts[code, "msp"] for code in ("53", "41", "61")] == [15, 18, 8]
    assert [counts[code, "pharmacie"] for code in ("53", "41", "61")] == [86, 103, 97]


def test_the_model_is_read_back(tmp_path):
    bundle = read_bundle(default_bundle_path())
    for name in ("modele.csv", "modele.xlsx"):
        path = write_template(tmp_path / name, "structures")
        table, _ = read_structures(path, codes=bundle.codes, communes=bundle.communes)
        assert table["status"].tolist() == ["open", "project", "open"]
        assert table["commune_code"].tolist() == ["53130", "61001", "41018"]
