"""The comparison report, section by section; each function gives one thing to show."""

from __future__ import annotations

from typing import Any

import pandas as pd
from IPython.display import display
from pandas import DataFrame

from csperf.comparison import control_chart, signals, trend, weekly
from csperf.comparison.changes import adjusted, changes_of_people
from csperf.comparison.charts import ENOUGH_POINTS
from csperf.comparison.cycles import SCORE, WARM_UP_DAYS, earlier_cycles
from csperf.comparison.trend import ENOUGH_CYCLES, by_cycle
from csperf.indicators import INDICATORS
from csperf.reporting import plots
from csperf.reporting.display import (
    ColumnView,
    Figure,
    Heading,
    Sentences,
    TableView,
    chance,
)
from csperf.reporting.foundations import provenance
from csperf.reporting.funnels import funnels
from csperf.reporting.opening import TeamView
from csperf.reporting.people import named, records
from csperf.reporting.severer import severity_first
from csperf.reporting.unseen import CLEAR, unseen, unseen_in_people, with_unit
from csperf.reporting.values import (
    scale_of,
    shown_change,
    shown_value,
    signed,
    title_of,
    unit_of,
)

__all__ = [
    "charts",
    "comparisons",
    "differences_table",
    "funnels",
    "heading",
    "methods",
    "people_how",
    "people_table",
    "plans_how",
    "plans_table",
    "provenance",
    "trends_table",
    "verdict",
]

NOT_ATTRIBUTED = "cannot be attributed"
NOT_COMPARED = "not compared: "
EASILY = 0.995  # of p_adjusted: 100% when rounded


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
    """The table comparisons for this team: the score and the indicators in it.

    They are adjusted over all teams of the department, as the published table is.
    """
    found = view.changes
    mine = (found["team_id"] == view.team_id) & found["quantity_id"].isin(_quantities(view))
    order = {name: place for place, name in enumerate(_quantities(view))}
    rows = found[mine].assign(_place=found["quantity_id"].map(order))
    rows = rows.sort_values(["baseline_id", "_place"], ascending=[False, True])
    return rows.drop(columns="_place").reset_index(drop=True)


def verdict(view: TeamView) -> Sentences:
    """What changed since the cycle before, and what cannot be said; other evaluators come first."""
    text, found = view.text, comparisons(view)
    if found.empty:
        return Sentences([text("comparison.first")])
    latest = found[found["baseline_id"] == found["baseline_id"].max()]
    told = latest[(latest["low"] > 0) | (latest["high"] < 0)]
    told = told[~_unattributed(told)]
    names, among = (
        "; ".join(_in_a_phrase(view, row) for row in rows.itertuples())
        for rows in (told[told["p_adjusted"] < CLEAR], told[~(told["p_adjusted"] < CLEAR)])
    )
    sentences = [text("comparison.clear", names=names) if names else text("comparison.none_clear")]
    if among:
        sentences.append(text("comparison.among", names=among))
    for baseline in found.loc[_unattributed(found), "baseline_id"].unique():
        sentences.append(text("comparison.start", baseline=baseline, day=_records_from(view)))
    return Sentences([*severity_first(view, found), *sentences, text("comparison.caution")])


def differences_table(view: TeamView) -> TableView | Sentences:
    """Differences from each earlier cycle, with intervals."""
    text, found = view.text, comparisons(view)
    if found.empty:
        return Sentences([text("comparison.first")], kind="note")
    rows = _in_words(view, found, "difference")
    columns = [
        ColumnView("title", text("comparison.quantity"), "text"),
        ColumnView("reading", text("comparison.direction"), "text"),
        ColumnView("baseline_id", text("comparison.baseline"), "id"),
        ColumnView("change", text("comparison.difference"), "text"),
        ColumnView("range", text("comparison.interval"), "text"),
        ColumnView("by_chance", text("comparison.adjusted"), "text"),
        ColumnView("n", text("comparison.n"), "number", digits=0),
    ]
    return TableView(rows, columns, text("comparison.caption"))


