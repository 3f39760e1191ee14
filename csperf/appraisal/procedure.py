"""The procedure around evaluations: order, conflicts of interest, gaps, talks and evidence.

Nothing here changes a score. Every row is something that people should look at.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.evaluation import (
    judged_weights,
    last_scores,
    type_means,
    with_rounds,
)
from csperf.appraisal.ranking import grade
from csperf.params import Cycle
from csperf.scheme import Band, Gap, Scheme
from csperf.tables.procedure import REASONS

PAIR = ["employee_id", "evaluator_id"]
NOT_ABOVE = ("peer", "subordinate")
CONFLICT = ["kind", "employee_id", "evaluator_id", "facts"]
EXTREME = 20.0  # points from what everybody else gave
LATE = ["employee_id", "evaluator_type", "evaluator_id", "round", "submitted_at"]
EARLIER = ["earlier_type", "earlier_round", "earlier_at"]
DIGITS = 9  # so that 90 - 80 is not above 10 for the sake of its last binary digit
GAP = {
    "employee_id": "str",
    **{f"{side}_{name}": "str" for side in ("first", "second") for name in ("type", "grade")},
    **dict.fromkeys(("first_score", "second_score", "difference"), "float64"),
    **dict.fromkeys(("first_rounds", "second_rounds", "next_step"), "str"),
}


def conflicts_of_interest(
    evaluations: DataFrame,
    reporting_lines: DataFrame | None,
    scheme: Scheme,
    extreme: float = EXTREME,
) -> DataFrame:
    """Evaluations by people who may have an interest in them.

    Parameters
    ----------
    evaluations : DataFrame
        Rows of one cycle.
    reporting_lines : DataFrame, optional
        Who is whose superior; lines that hold on some day of the cycle count.
    extreme : float
        Points (0..100) from the mean of everybody else from which peers are called extreme.

    Returns
    -------
    DataFrame
        kind, employee_id, evaluator_id, facts. Kinds: `self_by_other`; `peer_is_superior` and
        `subordinate_is_superior`; `peer_is_subordinate`; `not_in_reporting_lines` for superiors;
        `mutual_high` and `mutual_low` for peers who both gave one another far more, or far less,
        than the others did on the same criteria (self-evaluations apart). They are flagged, and
        change nothing.
    """
    given = evaluations[evaluations["score"].notna()]
    pairs = given[[*PAIR, "evaluator_type"]].drop_duplicates()
    by_self = pairs[pairs["evaluator_type"] == "self"]
    other = by_self.loc[by_self["employee_id"] != by_self["evaluator_id"], PAIR]
    rows = [("self_by_other", *pair, "") for pair in other.itertuples(index=False, name=None)]
    if reporting_lines is not None:
        rows += _against_the_lines(pairs, _in_cycle(reporting_lines, evaluations), scheme)
    by_peers = given["evaluator_type"].isin(scheme.types_like("peer"))
    rated = given.loc[by_peers, "employee_id"]
    of_rated = last_scores(given[given["employee_id"].isin(rated)], scheme)
    rows += _mutual_extremes(of_rated, scheme.types_like("peer"), extreme)
    found = DataFrame(rows, columns=CONFLICT, dtype="str")
    return found.sort_values(CONFLICT, ignore_index=True)


def out_of_order(evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """Evaluations handed in before an earlier step of the procedure was.

    Returns
    -------
    DataFrame
        A row for each evaluator and round: employee_id, evaluator_type, evaluator_id, round,
        submitted_at (the first criterion) and the latest of the earlier steps that came after it:
        earlier_type, earlier_round, earlier_at (its last criterion and evaluator).

    Notes
    -----
    A step waits for the earlier steps of the same round and of rounds before, a step that confirms
    for those of all rounds. What was declined is handed in; what never came holds nobody up.
    """
    steps = {step.actor: place for place, step in reversed([*enumerate(scheme.procedure)])}
    confirming = {step.actor for step in scheme.procedure if step.does == "confirm"}
    rows = with_rounds(evaluations)
    if "submitted_at" not in rows:
        return DataFrame(columns=[*LATE, *EARLIER])
    rows = rows[rows["evaluator_type"].isin(steps) & rows["submitted_at"].notna()]
    rows = rows.assign(step=rows["evaluator_type"].map(steps))
    step = ["employee_id", "evaluator_type", "round", "step"]
    sheets = rows.groupby([*step, "evaluator_id"], as_index=False)["submitted_at"].min()
    done = rows.groupby(step, as_index=False)["submitted_at"].max()
    done = done.set_axis(
        ["employee_id", "earlier_type", "earlier_round", "before", "earlier_at"], axis=1
    )
    pairs = sheets.merge(done, on="employee_id")
    waits = pairs["evaluator_type"].isin(confirming) | (pairs["earlier_round"] <= pairs["round"])
    late = (pairs["before"] < pairs["step"]) & (pairs["submitted_at"] < pairs["earlier_at"])
    found = pairs[waits & late].sort_values([*LATE, "earlier_at", "before"])
    return found.drop_duplicates(LATE, keep="last")[[*LATE, *EARLIER]].reset_index(drop=True)


def gaps(by_type: DataFrame, evaluations: DataFrame, scheme: Scheme) -> DataFrame:
    """Differences between the two types of evaluators of the scheme's gap, and what comes next.

    Parameters
    ----------
    by_type : DataFrame
        As `combine_evaluations` gives it for the evaluations.
    evaluations : DataFrame
        Rows of one cycle, of all rounds.
    scheme : Scheme
        The first type of `gap.between` is the one that judges again first: the employee's own.

    Returns
    -------
    DataFrame
        A row for each person whom both types judged: employee_id, first_type, second_type,
        first_grade, second_grade, first_score, second_score, difference (first minus second,
        points), first_rounds and second_rounds (the score after each round), and next_step:
        `none`, `ask_self_again`, `superior_may_re_evaluate` or `interview`.

    Notes
    -----
    A score is the mean over the criteria that both types judged, weighted as in the scheme; if they
    have none in common, over those of each. A declined further round is one that changed nothing.
    In the end it is the grades that have to agree, or the scores where grades do not count.
    """
    if scheme.gap is None:
        return DataFrame(columns=[*GAP]).astype(GAP)
    compared = _compared(by_type, scheme)
    rounds = _rounds(by_type, evaluations, compared, scheme)
    now = _overall(by_type, compared, scheme).dropna()
    difference = (now["first"] - now["second"]).round(DIGITS)
    found = DataFrame({"employee_id": now.index, "difference": difference.to_numpy()})
    for side, kind in zip(("first", "second"), scheme.gap.between, strict=True):
        score, mine = now[side].reset_index(drop=True), rounds[rounds["side"] == side]
        found[f"{side}_type"] = kind
        found[f"{side}_score"] = score
        found[f"{side}_grade"] = grade(score, scheme)
        found[f"{side}_rounds"] = found["employee_id"].map(_told(mine))
    found["next_step"] = _next_step(found, rounds, scheme.gap, bool(scheme.grades))
    return found[[*GAP]].astype(GAP)


def interview_triggers(appraisals: DataFrame, gaps: DataFrame, scheme: Scheme) -> DataFrame:
    """Why a performance interview is recommended, for each person with a score.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, score, grade.
    gaps : DataFrame
        As `gaps` gives it.

    Returns
    -------
    DataFrame
        employee_id, reason: `grade_gap` (the gap asks for it), `excellent` and `urgent` (good and
        poor grades that need evidence), `below` (the score is below that of a rule whose action is
        an interview); `regular` for whoever has none of these.
    """
    people = appraisals[appraisals["score"].notna()]
    asked = gaps.loc[gaps["next_step"] == "interview", "employee_id"]
    limits = [
        rule.when.score_below.value
        for rule in scheme.rules
        if rule.when.score_below and not rule.when.after and "interview" in rule.action
    ]
    reached = {
        "grade_gap": people["employee_id"].isin(asked),
        "excellent": people["grade"].isin(_needing_evidence(scheme, good=True)),
        "urgent": people["grade"].isin(_needing_evidence(scheme, good=False)),
        "below": people["score"] < max(limits, default=-np.inf),
    }
    table = DataFrame(reached).set_axis(people["employee_id"], axis=0)
    table["regular"] = ~table.any(axis=1)
    found = table[[*REASONS]].stack()
    rows = found[found].index.to_frame(index=False, name=["employee_id", "reason"])
    order = rows["reason"].map({reason: place for place, reason in enumerate(REASONS)})
    return rows.assign(order=order).sort_values(["employee_id", "order"], ignore_index=True)[
        ["employee_id", "reason"]
    ]


def unconfirmed(appraisals: DataFrame, evaluations: DataFrame, scheme: Scheme) -> Series:
    """Whether a grade that needs evidence has none, indexed by employee_id."""
    needing = [band.grade for band in scheme.grades if band.evidence.value]
    without = ~appraisals["employee_id"].isin(evidence(evaluations).index)
    bare = appraisals["grade"].isin(needing) & without
    index = pd.Index(appraisals["employee_id"])
    return Series(bare.to_numpy(), index=index, name="unconfirmed").sort_index()


def evidence(evaluations: DataFrame) -> Series:
    """Number of evaluations that name facts, for each employee who has any, by employee_id.

    Facts are `evidence_text` or `evidence_link` of any evaluation but the employee's own. What is
    written to an evaluation that was declined is the reason for that.
    """
    given = [name for name in ("evidence_text", "evidence_link") if name in evaluations]
    texts = evaluations[given].astype("str").fillna("")
    named = texts.apply(lambda column: column.str.strip() != "")
    counts = evaluations["employee_id"] != evaluations["evaluator_id"]
    if "status" in evaluations:
        counts &= evaluations["status"].ne("declined").fillna(True).astype(bool)
    return evaluations.loc[named.any(axis=1) & counts, "employee_id"].value_counts()


def _needing_evidence(scheme: Scheme, good: bool) -> list[str]:
    """Grades that need evidence: the good ones with the best grade, or the others."""

    def is_good(band: Band) -> bool:
        return band.standing == "good" or band == scheme.grades[0]

    return [band.grade for band in scheme.grades if band.evidence.value and is_good(band) == good]


def _in_cycle(lines: DataFrame, evaluations: DataFrame) -> DataFrame:
    """The reporting lines that hold on some day of the cycle that the evaluations are for."""
    cycles = evaluations.get("cycle_id", Series(dtype="str")).dropna().unique()
    for cycle in map(Cycle.parse, cycles):
        if "from_date" in lines:
            begun = lines["from_date"] < pd.Timestamp(cycle.end)
            lines = lines[begun | lines["from_date"].isna()]
        if "to_date" in lines:
            lines = lines[~(lines["to_date"] <= pd.Timestamp(cycle.start))]
    return lines


def _against_the_lines(
    pairs: DataFrame, lines: DataFrame, scheme: Scheme
) -> Iterator[tuple[str, ...]]:
    """Peers and subordinates who are superiors, peers below the person, superiors who are none."""
    above = lines.rename(columns={"superior_id": "evaluator_id"})[[*PAIR, "kind"]].drop_duplicates()
    below = above.rename(columns=dict(zip(PAIR, PAIR[::-1], strict=True)))
    for kind in NOT_ABOVE:
        mine = pairs[pairs["evaluator_type"].isin(scheme.types_like(kind))]
        for row in mine.merge(above, on=PAIR).itertuples():
            facts = f"{row.kind} superior"
            yield f"{kind}_is_superior", row.employee_id, row.evaluator_id, facts
        for row in mine.merge(below, on=PAIR).itertuples() if kind == "peer" else ():
            facts = f"{row.kind} subordinate"
            yield "peer_is_subordinate", row.employee_id, row.evaluator_id, facts
    for type, kinds in scheme.superiors.items():
        named = above.loc[above["kind"].isin(kinds), PAIR].drop_duplicates()
        mine = pairs.loc[pairs["evaluator_type"] == type, PAIR]
        mine = mine.merge(named, how="left", indicator="there")
        odd = mine[mine["there"] == "left_only"]
        known = named[named["employee_id"].isin(odd["employee_id"])].sort_values("evaluator_id")
        names = known.groupby("employee_id")["evaluator_id"].agg(", ".join)
        for row in odd.itertuples():
            told = names.get(row.employee_id, "none named")
            facts = f"{' or '.join(kinds)} superior: {told}"
            yield "not_in_reporting_lines", row.employee_id, row.evaluator_id, facts


def _mutual_extremes(last: DataFrame, types: list[str], extreme: float) -> list[tuple[str, ...]]:
    """Peers who both lie beyond the others' mean of one another, on the same side."""
    rows = last[last["employee_id"] != last["evaluator_id"]]
    all = rows.groupby(["employee_id", "criterion_id"])["points"]
    others = (all.transform("sum") - rows["points"]) / (all.transform("count") - 1).replace(
        0, np.nan
    )
    peers = rows.assign(others=others)[rows["evaluator_type"].isin(types) & others.notna()]
    means = peers.groupby(PAIR, as_index=False)[["points", "others"]].mean()
    means = means.assign(beyond=(means["points"] - means["others"]).round(DIGITS))
    both = means.merge(means, left_on=PAIR, right_on=PAIR[::-1], suffixes=("", "_back"))
    far = both[["beyond", "beyond_back"]]
    high, low = (far >= extreme).all(axis=1), (far <= -extreme).all(axis=1)
    return [
        (
            "mutual_high" if row.beyond > 0 else "mutual_low",
            row.employee_id,
            row.evaluator_id,
            f"gave {row.points:.1f}, others {row.others:.1f}; "
            f"got {row.points_back:.1f}, others {row.others_back:.1f}",
        )
        for row in both[high | low].itertuples()
    ]


