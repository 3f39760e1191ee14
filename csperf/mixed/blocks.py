"""Crossproducts of the random effects, laid out so that most of them can be eliminated cheaply.

One factor is chosen, employees say. Everything nested in it (employees, and employee:criterion ...)
falls into one small dense block an employee, the clusters; they are eliminated first, many at a
time. What is left, the rest, is one dense matrix of the other factors (evaluators, criteria).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from scipy import sparse

from csperf.errors import InputError, Problem
from csperf.mixed.batches import Layout, lay_out
from csperf.mixed.design import Design, Group, is_nested

LARGEST_REST = 15_000


@dataclass(frozen=True)
class Blocks:
    """Crossproducts of a design; eliminated columns first, then the rest.

    `places[g]` is the levels x effects array of the columns of group g. `x` and `y` are replaced by
    the orthonormal columns of X (X = x @ unmix) and by what X leaves of y (y - X @ start), which
    changes no estimate and keeps digits.
    """

    groups: tuple[Group, ...]
    names: tuple[str, ...]
    n: int
    places: tuple[ndarray, ...]
    eliminated: int
    rest_groups: tuple[int, ...]
    layout: Layout
    z: sparse.csr_matrix
    zz: sparse.csr_matrix
    rest: ndarray
    x: ndarray
    y: ndarray
    unmix: ndarray
    start: ndarray
    z_xy: ndarray
    xy: ndarray

    @property
    def size(self) -> int:
        """Number of random effects."""
        return self.z.shape[1]

    @property
    def entries(self) -> list[tuple[int, int, int]]:
        """Group, row and column of each free entry of the relative Cholesky factors."""
        return [(at, *cell) for at, group in enumerate(self.groups) for cell in group.pattern]


def blocks(design: Design) -> Blocks:
    """Choose what to eliminate and lay the crossproducts out for it."""
    groups = design.groups
    cluster, inside = _choose(groups)
    order, places = _ordered(groups, cluster, inside)
    z = _columns(groups)[:, order].tocsr()
    eliminated = sum(group.size for group, within in zip(groups, inside, strict=True) if within)
    zz = (z.T @ z).tocsr()
    zz.sort_indices()
    x, unmix = np.linalg.qr(design.x)
    start = np.linalg.solve(unmix, x.T @ design.y)
    y = design.y - design.x @ start
    y = y - x @ (x.T @ y)  # once more, for the digits that a large mean took away
    together = np.column_stack([x, y])
    owner = _owners(groups, places, cluster, eliminated)
    layout = lay_out(zz, owner, _entries(groups, places, eliminated))
    return Blocks(
        groups,
        design.names,
        len(y),
        places,
        eliminated,
        tuple(at for at, within in enumerate(inside) if not within),
        layout,
        z,
        zz,
        zz[eliminated:, eliminated:].toarray(),
        x,
        y,
        unmix,
        start,
        z.T @ together,
        together.T @ together,
    )


def _choose(groups: tuple[Group, ...]) -> tuple[ndarray, list[bool]]:
    """The factor whose elimination is cheapest, and which groups are nested in it."""
    found = []
    for candidate in groups:
        cluster = candidate.codes
        inside = [is_nested(group.codes, cluster) for group in groups]
        rest = sum(g.size for g, within in zip(groups, inside, strict=True) if not within)
        height = np.zeros(cluster.max() + 1)
        width = np.zeros(cluster.max() + 1)
        for group, within in zip(groups, inside, strict=True):
            size = len(group.levels)
            pairs = sparse.csr_matrix(
                (np.ones(len(cluster)), (cluster, group.codes)), shape=(len(height), size)
            )
            seen = np.diff(pairs.indptr) * len(group.names)
            height += seen * within
            width += seen * (not within)
        cost = rest**3 + (height * (height + width) ** 2).sum()
        found.append((cost, rest, cluster, inside))
    cost, rest, cluster, inside = min(found, key=lambda choice: choice[0])
    if rest > LARGEST_REST:
        raise InputError(
            Problem(
                "fit_mixed",
                f"{rest} random effects are crossed with the largest factor and would fill "
                f"{8 * rest**2 / 1e9:.0f} GB",
                f"leave an interaction out; up to {LARGEST_REST} are taken",
            )
        )
    return cluster, inside


def _ordered(
    groups: tuple[Group, ...], cluster: ndarray, inside: list[bool]
) -> tuple[ndarray, tuple[ndarray, ...]]:
    """Order of the columns (clusters one after the other, then the rest), and where each went."""
    keys, at = [], 0
    for group, within in zip(groups, inside, strict=True):
        owner = np.full(len(group.levels), cluster.max() + 1)
        if within:
            owner[group.codes] = cluster
        keys.append(np.repeat(owner, len(group.names)))
    order = np.argsort(np.concatenate(keys), kind="stable")
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    places = []
    for group in groups:
        places.append(place[at : at + group.size].reshape(len(group.levels), -1))
        at += group.size
    return order, tuple(places)


def _columns(groups: tuple[Group, ...]) -> sparse.csc_matrix:
    """Z: a row's values stand under the effects of its levels."""
    parts = []
    for group in groups:
        n, q = group.columns.shape
        indices = (group.codes[:, None] * q + np.arange(q)).ravel()
        matrix = (group.columns.ravel(), indices, np.arange(0, n * q + 1, q))
        parts.append(sparse.csr_matrix(matrix, shape=(n, group.size)))
    return sparse.hstack(parts, format="csc")


def _owners(
    groups: tuple[Group, ...], places: tuple[ndarray, ...], cluster: ndarray, eliminated: int
) -> ndarray:
    """Cluster of each eliminated column."""
    owner = np.empty(eliminated, dtype=np.intp)
    for group, place in zip(groups, places, strict=True):
        if place[0, 0] < eliminated:
            owner[place[group.codes]] = cluster[:, None]
    return owner


def _entries(
    groups: tuple[Group, ...], places: tuple[ndarray, ...], eliminated: int
) -> sparse.csr_matrix:
    """Which free entry of the relative Cholesky factors stands at (row, column), from 1."""
    rows, columns, values = [], [], []
    number = 0
    for group, place in zip(groups, places, strict=True):
        for row, column in group.pattern:
            number += 1
            if place[0, 0] < eliminated:
                rows.append(place[:, row])
                columns.append(place[:, column])
                values.append(np.full(len(place), number))
    cells = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_matrix((np.concatenate(values), cells), shape=(eliminated, eliminated))
