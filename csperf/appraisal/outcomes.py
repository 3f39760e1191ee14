"""What the scheme's rules propose. Every row stays "proposed" until a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.money import shares
from csperf.appraisal.proposing import proposed, report_day
from csperf.appraisal.streaks import earlier_scores, last_held, of_length, running
from csperf.params import Cycle
from csperf.scheme import Rule, Scheme, When
from csperf.tables import OUTPUT_TABLES

STANDINGS = {"positive": "good", "negative": "poor"}


def proposals(
    appraisals: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    history: DataFrame | None = None,
    values: DataFrame | None = None,
) -> DataFrame:
    """Proposals of one cycle.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id, group, score, grade, rank, rank_from_bottom, group_size, and as far as
        rules ask for them rank_band and level.
    history : DataFrame, optional
        Rows of the history table; needed for rules over several cycles.
    values : DataFrame, optional
        employee_id, indicator_id, value, status; needed for rules on indicators.

    Returns
    -------
    DataFrame
        employee_id, team_id, rule_id, action, amount, currency, due, p_noise (unknown until rank
        uncertainty is computed), approver, appeal_until, status "proposed", facts.

    Notes
    -----
    No rule on ranks applies where everybody is equal, in a group that is not larger than the places
    it names, or, counted from the last, in one smaller than `ranking.min_size_for_last`.
    """
    past = earlier_scores(history, scheme, cycle)
    return proposals_after(past, appraisals, scheme, cycle, values)


def proposals_after(
    past: DataFrame,
    appraisals: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    values: DataFrame | None = None,
) -> DataFrame:
    """What `proposals` returns, from earlier scores instead of a history (`earlier_scores`)."""
    people = _with_values(appraisals, scheme, values)
    past = of_length(past, cycle)
    made = [_of_rule(rule, people, scheme, cycle, past) for rule in scheme.rules]
    table = OUTPUT_TABLES["proposals"]
    frame = proposed(pd.concat(made), scheme, cycle) if made else table.empty()
    return frame.sort_values(["employee_id", "rule_id"], ignore_index=True)


def _of_rule(
    rule: Rule, people: DataFrame, scheme: Scheme, cycle: Cycle, past: DataFrame
) -> DataFrame:
    """Rows of one rule."""
    hit = people[holds(rule.when, people, scheme) & _agreed(rule, people, scheme)]
    times = rule.when.consecutive_cycles.value
    if times > 1:
        held = past.assign(held=holds(rule.when, past, scheme))
        hit = hit[running(hit, held, cycle, scheme) >= times - 1]
    if rule.when.after:
        hit = hit[_without_progress(rule, hit, scheme, past)]
    hit = hit.assign(amount=_amounts(rule, hit))[~_spared(rule, hit)]
    return DataFrame(
        {
            "team_id": hit["team_id"],
            "employee_id": hit["employee_id"],
            "rule_id": rule.id,
            "action": rule.action,
            "amount": hit["amount"],
            "currency": scheme.currency if rule.amount else None,
            "due": _after(report_day(scheme, cycle), rule),
            "approver": rule.approver.value,
            "facts": [", ".join(_facts(rule, person)) for person in hit.itertuples()],
        }
    )


def holds(when: When, people: DataFrame, scheme: Scheme) -> Series:
    """Whether the facts hold in one cycle, for each row; rows of a `group` are compared."""
    found = people["score"].notna()
    size = people["group_size"].fillna(0)
    if when.rank_from_top or when.rank_from_bottom:
        apart = people.groupby("group")["score"].transform("nunique") > 1
        found &= people["rank"].notna() & apart
    if when.rank_from_top:
        places = when.rank_from_top.value
        found &= (people["rank"] <= places).fillna(False) & (size > places)
    if when.rank_from_bottom:
        places = when.rank_from_bottom.value
        large = (size > places) & (size >= scheme.ranking.min_size_for_last.value)
        found &= (people["rank_from_bottom"] <= places).fillna(False) & large
    if when.score_below:
        found &= people["score"] < when.score_below.value
    if when.score_from:
        found &= people["score"] >= when.score_from.value
    for column, wanted in (("grade", when.grade), ("level", when.level)):
        if wanted:
            found &= (people[column] == wanted).fillna(False)
    if when.rank_bands:
        found &= people["rank_band"].isin(when.rank_bands)
    if when.indicator:
        value = people[_column(when.indicator)]
        found &= (value >= when.at_least.value) if when.at_least else value.notna()
        found &= (value <= when.at_most.value) if when.at_most else True
    return found.astype(bool)


def speaks_for(rule: Rule, people: DataFrame, scheme: Scheme) -> Series:
    """Whether a rule's facts hold in one cycle, and grade and band speak for it (`agreeing`).

    `people` are as for `holds`; indicators are not known of them.
    """
    known = _with_values(people, scheme, None)
    return holds(rule.when, known, scheme) & _agreed(rule, known, scheme)


def _agreed(rule: Rule, people: DataFrame, scheme: Scheme) -> Series:
    """Whether grade and rank band speak for the rule as far as they have to (`agreeing`)."""
    found = Series(True, index=people.index)
    for column, wanted in zip(("grade", "rank_band"), agreeing(rule, scheme), strict=True):
        found &= people[column].isin(wanted) if wanted is not None else True
    return found


def agreeing(rule: Rule, scheme: Scheme) -> tuple[list[str] | None, list[str] | None]:
    """Grades and rank bands of which one has to speak for the rule; None where any may.

    By default both have to be poor for what goes against somebody, and the grade has to be good for
    what a band gives; `which_rules` lets the score or the rank alone decide.
    """
    wanted = STANDINGS.get(rule.effect)
    asks = bool(rule.when.rank_bands or rule.when.grade)
    if not (wanted and asks and scheme.grades and scheme.ranking.bands):
        return None, None
    grades = [band.grade for band in scheme.grades if band.standing == wanted]
    bands = [band.id for band in scheme.ranking.bands.shares if band.standing == wanted]
    match scheme.ranking.which_rules.value:
        case "score":
            return grades, None
        case "rank":
            return None, bands
        case _:
            return grades, bands if wanted == "poor" else None


def _without_progress(rule: Rule, hit: DataFrame, scheme: Scheme, past: DataFrame) -> Series:
    """Whether another rule held in an earlier cycle, and the score has hardly risen since."""
    first = next(each for each in scheme.rules if each.id == rule.when.after)
    then = last_held(past[holds(first.when, past, scheme)])
    score = hit["employee_id"].map(then).astype("float64")
    if rule.when.no_progress_of is None:
        return score.notna()
    return score.notna() & (hit["score"] - score < rule.when.no_progress_of.value)


def _with_values(people: DataFrame, scheme: Scheme, values: DataFrame | None) -> DataFrame:
    """People with the columns that rules may ask for; what is not known is empty."""
    absent = [name for name in ("rank_band", "level") if name not in people]
    people = people.assign(**dict.fromkeys(absent))
    for indicator in {rule.when.indicator for rule in scheme.rules if rule.when.indicator}:
        mine = Series(dtype="float64")
        if values is not None:
            usable = (values["indicator_id"] == indicator) & (values["status"] == "ok")
            mine = values[usable].set_index("employee_id")["value"]
        people[_column(indicator)] = people["employee_id"].map(mine).astype("float64")
    return people


def _column(indicator: str) -> str:
    return f"value of {indicator}"


def _after(report: date, rule: Rule) -> pd.Timestamp | None:
    if rule.due_days_after_report is None:
        return None
    return pd.Timestamp(report + timedelta(days=rule.due_days_after_report.value))


def _tied(rule: Rule, hit: DataFrame) -> Series:
    """Whether more people of the group are hit than the rule has places."""
    places = rule.when.rank_from_top or rule.when.rank_from_bottom
    if places is None:
        return Series(False, index=hit.index)
    return hit.groupby("group")["employee_id"].transform("size") > places.value


def _spared(rule: Rule, hit: DataFrame) -> Series:
    return _tied(rule, hit) & (rule.on_tie.value == "none")


def _amounts(rule: Rule, hit: DataFrame) -> Series:
    """Money for each person hit; a tied group splits that of its places."""
    if rule.amount is None:
        return Series(float("nan"), index=hit.index)
    amounts = Series(float(rule.amount.value), index=hit.index)
    places = rule.when.rank_from_top or rule.when.rank_from_bottom
    if rule.on_tie.value != "split" or places is None:
        return amounts
    for _, group in hit[_tied(rule, hit)].groupby("group"):
        equal = Series(1.0, index=group["employee_id"])
        shared = shares(rule.amount.value * places.value, equal)
        amounts[group.index] = shared.to_numpy()
    return amounts


def _facts(rule: Rule, person: object) -> Iterator[str]:
    when = rule.when
    yield f"score {person.score:.2f}"  # type: ignore[attr-defined]
    if when.rank_from_top or when.rank_from_bottom or when.rank_bands:
        yield f"rank {person.rank} of {person.group_size}"  # type: ignore[attr-defined]
    if when.rank_bands:
        yield f"band {person.rank_band}"  # type: ignore[attr-defined]
    if when.grade or when.rank_bands:
        if not pd.isna(person.grade):  # type: ignore[attr-defined]
            yield f"grade {person.grade}"  # type: ignore[attr-defined]
    if when.level:
        yield f"level {when.level}"
    if when.indicator:
        limit = when.at_least or when.at_most
        side = "at least" if when.at_least else "at most"
        yield f"{when.indicator} {side} {limit.value:g}" if limit else when.indicator
    if when.consecutive_cycles.value > 1:
        yield f"{when.consecutive_cycles.value} cycles running"
    if when.after:
        yield f"after {when.after}"
