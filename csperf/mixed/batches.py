"""Clusters of about the same size stacked into one array, so that one call works on all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from scipy import sparse

LARGEST_BATCH = 1 << 22  # numbers in one padded array
DENSE_FROM = 0.3  # share of filled cells from which a dense product is the quicker one


@dataclass(frozen=True)
class Batch:
    """k clusters, padded with zeros to b eliminated columns and c columns of the rest.

    rows, columns : which columns they are, (k, b) and (k, c); padding of rows is the number of
        eliminated columns, padding of columns 0.
    within, across : crossproducts, (k, b, b) and (k, b, c).
    entry : (k, b, b), which free entry of the relative Cholesky factors stands there, from 1.
    slots : (k, b, c), where the values stand in the sparse matrix; one past its end is padding.
    """

    rows: ndarray
    columns: ndarray
    within: ndarray
    across: ndarray
    entry: ndarray
    slots: ndarray


@dataclass(frozen=True)
class Layout:
    """The batches, and the pattern of the matrix between eliminated columns and the rest."""

    batches: tuple[Batch, ...]
    indices: ndarray
    indptr: ndarray
    shape: tuple[int, int]
    dense: bool

    def matrix(self, values: ndarray) -> sparse.csr_matrix | ndarray:
        """Values in their slots as a matrix, dense where most cells are filled."""
        if self.dense:
            return values[:-1].reshape(self.shape)
        return sparse.csr_matrix((values[:-1], self.indices, self.indptr), shape=self.shape)


@dataclass(frozen=True)
class _Clusters:
    """Where each cluster's rows, columns of the rest and crossproducts begin, and how many."""

    height: ndarray
    width: ndarray
    first_row: ndarray
    first_column: ndarray
    touched: ndarray
    first_slot: ndarray


def lay_out(zz: sparse.csr_matrix, owner: ndarray, entry: sparse.csr_matrix) -> Layout:
    """Batches of the eliminated columns, which `owner` sorts into clusters.

    zz are the crossproducts of all columns, the eliminated ones first; entry marks the cells that
    hold a free entry of the relative Cholesky factors.
    """
    eliminated = len(owner)
    rest = zz.shape[0] - eliminated
    within = zz[:eliminated, :eliminated].tocsr()
    across = zz[:eliminated, eliminated:].tocsr()
    height = np.bincount(owner)
    rows = np.repeat(np.arange(eliminated), np.diff(across.indptr))
    touched = _sorted_once(owner[rows] * rest + across.indices.astype(np.int64))
    filled = height[touched // max(rest, 1)].sum()
    dense = bool(filled > DENSE_FROM * eliminated * rest)
    if dense:
        touched = np.arange(len(height) * rest)
    width = np.bincount(touched // max(rest, 1), minlength=len(height))
    indptr = _starts(np.repeat(width, height))
    first_column, first_row = _starts(width), _starts(height)
    clusters = _Clusters(height, width, first_row, first_column, touched, indptr)
    shapes = np.column_stack([_rounded(height), width if dense else _rounded(width)])
    batches = []
    for b, c in np.unique(shapes, axis=0):
        chosen = np.flatnonzero((shapes == (b, c)).all(axis=1))
        most = max(1, LARGEST_BATCH // max(b * b, b * c, 1 if dense else c * c))
        for at in range(0, len(chosen), most):
            some = chosen[at : at + most]
            batches.append(_batch(some, int(b), int(c), clusters, within, across, entry))
    each = _ranges(np.repeat(first_column[:-1], height), np.repeat(width, height))
    indices = touched[each] % max(rest, 1)
    return Layout(tuple(batches), indices, indptr, (eliminated, rest), dense)


def _batch(
    chosen: ndarray,
    b: int,
    c: int,
    clusters: _Clusters,
    within: sparse.csr_matrix,
    across: sparse.csr_matrix,
    entry: sparse.csr_matrix,
) -> Batch:
    height, width = clusters.height[chosen], clusters.width[chosen]
    real_row = np.arange(b) < height[:, None]
    real_column = np.arange(c) < width[:, None]
    eliminated, rest = across.shape
    rows = clusters.first_row[chosen][:, None] + np.arange(b)
    columns = np.zeros((len(chosen), c), dtype=np.intp)
    each = _ranges(clusters.first_column[chosen], width)
    columns[real_column] = clusters.touched[each] % max(rest, 1)
    start = clusters.first_slot[np.where(real_row, rows, 0)]
    real = real_row[:, :, None] & real_column[:, None, :]
    slots = np.where(real, start[:, :, None] + np.arange(c), clusters.first_slot[-1])
    square = np.zeros((2, len(chosen), b, b))
    for into, matrix in zip(square, (within, entry), strict=True):
        k, row, column, values = _cells(matrix, chosen, clusters)
        into[k, row, column - clusters.first_row[chosen][k]] = values
    beside = np.zeros((len(chosen), b, c))
    k, row, column, values = _cells(across, chosen, clusters)
    code = chosen[k] * np.int64(rest) + column
    local = np.searchsorted(clusters.touched, code) - clusters.first_column[chosen][k]
    beside[k, row, local] = values
    rows = np.where(real_row, rows, eliminated)
    return Batch(rows, columns, square[0], beside, square[1].astype(np.intp), slots)


def _cells(
    matrix: sparse.csr_matrix, chosen: ndarray, clusters: _Clusters
) -> tuple[ndarray, ndarray, ndarray, ndarray]:
    """Filled cells of some clusters: which of them, row within it, column, value."""
    first, last = clusters.first_row[chosen], clusters.first_row[chosen + 1]
    rows = _ranges(first, last - first)
    counts = np.diff(matrix.indptr)[rows]
    cells = _ranges(matrix.indptr[rows], counts)
    k = np.repeat(np.repeat(np.arange(len(chosen)), last - first), counts)
    row = np.repeat(rows, counts) - first[k]
    return k, row, matrix.indices[cells], matrix.data[cells]


def _ranges(starts: ndarray, counts: ndarray) -> ndarray:
    """start, start + 1, ... of each range, one range after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - counts), counts)


def _sorted_once(codes: ndarray) -> ndarray:
    """What `np.unique` gives; on integers in near order it takes ten times as long."""
    ordered = np.sort(codes)
    return ordered[np.diff(ordered, prepend=-1) > 0]


def _starts(counts: ndarray) -> ndarray:
    """Where each of several runs begins, and where the last ends."""
    return np.concatenate([[0], np.cumsum(counts)])


def _rounded(sizes: ndarray) -> ndarray:
    """Sizes rounded up to 0 ... 8, 10, 12, 14, 16, 20, ...: few shapes, little padding."""
    step = 2 ** np.maximum(np.floor(np.log2(np.maximum(sizes, 1))).astype(int) - 2, 0)
    return -(-sizes // step) * step
