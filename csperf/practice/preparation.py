"""Whether evaluators were ready to rate: trained on the day, and the checklist of the cycle signed.

Nothing follows for the scores; who was not ready is to be offered a course.
"""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.decisions import local_day
from csperf.params import Cycle
from csperf.tables.forms import FORMS

ONE = ["evaluator_id", "evaluator_type"]
UNTRAINED, UNSIGNED = "untrained", "unsigned"
UNREADY = [*ONE, "check", "n", "lacking"]


def untrained(
    evaluations: DataFrame, records: DataFrame, cycle: Cycle, timezone: str = "UTC"
) -> DataFrame:
    """Who gave scores on a day on which no record of training was valid.

    Parameters
    ----------
    evaluations : DataFrame
        Scores that others gave in the cycle: evaluator_id, evaluator_type, submitted_at if known.
        A score of an unknown day counts as given on the last day of the cycle.
    records : DataFrame
        The table training_records; valid_until is the last day that counts, empty means for good.

    Returns
    -------
    DataFrame
        evaluator_id, evaluator_type, check (`untrained`), n (scores without valid training), and
        lacking: no_record, not_yet (all training was later) or expired.
    """
    last = pd.Timestamp(cycle.last_day)
    day = pd.Series(last, index=evaluations.index)
    if "submitted_at" in evaluations:
        day = local_day(evaluations["submitted_at"], timezone).fillna(last)
    rows = evaluations[ONE].assign(day=day, row=range(len(evaluations)))
    columns = ["evaluator_id", "taken_date", "valid_until"]
    both = rows.merge(records.reindex(columns=columns), on="evaluator_id", how="left")
    taken = both["taken_date"] <= both["day"]
    until = pd.to_datetime(both["valid_until"])
    valid = taken & (until.isna() | (until >= both["day"]))
    found = both.assign(valid=valid, taken=taken, known=both["taken_date"].notna())
    of_row = found.groupby("row")[["valid", "taken", "known"]].any()
    lacking = of_row["known"].map({True: "not_yet", False: "no_record"})
    rows = rows.set_index("row").assign(lacking=lacking.mask(of_row["taken"], "expired"))
    rows = rows[~of_row["valid"]]
    counted = rows.groupby([*ONE, "lacking"]).size().reset_index(name="n")
    return counted.assign(check=UNTRAINED)[UNREADY]


def unsigned(evaluations: DataFrame, checklists: DataFrame, cycle: Cycle) -> DataFrame:
    """Who rated others without having signed every point of the cycle's checklist.

    Parameters
    ----------
    evaluations : DataFrame
        As for `untrained`.
    checklists : DataFrame
        The table checklists. Where all its points of the cycle are those of the form, every point
        of the form is asked for, else those that the table has.

    Returns
    -------
    DataFrame
        evaluator_id, evaluator_type, check (`unsigned`), n (scores), lacking: the points, joined by
        blanks, or nothing where none is signed.
    """
    own = checklists[checklists["cycle_id"] == cycle.id]
    usual = FORMS["checklist"].points
    asked = usual if {*own["item"]} <= {*usual} else tuple(sorted({*own["item"]}))
    done = own[own["signed_at"].notna()].groupby("evaluator_id")["item"].agg(set)
    counted = evaluations.groupby(ONE).size().reset_index(name="n")
    signed = [done.get(id, set()) for id in counted["evaluator_id"]]
    lacking = [" ".join(it for it in asked if it not in have) if have else "" for have in signed]
    whole = counted.assign(check=UNSIGNED, lacking=lacking)
    unready = [not have or bool(left) for have, left in zip(signed, lacking, strict=True)]
    return whole.loc[unready, UNREADY].reset_index(drop=True)
