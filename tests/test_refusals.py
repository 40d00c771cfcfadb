"""What the commands refuse, and in which words."""

import pytest

from demomed.cli import main


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
