"""The register: what is read, how persons and sites are settled, and what is never kept."""

from __future__ import annotations

import io
import random
import string
import time
import zipfile
from datetime import date
from functools import cache

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demomed.core.faults import InputError
from demomed.ingestion.bundle import default_bundle_path, read_bundle
from demomed.ingestion.register import PRACTITIONERS, read_register, register_columns
from demomed.ingestion.validation import validation_report

REFERENCE = date(2025, 1, 1)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def read(tmp_path, codes, communes):
    """Read a register given as text or bytes."""

    def reader(content, name="registre.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        options = {"codes": codes, "communes": communes, "reference_date": REFERENCE, **options}
        return read_register(path, **options)

    return reader


def one(read, header, cells, **options):
    table, notices = read(f"{header};Profession;Code INSEE\n{cells};MG;53130\n", **options)
    return table.iloc[0], notices


# --- the form of the file ------------------------------------------------------------------------

TEXT = "Identifiant;Profession;Année de naissance;Code INSEE;ETP\n1;Médecin généraliste;1961;53130;0,8\n2;Kiné;1984;41018;1\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode("cp1252"),
        TEXT.replace(",", ".").replace(";", ",").encode("utf-8"),
        TEXT.replace(";", "\t").encode("utf-8"),
        ("sep=;\n" + TEXT).encode("utf-8"),
        ("Registre des praticiens;;;;\n\n;;;;\n" + TEXT).encode("utf-8"),
        TEXT.replace("Code INSEE", " CODE\u00a0Insee ").replace("ETP", "É.T.P.").encode("utf-8"),
    ],
    ids=["utf8", "bom", "cp1252", "utf16", "crlf", "comma", "tab", "sep", "title", "spelling"],
)
def test_same_table_whatever_the_form(read, content):
    table, _ = read(content)
    assert table["service"].tolist() == ["gp", "physiotherapist"]
    assert table["commune_code"].tolist() == ["53130", "41018"]
    assert table["age"].tolist() == [64, 41]
    if b"P." not in content:
        assert table["etp"].tolist() == [0.8, 1.0]


def test_contract(read):
    table, _ = read(TEXT)
    assert list(table) == list(PRACTITIONERS.columns)
    assert not table["is_example"].any()
    pd.testing.assert_frame_equal(PRACTITIONERS.validate(table), table)


def xlsx(rows, *, other=()):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    for row in other:
        book.active.append(row)
    sheet = book.create_sheet("Liste")
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_workbook_sheet_found_by_content_and_real_dates(read):
    rows = [
        ["Mise à jour : janvier", None],
        [None, None],
        ["RPPS", "Profession", "Né le", "Insee", "ETP"],
        [99000000001, "MG", date(1961, 1, 2), 53130, 0.8],
        [99000000002, "IDE", date(1960, 12, 31), "53147", 1],
    ]
    table, notices = read(xlsx(rows, other=[["Lisez-moi"]]), "registre.xlsx")
    assert table["age"].tolist() == [63, 64]
    assert table["age_source"].eq("birth_date").all()
    assert table["etp"].tolist() == [0.8, 1.0]
    assert not any("Lisez" in notice for notice in notices)


