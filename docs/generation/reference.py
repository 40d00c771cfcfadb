"""English pages for developers: the public names, the modules of each layer, the root documents."""

import ast
import re
from pathlib import Path

import demomed

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "demomed"
ROLE = re.compile(r":\w+:`~?([^`]+)`")
LAYERS = {
    "core": "Types, contracts, the registry of indicators, the gate. Imports no other layer.",
    "ingestion": "One module per kind of dataset: bytes become validated tables.",
    "analysis": "Pure functions: tables in, Series out.",
    "rendering": "Documents become pages, drawings and tables.",
}


def pages() -> dict[str, str]:
    """Markdown of every page, by path in the documentation."""
    return {
        "developers/api.md": public_names(),
        "developers/contributing.md": root_document("CONTRIBUTING.md"),
        "developers/changelog.md": root_document("CHANGELOG.md"),
        "developers/top.md": top(),
        **{f"developers/{layer}.md": layer_page(layer) for layer in LAYERS},
    }


def root_document(name: str) -> str:
    """A document of the root, whose links to the tree become plain words."""
    return (ROOT / name).read_text(encoding="utf-8")


def public_names() -> str:
    """What `import demomed` gives."""
    names = [name for name in demomed.__all__ if not name.startswith("_")]
    lines = [
        "# Public names\n\nAttributes of `demomed`; nothing is imported before it is used.\n",
        "| name | gives |",
        "| --- | --- |",
    ]
    for name in names:
        found = getattr(demomed, name)
        target = f"{found.__module__}.{found.__qualname__}"
        lines.append(f"| [`demomed.{name}`][{target}] | {_first(found.__doc__ or '')} |")
    return "\n".join(lines) + "\n"


def layer_page(layer: str) -> str:
    """Every module of a layer: what it is for, then what it offers."""
    files = sorted(
        path
        for path in (PACKAGE / layer).rglob("*.py")
        if "templates" not in path.parts and (path.name != "__init__.py" or _defines(path))
    )
    return _modules(f"# `demomed.{layer}`\n\n{LAYERS[layer]}\n", files)


def top() -> str:
    """Modules above the layers."""
    extra = [p for p in sorted(PACKAGE.glob("*.py")) if not p.name.startswith("__")]
    more = [
        path
        for folder in ("dossiers", "cli")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if path.name != "__init__.py"
    ]
    return _modules(
        "# Above the layers\n\nThe story, the text-and-figure pages and the command line.\n",
        extra + more,
    )


def _modules(head: str, files: list[Path]) -> str:
    lines = [head, "| module | for |", "| --- | --- |"]
    for path in files:
        name = _dotted(path)
        lines.append(f"| [`{name}`](#{name}-module) | {_purpose(path)} |")
    blocks = [
        f"## `{_dotted(path)}` {{ #{_dotted(path)}-module }}\n\n::: {_dotted(path)}\n    options:\n      show_root_heading: false\n"
        "      show_root_toc_entry: false\n"
        for path in files
    ]
    return "\n".join([*lines, "", *blocks])


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


def _defines(path: Path) -> bool:
    """Whether the face of a package offers something of its own."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        for node in body
    )


def _purpose(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return _first(text)


def _first(text: str) -> str:
    """First paragraph of a docstring, on one line; its cross-references become code."""
    words = " ".join(text.split("\n\n")[0].split())
    return ROLE.sub(r"`\1`", words).replace("``", "`").replace("|", "\\|")
