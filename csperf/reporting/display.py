"""What notebooks show: sentences, facts, tables, definitions and figures.

Each object is HTML in JupyterLab and the same HTML in the exported report. All of it is built by
`tag`, which escapes whatever is not markup already: names and comments come from people.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from markupsafe import Markup, escape

from csperf.reporting.svg import compact

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as MatplotlibFigure
    from matplotlib.typing import RcKeyType

HEADING_MIME = "application/vnd.csperf.heading+json"
# DejaVu Sans comes with matplotlib; the others are the usual Chinese and Korean faces of each
# system. A face per glyph is chosen only from a list in `font.family`.
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
)
WIDE = 9  # columns; more of them are printed small and on A4 across, up to about 18

RARE = 1 / 1000  # below it, a probability from simulated or approximate chances has no digits

Kind = Literal[
    "text", "lines", "number", "percent", "chance", "money", "interval", "id", "name", "date"
]
NUMERIC: frozenset[Kind] = frozenset({"number", "percent", "chance", "money", "interval"})


def tag(name: str, *children: str, **attributes: str | None) -> Markup:
    """One HTML element; `class_` is class, `aria_label` is aria-label, None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")


def number(value: float, digits: int = 1) -> str:
    """1,234.5 with a true minus sign, and never a minus before a zero."""
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def chance(probability: float) -> str:
    """A probability as 31%, near its ends as 0.4%, and never as certain: < 0.1% or > 99.9%."""
    if probability < RARE:
        return "< 0.1%"
    if probability > 1 - RARE:
        return "> 99.9%"
    return number(100 * probability, 0 if 0.01 <= probability <= 0.99 else 1) + "%"


class _Html:
    """Shown as HTML; the class name stands in where only text can be shown."""

    def html(self) -> Markup:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": str(self.html()), "text/plain": type(self).__name__}


@dataclass(frozen=True)
class Heading(_Html):
    """Title, subtitle, language and standing of a report; shown once, before everything else.

    `banner` is a sentence such as "Provisional: ..." that stays in sight and in print.
    """

    title: str
    subtitle: str
    lang: str
    banner: str | None = None
    confidential: bool = True

    def html(self) -> Markup:
        """Return the heading as JupyterLab shows it; the exporter reads the JSON instead."""
        banner = tag("p", tag("strong", self.banner)) if self.banner else ""
        return tag("h1", self.title) + tag("p", self.subtitle) + banner

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(), HEADING_MIME: asdict(self)}


@dataclass(frozen=True)
class Sentences(_Html):
    """Paragraphs: the verdict in words, a note in small print, or a warning."""

    texts: Sequence[str]
    kind: Literal["verdict", "note", "warning"] = "verdict"

    def html(self) -> Markup:
        """Return one paragraph a text."""
        return tag("div", *(tag("p", text) for text in self.texts), class_=self.kind)


@dataclass(frozen=True)
class Facts(_Html):
    """A row of a few numbers: (label, value, explanation), each already in words."""

    pairs: Sequence[tuple[str, str, str]]

    def html(self) -> Markup:
        """Return a definition list of the numbers."""
        return tag("dl", *(self._fact(*fact) for fact in self.pairs), class_="facts")

    @staticmethod
    def _fact(label: str, value: str, explanation: str) -> Markup:
        explained = tag("dd", explanation) if explanation else ""
        return tag("div", tag("dt", label), tag("dd", value, class_="value"), explained)


@dataclass(frozen=True)
class Details(_Html):
    """Definitions behind a summary line, as (term, definition); always open in print."""

    summary: str
    body_rows: Sequence[tuple[str, str]]

    def html(self) -> Markup:
        """Return the definitions as a list that folds."""
        rows = (tag("dt", term) + tag("dd", definition) for term, definition in self.body_rows)
        return tag("details", tag("summary", self.summary), tag("dl", *rows))


def _given(row: Mapping[Any, Any], key: str | None) -> str | None:
    value = row[key] if key else None
    return None if pd.isna(value) else str(value)


@dataclass(frozen=True)
class ColumnView:
    """How a column of a frame is shown; a pair of keys (low, high) is shown as an interval.

    percent takes a share (0.25 is 25.0%), chance a probability; lines keeps the line breaks of a
    text; a number may be written already; `between` stands between the ends of an interval; `say`
    puts a value into words, such as a day into those of a language. Two
    more keys may be named: `lang_key`, the language of each name, since Chinese and Korean draw the
    same character differently; and `link_key`, the address that the cell leads to, where there is
    one.
    """

    key: str | tuple[str, str]
    heading: str
    kind: Kind = "text"
    digits: int = 1
    blank: str = "–"
    lang_key: str | None = None
    link_key: str | None = None
    between: str = " – "
    say: Callable[[Any], str] | None = None

    @property
    def css(self) -> str | None:
        """Class of the column's cells."""
        return "number" if self.kind in NUMERIC else self.kind if self.kind != "text" else None

    def cell(self, name: str, row: Mapping[Any, Any], scope: str | None = None) -> Markup:
        """Return this column's cell (th or td) of a row."""
        content: str = self.text(row)
        if address := _given(row, self.link_key):
            content = tag("a", content, href=address)
        lang = _given(row, self.lang_key)
        return tag(name, content, scope=scope, class_=self.css, lang=lang)

    def text(self, row: Mapping[Any, Any]) -> str:
        """Return the text of this column in a row; the blank where a value is missing."""
        keys = (self.key,) if isinstance(self.key, str) else self.key
        values = [row[key] for key in keys]
        if any(pd.isna(value) for value in values):
            return self.blank
        return self.between.join(self._value(value) for value in values)

    def _value(self, value: Any) -> str:
        if self.say:
            return self.say(value)
        if self.kind == "percent":
            return number(100 * value, self.digits) + "%"
        if self.kind == "chance":
            return chance(value)
        if self.kind in NUMERIC and not isinstance(value, str):
            return number(value, self.digits)
        if self.kind == "date":
            return pd.Timestamp(value).date().isoformat()
        return str(value)


