"""Funnel plots: who differs by more than chance and by more than people of a group usually do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series
from scipy import stats

from csperf.comparison.charts import need
from csperf.comparison.count_charts import checked_counts
from csperf.comparison.heterogeneity import variance_between
from csperf.errors import InputError, Problem, shown
from csperf.indicators.intervals import false_discoveries

Floats = NDArray[np.float64]
CENTRES = {  # where units can be, and how that is said
    "proportion": (0.0, 1.0, " from 0 to 1"),
    "rate": (0.0, np.inf, " of 0 or more"),
    "mean": (-np.inf, np.inf, ""),
}
KINDS = tuple(CENTRES)
WAYS = ("additive", "published", "multiplicative", "none")
WINSORISED = 0.1  # of the units, at either end
ENOUGH_UNITS = 5
INNER, OUTER = 0.95, 0.998
ENDS = {"inner": INNER, "outer": OUTER}
CURVE = 120


@dataclass(frozen=True)
class Scale:
    """Where units are compared: their values are normal there with a known error."""

    value: Floats
    se: Floats
    centre: float


def funnel(
    units: DataFrame,
    kind: str = "proportion",
    *,
    overdispersion: str = "additive",
    centre: float | None = None,
) -> DataFrame:
    """Units against limits that follow from how much is known of each.

    Parameters
    ----------
    units : DataFrame
        A row a person or team. Of proportions and rates: numerator and denominator. Of means: value
        and se, its standard error.
    kind : "proportion", "rate" or "mean"
        What the units have.
    overdispersion : "additive", "published", "multiplicative" or "none"
        "additive" adds a variance between units to that of chance; "published" is the same as
        first printed, which flags too many; "multiplicative" widens all limits by one factor.
    centre : float, optional
        What units are held against, such as a target; what all of them have together, if left out.

    Returns
    -------
    DataFrame
        The units with value, status (`ok`, `no_value`, `no_denominator`; `too_few` and no limits
        with fewer than five known units), centre, inner_low, inner_high (95 %), outer_low,
        outer_high (99.8 %), z, p_value (two-sided), p_adjusted (Benjamini and Hochberg), signal
        (`above_inner`, `above_outer`, `below_inner`, `below_outer` or empty), and the same in each
        row: phi (variance of z beside chance alone), tau2 (variance between units on the scale of
        comparison), widened (factor on the limits).

    Raises
    ------
    InputError
        A column is missing, kind or overdispersion is unknown, counts cannot be meant, a standard
        error or value is not finite, an error is not above 0, or a centre is not one.

    Notes
    -----
    Scales: arcsin sqrt(x / n) with s = 1 / (2 sqrt n) for proportions, sqrt(x / n) with that s for
    rates, the value with its se for means. z = (y - y0) / s with its outer tenths set to the
    quantiles there; phi = mean z^2 (Spiegelhalter 2005, Statistics in Medicine 24, 1185-1202),
    divided by the 0.6787 that this leaves of normal z (`winsorised_square`), except in "published",
    the form of the paper and of the R package FunnelPlotR. tau2 after DerSimonian and Laird (1986)
    where I phi > I - 1, else 0. Limits y0 -+ z sqrt(s^2 + tau2), or z s sqrt(phi) with phi > 1.
    """
    for name, given, those in (("kind", kind, KINDS), ("overdispersion", overdispersion, WAYS)):
        if given not in those:
            advice = f"give {', '.join(those)}"
            raise InputError(Problem("funnel", f"no {name} {shown(given)}", advice))
    _check_centre(centre, kind)
    rows = _known(units, kind).reset_index(drop=True)
    known = rows[rows["status"] == "ok"]
    if len(known) < ENOUGH_UNITS:
        few = rows["status"].mask(rows["status"] == "ok", "too_few")
        return rows.assign(status=few, **_nothing(rows))
    found = _judged(_scale(known, kind, centre), kind, overdispersion)
    found = found.set_index(known.index).reindex(rows.index)
    adjusted = false_discoveries(found["p_value"])
    return rows.assign(**found, p_adjusted=adjusted, signal=_signal(found["z"]))


def _judged(scale: Scale, kind: str, overdispersion: str) -> DataFrame:
    """Limits of known units, and how far beyond chance each of them lies."""
    phi, tau2, widened = _spread(scale, overdispersion)
    error = widened * np.sqrt(scale.se**2 + tau2)
    z = (scale.value - scale.centre) / error
    return DataFrame(
        {
            "centre": float(_back(np.array([scale.centre]), kind)[0]),
            **_limits(scale.centre, error, kind),
            "z": z,
            "p_value": 2 * stats.norm.sf(np.abs(z)),
            "phi": phi,
            "tau2": tau2,
            "widened": widened,
        }
    )


def funnel_curve(found: DataFrame, kind: str = "proportion") -> DataFrame:
    """Limits of a funnel between and beside its units, for drawing.

    Parameters
    ----------
    found : DataFrame
        What `funnel` returned, with limits.
    kind : "proportion", "rate" or "mean"
        As it was given there.

    Returns
    -------
    DataFrame
        size (the denominator; of means se), centre, inner_low, inner_high, outer_low, outer_high,
        by rising size; without rows where there are no limits.
    """
    name = "se" if kind == "mean" else "denominator"
    known = found[found["centre"].notna()]
    if known.empty:
        return DataFrame(columns=["size", "centre", *_limits(0.0, np.array([]), kind)])
    first = known.iloc[0]
    low, high = float(known[name].min()), float(known[name].max())
    beside = 0.05 * (high - low) or 0.5 * high  # all may have as many
    size = np.linspace(max(low - beside, low / 2), high + beside, CURVE)
    centre = float(first["centre"])
    se = size if kind == "mean" else 1 / (2 * np.sqrt(size))
    error = float(first["widened"]) * np.sqrt(se**2 + float(first["tau2"]))
    limits = _limits(float(_forth(np.array([centre]), kind)[0]), error, kind)
    return DataFrame({"size": size, "centre": centre, **limits})


def winsorised_square(share: float = WINSORISED) -> float:
    """Mean square of a standard normal number whose ends are set to the quantiles there.

    Parameters
    ----------
    share : float
        Of the numbers at either end, below a half.

    Notes
    -----
    With c the quantile of 1 - share: the integral of z^2 phi(z) between -c and c, which is 1 - 2
    share - 2 c phi(c), and 2 share c^2 for the ends.
    """
    if share == 0:
        return 1.0
    c = stats.norm.isf(share)
    return float(1 - 2 * share - 2 * c * stats.norm.pdf(c) + 2 * share * c**2)


def _check_centre(centre: float | None, kind: str) -> None:
    """Refuse a centre at which no unit can be."""
    if centre is None:
        return
    low, high, told = CENTRES[kind]
    if not (low <= centre <= high and np.isfinite(centre)):
        found = f"{shown(centre)} is no centre of a {kind}"
        raise InputError(Problem("funnel", found, f"give a number{told}"))


def _known(units: DataFrame, kind: str) -> DataFrame:
    """The units with value and status; refused where they cannot be meant."""
    if kind != "mean":
        return checked_counts(units, "funnel", share=kind == "proportion")
    need(units, ["value", "se"], "funnel")
    for name, wrong, fault in (
        ("se", units["se"] <= 0, "is not above 0"),
        ("se", np.isinf(units["se"]), "is not finite"),
        ("value", np.isinf(units["value"]), "is not finite"),
    ):
        if wrong.any():
            found = f"{shown(float(units[name][wrong].iloc[0]))} {fault}"
            raise InputError(Problem("funnel", found, column=name))
    unknown = units["value"].isna() | units["se"].isna()
    return units.assign(status=Series("ok", units.index, dtype="str").mask(unknown, "no_value"))


def _scale(known: DataFrame, kind: str, centre: float | None) -> Scale:
    """The known units where they can be compared, and what they are held against there."""
    value = known["value"].to_numpy("float64")
    if kind == "mean":
        se = known["se"].to_numpy("float64")
        own = float((value / se**2).sum() / (1 / se**2).sum())
    else:
        se = 1 / (2 * np.sqrt(known["denominator"].to_numpy("float64")))
        own = float(known["numerator"].sum() / known["denominator"].sum())
    middle = own if centre is None else centre
    return Scale(_forth(value, kind), se, float(_forth(np.array([middle]), kind)[0]))


def _forth(value: Floats, kind: str) -> Floats:
    if kind == "mean":
        return value
    return np.arcsin(np.sqrt(value)) if kind == "proportion" else np.sqrt(value)


def _back(value: Floats, kind: str) -> Floats:
    """From the scale of comparison to the units' own; what lies beyond its ends is at them."""
    if kind == "mean":
        return value
    if kind == "proportion":
        return np.sin(np.clip(value, 0, np.pi / 2)) ** 2
    return np.maximum(value, 0.0) ** 2