def _sides(by_type: DataFrame, scheme: Scheme) -> dict[str, DataFrame]:
    """Scores of the two types of the gap: a row a person and a column a criterion each."""
    assert scheme.gap is not None
    criteria = [criterion.id for criterion in scheme.criteria]
    wide = {
        side: by_type[by_type["evaluator_type"] == kind]
        .pivot(index="employee_id", columns="criterion_id", values="score")
        .reindex(columns=criteria)
        for side, kind in zip(("first", "second"), scheme.gap.between, strict=True)
    }
    people = wide["first"].index.union(wide["second"].index).rename("employee_id")
    return {side: scores.reindex(people) for side, scores in wide.items()}


def _compared(by_type: DataFrame, scheme: Scheme) -> dict[str, DataFrame]:
    """Which criteria of each side count for each person: the common ones, else its own."""
    there = {side: scores.notna() for side, scores in _sides(by_type, scheme).items()}
    common = there["first"] & there["second"]
    apart = ~common.any(axis=1)
    return {side: common | own.mul(apart, axis=0) for side, own in there.items()}


def _overall(by_type: DataFrame, compared: dict[str, DataFrame], scheme: Scheme) -> DataFrame:
    """Each side's mean over the criteria that count, as weighted in the score, for each person."""
    weight = Series(0.0, index=[criterion.id for criterion in scheme.criteria])
    for (_, criterion), per_cent in judged_weights(scheme).items():
        weight[criterion] += per_cent
    means = {}
    for side, scores in _sides(by_type, scheme).items():
        used = scores.where(compared[side].reindex(scores.index, fill_value=False))
        carried = used.notna().mul(weight).sum(axis=1)
        weighted = used.mul(weight).sum(axis=1) / carried.where(carried > 0)
        means[side] = weighted.fillna(used.mean(axis=1)).round(DIGITS)
    return DataFrame(means)