@dataclass(frozen=True)
class TableView(_Html):
    """A frame as a table of declared columns; the first column names the row.

    Rows whose `status_column` is neither "ok" nor missing are set back in grey; the status is
    read from a column that says it in words. A frame without rows shows `empty` instead.
    """

    frame: pd.DataFrame
    columns: Sequence[ColumnView]
    caption: str
    status_column: str | None = None
    empty: str = "–"

    def html(self) -> Markup:
        """Return the table in a region that scrolls by itself when the page is narrow."""
        heads = (
            tag("th", column.heading, scope="col", class_=column.css) for column in self.columns
        )
        rows = [self._row(row) for row in self.frame.to_dict("records")]
        table = tag(
            "table",
            tag("caption", tag("span", self.caption)),
            tag("thead", tag("tr", *heads)),
            tag("tbody", *(rows or [self._empty_row()])),
        )
        css = "scroll wide" if len(self.columns) > WIDE else "scroll"
        return tag("div", table, class_=css, role="region", tabindex="0", aria_label=self.caption)

    def _row(self, row: Mapping[Any, Any]) -> Markup:
        first, *others = self.columns
        cells = [first.cell("th", row, scope="row"), *(each.cell("td", row) for each in others)]
        aside = _given(row, self.status_column) not in (None, "ok")
        return tag("tr", *cells, class_="aside" if aside else None)

    def _empty_row(self) -> Markup:
        return tag("tr", tag("td", self.empty, colspan=str(len(self.columns))))


class Figure:
    """A matplotlib figure as SVG, closed once it is drawn.

    Parameters
    ----------
    figure : matplotlib Figure, or the Axes of one
        Text in it is shown as it is, dollar signs included; a logarithmic axis therefore needs
        a plain formatter.
    caption : str
        States the finding, with its n.
    alt : str
        Says what the chart shows to who cannot see it.

    Raises
    ------
    ValueError
        Caption or alt is empty.
    """

    def __init__(self, figure: MatplotlibFigure | Axes, caption: str, alt: str):
        if not caption.strip() or not alt.strip():
            raise ValueError("a figure needs a caption and an alt text")
        self.caption = caption
        self.alt = alt
        self.svg = _svg(figure.get_figure(root=True))

    def html(self) -> Markup:
        """Return the figure for a page that is no notebook, its picture within it."""
        picture = b64encode(self.svg.encode()).decode()
        image = Markup('<img src="data:image/svg+xml;base64,{}" alt="{}">').format(
            picture, self.alt
        )
        return tag("figure", image, tag("figcaption", self.caption))

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        data = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return data, {"image/svg+xml": {"alt": self.alt, "caption": self.caption}}


def figure_style() -> dict[RcKeyType, Any]:
    """Matplotlib settings under which figures of people's names are drawn and saved."""
    return {
        "font.family": [*(font for font in FONTS if font in _installed_fonts()), "sans-serif"],
        "font.sans-serif": FONTS[:1],
        "svg.fonttype": "none",
        "svg.hashsalt": "csperf",
        "text.parse_math": False,
    }


@cache
def _installed_fonts() -> frozenset[str]:
    """Families of the fonts that are installed now.

    Matplotlib keeps its list in a cache of the user's that no new font renews; the same input
    would be drawn in other bytes by a user whose cache is older than the fonts.
    """
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {font.fname for font in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - known):
        with contextlib.suppress(Exception):  # as matplotlib does with a font that it cannot read
            fontManager.addfont(path)
    return frozenset(font.name for font in fontManager.ttflist if Path(font.fname).is_file())


def _svg(figure: Any) -> str:
    import matplotlib
    from matplotlib.pyplot import close
    from matplotlib.text import Text

    style = figure_style()
    for text in figure.findobj(Text):
        # Each text keeps the font and the reading of dollar signs from when it was made.
        text.set_parse_math(style["text.parse_math"])
        text.set_fontfamily(style["font.family"])
    written = io.StringIO()
    with matplotlib.rc_context(style), warnings.catch_warnings():
        # The reader's browser has the glyphs that this machine lacks: the text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(written, format="svg", metadata={"Date": None})
    close(figure)
    return compact(written.getvalue())
