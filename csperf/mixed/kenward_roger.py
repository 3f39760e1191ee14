"""Kenward and Roger's covariance of the fixed effects, for variances that few levels tell.

Kenward and Roger (1997), Small sample inference for fixed effects from restricted maximum
likelihood, Biometrics 53, 983-997; as in R's pbkrtest (Halekoh and Hojsgaard 2014, A Kenward-Roger
approximation and parametric bootstrap methods for tests in linear mixed models, Journal of
Statistical Software 59(9)). V = sum of sigma_r G_r is linear in the elements of the covariances of
the random effects, G_r = Z K_r Z' with K_r ones where element r stands, and

    P_r  = X'V^-1 G_r V^-1 X           Q_rs = X'V^-1 G_r V^-1 G_s V^-1 X
    W    = 2 I^-1,   I_rs = tr V^-1 G_r V^-1 G_s - 2 tr Phi Q_rs + tr Phi P_r Phi P_s
    adjusted = Phi + 2 Phi [sum of W_rs (Q_rs - P_r Phi P_s)] Phi

The result is the same for any parameters in which V is linear. So the residual variance is replaced
by the scale of V, whose G is V itself: it adds nothing to the sum, and everything else needs only
T = Z'V^-1 X and S = Z'V^-1 Z, which has a row for each random effect instead of each observation.
S is sparse within the clusters that are eliminated, less N'N with a row of N for each of the rest.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray
from scipy import sparse

from csperf.mixed.blocks import Blocks
from csperf.mixed.criterion import State
from csperf.mixed.elimination import spread_of_z, to_effects
from csperf.mixed.inference import KENWARD_ROGER, Inference

QUICK = 3e10  # products of numbers: some seconds on one core


def is_quick(blocks: Blocks) -> bool:
    """Whether the matrices of the random effects are small or sparse enough to take seconds."""
    count, rest = len(blocks.entries), len(blocks.rest)
    return count * rest**2 * blocks.size + count**2 * blocks.size * blocks.x.shape[1] < QUICK


def kenward_roger(state: State, estimate: ndarray) -> Inference:
    """Covariance, its adjustment and what degrees of freedom need, from a solution by REML."""
    blocks = state.a.blocks
    n, p = blocks.x.shape
    inner, outer = spread_of_z(state.a)
    effects = to_effects(blocks, state.a.factors, state.seen)
    t = blocks.z_xy[:, :p] - blocks.zz @ effects
    half = np.linalg.inv(state.root)
    phi = half.T @ half
    directions = element_directions(blocks)
    moved = np.array([k @ t for k in directions])  # K_r T
    ahead = np.array([inner @ each - outer.T @ (outer @ each) for each in moved])  # S K_r T
    first = np.einsum("qa,rqb->rab", t, moved)
    second = np.einsum("rqa,sqb->rsab", moved, ahead)
    pairs = np.einsum("rab,bc,scd->rsad", first, phi, first)
    whole, single = _traces(directions, inner, outer)
    count = len(directions)
    information = np.empty((count + 1, count + 1))
    information[:-1, :-1] = whole - np.einsum("ab,rsba->rs", phi, 2 * second - pairs)
    information[:-1, -1] = information[-1, :-1] = single - np.einsum("ab,rba->r", phi, first)
    information[-1, -1] = n - p
    w = 2 * _inverse(information)
    more = np.einsum("rs,rsab->ab", w[:-1, :-1], second - pairs)
    moves = np.concatenate([phi @ first @ phi, phi[None]])
    adjusted = phi + phi @ (more + more.T) @ phi
    back = np.linalg.inv(blocks.unmix)
    phi, adjusted, moves = (state.variance * back @ m @ back.T for m in (phi, adjusted, moves))
    return Inference(KENWARD_ROGER, estimate, phi, adjusted, moves, w)


def element_directions(blocks: Blocks) -> list[sparse.csr_matrix]:
    """K_r: ones where element r of a group's covariance stands, once a level."""
    found = []
    for group, row, column in blocks.entries:
        place = blocks.places[group]
        rows, columns = place[:, row], place[:, column]
        if row != column:
            rows, columns = np.append(rows, columns), np.append(columns, rows)
        cells = (np.ones(len(rows)), (rows, columns))
        found.append(sparse.csr_matrix(cells, shape=(blocks.size,) * 2))
    return found


def _traces(
    directions: list[sparse.csr_matrix], inner: sparse.csr_matrix, outer: ndarray
) -> tuple[ndarray, ndarray]:
    """Tr S K_r S K_s and tr S K_r, with S = inner - outer'outer."""
    count = len(directions)
    whole = np.empty((count, count))
    sides = [k @ inner for k in directions]
    beside = [(k @ outer.T).T for k in directions]  # N K_r
    corner = [each @ outer.T for each in beside]
    through = [(inner @ each.T).T for each in beside]  # N K_r B
    for r in range(count):
        for s in range(r + 1):
            own = sides[r].multiply(sides[s].T).sum()
            cross = (through[r] * beside[s]).sum()
            whole[r, s] = whole[s, r] = own - 2 * cross + (corner[r] * corner[s]).sum()
    single = [
        side.diagonal().sum() - np.trace(each) for side, each in zip(sides, corner, strict=True)
    ]
    return whole, np.array(single)


def _inverse(information: ndarray) -> ndarray:
    """The inverse, by way of parameters of about the same size."""
    scale = 1 / np.sqrt(np.diag(information))
    return scale[:, None] * np.linalg.pinv(information * np.outer(scale, scale)) * scale
