"""Results of a cycle from drawn values and evaluations, without events."""

from dataclasses import fields

import pandas as pd
from pandas import DataFrame

from csperf import Cycle, Scheme
from csperf.appraisal import comparison_groups, history_rows, judge
from csperf.appraisal.anonymity import published_means, published_scores
from csperf.pipeline import Appraisals
from csperf.tables import OUTPUT_TABLES

DEPARTMENT = "shop"
NO_EVALUATIONS = DataFrame(
    {name: pd.Series(dtype="str") for name in ("employee_id", "evaluator_id", "evaluator_type")}
    | {"criterion_id": pd.Series(dtype="str"), "score": pd.Series(dtype="float64")}
)


def values_of(**people):
    """Values from `anna={"sla_met_share": 0.9}`; n is 50 and the status ok."""
    rows = [
        {"employee_id": person, "indicator_id": name, "value": value, "numerator": value}
        for person, found in people.items()
        for name, value in found.items()
    ]
    return DataFrame(rows).assign(n=50, status="ok").astype({"value": "float64"})


def appraised(
    scheme,
    values,
    evaluations=NO_EVALUATIONS,
    cycle="2026-01",
    teams=None,
    history=None,
    **columns,
):
    """Result of a cycle; everybody is in team `t` unless `teams` says otherwise."""
    ids = sorted({*values["employee_id"], *evaluations["employee_id"]})
    people = DataFrame({"employee_id": ids}).assign(
        team_id=[(teams or {}).get(id, "t") for id in ids],
        role=None,
        level_group="front_line",
        display_name=[f"Name of {id}" for id in ids],
        eligible=True,
        reason=pd.Series(pd.NA, index=range(len(ids)), dtype="str"),
    )
    people = people.assign(**columns).assign(team_name=lambda rows: rows["team_id"])
    people["group"] = comparison_groups(people, scheme, DEPARTMENT)
    made = judge(people, values, evaluations, scheme, Cycle.parse(cycle), history)
    stamp = {"cycle_id": cycle, "department_id": DEPARTMENT}
    home = people.set_index("employee_id")["team_id"]
    tables = {
        "appraisals": made.appraisals,
        "scores": published_scores(made.scores, scheme, made.evaluation_scores),
        "indicator_values": values,
        "evaluation_scores": published_means(made.evaluation_scores),
        "proposals": made.proposals,
    }
    filled = {
        name: OUTPUT_TABLES[name].arrange(
            frame.assign(team_id=frame["employee_id"].map(home), **stamp)
        )
        for name, frame in tables.items()
    }
    rest = {
        item.name: OUTPUT_TABLES[item.name].empty() if item.name in OUTPUT_TABLES else DataFrame()
        for item in fields(Appraisals)
    }
    empty_values = OUTPUT_TABLES["indicator_values"].empty()
    return Appraisals(**{**rest, "people": people, "team_values": empty_values, **filled})


def left_behind(past, scheme):
    """What a result of one group leaves to later cycles: the scores."""
    none, ranked = OUTPUT_TABLES["indicator_values"].empty(), past.appraisals["rank"].notna()
    people = past.appraisals.assign(group_size=ranked.sum()).where(ranked)
    stamp = {name: past.appraisals[name].iloc[0] for name in ("cycle_id", "department_id")}
    return history_rows(people, none, none, none, scheme).assign(**stamp)


def scheme_of(**keys):
    """A scheme from its keys."""
    return Scheme.model_validate({"id": "s", "title": "S", "version": "1", **keys})
