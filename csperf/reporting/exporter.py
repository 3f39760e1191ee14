"""An executed notebook as one HTML file: no input, no script, no request.

`jupyter nbconvert --to csperf appraisal.ipynb` finds `CsperfExporter` by its entry point. It
builds on nbconvert's plain exporter, since the template exporter neither escapes by default nor
stays away from templates that lie in the working directory.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

import mistune
import nh3
from markupsafe import Markup
from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from csperf.reporting.display import HEADING_MIME, tag
from csperf.reporting.templates import page
from csperf.reporting.text import Messages

NOTEBOOK_ONLY = "notebook-only"
KEPT = ("image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain")
ACTIVE_MIMES = ("application/javascript", "application/vnd.jupyter.widget-view+json")

_TABLE = {"table", "caption", "thead", "tbody", "tr", "th", "td"}
_LISTS = {"dl", "dt", "dd", "ul", "ol", "li"}
_TEXT = {"a", "b", "blockquote", "br", "code", "em", "hr", "p", "pre", "strong", "sub", "sup"}
_CELL = {"scope": {"col", "row"}}
# Lets through what display.py makes and what Markdown makes, nothing that loads or runs.
_CLEANER = nh3.Cleaner(
    tags=_TABLE | _LISTS | _TEXT | {"h2", "h3", "h4", "div", "span", "details", "summary"},
    attributes={
        "a": {"href"},
        "th": {"lang", "colspan"},
        "td": {"lang", "colspan"},
        "div": {"aria-label"},
        **{f"h{level}": {"id"} for level in (2, 3, 4)},
    },
    tag_attribute_values={
        "th": _CELL,
        "td": _CELL,
        "div": {"role": {"region"}, "tabindex": {"0"}},
    },
    allowed_classes={
        "div": {"scroll", "wide", "verdict", "note", "warning"},
        "dl": {"facts"},
        "dd": {"value"},
        "tr": {"aside"},
        **{cell: {"number", "id", "name", "date", "lines"} for cell in ("th", "td")},
    },
    url_schemes={"http", "https", "mailto"},
)


class CsperfExporter(Exporter):
    """Exports an executed notebook as a self-contained report."""

    export_from_notebook = "csperf report"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]  # the base class returns a notebook
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Return the report and nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return report_html(notebook, resources["metadata"]["name"]), resources


def report_html(notebook: NotebookNode, name: str = "") -> str:
    """Return the report of an executed notebook.

    Title, language and banner come from the `Heading` that the notebook displays; without one
    the title is the first Markdown heading, or `name`. Kept are Markdown and the outputs text,
    HTML, SVG and PNG; cells tagged `notebook-only` are left out, and so is Markdown when none of
    the code that follows it has anything to show.
    """
    heading = _heading(notebook)
    messages = Messages.load(heading.get("lang", "en"))
    markdown = _Markdown()
    blocks = list(_blocks(notebook, markdown, messages))
    return page(
        messages,
        title=heading.get("title") or markdown.title or name,
        subtitle=heading.get("subtitle", ""),
        banner=heading.get("banner"),
        confidential=heading.get("confidential", True),
        sections=markdown.sections,
        blocks=blocks,
    )


def clean(html: str) -> Markup:
    """Return HTML with nothing left in it but what reports may hold."""
    return Markup(_CLEANER.clean(html))


class _Markdown(mistune.HTMLRenderer):
    """Renders Markdown and notes the title and the sections on its way through the notebook."""

    def __init__(self) -> None:
        super().__init__(escape=True)
        self.title = ""
        self.sections: list[str] = []
        self._level = 1
        self._parse = mistune.create_markdown(renderer=self, plugins=["table"])

    def convert(self, source: str) -> Markup:
        return clean(str(self._parse(source)))

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """Keep the first h1 for the page's title; below it no level is skipped."""
        words = Markup(text).striptags()
        if level == 1 and not self.title:
            self.title = words
            return ""
        self._level = level = min(max(level, 2), self._level + 1, 4)
        if level > 2:
            return f"<h{level}>{text}</h{level}>"
        self.sections.append(words)
        return f'<h2 id="section-{len(self.sections)}">{text}</h2>'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Keep the words of a link that leads to a script, without the link."""
        harmful = self.sanitize_url(url) != url
        return text if harmful else super().link(text, url, title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Keep the description only: an image from elsewhere would tell who reads the report."""
        return text

    def table(self, text: str) -> str:
        return f'<div class="scroll" role="region" tabindex="0"><table>{text}</table></div>'


def _heading(notebook: NotebookNode) -> Mapping[str, Any]:
    shown = (
        output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])
    )
    return next((data[HEADING_MIME] for data in shown if HEADING_MIME in data), {})


def _blocks(notebook: NotebookNode, markdown: _Markdown, messages: Messages) -> Iterator[Markup]:
    cells = [c for c in notebook.cells if NOTEBOOK_ONLY not in c.metadata.get("tags", [])]
    for place, cell in enumerate(cells):
        if cell.cell_type == "markdown" and not _leads_nowhere(cells[place + 1 :]):
            yield markdown.convert(_prose(cell.source, messages))
        for output in cell.get("outputs", []):
            yield _output(output, markdown, messages)


def _prose(source: str, messages: Messages) -> str:
    """Markdown of a notebook in the report's language, paragraph by paragraph."""
    paragraphs = (re.match(r"(#+ )?(.*)", each, re.DOTALL) for each in source.split("\n\n"))
    return "\n\n".join(
        (found[1] or "") + messages.of(found[2].strip()) for found in paragraphs if found
    )


def _leads_nowhere(following: Sequence[NotebookNode]) -> bool:
    """Whether code follows, up to the next Markdown, and none of it has anything to show."""
    code = list(takewhile(lambda cell: cell.cell_type == "code", following))
    return bool(code) and not any(map(_shows, (o for cell in code for o in cell.outputs)))


def _shows(output: NotebookNode) -> bool:
    """Whether an output is of a kind that reports keep."""
    return output.output_type == "error" or any(mime in output.get("data", {}) for mime in KEPT)


def _output(output: NotebookNode, markdown: _Markdown, messages: Messages) -> Markup:
    if output.output_type == "error":
        # The traceback holds values of rows.
        return tag("div", tag("p", messages("report.section_failed")), class_="warning")
    data = output.get("data", {})
    if HEADING_MIME in data or any(mime in data for mime in ACTIVE_MIMES):
        return Markup("")
    for mime in ("image/svg+xml", "image/png"):
        if mime in data:
            return _figure(mime, data[mime], output.metadata.get(mime, {}), messages)
    if "text/html" in data:
        return clean(data["text/html"])
    if "text/markdown" in data:
        return markdown.convert(data["text/markdown"])
    return tag("pre", data["text/plain"]) if "text/plain" in data else Markup("")


def _figure(mime: str, image: str, described: Mapping[str, str], messages: Messages) -> Markup:
    encoded = b64encode(image.encode()).decode() if mime == "image/svg+xml" else image.strip()
    picture = Markup('<img src="data:{};base64,{}" alt="{}">').format(
        mime, encoded, described.get("alt") or messages("report.figure_undescribed")
    )
    caption = tag("figcaption", described["caption"]) if described.get("caption") else ""
    return tag("figure", picture, caption)
