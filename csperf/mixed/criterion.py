"""The profiled deviance of a linear mixed model, its gradient and its average information.

Bates, Maechler, Bolker and Walker (2015), Fitting linear mixed-effects models using lme4, Journal
of Statistical Software 67(1): b = Lambda u, and u and beta solve

    [ Lambda'Z'Z Lambda + I   Lambda'Z'X ] [ u    ]   [ Lambda'Z'y ]
    [ X'Z Lambda              X'X        ] [ beta ] = [ X'y        ]

A is the upper left block. With V = I + Z Lambda Lambda' Z' (relative to the residual variance) the
derivatives need only the blocks on the diagonal of A^-1, since Lambda'Z' V^-1 Z Lambda = I - A^-1.
The average information (Gilmour, Thompson and Cullis 1995, Biometrics 51, 1440-1450) is the mean
of the observed and the expected one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from csperf.mixed.blocks import Blocks
from csperf.mixed.elimination import (
    Factored,
    backward,
    factored,
    forward,
    inverse_blocks,
    to_effects,
)


@dataclass(frozen=True)
class State:
    """The model solved at given relative Cholesky factors.

    root : lower Cholesky factor of X'V^-1 X.
    seen : A^-1 Lambda'Z'X.
    rss : penalised residual sum of squares, y'P y.
    """

    a: Factored
    root: ndarray
    seen: ndarray
    beta: ndarray
    u: ndarray
    rss: float
    dof: int
    deviance: float

    @property
    def variance(self) -> float:
        """Residual variance."""
        return self.rss / self.dof


@dataclass(frozen=True)
class Slope:
    """How the deviance changes with theta, the free entries of the relative Cholesky factors.

    information : average information of theta; with `cross` (theta and the log of the residual
        variance) and dof (that log itself) half the second derivative's expected part.
    curvature : what the gradient itself adds to the second derivative while it is not zero.
    clusters, rest : A^-1 within each cluster of each batch and within the rest.
    """

    gradient: ndarray
    information: ndarray
    cross: ndarray
    curvature: ndarray
    clusters: list[ndarray]
    rest: ndarray


def solve(blocks: Blocks, theta: ndarray, reml: bool) -> State:
    """Deviance and solution at theta."""
    a = factored(blocks, theta)
    first, last, left = forward(a, blocks.z_xy, blocks.xy)
    p = blocks.x.shape[1]
    root = np.linalg.cholesky(left[:p, :p])
    right = np.linalg.solve(root, left[:p, p])
    beta = np.linalg.solve(root.T, right)
    rss = max(float(left[p, p] - right @ right), np.finfo(float).tiny)
    dof = blocks.n - p if reml else blocks.n
    deviance = a.log_det + dof * (1 + np.log(2 * np.pi * rss / dof))
    if reml:
        deviance += 2 * np.log(np.abs(np.diag(root) * np.diag(blocks.unmix))).sum()
    solved = backward(a, first, last)
    seen, u = solved[:, :p], solved[:, p] - solved[:, :p] @ beta
    return State(a, root, seen, beta, u, rss, dof, float(deviance))


def slope(state: State, reml: bool) -> Slope:
    """Gradient, average information and curvature at a solution.

    The gradient by Psi = Lambda Lambda' of one level is G = sum of Z'V^-1 Z (for REML Z'P Z) less
    the scores Z'P y squared over the residual variance, and by Lambda 2 G Lambda.
    """
    blocks = state.a.blocks
    clusters, rest = inverse_blocks(state.a)
    traces = _traces(blocks, clusters, rest)
    whitened = np.linalg.solve(state.root, state.seen.T).T if reml else None
    by_factor, by_psi, scores = [], [], []
    for at, (place, factor) in enumerate(zip(blocks.places, state.a.factors, strict=True)):
        u = state.u[place]
        net = len(place) * np.eye(len(factor)) - traces[at] - u.T @ u / state.variance
        if whitened is not None:
            net -= np.einsum("mak,mbk->ab", whitened[place], whitened[place])
        free = _free(blocks, at)
        half = np.linalg.solve(factor.T, np.where(free | free.T, net, 0.0))
        by_factor.append(2 * half)
        squared = np.linalg.solve(factor.T, half.T)
        by_psi.append((squared + squared.T) / 2)
        scores.append(np.linalg.solve(factor.T, u.T).T)
    gradient = np.array([by_factor[group][row, column] for group, row, column in blocks.entries])
    information, cross = _average_information(state, scores)
    return Slope(gradient, information, cross, _curvature(blocks, by_psi), clusters, rest)


def _free(blocks: Blocks, group: int) -> ndarray:
    """Where the group's relative Cholesky factor has free entries."""
    size = len(blocks.groups[group].names)
    free = np.zeros((size, size), dtype=bool)
    for row, column in blocks.groups[group].pattern:
        free[row, column] = True
    return free


def _traces(blocks: Blocks, clusters: list[ndarray], rest: ndarray) -> list[ndarray]:
    """Sum over levels of the blocks on the diagonal of A^-1."""
    sums = np.zeros(len(blocks.entries) + 1)
    for batch, values in zip(blocks.layout.batches, clusters, strict=True):
        sums += np.bincount(batch.entry.ravel(), values.ravel(), minlength=len(sums))
    traces = [np.zeros((len(group.names),) * 2) for group in blocks.groups]
    for value, (group, row, column) in zip(sums[1:], blocks.entries, strict=True):
        if group in blocks.rest_groups:
            place = blocks.places[group] - blocks.layout.shape[0]
            value = rest[place[:, row], place[:, column]].sum()
        traces[group][row, column] = traces[group][column, row] = value
    return traces


def _average_information(state: State, scores: list[ndarray]) -> tuple[ndarray, ndarray]:
    """That of theta, y'P V_i P V_j P y, and y'P V_i P y; both over the residual variance.

    V_i P y = Z d(Lambda Lambda') Z'P y are random effects of their own, the `moves`.
    """
    blocks = state.a.blocks
    moves = np.zeros((blocks.size, len(blocks.entries)))
    every = np.empty(blocks.size)
    for at, (group, row, column) in enumerate(blocks.entries):
        place, score = blocks.places[group], scores[group]
        moves[place[:, row], at] += state.u[place[:, column]]
        moves[place, at] += score[:, [row]] * state.a.factors[group][:, column]
        every[place] = score
    columns = blocks.zz @ moves
    _, _, left = forward(state.a, columns, moves.T @ columns)
    p = blocks.x.shape[1]
    by_x = blocks.z_xy[:, :p].T @ moves
    by_x -= to_effects(blocks, state.a.factors, state.seen).T @ columns
    by_x = np.linalg.solve(state.root, by_x)
    return (left - by_x.T @ by_x) / state.variance, every @ moves / state.variance


def _curvature(blocks: Blocks, by_psi: list[ndarray]) -> ndarray:
    """Second derivative of Lambda Lambda' weighted by its gradient, as far as it is positive."""
    positive = []
    for matrix in by_psi:
        values, vectors = np.linalg.eigh(matrix)
        positive.append((vectors * np.maximum(values, 0)) @ vectors.T)
    out = np.zeros((len(blocks.entries),) * 2)
    for i, (group, row, column) in enumerate(blocks.entries):
        for j, (other, beside, under) in enumerate(blocks.entries):
            if group == other and column == under:
                out[i, j] = 2 * positive[group][row, beside]
    return out