def ods(rows):
    """An OpenDocument sheet, blank rows and cells repeated as an office suite writes them."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{v}"/>'
            if isinstance(v, (int, float))
            else (
                f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>'
                if v
                else "<table:table-cell/>"
            )
            for v in row
        )
        + '<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<o:document-content xmlns:o="{space}:office:1.0" xmlns:office="{space}:office:1.0" '
        f'xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><table:table table:name="F">'
        f'<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>{cells}'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        "</table:table></o:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def test_opendocument(read):
    rows = [["Profession", "Code INSEE", "", "ETP"], ["MG", 53130, "", 0.5], ["IDE", "", "", 1]]
    table, _ = read(ods(rows), "registre.ods")
    assert table.set_index("service")["etp"].to_dict() == {"gp": 0.5, "nurse": 1.0}
    with pytest.raises(InputError) as caught:
        read(ods([["Profession", "Code INSEE"], ["MG", "1004"]]), "registre.ods")
    assert caught.value.faults[0].row == 4


def test_rows_that_are_not_persons_are_skipped_and_said(read):
    text = (
        "Profession;Code INSEE;ETP;Identifiant\nMG;53130;1;1\n;;;\nProfession;Code INSEE;ETP;Identifiant\n"
        "IDE;53147;1;2\nSous-total;;2;\nTOTAL;;2;\nSource : recensement fait à la main en janvier;;;\n"
    )
    table, notices = read(text)
    assert len(table) == 2
    told = "\n".join(notices)
    for words in ("en-tête répété ligne 4", "ligne 6 : total", "ligne 7 : total", "ligne 8 : note"):
        assert words in told


# --- communes -------------------------------------------------------------------------------------


def test_old_codes_are_mapped_and_said(read):
    row, notices = one(read, "Identifiant", "1")
    assert row["commune_code"] == "53130"
    table, notices = read("Profession;Code INSEE\nMG;53014\n")
    assert table["commune_code"].tolist() == ["53062"]
    assert "53014 → 53062 (Château-Gontier-sur-Mayenne)" in "\n".join(notices)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("Laval;", "53130"),
        ("LAVAL CEDEX 9;", "53130"),
        ("St Denis d’Anjou;", "53210"),
        ("EVRON (53);", "53097"),
        ("Aigle (L');", "61214"),
        ("Ste-Suzanne;53270", "53400"),
        ("Ste-Suzanne;61270", "61400"),
        ("Ste-Suzanne;53999", "53400"),
    ],
)
def test_commune_by_name(read, cells, found):
    table, notices = read(f"Profession;Commune;CP\nMG;{cells}\n")
    assert table["commune_code"].tolist() == [found]
    assert any("trouvée par son nom" in notice for notice in notices)


def test_name_of_a_former_commune(read):
    places = pd.DataFrame({"place_name": ["Château-Gontier"], "commune_code": ["53062"]})
    table, _ = read("Profession;Commune\nMG;Chateau Gontier\n", places=places)
    assert table["commune_code"].tolist() == ["53062"]


def test_homonym_settled_by_the_departments_of_the_file(read):
    table, _ = read("Profession;Code INSEE;Commune\nMG;53130;\nIDE;;Sainte-Suzanne\n")
    assert set(table["commune_code"]) == {"53130", "53400"}


def test_empty_commune_is_kept_as_unlocated(read):
    table, notices = read("Profession;Code INSEE;Commune\nMG;;n.d.\nIDE;53130;\n")
    assert table["commune_code"].isna().sum() == 1
    assert "1 ligne (2) : commune absente, « non localisé »" in "\n".join(notices)


def test_split_commune_settled_by_its_name(read):
    table, _ = read("Profession;Code INSEE;Commune\nMG;53999;Évron\n")
    assert table["commune_code"].tolist() == ["53097"]


def test_code_and_name_that_differ(read):
    table, notices = read("Profession;Code INSEE;Commune\nMG;53130;Évron\n")
    assert table["commune_code"].tolist() == ["53130"]
    assert "le code est retenu" in "\n".join(notices)


EXAMPLE = """Praticiens du département, mise à jour de janvier;;;;;;;;;;;

