"""Scripts, styles and data as they go into a page: checked, inline, safe to embed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from demomed.core.faults import Fault, InputError
from demomed.rendering.colour import contrast
from demomed.rendering.french import number

LEAFLET_VERSION = "1.9.3"
LEAFLET_SHA256: Mapping[str, str] = {
    "leaflet.js": "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    "leaflet.css": "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
}
SCRIPT_PARTS: tuple[str, ...] = (
    "paint.js",
    "map.js",
    "labels.js",
    "panels.js",
    "dates.js",
    "search.js",
    "controls.js",
    "print.js",
    "start.js",
)
"""Parts of our script, in the order they are joined after ``core.js`` and the declared map."""
COMMUNES_PART = "communes.js"
"""Part of the script of a page above the departments that asks for their communes."""
HOME_PARTS: tuple[str, ...] = ("base.js", "search.js", "home.js")
"""Parts of the script of the index."""

TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0
"""Least contrast of a text and of a mark with what is behind it (RGAA 3.2 and 3.3)."""
READ_ON: Mapping[str, tuple[str, ...]] = {
    "ink": ("paper", "panel"),
    "secondary": ("paper", "panel"),
    "link": ("paper", "panel"),
    "warning": ("warning_panel",),
    "neighbour_text": ("neighbour",),
}
"""Colours of the texts of a theme, and those they are read on."""
MARKED_ON: Mapping[str, tuple[str, ...]] = {"structure": ("paper",), "hatch": ("paper",)}
"""Colours of the marks of a theme, and those they are seen on."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONT = re.compile(r"[\w \-,\"']+")
_LOGO = re.compile(r"data:image/(png|jpeg|svg\+xml|webp);base64,[A-Za-z0-9+/=]+")
_UNUSED = re.compile(r"popup|control-layers|oldie|vml|leaflet-image|div-icon|quirk")
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_json(value: Any) -> Markup:
    """JSON that can stand inside a ``script`` element whatever its texts hold.

    Examples
    --------
    >>> print(script_json({"name": "</script><!--"}))
    {"name":"\\u003c/script\\u003e\\u003c!--"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in _UNSAFE.items():
        text = text.replace(character, escaped)
    return Markup(text)


def guarded(name: str, text: str) -> str:
    """A script or style to be inlined; refused if it could close its own element.

    Raises
    ------
    InputError
        If the text holds ``</script`` or ``</style``.

    Examples
    --------
    >>> guarded("a.js", "let a = 1;")
    'let a = 1;'
    """
    for closing in ("</script", "</style"):
        if closing in text.lower():
            raise InputError(
                Fault(
                    name,
                    f"« {closing} » dans un fichier à insérer dans la page",
                    "un script ou une feuille de style sans balise fermante",
                    "retirer ce fichier ou écrire cette suite autrement",
                )
            )
    return text


def digest(text: str) -> str:
    """Hash of an inline script or style as a content security policy writes it.

    Examples
    --------
    >>> digest("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _leaflet_text(name: str) -> str:
    # HTML reads every line end as a line feed; the hash of the policy is that of what is read.
    return _leaflet_file(name).decode().replace("\r\n", "\n")


def _leaflet_file(name: str) -> bytes:
    content = (files("xstatic.pkg.leaflet") / "data" / name).read_bytes()
    expected = LEAFLET_SHA256.get(name)
    if expected and hashlib.sha256(content).hexdigest() != expected:
        raise InputError(
            Fault(
                name,
                "un fichier différent de celui que demomed a vérifié",
                f"Leaflet {LEAFLET_VERSION} tel que publié",
                "réinstaller XStatic-Leaflet à la version demandée",
            )
        )
    return content


@cache
def leaflet_js() -> str:
    """Leaflet's script, its hash checked, without the reference to its source map."""
    text = _leaflet_text("leaflet.js")
    return guarded("leaflet.js", re.sub(r"\n?//# sourceMappingURL=.*\s*\Z", "\n", text))


@cache
def leaflet_css(*, images: bool = True) -> str:
    """Leaflet's style sheet, its hash checked, its images turned into data addresses.

    Parameters
    ----------
    images
        Whether its three images (default marker, layer control) are kept; a page uses none.
    """

    def embed(match: re.Match[str]) -> str:
        if match[1].startswith("#"):
            return match[0]
        if not images:
            return "none"
        content = base64.b64encode(_leaflet_file(match[1])).decode()
        return f"url(data:image/png;base64,{content})"

    text = re.sub(r"url\(([^)]+)\)", embed, _leaflet_text("leaflet.css"))
    return guarded("leaflet.css", text if images else _used_rules(text))


def compact_css(text: str) -> str:
    """A style sheet without comments nor spaces around its signs.

    Examples
    --------
    >>> compact_css("a { color: red; }  /* x */")
    'a{color:red;}'
    """
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    bare = re.sub(r"\s+", " ", bare)
    return re.sub(r" ?([{};,]) ?", r"\1", bare).replace(": ", ":").strip()


def _used_rules(text: str) -> str:
    """Leaflet's rules but those of parts that no page has (popups, choice of layers, old browsers)."""

    def kept(rule: re.Match[str]) -> str:
        selectors = [s for s in rule[1].split(",") if not _UNUSED.search(s)]
        return f"{','.join(selectors)}{{{rule[2]}}}" if selectors else ""

    return re.sub(r"([^{}]+)\{([^{}]*)\}", kept, compact_css(text))


def template_text(name: str) -> str:
    """One file of the templates folder, without comment lines and indentation."""
    text = (files("demomed.rendering") / "templates" / name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@cache
def script_texts(parts: tuple[str, ...] = ("base.js", "core.js", *SCRIPT_PARTS)) -> frozenset[str]:
    """Names of the texts that a script says itself.

    Parameters
    ----------
    parts
        Parts of the script; those of a map page by default.
    """
    return frozenset(
        name for part in parts for name in re.findall(r"\bT\.(\w+)", template_text(part))
    )


def theme_css(theme: Mapping[str, Any]) -> str:
    """Colours and fonts of a theme as CSS custom properties; anything else is refused.

    Parameters
    ----------
    theme
        Declaration of ``catalogue/themes``.

    Raises
    ------
    InputError
        If a colour is not « #rrggbb », a text or a mark cannot be told from what is behind it, or
        a font list holds anything but names.
    """
    faults: list[Fault] = []
    for name, colour in theme["colours"].items():
        if not _COLOUR.fullmatch(str(colour)):
            faults.append(
                Fault(
                    f"thème « {theme['name']} »",
                    f"couleur « {name} » = « {colour} »",
                    "six chiffres hexadécimaux après un dièse",
                    "écrire la couleur sous la forme #1b2733",
                )
            )
    faults = faults or _unreadable(theme)
    font = str(theme["fonts"]["text"])
    if not _FONT.fullmatch(font):
        faults.append(
            Fault(
                f"thème « {theme['name']} »",
                f"police « {font} »",
                "une suite de noms de polices",
                "retirer les autres signes",
            )
        )
    if faults:
        raise InputError(faults)
    rules = [f"--{name.replace('_', '-')}:{value}" for name, value in theme["colours"].items()]
    rules += [f"--focus:{theme['colours']['link']}", f"--text:{font}"]
    return ":root{" + ";".join(rules) + "}\n"


def _unreadable(theme: Mapping[str, Any]) -> list[Fault]:
    """Texts and marks of a theme too close to the colour behind them, all at once."""
    colours = theme["colours"]
    return [
        Fault(
            f"thème « {theme['name']} »",
            f"« {front} » ({colours[front]}) sur « {back} » ({colours[back]}) : contraste de "
            f"{number(contrast(colours[front], colours[back]), 1)}",
            f"un contraste de {number(least, 1)} au moins",
            "foncer l'une des deux couleurs, ou éclaircir l'autre",
        )
        for pairs, least in ((READ_ON, TEXT_CONTRAST), (MARKED_ON, MARK_CONTRAST))
        for front, behind in pairs.items()
        for back in behind
        if contrast(colours[front], colours[back]) < least
    ]


def theme_logo(theme: Mapping[str, Any]) -> str:
    """Logo of a theme as a data address, or an empty string.

    Raises
    ------
    InputError
        If the logo is a link: a page calls no other host.
    """
    logo = str(theme.get("brand", {}).get("logo", ""))
    if logo and not _LOGO.fullmatch(logo):
        raise InputError(
            Fault(
                f"thème « {theme['name']} »",
                "un logo qui n'est pas une image en adresse « data: »",
                "« data:image/png;base64,… »",
                "convertir le logo en adresse « data: »",
            )
        )
    return logo