def people_table(view: TeamView) -> TableView | None:
    """What each person changed by since the cycle before, all people looked at together."""
    text, baselines = view.text, earlier_cycles(view.history, view.cycle)
    if not baselines:
        return None
    found = changes_of_people(view.history, view.cycle, baselines[0])
    rows = found[(found["team_id"] == view.team_id) & found["low"].notna()]
    if rows.empty:
        return None
    clear = rows["p_adjusted"] < CLEAR
    words = ["falls" if row.difference < 0 else "rises" for row in rows.itertuples()]
    rows = named(view, rows.rename(columns={"group_id": "employee_id"})).assign(
        change=[_change(SCORE, value) for value in rows["difference"]],
        range=[_range(view, SCORE, row) for row in rows.itertuples()],
        by_chance=_by_chance(view, rows),
        reading=[
            text(f"comparison.{word if sure else 'unclear'}")
            for word, sure in zip(words, clear, strict=True)
        ],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("reading", text("comparison.direction"), "text"),
        ColumnView("change", text("comparison.difference"), "text"),
        ColumnView("range", text("comparison.interval"), "text"),
        ColumnView("by_chance", text("comparison.adjusted_people"), "text"),
    ]
    said = {"baseline": baselines[0].id, "n": int(clear.sum()), "of": len(rows)}
    rows = rows.sort_values("difference", ascending=False, kind="stable")
    return TableView(rows, columns, text("comparison.people", **said))


def people_how(view: TeamView) -> Sentences | None:
    """How much one person must change for the table to show it, where it does not of everybody."""
    baselines = earlier_cycles(view.history, view.cycle)
    if not baselines:
        return None
    found = changes_of_people(view.history, view.cycle, baselines[0])
    told = unseen_in_people(view, found)
    return Sentences([told], kind="note") if told else None


def plans_table(view: TeamView) -> TableView | None:
    """What improvement plans changed, beyond what was to be expected without them."""
    text, rows = view.text, records(view, "plan_effects")
    if rows.empty:
        return None
    rows = rows.assign(
        change=[_change(SCORE, value) for value in rows["change"]],
        expected=[_change(SCORE, value) for value in rows["expected"]],
        beyond=[_change(SCORE, value) for value in rows["beyond"]],
        range=[_range(view, SCORE, row) for row in rows.itertuples()],
        said=[
            text(f"comparison.outcome_of.{row.outcome}", reason=text.of(str(row.reason)))
            for row in rows.itertuples()
        ],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("plan_cycle_id", text("comparison.plan"), "id"),
        ColumnView("change", text("comparison.difference"), "text"),
        ColumnView("expected", text("comparison.expected"), "text"),
        ColumnView("beyond", text("comparison.beyond"), "text"),
        ColumnView("range", text("comparison.interval"), "text"),
        ColumnView("said", text("comparison.outcome"), "text"),
    ]
    return TableView(rows, columns, text("comparison.plans_caption"))


def plans_how(view: TeamView) -> Sentences | None:
    """How to read the effect of a plan: regression to the mean, and a wide interval."""
    if records(view, "plan_effects").empty:
        return None
    return Sentences([view.text("comparison.plans_how")], kind="note")


def methods(view: TeamView) -> Sentences:
    """Which changes would have been seen, how they were computed, and why some were not."""
    found = comparisons(view)
    refused = sorted({part for part in found["method"] if part.startswith(NOT_COMPARED)})
    if refused:
        reasons = (part.removeprefix(NOT_COMPARED).split(";")[0] for part in refused)
        why = ", ".join(map(view.text.of, reasons))
        how = view.text("comparison.how", why=why)
    else:
        how = view.text("comparison.how_all")
    return Sentences([*unseen(view, found), how], kind="note")


