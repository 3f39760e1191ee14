"""What severities do to teams and how they change; own views, and pairs who rated each other."""

from __future__ import annotations

from typing import Any

from csperf.calibration import self_inflation
from csperf.calibration.anonymity import enough_to_show
from csperf.reporting.display import ColumnView, Sentences, TableView, number
from csperf.reporting.evaluations import EvaluatorsView


def teams_table(view: EvaluatorsView) -> TableView | Sentences:
    """By how many points each team's mean moves when severities are taken out."""
    text, rows = view.text, view.teams
    if rows.empty:
        return Sentences([text("calibration.no_teams")], kind="note")
    few = text("calibration.few")
    rows = rows.assign(
        team=[view.team(row.department_id, row.team_id) for row in rows.itertuples()],
        department=[view.department(id) for id in rows["department_id"]],
    )
    columns = [
        ColumnView("team", text("calibration.team"), "name"),
        ColumnView("department", text("calibration.department"), "name"),
        ColumnView("n", text("calibration.people"), "number", digits=0),
        ColumnView("official", text("calibration.official"), "number", blank=few),
        ColumnView("fair", text("calibration.fair"), "number", blank=few),
        ColumnView("difference", text("calibration.moves"), "number", blank=few),
        ColumnView("n_grades", text("calibration.grades"), "number", digits=0),
    ]
    return TableView(rows, columns, text("calibration.teams_caption"))


def drift(view: EvaluatorsView) -> Sentences:
    """Who grows harsher or milder over the cycles."""
    text, found = view.text, view.drift
    if found.empty:
        return Sentences([text("calibration.no_drift")], kind="note")
    clear = found[found["flag"] != ""]
    told = [_drifting(view, row) for row in clear.to_dict("records")]
    told.append(text("calibration.drift_calm", rest=len(found) - len(clear), n=len(found)))
    return Sentences(told, kind="note")


def own_views(view: EvaluatorsView) -> Sentences:
    """Whose own view lies further from the others' than is usual."""
    text = view.text
    found = self_inflation(enough_to_show(view.evaluations, view.anonymous))
    if found.empty:
        return Sentences([text("calibration.no_own")], kind="note")
    usual = number(found["usual"].iloc[0])
    odd = found[found["flag"] != ""]
    told = [_own_view(view, row) for row in odd.to_dict("records")]
    told.append(text("calibration.own_calm", rest=len(found) - len(odd), n=len(found), usual=usual))
    return Sentences(told, kind="note")


def pairs(view: EvaluatorsView) -> Sentences:
    """Who rated each other, both far above or both far below what others gave."""
    text, found = view.text, view.pairs
    if found.empty:
        return Sentences([text("calibration.no_pairs")], kind="note")
    odd = found[found["flag"] != ""]
    if odd.empty:
        return Sentences([text("calibration.no_odd_pairs")], kind="note")
    known = odd[odd["evaluator_id"].notna()]
    told = [
        text(
            f"calibration.pair_{row['flag']}",
            one=row["evaluator_id"],
            other=row["other_id"],
            given=number(abs(row["given"])),
            returned=number(abs(row["returned"])),
        )
        for row in known.to_dict("records")
    ]
    secret = len(odd) - len(known)
    hidden = [text("calibration.secret_pairs", n=secret)] if secret else []
    return Sentences([*told, *hidden], kind="note")


def _drifting(view: EvaluatorsView, row: dict[Any, Any]) -> str:
    """One clear drift as a sentence."""
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    return view.text(
        f"calibration.drift_{row['flag']}",
        evaluator=row["evaluator_id"],
        kind=view.kind(row["evaluator_type"]),
        points=number(abs(row["per_cycle"])),
        low=number(low),
        high=number(high),
        n=row["n_cycles"],
    )


def _own_view(view: EvaluatorsView, row: dict[Any, Any]) -> str:
    """One odd own view as a sentence; of modesty, the points by which it lies lower."""
    flag, sign = row["flag"], -1 if row["flag"] == "modest" else 1
    if row["usual"] < 0 or sign * row["difference"] < 0:
        flag, sign = "apart", 1
    low, high = sorted((sign * row["low"], sign * row["high"]))
    return view.text(
        f"calibration.own_{flag}",
        employee=row["employee_id"],
        points=number(sign * row["difference"]),
        low=number(low),
        high=number(high),
        usual=number(row["usual"]),
    )
