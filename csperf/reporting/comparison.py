"""The comparison report, section by section; each function gives one thing to show."""

from __future__ import annotations

import pandas as pd
from IPython.display import display
from pandas import DataFrame

from csperf.comparison import compare_cycles, signals, weekly, xmr
from csperf.comparison.charts import ENOUGH_POINTS
from csperf.comparison.cycles import SCORE, WARM_UP_DAYS
from csperf.indicators import INDICATORS
from csperf.reporting import plots
from csperf.reporting.display import (
    ColumnView,
    Figure,
    Heading,
    Sentences,
    TableView,
    number,
)
from csperf.reporting.foundations import provenance
from csperf.reporting.opening import TeamView
from csperf.reporting.values import shown_change, shown_value, unit_of

__all__ = [
    "charts",
    "comparisons",
    "differences_table",
    "heading",
    "methods",
    "provenance",
    "verdict",
]

NOT_ATTRIBUTED = "cannot be attributed"
NOT_COMPARED = "not compared: "


def heading(view: TeamView) -> Heading:
    """Title and scheme."""
    text = view.text
    return Heading(
        title=text("comparison.title", team=view.team_name, cycle=view.cycle.id),
        subtitle=text(
            "comparison.subtitle",
            department=view.unit.name or view.unit.id,
            scheme=view.scheme.title,
            version=view.scheme.version,
        ),
        lang=text("language.tag"),
    )


def comparisons(view: TeamView) -> DataFrame:
    """The table comparisons for this team: the score and the indicators in it."""
    found = compare_cycles(view.history, view.cycle)
    mine = (found["team_id"] == view.team_id) & found["quantity_id"].isin(_quantities(view))
    order = {name: place for place, name in enumerate(_quantities(view))}
    rows = found[mine].assign(_place=found["quantity_id"].map(order))
    rows = rows.sort_values(["baseline_id", "_place"], ascending=[False, True])
    return rows.drop(columns="_place").reset_index(drop=True)


def verdict(view: TeamView) -> Sentences:
    """What changed since the cycle before, and what cannot be said."""
    text, found = view.text, comparisons(view)
    if found.empty:
        return Sentences([text("comparison.first")])
    latest = found[found["baseline_id"] == found["baseline_id"].max()]
    told = latest[(latest["low"] > 0) | (latest["high"] < 0)]
    told = told[~_unattributed(told)]
    names = ", ".join(_title(view, name) for name in told["quantity_id"])
    sentences = [text("comparison.clear", names=names) if names else text("comparison.none_clear")]
    for baseline in found.loc[_unattributed(found), "baseline_id"].unique():
        sentences.append(text("comparison.start", baseline=baseline, day=_records_from(view)))
    return Sentences([*sentences, text("comparison.caution")])


def differences_table(view: TeamView) -> TableView | Sentences:
    """Differences from each earlier cycle, with intervals."""
    text, found = view.text, comparisons(view)
    if found.empty:
        return Sentences([text("comparison.first")], kind="note")
    rows = found.assign(
        title=[_with_unit(view, name) for name in found["quantity_id"]],
        change=[_change(row.quantity_id, row.difference) for row in found.itertuples()],
        range=[
            text(
                "comparison.to",
                low=_change(row.quantity_id, row.low),
                high=_change(row.quantity_id, row.high),
            )
            for row in found.itertuples()
        ],
        reading=[text(f"comparison.{_reading(row)}") for row in found.itertuples()],
    )
    columns = [
        ColumnView("title", text("comparison.quantity"), "text"),
        ColumnView("baseline_id", text("comparison.baseline"), "id"),
        ColumnView("change", text("comparison.difference"), "text"),
        ColumnView("range", text("comparison.interval"), "text"),
        ColumnView("reading", text("comparison.direction"), "text"),
        ColumnView("n", text("comparison.n"), "number", digits=0),
    ]
    return TableView(rows, columns, text("comparison.caption"))