def trends_table(view: TeamView) -> TableView | Sentences:
    """What each quantity changes by from cycle to cycle, where enough cycles are known."""
    text, points = view.text, by_cycle(view.history, view.cycle, view.team_id, _quantities(view))
    found = trend(points, by="quantity_id")
    if (found["status"] != "ok").all():
        n = int(found["n"].max()) if len(found) else 0
        said = text("comparison.trend_short", n=n, needed=ENOUGH_CYCLES)
        return Sentences([said], kind="note")
    rows = adjusted(found.assign(difference=found["slope"], method="", family=""), ["family"])
    score = rows["quantity_id"] == SCORE
    rows = _in_words(view, rows, "slope")
    rows["title"] = rows["title"].mask(score, text("comparison.trend_score"))
    columns = [
        ColumnView("title", text("comparison.quantity"), "text"),
        ColumnView("reading", text("comparison.direction"), "text"),
        ColumnView("change", text("comparison.trend_slope"), "text"),
        ColumnView("range", text("comparison.interval"), "text"),
        ColumnView("by_chance", text("comparison.trend_by_chance"), "text"),
        ColumnView("n", text("comparison.trend_cycles"), "number", digits=0),
    ]
    return TableView(rows, columns, text("comparison.trend_caption"))


def _in_words(view: TeamView, rows: DataFrame, change: str) -> DataFrame:
    """Changes of quantities with their title, size, interval, chance and reading as printed."""
    names = rows["quantity_id"]
    return rows.assign(
        title=[_with_unit(view, name) for name in names],
        change=[_change(*each) for each in zip(names, rows[change], strict=True)],
        range=[_range(view, row.quantity_id, row) for row in rows.itertuples()],
        by_chance=_by_chance(view, rows),
        reading=[view.text(f"comparison.{_reading(row)}") for row in rows.itertuples()],
    )


def charts(view: TeamView) -> None:
    """Show a control chart of the weeks for every indicator in the score that ever changes."""
    shown = [each for name in view.scheme.indicators if (each := _chart(view, name))]
    if shown:
        display(*shown)
    else:
        display(Sentences([view.text("comparison.no_charts")], kind="note"))


def _chart(view: TeamView, indicator: str) -> Figure | Sentences | None:
    points = weekly(view.history, view.team_id, indicator)
    chart = control_chart(points, INDICATORS[indicator].kind)
    known = int(chart["value"].notna().sum())
    if not known:
        return None
    text, title, odd = view.text, title_of(indicator, view.text), signals(chart)
    caption = _weeks_in_words(view, chart, indicator)
    if known >= ENOUGH_POINTS and chart["value"].nunique() == 1:
        return Sentences([caption], kind="note")
    alt = text(
        "comparison.chart_alt",
        name=title,
        n=known,
        low=shown_value(chart["value"].min(), indicator, text),
        high=shown_value(chart["value"].max(), indicator, text),
        signals=len(odd),
    )
    unit = unit_of(indicator, view.scheme.currency, text)
    label = text("comparison.in_unit", name=title, unit=unit) if unit else title
    is_share = INDICATORS[indicator].unit == "share"
    drawn = ["value", "centre", "lower", "upper"]
    chart = chart.assign(**{name: scale_of(indicator) * chart[name] for name in drawn})
    return Figure(plots.control_chart(chart, label, is_share), caption=caption, alt=alt)


def _weeks_in_words(view: TeamView, chart: DataFrame, indicator: str) -> str:
    """What a chart of weeks shows, and where it may show no more than where the records begin."""
    text, odd = view.text, chart[chart["signal"] != ""]
    known = int(chart["value"].notna().sum())
    middle = chart["centre"].fillna(chart["value"].mean()).iloc[0]
    title, centre = title_of(indicator, text), shown_value(middle, indicator, text)
    facts = {"name": title, "centre": centre}
    if known < ENOUGH_POINTS:
        said = text("comparison.short", n=known, needed=ENOUGH_POINTS, **facts)
    elif chart["value"].nunique() == 1:
        said = text("comparison.flat", **facts)
    elif len(odd):
        parts = _signal_weeks(chart).items()
        told = [
            text(f"comparison.signals_{key}", weeks=", ".join(weeks))
            for key, weeks in parts
            if len(weeks)
        ]
        said = text("comparison.signals", found="; ".join(told), **facts)
    else:
        said = text("comparison.calm", **facts)
    if known < len(chart):
        said += text("comparison.gaps", n=len(chart) - known)
    if _near_start(view, odd):
        said += text("comparison.start_signal", day=_records_from(view))
    return said


