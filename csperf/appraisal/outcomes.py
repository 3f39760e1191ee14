"""What the scheme's rules propose. Every row stays "proposed" until a person decides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.guidance import guided
from csperf.appraisal.money import shares
from csperf.appraisal.proposing import proposed, report_day
from csperf.appraisal.streaks import earlier_scores, of_length, running
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
    records: Mapping[str, DataFrame] | None = None,
) -> DataFrame:
    """Proposals of one cycle.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, team_id, group, score, grade, rank, rank_from_bottom, group_size, and as far as
        rules ask for them rank_band, level and level_group.
    history : DataFrame, optional
        Rows of the history table; needed for rules over several cycles.
    values : DataFrame, optional
        employee_id, indicator_id, value, status; needed for rules on indicators.
    records : mapping, optional
        Input tables; sign_offs and interviews say whether earlier guidance took place.

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
    return proposals_after(past, appraisals, scheme, cycle, values, records)


def proposals_after(
    past: DataFrame,
    appraisals: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    values: DataFrame | None = None,
    records: Mapping[str, DataFrame] | None = None,
) -> DataFrame:
    """What `proposals` returns, from earlier scores instead of a history (`earlier_scores`)."""
    people = _with_values(appraisals, scheme, values)
    past = of_length(past, cycle)
    made = [_of_rule(rule, people, scheme, cycle, past, records or {}) for rule in scheme.rules]
    table = OUTPUT_TABLES["proposals"]
    frame = proposed(pd.concat(made), scheme, cycle) if made else table.empty()
    return frame.sort_values(["employee_id", "rule_id"], ignore_index=True)


def _of_rule(
    rule: Rule,
    people: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    past: DataFrame,
    records: Mapping[str, DataFrame],
) -> DataFrame:
    """Rows of one rule."""
    hit = people[holds(rule, people, scheme) & _agreed(rule, people, scheme)]
    times = rule.when.consecutive_cycles.value
    if times > 1:
        held = past.assign(held=holds(rule, past, scheme))
        hit = hit[running(hit, held, cycle, scheme) >= times - 1]
    if rule.when.after:
        hit = _without_progress(rule, hit, scheme, past, records)
    hit = _with_ties(rule, hit)
    if rule.on_tie.value == "none":
        hit = hit[hit["equal"] <= hit["left"]]
    hit = hit.assign(amount=_amounts(rule, hit))
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


def holds(rule: Rule, people: DataFrame, scheme: Scheme) -> Series:
    """Whether a rule's facts hold in one cycle, for each row.

    They hold for nobody who was not appraised: without a score, or without a `group_size`.
    """
    when = rule.when
    found = people["score"].notna() & people["group_size"].notna()
    size = people["group_size"].fillna(0)
    if when.rank_from_top or when.rank_from_bottom:
        equal = (people["rank"] == 1) & (people["rank_from_bottom"] == 1)  # nobody above or below
        found &= people["rank"].notna() & ~equal.fillna(False).astype(bool)
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
    if when.level:
        found &= (people["level"] == when.level).fillna(False)
    for column, wanted in zip(("grade", "rank_band"), awaited(rule, scheme), strict=True):
        if wanted is not None:
            found &= people[column].isin(wanted)
    if when.indicator:
        value = people[_column(when.indicator)]
        found &= (value >= when.at_least.value) if when.at_least else value.notna()
        found &= (value <= when.at_most.value) if when.at_most else True
    return found.astype(bool)


def _agreed(rule: Rule, people: DataFrame, scheme: Scheme) -> Series:
    """Whether grade and rank band speak for the rule as far as they have to (`agreeing`)."""
    found = Series(True, index=people.index)
    for column, wanted in zip(("grade", "rank_band"), agreeing(rule, scheme), strict=True):
        found &= people[column].isin(wanted) if wanted is not None else True
    return found


def awaited(rule: Rule, scheme: Scheme) -> tuple[list[str] | None, list[str] | None]:
    """Grades and rank bands that the rule itself waits for; None where any will do.

    For what serves or hurts somebody `ranking.which_rules` may let one of them decide alone: with
    `score` a rule on rank bands waits for the grades that correspond to them, with `rank` a rule on
    a grade for the corresponding bands (`_counterparts`).
    """
    grades = [rule.when.grade] if rule.when.grade else None
    bands = list(rule.when.rank_bands) or None
    if not _has_both(rule, scheme) or scheme.ranking.bands is None:
        return grades, bands
    shares = {share.id: share.standing for share in scheme.ranking.bands.shares}
    standings = {band.grade: band.standing for band in scheme.grades}
    match scheme.ranking.which_rules.value:
        case "score" if bands:
            return grades or _counterparts(bands, shares, standings), None
        case "rank" if grades:
            return None, bands or _counterparts(grades, standings, shares)
        case _:
            return grades, bands


