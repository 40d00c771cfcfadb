"""Commands about the sources: fetched, aged, lacking, inventoried."""

from __future__ import annotations

import csv
import hashlib
import re
from datetime import date

import pytest

from demomed.core.source import Source
from demomed.ingestion import downloads as declared
from demomed.ingestion.downloads import downloads
from demomed.ingestion.freshness import freshness, lacking

BODY = b"code;valeur\n53130;1\n"


@pytest.fixture
def catalogue(monkeypatch):
    """Three declared sources: one with a name and a hash, one without a name, one that is missing."""

    def source(**vintage):
        return {
            "title": "Titre",
            "page": "https://exemple.test/page",
            "address": "",
            "files": ["offre/*.csv"],
            "vintages": [{"vintage": "2026", "as_of": "2026-01-01", "status": "current"} | vintage],
        }

    declarations = {
        "a": source(download="a.csv", sha256=hashlib.sha256(BODY).hexdigest()),
        "b": source(),
        "c": source(download="c.csv"),
    }
    monkeypatch.setattr(declared, "sources", lambda: declarations)


def test_fetch_from_a_mirror_tells_each_file_and_what_is_missing(catalogue, command, tmp_path):
    mirror, into = tmp_path / "miroir", tmp_path / "officiel"
    (mirror / "profond").mkdir(parents=True)
    (mirror / "profond" / "a.csv").write_bytes(BODY)
    words = ("sources", "fetch", "--mirror", str(mirror), "--into", str(into))
    code, told, err = command(*words)
    assert code == 1
    assert "a, 2026 : copié du miroir (offre/a.csv" in told
    assert "b, 2026 : à prendre à la main — https://exemple.test/page" in told
    assert "1 fichier manque." in err and "c.csv" in err
    assert (into / "offre" / "a.csv").read_bytes() == BODY
    assert not list(into.rglob("*.partial"))
    code, told, _ = command(*words, "a", "b")
    assert code == 0
    assert "a, 2026 : déjà là" in told


def test_fetch_refuses_a_false_file_an_unknown_source_and_an_absent_mirror(
    catalogue, command, tmp_path
):
    (tmp_path / "a.csv").write_bytes(b"autre chose")
    into = tmp_path / "officiel"
    words = ("sources", "fetch", "--into", str(into))
    code, _, err = command(*words, "a", "--mirror", str(tmp_path))
    assert code == 1 and "empreinte" in err
    assert not (into / "offre" / "a.csv").exists()
    code, _, err = command(*words, "aa", "--mirror", str(tmp_path))
    assert code == 2 and "vouliez-vous dire « a »" in err
    code, _, err = command(*words, "--mirror", str(tmp_path / "absent"))
    assert code == 2 and "miroir introuvable" in err


def test_what_is_fetched_lies_where_the_readers_look():
    """Each declared file fits a pattern of its source, or is of a source whose name is not known."""
    for item in downloads():
        assert item.folder and not item.folder.startswith(("/", "."))
        assert item.is_named or not item.address
        assert re.fullmatch(r"[\w.\-]+", item.file)


def test_freshness_and_what_indicators_lack():
    def source(id_, as_of, limit):
        return Source(id_, "", "", "", "", "", as_of, max_age_days=limit)

    held = {
        "old": source("old", "2024-12-31", 365),
        "just": source("just", "2025-01-01", 365),
        "ageless": source("ageless", "1900-01-01", None),
    }
    table = freshness(held, date(2026, 1, 1))
    assert table["age_days"].to_dict()["just"] == 365
    assert table["is_stale"].to_dict() == {"old": True, "just": False, "ageless": False}
    needs = {"x": ("old", "just"), "y": ("ageless",), "z": ("nowhere",)}
    assert lacking(needs, table) == {"x": {"old": "stale"}, "z": {"nowhere": "absent"}}


def test_check_says_what_each_indicator_would_lack(command):
    code, told, _ = command("sources", "check", "--today", "2025-01-01")
    assert code == 0
    assert "0 périmée" in told and "Aucun indicateur ne manque" in told
    code, told, _ = command("sources", "check", "--today", "2040-01-01", "--strict")
    assert code == 1
    assert re.search(r"Densité.* : insee_bpe \(périmée\)", told)
    lines = [line for line in told.splitlines() if line.startswith("drees_nurses_salaried")]
    assert lines and lines[0].rstrip().endswith("périmée")


def test_inventory_is_printed_and_written(command, tmp_path):
    out = tmp_path / "inventaire.csv"
    code, told, err = command("sources", "inventory", "-d", "53", "--out", str(out))
    assert code == 0, err
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0][:3] == ["Thème", "Source", "État au"]
    assert len(rows[0]) == 3 + 10
    theme = next(row for row in rows if row[0] == "Revenu médian")
    printed = next(line for line in told.splitlines() if line.startswith("Revenu médian"))
    marks = {"présent": "●", "partiel": "◐", "absent": "○"}
    assert re.findall("[●◐○]", printed) == [marks[cell] for cell in theme[3:]]
    for name in rows[0][3:]:
        assert name in told


def test_check_of_a_folder_of_official_files_says_what_publishing_lacks(command, tmp_path):
    (tmp_path / "apl").mkdir()
    (tmp_path / "apl" / "apl_medecins_generalistes_2024.csv").write_text("x", encoding="utf-8")
    code, told, _ = command("sources", "check", "--data", str(tmp_path), "--today", "2025-01-01")
    assert code == 0
    assert "ne marchera pas encore" in told
    assert "https://www.insee.fr/fr/statistiques/8680726" in told
    assert re.search(r"^drees_apl_gp .*à jour", told, re.MULTILINE)
    assert not re.search(r"médecins généralistes : https.*apl_medecins", told)
    assert re.search(r"Densité.* : insee_bpe \(absente\), insee_populations \(absente\)", told)


def test_inventory_reads_a_register_through_the_words_of_the_mission(command, tmp_path):
    register, words = tmp_path / "r.csv", tmp_path / "mots.toml"
    register.write_text("Métier du soignant;Code INSEE\nMG;53130\n", encoding="utf-8")
    words.write_text('[colonnes]\n"Métier du soignant" = "Profession"\n', encoding="utf-8")
    asked = ("sources", "inventory", "-d", "53", "--register", str(register))
    code, _, err = command(*asked)
    assert code == 2 and "Profession" in err
    code, told, err = command(*asked, "--mapping", str(words))
    assert code == 0, err
    assert "Registre : 1 praticien" in told
