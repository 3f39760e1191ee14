"""The days of sources and of indicators in the monitoring report."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import pandas as pd
from IPython.display import display
from pandas import DataFrame, Series

from csperf.comparison.charts import weekly_of_all
from csperf.comparison.days import (
    BASELINE_DAYS,
    ENOUGH_DAYS,
    SERIES,
    alarms,
    multiplicity,
    shifts,
)
from csperf.comparison.trend import ENOUGH_CYCLES, trend
from csperf.indicators import INDICATORS
from csperf.indicators.intervals import false_discoveries
from csperf.reporting import plots
from csperf.reporting.display import ColumnView, Figure, Sentences, TableView, number
from csperf.reporting.monitoring import Monitored
from csperf.reporting.values import scale_of, shown_range, shown_value, title_of, unit_of

FIGURES = 3
SURE = 0.05  # share of trends that may be false


def sources_table(of: Monitored) -> TableView | Sentences:
    """How far each source reaches, and the days that it lacks."""
    text, rows = of.view.text, of.seen.sources
    if rows.empty:
        return Sentences([text("monitoring.no_sources")], kind="note")
    rows = rows.assign(
        source=[source_title(of, table) for table in rows["table"]],
        reading=[text(f"monitoring.source.{standing}") for standing in rows["standing"]],
        filled=[
            text("monitoring.days_of", n=row.days_with_rows, of=row.days)
            for row in rows.itertuples()
        ],
    )
    columns = [
        ColumnView("source", text("monitoring.source_of"), "text"),
        ColumnView("reading", text("monitoring.reading"), "text"),
        ColumnView("last_day", text("monitoring.last_day"), "date", say=text.day),
        ColumnView("filled", text("monitoring.days_with_rows"), "text"),
        ColumnView("missing", text("monitoring.missing"), "number", digits=0),
    ]
    return TableView(rows, columns, text("monitoring.sources_caption"))


def export_sentence(of: Monitored) -> Sentences:
    """How long ago the data were exported, if anybody says."""
    text, seen = of.view.text, of.seen
    if seen.exported_on is None:
        return Sentences([text("monitoring.export_unknown")], kind="note")
    n = (seen.as_of - seen.exported_on).days
    if n < 0:
        later = text("monitoring.exported_later", day=of.day(seen.exported_on))
        return Sentences([later], kind="note")
    return Sentences([text("monitoring.exported", day=of.day(seen.exported_on), n=n)], kind="note")


def rows_table(of: Monitored) -> TableView | None:
    """Days on which a source had far more or fewer rows than that weekday usually has."""
    text = of.view.text
    rows = row_alarms(of)
    if rows.empty:
        return None
    rows = rows.assign(
        source=[source_title(of, table) for table in rows["table"]],
        usual=[" – ".join(usual_rows(row)) for row in rows.itertuples()],
    )
    columns = [
        ColumnView("source", text("monitoring.source_of"), "text"),
        ColumnView("day", text("monitoring.day"), "date", say=text.day),
        ColumnView("rows", text("monitoring.rows"), "number", digits=0),
        ColumnView("usual", text("monitoring.usual"), "interval"),
    ]
    return TableView(rows, columns, text("monitoring.rows_caption"))


def usual_rows(row: Any) -> tuple[str, str]:
    """The fewest and the most rows within the limits of a day."""
    return number(ceil(row.lower), 0), number(floor(row.upper), 0)


def row_alarms(of: Monitored) -> DataFrame:
    """Days of sources outside their limits, the latest first."""
    rows = of.seen.rows
    found = rows[rows["signal"] != ""]
    return found.sort_values(["day", "table"], ascending=[False, True], ignore_index=True)


def days_sentence(of: Monitored) -> Sentences:
    """How many days lie outside their limits, and how many chance alone makes."""
    text, charts = of.view.text, of.seen.days
    chance = multiplicity(charts)
    if not chance.points:
        return Sentences([text("monitoring.no_limits", needed=ENOUGH_DAYS)], kind="note")
    told = [
        text(
            "monitoring.chance",
            n=len(alarms(charts)),
            points=number(chance.points, 0),
            series=charts.loc[charts["status"] == "ok", SERIES].drop_duplicates().shape[0],
            expected=number(chance.expected, 0 if chance.expected >= 1 else 1),
        ),
        text("monitoring.limits", weeks=BASELINE_DAYS // 7),
    ]
    provisional = int((charts["status"] == "provisional").sum())
    if provisional:
        told.append(text("monitoring.not_judged", n=provisional))
    return Sentences(told, kind="note")


def alarms_table(of: Monitored) -> TableView | Sentences:
    """Days outside their own limits, the latest first, without series that shifted as a whole."""
    text = of.view.text
    rows = single_alarms(of)
    if rows.empty:
        return Sentences([text("monitoring.no_alarms")], kind="note")
    rows = _titled(of, rows).assign(
        value=[shown_value(row.value, row.indicator_id, text) for row in rows.itertuples()],
        limits=[limits_in_words(of, row) for row in rows.itertuples()],
        reading=[
            text(f"monitoring.alarm.{'clear' if row.clear else 'maybe'}.{direction_of(row)}")
            for row in rows.itertuples()
        ],
    )
    columns = [
        ColumnView("day", text("monitoring.day"), "date", say=text.day),
        ColumnView("group", text("monitoring.team"), "name"),
        ColumnView("title", text("monitoring.indicator"), "text"),
        ColumnView("value", text("monitoring.value"), "number"),
        ColumnView("limits", text("monitoring.usual"), "interval"),
        ColumnView("reading", text("monitoring.reading"), "text"),
    ]
    return TableView(rows, columns, text("monitoring.alarms_caption"))


def single_alarms(of: Monitored) -> DataFrame:
    """Alarms of series that did not shift: of the others the shift says more."""
    found, moved = alarms(of.seen.days), shifts(of.seen.days)
    known = found.merge(moved[SERIES], how="left", on=SERIES, indicator="there")
    return known[known["there"] == "left_only"].drop(columns="there").reset_index(drop=True)


def shifts_table(of: Monitored) -> TableView | None:
    """Series whose days lie on one side of what was usual, eight or more in a row."""
    text, rows = of.view.text, shifts(of.seen.days)
    if rows.empty:
        return None
    rows = _titled(of, rows).assign(
        now=[shown_value(row.mean, row.indicator_id, text) for row in rows.itertuples()],
        before=[shown_value(row.centre, row.indicator_id, text) for row in rows.itertuples()],
        reading=[text(f"monitoring.shift.{shift_of(row)}") for _, row in rows.iterrows()],
    )
    columns = [
        ColumnView("title", text("monitoring.indicator"), "text"),
        ColumnView("group", text("monitoring.team"), "name"),
        ColumnView("reading", text("monitoring.reading"), "text"),
        ColumnView("since", text("monitoring.since"), "date", say=text.day),
        ColumnView("now", text("monitoring.now"), "number"),
        ColumnView("before", text("monitoring.before"), "number"),
    ]
    return TableView(rows, columns, text("monitoring.shifts_caption"))


def trends_table(of: Monitored) -> TableView | Sentences:
    """Indicators that rise or fall from week to week, of all weeks that are known."""
    view, text = of.view, of.view.text
    weeks = weekly_of_all(view.history).rename(columns={"quantity_id": "indicator_id"})
    weeks = weeks[weeks["team_id"].isin(view.result.people["team_id"])]
    weeks = weeks[weeks["indicator_id"].isin([*view.scheme.indicators])]
    found = [
        {"group_id": team, "indicator_id": name, **trend(points).iloc[0]}
        for (team, name), points in weeks.groupby(["team_id", "indicator_id"], sort=False)
    ]
    rows = DataFrame(found)
    known = int(rows["n"].max()) if found else 0
    rows = rows[rows["status"] == "ok"] if found else DataFrame()
    if rows.empty:
        told = text("monitoring.too_few_weeks", n=known, needed=ENOUGH_CYCLES)
        return Sentences([told], kind="note")
    looked = len(rows)
    rows = rows.assign(p_adjusted=false_discoveries(rows["p_value"]))
    rows = rows[rows["p_adjusted"] < SURE]
    if rows.empty:
        return Sentences([text("monitoring.no_trends", n=looked)], kind="note")
    return _trends(of, rows, looked)


def _trends(of: Monitored, rows: DataFrame, looked: int) -> TableView:
    text = of.view.text
    rows = _titled(of, rows).assign(
        slope=[shown_value(row.slope, row.indicator_id, text) for row in rows.itertuples()],
        range=[shown_range(row.low, row.high, row.indicator_id, text) for row in rows.itertuples()],
    )
    columns = [
        ColumnView("title", text("monitoring.indicator"), "text"),
        ColumnView("group", text("monitoring.team"), "name"),
        ColumnView("slope", text("monitoring.a_week"), "number"),
        ColumnView("range", text("appraisal.interval"), "interval"),
        ColumnView("n", text("monitoring.weeks"), "number", digits=0),
    ]
    return TableView(rows, columns, text("monitoring.trends_caption", n=looked))


def figures(of: Monitored) -> None:
    """Draw the days of the series that ask most for it."""
    days = of.seen.days
    odd = alarms(days).sort_values(["clear", "day"], ascending=False, kind="stable")
    chosen = pd.concat([shifts(days)[SERIES], odd[SERIES]]).drop_duplicates().head(FIGURES)
    display(*(_figure(of, group, indicator) for group, indicator in chosen.to_numpy()))


def _figure(of: Monitored, group: str, indicator: str) -> Figure:
    text, days = of.view.text, of.seen.days
    chart = days[(days["group_id"] == group) & (days["indicator_id"] == indicator)]
    outside = chart["signal"].str.contains("outside")
    drawn = ["value", "centre", "lower", "upper"]
    scale = scale_of(indicator)
    label = chart["day"].dt.strftime("%m-%d").where(chart["day"].dt.day % 5 == 1, "")
    plotted = chart.assign(
        **{name: scale * chart[name] for name in drawn},
        label=label,
        signal=chart["signal"].where(outside, ""),
    )
    title, unit = title_of(indicator, text), unit_of(indicator, of.view.scheme.currency, text)
    named = text("comparison.in_unit", name=title, unit=unit) if unit else title
    facts = {
        "name": title,
        "group": of.groups(Series([group])).item(),
        "n": int(outside.sum()),
        "days": int((chart["status"] == "ok").sum()),
    }
    picture = plots.control_chart(plotted, named, INDICATORS[indicator].unit == "share")
    caption, alt = (text(f"monitoring.figure_{part}", **facts) for part in ("caption", "alt"))
    return Figure(picture, caption=caption, alt=alt)


def source_title(of: Monitored, table: str) -> str:
    """Name of a source in words."""
    return of.view.text.plain(table)


def direction_of(row: Any) -> str:
    """Whether a day beyond its limits is better, worse or only other."""
    return _read(row.indicator_id, row.z > 0)


def shift_of(row: Series) -> str:
    """Whether a shift is for the better, the worse, or neither."""
    return _read(row["indicator_id"], row["mean"] > row["centre"])


def _read(indicator: str, above: bool) -> str:
    direction = INDICATORS[indicator].direction
    if direction == "none":
        return "different"
    return "better" if above == (direction == "up") else "worse"


def limits_in_words(of: Monitored, row: Any) -> str:
    """The limits of one day."""
    return shown_range(row.lower, row.upper, row.indicator_id, of.view.text)


def _titled(of: Monitored, rows: DataFrame) -> DataFrame:
    titles = [title_of(name, of.view.text) for name in rows["indicator_id"]]
    return rows.assign(title=titles, group=of.groups(rows["group_id"]))
