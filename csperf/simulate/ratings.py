"""What managers collect about their people: reports due, self and manager evaluations."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from pandas import DataFrame, Series, concat, date_range, to_datetime

from csperf.simulate.rules import DAY, HOUR, MINUTE, Calendar, Rules, bell, ids

SELF_CRITERION = "task_completion"
CRITERIA = {SELF_CRITERION: 0.0, "work_ability": 0.0, "work_cooperation": 2.0, "service": -1.0}
SELF = -1  # in the place of a manager's number


def draw_reports_due(rng: Generator, staff: DataFrame, calendar: Calendar) -> DataFrame:
    """Table reports_due: one weekly report a person, due on Sundays at 20:00."""
    bounds = to_datetime([calendar.start, calendar.end], unit="s")
    sundays = date_range(*bounds, freq="W-SUN", inclusive="left").astype("datetime64[s]")
    weeks = DataFrame(
        {
            "name": "周报 weekly report " + sundays.strftime("%Y-%m-%d"),
            "due_at": sundays.astype("int64") + 20 * HOUR,
        }
    )
    due = weeks.merge(staff, how="cross")
    due = due[due["due_at"].between(due["from_s"], due["until_s"])].reset_index(drop=True)
    n = len(due)
    early, late = rng.uniform(0.2, 24, n), rng.uniform(0.2, 72, n)
    hours = np.where(rng.random(n) < due["report_on_time"], -early, late)
    came = rng.random(n) > 0.02
    audited = came & (rng.random(n) < 0.5)
    quality = np.rint(due["report_quality"] + 4 * bell(rng, n))
    return DataFrame(
        {
            "report_id": ids("w", n, 4),
            "employee_id": due["employee_id"],
            "name": due["name"],
            "due_at": due["due_at"],
            "submitted_at": (due["due_at"] + np.rint(60 * hours) * MINUTE).where(came),
            "audited": audited,
            "authentic": Series(rng.random(n) < 0.95, dtype="boolean").where(audited),
            "quality_score": quality.where(came),
        }
    )


def evaluators(staff: DataFrame, rules: Rules) -> DataFrame:
    """Evaluator_id and true severity of the managers, one more than there are teams."""
    n = staff["team"].max() + 2
    return DataFrame({"evaluator_id": ids("M", n, 1), "severity": np.resize(rules.severities, n)})


def _who_rates_whom(staff: DataFrame) -> DataFrame:
    """Pair manager k with the whole of team k and the first half of the team before it.

    The extra manager has no team, only the half: neighbours share people, all others share none.
    """
    place = staff.groupby("team").cumcount()
    first_half = place < staff.groupby("team")["team"].transform("size") / 2
    own = DataFrame({"manager": staff["team"], "person": staff.index})
    neighbour = DataFrame({"manager": staff["team"] + 1, "person": staff.index})[first_half]
    return concat([own, neighbour])


def draw_evaluations(
    rng: Generator, staff: DataFrame, calendar: Calendar, rules: Rules
) -> DataFrame:
    """Table evaluations: ability + criterion - severity (or + self leniency) + noise, in points."""
    by_managers = _who_rates_whom(staff).merge(
        DataFrame({"criterion_id": [name for name in CRITERIA if name != SELF_CRITERION]}), "cross"
    )
    by_self = DataFrame({"manager": SELF, "person": staff.index, "criterion_id": SELF_CRITERION})
    rows = concat([by_self, by_managers]).merge(calendar.cycles, "cross")
    rows = rows.merge(staff, left_on="person", right_index=True)
    rows = rows[_is_rated(rows, calendar)]
    rows = rows.sort_values(["cycle_id", "person", "manager"], kind="stable", ignore_index=True)
    n, is_self = len(rows), rows["manager"] == SELF
    managers = evaluators(staff, rules)
    severity = managers["severity"].reindex(rows["manager"]).to_numpy()
    leniency = rows["self_leniency"].where(is_self, -severity)
    noise = rules.score_noise_sd * bell(rng, n)
    score = np.rint(rows["ability"] + rows["criterion_id"].map(CRITERIA) + leniency + noise)
    declined = is_self & _in_second_cycle(rows, calendar, "no_self_evaluation")
    evaluator_id = managers["evaluator_id"].reindex(rows["manager"]).to_numpy()
    # People hand in their own on the first day of the next month, or on their last day of work.
    day = rows["closes"].where(~is_self, np.minimum(rows["closes"], rows["until_s"] - DAY))
    day += np.where(is_self, 0, DAY * rng.integers(1, 5, n))
    return DataFrame(
        {
            "evaluation_id": ids("e", n, 4),
            "cycle_id": rows["cycle_id"],
            "employee_id": rows["employee_id"],
            "evaluator_id": rows["employee_id"].where(is_self, evaluator_id),
            "evaluator_type": np.where(is_self, "self", "store_manager"),
            "criterion_id": rows["criterion_id"],
            "score": score.mask(declined),
            "round": 1,
            "submitted_at": day + rng.integers(9 * HOUR, 18 * HOUR, n),
            "status": np.where(declined, "declined", "submitted"),
        }
    )


def _is_rated(rows: DataFrame, calendar: Calendar) -> Series:
    worked = (rows["from_s"] < rows["closes"]) & (rows["until_s"] > rows["opens"])
    forgotten = _in_second_cycle(rows, calendar, "no_manager_evaluation")
    return worked & ~(forgotten & (rows["manager"] != SELF))


def _in_second_cycle(rows: DataFrame, calendar: Calendar, case: str) -> Series:
    return (rows["case"] == case) & rows["cycle_id"].isin(calendar.cycles["cycle_id"][1:2])
