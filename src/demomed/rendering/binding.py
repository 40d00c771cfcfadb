"""A page bound into files: one that holds all, or a page and its assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from rjsmin import jsmin

from demomed.core import catalogue
from demomed.rendering import assets, french
from demomed.rendering.language import speaking

Mode = Literal["single", "split", "csp"]
"""One file a page; page and assets apart; one file a page and its policy told."""


@dataclass(frozen=True)
class Page:
    """A page taken apart: its HTML around the styles and scripts it needs.

    Parameters
    ----------
    name
        File name without extension.
    styles, scripts
        Named style sheets and scripts, in the order in which they apply.
    template
        Template of the page.
    values
        What the template says.
    """

    name: str
    styles: Mapping[str, str]
    scripts: Mapping[str, str]
    template: str
    values: Mapping[str, Any]


def single(page: Page) -> bytes:
    """A page as one file: styles and scripts inline, allowed by their hashes and nothing else.

    Parameters
    ----------
    page
        A page taken apart.
    """
    styles = Markup("").join(
        Markup("<style>{}</style>\n").format(Markup(assets.guarded(name, text)))
        for name, text in page.styles.items()
    )
    scripts = Markup("").join(
        Markup("<script>{}</script>\n").format(Markup(assets.guarded(name, text)))
        for name, text in page.scripts.items()
    )
    return _fill(page, styles, scripts, policy(page))


def linked(page: Page, folder: str) -> bytes:
    """A page that refers to its styles and scripts in a folder beside it.

    Parameters
    ----------
    page
        A page taken apart.
    folder
        Relative address of the folder.
    """
    styles = Markup("").join(
        Markup('<link rel="stylesheet" href="{}/{}">\n').format(folder, name)
        for name in page.styles
    )
    scripts = Markup("").join(
        Markup('<script src="{}/{}"></script>\n').format(folder, name) for name in page.scripts
    )
    return _fill(page, styles, scripts, "")


def policy(page: Page) -> str:
    """The strictest content security policy under which the single-file page works.

    Parameters
    ----------
    page
        A page taken apart.

    Returns
    -------
    str
        One line: everything refused but the page's own inline styles, scripts and images.
    """

    def sources(texts: Iterable[str]) -> str:
        return " ".join(assets.digest(text) for text in texts) or "'none'"

    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {sources(page.scripts.values())}",
            f"style-src {sources(page.styles.values())}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def page_texts(language: str) -> dict[str, Any]:
    """Texts of the page's controls in one language, with its typography.

    Parameters
    ----------
    language
        Code of the language, for instance ``"fr"``.
    """
    texts = catalogue.texts(language)["page"]
    with speaking(language):
        return {
            key: french.typeset(value) if isinstance(value, str) else value
            for key, value in texts.items()
        }


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("demomed.rendering", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _fill(page: Page, styles: Markup, scripts: Markup, rule: str) -> bytes:
    template = _environment().get_template(page.template)
    html = template.render(**page.values, styles=styles, scripts=scripts, policy=rule)
    return html.encode("utf-8")


def page_css(theme: Mapping[str, Any]) -> str:
    """Style sheet of every page, in the colours and fonts of a theme."""
    return assets.theme_css(theme) + assets.compact_css(assets.template_text("page.css"))


def theme_words(theme: Mapping[str, Any]) -> dict[str, str]:
    """Name, logo and footer of the publishing body."""
    return {
        "name": str(theme["name"]),
        "logo": assets.theme_logo(theme),
        "footer": str(theme.get("brand", {}).get("footer", "")),
    }


def one_script(*parts: str) -> str:
    """Parts of a script in one strict function, nothing left global, without spaces nor comments."""
    return str(jsmin("".join(['(() => {\n"use strict";\n', *parts, "})();\n"]))) + "\n"
