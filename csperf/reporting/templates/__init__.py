"""The page that every report and portal is printed on, and the one way to fill it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from csperf.reporting.text import Messages


def page(
    messages: Messages,
    title: str,
    subtitle: str,
    blocks: Sequence[Markup],
    sections: Sequence[str] = (),
    banner: str | None = None,
    confidential: bool = True,
    footer: Markup | str = "",
) -> str:
    """Return a whole HTML page; what is not markup is escaped.

    `sections` are the names of the h2 headings among the blocks, whose ids are `section-1`,
    `section-2` and so on; the list of contents leads to them.
    """
    return _template().render(
        m=messages,
        title=title,
        subtitle=subtitle,
        blocks=blocks,
        sections=sections,
        banner=banner,
        confidential=confidential,
        footer=footer,
    )


def css_string(text: str) -> Markup:
    """Quote a text for CSS: every character that is no letter, digit or space as its number."""
    written = "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text)
    return Markup(f'"{written}"')  # nothing that ends a CSS string or a style element is left


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("csperf.reporting.templates", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_string"] = css_string
    return environment.get_template("page.html.j2")
