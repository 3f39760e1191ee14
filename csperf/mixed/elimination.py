"""Cholesky factorisation of A = Lambda'Z'Z Lambda + I by clusters, and what is solved with it.

Lambda holds the relative Cholesky factor of each group once a level. Clusters go first, then the
rest: the Schur complement is that of the plain crossproducts, and the factors of the rest are put
around it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from scipy import sparse
from scipy.linalg import cholesky, lapack, solve_triangular

from csperf.mixed.blocks import Blocks


@dataclass(frozen=True)
class Factored:
    """A, factored.

    factors : the relative Cholesky factors, one lower triangle a group.
    halves : Lambda' of the clusters of each batch.
    inverses : of the Cholesky factors of the clusters of each batch.
    between : L^-1 Lambda'Z'Z from eliminated columns to the rest, without the rest's factors.
    corner : lower Cholesky factor of the rest.
    """

    blocks: Blocks
    factors: tuple[ndarray, ...]
    halves: tuple[ndarray, ...]
    inverses: tuple[ndarray, ...]
    between: sparse.csr_matrix | ndarray
    corner: ndarray
    log_det: float


def factored(blocks: Blocks, theta: ndarray) -> Factored:
    """A factored at theta, the free entries of the relative Cholesky factors."""
    factors = unpack(blocks, theta)
    layout, inverses, log_det = blocks.layout, [], 0.0
    halves = tuple(local.transpose(0, 2, 1) for local in local_factors(blocks, theta))
    values = np.zeros(layout.indptr[-1] + 1)
    for batch, half in zip(layout.batches, halves, strict=True):
        a = half @ batch.within @ half.transpose(0, 2, 1) + np.eye(half.shape[1])
        lower = np.linalg.cholesky(a)
        log_det += 2 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum()
        inverse = 1 / lower if half.shape[1] == 1 else np.linalg.inv(lower)
        inverses.append(inverse)
        values[batch.slots] = inverse @ half @ batch.across
    between = layout.matrix(values)
    product = between.T @ between
    schur = blocks.rest - (product if layout.dense else product.toarray())
    corner = _around(blocks, factors, schur)
    if len(corner):
        corner[np.diag_indices_from(corner)] += 1
        corner = cholesky(corner, lower=True, overwrite_a=True, check_finite=False)
        log_det += 2 * np.log(np.diag(corner)).sum()
    return Factored(blocks, factors, halves, tuple(inverses), between, corner, float(log_det))


def unpack(blocks: Blocks, theta: ndarray) -> tuple[ndarray, ...]:
    """One lower triangle a group."""
    factors = [np.zeros((len(group.names),) * 2) for group in blocks.groups]
    for value, (group, row, column) in zip(theta, blocks.entries, strict=True):
        factors[group][row, column] = value
    return tuple(factors)


def local_factors(blocks: Blocks, theta: ndarray) -> list[ndarray]:
    """Lambda of the clusters of each batch."""
    known = np.concatenate([[0.0], theta])
    return [known[batch.entry] for batch in blocks.layout.batches]


def to_effects(blocks: Blocks, factors: tuple[ndarray, ...], u: ndarray) -> ndarray:
    """Lambda u, for one column of u or several."""
    out = np.empty_like(u)
    for place, factor in zip(blocks.places, factors, strict=True):
        out[place] = np.einsum("ab,mb...->ma...", factor, u[place])
    return out


def forward(a: Factored, columns: ndarray, products: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """L^-1 Lambda' of Z'D, by clusters and rest, and D'V^-1 D; `products` are D'D."""
    blocks = a.blocks
    eliminated = blocks.layout.shape[0]
    first = _by_cluster(a, columns[:eliminated], transposed=False)
    last = _rest(blocks, a.factors, columns[eliminated:] - a.between.T @ first)
    if len(a.corner):
        last = solve_triangular(a.corner, last, lower=True, check_finite=False)
    return first, last, products - first.T @ first - last.T @ last


def backward(a: Factored, first: ndarray, last: ndarray) -> ndarray:
    """L'^-1 of what `forward` gave: A^-1 Lambda'Z'D."""
    if len(a.corner):
        last = solve_triangular(a.corner, last, lower=True, trans="T", check_finite=False)
    first = first - a.between @ _rest(a.blocks, a.factors, last, back=True)
    return np.vstack([_by_cluster(a, first, transposed=True), last])


