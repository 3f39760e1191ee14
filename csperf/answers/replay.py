"""Past cycles under another scheme: who moves, what it costs, how firm the places are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.answers.replay_pay import pay_beside, pay_totals, replayed_pay
from csperf.answers.replay_text import what_if_text
from csperf.answers.stability import DRAWS, SEED, SPREAD_PCT, rank_stability
from csperf.appraisal import comparison_groups, history_rows, judge
from csperf.appraisal.anonymity import not_saved
from csperf.appraisal.decisions import of_leavers
from csperf.appraisal.renaming import continued
from csperf.appraisal.scoring import DECIMALS
from csperf.errors import InputError, Problem, meant
from csperf.params import Cycle
from csperf.pipeline import Appraisals, as_of_today
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

PERSON = ["cycle_id", "department_id", "team_id", "employee_id"]


@dataclass(frozen=True)
class WhatIf:
    """Past cycles under the official scheme and under another one (`..._other`).

    people
        One row a person and cycle: score, rank and grade under each, score_difference and
        rank_difference (other minus official), grade_changed (unknown where one of the schemes
        gives no grade), moved_group (compared with other people than before), reason_other.
    proposals
        One row a proposal of either scheme: rule_id, action, amount, currency, under (`official`,
        `other` or `both`: the same rule and action), amount_other.
    summary
        One row a team and, with team_id empty, one a department: people with a score, how many
        change grade or rank, tau_b (Kendall's, of the two orders), proposals, money of proposals
        that is paid and deducted, pay (what the statements come to, without n_pay_unknown people)
        and the cost: the pay under a scheme that has statements, which hold the money of its
        proposals, else that money.
    stability
        One row a person with a score: see `rank_stability`, under the other scheme.
    pay
        One row a team and line of pay statements: amount, people, unknown, under each.
    """

    people: DataFrame
    proposals: DataFrame
    summary: DataFrame
    stability: DataFrame
    pay: DataFrame

    @property
    def text(self) -> str:
        """What moves, what it costs and how firm it is, for a terminal."""
        return "\n".join(what_if_text(self.people, self.proposals, self.summary, self.stability))


class _Replay(NamedTuple):
    """A cycle under the other scheme, and the history that it leaves."""

    people: DataFrame
    proposals: DataFrame
    stability: DataFrame
    history: DataFrame
    pay: DataFrame
    totals: DataFrame


def what_if(
    appraisals: Appraisals | Sequence[Appraisals],
    scheme: Scheme,
    *,
    history: DataFrame | None = None,
    tables: Mapping[str, DataFrame] | None = None,
    timezone: str = "UTC",
    draws: int = DRAWS,
    spread_pct: float = SPREAD_PCT,
    seed: int = SEED,
) -> WhatIf:
    """Replay past cycles under another scheme, from the values that were measured then.

    Parameters
    ----------
    appraisals : Appraisals or sequence of them
        Results of one cycle or several, of one department or several.
    scheme : Scheme
        The other scheme.
    history : DataFrame, optional
        The history table that the results were made with; cycles that are replayed here replace
        theirs.
    tables : mapping, optional
        Input tables of the one department, as `appraise` was given them: without them the annual
        chain knows of no contract and no appeal, who left gets plans too, and there is no pay.
    timezone : str
        As in the params, for corrections.
    draws, spread_pct, seed
        As `rank_stability` takes them.

    Raises
    ------
    InputError
        If the saved values lack an indicator of the scheme, or tables are given for the results of
        several departments.

    Notes
    -----
    Who is appraised at all, and by which rules indicators are measured, stays as it was: that needs
    the events. A rule over several cycles, and the score of a period that is built from its cycles,
    count those that are replayed here and those of the history that the same scheme judged.
    """
    given = [appraisals] if isinstance(appraisals, Appraisals) else list(appraisals)
    _check_values(given, scheme)
    known, records = _known_before(given, history, tables, timezone)
    replays = []
    for past in sorted(given, key=lambda each: (_cycle(each).end, _cycle(each).days)):
        replay = _replay(past, scheme, known, records, (draws, spread_pct, seed))
        known = pd.concat([known, replay.history], ignore_index=True)
        replays.append(replay)
    people = _stacked([each.people for each in replays], PERSON)
    proposed = _stacked([each.proposals for each in replays], [*PERSON, "rule_id"])
    totals = pd.concat([each.totals for each in replays], ignore_index=True)
    return WhatIf(
        people=people,
        proposals=proposed,
        summary=_summary(people, proposed, totals),
        stability=_stacked([each.stability for each in replays], PERSON),
        pay=pd.concat([each.pay for each in replays], ignore_index=True),
    )


def _known_before(
    given: Sequence[Appraisals],
    history: DataFrame | None,
    tables: Mapping[str, DataFrame] | None,
    timezone: str,
) -> tuple[DataFrame, Mapping[str, DataFrame] | None]:
    """History of what is not replayed, and the tables with corrections and ids of today."""
    departments = {past.appraisals["department_id"].iloc[0] for past in given}
    if tables is not None and len(departments) > 1:
        found = f"tables, and results of {', '.join(sorted(departments))}"
        raise InputError(Problem("what_if", found, "replay one department at a time"))
    records = None if tables is None else as_of_today(tables, timezone)
    if history is None:
        return OUTPUT_TABLES["history"].empty(), records
    known = DataFrame(continued(history, records or {}))
    replayed = pd.MultiIndex.from_tuples(
        [(past.appraisals["department_id"].iloc[0], _cycle(past).id) for past in given]
    )
    both = pd.MultiIndex.from_frame(known[["department_id", "cycle_id"]])
    return known[~both.isin(replayed)], records


def _replay(
    past: Appraisals,
    scheme: Scheme,
    history: DataFrame,
    tables: Mapping[str, DataFrame] | None,
    settings: tuple[int, float, int],
) -> _Replay:
    cycle, department = _cycle(past), past.appraisals["department_id"].iloc[0]
    stamp = {"cycle_id": cycle.id, "department_id": department}
    people = past.people.assign(
        official_group=past.people["group"],
        group=comparison_groups(past.people, scheme, department),
    )
    before = history[history["department_id"] == department]
    given, values = _as_given(past, scheme), past.indicator_values
    made = judge(people, values, given, scheme, cycle, before, tables or {})
    if tables is not None and "leave_date" in tables.get("employees", ()):
        leaves = of_leavers(made.proposals, tables["employees"], cycle)
        made = replace(made, proposals=made.proposals[~leaves])
    lacking = not_saved(past.evaluation_scores, scheme)
    appraised = made.appraisals
    if len(lacking):
        told = appraised["employee_id"].map(lacking).astype("str")
        appraised = appraised.assign(reason=appraised["reason"].fillna(told))
    draws, spread_pct, seed = settings
    firm = rank_stability(
        made.scores, appraised, scheme, draws=draws, spread_pct=spread_pct, seed=seed
    ).merge(appraised[["employee_id", "team_id", "rank"]], on="employee_id")
    none = past.team_values.iloc[:0]
    pay = replayed_pay(past, made, scheme, cycle, tables)
    return _Replay(
        people=_beside(past.appraisals, appraised).assign(**stamp),
        proposals=_either(past.proposals, made.proposals).assign(**stamp),
        stability=firm.assign(**stamp),
        history=history_rows(appraised, values, none, none, scheme).assign(**stamp),
        pay=DataFrame(stamp, index=[0]).merge(pay_beside(past.pay, pay), how="cross"),
        totals=pay_totals(past.pay, pay, appraised).assign(**stamp),
    )


def _as_given(past: Appraisals, scheme: Scheme) -> DataFrame:
    """The saved means as evaluations on the scheme's scales, as far as it asks for them.

    Each of the evaluators behind a mean gives the mean: types are weighted after averaging, so the
    score is the same, and so is how many evaluators there are.
    """
    scales = {criterion.id: criterion.scale.value for criterion in scheme.criteria}
    types = [kind.type for kind in scheme.evaluators]
    means = past.evaluation_scores
    means = means[means["evaluator_type"].isin(types) & means["criterion_id"].isin(list(scales))]
    low, high = (
        means["criterion_id"].map({name: scale[end] for name, scale in scales.items()})
        for end in (0, 1)
    )
    low, high = low.astype("float64"), high.astype("float64")
    given = low + means["score"] / 100 * (high - low)
    each = means.assign(score=given.clip(low, high))
    each = each.loc[each.index.repeat(each["n_evaluators"].fillna(1).astype("int64"))]
    number = each.groupby(level=0).cumcount().astype("str")
    return each.assign(evaluator_id="mean of " + each["evaluator_type"] + " " + number)


def _beside(official: DataFrame, appraised: DataFrame) -> DataFrame:
    """Each person's result under both schemes."""
    asked = ["employee_id", "team_id", "score", "rank", "grade"]
    other = appraised[["employee_id", "score", "rank", "grade", "reason"]]
    both = official[asked].merge(
        other.rename(columns={"reason": "reason_other"}),
        on="employee_id",
        suffixes=("", "_other"),
    )
    graded = both["grade"].notna() & both["grade_other"].notna()
    changed = (both["grade"] != both["grade_other"]).astype("boolean").where(graded)
    moved = _moved(appraised["official_group"], appraised["group"])
    moved = Series(moved.to_numpy(), index=appraised["employee_id"])
    return both.assign(
        score_difference=both["score_other"] - both["score"],
        rank_difference=both["rank_other"] - both["rank"],
        grade_changed=changed,
        moved_group=both["employee_id"].map(moved),
    )


def _moved(before: Series, after: Series) -> Series:
    """Whether a person's group holds other people than before, whatever the groups are called."""
    sizes = [before.groupby(keys).transform("size") for keys in (before, after, [before, after])]
    return (sizes[2] != sizes[0]) | (sizes[2] != sizes[1])


def _either(official: DataFrame, other: DataFrame) -> DataFrame:
    """Proposals of both schemes; those with the same rule and action stand in one row."""
    key = ["employee_id", "team_id", "rule_id", "action"]
    asked = [*key, "amount", "currency"]
    both = official[asked].merge(
        other[asked], on=key, how="outer", suffixes=("", "_other"), indicator="under"
    )
    names = {"left_only": "official", "right_only": "other", "both": "both"}
    texts = {"currency": "str", "currency_other": "str"}
    return both.assign(under=both["under"].astype("str").map(names)).astype(texts)


def _summary(people: DataFrame, proposed: DataFrame, totals: DataFrame) -> DataFrame:
    rows = []
    for (cycle, department), everyone in people.groupby(["cycle_id", "department_id"]):
        theirs = [
            each[(each["cycle_id"] == cycle) & (each["department_id"] == department)]
            for each in (proposed, totals)
        ]
        teams = sorted(everyone["team_id"].unique())
        for team in [None, *(teams if len(teams) > 1 else ())]:
            frames = [everyone, *theirs]
            if team is not None:
                frames = [each[each["team_id"] == team] for each in frames]
            mine, proposals, pay = frames
            stamp = {"cycle_id": cycle, "department_id": department, "team_id": team}
            rows.append({**stamp, **_moves(mine), **_money(proposals, pay)})
    return DataFrame(rows).astype({"team_id": "str"})


def _moves(people: DataFrame) -> dict[str, float]:
    both = people[["score", "score_other"]].dropna()
    several = len(both) > 1 and (both.nunique() > 1).all()
    return {
        "n_scored": int(people["score"].notna().sum()),
        "n_scored_other": int(people["score_other"].notna().sum()),
        "n_grade_changed": int(people["grade_changed"].sum()),
        "n_rank_changed": int((people["rank_difference"].fillna(0) != 0).sum()),
        "tau_b": float(stats.kendalltau(*both.round(DECIMALS).to_numpy().T).statistic)
        if several
        else np.nan,
    }


def _money(proposed: DataFrame, totals: DataFrame) -> dict[str, object]:
    """Number and money of proposals, pay and cost under each scheme."""
    told: dict[str, object] = {}
    for suffix, elsewhere in (("", "other"), ("_other", "official")):
        rows = proposed[proposed["under"] != elsewhere]
        pay = totals[totals["under"] != elsewhere]
        mine, everybody = rows[f"amount{suffix}"], pay["amount"].sum(min_count=1)
        currencies = pay["currency"] if len(pay) else rows[f"currency{suffix}"]
        told[f"n_proposals{suffix}"] = len(mine)
        told[f"currency{suffix}"] = "/".join(sorted(currencies.dropna().unique()))
        told[f"paid{suffix}"] = round(float(mine.clip(lower=0).sum()), 2)
        told[f"deducted{suffix}"] = round(float(mine.clip(upper=0).sum()), 2)
        told[f"pay{suffix}"] = round(float(everybody), 2)
        told[f"n_pay_unknown{suffix}"] = int(pay["amount"].isna().sum())
        told[f"cost{suffix}"] = round(float(everybody if len(pay) else mine.sum()), 2)
    return told


def _check_values(given: Sequence[Appraisals], scheme: Scheme) -> None:
    """Raise InputError for every indicator of the scheme, or of a role, that nobody measured."""
    if not given:
        raise InputError(Problem("what_if", "no appraisals", "give those of one cycle or more"))
    schemes = [scheme, *(scheme.for_role(role) for role in scheme.roles)]
    asked = list(dict.fromkeys(name for each in schemes for name in each.indicators))
    problems = []
    for past in given:
        known = set(past.indicator_values["indicator_id"])
        where = f"scheme '{scheme.id}', cycle {_cycle(past).id}"
        for name in asked:
            if name not in known:
                found = f"no saved values of indicator '{name}'{meant(name, known)}"
                problems.append(Problem(where, found, "appraise the cycle again to have them"))
    if problems:
        raise InputError(problems)


def _cycle(past: Appraisals) -> Cycle:
    return Cycle.parse(past.appraisals["cycle_id"].iloc[0])


def _stacked(frames: Sequence[DataFrame], key: list[str]) -> DataFrame:
    """Frames below one another, the key's columns first, sorted by it."""
    whole = pd.concat(frames, ignore_index=True)
    rest = [name for name in whole if name not in key]
    return whole[[*key, *rest]].sort_values(key, ignore_index=True)
