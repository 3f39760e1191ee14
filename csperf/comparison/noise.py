"""Where uncertainty joins the official results: intervals, true places, chance behind proposals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from csperf.appraisal.eligibility import FRONT_LINE
from csperf.appraisal.methods import CHANCE_OF
from csperf.appraisal.outcomes import agreeing, awaited
from csperf.appraisal.streaks import earlier_scores, of_length
from csperf.comparison.chain_noise import noise_of_chain
from csperf.comparison.drawn import banded, bands_of, grades_of, truths
from csperf.comparison.facts import facts_of
from csperf.comparison.progress import progress_from
from csperf.comparison.ranks import DRAWS, SEED, grade_uncertainty, places, rank_uncertainty
from csperf.indicators.intervals import Z
from csperf.params import Cycle
from csperf.scheme import Rule, Scheme

INTERVAL = ["se", "low", "high"]
PLACES = ["rank_low", "rank_high", "p_first", "p_last", "tied_group"]
EVERYBODY = "all people"  # whose true scores are drawn for awards
SAME = 1e-6  # points by which a score may differ from the one that an interval is about
RANKED = ["cycle_id", "employee_id", "team_id", "level_group", "group", "score", "se", "rank"]


def with_uncertainty(appraisals: DataFrame, estimates: DataFrame, scheme: Scheme) -> DataFrame:
    """The appraisals with how sure scores, places and grades are.

    Parameters
    ----------
    appraisals : DataFrame
        employee_id, group, eligible, score, rank, grade.
    estimates : DataFrame
        employee_id, score, se, low, high (`score_uncertainty`).

    Returns
    -------
    DataFrame
        The same rows with se, low, high, rank_low, rank_high, p_first, p_last, tied_group and
        p_grade. An interval that is about another score than the official one is left out. Places
        are those within `group`, of people with a rank; p_grade is that of people who are eligible,
        and so are the columns `chance of ...`, one a grade of the scheme.
    """
    found = estimates.set_index("employee_id").reindex(appraisals["employee_id"])
    found.index = appraisals.index
    same = (found["score"] - appraisals["score"]).abs() <= SAME
    whole = appraisals.assign(**{name: found[name].where(same) for name in INTERVAL})
    people = whole[["employee_id", "group", "se"]].assign(estimate=whole["score"])
    ranks = rank_uncertainty(people[whole["rank"].notna()]).set_index("employee_id")
    graded = grade_uncertainty(people[whole["eligible"].astype(bool)], scheme)
    chance = graded.set_index("employee_id")["p_grade"].astype("float64")
    ids = whole["employee_id"]
    whole = whole.assign(**{name: ids.map(ranks[name]) for name in PLACES}, p_grade=ids.map(chance))
    each = {CHANCE_OF + band.grade: graded[f"p_{band.grade}"] for band in scheme.grades}
    found = DataFrame(each).set_axis(graded["employee_id"]).astype("float64")
    return whole.join(found, on="employee_id")


def p_noise(
    proposals: DataFrame,
    appraisals: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    history: DataFrame | None = None,
    moves: DataFrame | None = None,
    records: Mapping[str, DataFrame] | None = None,
    *,
    seed: int = SEED,
) -> Series:
    """Probability that each proposal's facts would not hold for the true scores.

    Parameters
    ----------
    proposals : DataFrame
        employee_id, rule_id.
    appraisals : DataFrame
        cycle's people as `with_uncertainty` returns them; employee_id, team_id, level_group, group,
        eligible, score, se, rank; for the chain grade, rank_band and distribution_grade too.
    history : DataFrame, optional
        Earlier rows of the history table, with low and high of scores, for streaks.
    moves : DataFrame, optional
        What happened in the annual chain (`chain.advance`), for what it proposes.
    records : mapping, optional
        Input tables; sign_offs and interviews say since when there should be progress.

    Returns
    -------
    Series
        On the index of the proposals. Unknown for rules that look at no place, score or grade, and
        where the errors of the scores of the person or of the group are. An award holds if the
        person is truly among as many of the best of all people as get it or a higher one. A row of
        the annual chain holds if the chain says the same of the grade that would truly count, as
        far as the caps go; `noise_of_chain` says which rows are unknown.

    Notes
    -----
    True scores of whole comparison groups are drawn (`posterior`) and held against the rule's
    places in them, bands (as the places that they have here, in groups of their own), borders of
    score and grade, and the grade and band that `ranking.which_rules` asks to speak for it too;
    levels, indicators and what was proposed before count as they are. A streak holds if its facts
    truly held in every cycle of it, and there is no progress if the true scores show none; cycles
    are taken as independent given their scores, which says rather too much noise than too little
    for people whose standing is steady.
    """
    of_rules = _noise_of_rules(proposals, appraisals, scheme, cycle, history, records or {}, seed)
    if moves is not None:
        of_chain = noise_of_chain(proposals, moves, appraisals, scheme, seed)
        of_rules = of_rules.fillna(of_chain)
    return of_rules.fillna(_noise_of_awards(proposals, appraisals, scheme, seed))


def _noise_of_rules(
    proposals: DataFrame,
    appraisals: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    history: DataFrame | None,
    records: Mapping[str, DataFrame],
    seed: int,
) -> Series:
    rules = {rule.id: rule for rule in scheme.rules if _looks_at_scores(rule)}
    asked = proposals[["rule_id", "employee_id"]].reset_index(drop=True).reset_index(names="row")
    asked = asked[asked["rule_id"].isin(list(rules))]
    found = Series(np.nan, index=proposals.index, name="p_noise")
    if asked.empty:
        return found
    past = of_length(earlier_scores(history, scheme, cycle), cycle)
    known = _known_rows(appraisals.assign(cycle_id=cycle.id), past)
    seen = _streaks(asked, rules, known)
    whose = asked.groupby("rule_id")["employee_id"].agg(list)
    below = {
        id: progress_from(rules[id], whose[id], past, known, scheme, records, seed)
        for id in whose.index
        if rules[id].when.no_progress_of
    }
    chance = dict(_chances(seen, rules, known, below, scheme, cycle, seed))
    keys = zip(seen["rule_id"], seen["cycle_id"], seen["employee_id"], strict=True)
    held = Series([chance.get(key, np.nan) for key in keys], index=seen["row"], dtype="float64")
    all_held = held.groupby(level=0).prod(skipna=False)
    found.iloc[all_held.index] = 1 - all_held.to_numpy()
    return found


def _noise_of_awards(
    proposals: DataFrame, appraisals: DataFrame, scheme: Scheme, seed: int
) -> Series:
    found = Series(np.nan, index=proposals.index)
    given = proposals["rule_id"].value_counts().reindex([award.id for award in scheme.awards])
    given = given.dropna().cumsum().astype("int64")
    people = appraisals[appraisals["eligible"].astype(bool) & appraisals["score"].notna()]
    people = people.sort_values("employee_id")
    if given.empty or people["se"].notna().sum() < 2:
        return found
    counts, draws = np.zeros((len(given), len(people))), 0
    for truth in truths(people.assign(group=EVERYBODY), seed):
        place = places(truth)
        counts += [(place < best).sum(axis=0) for best in given]
        draws += len(truth)
    for id, held in zip(given.index, counts / draws, strict=True):
        mine = proposals["rule_id"] == id
        chance = Series(held, index=people["employee_id"]).where(people["se"].notna().to_numpy())
        found[mine] = 1 - proposals.loc[mine, "employee_id"].map(chance).astype("float64")
    return found


def _looks_at_scores(rule: Rule) -> bool:
    when = rule.when
    facts = (when.rank_from_top, when.rank_from_bottom, when.rank_bands)
    return any((*facts, when.score_below, when.score_from, when.grade))


def _known_rows(appraisals: DataFrame, past: DataFrame) -> DataFrame:
    """People appraised in this cycle, and ranked in earlier ones, with se.

    `group` tells cycles apart. A level group that an earlier cycle does not know is taken for that
    of today, as where streaks are counted.
    """
    if not past.empty:
        wide = np.maximum(past["high"] - past["score"], past["score"] - past["low"])
        past = past.assign(se=wide / Z)  # one end may be cut off at 0 or 100
        today = past["employee_id"].map(appraisals.set_index("employee_id")["level_group"])
        level_group = past["level_group"].astype("str").fillna(today.astype("str"))
        past = past.assign(level_group=level_group.fillna(FRONT_LINE))
    now = appraisals[appraisals["eligible"].astype(bool) & appraisals["score"].notna()]
    then = past[past["rank"].notna() & past["score"].notna()]
    frames = [frame.reindex(columns=[*RANKED, "rank_band"]) for frame in (now, then)]
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _streaks(asked: DataFrame, rules: Mapping[str, Rule], known: DataFrame) -> DataFrame:
    """The cycles in which a proposal's facts were seen, a row each; none if there are too few.

    `asked` has row, rule_id and employee_id; the result cycle_id too.
    """
    times = asked.assign(
        times=asked["rule_id"].map({id: r.when.consecutive_cycles.value for id, r in rules.items()})
    )
    mine = known.loc[known["employee_id"].isin(asked["employee_id"]), ["employee_id", "cycle_id"]]
    starts = {id: Cycle.parse(id).start for id in mine["cycle_id"].unique()}
    mine = mine.assign(start=mine["cycle_id"].map(starts))
    mine = mine.sort_values("start", ascending=False, kind="stable")
    mine = mine.assign(ago=mine.groupby("employee_id").cumcount())
    seen = times.merge(mine[mine["ago"] < times["times"].max()], on="employee_id")
    seen = seen[seen["ago"] < seen["times"]]
    return seen[seen.groupby("row")["ago"].transform("size") == seen["times"]]


def _chances(
    seen: DataFrame,
    rules: Mapping[str, Rule],
    known: DataFrame,
    below: Mapping[str, DataFrame],
    scheme: Scheme,
    cycle: Cycle,
    seed: int,
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Rule, cycle and person, with the probability that the rule's facts truly held.

    `below` has true scores that those of this cycle have to lie below (`progress_from`), by rule.
    """
    by_band = seen["rule_id"].map({id: _by_band(rule, scheme) for id, rule in rules.items()})
    for bands, mine in seen.groupby(by_band):
        drawn = "cycle_id" if bands else "group"  # bands may be of other groups than places are
        where = mine.merge(known[["cycle_id", "employee_id", "group"]])
        asked = where.groupby("group")["rule_id"].agg(lambda ids: sorted(set(ids))).to_dict()
        rows = known[known[drawn].isin(mine[drawn] if bands else list(asked))]
        rows = rows.sort_values(["cycle_id", "group", "employee_id"])
        for _, people in rows.groupby(drawn, sort=False):
            now = people["cycle_id"].iloc[0] == cycle.id
            keys = list(people[["cycle_id", "employee_id"]].itertuples(index=False, name=None))
            groups = people.groupby("group").indices
            limits = below if now else {}
            for (id, name), held in _held(people, asked, rules, limits, scheme, now, seed).items():
                here = zip(groups[name], held, strict=True)
                yield from (((id, *keys[at]), chance) for at, chance in here)