def _signal_weeks(chart: DataFrame) -> dict[str, pd.Series]:
    """Weeks beyond either limit, and the last week of each run on one side of the middle."""
    known = chart[chart["value"].notna()]
    outside, run = (known["signal"].str.contains(rule) for rule in ("outside", "run"))
    above = known["value"] > known["centre"]
    goes_on = run.shift(-1, fill_value=False) & (above.shift(-1) == above)
    at = {"above": outside & above, "below": outside & ~above, "run": run & ~goes_on}
    return {key: known.loc[rows, "label"] for key, rows in at.items()}


def _quantities(view: TeamView) -> list[str]:
    return [SCORE, *view.scheme.indicators]


def _title(view: TeamView, quantity: str) -> str:
    return view.text("comparison.score") if quantity == SCORE else title_of(quantity, view.text)


def _in_a_phrase(view: TeamView, row: Any) -> str:
    """One change with its name, size and interval."""
    quantity = row.quantity_id
    told = {"change": _change(quantity, row.difference), "range": _range(view, quantity, row)}
    return with_unit(view, "changed", quantity, **told)


def _with_unit(view: TeamView, quantity: str) -> str:
    title = _title(view, quantity)
    if quantity == SCORE:
        return title
    if INDICATORS[quantity].unit == "share":
        return view.text("comparison.in_points", name=title)
    unit = unit_of(quantity, view.scheme.currency, view.text)
    return view.text("comparison.in_unit", name=title, unit=unit) if unit else title


def _change(quantity: str, value: float) -> str:
    if quantity != SCORE:
        return shown_change(value, quantity)
    return "–" if pd.isna(value) else signed(value)


def _range(view: TeamView, quantity: str, row: Any) -> str:
    low, high = (_change(quantity, value) for value in (row.low, row.high))
    return "–" if pd.isna(row.low) else view.text("comparison.to", low=low, high=high)


def _by_chance(view: TeamView, rows: DataFrame) -> pd.Series:
    """The adjusted p-values; those that are 100% when rounded, in words."""
    easily = view.text("comparison.easily")
    told = rows["p_adjusted"].map(lambda p: chance(p) if p < EASILY else easily, na_action="ignore")
    return told.astype("str")


def _reading(row: Any) -> str:
    """Better, worse, or why it cannot be said."""
    if NOT_ATTRIBUTED in row.method:
        return "unattributed"
    rises, falls = row.low > 0, row.high < 0
    if not (rises or falls):
        return "unclear"
    quantity = row.quantity_id
    direction = "up" if quantity == SCORE else INDICATORS[quantity].direction
    if direction == "none":
        return "reference"
    word = "better" if rises == (direction == "up") else "worse"
    return f"perhaps_{word}" if row.p_adjusted >= CLEAR else word


def _unattributed(rows: DataFrame) -> pd.Series:
    return rows["method"].str.contains(NOT_ATTRIBUTED, regex=False).fillna(False).astype(bool)


def _records_from(view: TeamView) -> str:
    return view.history["records_from"].min().date().isoformat()


def _near_start(view: TeamView, weeks: DataFrame) -> bool:
    """Whether one of the weeks begins before the records reach back far enough."""
    full = view.history["records_from"].min() + pd.Timedelta(days=WARM_UP_DAYS)
    first = [pd.Timestamp(type(view.cycle).parse(cycle).start) for cycle in weeks["cycle_id"]]
    begins = [
        start + pd.Timedelta(weeks=int(week) - 1)
        for start, week in zip(first, weeks["week"], strict=True)
    ]
    return any(begin < full for begin in begins)
