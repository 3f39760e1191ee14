"""Where the deviance is least: Newton steps on the relative Cholesky factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from csperf.errors import CsperfError
from csperf.mixed.blocks import Blocks
from csperf.mixed.criterion import Slope, State, slope, solve

FLOOR = 1e-6  # of a standard deviation relative to the residual; at the optimum it means zero
LONGEST_STEP = 1.0
NEAR = 1e-15  # gain in deviance that is not worth a step
SINGULAR = 1e-10  # of the largest eigenvalue
ROUNDING = 1e-13  # of the deviance
STEPS, HALVINGS = 200, 40


@dataclass(frozen=True)
class Optimum:
    """The least deviance: solution and slope there; `theta` is zero where it is held at zero.

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
    diagonal = np.array([row == column for _, row, column in blocks.entries])
    theta = start(blocks)
    state = solve(blocks, theta, reml)
    for _ in range(STEPS):
        found = slope(state, reml)
        held = diagonal & (theta <= FLOOR) & (found.gradient >= 0)
        step = newton_step(found, held, state.dof)
        if -found.gradient @ step < NEAR:
            break
        search = _search(blocks, theta, state, step, diagonal, reml)
        if search is None:
            break
        theta, state = search
    else:
        raise CsperfError("fit_mixed: the deviance did not come to rest")
    zero = diagonal & (theta <= FLOOR)
    if zero.any():
        theta = np.where(zero, 0.0, theta)
        state = solve(blocks, theta, reml)
    return Optimum(theta, zero, state, found)


def newton_step(found: Slope, held: ndarray, dof: int) -> ndarray:
    """The step to where a parabola through the slope is least; entries held at zero stay."""
    hessian = found.information - np.outer(found.cross, found.cross) / dof + found.curvature
    free, step = ~held, np.zeros(len(held))
    if free.any():
        values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
        values = np.maximum(values, SINGULAR * max(values.max(), SINGULAR))
        step[free] = -vectors @ ((vectors.T @ found.gradient[free]) / values)
    longest = np.abs(step).max()
    return step * min(1.0, LONGEST_STEP / longest) if longest else step


def _search(
    blocks: Blocks, theta: ndarray, state: State, step: ndarray, diagonal: ndarray, reml: bool
) -> tuple[ndarray, State] | None:
    """The step, halved until the deviance falls; what is lost in rounding counts as falling."""
    noise = ROUNDING * abs(state.deviance)
    for _ in range(HALVINGS):
        there = np.where(diagonal, np.maximum(theta + step, FLOOR), theta + step)
        new = solve(blocks, there, reml)
        if new.deviance <= state.deviance + noise:
            return there, new
        step = step / 2
    return None


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