def methods(view: TeamView) -> Sentences:
    """How the differences were computed, and why some were not."""
    found = comparisons(view)["method"]
    refused = sorted({part for part in found if part.startswith(NOT_COMPARED)})
    if refused:
        why = ", ".join(part.removeprefix(NOT_COMPARED).split(";")[0] for part in refused)
        return Sentences([view.text("comparison.how", why=why)], kind="note")
    return Sentences([view.text("comparison.how_all")], kind="note")


def charts(view: TeamView) -> None:
    """Show a control chart of the weeks for every indicator in the score."""
    shown = [figure for name in view.scheme.indicators if (figure := _chart(view, name))]
    if shown:
        display(*shown)
    else:
        display(Sentences([view.text("comparison.no_charts")], kind="note"))


def _chart(view: TeamView, indicator: str) -> Figure | None:
    points = weekly(view.history, view.team_id, indicator)
    chart = xmr(points)
    if chart.empty:
        return None
    text, title, odd = view.text, INDICATORS[indicator].title, list(signals(chart))
    facts = {"name": title, "centre": shown_value(chart["value"].mean(), indicator)}
    if len(chart) < ENOUGH_POINTS:
        caption = text("comparison.short", n=len(chart), needed=ENOUGH_POINTS, **facts)
    elif odd:
        caption = text("comparison.signals", weeks=", ".join(odd), **facts)
    else:
        caption = text("comparison.calm", **facts)
    if odd and _starts_late(view):
        caption += text("comparison.start_signal", day=_records_from(view))
    alt = text(
        "comparison.chart_alt",
        name=title,
        n=len(chart),
        low=shown_value(chart["value"].min(), indicator),
        high=shown_value(chart["value"].max(), indicator),
        signals=len(odd),
    )
    unit = unit_of(indicator, view.scheme.currency)
    label = text("comparison.in_unit", name=title, unit=unit) if unit else title
    is_share = INDICATORS[indicator].unit == "share"
    return Figure(plots.control_chart(chart, label, is_share), caption=caption, alt=alt)


def _quantities(view: TeamView) -> list[str]:
    return [SCORE, *view.scheme.indicators]


def _title(view: TeamView, quantity: str) -> str:
    return view.text("comparison.score") if quantity == SCORE else INDICATORS[quantity].title


def _with_unit(view: TeamView, quantity: str) -> str:
    title = _title(view, quantity)
    if quantity == SCORE:
        return title
    if INDICATORS[quantity].unit == "share":
        return view.text("comparison.in_points", name=title)
    unit = unit_of(quantity, view.scheme.currency)
    return view.text("comparison.in_unit", name=title, unit=unit) if unit else title


def _change(quantity: str, value: float) -> str:
    if quantity != SCORE:
        return shown_change(value, quantity)
    return "–" if pd.isna(value) else f"{'+' if value > 0 else ''}{number(value)}"


def _reading(row: object) -> str:
    """Better, worse, or why it cannot be said."""
    if NOT_ATTRIBUTED in row.method:  # type: ignore[attr-defined]
        return "unattributed"
    rises, falls = row.low > 0, row.high < 0  # type: ignore[attr-defined]
    if not (rises or falls):
        return "unclear"
    quantity = row.quantity_id  # type: ignore[attr-defined]
    direction = "up" if quantity == SCORE else INDICATORS[quantity].direction
    if direction == "none":
        return "reference"
    return "better" if rises == (direction == "up") else "worse"


def _unattributed(rows: DataFrame) -> pd.Series:
    return rows["method"].str.contains(NOT_ATTRIBUTED, regex=False).fillna(False).astype(bool)


def _records_from(view: TeamView) -> str:
    return view.history["records_from"].min().date().isoformat()


def _starts_late(view: TeamView) -> bool:
    """Whether the records begin with the charted weeks themselves."""
    first = min(view.history["cycle_id"])
    start = pd.Timestamp(type(view.cycle).parse(first).start)
    return bool(view.history["records_from"].min() > start - pd.Timedelta(days=WARM_UP_DAYS))
