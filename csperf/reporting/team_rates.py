"""Rates of a department's teams beside one another, with limits, for its roll-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pandas import DataFrame

from csperf.appraised import Appraisals
from csperf.comparison import funnel
from csperf.comparison.count_charts import countable
from csperf.comparison.funnel import ENOUGH_UNITS
from csperf.indicators import INDICATORS
from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.reporting.text import Messages
from csperf.reporting.values import shown_range, shown_value, title_of
from csperf.scheme import Scheme

COUNTED = ("proportion", "rate")
KNOWN = ("ok", "provisional")
COUNTS = ["numerator", "denominator"]


def team_rates(result: Appraisals, scheme: Scheme, smallest: int) -> list[dict[str, Any]]:
    """Counts behind the shares and rates in the score of each team, for the manifest.

    Teams of fewer than `smallest` people are left out, and indicators that fewer than five teams
    have, which cannot be held against one another.
    """
    people = result.people.groupby("team_id")["employee_id"].nunique()
    large = people.index[people >= smallest]
    values = result.team_values
    known = values[values["team_id"].isin(large) & values["status"].isin(KNOWN)]
    rows = []
    for name in dict.fromkeys(scheme.indicators):
        mine = known[known["indicator_id"] == name].dropna(subset=COUNTS)
        kind = INDICATORS[name].kind
        if kind in COUNTED and len(mine) >= ENOUGH_UNITS and countable(mine, kind):
            rows += mine[["indicator_id", "team_id", *COUNTS]].to_dict("records")
    return rows


def team_rates_html(department: Mapping[str, Any], m: Messages) -> Markup:
    """Which teams lie far from the others, and in which rates none does; nothing of few teams."""
    given = DataFrame(department.get("rates") or [], columns=["indicator_id", "team_id", *COUNTS])
    named = {team["team_id"]: team["name"] for team in department["teams"]}
    far, calm = [], []
    for name, units in given.groupby("indicator_id", sort=False):
        found = funnel(units, INDICATORS[str(name)].kind)
        odd = found[found["signal"].str.endswith("outer")]
        if odd.empty and found["centre"].notna().any():
            calm.append(title_of(str(name), m))
        far += [_row(row, named, m) for row in odd.to_dict("records")]
    blocks = Markup("")
    if far:
        columns = [
            ColumnView("name", m("portal.team"), "name"),
            ColumnView("indicator", m("appraisal.indicator")),
            ColumnView("reading", m("comparison.direction")),
            ColumnView("value", m("rollup.rate"), "number"),
            ColumnView("usual", m("rollup.usual"), "number"),
            ColumnView("centre", m("rollup.all_teams"), "number"),
        ]
        blocks += TableView(DataFrame(far), columns, m("rollup.rates", n=len(far))).html()
        blocks += Sentences([m("rollup.rates_how")], "note").html()
    if calm:
        said = m("rollup.rates_calm", names=", ".join(calm))
        blocks += Sentences([said], "note").html()
    return blocks


def _row(row: Mapping[Any, Any], named: Mapping[str, str], m: Messages) -> dict[str, str]:
    """One team far from the others, as printed."""
    name = row["indicator_id"]
    side = "rises" if row["signal"].startswith("above") else "falls"
    return {
        "name": named.get(row["team_id"], row["team_id"]),
        "indicator": title_of(name, m),
        "reading": m(f"comparison.{side}"),
        "value": shown_value(row["value"], name, m),
        "usual": shown_range(row["outer_low"], row["outer_high"], name, m),
        "centre": shown_value(row["centre"], name, m),
    }
