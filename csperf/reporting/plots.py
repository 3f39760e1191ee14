"""Every figure, drawn by seaborn, with the sentence that it shows."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.text import Text
from matplotlib.ticker import PercentFormatter
from pandas import DataFrame

from csperf.reporting.display import figure_style

ACCENT = "#1f5f8b"
SIGNAL = "#b3401f"
QUIET = "#8a8f94"
WIDTH = 6.5
ROW = 0.32
NAMED = 40
SMALL = 9  # points
NARROW = 4.8  # inches: what is drawn for one person is read on telephones too
LABEL = 31  # columns of a label beside a bar; a Chinese character takes two


@contextmanager
def _canvas(height: float) -> Iterator[tuple[MatplotlibFigure, plt.Axes]]:
    """An empty figure in the reports' style; names in any script, dollar signs as they are."""
    with (
        plt.rc_context(figure_style()),
        sns.axes_style("whitegrid"),
        warnings.catch_warnings(),
    ):
        # A glyph that this machine lacks is drawn by the reader's browser: text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure, axes = plt.subplots(figsize=(WIDTH, height), layout="constrained")
        yield figure, axes
        sns.despine(figure, left=True, bottom=True)


def scores_by_person(people: DataFrame, xlabel: str) -> MatplotlibFigure:
    """Scores as dots on their intervals, the best on top.

    `people` has display_name, score, low and high; without limits a dot stands alone on its line.
    Above forty people the figure shows how the scores are spread instead of names.
    """
    ordered = people.sort_values("score", ascending=False)
    if len(ordered) > NAMED:
        with _canvas(2.8) as (figure, axes):
            sns.histplot(ordered, x="score", binwidth=5, color=ACCENT, ax=axes)
            axes.set(xlabel=xlabel, ylabel="", xlim=(0, 100))
        return figure
    with _canvas(0.8 + ROW * len(ordered)) as (figure, axes):
        sure = ordered.dropna(subset=["low", "high"])
        axes.hlines(
            sure["display_name"], sure["low"], sure["high"], color=QUIET, linewidth=4, zorder=1
        )
        sns.scatterplot(ordered, x="score", y="display_name", color=ACCENT, s=60, zorder=2, ax=axes)
        axes.set(xlabel=xlabel, ylabel="", xlim=(0, 100))
    return figure


def points_by_component(points: DataFrame, label: str) -> MatplotlibFigure:
    """Points as a heat map: a row a person, a column a component, low ones dark."""
    height = 2.6 + ROW * len(points)
    with _canvas(height) as (figure, axes):
        sns.heatmap(
            points,
            cmap="crest_r",
            vmin=0,
            vmax=100,
            annot=True,
            fmt=".0f",
            annot_kws={"size": 8},
            linewidths=0.5,
            cbar=False,
            ax=axes,
        )
        axes.set(xlabel=label, ylabel="")
        axes.grid(False)
        axes.tick_params(axis="x", rotation=60)
        plt.setp(axes.get_xticklabels(), ha="right", rotation_mode="anchor")
    return figure


def control_chart(chart: DataFrame, ylabel: str, is_share: bool = False) -> plt.Axes:
    """Values in the order of time with centre line and limits; points with a signal stand out.

    `chart` is what `csperf.comparison.control_chart` or any of its charts returns, with a column
    label. Points without a value keep their place on the axis.
    """
    place, odd = range(len(chart)), (chart["signal"] != "").to_numpy()
    with _canvas(2.6) as (_, axes):
        axes.plot(place, chart["value"].astype("float64"), color=ACCENT)
        for flag, color, marker, size in ((~odd, ACCENT, "o", 36), (odd, SIGNAL, "D", 52)):
            shown = chart["value"].where(flag)
            sns.scatterplot(x=place, y=shown, color=color, marker=marker, s=size, zorder=3, ax=axes)
        for name, style in (("centre", "-"), ("lower", "--"), ("upper", "--")):
            if chart[name].notna().any():
                line = chart[name].bfill().ffill()  # over a gap as at the next point
                axes.step(place, line, where="mid", color=QUIET, linestyle=style, linewidth=1)
        axes.set(xlabel="", ylabel=ylabel)
        axes.set_xticks(place, chart["label"], rotation=45)
        if is_share:
            axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    return axes


