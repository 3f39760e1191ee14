"""What is published of means of so few evaluators that they are not shown.

The score may rest on them, if the scheme says so; nobody is told what a single one gave.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.evaluation import judged_weights
from csperf.appraisal.statements import shown_components
from csperf.scheme import Scheme

NOT_SHOWN = "not_shown"  # the component that holds all hidden ones of a person together
LACKING = "not saved, because too few gave it: {criterion} by {type}"
UNTOLD = "not told: raters were promised anonymity"
RECORDS = ("corrections", "deviations")
BLANK = ["value", "score", "contribution"]


def published_means(evaluation_scores: DataFrame) -> DataFrame:
    """The means of types of evaluators, without the score of those that are not shown."""
    shown = evaluation_scores["shown"].astype("boolean").fillna(False).astype(bool)
    return evaluation_scores.assign(score=evaluation_scores["score"].where(shown))


def published_scores(
    scores: DataFrame, scheme: Scheme, evaluation_scores: DataFrame | None
) -> DataFrame:
    """The components of scores, hidden means only together.

    Parameters
    ----------
    scores : DataFrame
        As `score_people` gives them.
    evaluation_scores : DataFrame
        As `combine_evaluations` gives them.

    Returns
    -------
    DataFrame
        The rows, those that rest on hidden means without value, score and contribution. What a
        person's hidden ones contribute stands in a component `not_shown`, after the others, so that
        the contributions still add up to the score.
    """
    scores = scores.reset_index(drop=True)
    hidden = ~scores.index.isin(shown_components(scores, scheme, evaluation_scores).index)
    sums = scores[hidden].groupby("employee_id")["contribution"].sum(min_count=1).dropna()
    if sums.empty:
        return scores
    together = sums.reset_index().assign(component_id=NOT_SHOWN)
    blanked = scores.assign(**{name: scores[name].mask(hidden) for name in BLANK})
    whole = pd.concat([blanked, together], ignore_index=True)
    return whole.sort_values("employee_id", kind="stable", ignore_index=True)


def untold(quality: DataFrame, tables: Mapping[str, DataFrame], scheme: Scheme) -> DataFrame:
    """The table data_quality without the ids of rows that raters gave who were promised anonymity.

    They hold the rater's; where a table has such rows, none of its examples is told, nor of the
    records that name rows of it.
    """
    rated = [
        name
        for name, frame in tables.items()
        if {"evaluator_id", "evaluator_type"} <= {*frame}
        and frame["evaluator_type"].isin(scheme.anonymous).any()
    ]
    naming = [*rated, *(RECORDS if rated else ())]
    hidden = quality["table"].isin(naming) & (quality["example_ids"] != "")
    return quality.assign(example_ids=quality["example_ids"].mask(hidden, UNTOLD))


def not_saved(published: DataFrame, scheme: Scheme) -> Series:
    """For each person, the means that a scheme would count and that were hidden when saved.

    `published` is as `published_means` gives it; the scheme may be another one.
    """
    weighted = {judged for judged, weight in judged_weights(scheme).items() if weight}
    counting = {kind.type for kind in scheme.evaluators if kind.hidden_counts.value}
    least = {kind.type: kind.shown_from.value for kind in scheme.evaluators}
    told: dict[str, list[str]] = {}
    for row in published[published["score"].isna()].itertuples():
        type, criterion = row.evaluator_type, row.criterion_id
        if (type, criterion) not in weighted:
            continue
        if type in counting or row.n_evaluators >= least[type]:
            text = LACKING.format(criterion=criterion, type=type)
            told.setdefault(row.employee_id, []).append(text)
    return Series({who: "; ".join(texts) for who, texts in told.items()}, dtype="str")
