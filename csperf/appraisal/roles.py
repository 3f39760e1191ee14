"""Scores of people by the schemes of their roles; of several roles by their working time."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.scoring import DECIMALS, LIMIT, score
from csperf.scheme import Part, PerEvent, Scheme, Sourced

OTHERS = "other_roles"  # whose people the scheme itself is for
WEIGHTED = ("weight", "contribution")


def score_people(
    people: DataFrame, values: DataFrame, scheme: Scheme, evaluation_scores: DataFrame | None
) -> DataFrame:
    """What `score` returns, each person by the scheme of his or her role.

    Parameters
    ----------
    people : DataFrame
        employee_id, role, eligible, group, and if known role_shares and working_time (`members`).
    values, scheme, evaluation_scores
        As in `score`.

    Returns
    -------
    DataFrame
        Columns of `score`. Who has several roles that the scheme tells apart gets the sum over them
        of share of working time x score; his or her components are `<role>/<component>`, and
        numbers and sums of money are held against that share. A role without a score leaves its
        share to the others, if that is not more than may be missing.
    """
    if people.empty:
        return score(values.iloc[:0], scheme)
    eligible = people[people["eligible"]]
    groups = eligible.set_index("employee_id")["group"]
    time = people.get("working_time", Series(1.0, index=people.index))
    time = time.set_axis(people["employee_id"])
    held = _held(people, scheme)
    scored = []
    for role, mine in held.groupby("role"):
        share = mine.set_index("employee_id")["share"]
        judged = None
        if evaluation_scores is not None:
            judged = evaluation_scores[evaluation_scores["employee_id"].isin(share.index)]
        own = values[values["employee_id"].isin(share.index)]
        worked = time.reindex(share.index) * share
        found = score(own, scheme.for_role(role), judged, groups, worked)
        scored.append(found.assign(role=role))
    whole = pd.concat(scored)
    if (held["share"] < 1).any():
        whole = whole.merge(held, on=["employee_id", "role"])
        several = whole["share"] < 1
        whole = pd.concat([whole[~several], _together(whole[several], scheme)])
    whole = whole[[*scored[0].columns.drop("role")]]
    return whole.sort_values("employee_id", kind="stable", ignore_index=True)


def scheme_of(scheme: Scheme, person: Mapping[str, object]) -> Scheme:
    """The scheme that a person is scored by: of the role, or with a part for each of several.

    `person` has role, and role_shares if known. The components are those of `score_people`.
    """
    shares = _shares(person.get("role"), person.get("role_shares"), scheme)
    if len(shares) == 1:
        return scheme.for_role(min(shares))
    parts = tuple(
        Part(
            id=step_of_role(role),
            weight=Sourced[float](value=100 * share, provenance="stated"),
            parts=tuple(_scaled(part, share) for part in scheme.for_role(role).score),
        )
        for role, share in shares.items()
    )
    return scheme.model_copy(update={"score": parts})


def _held(people: DataFrame, scheme: Scheme) -> DataFrame:
    """employee_id, role ("" for those without a scheme of their own) and its share, up to 1."""
    own = people["role"].where(people["role"].isin(list(scheme.roles)), "")
    one = people[["employee_id"]].assign(role=own, share=1.0)
    told = people["role_shares"] if "role_shares" in people else Series(index=people.index)
    several = [
        (employee, role, share)
        for employee, text in zip(people["employee_id"], told, strict=True)
        if isinstance(text, str)
        for role, share in _shares("", text, scheme).items()
    ]
    if not several:
        return one
    more = DataFrame(several, columns=["employee_id", "role", "share"])
    return pd.concat([one[told.isna()], more], ignore_index=True)


def _shares(own: object, told: object, scheme: Scheme) -> dict[str, float]:
    """{role: share of working time}; roles without a scheme of their own are one, ""."""
    shares: dict[str, float] = {}
    for role, share in (json.loads(told) if isinstance(told, str) else {own: 1.0}).items():
        name = role if role in scheme.roles else ""
        shares[name] = shares.get(name, 0.0) + share
    return shares if len(shares) > 1 else dict.fromkeys(shares, 1.0)


def _together(whole: DataFrame, scheme: Scheme) -> DataFrame:
    """Components of people with several roles, each carrying its role's share."""
    scored = whole["contribution"].notna().groupby([whole["employee_id"], whole["role"]])
    roles = whole.assign(known=whole["share"].where(scored.transform("any"), 0.0))
    once = roles.drop_duplicates(["employee_id", "role"])
    known = whole["employee_id"].map(once.groupby("employee_id")["known"].sum())
    enough = (100 * (1 - known)).round(DECIMALS) <= scheme.missing.max_missing_weight_pct.value
    factor = whole["share"] / known.where(enough & (known > 0))
    whole = whole.assign(**{name: whole[name] * factor for name in WEIGHTED})
    limit = whole["component_id"] == LIMIT
    names = whole["role"].map(step_of_role) + "/" + whole["component_id"]
    cut = whole[limit].groupby("employee_id", as_index=False)["contribution"].sum()
    return pd.concat([whole[~limit].assign(component_id=names), cut.assign(component_id=LIMIT)])


def step_of_role(role: str) -> str:
    """A role as the first step of a component's path."""
    return role.replace("/", " ") or OTHERS


def _scaled(part: Part, share: float) -> Part:
    """A part of a role's scheme, its points for single events cut to the role's share."""
    if isinstance(part.scoring, PerEvent):
        cut = {
            name: getattr(part.scoring, name).model_copy(
                update={"value": share * getattr(part.scoring, name).value}
            )
            for name in ("points", "cap")
        }
        return part.model_copy(update={"scoring": part.scoring.model_copy(update=cut)})
    return part.model_copy(update={"parts": tuple(_scaled(each, share) for each in part.parts)})
