"""Rates of a department's teams beside one another, with limits, for its roll-up.

A run works them out once, with the department; the page is then made from its manifest alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pandas import DataFrame

from csperf.appraised import Appraisals
from csperf.indicators import INDICATORS
from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.reporting.text import Messages
from csperf.reporting.values import shown_range, shown_value, title_of
from csperf.scheme import Scheme

COUNTED = ("proportion", "rate")
KNOWN = ("ok", "provisional")
COUNTS = ["numerator", "denominator"]
LIMITS = ["value", "centre", "outer_low", "outer_high", "signal"]


def team_rates(result: Appraisals, scheme: Scheme, smallest: int) -> list[dict[str, Any]]:
    """Shares and rates in the score of each team, with their limits, for the manifest.

    Teams of fewer than `smallest` people are left out, and indicators that fewer than five teams
    have, which cannot be held against one another.
    """
    # Statistics that a run in which nothing has changed does without.
    from csperf.comparison.count_charts import countable
    from csperf.comparison.funnel import ENOUGH_UNITS, funnel

    people = result.people.groupby("team_id")["employee_id"].nunique()
    large = people.index[people >= smallest]
    values = result.team_values
    known = values[values["team_id"].isin(large) & values["status"].isin(KNOWN)]
    rows = []
    for name in dict.fromkeys(scheme.indicators):
        mine = known[known["indicator_id"] == name].dropna(subset=COUNTS)
        kind = INDICATORS[name].kind
        if kind in COUNTED and len(mine) >= ENOUGH_UNITS and countable(mine, kind):
            found = funnel(mine[["indicator_id", "team_id", *COUNTS]], kind)
            told = found[["indicator_id", "team_id", *COUNTS, *LIMITS]].astype("object")
            rows += told.where(told.notna(), None).to_dict("records")
    return rows


def team_rates_html(department: Mapping[str, Any], m: Messages) -> Markup:
    """Which teams lie far from the others, and in which rates none does; nothing of few teams."""
    columns = ["indicator_id", "team_id", *LIMITS]
    given = DataFrame(department.get("rates") or [], columns=columns)
    named = {team["team_id"]: team["name"] for team in department["teams"]}
    far, calm = [], []
    for name, found in given.groupby("indicator_id", sort=False):
        odd = found[found["signal"].astype("str").str.endswith("outer")]
        if odd.empty and found["centre"].notna().any():
            calm.append(title_of(str(name), m))
        far += [_row(row, named, m) for row in odd.to_dict("records")]
    blocks = Markup("")
    if far:
        shown = [
            ColumnView("name", m("portal.team"), "name"),
            ColumnView("indicator", m("appraisal.indicator")),
            ColumnView("reading", m("comparison.direction")),
            ColumnView("value", m("rollup.rate"), "number"),
            ColumnView("usual", m("rollup.usual"), "number"),
            ColumnView("centre", m("rollup.all_teams"), "number"),
        ]
        blocks += TableView(DataFrame(far), shown, m("rollup.rates", n=len(far))).html()
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