def _held(
    people: DataFrame,
    asked: Mapping[str, list[str]],
    rules: Mapping[str, Rule],
    below: Mapping[str, DataFrame],
    scheme: Scheme,
    now: bool,
    seed: int,
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Share of the draws in which the facts of each rule hold, by rule and group of the people.

    `asked` has the rules that are asked about in each group. Unknown without a known error, and for
    places among people of whom fewer than two have one.
    """
    rows = people.groupby("group").indices  # the people are sorted by group
    groups = {name: slice(at[0], at[-1] + 1) for name, at in rows.items() if name in asked}
    facts = {
        (id, name): facts_of(rules[id], len(rows[name]), scheme, now)
        for name in groups
        for id in asked[name]
    }
    counts = {key: np.zeros(len(rows[key[1]])) for key in facts}
    ids = people["employee_id"].to_numpy()
    in_places = {name for (_, name), each in facts.items() if not each.places.all()}
    on_bands = any(not each.bands.all() for each in facts.values())
    in_bands, draws = banded(people, scheme) if on_bands else [], 0
    for truth in truths(people, seed):
        grade, band = grades_of(truth, scheme), bands_of(truth, in_bands)
        place = {name: places(truth[:, groups[name]]) for name in in_places}
        for (id, name), each in facts.items():
            here = groups[name]
            hold = each.hold(truth[:, here], grade[:, here], place.get(name), band[:, here])
            if id in below:
                limits = below[id].iloc[np.arange(draws, draws + len(truth)) % DRAWS]
                counts[id, name] += _times_below(limits, hold, truth[:, here], ids[here])
            else:
                counts[id, name] += hold.sum(axis=0)
        draws += len(truth)
    known = people["se"].notna().to_numpy()
    chances = {}
    for (id, name), count in counts.items():
        mine = known[groups[name]]
        enough = mine.sum() > 1 or not facts[id, name].on_places
        chances[id, name] = np.where(mine & enough, count / draws, np.nan)
    return chances


def _times_below(
    limits: DataFrame,
    hold: NDArray[np.bool_],
    truth: NDArray[np.float32],
    ids: NDArray[np.object_],
) -> NDArray[np.float64]:
    """In how many draws facts hold and a true score is below its limit, where there is one."""
    found = np.full(len(ids), np.nan)
    for column in np.flatnonzero(np.isin(ids, limits.columns)):
        limit = limits[ids[column]].to_numpy()
        if not np.isnan(limit).any():
            found[column] = (hold[:, column] & (truth[:, column] < limit)).sum()
    return found


def _by_band(rule: Rule, scheme: Scheme) -> bool:
    """Whether a rule looks at rank bands."""
    return any(found(rule, scheme)[1] is not None for found in (awaited, agreeing))
