"""What an evaluator is told to practise: codes with numbers, and the sentences they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from pandas import DataFrame

from csperf.practice.marking import CASE, CRITERION, EVALUATOR

FAR = 2.0  # points from anything that can be defended
MOST_CASES = 3
FEWEST = 5
ADVICE = {
    "lenient": "You give {size:.1f} points more than the key. Before you write a score down, read"
    " the words of the next lower point: do they fit as well?",
    "severe": "You give {size:.1f} points less than the key. Before you write a score down, read"
    " the words of the next higher point: do they fit as well?",
    "central": "You pass on {share:.0%} of the differences between cases. Look for the best and the"
    " worst case of the set first, give them their points, then place the others between them.",
    "extreme": "You make differences between cases {share:.0%} of what they are. Ask of each 1 and"
    " each 5 which fact asks for it; without one the point beside it fits better.",
    "other_order": "You spread the cases as the key does, but in another order: only {share:.0%} of"
    " its differences come through. Note two facts for each case before you score it.",
    "halo": "Your criteria move together: {share:.0%} of what sets them apart within a case is"
    " lost. Go criterion by criterion: all cases on the first, then all cases on the second.",
    "read_too_kindly": "On {criterion} you give {size:.1f} points more, beside your other criteria,"
    " than the key. Read its five texts aloud and rate three cases on it alone.",
    "read_too_strictly": "On {criterion} you give {size:.1f} points less, beside your other"
    " criteria, than the key. Read its five texts aloud and rate three cases on it alone.",
    "other_cases": "On {criterion} you miss the key by much more than on the rest, now up, now"
    " down: you may be judging something else there. Say in your own words what it asks for, then"
    " compare with its texts.",
    "nothing": "Nothing stands out: what separates you from the key may be chance.",
    "too_few": "Fewer than five cases are rated in full, which is too few to tell a habit from"
    " chance. Rate some more.",
    "look_again": "Read {cases} once more, with the expert's reason beside your score: they are two"
    " points or more away.",
}
COLUMNS = [EVALUATOR, "place", "code", CRITERION, "value", "low", "high", "cases"]


def advised(effects: DataFrame, rated: DataFrame, summary: DataFrame) -> DataFrame:
    """Rows of advice: what is flagged, the surest first; else that nothing is; then single cases.

    Parameters
    ----------
    effects : DataFrame
        As `effects.tested` gives them.
    rated : DataFrame
        evaluator_id, case_id, criterion_id, off.
    summary : DataFrame
        evaluator_id, n_cases.
    """
    rows = [row for one in summary.itertuples() for row in _of_one(one, effects, rated)]
    text = dict.fromkeys((EVALUATOR, "code", CRITERION, "cases"), "str")
    numbers = dict.fromkeys(("value", "low", "high"), "float64")
    return DataFrame(rows, columns=COLUMNS).astype(text | numbers)


def said(advice: DataFrame) -> Iterator[str]:
    """The sentences of rows of advice, with the evaluator's id before them if there are several."""
    several = advice[EVALUATOR].nunique() > 1
    for row in advice.itertuples():
        text = ADVICE[row.code].format(
            size=abs(row.value), share=row.value, criterion=row.criterion_id, cases=row.cases
        )
        yield f"{row.evaluator_id}: {text}" if several else text


def _of_one(one: object, effects: DataFrame, rated: DataFrame) -> Iterator[dict[str, object]]:
    who, n = one.evaluator_id, one.n_cases  # type: ignore[attr-defined]
    flagged = effects[(effects[EVALUATOR] == who) & (effects["flag"] != "")]
    flagged = flagged.sort_values("p_value", kind="stable")
    place = 0
    for place, row in enumerate(flagged.itertuples(), start=1):
        yield {
            **{EVALUATOR: who, "place": place, "code": row.flag, CRITERION: row.criterion_id},
            **{"value": row.statistic, "low": row.low, "high": row.high},
        }
    if flagged.empty:
        place += 1
        yield {EVALUATOR: who, "place": place, "code": "too_few" if n < FEWEST else "nothing"}
    far = rated[(rated[EVALUATOR] == who) & (rated["off"] >= FAR)]
    if len(far):
        worst = far.groupby(CASE)["off"].agg(["max", "sum"])
        worst = worst.sort_values(["max", "sum"], ascending=False, kind="stable")
        cases = ", ".join(worst.index[:MOST_CASES])
        yield {EVALUATOR: who, "place": place + 1, "code": "look_again", "cases": cases}
