"""Checks of an indicator set: what it covers, what it rests on, what it repeats, what counts.

Every check is a row of the table `indicator_set`. Its `finding` is a word that reports turn into a
sentence and an advice; `STATUS` says which findings somebody should look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.composition import (
    PER_CENT,
    REPEATS,
    SCORE,
    Row,
    constructs,
    correlations,
    row,
    same_data,
    weight_sums,
    weights,
)
from csperf.appraisal.scoring import LIMIT, effective_weights
from csperf.indicators import INDICATORS, Indicator
from csperf.indicators.engine import EPOCH, day_number
from csperf.indicators.facts import FACTS, NEEDED
from csperf.params import Cycle
from csperf.scheme import Part, Scheme
from csperf.tables import OUTPUT_TABLES

DIMENSIONS = ("quality", "efficiency", "cost", "sales", "ability", "attitude", "teamwork")
DIMENSION_OF_GROUP = {
    **dict.fromkeys(("chat", "efficiency"), "efficiency"),
    **dict.fromkeys(("order", "lead"), "sales"),
    **{same: same for same in ("quality", "cost", "ability", "attitude", "teamwork")},
    **dict.fromkeys(("management", "innovation", "company"), "outside"),
}
# Indicators of another dimension than their group, and a usual criterion that is no indicator.
DIMENSION_OF = {
    **dict.fromkeys(("inquiry_conversion", "inquiry_loss_rate"), "sales"),
    **dict.fromkeys(("order_processing_time", "order_processing_time_median"), "efficiency"),
    **dict.fromkeys(("refund_duration", "follow_ups_handled"), "efficiency"),
    **dict.fromkeys(("abnormal_order_share", "refund_dispute_rate"), "quality"),
    **dict.fromkeys(("self_completed_refunds", "after_sales_index"), "quality"),
    "work_ability": "ability",
}
JUDGED = ("people", "survey")  # sources of opinions; the others count or compare
COLLECTED_BY = {
    "software": "system_records",
    "records": "system_records",
    "survey": "questionnaire",
    "test": "questionnaire",
    "sampling": "observation",
    "people": "observation",
}
STATUS = {
    **dict.fromkeys(("not_covered", "some_without", "nobody", "not_delivered"), "attention"),
    **dict.fromkeys(("team_only", "no_duty", "no_goal", "not_whole", "no_spread"), "attention"),
    **dict.fromkeys((*REPEATS, "counted_together", "against", "behind"), "attention"),
    **dict.fromkeys(("not_assigned", "duty_not_recorded", "goal_not_recorded"), "unknown"),
    **dict.fromkeys(("too_few", "no_differences", "one_without_spread", "no_data"), "unknown"),
}  # every other finding is ok
STALE_DAYS = 7  # a department that rests at week-ends, or a rare event, is not stale at once


def check_indicator_set(
    scheme: Scheme,
    scores: DataFrame,
    indicator_values: DataFrame,
    tables: Mapping[str, DataFrame],
    cycle: Cycle,
    daily: DataFrame,
) -> DataFrame:
    """Check what a scheme's components cover, rest on and repeat, and how much each one counts.

    Parameters
    ----------
    scheme : Scheme
        The components and their weights.
    scores : DataFrame
        employee_id, component_id, value, score, contribution of the people who are appraised.
    indicator_values : DataFrame
        employee_id, indicator_id, status of the same people.
    tables : mapping
        {input table: DataFrame}, as delivered.
    cycle : Cycle
        The days that the data should cover.
    daily : DataFrame
        day, indicator_id, n, numerator: `indicator_values(..., by="day")` of the cycle.

    Returns
    -------
    DataFrame
        The table indicator_set. `subject` is a component, a dimension, a group of the score, or
        `score` for what holds of the whole; `other` is the second of a pair.

    Notes
    -----
    `effective_weight` = nominal weight x SD of points / SD of the score; the values do not add up
    to 100. `share_of_differences` = 100 x cov(contribution, score) / var(score), with a
    delete-one-person jackknife interval: it adds up to 100 over all components and is the one to
    read first. Contributions are those of the official score, so weight that moved from a missing
    component to its neighbours is in them. `correlation` is Pearson's, of points, with Fisher's z
    interval. All of these need five people. A construct is a chain of components that repeat one
    another.

    References
    ----------
    Wang and Stanley (1970), Differential weighting, Review of Educational Research 40, 663-705.
    """
    leaves, earned = dict(scheme.components()), _wide(scores, "contribution")
    earned = earned.reindex(columns=[*leaves, *({LIMIT} & {*earned})]).dropna(how="all").fillna(0.0)
    points = _wide(scores, "score").reindex(columns=earned.columns).round(9)
    present = DataFrame(True, index=[0], columns=list(leaves))
    nominal = effective_weights(scheme, present).iloc[0].reindex(earned.columns, fill_value=0.0)
    pairs = [*same_data(leaves), *correlations(points[nominal.index[nominal > 0]])]
    rows = [
        *_coverage(leaves, nominal),
        *_measurable(leaves, scores, indicator_values, tables),
        *_relevant(leaves, tables, cycle),
        *pairs,
        *weight_sums(scheme),
        *weights("", {name: [name] for name in earned}, nominal, points, earned),
        *weights("construct_", constructs(pairs, nominal), nominal, points, earned),
        *_natures(leaves, nominal),
        *_days(leaves, daily, cycle),
    ]
    found = DataFrame(rows)
    further = {
        "cycle_id": cycle.id,
        "status": found["finding"].map(STATUS).fillna("ok"),
        "facts": found["facts"].mask(found["facts"] == ""),
    }
    return OUTPUT_TABLES["indicator_set"].arrange(found.assign(**further))


def _wide(scores: DataFrame, column: str) -> DataFrame:
    """A row a person, a column a component."""
    return scores.pivot(index="employee_id", columns="component_id", values=column)


def _coverage(leaves: Mapping[str, Part], nominal: Series) -> Iterator[Row]:
    """Which components speak of each dimension, and with what weight (B-71)."""
    of = Series({path: _dimension(leaf) for path, leaf in leaves.items()})
    for name in (*DIMENSIONS, "outside", "not_assigned"):
        mine = list(of.index[of == name])
        if name in DIMENSIONS:
            finding = "covered" if mine else "not_covered"
        elif mine:
            finding = name
        else:
            continue
        numbers = {"value": nominal[mine].sum(), "unit": PER_CENT}
        yield row("coverage", name, finding, facts=", ".join(mine), **numbers)


def _dimension(leaf: Part) -> str:
    name = leaf.indicator or leaf.criterion or ""
    if name in DIMENSION_OF:
        return DIMENSION_OF[name]
    return DIMENSION_OF_GROUP[INDICATORS[name].group] if name in INDICATORS else "not_assigned"


def _measurable(
    leaves: Mapping[str, Part],
    scores: DataFrame,
    values: DataFrame,
    tables: Mapping[str, DataFrame],
) -> Iterator[Row]:
    """Whether the data of each component were delivered, and how many people have a value (B-72).

    What people rate needs no export of its own; for all else the exports have to speak.
    """
    people, known = scores["employee_id"].nunique(), scores.groupby("component_id")["value"].count()
    values = values[values["employee_id"].isin(scores["employee_id"])]
    statuses = values.groupby("indicator_id")["status"].agg(set).to_dict()
    for path, leaf in leaves.items():
        indicator, n, lacks = _indicator(leaf), int(known.get(path, 0)), ""
        if indicator and indicator.scope == "team":
            finding = "team_only"
        elif indicator and statuses.get(indicator.id) == {"not_available"}:
            finding, lacks = "not_delivered", ", ".join(_lacking(indicator, tables))
        elif n < people or not people:
            finding = "some_without" if n else "nobody"
        else:
            rated = indicator is None or indicator.kind == "rating"
            finding = "rated" if rated else "measured"
        share = n / people if people else np.nan
        yield row("measurable", path, finding, value=share, unit="share", n=n, facts=lacks)


def _indicator(leaf: Part) -> Indicator | None:
    return INDICATORS[leaf.indicator] if leaf.indicator else None


def _lacking(indicator: Indicator, tables: Mapping[str, DataFrame]) -> list[str]:
    """Tables, and columns of tables that are there, which an indicator is read from and lacks."""
    if indicator.of:
        return [name for id in indicator.of for name in _lacking(INDICATORS[id], tables)]
    exposure = (indicator.exposure or "").split(".")[0]
    facts = [FACTS[name] for name in (indicator.fact, exposure) if name]
    wanted = [*(table for fact in facts for table in fact.tables), *indicator.needs]
    absent = [table for table in wanted if table not in tables]
    absent += [" or ".join(fact.either) for fact in facts if {*fact.either}.isdisjoint(tables)]
    cells = [*(cell for fact in facts for cell in fact.columns)]
    for cell in (*cells, *NEEDED.get(indicator.numerator, ())):
        table, column = cell.split(".")
        if table in tables and column not in tables[table]:
            absent.append(cell)
    return list(dict.fromkeys(filter(None, absent)))


def _relevant(
    leaves: Mapping[str, Part], tables: Mapping[str, DataFrame], cycle: Cycle
) -> Iterator[Row]:
    """How many duties of the posts, and goals of the cycle, name each component (B-73)."""
    for check, table in (("duty", "post_duties"), ("goal", "goals")):
        rows = tables.get(table)
        if rows is None or rows.empty:
            yield row(check, SCORE, f"{check}_not_recorded", facts=table)
            continue
        if "deadline" in rows:
            still = rows["deadline"].isna() | (rows["deadline"] >= pd.Timestamp(cycle.start))
            rows = rows[still]
        cells = [rows[name] for name in ("indicator_id", "rubric_id") if name in rows]
        named = pd.concat([Series(dtype="str"), *cells]).value_counts()
        for path, leaf in leaves.items():
            count = named.get(leaf.indicator or leaf.criterion, 0)
            yield row(check, path, "named" if count else f"no_{check}", value=count, unit=table)


def _natures(leaves: Mapping[str, Part], nominal: Series) -> Iterator[Row]:
    """Counted or judged (B-77), where the data come from, how they are collected (F-08, F-09).

    No indicator is made from visits or interviews: what they find is kept in records or rated.
    """
    for path, leaf in leaves.items():
        indicator = _indicator(leaf)
        source = indicator.source if indicator else "people"
        kind = "qualitative" if source in JUDGED else "quantitative"
        yield row("kind", path, kind, value=nominal[path], unit=PER_CENT)
        yield row("source", path, source)
        yield row("collection", path, COLLECTED_BY[source])


def _days(leaves: Mapping[str, Part], daily: DataFrame, cycle: Cycle) -> Iterator[Row]:
    """Share of the cycle's days with data, and how long before its end they stop (F-08).

    A rate has its exposure as n, and days without an event; only days with one count.
    """
    rate = np.array([INDICATORS[id].kind == "rate" for id in daily["indicator_id"]], dtype=bool)
    happened = daily[daily["n"].mask(rate, daily["numerator"]) > 0]
    for path, leaf in leaves.items():
        indicator = _indicator(leaf)
        if not indicator or (indicator.fact and FACTS[indicator.fact].per_cycle):
            yield row("days", path, "once_a_cycle")
            continue
        days = happened.loc[happened["indicator_id"] == indicator.id, "day"]
        n = days.nunique()
        finding = "on_days" if n else "no_data"
        yield row("days", path, finding, value=n / cycle.days, n=n, unit="share")
        if n:
            behind = day_number(cycle.last_day) - int(days.max())
            last = (EPOCH + timedelta(days=int(days.max()))).isoformat()
            finding = "behind" if behind > STALE_DAYS else "up_to_date"
            yield row("freshness", path, finding, value=behind, unit="days", facts=last)
