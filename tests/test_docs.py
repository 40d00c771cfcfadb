"""What the written pages tell to type can be typed; what is quick is really run.

Long commands are followed to the letter by ``benchmarks/docs_walk.py``.
"""

import re
import shutil
import sys
from pathlib import Path

import pytest

from demomed.cli import main

sys.path.insert(0, str(Path(__file__).parent / "documentation"))
import written_pages as written

ROOT = written.ROOT
PAGES = {written.name(page): page for page in written.pages()}
QUICK = {
    ("doctor",),
    ("init",),
    ("rank",),
    ("build",),
    ("check",),
    ("register",),
    ("scenario", "template"),
    ("zones",),
    ("sources", "list"),
    ("sources", "check"),
    ("sources", "inventory"),
}
OWN = {"praticiens.xlsx": "register", "msp.csv": "structures"}


def is_quick(words):
    """Whether a command takes a few seconds and needs nothing but what ships."""
    known = tuple(words[:1]) in QUICK or tuple(words[:2]) in QUICK
    here = words[0] != "check" or Path(words[1]).is_dir()
    return known and here and "--data" not in words


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """The main job of the README, run once."""
    out = tmp_path_factory.mktemp("maps") / "53"
    run(["publish", "--department", "53", "--out", str(out)])
    return out


def run(words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert ended.value.code == 0, f"demomed {' '.join(words)}: {ended.value.code}"


def test_pages_hold_commands():
    told = {name: len(written.blocks(page)) for name, page in PAGES.items()}
    for name in ("README.md", "LISEZMOI.md", "CONTRIBUTING.md", "docs/analystes/tutoriel.md"):
        assert told[name] >= 1, name


@pytest.mark.parametrize("name", PAGES)
def test_every_block_says_its_language(name):
    for block in written.blocks(PAGES[name]):
        assert block.language in written.SHELL | written.SILENT | {"python"}, block
        if block.language in written.SILENT:
            assert not re.search(r"^\s*(demomed|make|pip) ", block.text, re.M), block


@pytest.mark.parametrize("name", PAGES)
def test_every_command_can_be_typed(name):
    for block in written.blocks(PAGES[name]):
        if block.language in written.SHELL:
            for words in block.commands():
                written.check_line(words)
    for words in written.inline(PAGES[name]):
        written.check_line([word for word in words if word != "…"], whole=False)


@pytest.mark.parametrize(
    "line",
    [
        "demomed publish --departement 53",
        "demomed publish --department 530",
        "demomed rank",
        "demomed publich --department 53",
        "demomed sources lst",
        "demomed rank --department 53 --recipe instalation",
        "demomed publish --department 53 --mode singl",
        "demomed publish --department 53 --threshold trois",
        "demomed --show-complétion",
        "make mapps",
        "make maps DEPTT=53",
        "pip install -e '.[devs]'",
        "pip install -c contraintes.txt .",
        "python -m pitest",
        "sudo make",
    ],
)
def test_a_misspelt_line_would_be_found(line):
    words = written.Block("", "sh", 1, line).commands()[0]
    with pytest.raises((Exception, AssertionError)) as found:
        written.check_line(words)
    assert found.value is not None


def test_a_misspelt_option_in_a_sentence_would_be_found():
    with pytest.raises(AssertionError, match="--regster"):
        written.check_line(["demomed", "publish", "--regster"], whole=False)


@pytest.fixture
def desk(tmp_path, monkeypatch, portal):
    """An empty folder but for the files that the pages take for granted."""
    from demomed.ingestion.template import write_template

    monkeypatch.chdir(tmp_path)
    shutil.copytree(portal, tmp_path / "maps" / "53")
    for name, kind in OWN.items():
        write_template(tmp_path / name, kind)
    return tmp_path


RUN = [name for name, page in PAGES.items() if written.blocks(page)]
_DONE = set()


@pytest.mark.parametrize("name", RUN)
def test_quick_commands_and_python_run(name, desk, capsys):
    seen = set()
    space = {"__name__": name}
    for block in written.blocks(PAGES[name]):
        if block.language == "python":
            exec(compile(block.text, f"{name}:{block.line}", "exec"), space)
        elif block.language in written.SHELL:
            for words in block.commands():
                call = tuple(words)
                makes = words[1:2] in (["init"], ["register"])
                again = call in seen if makes else call in _DONE
                if words[0] == "demomed" and is_quick(words[1:]) and not again:
                    run(words[1:])
                    seen.add(call)
                    _DONE.add(call)
    capsys.readouterr()


def links(text):
    return re.findall(r"\]\((?!https?:)([^)#\s]+)(?:#[\w-]+)?\)", text)


def test_links_lead_somewhere():
    generated = {path for path, _ in generated_pages()}
    for name, page in PAGES.items():
        for link in links(page.read_text(encoding="utf-8")):
            target = (page.parent / link).resolve()
            inside = target.relative_to(ROOT).as_posix().removeprefix("docs/")
            assert target.exists() or inside in generated, f"{name}: {link}"


def generated_pages():
    """Pages that the declarations write, with their text."""
    folder = str(ROOT / "docs" / "generation")
    sys.path.insert(0, folder)
    try:
        import declared
        import reference

        return [*declared.pages().items(), *reference.pages().items()]
    finally:
        sys.path.remove(folder)


def test_generated_pages_tell_every_declaration():
    from demomed.core import catalogue
    from demomed.core.indicator import indicators

    told = dict(generated_pages())
    for id_, one in indicators().items():
        assert f"{{ #{id_} }}" in told["methode/indicateurs.md"]
        assert one.description in told["methode/indicateurs.md"]
    for id_, raw in catalogue.entries("recipes").items():
        assert f"{{ #{id_} }}" in told["methode/recettes.md"]
        assert raw["question"] in told["methode/recettes.md"]
    for id_ in catalogue.sources():
        assert f"{{ #{id_} }}" in told["methode/sources.md"]
    for command in ("publish", "sources bundle", "register check", "doctor", "init"):
        assert f"## `demomed {command}`" in told["analystes/commandes.md"]
    assert "| `--department, -d` | Code du département. | oui |" in told["analystes/commandes.md"]


def test_generated_pages_are_the_same_twice():
    assert generated_pages() == generated_pages()


def test_every_page_is_in_the_navigation_and_nothing_else():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"([\w/.-]+\.md)", text.split("nav:")[1]))
    there = {name.removeprefix("docs/") for name in PAGES if name.startswith("docs/")}
    assert listed == there | {path for path, _ in generated_pages()}


def test_the_site_asks_nothing_of_another_host():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in text and "http" not in text
    for path in (ROOT / "docs" / "assets").iterdir():
        assert not re.search(r"https?://|//\w+\.", path.read_text(encoding="utf-8")), path
    for page in PAGES.values():
        assert "```mermaid" not in page.read_text(encoding="utf-8")
        assert not re.search(r"!\[[^]]*\]\(http", page.read_text(encoding="utf-8"))