def agreeing(rule: Rule, scheme: Scheme) -> tuple[list[str] | None, list[str] | None]:
    """Grades and rank bands that have to speak for the rule besides its facts; None where any may.

    Unless the score or the rank alone decides (`ranking.which_rules`), both have to be poor for
    what goes against somebody. What a band gives is for people with a good grade: the score earns
    it, and the band is its cap.
    """
    both = scheme.ranking.which_rules.value == "both_must_agree"
    if not both or not _has_both(rule, scheme) or scheme.ranking.bands is None:
        return None, None
    wanted = STANDINGS[rule.effect]
    grades = [band.grade for band in scheme.grades if band.standing == wanted]
    bands = [band.id for band in scheme.ranking.bands.shares if band.standing == wanted]
    return grades, bands if wanted == "poor" else None


def _has_both(rule: Rule, scheme: Scheme) -> bool:
    """Whether grade and rank band can disagree about what the rule does to somebody."""
    asks = bool(rule.when.rank_bands or rule.when.grade)
    return bool(rule.effect in STANDINGS and asks and scheme.grades and scheme.ranking.bands)


def _counterparts(
    names: Collection[str], own: Mapping[str, str | None], other: Mapping[str, str | None]
) -> list[str]:
    """What corresponds to grades among bands, or the other way round.

    `own` and `other` are standings by name, best first. The best good ones correspond to each
    other, and the worst poor ones, and so on inwards; the innermost to all that are left.
    """
    found: set[str] = set()
    for standing in {own[name] for name in names}:
        mine, theirs = ([name for name in each if each[name] == standing] for each in (own, other))
        if standing == "poor":
            mine, theirs = mine[::-1], theirs[::-1]
        for place, name in enumerate(mine):
            last = None if name == mine[-1] else place + 1
            found |= {*theirs[place:last]} if name in names else set()
    return [name for name in other if name in found]


def _without_progress(
    rule: Rule,
    hit: DataFrame,
    scheme: Scheme,
    past: DataFrame,
    records: Mapping[str, DataFrame],
) -> DataFrame:
    """Who was guided, and has made no clear progress at any time since, with what is known of it.

    Progress is how far the best score since the guidance, that of this cycle included, lies above
    the score that it was given for.
    """
    first = next(each for each in scheme.rules if each.id == rule.when.after)
    mine = past[past["employee_id"].isin(hit["employee_id"])]
    given = guided(mine.assign(held=holds(first, mine, scheme)), first.id, records)
    found = given.reindex(hit["employee_id"]).set_index(hit.index)
    stays = found["score"].notna()
    if rule.when.no_progress_of is not None:
        best = found["best"].fillna(hit["score"]).clip(lower=hit["score"])
        stays &= best - found["score"] < rule.when.no_progress_of.value
    facts = "after " + first.id + " of " + found["cycle_id"] + "; " + found["said"]
    return hit.assign(guidance=facts)[stays]


def _with_values(people: DataFrame, scheme: Scheme, values: DataFrame | None) -> DataFrame:
    """People with the columns that rules may ask for; what is not known is empty."""
    absent = [name for name in ("rank_band", "level", "level_group") if name not in people]
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


def _with_ties(rule: Rule, hit: DataFrame) -> DataFrame:
    """The people hit, with how many share their place and how many of the rule's places it has."""
    when = rule.when
    places = when.rank_from_top or when.rank_from_bottom
    if places is None:
        return hit.assign(equal=1, left=1)
    place = "rank" if when.rank_from_top else "rank_from_bottom"
    equal = hit.groupby(["group", place])["employee_id"].transform("size")
    return hit.assign(equal=equal, left=places.value - hit[place].astype("int64") + 1)


def _amounts(rule: Rule, hit: DataFrame) -> Series:
    """Money for each person hit; people who are equal split that of the places they share."""
    if rule.amount is None:
        return Series(float("nan"), index=hit.index)
    amounts = Series(float(rule.amount.value), index=hit.index)
    if rule.on_tie.value != "split":
        return amounts
    tied = hit[hit["equal"] > hit["left"]]
    for (_, left), group in tied.groupby(["group", "left"]):
        alike = Series(1.0, index=group["employee_id"])
        amounts[group.index] = shares(rule.amount.value * left, alike).to_numpy()
    return amounts


def _facts(rule: Rule, person: object) -> Iterator[str]:
    when = rule.when
    yield f"score {person.score:.2f}"  # type: ignore[attr-defined]
    if when.rank_from_top or when.rank_from_bottom or when.rank_bands:
        yield f"rank {person.rank} of {person.group_size}"  # type: ignore[attr-defined]
    if person.equal > 1:  # type: ignore[attr-defined]
        yield _shared(when, person.rank, person.rank_from_bottom)  # type: ignore[attr-defined]
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
        yield person.guidance  # type: ignore[attr-defined]


def _shared(when: When, rank: int, rank_from_bottom: int) -> str:
    """What to call a place that several people have."""
    if when.rank_from_top:
        return "shared first" if rank == 1 else "shared place"
    return "shared last" if rank_from_bottom == 1 else "shared place"
