"""A first day: doctor says what is there, init makes a folder that works, the shell completes words."""

import importlib.metadata
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from demomed.cli import main
from demomed.core import catalogue

MODELS = Path(__file__).parent.parent / "docs" / "modeles"


@pytest.fixture
def command(command, tmp_path, monkeypatch):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return command


def line(told, name):
    return next(one for one in told.splitlines() if name in one)


def test_doctor_finds_what_is_installed(command):
    code, told, _ = command("doctor")
    assert code == 0
    assert importlib.metadata.version("pandas") in line(told, "  pandas ")
    assert "empreintes exactes ; départements 41, 53, 61" in line(told, "Lot de données")
    assert line(told, "Registre de la mission").startswith("◌")


def test_doctor_sees_the_register(command, tmp_path):
    (tmp_path / "registre.csv").write_text("x", encoding="utf-8")
    _, told, _ = command("doctor")
    assert line(told, "Registre de la mission").startswith("●")
    assert "registre.csv" in told


def test_doctor_tells_a_missing_program_and_how_to_get_it(command, monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "scipy":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0" if name == "pandas" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    code, told, _ = command("doctor")
    assert code == 1
    assert line(told, "scipy").startswith("○") and "pip install 'scipy" in line(told, "scipy")
    assert "1.0, il faut >=" in line(told, "  pandas ")
    assert "2 choses indispensables manquent" in told


def test_doctor_tells_an_optional_set_that_is_not_complete(command, monkeypatch):
    monkeypatch.setattr(
        importlib.metadata,
        "requires",
        lambda _: ["numpy>=1", "aucun-tel-programme>=2; extra == 'notebook'"],
    )
    code, told, _ = command("doctor")
    assert code == 0
    assert line(told, "Carnets").startswith("◌")
    assert "pip install 'demomed[notebook]'" in line(told, "Carnets")


def test_doctor_tells_a_damaged_bundle(command, tmp_path):
    from demomed.ingestion.bundle import default_bundle_path

    copy = tmp_path / "lot"
    shutil.copytree(default_bundle_path(), copy)
    victim = next(copy.glob("supply*"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    code, told, _ = command("doctor", "--data", str(copy))
    assert code == 1
    assert line(told, "Lot de données").startswith("○")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind this user")
def test_doctor_tells_a_folder_where_nothing_can_be_written(command, tmp_path):
    tmp_path.chmod(0o500)
    code, told, _ = command("doctor")
    tmp_path.chmod(0o700)
    assert code == 1 and "on ne peut pas y écrire" in told


def test_init_makes_a_folder_whose_every_command_works(command, tmp_path):
    code, told, _ = command("init", "mission")
    assert code == 0
    names = {path.name for path in (tmp_path / "mission").iterdir()}
    assert {"registre.csv", "structures.csv", "LISEZMOI.md", "Makefile"} <= names
    for name in names:
        assert f"mission/{name}" in told
    text = (tmp_path / "mission/LISEZMOI.md").read_text("utf-8")
    assert "@" not in text and "de la Mayenne" in text
    lines = [one.strip() for one in text.splitlines() if one.startswith("    demomed ")]
    assert len(lines) == 4
    os.chdir(tmp_path / "mission")
    for one in lines:
        code, told, err = command_in_place(one.split()[1:])
        assert code == 0, err
    assert (tmp_path / "mission/cartes/index.html").is_file()


def command_in_place(words):
    done = subprocess.run(
        [sys.executable, "-m", "demomed", *words], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def outside_make() -> dict[str, str]:
    """The environment without what a « make » above the tests would add to it."""
    return {
        name: held for name, held in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_makefile_of_init_runs_the_same_commands(command, tmp_path):
    command("init", "mission", "--department", "41")
    told = subprocess.run(
        ["make", "-n", "-B", "--no-print-directory", "cartes/manifest.json"],
        cwd=tmp_path / "mission",
        env=outside_make(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    text = (tmp_path / "mission/LISEZMOI.md").read_text("utf-8")
    assert told == [one.strip() for one in text.splitlines() if one.startswith("    demomed ")]
    assert "--department 41" in "\n".join(told)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_in_a_folder_of_init_ends_well_and_attacks(command, tmp_path):
    command("init", "mission", "--department", "61")
    done = subprocess.run(
        ["make", f"DEMOMED={sys.executable} -m demomed"],
        cwd=tmp_path / "mission",
        env=outside_make(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "aucun défaut, attaque comprise" in done.stdout


def test_init_for_a_department_that_does_not_ship(command, tmp_path):
    code, told, _ = command("init", "mission", "-d", "72")
    assert code == 0 and "officiel" in told
    assert (tmp_path / "mission/officiel").is_dir()
    makefile = (tmp_path / "mission/Makefile").read_text("utf-8")
    assert "--department 72 --data officiel" in makefile
    assert "check cartes --data officiel --register registre.csv" in makefile
    text = (tmp_path / "mission/LISEZMOI.md").read_text("utf-8")
    assert "demomed sources fetch --into officiel" in text and "@" not in text


@pytest.mark.parametrize("department", ["41", "53", "72"])
def test_the_fictional_rows_of_init_are_of_the_department(command, tmp_path, department):
    command("init", "mission", "-d", department)
    for name in ("registre.csv", "structures.csv"):
        table = pd.read_csv(tmp_path / "mission" / name, sep=";", dtype="str")
        assert table["Code INSEE"].str[:2].eq(department).all()
        assert "Longitude" not in table or table["Longitude"].isna().all()
        assert len(table) >= 3 and table["Commune"].nunique() == table["Code INSEE"].nunique()


def test_rows_of_init_left_in_a_register_are_still_known_as_fictional(command, tmp_path):
    from demomed.ingestion.template import model_rows

    command("init", "mission", "-d", "72")
    assert model_rows(tmp_path / "mission/registre.csv", "register") == ([2, 3, 4, 5], 4)


@pytest.mark.parametrize("department", ["41", "53", "61"])
def test_plans_are_listed_whether_or_not_they_tell_an_amount(command, department):
    code, told, _ = command("plans", "list", "--department", department)
    assert code == 0
    assert re.search(r"(€|n\.d\.)\s*$", told.rstrip())


def test_a_defect_of_the_program_is_owned_in_french_and_traced_on_request(command, monkeypatch):
    def broken(*_, **__):
        raise TypeError("boolean value of NA is ambiguous")

    monkeypatch.setattr("demomed.ingestion.workspace.write_workspace", broken)
    code, _, err = command("init", "mission")
    assert code == 70 and "Erreur du programme" in err and "TypeError" in err
    assert "Traceback" not in err and "DEMOMED_TRACE=1" in err
    monkeypatch.setenv("DEMOMED_TRACE", "1")
    with pytest.raises(TypeError):
        main(["init", "mission"])


def test_check_of_a_department_that_does_not_ship_tells_the_attack_was_not_made(
    command, tmp_path, monkeypatch
):
    monkeypatch.setattr("demomed.rendering.check.check_site", lambda *_, **__: [])
    (tmp_path / "site").mkdir()
    (tmp_path / "site/manifest.json").write_text('{"department": "72"}', encoding="utf-8")
    code, told, err = command("check", "site")
    assert code == 0 and "attaque comprise" not in told
    assert "aucun défaut ; attaque contre le secret des âges non faite" in told and "--data" in told
    code, _, err = command("check", "site", "--data", "nulle-part")
    assert code == 2 and "Vérification impossible" in err and "Rien n'a été écrit" not in err


def test_init_refuses_to_write_over_anything(command, tmp_path):
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein/note.txt").write_text("à garder", encoding="utf-8")
    (tmp_path / "fichier").write_text("à garder", encoding="utf-8")
    for name in ("plein", "fichier"):
        code, _, err = command("init", name)
        assert code == 2 and "choisir un autre nom" in err
    assert [p.name for p in (tmp_path / "plein").iterdir()] == ["note.txt"]
    (tmp_path / "vide").mkdir()
    assert command("init", "vide")[0] == 0
    assert command("init", "autre", "-d", "Mayenn")[0] == 2
    assert not (tmp_path / "autre").exists()
    assert {p.name for p in tmp_path.iterdir()} == {"plein", "fichier", "vide"}


def test_same_init_same_bytes(command, tmp_path):
    command("init", "a")
    command("init", "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_words_of_the_mission_are_those_of_the_models():
    told = catalogue.entry("workspace", "mission")["files"]["mots-de-la-mission.toml"]["text"]
    assert told == (MODELS / "mots-de-la-mission.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_shell_is_told_how_to_complete(shell):
    done = subprocess.run(
        [sys.executable, "-m", "demomed"],
        env={**os.environ, "_DEMOMED_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "_DEMOMED_COMPLETE" in done.stdout and "demomed" in done.stdout


def complete(words, place):
    """Words that bash would offer."""
    done = subprocess.run(
        [sys.executable, "-m", "demomed"],
        env={
            **os.environ,
            "_DEMOMED_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(place),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def test_commands_and_options_are_completed():
    assert complete("demomed pub", 1) == ["publish"]
    assert complete("demomed sources inv", 2) == ["inventory"]
    assert "--register" in complete("demomed publish --reg", 2)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("mayenne", "vouliez-vous dire « 53 » (Mayenne)"),
        ("orne", "vouliez-vous dire « 61 » (Orne)"),
        ("1", "vouliez-vous dire « 01 » (Ain)"),
        ("530", "vouliez-vous dire « 53 »"),
        ("zz", "vérifier le code"),
    ],
)
def test_a_misspelt_department_is_answered(command, written, hint):
    code, _, err = command("rank", "--department", written)
    assert code == 2 and hint in err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("publsh",), "« publish »"),
        (("sources", "lst"), "« list »"),
        (("rank", "--departement", "53"), "« --department »"),
        (("rank", "-d", "53", "--recipe", "instalation"), "« installation »"),
        (("publish", "-d", "53", "--mode", "singl"), "« single »"),
        (("publish", "-d", "53", "--scope", "whol"), "« whole »"),
        (("plan", "-d", "53", "--scenario", "exempl"), "« exemple »"),
        (("plan", "-d", "53", "--profession", "gpp"), "« gp »"),
        (("sources", "fetch", "drees_apl_g"), "« drees_apl_gp »"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_closest(command, words, hint, tmp_path):
    code, _, err = command(*words)
    assert code == 2
    assert f"vouliez-vous dire {hint}" in err
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_is_a_link_on_a_terminal(tmp_path, monkeypatch):
    from rich.console import Console

    from demomed.cli import report

    target = tmp_path / "carte [1].html"
    for terminal in (True, False):
        heard = io.StringIO()
        screen = Console(file=heard, force_terminal=terminal, soft_wrap=True, highlight=False)
        monkeypatch.setattr(report, "out", screen)
        report.say_path("À ouvrir", target, " (usage interne)")
        told = heard.getvalue()
        assert "carte [1].html" in told and "(usage interne)" in told
        assert (target.as_uri() in told) is terminal


def test_what_cannot_be_asked_is_refused_before_anything_is_computed(
    command, tmp_path, monkeypatch
):
    def computed(*_, **__):
        raise AssertionError("computed first")

    monkeypatch.setattr("demomed.pipeline.protected_ranking", computed)
    code, _, err = command("plan", "-d", "53", "--horizon", "7", "--sites", "40")
    assert code == 2 and "horizon de 7 ans" in err and "40 sites pour 10" in err
    monkeypatch.setattr("demomed.pipeline.load_territory", computed)
    (tmp_path / "s.toml").write_text(
        'title = "x"\n[[changes]]\nkind = "add_practitioner"\ncommune = "99999"\ncount = -2\n',
        encoding="utf-8",
    )
    for words in (("scenario", "-f", "s.toml"), ("plan", "--scenario", "s.toml")):
        code, _, err = command(*words, "-d", "53")
        assert code == 2 and "count = -2" in err and "« 99999 » inconnue" in err
    for verb in ("rank", "plan"):
        code, _, err = command(verb, "-d", "53", "--recipe", "dentaire")
        assert code == 2 and "vouliez-vous dire « dentaire_mobile »" in err


def test_a_territory_is_printed_in_one_line():
    from demomed.pipeline import load_territory

    assert len(str(load_territory("53"))) < 100


def test_a_register_of_a_name_nearly_right_is_named(command, tmp_path):
    (tmp_path / "registre.csv").write_text("x", encoding="utf-8")
    code, told, _ = command("register", "check", "registe.csv")
    assert code == 2 and "vouliez-vous dire « registre.csv » ?" in told


def test_each_plan_has_its_heading_and_a_recipe_is_not_called_a_page(command):
    from demomed.pipeline import load_territory

    code, told, _ = command("plans", "show", "--department", "53", "--today", "2026-01-01")
    assert code == 0
    for id_ in load_territory("53").plans["plan_id"].unique():
        assert f"{id_} — " in told
    assert "recette installation" in told
