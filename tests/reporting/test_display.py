from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib import get_data_path
from matplotlib.font_manager import fontManager

from csperf.reporting.display import (
    HEADING_MIME,
    ColumnView,
    Details,
    Facts,
    Figure,
    Heading,
    Kind,
    Sentences,
    TableView,
    _installed_fonts,
    chance,
    number,
    tag,
)

SCRIPT = "<script>alert('x')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(1234.55, 1, "1,234.5"), (-0.04, 1, "0.0"), (-2.5, 2, "−2.50"), (1e6, 0, "1,000,000")],
)
def test_numbers_have_separators_and_a_true_minus(value: float, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "< 0.1%"),
        (0.000999, "< 0.1%"),
        (0.001, "0.1%"),
        (0.0042, "0.4%"),
        (0.01, "1%"),
        (0.485, "48%"),
        (0.99, "99%"),
        (0.9964, "99.6%"),
        (0.9991, "> 99.9%"),
        (1.0, "> 99.9%"),
    ],
)
def test_no_probability_is_called_certain(probability: float, text: str) -> None:
    assert chance(probability) == text


@pytest.mark.parametrize(
    ("kind", "digits", "value", "text"),
    [
        ("text", 1, "late", "late"),
        ("number", 1, 81.25, "81.2"),
        ("percent", 1, 0.2345, "23.4%"),
        ("chance", 1, 0.2345, "23%"),
        ("money", 2, 1500, "1,500.00"),
        ("id", 1, "00123", "00123"),
        ("date", 1, pd.Timestamp("2016-05-31 23:59"), "2016-05-31"),
        ("date", 1, date(2016, 5, 31), "2016-05-31"),
        ("number", 1, None, "–"),
        ("number", 1, float("nan"), "–"),
        ("date", 1, pd.NaT, "–"),
        ("text", 1, pd.NA, "–"),
    ],
)
def test_a_cell_is_written_as_its_kind(kind: Kind, digits: int, value: Any, text: str) -> None:
    assert ColumnView("key", "Heading", kind, digits).text({"key": value}) == text


@pytest.mark.parametrize(
    ("kind", "low", "high", "text"),
    [
        ("interval", -1.23, 4.56, "−1.2 – 4.6"),
        ("percent", 0.276, 0.538, "27.6% – 53.8%"),
        ("interval", 1.0, None, "unknown"),
    ],
)
def test_a_pair_of_keys_is_an_interval(
    kind: Kind, low: float, high: float | None, text: str
) -> None:
    column = ColumnView(("low", "high"), "95% interval", kind, blank="unknown")
    assert column.text({"low": low, "high": high}) == text


def test_everything_from_people_is_escaped() -> None:
    frame = pd.DataFrame({"name": [SCRIPT], "lang": [SCRIPT], "to": ['"><b>']})
    column = ColumnView("name", SCRIPT, "name", lang_key="lang", link_key="to")
    objects = [
        Heading(SCRIPT, SCRIPT, "en", SCRIPT),
        Sentences([SCRIPT]),
        Facts([(SCRIPT, SCRIPT, SCRIPT)]),
        Details(SCRIPT, [(SCRIPT, SCRIPT)]),
        TableView(frame, [column], SCRIPT),
    ]
    for each in objects:
        html = each._repr_mimebundle_()["text/html"]
        assert ESCAPED in html
        assert "<script" not in html
        assert "<b>" not in html


def test_a_table_row_by_row() -> None:
    frame = pd.DataFrame(
        {
            "name": ["王芳", "Anna"],
            "lang": ["zh", None],
            "page": ["people/a-1.html", None],
            "score": [81.25, None],
            "status": ["ok", "too_few"],
        }
    )
    columns = [
        ColumnView("name", "Name", "name", lang_key="lang", link_key="page"),
        ColumnView("score", "Score", "number"),
    ]
    assert str(TableView(frame, columns, "Scores", "status").html()) == (
        '<div class="scroll" role="region" tabindex="0" aria-label="Scores"><table>'
        "<caption><span>Scores</span></caption>"
        '<thead><tr><th scope="col" class="name">Name</th>'
        '<th scope="col" class="number">Score</th></tr></thead><tbody>'
        '<tr><th scope="row" class="name" lang="zh"><a href="people/a-1.html">王芳</a></th>'
        '<td class="number">81.2</td></tr>'
        '<tr class="aside"><th scope="row" class="name">Anna</th><td class="number">–</td></tr>'
        "</tbody></table></div>"
    )


def test_a_table_without_rows_says_so() -> None:
    frame = pd.DataFrame({"name": [], "score": []})
    columns = [ColumnView("name", "Name"), ColumnView("score", "Score", "number")]
    html = TableView(frame, columns, "Scores", empty="not yet computed").html()
    assert '<tbody><tr><td colspan="2">not yet computed</td></tr></tbody>' in html


def test_the_heading_carries_what_the_exporter_prints() -> None:
    bundle = Heading("Team", "Cycle", "en", "Provisional")._repr_mimebundle_()
    assert bundle[HEADING_MIME] == {
        "title": "Team",
        "subtitle": "Cycle",
        "lang": "en",
        "banner": "Provisional",
        "confidential": True,
    }


def test_tag_leaves_out_attributes_without_a_value() -> None:
    assert tag("p", "a & b", class_="note", lang=None) == '<p class="note">a &amp; b</p>'


def drawn() -> plt.Figure:
    figure, axes = plt.subplots()
    axes.set_title(r"$\badmacro$ 王芳 김민준")
    axes.barh(["<b>", "$x$"], [1, 2])
    return figure


def test_a_figure_keeps_its_text_as_text_and_is_closed() -> None:
    figure = drawn()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data, metadata = Figure(figure, "One is longer.", "Two bars")._repr_mimebundle_()
    for text in (r"$\badmacro$ 王芳 김민준", "&lt;b&gt;", "$x$"):
        assert text in data["image/svg+xml"]
    assert "sans-serif;" in data["image/svg+xml"]  # a reader without our fonts gets no serifs
    assert "<dc:date>" not in data["image/svg+xml"]
    assert metadata["image/svg+xml"] == {"alt": "Two bars", "caption": "One is longer."}
    assert not plt.fignum_exists(figure.number)


def test_the_same_figure_is_the_same_bytes() -> None:
    assert Figure(drawn(), "c", "a").svg == Figure(drawn(), "c", "a").svg


def test_a_figure_does_not_depend_on_how_old_the_users_list_of_fonts_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that knows matplotlib's own fonts only, and one that is no longer there."""
    now = Figure(drawn(), "c", "a").svg
    own = [font for font in fontManager.ttflist if font.fname.startswith(get_data_path())]
    gone = replace(own[0], name="Noto Sans CJK SC", fname=str(tmp_path / "gone.ttc"))
    monkeypatch.setattr(fontManager, "ttflist", [*own, gone])
    _installed_fonts.cache_clear()
    assert Figure(drawn(), "c", "a").svg == now


@pytest.mark.parametrize(("caption", "alt"), [("", "Two bars"), ("One is longer.", " ")])
def test_a_figure_without_words_is_refused(caption: str, alt: str) -> None:
    figure = drawn()
    with pytest.raises(ValueError, match="needs a caption and an alt text"):
        Figure(figure, caption, alt)
    plt.close(figure)
