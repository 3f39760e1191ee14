"""How far a score may be from the true one: chance in what was measured, and in who rated."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from csperf.appraisal.history import SCORE
from csperf.appraisal.longer import part_cycles
from csperf.appraisal.roles import scheme_of, score_people
from csperf.appraisal.scoring import LIMIT, USABLE, in_full_time, points, totals
from csperf.comparison.redraw import Floats, redraw, shrunk
from csperf.comparison.sheets import judged_variance
from csperf.indicators import INDICATORS
from csperf.indicators.intervals import Z
from csperf.params import Cycle
from csperf.scheme import Part, RankPoints, Scheme, TScore

MOST_DRAWS, LEAST_DRAWS, ALL_CELLS = 2_000, 200, 10_000_000
SEED = 20_160_501
CELLS = 500_000  # people x draws that are held at once
NO_INTERVAL = "no interval: "
COLUMNS = ["employee_id", "score", "se", "low", "high", "reason"]


def score_uncertainty(
    values: DataFrame,
    scheme: Scheme,
    evaluations: DataFrame | None = None,
    evaluation_scores: DataFrame | None = None,
    groups: Series | None = None,
    *,
    roles: Series | None = None,
    role_shares: Series | None = None,
    working_time: Series | None = None,
    draws: int | None = None,
    seed: int = SEED,
) -> DataFrame:
    """Standard error and 95 % interval of every person's score.

    Parameters
    ----------
    values : DataFrame
        employee_id, indicator_id, value, low, high, numerator, denominator, status.
    scheme : Scheme
        Weights and scoring.
    evaluations : DataFrame, optional
        Single scores as `combine_evaluations` takes them. Without them nobody knows how far
        evaluators differ.
    evaluation_scores, groups, working_time
        As `score` takes them.
    roles, role_shares : Series, optional
        Role of each person, or shares of several (`roles.score_people`), by employee_id, for a
        scheme that differs by role.
    draws, seed
        How often all values are drawn anew (2,000; fewer for more than 5,000 people), and the start
        of the random numbers. The order of the rows does not matter.

    Returns
    -------
    DataFrame
        employee_id, score, se, low, high (points), reason, sorted by employee_id: a row for each
        person with a score. se, low and high are unknown where a part with weight has no known
        error, which `reason` names.

    Notes
    -----
    Every value is drawn anew (`redraw`) and scored by the scheme, whole groups at a time, so that
    steps, limits and places count. se is the root of the mean squared distance of the scores drawn
    from the official one; low and high are 1.96 se away, within 0..100. The choice of evaluators
    adds its variance (`judged_variance`); severity that all of a person's evaluators share does not
    show.
    """
    people = _people(values, evaluation_scores, groups, roles, role_shares, working_time)
    draws = draws or int(np.clip(ALL_CELLS // max(len(people), 1), LEAST_DRAWS, MOST_DRAWS))
    official = score_people(people, values, scheme, evaluation_scores)
    found = [DataFrame(columns=COLUMNS).astype(dict.fromkeys(COLUMNS[1:5], "float64"))]
    of_scheme = people.assign(
        role=people["role"].where(people["role"].isin(list(scheme.roles)), "")
    )
    for (role, shares), mine in of_scheme.groupby(["role", "role_shares"], dropna=False):
        own = scheme_of(scheme, {"role": role, "role_shares": shares})
        scored = official[official["employee_id"].isin(mine["employee_id"])]
        rows = values[values["employee_id"].isin(mine["employee_id"])]
        made = _of_scheme(
            scored, rows, own, evaluations, mine, isinstance(shares, str), draws, seed
        )
        found.append(made)
    whole = pd.concat([frame for frame in found if len(frame)] or found)
    return whole.sort_values("employee_id", ignore_index=True)[COLUMNS]


def built_uncertainty(
    scores: DataFrame,
    estimates: DataFrame,
    history: DataFrame | None,
    scheme: Scheme,
    period: Cycle,
) -> DataFrame:
    """What `score_uncertainty` returns, of a period whose score is built from its cycles.

    Parameters
    ----------
    scores : DataFrame
        Components of the period's scores (`longer.built_scores`), its cycles among them.
    estimates : DataFrame
        `score_uncertainty` of the period by itself; it counts as far as the scheme mixes it in.
    history : DataFrame
        Rows of the history table, with low and high of the cycles' scores.

    Notes
    -----
    se is the root of the sum of (weight x se)^2 over the cycles. Their errors are taken as
    independent; what the same evaluators misjudge in every cycle does not show.
    """
    parts = {cycle.id for cycle in part_cycles(period, scheme)}
    known = totals(scores).dropna()
    rows = scores[scores["employee_id"].isin(known.index) & (scores["weight"] > 0)]
    cycles = rows[rows["component_id"].isin(parts)].rename(columns={"component_id": "cycle_id"})
    square = _squares(cycles, history, scheme)
    own = rows[~rows["component_id"].isin(parts)].groupby("employee_id")["weight"].sum()
    alone = estimates.set_index("employee_id")[["se", "reason"]].reindex(own.index)
    by_itself = DataFrame(
        {"square": (own / 100 * alone["se"]) ** 2, "reason": alone["reason"]}
    ).reset_index()
    whole = pd.concat([square, by_itself]).groupby("employee_id")
    se = np.sqrt(whole["square"].sum(skipna=False)).reindex(known.index)
    reasons = whole["reason"].max().reindex(known.index)
    low, high = ((known + side * Z * se).clip(0, 100) for side in (-1, 1))
    found = {"score": known, "se": se, "low": low, "high": high, "reason": reasons}
    return DataFrame(found).rename_axis("employee_id").reset_index()[COLUMNS]


def _squares(cycles: DataFrame, history: DataFrame | None, scheme: Scheme) -> DataFrame:
    """employee_id, square (of weight x se) and reason (why it is unknown) of each cycle."""
    known = DataFrame(columns=["employee_id", "cycle_id", "se"])
    if history is not None:
        past = history[(history["quantity_id"] == SCORE) & (history["scheme_id"] == scheme.id)]
        wide = np.maximum(past["high"] - past["value"], past["value"] - past["low"])
        known = past.assign(se=wide / Z)[[*known]]  # one end may be cut off at 0 or 100
    rows = cycles[["employee_id", "cycle_id", "weight"]].merge(known, how="left")
    se = rows["se"].astype("float64")
    return DataFrame(
        {
            "employee_id": rows["employee_id"],
            "square": (rows["weight"] / 100 * se) ** 2,
            "reason": (NO_INTERVAL + rows["cycle_id"]).where(se.isna(), ""),
        }
    )


def _people(
    values: DataFrame,
    evaluation_scores: DataFrame | None,
    groups: Series | None,
    roles: Series | None,
    role_shares: Series | None,
    working_time: Series | None,
) -> DataFrame:
    """Everybody with values or evaluations, as `score_people` takes them."""
    ids = set(values["employee_id"])
    if evaluation_scores is not None:
        ids |= set(evaluation_scores["employee_id"])
    id = Series(sorted(ids), dtype="str")
    told = {"role": roles, "role_shares": role_shares, "working_time": working_time}
    known = {name: id.map(each) for name, each in told.items() if each is not None}
    nothing = {"role": "", "role_shares": None, "working_time": 1.0}
    return DataFrame({"employee_id": id, **nothing, **known}).assign(
        role_shares=lambda rows: rows["role_shares"].astype("str"),
        group="all" if groups is None else id.map(groups),
        eligible=True if groups is None else id.isin(groups.index),
    )


@dataclass(frozen=True)
class _Measured:
    """A component that is measured: its part, the values of people, their weight and group."""

    leaf: Part
    rows: DataFrame
    share: Floats
    group: NDArray[np.int64]
    time: Floats

    @property
    def name(self) -> str:
        return str(self.leaf.indicator)

    def points(self, drawn: Floats) -> Floats:
        """Contribution to the scores of people (rows) in draws (columns) of their values."""
        assert self.leaf.scoring is not None
        raw, count = drawn, drawn.shape[1]
        if isinstance(self.leaf.scoring, RankPoints | TScore):
            raw = shrunk(raw, self.rows["value"].to_numpy(), self.group)
        if self.leaf.after_weighting:
            raw = raw * _events(self.rows, self.name)
        apart = (self.group[:, None] * count + np.arange(count)).ravel()
        groups = Series(apart)[np.repeat(self.group >= 0, count)]
        flat = in_full_time(self.leaf, Series(raw.ravel()), Series(np.repeat(self.time, count)))
        found = points(flat, self.leaf.scoring, INDICATORS[self.name].direction, groups)
        return np.nan_to_num(found.to_numpy().reshape(drawn.shape)) * self.share[:, None]

    @property
    def compares(self) -> Series:
        """Whose score counts a place among people of the role, who are not drawn with them."""
        by_place = isinstance(self.leaf.scoring, RankPoints | TScore)
        return self.rows["value"].notna() & (self.share > 0) & by_place

    @property
    def unsure(self) -> Series:
        """Whose score counts a value of which the error is not known."""
        counts = self.rows["value"].notna() & (self.share > 0)
        return counts & (self.rows["low"].isna() | self.rows["high"].isna())


def _of_scheme(
    official: DataFrame,
    values: DataFrame,
    scheme: Scheme,
    evaluations: DataFrame | None,
    people: DataFrame,
    several: bool,
    draws: int,
    seed: int,
) -> DataFrame:
    """What `score_uncertainty` returns, of people with one scheme and their official scores.

    `several`: the parts of the scheme are roles of the same people.
    """
    known = totals(official).dropna()
    rows = official[official["employee_id"].isin(known.index) & (official["component_id"] != LIMIT)]
    weights = rows.pivot(index="employee_id", columns="component_id", values="weight")
    weights = weights.reindex(columns=[path for path, _ in scheme.components()])
    parts = list(_measured(values, scheme, weights, people.set_index("employee_id"), several))
    judged, reasons = judged_variance(evaluations, weights, scheme)
    for part in reversed(parts):
        unknown = part.unsure | part.compares if several else part.unsure
        reasons = reasons.mask(unknown, NO_INTERVAL + part.name)
    if (reasons != "").all():
        parts, draws = [], 1  # nobody would see what is drawn
    given = [path for path, leaf in scheme.components() if leaf.criterion]
    base = rows[rows["component_id"].isin(given)].groupby("employee_id")["contribution"].sum()
    base = base.reindex(known.index, fill_value=0.0)
    spread, rng = np.sqrt(judged.fillna(0.0).to_numpy()), np.random.default_rng([seed, 0])
    square = np.zeros(len(known))
    for drawn in _drawn(parts, len(known), draws, seed):
        drawn += base.to_numpy()[:, None]
        drawn += spread[:, None] * rng.standard_normal(drawn.shape)
        square += ((drawn.clip(0, 100) - known.to_numpy()[:, None]) ** 2).sum(axis=1)
    se = Series(np.sqrt(square / draws), known.index).where(reasons == "")
    low, high = ((known + side * Z * se).clip(0, 100) for side in (-1, 1))
    found = {"score": known, "se": se, "low": low, "high": high, "reason": reasons}
    return DataFrame(found).rename_axis("employee_id").reset_index()


def _measured(
    values: DataFrame, scheme: Scheme, weights: DataFrame, told: DataFrame, several: bool
) -> Iterator[_Measured]:
    people = weights.index
    named, time = told["group"].reindex(people), told["working_time"].reindex(people)
    held = {part.id: part.share / 100 for part in scheme.score} if several else {}
    usable = values[values["status"].isin(USABLE)].set_index("employee_id")
    columns = ["value", "low", "high", "numerator", "denominator"]
    for path, leaf in scheme.components():
        if leaf.indicator:
            mine = usable.loc[usable["indicator_id"] == leaf.indicator, columns]
            share = weights[path].fillna(0.0).to_numpy() / 100
            yield _Measured(
                leaf=leaf,
                rows=mine.astype("float64").reindex(people),
                share=np.ones(len(people)) if leaf.after_weighting else share,
                group=pd.factorize(named, sort=True)[0],
                time=time.to_numpy("float64") * held.get(path.split("/")[0], 1.0),
            )


def _drawn(parts: list[_Measured], people: int, draws: int, seed: int) -> Iterator[Floats]:
    """Blocks of draws (columns) of what all measured components contribute to scores (rows)."""
    rows = {part.name: part.rows for part in parts}
    streams = {name: np.random.default_rng([seed, zlib.crc32(name.encode())]) for name in rows}
    block = max(1, CELLS // max(people, 1))
    for start in range(0, draws, block):
        count = min(block, draws - start)
        drawn = {name: redraw(mine, name, streams[name], count) for name, mine in rows.items()}
        yield sum((part.points(drawn[part.name]) for part in parts), np.zeros((people, count)))


def _events(rows: DataFrame, indicator: str) -> Floats:
    """What a value is multiplied with to have its numerator: points for events count that."""
    row = INDICATORS[indicator]
    alone = row.kind in ("count", "amount") and row.exposure is None
    below = Series(1.0, rows.index) if alone else rows["denominator"]
    return (rows["numerator"] / rows["value"]).where(rows["value"] > 0, below).to_numpy()[:, None]