def moving_ranges(chart: DataFrame, ylabel: str) -> plt.Axes:
    """Moving ranges of a chart of `csperf.comparison.xmr`, with a column label, and their limit."""
    place, odd = range(len(chart)), chart["range_signal"].to_numpy()
    with _canvas(2.0) as (_, axes):
        axes.plot(place, chart["moving_range"], color=ACCENT, marker="o", markersize=5)
        jumps = chart["moving_range"].where(odd)
        sns.scatterplot(x=place, y=jumps, color=SIGNAL, marker="D", s=52, zorder=3, ax=axes)
        for name, style in (("range_centre", "-"), ("range_upper", "--")):
            line = chart[name].bfill().ffill()
            axes.step(place, line, where="mid", color=QUIET, linestyle=style, linewidth=1)
        axes.set(xlabel="", ylabel=ylabel, ylim=(0, None))
        axes.set_xticks(place, chart["label"], rotation=45)
    return axes


def funnel(
    found: DataFrame, curve: DataFrame, xlabel: str, ylabel: str, is_share: bool = False
) -> plt.Axes:
    """People by how much is known of each, between limits of 95 % (dotted) and 99.8 % (dashed).

    `found` is what `csperf.comparison.funnel` returns, of counts, with a column label that is empty
    for whoever is not named; `curve` what `funnel_curve` makes of it.
    """
    out = found["signal"].str.endswith("outer")
    with _canvas(3.4) as (_, axes):
        axes.plot(curve["size"], curve["centre"], color=QUIET, linewidth=1)
        for name, style in (("inner", ":"), ("outer", "--")):
            for end in ("low", "high"):
                limit = curve[f"{name}_{end}"]
                axes.plot(curve["size"], limit, color=QUIET, linestyle=style, linewidth=1)
        for rows, color, marker, size in (
            (found[~out], ACCENT, "o", 36),
            (found[out], SIGNAL, "D", 52),
        ):
            sns.scatterplot(
                rows,
                x="denominator",
                y="value",
                color=color,
                marker=marker,
                s=size,
                zorder=3,
                ax=axes,
            )
        for row in found[found["label"] != ""].itertuples():
            late = row.denominator > curve["size"].mean()
            axes.annotate(
                row.label,
                (row.denominator, row.value),
                xytext=(-7 if late else 7, 4),
                textcoords="offset points",
                ha="right" if late else "left",
                size=9,
            )
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.margins(y=0.12)
        if is_share:
            axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    return axes


def intervals(frame: DataFrame, xlabel: str) -> MatplotlibFigure:
    """Estimates with their intervals around zero; `frame` has label, difference, low, high."""
    with _canvas(1.0 + 0.45 * len(frame)) as (figure, axes):
        axes.axvline(0, color=QUIET, linewidth=1)
        axes.hlines(frame["label"], frame["low"], frame["high"], color=ACCENT, linewidth=2)
        sns.scatterplot(frame, x="difference", y="label", color=ACCENT, s=60, ax=axes)
        axes.set(xlabel=xlabel, ylabel="")
        axes.margins(y=0.25)
    return figure


def wright_map(measures: DataFrame, xlabel: str) -> MatplotlibFigure:
    """Measures of all facets on one scale of logits: Wright and Masters (1982).

    `measures` has facet (as it is shown), measure and label (empty where nobody is named).
    """
    facets = measures["facet"].unique()
    with _canvas(1.2 + 0.9 * len(facets)) as (figure, axes):
        sns.stripplot(
            measures, x="measure", y="facet", color=ACCENT, alpha=0.6, jitter=False, ax=axes
        )
        for row in measures[measures["label"] != ""].itertuples():
            place = (row.measure, list(facets).index(row.facet))
            axes.annotate(
                row.label, place, xytext=(0, 7), textcoords="offset points", rotation=45, size=8
            )
        axes.set(xlabel=xlabel, ylabel="")
    return figure


