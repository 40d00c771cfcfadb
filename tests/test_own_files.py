"""The mission's own files through the command line: model, report, recognised layouts, nothing personal."""

from __future__ import annotations

import csv
import io
import re

import pytest

import demomed
from demomed.ingestion.owned import is_finess, is_rpps

COORD = "(coord. structure)"
HEADER = [
    "Identifiant PP",
    "Identification nationale PP",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Code profession",
    "Code catégorie professionnelle",
    "Code savoir-faire",
    "Code mode exercice",
    "Numéro FINESS site",
    f"Libellé Voie {COORD}",
    f"Code postal {COORD}",
    f"Code commune {COORD}",
    f"Libellé commune {COORD}",
    f"Téléphone {COORD}",
    f"Adresse e-mail {COORD}",
    "Code secteur d'activité",
    "Code genre activité",
]
SECRET = re.compile(rb"zznom|zzprenom|zzrue|0243987654|zzmail|9900000\d{4}", re.IGNORECASE)


def extraction(path, persons):
    rows = [HEADER]
    for rank, commune in enumerate(persons):
        rows.append(
            [f"{99_000_000_000 + rank}", f"8{99_000_000_000 + rank}", "ZZNOM", "ZZPRENOM", "10", "C",
             "SM54", "L", "", "ZZRUE", commune[:2] + "000", commune, "", "0243987654",
             "zzmail@exemple.test", "SA07", "GENR01"]
        )  # fmt: skip
    path.write_text("\n".join("|".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def finess(path):
    cells = ["structureet", "530000001", "539900000", "MSP FICTIVE", "", "", "", "12", "R", "ZZRUE"]
    cells += ["", "BP 1", "130", "53", "MAYENNE", "53000 LAVAL", "0243987654", "0243987655"]
    cells += ["603", "Maison de santé", "1112", "Groupe", "99900000100011", "8621Z", "99", "Ind"]
    cells += ["9", "Ind", "2019-04-01", "2019-04-01", "2025-01-15", ""]
    place = "geolocalisation;530000001;421000.0;6780000.0;1,ATLASANTE,96,BAN,EPSG:2154;2026-05-04"
    text = "\n".join(["finess;etalab;94;2026-05-12", ";".join(cells), place, ""])
    path.write_text(text, encoding="utf-8")
    return path


def test_layouts_are_told_by_content_not_by_name(tmp_path):
    practitioners = extraction(tmp_path / "liste.csv", ["53130"])
    sites = finess(tmp_path / "autre.txt")
    by_hand = tmp_path / "rpps-finess.csv"
    by_hand.write_text("Profession;Code INSEE;Numéro RPPS\ngénéraliste;53130;1\n", encoding="utf-8")
    assert [is_rpps(p) for p in (practitioners, sites, by_hand)] == [True, False, False]
    assert [is_finess(p) for p in (practitioners, sites, by_hand)] == [False, True, False]
    assert not is_rpps(tmp_path / "absent") and not is_finess(tmp_path / "absent")


def test_extraction_and_finess_are_read_and_nothing_personal_is_written(tmp_path, command):
    practitioners = extraction(
        tmp_path / "PS_LibreAcces_Personne_activite_202609150812.txt",
        ["53130"] * 30 + ["53147"] * 8 + ["61001"] * 5,
    )
    sites = finess(tmp_path / "finess.csv")
    territory = demomed.load_territory("53", register=practitioners, structures=sites)
    persons = territory.practitioners
    assert territory.register_kind == territory.structures_kind == "user"
    assert persons.groupby("commune_code").size().to_dict() == {"53130": 30, "53147": 8}
    assert persons["age"].isna().all()
    assert territory.structures["finess"].tolist() == ["530000001"]
    assert territory.sources["register"].as_of == "2026-09-15"
    assert territory.sources["register"].producer == "Agence du numérique en santé"
    assert territory.sources["mission"].title.startswith("Répertoire FINESS")
    target = tmp_path / "portail"
    code, told, err = command(
        "publish", "-d", "53", "--register", str(practitioners), "--structures", str(sites),
        "--out", str(target),
    )  # fmt: skip
    assert code == 0, err
    assert "38 praticiens" in told
    assert not SECRET.search((told + err).encode())
    written = [path for path in target.rglob("*") if path.is_file()]
    assert len(written) > 8
    for path in written:
        assert not SECRET.search(path.read_bytes()), path.name


@pytest.mark.parametrize(("option", "ending"), [([], "csv"), (["--structures"], "xlsx")])
def test_a_model_is_written_and_accepted_by_its_own_control(tmp_path, command, option, ending):
    model = tmp_path / f"modele.{ending}"
    assert command("register", "template", "--out", str(model), *option)[0] == 0
    code, told, err = command("register", "check", str(model), *option)
    assert code == 0, told + err
    assert "Fichier accepté" in told
    before = model.read_bytes()
    code, _, err = command("register", "template", "--out", str(model), *option)
    assert code == 2 and "déjà" in err
    assert model.read_bytes() == before


def test_a_wrong_register_gives_a_report_to_send_back(tmp_path, command):
    file = tmp_path / "registre.csv"
    file.write_text(
        "Profession;Code INSEE;Année de naissance;Nom\ngénéraliste;99999;1970;ZZNOM\n"
        "plombier;53130;1960;ZZNOM\n",
        encoding="utf-8",
    )
    report = tmp_path / "compte-rendu.txt"
    code, told, err = command("register", "check", str(file), "--out", str(report))
    assert code == 2
    assert "Fichier à corriger\u202f: 2 points." in told
    assert "ligne 2" in told and "ligne 3" in told and "plombier" in told
    assert report.read_bytes().decode("utf-8-sig").replace("\r\n", "\n") in told
    assert not SECRET.search((told + err).encode() + report.read_bytes())


def test_own_words_are_understood_by_check_and_publish(tmp_path, command):
    file = tmp_path / "registre.csv"
    rows = [["Métier", "Ville"], *[["toubib", "53130"]] * 1]
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    file.write_text(text.getvalue(), encoding="utf-8")
    words = tmp_path / "mots.toml"
    words.write_text(
        '[colonnes]\n"Métier" = "Profession"\n"Ville" = "Code INSEE"\n'
        '[professions]\n"toubib" = "gp"\n',
        encoding="utf-8",
    )
    assert command("register", "check", str(file))[0] == 2
    code, told, err = command("register", "check", str(file), "--mapping", str(words))
    assert code == 0, told + err
    territory = demomed.load_territory("53", register=file, mapping=words)
    assert territory.practitioners["service"].tolist() == ["gp"]
    code, _, err = command("publish", "-d", "53", "--register", str(file), "--dry-run")
    assert code == 2 and "registre.csv" in err
    code, _, err = command(
        "publish", "-d", "53", "--register", str(file), "--mapping", str(words), "--dry-run"
    )
    assert code == 0, err


@pytest.fixture
def model(tmp_path):
    from demomed.ingestion.template import write_template

    return write_template(tmp_path / "registre.csv")


def load(path):
    from demomed import pipeline

    return pipeline.load_territory("53", register=path)


def test_the_model_as_a_register_is_fictional_and_says_so(model):
    territory = load(model)
    assert territory.register_kind == "example"
    assert territory.practitioners["is_example"].all()
    assert any("c'est le modèle" in notice for notice in territory.notices)
    told = territory.sources["register"]
    assert "fictives" in told.vintage


def test_rows_of_the_model_left_in_a_register_are_refused(model):
    from demomed.core.faults import InputError

    with model.open("a", encoding="utf-8") as stream:
        stream.write("77;médecin généraliste;1970;F;53130;Laval;oui;1;1;libéral;;;\r\n")
    with pytest.raises(InputError, match=r"lignes du modèle.*\(2, 3, 4, 5\)"):
        load(model)


def test_a_true_register_like_the_model_is_a_register(model):
    lines = model.read_text("utf-8-sig").splitlines()
    true = [lines[0], lines[2], "77;médecin généraliste;1970;F;53130;Laval;oui;1;1;libéral;;;"]
    model.write_text("\n".join(true), encoding="utf-8")
    assert load(model).register_kind == "user"
