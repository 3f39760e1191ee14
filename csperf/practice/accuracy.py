"""How near ratings of written cases come to the experts' key, and what to practise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.practice.advice import advised, said
from csperf.practice.cronbach import Floats, components, correlation, likeness
from csperf.practice.effects import effects_of, quantile, tested
from csperf.practice.marking import CASE, CRITERION, EVALUATOR, EXPERT, SCORE, defended, marked

SUMMARY = (
    *("n_cases", "n_ratings", "n_left_out", "severity", "low", "high", "mean_absolute_error"),
    *("exact", "within_one", "score", "mean_squared", "correlation", "range_use"),
    *("likeness", "likeness_key"),
)


@dataclass(frozen=True)
class RatingAccuracy:
    """What `rating_accuracy` found; every table has a row or more for each evaluator.

    summary
        evaluator_id, n_cases, n_ratings, n_left_out, severity (points taken off) with its 95 %
        interval low and high, mean_absolute_error, exact and within_one (shares of ratings that
        meet the key, or miss it by at most one point), score (0 to 100: a rating that meets the key
        counts 1, one that misses it by a point one half, any other nothing), mean_squared (squared
        difference), correlation, range_use (spread given over spread of the key), likeness and
        likeness_key (mean correlation between criteria: given, and in the key).
    components
        evaluator_id, component (elevation, differential_elevation, stereotype_accuracy,
        differential_accuracy), squared (they add up to mean_squared), share, correlation, spread
        and spread_key.
    criteria
        evaluator_id, criterion_id, n, difference (points given beyond the key), low, high,
        mean_absolute_error, correlation, flag.
    effects
        evaluator_id, effect, criterion_id (where it is about one), statistic, low, high, n,
        p_value, p_adjusted (Holm, over all that one evaluator is tested for), flag.
    ratings
        evaluator_id, case_id, criterion_id, score, key, difference, borderline (another score can
        be defended), off (points to the nearest score that can be defended).
    left_out
        evaluator_id, case_id, criterion_id, score, reason: what does not count.
    experts
        expert_id, n, mean_absolute_error, severity, correlation: each expert against the mean of
        the others; empty where the key names no experts.
    advice
        evaluator_id, place, code, criterion_id, value, low, high, cases: what to practise, the most
        pressing first; `told` says it in sentences.
    """

    summary: DataFrame
    components: DataFrame
    criteria: DataFrame
    effects: DataFrame
    ratings: DataFrame
    left_out: DataFrame
    experts: DataFrame
    advice: DataFrame

    def told(self, evaluator_id: str | None = None) -> str:
        """The advice in sentences, a line each; of one evaluator or of all."""
        rows = self.advice
        if evaluator_id is not None:
            rows = rows[rows[EVALUATOR] == evaluator_id]
        return "\n".join(said(rows))


def rating_accuracy(
    ratings: DataFrame, key: DataFrame, scale: tuple[float, float] | None = None
) -> RatingAccuracy:
    """How near ratings come to the experts' key, what stands out, and what to practise.

    Parameters
    ----------
    ratings : DataFrame
        case_id, criterion_id, score and, of several evaluators, evaluator_id. A case with a missing
        score is left out whole and listed.
    key : DataFrame
        case_id, criterion_id, score; expert_id if several experts scored them (their mean is the
        key); if known `also`, a second score that can be defended.
    scale : (low, high), optional
        The lowest and the highest score of the form; any other is refused.

    Returns
    -------
    RatingAccuracy
        Tables; `told` says in sentences what to practise.

    Raises
    ------
    InputError
        A column is missing, an id is empty, a score is no number or outside the scale, a case and
        criterion has two scores of one evaluator, a criterion has no score or no key, the key has
        holes, or no case is rated in full.

    Notes
    -----
    Cronbach (1955), Psychological Bulletin 52, 177-193. With x the ratings and t the key of n cases
    (i) on k criteria (j), a dot for a mean, and d = x - t:

        elevation                d..^2
        differential elevation   mean over i of (di. - d..)^2
        stereotype accuracy      mean over j of (d.j - d..)^2
        differential accuracy    mean over i, j of (dij - di. - d.j + d..)^2

    The four sum to the mean of dij^2. Smaller is better in each. All but the first are s_x^2 +
    s_t^2 - 2 r s_x s_t, with the spreads and the correlation that stand beside them.

    Intervals and tests take the cases as what varies: t over cases, for the spread, the halo and
    the misread cases by leaving out one case at a time (jackknife). With fewer than five cases
    there are none. What is flagged is clear after Holm's adjustment over all that an evaluator is
    tested for, and large enough to matter (`effects.MATERIAL`).
    """
    found = marked(ratings, key, scale)
    rated = found.rated.assign(difference=found.rated[SCORE] - found.rated["key"])
    rated = rated.assign(off=(rated[SCORE] - defended(rated, key)).abs())
    sides = {str(name): _arrays(rows) for name, rows in rated.groupby(EVALUATOR)}
    effects = tested(_each(sides, lambda x, t, names: effects_of(x, t, names)))
    counted = found.left_out[EVALUATOR].value_counts()
    summary = DataFrame([_summary(name, rows) for name, rows in rated.groupby(EVALUATOR)])
    summary = summary.assign(n_left_out=summary[EVALUATOR].map(counted).fillna(0).astype("int64"))
    severity = effects[effects["effect"] == "severity"].set_index(EVALUATOR)
    summary = summary.join(severity[["low", "high"]], on=EVALUATOR)[[EVALUATOR, *SUMMARY]]
    return RatingAccuracy(
        summary=summary,
        components=_each(sides, lambda x, t, _: components(x, t)),
        criteria=_criteria(rated, effects),
        effects=effects,
        ratings=rated,
        left_out=found.left_out,
        experts=_experts(found.experts),
        advice=advised(effects, rated, summary),
    )


def _arrays(rows: DataFrame) -> tuple[Floats, Floats, list[str]]:
    """Given and key with a row a case and a column a criterion, and the criteria."""
    names = list(rows[CRITERION].unique())
    shape = (-1, len(names))
    return rows[SCORE].to_numpy().reshape(shape), rows["key"].to_numpy().reshape(shape), names


def _each(
    sides: dict[str, tuple[Floats, Floats, list[str]]],
    asked: Callable[[Floats, Floats, list[str]], DataFrame],
) -> DataFrame:
    """The same table of every evaluator, one below the other."""
    tables = [asked(*both).assign(**{EVALUATOR: name}) for name, both in sides.items()]
    whole = pd.concat(tables, ignore_index=True)
    return whole[[EVALUATOR, *whole.columns.drop(EVALUATOR)]]


def _summary(name: str, rows: DataFrame) -> dict[str, object]:
    given, key, _ = _arrays(rows)
    off, spread = rows["off"].to_numpy(), key.std()
    return {
        EVALUATOR: name,
        "n_cases": len(given),
        "n_ratings": given.size,
        "severity": -rows["difference"].mean(),
        "mean_absolute_error": rows["difference"].abs().mean(),
        "exact": np.mean(off < 0.5),
        "within_one": np.mean(off < 1.5),
        "score": 50 * (np.mean(off < 0.5) + np.mean(off < 1.5)),
        "mean_squared": (rows["difference"] ** 2).mean(),
        "correlation": correlation(given, key),
        "range_use": given.std() / spread if spread > 0 else np.nan,
        "likeness": likeness(given),
        "likeness_key": likeness(key),
    }


def _criteria(rated: DataFrame, effects: DataFrame) -> DataFrame:
    by = [EVALUATOR, CRITERION]
    rows = rated.assign(wide=rated["difference"].abs()).groupby(by)
    found = rows.agg(
        n=("difference", "size"),
        difference=("difference", "mean"),
        se=("difference", "sem"),
        mean_absolute_error=("wide", "mean"),
    ).reset_index()
    half = found["se"] * found["n"].map(quantile)
    found = found.assign(low=found["difference"] - half, high=found["difference"] + half)
    alike = Series(
        [correlation(one[SCORE].to_numpy(), one["key"].to_numpy()) for _, one in rows],
        dtype="float64",
    )
    flags = effects[effects["flag"] != ""].dropna(subset=CRITERION)
    said = flags.groupby(by)["flag"].agg(" ".join).rename("flag")
    found = found.assign(correlation=alike).join(said, on=by)
    return found.assign(flag=found["flag"].fillna("")).drop(columns="se")


def _experts(scores: DataFrame) -> DataFrame:
    columns = [EXPERT, "n", "mean_absolute_error", "severity", "correlation"]
    return DataFrame(list(_beside_others(scores)), columns=columns)


def _beside_others(scores: DataFrame) -> Iterator[dict[str, object]]:
    """Each expert against the mean of the others on the cells that both scored."""
    wide = (
        scores.pivot(index=[CASE, CRITERION], columns=EXPERT, values=SCORE)
        if len(scores)
        else DataFrame()
    )
    for name in wide:
        both = DataFrame({"own": wide[name], "others": wide.drop(columns=name).mean(axis=1)})
        both = both.dropna()
        off = both["own"] - both["others"]
        yield {
            EXPERT: name,
            "n": len(both),
            "mean_absolute_error": off.abs().mean(),
            "severity": -off.mean(),
            "correlation": correlation(both["own"].to_numpy(), both["others"].to_numpy())
            if len(both)
            else np.nan,
        }
