"""What the commands refuse, and in which words."""

import sys

import pandas as pd
import pytest
import typer

from demomed.cli import app, main
from demomed.cli.report import plural
from demomed.cli.usage import READING
from demomed.core.faults import InputError
from demomed.core.locks import check_writable


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        told = capsys.readouterr()
        return stop.value.code, told.out, " ".join(told.err.split())

    return run


def test_a_folder_of_portals_is_not_checked_as_one(command, tmp_path):
    for name in ("53", "53-interne"):
        (tmp_path / "maps" / name).mkdir(parents=True)
        (tmp_path / "maps" / name / "manifest.json").write_text("{}")
    code, out, err = command("check", "maps")
    assert (code, out) == (2, "")
    assert "plusieurs portails : 53, 53-interne" in err
    assert "demomed check maps/53" in err
    code, _, err = command("check", "maps/53")
    assert "plusieurs portails" not in err


@pytest.mark.parametrize(
    ("option", "reason"), [("--no-attack", "--no-attack"), ("--attack", "ne dit pas de quel")]
)
def test_a_check_without_the_attack_says_so_in_its_verdict(command, monkeypatch, option, reason):
    monkeypatch.setattr("demomed.rendering.check.check_site", lambda *_, **__: [])
    code, out, _ = command("check", "vide", option)
    assert code == 0
    assert "vide : aucun défaut ; attaque contre le secret des âges non faite" in out
    assert reason in out


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A register of twelve general practitioners of Laval, and nothing else."""
    path = tmp_path_factory.mktemp("few") / "registre.csv"
    rows = "".join(f"p{n};médecin généraliste;53130;{1950 + 3 * n}\n" for n in range(12))
    path.write_text(
        f"identifiant;profession;code commune;année de naissance\n{rows}", encoding="utf-8"
    )
    return path


def test_a_register_far_from_the_official_counts_is_told_and_its_lacks_explained(few):
    from demomed.pipeline import load_territory

    told = " | ".join(load_territory("53", register=few).notices)
    assert "il ne contient que les médecins généralistes" in told
    assert "12 médecins généralistes dans le département, contre 194" in told


def test_professions_without_a_row_are_not_offered(few):
    from demomed import analysis
    from demomed.core.disclosure import protect
    from demomed.core.territory import LEVELS
    from demomed.pipeline import load_territory
    from demomed.rendering.compose import compose

    territory = load_territory("53", register=few)
    public = protect(analysis.compute(territory, level=LEVELS), internal=True)
    offered = {layer.id for layer in compose(territory, public, "age", version="0").layers}
    assert "share_55_plus_gp" in offered
    assert not [one for one in offered if one.endswith(("_nurse", "_dentist"))]


@pytest.mark.parametrize(
    ("mine", "is_told"), [(12, True), (13, True), (14, False), (30, False), (31, True)]
)
def test_a_head_count_is_told_under_two_thirds_and_above_one_and_a_half(mine, is_told):
    from demomed.ingestion.register_coverage import told_coverage

    register = pd.DataFrame(
        {"practitioner_id": range(mine), "service": "gp", "commune_code": "53130"}
    )
    supply = pd.DataFrame(
        {"commune_code": ["53130"], "service": ["gp"], "year": [2021], "count": [20]}
    )
    here = pd.Index(["53130"])
    assert bool(told_coverage(register, supply, pd.Index(["gp"]), here)) is is_told


def test_a_table_of_times_without_its_columns_is_told_those_that_are_wanted(command, tmp_path):
    (tmp_path / "temps.csv").write_text("a;b;c\n53130;53147;30\n", encoding="utf-8")
    code, _, err = command("publish", "-d", "53", "--travel", "temps.csv", "--dry-run")
    assert code == 2
    assert "une colonne nommée « minutes », « temps »" in err
    assert "le fichier a : a, b, c" in err
    assert "valeurs connues" not in err


def test_a_file_of_another_kind_is_not_offered(command, tmp_path):
    (tmp_path / "registre.csv").write_text("x\n", encoding="utf-8")
    assert "registre.csv" not in command("publish", "-d", "53", "--followup", "rien.csv")[2]
    assert "« registre.csv »" in command("publish", "-d", "53", "--register", "registr.csv")[2]


@pytest.mark.parametrize(("code", "offered"), [("53999", "« 53099 »"), ("53310", "« 53130 »")])
def test_a_code_of_another_part_of_the_country_is_not_offered(tmp_path, code, offered):
    from demomed.core.faults import InputError
    from demomed.pipeline import load_territory

    path = tmp_path / "registre.csv"
    rows = f"infirmier;53130;Laval\ninfirmier;{code};Nulle-Part\n"
    path.write_text(f"profession;code commune;commune\n{rows}", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_territory("53", register=path)
    (fault,) = refused.value.faults
    assert code in fault.found
    assert offered in fault.remedy


def test_all_that_is_missing_is_asked_for_at_once(command):
    code, _, err = command("snapshots", "diff")
    assert code == 2
    assert "paramètres absents ; attendu : DATE1, DATE2, --department" in err
    assert "attendu : DATE2, --department" in command("snapshots", "diff", "2025-01-01")[2]
    assert "paramètre absent ; attendu : DATE2" in command(
        "snapshots", "diff", "2025-01-01", "-d", "53"
    )[2]  # fmt: skip


def test_a_command_that_reads_does_not_speak_of_writing(command):
    for words in (("rank", "-d", "99"), ("snapshots", "diff"), ("check", "maps", "--date", "x")):
        err = command(*words)[2]
        assert "Commande refusée" in err, words
        assert "écrit" not in err
    assert "Rien n'a été écrit" in command("publish", "-d", "99")[2]


def test_the_commands_that_read_are_commands():
    group = typer.main.get_command(app)
    for words in READING:
        found = group
        for word in words.split():
            found = found.commands[word]
        assert callable(found.callback), words


def test_a_dry_run_says_what_would_be_written_where(command, tmp_path):
    code, out, _ = command("publish", "-d", "53", "-d", "41", "--dry-run", "--out", "sites")
    assert code == 0
    assert "Mayenne (53) : 240 communes, 10 intercommunalités, 30" in out
    assert "irait dans sites/53" in out and "irait dans sites/41" in out
    code, one, _ = command("publish", "-d", "53", "--dry-run", "--out", "sites/53")
    assert code == 0 and "rien n'a été écrit ; le portail irait dans sites/53" in one
    assert next(line for line in out.splitlines() if line.startswith("Mayenne")) in one
    assert not list(tmp_path.iterdir())


def test_a_large_count_has_its_thousands_apart():
    assert plural(12260, "valeur", "valeurs") == "12\u202f260 valeurs"
    assert plural(999, "valeur", "valeurs") == "999 valeurs"


@pytest.mark.parametrize(
    "words",
    [
        ("publish", "-d", "53", "--out"),
        ("publish", "-d", "53", "-d", "41", "--out"),
        ("build", "-d", "53", "--out"),
        ("scenario", "-d", "53", "-f", "exemple", "--out"),
    ],
)
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    command, tmp_path, monkeypatch, words
):
    def unread(*_, **__):
        raise AssertionError("des données ont été lues")

    monkeypatch.setattr("demomed.pipeline.load_territory", unread)
    monkeypatch.setattr("demomed.national.campaign.read_nation", unread)
    (tmp_path / "note.txt").write_text("x", encoding="utf-8")
    code, _, err = command(*words, "note.txt/53")
    assert code == 2
    assert "--out note.txt/53 : un fichier est à cette place" in err
    assert "verrou" not in err


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that nobody may write")
def test_a_folder_of_the_system_is_refused_in_french():
    with pytest.raises(InputError, match="on ne peut pas y écrire"):
        check_writable("/proc/x")
