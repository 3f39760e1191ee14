"""What became of each type of evaluators for each person, and what of the score does not count."""

from __future__ import annotations

from pandas import DataFrame

from csperf.appraisal.evaluation import judged_weights, source_status
from csperf.appraisal.roles import scheme_of
from csperf.scheme import Scheme

TYPE = ["employee_id", "evaluator_type"]
JUDGED = [*TYPE, "criterion_id"]


def source_standing(
    people: DataFrame,
    evaluations: DataFrame,
    assignments: DataFrame | None,
    by_type: DataFrame,
    scheme: Scheme,
) -> DataFrame:
    """Status of each type of evaluators for each person, with the weight that does not count.

    Parameters
    ----------
    people : DataFrame
        employee_id, role, and role_shares if known.
    evaluations, assignments : DataFrame
        As `source_status` takes them.
    by_type : DataFrame
        As `combine_evaluations` gives it.

    Returns
    -------
    DataFrame
        employee_id, evaluator_type, status, n_evaluators, needed (evaluators), weight (per cent of
        the score, if none is missing), not_counted (how much of it has no score that counts), and
        hidden (criteria that fewer than needed gave, and that therefore do not count). The status
        is that of `source_status`, or `hidden` if all that was given is.
    """
    found = source_status(people["employee_id"], evaluations, assignments, scheme)
    counting = {kind.type for kind in scheme.evaluators if kind.hidden_counts.value}
    counted = by_type["shown"].astype(bool) | by_type["evaluator_type"].isin(counting)
    weights = _weights(people, scheme).merge(by_type[JUDGED].assign(counted=counted), how="outer")
    weights = weights.assign(
        weight=weights["weight"].fillna(0.0),
        lost=weights["weight"].mask(weights["counted"].eq(True), 0.0).fillna(0.0),
        hidden=weights["criterion_id"].where(weights["counted"].eq(False), None),
        any=weights["counted"].eq(True),
    )
    of = weights.groupby(TYPE).agg(
        weight=("weight", "sum"),
        not_counted=("lost", "sum"),
        hidden=("hidden", lambda names: ", ".join(names.dropna())),
        any=("any", "any"),
    )
    whole = found.rename(columns={"n": "n_evaluators"}).merge(of, on=TYPE, how="left")
    needed = {kind.type: kind.shown_from.value for kind in scheme.evaluators}
    hidden = whole["hidden"].fillna("")
    nothing = (whole["status"] == "given") & (hidden != "") & ~whole["any"].eq(True)
    return whole.assign(
        status=whole["status"].mask(nothing, "hidden"),
        needed=whole["evaluator_type"].map(needed).astype("Int64"),
        weight=whole["weight"].fillna(0.0),
        not_counted=whole["not_counted"].fillna(0.0),
        hidden=hidden,
    ).drop(columns="any")


def _weights(people: DataFrame, scheme: Scheme) -> DataFrame:
    """Weight of each type on each criterion for each person, by his or her role or roles."""
    roles = people.reindex(columns=["role", "role_shares"]).astype("str").fillna("")
    rows: list[tuple[str, str, str, float]] = []
    for (role, shares), at in roles.groupby(["role", "role_shares"]).groups.items():
        own = scheme_of(scheme, {"role": role, "role_shares": shares or None})
        judged = judged_weights(own).items()
        rows += [
            (person, kind, criterion, weight)
            for person in people.loc[at, "employee_id"]
            for (kind, criterion), weight in judged
        ]
    frame = DataFrame(rows, columns=[*JUDGED, "weight"])
    return frame.astype({**dict.fromkeys(JUDGED, "str"), "weight": "float64"})