def _spread(scale: Scale, overdispersion: str) -> tuple[float, float, float]:
    """phi, the variance between units, and the factor on the limits."""
    z, count = (scale.value - scale.centre) / scale.se, len(scale.value)
    low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    phi = float((np.clip(z, low, high) ** 2).mean())
    if overdispersion != "published":
        phi /= winsorised_square()
    if overdispersion == "multiplicative":
        return phi, 0.0, float(np.sqrt(max(1.0, phi)))
    excess = count * phi - (count - 1)
    if overdispersion == "none" or excess <= 0:
        return phi, 0.0, 1.0
    return phi, variance_between(excess, 1 / scale.se**2), 1.0


def _limits(centre: float, error: Floats, kind: str) -> dict[str, Floats]:
    found = {}
    for name, level in ENDS.items():
        reach = stats.norm.ppf(0.5 + level / 2) * error
        found[f"{name}_low"] = _back(centre - reach, kind)
        found[f"{name}_high"] = _back(centre + reach, kind)
    return found


def _signal(z: Series) -> Series:
    words = Series("", z.index, dtype="str")
    for name, level in ENDS.items():
        beyond = z.abs() > stats.norm.ppf(0.5 + level / 2)
        words = words.mask(beyond & (z > 0), f"above_{name}").mask(
            beyond & (z < 0), f"below_{name}"
        )
    return words


def _nothing(rows: DataFrame) -> dict[str, object]:
    """The columns of limits without any."""
    names = ["centre", *_limits(0.0, np.array([]), "mean"), "z", "p_value", "phi", "tau2"]
    unknown = pd.Series(np.nan, rows.index, dtype="float64")
    return dict.fromkeys([*names, "widened", "p_adjusted"], unknown) | {"signal": ""}
