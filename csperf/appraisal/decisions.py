"""What people decided about proposals and grades; without a sign-off they stay proposed.

A decision never changes what was proposed: it stands in columns beside it. `decision` is confirmed,
changed or rejected, `changed_to` the action or grade that was decided instead, and `flags` says
what is odd about it: `own_case` (people decided about themselves), `before_appeal_deadline` (the
person could still appeal), `appeal_open` (an open appeal suspends the effect).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.confirming import without_confirmation
from csperf.appraisal.procedure import evidence, unconfirmed
from csperf.appraisal.proposing import appeal_until
from csperf.errors import InputError, Problem, meant, shown
from csperf.indicators.identity import present_ids
from csperf.params import Cycle
from csperf.scheme import Rule, Scheme
from csperf.tables import Table, check
from csperf.tables.decisions import AWARDS, IMPROVEMENT_PLANS, SIGN_OFFS
from csperf.tables.declare import DTYPES

STATUS = {"confirmed": "approved", "rejected": "rejected"}
EXECUTED = "executed"
DECIDED = ("decision", "changed_to", "decided_by", "decided_at", "why", "flags")
REVIEW_TEXT = (
    "review",
    "human_decision",
    "absolute_standard_evidence",
    "training_or_transfer_record",
    "not_legal_advice",
)
PLAN_PARTS = ("causes", "goal", "measures", "support", "owner_id", "deadline", "check_dates")
PLAN = "improvement_plan"


def signed(
    proposals: DataFrame,
    sign_offs: DataFrame,
    cycle: Cycle,
    *,
    suspended: Collection[str] = (),
    earlier: DataFrame | None = None,
    timezone: str = "UTC",
) -> DataFrame:
    """Proposals with the decisions on them.

    Parameters
    ----------
    proposals : DataFrame
        As `proposals` returns them.
    sign_offs : DataFrame
        The input table; rows of other cycles and rows on grades are left aside. Of several on one
        proposal the latest counts.
    suspended : collection
        People with an open appeal: what was decided about them waits.
    earlier : DataFrame, optional
        Proposals of earlier runs of the cycle: to have signed one that is gone is no mistake.
    timezone : str
        Zone whose days deadlines are counted in.

    Returns
    -------
    DataFrame
        The same rows in the same columns, status approved or rejected where that was decided, and
        the columns of `DECIDED`. What was changed stays proposed, with `changed_to` beside it.

    Raises
    ------
    InputError
        For sign-offs without reviewer or reason, of proposals that do not exist, or of one moment
        that contradict each other.
    """
    given = _of_cycle(sign_offs, cycle)
    given = given[given["rule_id"].notna()]
    runs = [frame for frame in (proposals, earlier) if frame is not None]
    _refuse_unknown(given, pd.concat([frame[["employee_id", "rule_id"]] for frame in runs]))
    return _beside(proposals, _latest(given), ["employee_id", "rule_id"], suspended, timezone)


def decisions_on(rules: Collection[str] | None, sign_offs: DataFrame, cycle: Cycle) -> DataFrame:
    """The latest sign-off on each proposal of these rules, or without rules on each grade.

    Rows of other cycles are left aside, as in `signed`.
    """
    given = _of_cycle(sign_offs, cycle)
    of_rules = given["rule_id"].isna() if rules is None else given["rule_id"].isin(list(rules))
    return _latest(given[of_rules])


def unsigned(proposals: DataFrame) -> DataFrame:
    """Proposals that `signed` found no decision on, the first to become final first."""
    waiting = proposals[proposals["decided_by"].isna()]
    return waiting.sort_values(["appeal_until", "employee_id", "rule_id"], ignore_index=True)


def confirmed_grades(
    appraisals: DataFrame,
    evaluations: DataFrame,
    sign_offs: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    *,
    suspended: Collection[str] = (),
    timezone: str = "UTC",
) -> DataFrame:
    """Grades with the decisions on them.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, grade.
    evaluations : DataFrame
        The input table, of the cycle.
    sign_offs : DataFrame
        The input table; rows without a rule_id are on grades.

    Returns
    -------
    DataFrame
        employee_id, grade, appeal_until, n_evidence, status, lacking and the columns of `DECIDED`,
        a row for each person with a grade. Status is unconfirmed, whoever signed, where the scheme
        asks for evidence of the grade and there is none (lacking: evidence), and where a step that
        confirms did not take place and nobody signed (lacking: confirmation); else as in `signed`.

    Raises
    ------
    InputError
        As `signed`, and for a changed grade that the scheme does not have.
    """
    graded = appraisals.loc[appraisals["grade"].notna(), ["employee_id", "grade"]]
    given = _of_cycle(sign_offs, cycle)
    given = given[given["rule_id"].isna()]
    _refuse_unknown(given.drop(columns="rule_id"), graded)
    _refuse_grades(given, [band.grade for band in scheme.grades])
    found = graded["employee_id"].map(evidence(evaluations))
    rows = graded.assign(
        appeal_until=pd.Timestamp(appeal_until(scheme, cycle)),
        n_evidence=found.fillna(0).astype("Int64"),
        status="proposed",
    ).sort_values("employee_id", ignore_index=True)
    whole = _beside(rows, _latest(given), ["employee_id"], suspended, timezone)
    bare = whole["employee_id"].map(unconfirmed(appraisals, evaluations, scheme)).astype(bool)
    late = whole["employee_id"].isin(without_confirmation(appraisals, evaluations, scheme))
    return _unconfirmed(whole, bare, late & whole["decided_by"].isna())


def _unconfirmed(grades: DataFrame, bare: Series, late: Series) -> DataFrame:
    """The grades with what they lack: evidence where bare, a step that confirms where late."""
    lacking = Series(pd.NA, grades.index, "str").mask(late, "confirmation")
    lacking = lacking.mask(bare, "evidence").mask(bare & late, "evidence confirmation")
    return grades.assign(status=grades["status"].mask(bare | late, "unconfirmed"), lacking=lacking)


def review_text(rule: Rule) -> tuple[str, ...]:
    """Keys of the messages that a row of this rule must carry: none unless it may end a contract.

    Being last in an order of people is no proof of incompetence; a contract is ended, if at all, by
    people, on evidence against an absolute standard, after training or a transfer.
    """
    return REVIEW_TEXT if rule.ends_contract else ()


def may_end_contract(proposals: DataFrame, scheme: Scheme) -> Series:
    """Whether a proposal may end a contract: by its rule, or as a review of the chain."""
    rules = {rule.id for rule in scheme.rules if review_text(rule)}
    chain = {row.id for row in scheme.transitions}
    asked = proposals["rule_id"].isin(chain) & proposals["action"].str.endswith("review")
    return proposals["rule_id"].isin(rules) | asked


def check_wording(scheme: Scheme) -> None:
    """Raise InputError for rules that may end a contract but whose action is no review."""
    problems = [
        Problem(
            f"scheme '{scheme.id}': rules.{rule.id}.action",
            f"{shown(rule.action)} reads as if the end of the contract were decided",
            "name a review, such as dismissal_review",
        )
        for rule in scheme.rules
        if rule.ends_contract
        and not rule.action.startswith("consider_")
        and not rule.action.endswith("review")
    ]
    if problems:
        raise InputError(problems)


def of_leavers(proposals: DataFrame, employees: DataFrame, cycle: Cycle) -> Series:
    """Whether a proposal looks ahead for somebody who left by the end of the cycle.

    Money is for the days of the cycle and is still due; plans, posts and training are not.
    `employees` has employee_id and leave_date, the last day of work.
    """
    left = employees.loc[employees["leave_date"] <= pd.Timestamp(cycle.last_day), "employee_id"]
    return proposals["employee_id"].isin(left) & proposals["amount"].isna()


def under_present_ids(
    frame: DataFrame, employees: DataFrame, columns: Collection[str] = ("employee_id",)
) -> DataFrame:
    """Rows under the ids that people have today, so that what was written under others continues.

    `employees` has employee_id and alias_of; where a row's employee_id was another, the column
    `former_id` keeps it.
    """
    former = present_ids(employees)
    known = [name for name in columns if name in frame]
    today = {
        name: frame[name].map(lambda id: former.get(id, id), na_action="ignore") for name in known
    }
    was = frame["employee_id"].where(frame["employee_id"].isin(former.keys()))
    return frame.assign(**today, former_id=was.astype("str"))


def plans_owed(
    proposals: DataFrame, plans: DataFrame, cycle: Cycle, today: date, timezone: str = "UTC"
) -> DataFrame:
    """Improvement plans that proposals ask for, and how far they are.

    Returns
    -------
    DataFrame
        employee_id, rule_id, due, plan_id, revision (the latest), submitted_at, late (handed in
        after the due day, or not yet and the day is over), lacking (parts of the plan that are
        empty, in the order of `PLAN_PARTS`), effect.
    """
    owed = proposals.loc[proposals["action"] == PLAN, ["employee_id", "rule_id", "due"]]
    given = checked(plans, IMPROVEMENT_PLANS)
    given = given[given["cycle_id"] == cycle.id].rename(columns={"trigger_rule": "rule_id"})
    given = given.assign(revision=given["revision"].fillna(0)).sort_values(["plan_id", "revision"])
    first = given.groupby("plan_id")["submitted_at"].transform("min")
    latest = given.assign(submitted_at=first)
    latest = latest.drop_duplicates(["employee_id", "rule_id"], keep="last")
    whole = owed.merge(latest, on=["employee_id", "rule_id"], how="left")
    done = local_day(whole["submitted_at"], timezone).fillna(pd.Timestamp(today))
    lacking = Series("", index=whole.index, dtype="str")
    for part in PLAN_PARTS:
        lacking = lacking.where(whole[part].notna(), lacking + " " + part)
    late = (done > whole["due"]).astype("boolean")
    whole = whole.assign(late=late, lacking=lacking.str.strip())
    columns = ["employee_id", "rule_id", "due", "plan_id", "revision", "submitted_at", "late"]
    whole = whole[[*columns, "lacking", "effect"]]
    return whole.sort_values(["employee_id", "rule_id"], ignore_index=True)


def two_sides(proposals: DataFrame, plans: DataFrame, scheme: Scheme) -> DataFrame:
    """Incentives and improvement plans side by side: the two belong together.

    `proposals` are those of a cycle, `plans` the improvement plans for the cycle after it.

    Returns
    -------
    DataFrame
        employee_id, n_positive, n_negative (proposals by the effect of their rule), n_plans, and
        one_sided: an incentive or a sanction without a plan, or a plan without either.
    """
    effect = proposals["rule_id"].map({rule.id: rule.effect for rule in scheme.rules})
    counts = DataFrame(
        {
            "n_positive": proposals.loc[effect == "positive", "employee_id"].value_counts(),
            "n_negative": proposals.loc[effect == "negative", "employee_id"].value_counts(),
            "n_plans": plans.groupby("employee_id")["plan_id"].nunique(),
        }
    )
    counts = counts.fillna(0).astype("Int64").rename_axis("employee_id").sort_index()
    moved = counts["n_positive"] + counts["n_negative"] > 0
    return counts.assign(one_sided=moved != (counts["n_plans"] > 0)).reset_index()


def reward_days(awards: DataFrame, preferences: DataFrame | None = None) -> DataFrame:
    """How prompt each reward was, and how dear its kind is to the person.

    Parameters
    ----------
    preferences : DataFrame, optional
        employee_id, incentive_kind, rank (1 is the dearest).

    Returns
    -------
    DataFrame
        period, employee_id, award, incentive_kind, given_date, days (from the period's last day),
        preference (the rank of the kind; unknown if the person gave none).
    """
    given = checked(awards, AWARDS)
    ends = pd.to_datetime(given["period"].map(lambda period: Cycle.parse(period).last_day))
    wishes = preferences if preferences is not None else DataFrame(columns=["employee_id"])
    rank = wishes.reindex(columns=["employee_id", "incentive_kind", "rank"])
    rank = rank.rename(columns={"rank": "preference"}).astype({"preference": "Int64"})
    rank = rank.astype({"employee_id": "str", "incentive_kind": "str"})
    whole = given.assign(days=(given["given_date"] - ends).dt.days.astype("Int64"))
    whole = whole.merge(rank, on=["employee_id", "incentive_kind"], how="left")
    columns = ["period", "employee_id", "award", "incentive_kind", "given_date"]
    return whole[[*columns, "days", "preference"]].sort_values(columns[:3], ignore_index=True)


def checked(frame: DataFrame, table: Table) -> DataFrame:
    """The rows of an input table in its columns and types, held against its declaration."""
    whole = table.arrange(frame).set_axis(frame.index)
    times = [column.name for column in table.columns if column.type == "time"]
    return check(whole.astype(dict.fromkeys(times, DTYPES["time"])), table).frame


def local_day(times: Series, timezone: str) -> Series:
    """Local dates of moments."""
    return times.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()


def _of_cycle(sign_offs: DataFrame, cycle: Cycle) -> DataFrame:
    rows = checked(sign_offs, SIGN_OFFS)
    lost = rows[(rows["decision"] == "changed") & rows["changed_to"].isna()]
    advice = "say in changed_to what was decided instead"
    _refuse(lost, "is changed, but to what?", advice)
    both = rows[(rows["decision"] != "changed") & rows["changed_to"].notna()]
    advice = "write changed as the decision, or leave changed_to empty"
    _refuse(both, "is not changed, but has something in changed_to", advice)
    return rows[rows["cycle_id"] == cycle.id]


def _refuse_unknown(given: DataFrame, known: DataFrame) -> None:
    """Raise InputError for each sign-off of something that nobody proposed."""
    key = [name for name in ("employee_id", "rule_id") if name in given]
    there = pd.MultiIndex.from_frame(known[key])
    lost = given[~pd.MultiIndex.from_frame(given[key]).isin(there)]
    advice = "sign what stands in the proposals, or the grade, of this cycle"
    _refuse(lost, "signs what was not proposed", advice)


def _refuse_grades(given: DataFrame, grades: list[str]) -> None:
    odd = given[given["changed_to"].notna() & ~given["changed_to"].isin(grades)]
    problems = [
        Problem(
            "sign_offs",
            f"{_named(row)} is changed to {shown(row['changed_to'])}, which is no grade",
            f"the grades are {', '.join(grades)}{meant(row['changed_to'], grades)}",
            index,
            "changed_to",
        )
        for index, row in odd.iterrows()
    ]
    if problems:
        raise InputError(problems)


def _refuse(rows: DataFrame, found: str, advice: str) -> None:
    problems = [
        Problem("sign_offs", f"{_named(row)} {found}", advice, index)
        for index, row in rows.iterrows()
    ]
    if problems:
        raise InputError(problems)


def _named(row: Series) -> str:
    """Cycle, person and rule of a sign-off, as far as it has them."""
    names = [row[name] for name in ("cycle_id", "employee_id", "rule_id") if name in row]
    return "/".join(name for name in names if pd.notna(name))


def _latest(given: DataFrame) -> DataFrame:
    """The last sign-off of each thing; InputError if two of one moment contradict each other."""
    key = ["employee_id", "rule_id"]
    ordered = given.sort_values([*key, "at", "reviewer"])
    said = ordered.drop_duplicates([*key, "at", "decision", "changed_to"])
    contrary = said[said.duplicated([*key, "at"]) & ~said.duplicated(key, keep="last")]
    _refuse(contrary, "is decided in two ways at the same time", "keep the one that counts")
    return ordered.drop_duplicates(key, keep="last")


def _beside(
    rows: DataFrame,
    decisions: DataFrame,
    key: list[str],
    suspended: Collection[str],
    timezone: str,
) -> DataFrame:
    """Rows with the decision on each beside it, and the status that follows from it."""
    names = {"reviewer": "decided_by", "at": "decided_at", "reason": "why"}
    taken = decisions.rename(columns=names)[[*key, *names.values(), "decision", "changed_to"]]
    plain = rows.drop(columns=[name for name in DECIDED if name in rows])
    whole = plain.merge(taken, on=key, how="left").set_axis(rows.index)
    day = local_day(whole["decided_at"], timezone)
    waits = whole["employee_id"].isin(suspended)
    odd = {
        "own_case": whole["decided_by"] == whole["employee_id"],
        "before_appeal_deadline": day <= whole["appeal_until"],
        "appeal_open": waits,
    }
    flags = Series("", index=whole.index, dtype="str")
    for name, holds in odd.items():
        flags = flags.mask(holds.fillna(False).astype(bool), flags + " " + name)
    flags = flags.str.strip().mask(flags == "")
    status = whole["decision"].map(STATUS).where(~waits).astype("str").fillna("proposed")
    status = status.mask(whole["status"] == EXECUTED, EXECUTED)
    return whole.assign(status=status, flags=flags)[[*plain.columns, *DECIDED]]
