from __future__ import annotations

import re
from base64 import b64decode, b64encode
from html.parser import HTMLParser
from typing import Any

import nbformat
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert.exporters import get_exporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from csperf.reporting.display import ColumnView, Details, Facts, Heading, Sentences, TableView
from csperf.reporting.exporter import clean, report_html

CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
HEADING = Heading("Pre-sales", "Appraisal 2026-10", "en", "Provisional")
TABLE = TableView(
    pd.DataFrame({"name": ["王芳"], "lang": ["zh"], "page": ["people/a.html"], "score": [1.0]}),
    [
        ColumnView("name", "Name", "name", lang_key="lang", link_key="page"),
        ColumnView("lang", "Steps", "lines"),
        *[ColumnView("score", "Score & more", "number")] * 10,
    ],
    "Scores of O'Brien's team",
)


def markdown(source: str) -> NotebookNode:
    return new_notebook(cells=[new_markdown_cell(source)])


def displayed(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> NotebookNode:
    output = new_output("display_data", data=data, metadata=metadata or {})
    return new_notebook(cells=[new_code_cell("x = 1", outputs=[output])])


def body(notebook: NotebookNode) -> str:
    """What stands in the report's main part, without white space between blocks."""
    inside = re.search(r'<main id="main" tabindex="-1">(.*)</main>', report_html(notebook), re.S)
    return re.sub(r"\n+", "\n", inside[1]).strip()


class Events(HTMLParser):
    """The tags and texts of an HTML fragment, however its entities are written."""

    def __init__(self, html: str):
        super().__init__()
        self.seen: list[Any] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, sorted(each for each in attrs if each[0] != "rel")))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


@pytest.mark.parametrize(
    "shown",
    [
        TABLE,
        TableView(pd.DataFrame({"a": []}), [ColumnView("a", "A")] * 2, "None"),
        Sentences(["a < b"], "verdict"),
        Sentences(["a"], "note"),
        Sentences(["a"], "warning"),
        Facts([("Appraised", "9", "of 10")]),
        Details("Words", [("score", "points")]),
    ],
)
def test_what_display_makes_passes_unchanged(shown: Any) -> None:
    html = str(shown.html())
    assert Events(clean(html)).seen == Events(html).seen


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<script>alert(1)</script><p onclick='x()'>a</p>", "<p>a</p>"),
        ("<style>* {display: none}</style><iframe src=x></iframe><p>a</p>", "<p>a</p>"),
        ("<img src='http://example.org/pixel'><p style='color: red'>a</p>", "<p>a</p>"),
        ("<a href='javascript:alert(1)'>a</a>", '<a rel="noopener noreferrer">a</a>'),
        ("<div class='skip scroll' role='banner'>a</div>", '<div class="scroll">a</div>'),
        ("<p id='main'>a</p><form action=x><input>b</form>", "<p>a</p>b"),
    ],
)
def test_what_display_does_not_make_is_removed(html: str, left: str) -> None:
    assert clean(html) == left


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>a</p>"),
        ("![a pixel](http://example.org/p.png)", "<p>a pixel</p>"),
        ("a {{ 7 * 7 }}", "<p>a {{ 7 * 7 }}</p>"),
    ],
)
def test_markdown_is_text_and_structure_only(source: str, html: str) -> None:
    assert body(markdown(source)) == html


def test_headings_skip_no_level_and_the_first_is_the_title() -> None:
    page = report_html(markdown("# Title\n\n## A *b*\n\n#### Deep\n\n# Again\n\n### Below"))
    levels = re.findall(r"<h(\d)[^>]*>(.*?)</h", page)
    assert levels == [
        ("1", "Title"),
        ("2", "A <em>b</em>"),
        ("3", "Deep"),
        ("2", "Again"),
        ("3", "Below"),
    ]
    contents = re.findall(r'<li><a href="#(section-\d)">(.*?)</a></li>', page)
    assert contents == [("section-1", "A b"), ("section-2", "Again")]
    assert re.findall(r'<h2 id="(section-\d)"', page) == ["section-1", "section-2"]


def test_the_page_head_is_closed_to_the_outside() -> None:
    data, _ = DisplayFormatter().format(HEADING)
    page = report_html(displayed(data))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy[1] == CSP
    assert '<html lang="en">' in page
    assert '<meta name="referrer" content="no-referrer">' in page
    assert '<meta name="robots" content="noindex">' in page
    assert "<title>Pre-sales</title>" in page
    assert page.count("Pre-sales</h1>") == page.count("<h1") == 1
    assert '<p class="banner">Provisional</p>' in page
    assert '@bottom-right { content: "Page " counter(page) " of " counter(pages) "" }' in page
    assert re.findall(r"<script|src=|url\(|@import|https?:", page) == []