def waterfall(steps: Sequence[tuple[str, float, str]], total: tuple[str, str]) -> MatplotlibFigure:
    """Parts that add up, one below the other, each where the one above it ends; last the total.

    A step is its label, its length in points and its text; the total is label and text. It is drawn
    without axes, which take longer than all the rest: there is one such figure for each person.
    """
    rows = len(steps) + 1
    figure = MatplotlibFigure(figsize=(NARROW, 0.2 + 0.28 * rows))
    left, right, whole = 0.47, 0.89, max(100.0, sum(max(step[1], 0.0) for step in steps))
    ends = [0.0]
    for step in steps:
        ends.append(ends[-1] + step[1])
    spans = [*pairwise(ends), (0.0, ends[-1])]
    texts = [*((label, text) for label, _, text in steps), total]
    boxes, edges, colors = [], [], []
    for row, ((start, end), (label, text)) in enumerate(zip(spans, texts, strict=True)):
        low, high = (left + (right - left) * at / whole for at in sorted((start, end)))
        middle = 1 - (row + 0.5) / rows
        top, bottom = middle + 0.33 / rows, middle - 0.33 / rows
        boxes.append([(low, bottom), (high, bottom), (high, top), (low, top)])
        last = row == rows - 1
        colors.append("#1b242d" if last else ACCENT if end >= start else SIGNAL)
        if not last:  # from where this bar ends down to the next one
            at = high if end >= start else low
            edges.append([(at, bottom), (at, bottom - 0.34 / rows)])
        figure.add_artist(_Words(left - 0.015, middle, _cut(label), ha="right"))
        figure.add_artist(_Words(high + 0.012, middle, text))
    on_page = figure.transFigure
    figure.add_artist(PolyCollection(boxes, facecolors=colors, transform=on_page))
    figure.add_artist(LineCollection(edges, colors=QUIET, linewidths=0.8, transform=on_page))
    return figure


def course(cycles: DataFrame) -> MatplotlibFigure:
    """Scores of one person by cycle with their intervals; `cycles` has cycle_id, value, low, high.

    Drawn without axes like `waterfall`.
    """
    figure = MatplotlibFigure(figsize=(NARROW, 2.2))
    n = len(cycles)
    ends = cycles[["value", "low", "high"]]
    low, high = float(ends.min(axis=None)), float(ends.max(axis=None))
    unit = 0.55 / max(high - low, 5.0)
    places = [0.08 + 0.84 * (at + 0.5) / n for at in range(n)]

    def up(points: float) -> float:
        return 0.22 + (points - low) * unit

    lines = [
        [(x, up(row.low)), (x, up(row.high))]
        for x, row in zip(places, cycles.itertuples(), strict=True)
        if row.low == row.low
    ]
    dots = [(x, up(value)) for x, value in zip(places, cycles["value"], strict=True)]
    on_page, every = figure.transFigure, max(1, n // 6)
    figure.add_artist(LineCollection(lines, colors=QUIET, linewidths=2, transform=on_page))
    figure.add_artist(LineCollection([dots], colors=ACCENT, linewidths=1, transform=on_page))
    across, tall = 0.008, 0.008 * NARROW / 2.2
    squares = [[(x, y - tall), (x + across, y), (x, y + tall), (x - across, y)] for x, y in dots]
    figure.add_artist(PolyCollection(squares, facecolors=ACCENT, transform=on_page))
    for place, ((x, y), row) in enumerate(zip(dots, cycles.itertuples(), strict=True)):
        if (n - 1 - place) % every == 0:  # always the last one
            figure.add_artist(_Words(x + 0.012, y + 0.05, f"{row.value:.1f}"))
            figure.add_artist(_Words(x, 0.08, row.cycle_id, ha="center"))
    return figure


class _Words(Text):
    """A text at a place of the page, drawn without measuring it: measuring takes most of the time.

    The height of a line is taken from the size of the letters.
    """

    def __init__(self, x: float, y: float, text: str, ha: str = "left"):
        super().__init__(x, y, text, ha=ha, size=SMALL)

    def draw(self, renderer: Any) -> None:
        """Hand the text to the renderer, its middle at the place."""
        if self.figure is None:
            return
        self.set_transform(self.figure.transFigure)
        x, y = self.get_transform().transform(self.get_unitless_position())
        below = renderer.points_to_pixels(0.35 * SMALL)
        _, height = renderer.get_canvas_width_height()
        pen = renderer.new_gc()
        pen.set_foreground(self.get_color())
        baseline = height - (y - below)
        renderer.draw_text(
            pen, x, baseline, self.get_text(), self.get_fontproperties(), 0, mtext=self
        )
        pen.restore()


def _cut(label: str) -> str:
    """A label that fits beside a bar."""
    wide, shown = 0, ""
    for letter in label:
        wide += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if wide > LABEL:
            return shown.rstrip() + "…"
        shown += letter
    return label