def _rounds(
    by_type: DataFrame, evaluations: DataFrame, compared: dict[str, DataFrame], scheme: Scheme
) -> DataFrame:
    """employee_id, side, round, score after it; for rounds in which the side gave or declined.

    `by_type` has the means after the last round.
    """
    assert scheme.gap is not None
    sides = dict(zip(scheme.gap.between, ("first", "second"), strict=True))
    rows = with_rounds(evaluations[evaluations["evaluator_type"].isin(sides)])
    declined = rows["status"] == "declined" if "status" in rows else False
    acted = rows[rows["score"].notna() | declined]
    acted = acted.assign(side=acted["evaluator_type"].map(sides))
    acted = acted[["employee_id", "side", "round"]].drop_duplicates()
    numbers = sorted(acted["round"].unique())
    means = [type_means(rows[rows["round"] <= number], scheme) for number in numbers[:-1]]
    scores = [
        _overall(mean, compared, scheme)
        .reset_index()
        .melt("employee_id", var_name="side", value_name="score")
        .assign(round=number)
        for number, mean in zip(numbers, [*means, by_type], strict=False)
    ]
    if not scores:
        return acted.assign(score=Series(dtype="float64"))
    whole = acted.merge(pd.concat(scores), on=["employee_id", "side", "round"])
    return whole.dropna().sort_values(["employee_id", "side", "round"], ignore_index=True)


