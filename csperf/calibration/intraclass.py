"""Intraclass correlations: the share of the variance of scores that is of the people rated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from csperf.calibration.mean_squares import Model, complete, crossed, within_people
from csperf.calibration.rated import RATER, SCORE, UNIT, matrix, read_ratings
from csperf.mixed import fit_mixed

SQUARES, REML = "mean squares", "REML components"
NAMES = [  # McGraw and Wong's, and Shrout and Fleiss's, of one rating and of the mean of k
    (("ICC(1)", "ICC(1,1)"), ("ICC(k)", "ICC(1,k)")),
    (("ICC(C,1)", "ICC(3,1)"), ("ICC(C,k)", "ICC(3,k)")),
    (("ICC(A,1)", "ICC(2,1)"), ("ICC(A,k)", "ICC(2,k)")),
]
ICC_STATUS = {
    "ok": "nothing to say",
    "constant": "all scores are the same, so that there is no variance to share out",
    "no_spread": "people's means are nearly the same: no interval, no ratio to their variance",
    "perfect": "not one disagreement; how many there would be with more people is not known",
    "no_overlap": "nobody was rated twice",
    "no_rest": "not everybody was rated by all, and severity explains each difference: no share",
    "too_few": "not enough overlap to tell disagreement from severity",
    "disconnected": "some evaluators share no person with the rest, not even through others: their"
    " severity cannot be told from the quality of their people",
}
ONLY_PEOPLE = "score ~ 1 + (1|employee_id)"
CROSSED = "score ~ 1 + (1|employee_id) + (1|evaluator_id)"
COLUMNS = {
    **dict.fromkeys(("coefficient", "shrout_fleiss"), "str"),
    **dict.fromkeys(("n_targets", "n_raters", "n_scores"), "Int64"),
    **dict.fromkeys(("k", "estimate", "low", "high", "f", "df1", "df2", "p_value"), "float64"),
    **dict.fromkeys(("method", "status"), "str"),
}


def icc(
    frame: DataFrame,
    targets: str = "employee_id",
    raters: str = "evaluator_id",
    scores: str = "score",
) -> DataFrame:
    """How far scores tell people apart, whoever rates them: all six intraclass correlations.

    Which row answers which question:

    ICC(1), ICC(k)      everybody was rated by other evaluators, or it is not known by whom
    ICC(C,1), ICC(C,k)  would evaluators put people in the same order and at the same distances? A
                        harsh one may be harsh with everybody
    ICC(A,1), ICC(A,k)  would they give the same scores? Severity counts as error
    ..., 1              of the score of one evaluator
    ..., k              of the mean of the scores of k of them

    Parameters
    ----------
    frame : DataFrame
        A row for each score of one criterion; not everybody has to be rated by every evaluator.
    targets, raters, scores : str
        The columns of who is rated, who rates, and the number given.

    Returns
    -------
    DataFrame
        Six rows: coefficient (McGraw and Wong's name), shrout_fleiss, n_targets, n_raters,
        n_scores, k (ratings in the mean that the row is about), estimate, low and high (95 %),
        f, df1, df2, p_value (of no differences between people), method, status (a key of
        `ICC_STATUS`, which says why something is unknown).
        An estimate may be negative: people then differ less than disagreement alone would let them.
        A mean of k has no lower limit (-inf) where the data allow for no variance of means at all.

    Raises
    ------
    InputError
        A column is missing, an id is empty, a score is no number, a target has two scores of one
        rater, or there are fewer than two targets or raters.

    Notes
    -----
    Complete data: McGraw and Wong (1996, Psychological Methods 1, 30-46, as corrected on p. 390),
    with Satterthwaite's degrees of freedom for absolute agreement; where that estimate is negative,
    with those of zero, as his weights have to be positive. Incomplete data: `mean_squares`, from
    variance components by REML, where no estimate is below zero and k is the harmonic mean of
    ratings a person.
    """
    rated = read_ratings(frame, "icc", {UNIT: targets, RATER: raters, SCORE: scores})
    n, k = rated[UNIT].nunique(), rated[RATER].nunique()
    whole = len(rated) == n * k
    if rated[SCORE].nunique() == 1:
        models = [Model(status="constant")] * len(NAMES)
    else:
        models = list(complete(matrix(rated)[0]) if whole else _incomplete(rated, raters))
    averaged = k if whole else n / np.sum(1 / rated[UNIT].value_counts())
    rows = [
        {"coefficient": names[at][0], "shrout_fleiss": names[at][1], "k": m, **model.row(m)}
        for at, m in enumerate((1, averaged))
        for names, model in zip(NAMES, models, strict=True)
    ]
    told = {"n_targets": n, "n_raters": k, "n_scores": len(rated)}
    found = DataFrame(rows).assign(**told, method=SQUARES if whole else REML)
    return found.reindex(columns=[*COLUMNS]).astype(COLUMNS)


def _incomplete(rated: DataFrame, raters: str) -> Iterator[Model]:
    """One-way, consistency and agreement where not everybody was rated by everybody."""
    (person, people), (evaluator, others) = (pd.factorize(rated[role]) for role in (UNIT, RATER))
    score, (n, k) = rated[SCORE].to_numpy(), (len(people), len(others))
    if len(score) == n:
        yield from [Model(status="no_overlap")] * 3
        return
    alone = within_people(person, score)
    if alone.rest == 0:
        yield from [alone.model(1.0, 0.0)] * 3
        return
    yield alone.model(**_components(rated, ONLY_PEOPLE))
    links = coo_matrix((np.ones(len(score)), (person, n + evaluator)), (n + k, n + k))
    if connected_components(links, directed=False)[0] > 1:
        yield from [Model(status="disconnected")] * 2
    elif len(score) < n + k:
        yield from [Model(status="too_few")] * 2
    else:
        both = crossed(person, evaluator, score)
        if both.rest == 0:
            yield from [both.model(1.0, 0.0), Model(status="no_rest")]
            return
        variances = _components(rated, CROSSED)
        yield both.model(variances["people"], variances["rest"])
        yield both.model(**variances)


def _components(rated: DataFrame, formula: str) -> dict[str, float]:
    """Variances of people, of the rest and, if the formula has them, of raters."""
    frame = DataFrame(
        {
            "employee_id": rated[UNIT].astype("str"),
            "evaluator_id": rated[RATER].astype("str"),
            "score": rated[SCORE],
        }
    )
    found = fit_mixed(frame, formula, reml=True).components.set_index("component")["variance"]
    names = {"employee_id": "people", "evaluator_id": "raters", "residual": "rest"}
    return {names[name]: float(variance) for name, variance in found.items()}
