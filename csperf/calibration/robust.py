"""Standard errors that allow for ratings that belong together.

Eight criteria on one form are no eight facts: whoever read the case well, or had a bad day, shows
on all of them. The sandwich of Liang and Zeger (1986), Biometrika 73, takes what belongs together
as one.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from csperf.calibration.joint import Joint, JointModel
from csperf.calibration.rasch import Floats, moments, parts, weights_of
from csperf.calibration.ratings import Ratings, Whole


def clusters_of(ratings: Ratings, by: str) -> Whole:
    """The number of the cluster of each rating: its employee, or its form."""
    key = ratings.elements[0]
    if by == "form":
        key = key * ratings.n(1) + ratings.elements[1]
    return np.unique(key, return_inverse=True)[1]


def sandwich(covariance: Floats, scores: Floats | csr_array) -> Floats:
    """Covariance from the scores of clusters (cluster, parameter).

    With n clusters and k free parameters it is enlarged by n / (n - k), as residuals are smaller
    than errors by what the parameters took up.
    """
    meat = scores.T @ scores
    meat = meat if isinstance(meat, np.ndarray) else meat.toarray()
    n = int((abs(scores).sum(axis=1) > 0).sum())
    free = int(np.linalg.matrix_rank(covariance, hermitian=True))
    return covariance @ meat @ covariance * (n / max(n - free, 1))


def joint_scores(model: JointModel, found: Joint, clusters: Whole) -> csr_array:
    """Scores of clusters on all parameters but the employees', with these eliminated."""
    ratings, layout = model.ratings, model.layout
    weights = weights_of(layout.thresholds(found.values))
    eta = model.eta(found.theta, found.values)
    off, ahead = np.empty(ratings.size), np.empty((ratings.steps, ratings.size))
    for scale, part in parts(ratings):
        each = moments(eta[part], weights[scale])
        off[part] = ratings.category[part] - each.expected
        marks = ratings.category[part] > np.arange(ratings.steps)[:, None]
        ahead[:, part] = each.reached - marks
    rows, columns, values = [], [], []
    for facet in range(1, len(ratings.facets)):
        rows.append(clusters)
        columns.append(layout.starts[facet - 1] + ratings.elements[facet])
        values.append(-off)
    first = layout.starts[-1] + ratings.scale * ratings.steps
    for m in range(ratings.steps):
        rows.append(clusters)
        columns.append(first + m)
        values.append(ahead[m])
    n = int(clusters.max()) + 1
    place = (np.concatenate(rows), np.concatenate(columns))
    own = csr_array((np.concatenate(values), place), shape=(n, layout.size))
    mine = csr_array((-off, (clusters, ratings.elements[0])), shape=(n, ratings.n(0)))
    scores = own - mine @ (diags_array(1 / found.sums.diagonal) @ found.sums.across)
    # An employee's own measure takes up as much as one of the clusters says.
    pairs = np.unique(np.column_stack([ratings.elements[0], clusters]), axis=0)
    each = np.bincount(pairs[:, 0])[pairs[:, 0]]
    more = np.sqrt(each / np.maximum(each - 1, 1))
    return diags_array(more[np.argsort(pairs[:, 1])]) @ scores