def test_the_heading_is_not_printed_a_second_time() -> None:
    assert body(displayed(HEADING._repr_mimebundle_())) == ""


def test_a_title_cannot_leave_its_css_string() -> None:
    heading = Heading('a"} </style><script>', "", "en", confidential=False)
    page = report_html(displayed(heading._repr_mimebundle_()))
    assert r'@top-left { content: "a\22 \7d  \3c \2f style\3e \3c script\3e " }' in page
    assert page.count("</style>") == 1
    assert "Confidential" not in page


def test_a_described_svg_becomes_an_image_with_words() -> None:
    svg = "<svg><script>alert(1)</script></svg>"
    words = {"image/svg+xml": {"alt": 'Two "bars"', "caption": "a < b"}}
    html = body(displayed({"image/svg+xml": svg, "text/plain": "no"}, words))
    image, rest = re.fullmatch(
        r'<figure><img src="data:image/svg\+xml;base64,([^"]*)" (.*)', html
    ).groups()
    assert b64decode(image).decode() == svg
    assert rest == ('alt="Two &#34;bars&#34;"><figcaption>a &lt; b</figcaption></figure>')


def test_an_image_without_words_says_that_it_has_none() -> None:
    png = b64encode(b"png").decode()
    html = body(displayed({"image/png": png + "\n", "text/plain": "<Figure>"}))
    alt = "A chart without a description."
    assert html == f'<figure><img src="data:image/png;base64,{png}" alt="{alt}"></figure>'


@pytest.mark.parametrize(
    ("data", "html"),
    [
        ({"text/plain": "<b>"}, "<pre>&lt;b&gt;</pre>"),
        ({"text/plain": "no", "text/html": "<p>a</p>"}, "<p>a</p>"),
        ({"text/plain": "no", "text/markdown": "*a*"}, "<p><em>a</em></p>"),
        ({"text/plain": "no", "application/javascript": "alert(1)"}, ""),
        ({"text/html": "no", "application/vnd.jupyter.widget-view+json": {}}, ""),
    ],
)
def test_each_output_is_shown_in_its_best_safe_form(data: dict[str, Any], html: str) -> None:
    assert body(displayed(data)) == html


def test_inputs_streams_and_tracebacks_stay_out() -> None:
    outputs = [
        new_output("stream", name="stderr", text="Glyph 1 missing"),
        new_output("error", ename="KeyError", evalue="salary", traceback=["9000"]),
    ]
    html = body(new_notebook(cells=[new_code_cell("secret = 1", outputs=outputs)]))
    assert html == '<div class="warning"><p>This section could not be produced.</p></div>'


def test_a_cell_for_the_notebook_only_is_left_out() -> None:
    cell = new_markdown_cell("Change the parameters here.", metadata={"tags": ["notebook-only"]})
    assert body(new_notebook(cells=[cell])) == ""


@pytest.mark.parametrize(
    ("outputs", "kept"),
    [
        ([], False),
        ([new_output("stream", name="stdout", text="a warning")], False),
        ([new_output("display_data", data={"text/plain": "3"})], True),
        ([new_output("error", ename="KeyError", evalue="'salary'")], True),
    ],
)
def test_a_section_whose_code_shows_nothing_is_left_out_of_text_and_contents(
    outputs: list[NotebookNode], kept: bool
) -> None:
    cells = [
        new_markdown_cell("## Appeals\n\nOpen ones first."),
        new_code_cell("show.appeals(view)"),
        new_code_cell("show.others(view)", outputs=outputs),
        new_markdown_cell("## Limits\n\nWords alone stay."),
    ]
    html = report_html(new_notebook(cells=cells))
    assert html.count("Appeals") == (2 if kept else 0)
    assert ("Open ones first." in html) is kept
    assert f'<h2 id="section-{2 if kept else 1}">Limits</h2>' in html


def test_nbconvert_finds_the_exporter(tmp_path: Any) -> None:
    path = tmp_path / "appraisal.ipynb"
    nbformat.write(markdown("No title."), path)
    page, resources = get_exporter("csperf")().from_filename(str(path))
    assert resources["output_extension"] == ".html"
    assert "<title>appraisal</title>" in page


def test_the_same_notebook_is_the_same_bytes_and_small() -> None:
    data = {"text/html": str(TABLE.html())}
    first, second = (report_html(displayed(data)) for _ in range(2))
    assert first == second
    assert len(first.encode()) < 15_000
