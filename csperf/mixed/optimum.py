"""Where the deviance is least: Newton steps on the relative Cholesky factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from scipy.optimize import minimize

from csperf.errors import CsperfError, InputError, Problem
from csperf.mixed.blocks import Blocks
from csperf.mixed.criterion import Slope, State, slope, solve
from csperf.mixed.elimination import unpack

FLOOR = 1e-5  # of a standard deviation relative to the residual; at the optimum it means zero
LONGEST_STEP = 1.0  # of the largest entry and 1
NEAR = 1e-15  # gain in deviance that is not worth a step
SINGULAR = 1e-10  # of the largest eigenvalue
ROUNDED = 1e-9  # gain below which one that does not shrink is rounding
TINY = 1e-9  # move of an entry, of the largest one
PATIENCE = 25  # Newton steps before another method is asked
WORTHWHILE = 1e-8  # difference in deviance that makes another valley the better one
SATURATED = 1e-12  # of the sum of squares
ROUNDING = 1e-13  # of the deviance
STEPS, HALVINGS = 200, 40


@dataclass(frozen=True)
class Optimum:
    """The least deviance: solution and slope there; `theta` is zero where it is held.

    The slope is taken just above zero, where it exists; the state is that of zero itself.
    """

    theta: ndarray
    held: ndarray
    state: State
    slope: Slope


def least(blocks: Blocks, reml: bool) -> Optimum:
    """Where the deviance is least.

    Raises
    ------
    CsperfError
        The steps do not come to rest.
    """
    found = _descend(blocks, start(blocks), reml)
    if found.held.any():  # zero may be one of two valleys
        other = _descend(blocks, diagonal(blocks).astype(float), reml)
        if other.state.deviance < found.state.deviance - WORTHWHILE:
            return other
    return found


def _descend(blocks: Blocks, theta: ndarray, reml: bool) -> Optimum:
    state, before = solve(blocks, theta, reml), np.inf
    for count in range(1, STEPS + 1):
        if state.rss <= SATURATED * blocks.xy[-1, -1]:
            nothing = "the random effects leave nothing as residual"
            raise InputError(Problem("fit_mixed", nothing, "give more rows or a simpler formula"))
        found = slope(state, reml)
        step = newton_step(found, nothing_there(blocks, theta), theta, state.dof)
        gain = -found.gradient @ step
        moved = np.abs(floored(blocks, theta + step) - theta).max()
        if gain < NEAR or before / 2 < gain < ROUNDED or moved < TINY * np.abs(theta).max():
            break
        better = _search(blocks, theta, state, step, reml) if count % PATIENCE else None
        before, (theta, state) = gain, better or _by_secants(blocks, theta, reml)
    else:
        raise CsperfError("fit_mixed: the deviance did not come to rest")
    zero = diagonal(blocks) & (theta <= FLOOR)
    held = zero | nothing_there(blocks, theta)
    if zero.any():
        theta = np.where(zero, 0.0, theta)
        state = solve(blocks, theta, reml)
    return Optimum(theta, held, state, found)


def newton_step(found: Slope, held: ndarray, theta: ndarray, dof: int) -> ndarray:
    """The step to where a parabola through the slope is least; what is held does not move."""
    hessian = found.information - np.outer(found.cross, found.cross) / dof + found.curvature
    step, free = np.zeros(len(theta)), ~held
    if free.any():
        values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
        values = np.abs(values)
        values = np.maximum(values, SINGULAR * max(values.max(), SINGULAR))
        step[free] = -vectors @ ((vectors.T @ found.gradient[free]) / values)
    longest, allowed = np.abs(step).max(), LONGEST_STEP * (1 + np.abs(theta).max())
    return step * min(1.0, allowed / max(longest, FLOOR))


def _search(
    blocks: Blocks, theta: ndarray, state: State, step: ndarray, reml: bool
) -> tuple[ndarray, State] | None:
    """The step, halved until the deviance falls; what is lost in rounding counts as falling."""
    noise = ROUNDING * abs(state.deviance)
    for _ in range(HALVINGS):
        there = floored(blocks, theta + step)
        new = solve(blocks, there, reml)
        if new.deviance <= state.deviance + noise:
            return there, new
        step = step / 2
    return None


def _by_secants(blocks: Blocks, theta: ndarray, reml: bool) -> tuple[ndarray, State]:
    """Many cheap steps by L-BFGS, where the average information tells little: long flat ridges."""

    def at(there: ndarray) -> tuple[float, ndarray]:
        state = solve(blocks, there, reml)
        return state.deviance, slope(state, reml).gradient

    bounds = [(FLOOR if it_is else None, None) for it_is in diagonal(blocks)]
    options = {"maxiter": 500, "ftol": ROUNDING, "gtol": 1e-8}
    there = minimize(at, theta, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    there = floored(blocks, there)
    return there, solve(blocks, there, reml)


def pack(blocks: Blocks, factors: list[ndarray]) -> ndarray:
    """Free entries of the relative Cholesky factors."""
    return np.array([factors[group][row, column] for group, row, column in blocks.entries])


def diagonal(blocks: Blocks) -> ndarray:
    """Which free entries stand on the diagonal."""
    return np.array([row == column for _, row, column in blocks.entries])


def nothing_there(blocks: Blocks, theta: ndarray) -> ndarray:
    """Entries of the columns that are zero, but for the floor."""
    largest: dict[tuple[int, int], float] = {}
    for (group, _, column), value in zip(blocks.entries, theta, strict=True):
        largest[group, column] = max(abs(value), largest.get((group, column), 0.0))
    return np.array([largest[group, column] <= FLOOR for group, _, column in blocks.entries])


def floored(blocks: Blocks, theta: ndarray) -> ndarray:
    """The same variances with diagonals of at least the floor, and columns that are zero last.

    Where a diagonal is zero, later columns say something only together with its own: they are
    rotated into it, so that every entry that is not zero can move the variances.
    """
    factors = unpack(blocks, theta)
    for group, factor in zip(blocks.groups, factors, strict=True):
        for at in range(len(factor)):
            factor[:, at] *= -1 if factor[at, at] < 0 else 1
            if factor[at, at] > FLOOR:
                continue
            end = 1 + max(row for row, column in group.pattern if column == at)
            if at + 1 < end:
                _, upper = np.linalg.qr(factor[at + 1 : end, at:end].T)
                factor[at + 1 : end, at:end] = 0.0
                factor[at + 1 : end, at : end - 1] = upper.T
            if np.abs(factor[at:, at]).max() <= 2 * FLOOR:
                factor[at:, at] = 0.0
            factor[at, at] = FLOOR
    return pack(blocks, list(factors))


def start(blocks: Blocks) -> ndarray:
    """Henderson's first method: variances from the sums of squares of the levels' totals.

    E (z'y)^2 / z'z for each random column, added up by effect, is linear in the variances.
    """
    effect = np.empty(blocks.size, dtype=np.intp)
    count = 0
    for place in blocks.places:
        effect[place] = count + np.arange(place.shape[1])
        count += place.shape[1]
    zz = blocks.zz.tocoo()
    own = np.maximum(blocks.zz.diagonal(), 1e-300)
    cells = effect[zz.row] * count + effect[zz.col]
    shares = np.bincount(cells, zz.data**2 / own[zz.row], minlength=count**2)
    total = np.bincount(effect, own)
    levels = np.bincount(effect).astype(float)
    squares = np.bincount(effect, blocks.z_xy[:, -1] ** 2 / own, minlength=count)
    left = np.block([[shares.reshape(count, count), levels[:, None]], [total, float(blocks.n)]])
    right = np.append(squares, blocks.xy[-1, -1])
    variances = np.linalg.lstsq(left, right, rcond=None)[0]
    most = right[-1] / blocks.n
    ratio = np.clip(variances[:-1], 0.01 * most, None) / np.clip(variances[-1], 0.05 * most, None)
    sd = np.sqrt(ratio)
    theta, at = [], 0
    for group, place in zip(blocks.groups, blocks.places, strict=True):
        theta += [sd[at + row] if row == column else 0.0 for row, column in group.pattern]
        at += place.shape[1]
    return np.array(theta)