Nom;Prénom;RPPS;Spécialité;Année de naissance;Commune;Code INSEE;MSP;Mode d'exercice;ETP;Départ prévu;Remarques
EXEMPLE;Claire;99000000001;Médecine générale;1961;Laval;53130;;Libéral;1;fin 2027;
MODELE;Jean;;MG;1958;Château-Gontier;;MSP Fictive Sud;libéral;0,8;?;commune : ancienne, à rattacher
FICTIVE;Anne;99000000003;IDE;1984;BLOIS;41018;MSP Fictive;Libéral;1;;
EXEMPLE;Claire;99000000001;Médecine générale;1961;Mayenne;53147;;salarié;0,2;;2e site
Total;;;;;;;;;3,0;;
"""


def test_a_typical_register_with_the_reference_data(read):
    bundle = read_bundle(default_bundle_path())
    table, notices = read(
        EXAMPLE.encode("cp1252"),
        codes=bundle.codes,
        communes=bundle.communes,
        places=bundle.places,
    )
    assert table["commune_code"].tolist() == ["53130", "53147", "41018", "53062"]
    assert table["is_main_site"].tolist() == [True, False, True, True]
    assert persons(table) == 3
    told = "\n".join(notices)
    assert "ligne 8 : total" in told and "trouvée par son nom" in told
    former = bundle.codes.loc[bundle.codes["old_code"] != bundle.codes["commune_code"]]
    former = former.loc[(former["departement_code"] == "53") & ~former["is_ambiguous"].astype(bool)]
    rows = "\n".join(f"MG;{code}" for code in former["old_code"])
    table, _ = read(f"Profession;Code INSEE\n{rows}\n", codes=bundle.codes)
    assert sorted(table["commune_code"]) == sorted(former["commune_code"])


# --- ages and dates -------------------------------------------------------------------------------


def test_ages(read):
    assert one(read, "Date de naissance", "01/01/1960")[0]["age"] == 65
    assert one(read, "Date de naissance", "02/01/1960")[0]["age"] == 64
    assert one(read, "Année de naissance", "1960")[0]["age"] == 65
    row, notices = one(read, "Âge", "57 ans")
    assert (row["age"], row["age_source"]) == (57, "age") and pd.isna(row["birth_year"])
    assert "âge donné sans date" in "\n".join(notices)
    row, _ = one(read, "Tranche d'âge", "55-59")
    assert (row["age_low"], row["age_high"], row["age_source"]) == (55, 59, "age_band")
    assert pd.isna(row["age"])
    row, _ = one(read, "Tranche d'âge", "65 ans et plus")
    assert row["age_low"] == 65 and pd.isna(row["age_high"])
    row, notices = one(read, "Année de naissance", "?")
    assert row["age_source"] == "none" and pd.isna(row["age"])
    assert "âge inconnu : 1 personne sur 1" in "\n".join(notices)


def test_birthday_of_29_february(read):
    before, after = date(2025, 2, 28), date(2025, 3, 1)
    header, cell = "Date de naissance", "29/02/1960"
    assert one(read, header, cell, reference_date=before)[0]["age"] == 64
    assert one(read, header, cell, reference_date=after)[0]["age"] == 65


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("fin 2026", "2026-12-31"),
        ("été 27", "2027-09-30"),
        ("juin 2026", "2026-06-30"),
        ("1er semestre 2026", "2026-06-30"),
        ("T1 2026", "2026-03-31"),
        ("2026", "2026-12-31"),
        ("06/2026", "2026-06-30"),
        ("15/03/2026", "2026-03-15"),
        ("mi-2026", "2026-06-30"),
        ("?", None),
        ("bientôt", None),
        ("hiver 2026", None),
    ],
)
def test_departures(read, cell, expected):
    row, notices = one(read, "Départ prévu", cell)
    assert (
        None if pd.isna(row["departure_date"]) else str(row["departure_date"].date())
    ) == expected
    assert any("laissée vide" in n for n in notices) == (cell in ("bientôt", "hiver 2026"))


def test_installation_is_the_first_day(read):
    assert (
        str(one(read, "Date d'installation", "septembre 2015")[0]["installed_date"].date())
        == "2015-09-01"
    )
    assert str(one(read, "Date d'installation", "98")[0]["installed_date"].date()) == "1998-01-01"


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profession", "speciality", "service"),
    [
        ("MG", "", "gp"),
        ("Généraliste", "", "gp"),
        ("Médecin gé.", "", "gp"),
        ("Médecin", "Médecine générale", "gp"),
        ("Médecin", "Psychiatrie", "psychiatrist"),
        ("IDE", "", "nurse"),
        ("Infirmière libérale", "", "nurse"),
        ("MK", "", "physiotherapist"),
        ("Chirurgiens-dentistes", "", "dentist"),
        ("Sage-femme", "", "midwife"),
        ("MG / Gynéco", "", "gp"),
        ("MG", "Gériatrie", "gp"),
    ],
)
def test_professions(read, profession, speciality, service):
    table, _ = read(f"Profession;Spécialité;Code INSEE\n{profession};{speciality};53130\n")
    assert table["service"].tolist() == [service]


def test_professions_out_of_the_vocabulary_are_set_aside(read):
    table, notices = read("Profession;Code INSEE\nMG;53130\nOstéopathe;53130\n")
    assert table["service"].tolist() == ["gp"]
    assert "mise de côté, 1 ligne : « Ostéopathe » (ligne 3)" in "\n".join(notices)


def test_faults_of_cells_and_of_persons_are_told_at_once_with_what_is_to_know(read):
    text = (
        "Identifiant;Profession;Code INSEE;Commune;Site principal;Part du temps;Année de naissance\n"
        "1;MG;53130;Laval;oui;0,8;1970\n1;MG;53147;Mayenne;oui;0,8;1970\n"
        "2;MG;53130;Évron;;;2031\n"
    )
    with pytest.raises(InputError) as refused:
        read(text)
    told = str(refused.value)
    assert "« 2031 »" in told and "parts du temps au-dessus de 1" in told
    assert told.count("plusieurs sites principaux") == 2
    assert any("ligne 4, « Évron » : 53130 est Laval" in text for text in refused.value.notices)


def test_a_refused_register_is_told_what_is_to_know_too(tmp_path, codes, communes):
    path = tmp_path / "registre.csv"
    path.write_text("Profession;Code INSEE;Commune;ETP\nMG;53130;Évron;trop\n", encoding="utf-8")
    told = validation_report(path, codes=codes, communes=communes, reference_date=REFERENCE)
    assert not told.is_accepted
    assert "À savoir\u202f:" in told.text and "le code est retenu" in told.text


@pytest.mark.parametrize("cell", ["31/02/2020", "2021-13-01", "00.01.2020"])
def test_a_day_that_no_calendar_has_is_a_fault(read, cell):
    with pytest.raises(InputError, match="ce jour n'existe pas") as refused:
        read(f"Profession;Code INSEE;Date d'installation\nMG;53130;{cell}\n")
    assert cell in str(refused.value)


def test_words_that_are_no_date_are_quoted(read):
    header = "Profession;Code INSEE;Départ prévu;Statut"
    table, notices = read(f"{header}\nMG;53130;un jour;chef\nMG;53130;123;\nMG;53130;un jour;\n")
    told = "\n".join(notices)
    assert table["departure_date"].isna().all()
    assert "3 lignes : « un jour » (lignes 2, 4), « 123 » (ligne 3)" in told
    assert "attendu : un jour" in told and "« chef » (ligne 2)" in told


def test_an_installation_to_come_is_told(read):
    _, notices = read("Profession;Code INSEE;Date d'installation\nMG;53130;2030\nMG;53130;2025\n")
    told = "\n".join(notices)
    assert "installation après le 01/01/2025" in told and "1 ligne : « 2030 » (ligne 2)" in told


def test_modes_and_statuses(read):
    text = (
        "Identifiant;Profession;Code INSEE;Mode d'exercice;Statut\n"
        "1;MG;53130;Libéral;\n2;MG;53130;Remplaçante;\n3;MG;53130;salarié;interne\n"
        "4;MG;53130;assistant libéral;\n5;MG;53130;CDS;retraité actif\n6;MG;53130;;chef du village\n"
    )
    table, notices = read(text)
    assert table["mode"].fillna("").tolist() == [
        "liberal", "remplacant", "etudiant", "liberal", "salarie", "",
    ]  # fmt: skip
    assert table["status"].fillna("").tolist() == [
        "", "", "interne", "assistant_liberal", "retraite_actif", "",
    ]  # fmt: skip
    assert "à part de l'offre : 2 personnes" in "\n".join(notices)
    assert "laissé vide, 1 ligne : « chef du village » (ligne 7)" in "\n".join(notices)


def test_the_missions_own_words(read, tmp_path):
    mapping = tmp_path / "mots.toml"
    mapping.write_text(
        '[colonnes]\n"Libellé métier" = "Profession"\n"Où" = "Commune"\n'
        '[professions]\n"doc de campagne" = "médecin généraliste"\n'
        '[modes]\n"perso" = "libéral"\n',
        encoding="utf-8",
    )
    table, _ = read("Libellé métier;Où;Mode\nDoc de campagne;Laval;perso\n", mapping=mapping)
    assert table.loc[0, ["service", "commune_code", "mode"]].tolist() == ["gp", "53130", "liberal"]


def test_declared_columns_are_told():
    columns = register_columns()
    assert columns.loc["commune_code", "is_required"] and columns["help"].str.len().gt(0).all()


# --- persons and sites ----------------------------------------------------------------------------

NAMED = "Nom;Prénom;RPPS;Profession;Année de naissance;Code INSEE;Mode d'exercice;ETP;Part du temps;Site principal;Date d'installation;Actes par an\n"


def persons(table):
    return table["practitioner_id"].nunique()


def test_a_person_is_known_by_rpps_then_by_name(read):
    table, notices = read(
        NAMED
        + "FICTIVE;Anne;99000000003;MG;1961;53130;;;;;;\n"
        + "Dr Fictive;ANNE;;MG;;53147;;;;;;\n"
        + "MODELE;Jean;;MG;1958;53130;;;;;;\n"
        + "modèle;jean;;MG;1958;53062;;;;;;\n"
        + "MODELE;Jean;;MG;1975;53097;;;;;;\n"
    )
    assert persons(table) == 3
    told = "\n".join(notices)
    assert "sans RPPS, rattachement à la personne du même nom" in told
    assert "homonymes" in told
    anne = table.loc[table["birth_year"] == 1961]
    assert len(anne) == 2


def test_two_identifiers_for_one_name_are_said_not_merged(read):
    table, notices = read(
        NAMED
        + "FICTIVE;Anne;99000000003;MG;1961;53130;;;;;;\n"
        + "FICTIVE;Anne;99000000004;MG;1961;53147;;;;;;\n"
    )
    assert persons(table) == 2
    assert "deux identifiants" in "\n".join(notices)


def test_ids_hold_nothing_of_the_person(read):
    table, _ = read(NAMED + "FICTIVE;Anne;99000000003;MG;1961;53130;;;;;;\n")
    assert table["practitioner_id"].tolist() == ["r0001"]
    table, _ = read("Identifiant;Profession;Code INSEE\n12;MG;53130\n7;IDE;53130\n")
    assert table["practitioner_id"].tolist() == ["p0007", "p0012"]
    table, _ = read("Identifiant;Profession;Code INSEE\nFIC-A;MG;53130\nMOD-J;IDE;53130\n")
    assert table["practitioner_id"].tolist() == ["r0001", "r0002"]


def test_same_commune_two_addresses_are_two_sites(read):
    table, _ = read(
        "Identifiant;Profession;Code INSEE;Adresse\n1;MG;53130;1 rue Fictive\n1;MG;53130;2 rue Fictive\n"
    )
    assert len(table) == 2 and persons(table) == 1
    assert table["site_share"].tolist() == [0.5, 0.5]


def sites(read, *rows):
    """Cells after the RPPS: commune, mode, etp, share, main, installed, acts."""
    lines = [f"FICTIVE;Anne;99000000003;MG;1961;{cells}" for cells in rows]
    table, _ = read(NAMED + "\n".join(lines) + "\n")
    return table.set_index("commune_code")


def test_worked_example_of_shares(read):
    table, _ = read(
        "Identifiant;Profession;Code INSEE;Part du temps;ETP\n"
        "1;MG;53130;60 %;1\n1;MG;53147;40 %;1\n2;MG;53130;;1\n"
    )
    etp = (table["etp"] * table["site_share"]).groupby(table["commune_code"]).sum()
    assert etp.to_dict() == {"53130": 1.6, "53147": 0.4}
    main = table.loc[table["is_main_site"]].groupby("commune_code").size()
    assert main.to_dict() == {"53130": 2}
    table, _ = read(
        "Identifiant;Profession;Code INSEE;ETP\n1;MG;53130;1\n1;MG;53147;1\n2;MG;53130;1\n"
    )
    etp = (table["etp"] * table["site_share"]).groupby(table["commune_code"]).sum()
    assert etp.to_dict() == {"53130": 1.5, "53147": 0.5}
    assert table["share_source"].eq("equal").all()


def test_site_etp_are_summed_when_they_differ(read):
    table = sites(read, "53130;;0,6;;;;", "53147;;0,2;;;;")
    assert table["etp"].tolist() == pytest.approx([0.8, 0.8])
    assert table["site_share"].tolist() == pytest.approx([0.75, 0.25])
    assert table["share_source"].eq("given").all()


def test_missing_etp_is_not_zero(read):
    table = sites(read, "53130;;;;;;")
    assert table["etp"].isna().all()


def test_days_give_shares(read):
    table, _ = read("Identifiant;Profession;Code INSEE;Nb jours\n1;MG;53130;1\n1;MG;53147;3\n")
    assert table.set_index("commune_code")["site_share"].to_dict() == {"53147": 0.75, "53130": 0.25}


@pytest.mark.parametrize(
    ("rows", "main", "rule"),
    [
        (["53130;;;;non;;", "53147;;;;oui;;"], "53147", "flag"),
        (["53130;;;0,4;;;", "53147;;;0,6;;;"], "53147", "most_time"),
        (["53130;;;;;;900", "53147;;;;;;2000"], "53147", "most_time"),
        (["53130;salarié;;;;;", "53147;libéral;;;;;"], "53147", "liberal"),
        (["53130;libéral;;;;2015;", "53147;libéral;;;;2010;"], "53147", "first"),
        (["53147;libéral;;;;;", "53130;libéral;;;;;"], "53130", "code"),
        (["53130;;;0,5;;;", "53147;;;0,5;;;"], "53130", "code"),
        (["53147;;;;;;"], "53147", "only"),
    ],
)
def test_main_site(read, rows, main, rule):
    table = sites(read, *rows)
    assert table.index[table["is_main_site"]].tolist() == [main]
    assert table["main_site_rule"].eq(rule).all()


def test_structures_lose_their_name(read):
    table, _ = read(
        "Identifiant;Profession;Code INSEE;MSP;FINESS\n1;MG;53130;MSP Fictive Sud;\n"
        "2;MG;53130;Cabinet du Dr Fictive;\n3;MG;53130;non;\n4;MG;53147;PSLA;530000123\n"
    )
    kinds = table["structure_kind"].fillna("").tolist()
    assert kinds == ["msp", "cabinet", "", "psla"]
    ids = table["structure_id"].fillna("").tolist()
    assert ids == ["structure-0002", "structure-0001", "", "530000123"]


# --- what is never kept ---------------------------------------------------------------------------

PLANTED = (
    "ZUBERBUHLER",
    "Philomène",
    "zuber@exemple.fr",
    "0243000000",
    "02 43 00 00 00",
    "99000000042",
    "12 rue du Test",
    "malade",
    "1961-03-05",
    "05/03",
)


def planted(last="53130"):
    return (
        "Nom;Prénom;RPPS;Mail;Téléphone;Adresse;Remarques;Profession;Date de naissance;Statut;MSP;Code INSEE\n"
        "ZUBERBUHLER;Philomène;99000000042;zuber@exemple.fr;02 43 00 00 00;12 rue du Test;malade, 0243000000;"
        f"MG;05/03/1961;zuber@exemple.fr;MSP ZUBERBUHLER;{last}\n"
        "ZUBERBUHLER;Philomène;99000000043;zuber@exemple.fr;02 43 00 00 00;12 rue du Test;malade;"
        "MG;05/03/1961;;;53147\n"
    )


def test_privacy(read, tmp_path, codes):
    table, notices = read(planted())
    report = validation_report(tmp_path / "registre.csv", codes=codes, reference_date=REFERENCE)
    produced = table.to_csv() + "\n".join(notices) + report.text
    for text in PLANTED:
        assert text.lower() not in produced.lower(), text


def test_privacy_of_faults(read):
    with pytest.raises(InputError) as caught:
        read(planted(last="zuber@exemple.fr"))
    told = str(caught.value)
    assert caught.value.faults[0].row == 2
    for text in PLANTED:
        assert text.lower() not in told.lower(), text


# --- properties -----------------------------------------------------------------------------------


def many(seed, rows=60):
    draw = random.Random(seed)
    lines = []
    for n in range(rows):
        person = draw.randrange(40)
        lines.append(
            ";".join(
                (
                    "" if person % 3 else f"{99000000000 + person}",
                    f"NOM{person}",
                    draw.choice(["MG", "IDE", "Kiné"]),
                    "" if person % 5 == 0 else str(1950 + person),
                    draw.choice(["53130", "53014", "41018", ""]),
                    draw.choice(["libéral", "salarié", ""]),
                    draw.choice(["", "0,5"]),
                    str(n),
                    draw.choice(["fin 2026", "?", ""]),
                )
            )
        )
    return "RPPS;Nom;Profession;Année de naissance;Code INSEE;Mode;ETP;Adresse;Départ", lines


@pytest.mark.parametrize("seed", range(8))
def test_order_of_rows_never_matters(read, seed):
    header, lines = many(seed)
    first, _ = read("\n".join([header, *lines]))
    random.Random(seed + 1).shuffle(lines)
    second, _ = read("\n".join([header, *lines]))
    pd.testing.assert_frame_equal(first, second)
    assert first.groupby("practitioner_id")["is_main_site"].sum().eq(1).all()
    assert first.groupby("practitioner_id")["site_share"].sum().le(1 + 1e-9).all()


def only_input_error(read, content):
    start = time.perf_counter()
    try:
        read(content)
    except InputError as error:
        assert error.faults and all(fault.remedy for fault in error.faults)
    assert time.perf_counter() - start < 3


@QUICK
@given(st.binary(max_size=400))
def test_fuzz_bytes(read, content):
    only_input_error(read, content)


@QUICK
@given(st.text(max_size=200))
def test_fuzz_text(read, text):
    only_input_error(read, text)


CELL = st.one_of(
    st.sampled_from(["MG", "53130", "1004", "1961", "", "?", "0,8", "-1", "1e400", "٣", "Total", "oui", '"', "Laval", "fin 20", "29/02/2023", "1" * 400, "nan", "inf", "=A1"]),
    st.text(alphabet=string.printable + "éàœ«»\u00a0\u202f\u0301", max_size=12),
)  # fmt: skip
HEADERS = sorted(register_columns()["label"])


@QUICK
@given(
    st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8),
    st.lists(st.lists(CELL, min_size=1, max_size=9), max_size=8),
)
def test_fuzz_tables(read, header, rows):
    only_input_error(read, "\n".join(";".join(row) for row in [header, *rows]))


@cache
def small_workbook():
    return xlsx([["Profession", "Code INSEE"], ["MG", "53130"]])


@QUICK
@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), min_size=1, max_size=8))
def test_fuzz_broken_workbooks(read, changes):
    whole = bytearray(small_workbook())
    for place, value in changes:
        whole[place * len(whole) // 10_000] = value
    only_input_error(read, bytes(whole))


def test_a_large_register_is_quick(read):
    header, lines = many(3, rows=6000)
    lines = [line.replace("NOM", f"N{i}") for i, line in enumerate(lines)]
    lines = [";" + line.split(";", 1)[1] for line in lines]
    start = time.perf_counter()
    table, _ = read("\n".join([header, *lines]))
    assert len(table) == 6000
    assert time.perf_counter() - start < 6
