"""`demomed scenario`: a model to copy, refusals in French, and never in place of the present."""

import pytest

from demomed.cli import main
from demomed.core.scenario import KINDS
from demomed.ingestion.scenarios import read_scenario


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["scenario", *arguments])
    assert stop.value.code == 2
    return " ".join(capsys.readouterr().err.split())


def test_the_model_is_a_scenario_that_names_every_kind(tmp_path, capsys):
    path = tmp_path / "mien.toml"
    with pytest.raises(SystemExit) as stop:
        main(["scenario", "template", "--out", str(path)])
    assert stop.value.code == 0
    assert read_scenario(path).changes == read_scenario("exemple").changes
    assert all(kind in path.read_text(encoding="utf-8") for kind in KINDS)
    before = path.read_bytes()
    assert "nom libre" in refused(capsys, "template", "--out", str(path))
    assert path.read_bytes() == before


def test_what_is_missing_is_asked_for_at_once(capsys):
    told = refused(capsys)
    assert "--department" in told
    assert "--file" in told
    assert "template" in told


def test_more_leaving_than_there_are_is_refused_before_anything_is_written(tmp_path, capsys):
    path, out = tmp_path / "trop.toml", tmp_path / "sortie"
    path.write_text(
        'title = "Trop"\nquestion = "?"\n[[changes]]\nkind = "remove_practitioner"\n'
        'commune = "53185"\ncount = 40\n',
        encoding="utf-8",
    )
    told = refused(capsys, "-d", "53", "-f", str(path), "--out", str(out))
    assert "pas plus que ce qui s'y trouve" in told
    assert not out.exists()


def test_the_portal_of_the_present_is_spared(tmp_path, capsys):
    out = tmp_path / "53"
    out.mkdir()
    (out / "index.html").write_text("présent")
    told = refused(capsys, "-d", "53", "-f", "exemple", "--out", str(out))
    assert "ne remplace pas le présent" in told
    assert (out / "index.html").read_text() == "présent"


@pytest.mark.parametrize(
    ("commune", "told"),
    [
        ("41018", ("Blois (41018), trop loin", "Mayenne (53)", "40 km")),
        ("53999", ("« 53999 » inconnue", "« 5399")),
        ("laval", ("« laval » inconnue", "« 53130 » (Laval)")),
    ],
)
def test_a_commune_that_changes_nothing_here_is_refused(tmp_path, capsys, commune, told):
    path, out = tmp_path / "loin.toml", tmp_path / "sortie"
    path.write_text(
        f'title = "Loin"\nquestion = "?"\n[[changes]]\nkind = "add_practitioner"\n'
        f'commune = "{commune}"\n',
        encoding="utf-8",
    )
    err = refused(capsys, "-d", "53", "-f", str(path), "--out", str(out))
    assert not [words for words in told if words not in err], err
    assert not out.exists()


def test_a_change_in_the_ring_is_made_and_told():
    from demomed.analysis.scenario import scenario
    from demomed.core.scenario import Change
    from demomed.pipeline import load_territory

    mayenne = load_territory("53")
    notices = scenario(mayenne, [Change("add_practitioner", "35115", "gp")]).notices
    assert [n for n in notices if "Fougères (35115) : hors du département" in n]
    inside = scenario(mayenne, [Change("add_practitioner", "53130", "gp")]).notices
    assert not [n for n in inside if "hors du département" in n]


def test_a_word_in_place_of_a_number_is_told_how_to_be_written(tmp_path, capsys):
    path = tmp_path / "mot.toml"
    path.write_text(
        'title = "Mot"\n[[changes]]\nkind = "assistant"\ncommune = "53130"\netp_gain = "dix"\n',
        encoding="utf-8",
    )
    err = refused(capsys, "-d", "53", "-f", str(path))
    assert "écrire un nombre avec un point, sans guillemets, par exemple 0.5" in err