def spread_of_z(a: Factored) -> tuple[sparse.csr_matrix, ndarray]:
    """Z'V^-1 Z as a sparse matrix B less N'N; N has a row for each random effect of the rest.

    B is Z'V^-1 Z with the clusters alone in V.
    """
    blocks = a.blocks
    eliminated = blocks.layout.shape[0]
    values, rows, columns = [np.empty(0)], [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    batches = zip(blocks.layout.batches, a.inverses, a.halves, strict=True)
    for batch, inverse, half in batches:
        square = inverse @ half
        real = np.broadcast_to(batch.rows[:, :, None] < eliminated, square.shape)
        real = real & real.transpose(0, 2, 1)
        values.append(square[real])
        rows.append(np.broadcast_to(batch.rows[:, :, None], square.shape)[real])
        columns.append(np.broadcast_to(batch.rows[:, None, :], square.shape)[real])
    cells = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    first = sparse.csr_matrix(cells, shape=(eliminated,) * 2) @ blocks.zz[:eliminated]
    inner = (blocks.zz - first.T @ first).tocsr()
    outer = _rest(blocks, a.factors, inner[eliminated:].toarray())
    if len(a.corner):
        outer = solve_triangular(a.corner, outer, lower=True, check_finite=False)
    return inner, outer


def inverse_blocks(a: Factored) -> tuple[list[ndarray], ndarray]:
    """A^-1 within each cluster of each batch, and within the rest."""
    layout, rest = a.blocks.layout, a.corner
    if len(rest):
        half, _ = lapack.dpotri(a.corner, lower=1)
        rest = half + half.T
        rest[np.diag_indices_from(rest)] /= 2
    spread = _around(a.blocks, a.factors, rest, back=True)
    values = np.append(a.between.ravel() if layout.dense else a.between.data, 0.0)
    seen = _padded(a.between @ spread) if layout.dense else None
    clusters = []
    for batch, inverse in zip(layout.batches, a.inverses, strict=True):
        w, c = values[batch.slots], batch.columns
        if seen is None and c.shape[1]:
            across = w @ spread[c[:, :, None], c[:, None, :]]
        else:
            across = w if seen is None else seen[batch.rows]
        inner = across @ w.transpose(0, 2, 1) + np.eye(w.shape[1])
        clusters.append(inverse.transpose(0, 2, 1) @ inner @ inverse)
    return clusters, rest


def _by_cluster(a: Factored, columns: ndarray, transposed: bool) -> ndarray:
    """L^-1 Lambda' of the clusters times columns; transposed, L'^-1 times them."""
    padded = _padded(columns)
    out = np.empty_like(padded)
    batches = zip(a.blocks.layout.batches, a.inverses, a.halves, strict=True)
    for batch, inverse, half in batches:
        local = padded[batch.rows]
        out[batch.rows] = (
            inverse.transpose(0, 2, 1) @ local if transposed else inverse @ (half @ local)
        )
    return out[:-1]


def _padded(columns: ndarray) -> ndarray:
    """With a row of zeros at the end, where the padding of the batches points."""
    return np.vstack([columns, np.zeros((1, columns.shape[1]))])


def _rest(
    blocks: Blocks, factors: tuple[ndarray, ...], matrix: ndarray, back: bool = False
) -> ndarray:
    """Lambda' of the rest times a matrix, or with `back` Lambda times it."""
    out = np.empty(matrix.shape)
    for at in blocks.rest_groups:
        factor = factors[at] if back else factors[at].T
        place = blocks.places[at] - blocks.layout.shape[0]
        out[place] = np.einsum("ab,mbk->mak", factor, matrix[place])
    return out


def _around(
    blocks: Blocks, factors: tuple[ndarray, ...], matrix: ndarray, back: bool = False
) -> ndarray:
    """Lambda' M Lambda of the rest for a symmetric M, or with `back` Lambda M Lambda'."""
    if any(factors[at].size > 1 for at in blocks.rest_groups):
        return _rest(blocks, factors, _rest(blocks, factors, matrix, back).T, back)
    scale = np.empty(len(matrix))
    for at in blocks.rest_groups:
        scale[blocks.places[at] - blocks.layout.shape[0]] = factors[at]
    out = matrix * scale
    out *= scale[:, None]
    return out