def _told(rounds: DataFrame) -> dict[str, str]:
    """The rounds of each person in words, such as `1: 92.00, 2: 84.00`."""
    told: dict[str, list[str]] = {}
    columns = (rounds[name] for name in ("employee_id", "round", "score"))
    for employee, number, score in zip(*columns, strict=True):
        told.setdefault(employee, []).append(f"{number}: {score:.2f}")
    return {employee: ", ".join(rows) for employee, rows in told.items()}


def _next_step(found: DataFrame, rounds: DataFrame, gap: Gap, graded: bool) -> np.ndarray:
    of = ["side", "employee_id"]
    last = rounds.assign(
        times=rounds.groupby(of).cumcount() + 1,
        moved=rounds.groupby(of)["score"].diff().abs().round(DIGITS),
    ).drop_duplicates(of, keep="last")
    first, second = (
        last[last["side"] == side].set_index("employee_id").reindex(found["employee_id"])
        for side in ("first", "second")
    )
    asked, answered = first["times"].to_numpy() > 1, second["times"].to_numpy() > 1
    little = first["moved"].to_numpy() <= gap.little_change.value
    over = found["difference"].abs() > gap.points_over.value
    other_grade = found["first_grade"] != found["second_grade"]
    by_grade = graded and gap.grade_differs.value
    differ = over | other_grade if by_grade else over
    known = [~differ, ~asked, ~answered & little, other_grade if by_grade else over]
    steps = ["none", "ask_self_again", "superior_may_re_evaluate", "interview"]
    return np.select(known, steps, "none")
