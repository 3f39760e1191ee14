"""Funnels by hand: scales, what people usually differ by, limits, flags and what is refused."""

from __future__ import annotations

from math import asin, sin, sqrt

import numpy as np
import pytest
from pandas import DataFrame
from scipy import integrate, stats

from csperf import InputError
from csperf.comparison import funnel, funnel_curve, winsorised_square

Z95, Z998 = 1.959963984540054, 3.090232306167813
SIX = {"numerator": [10, 20, 30, 40, 50, 90], "denominator": [100, 100, 100, 100, 100, 200]}
P = 240 / 700


def six(**how) -> DataFrame:
    return funnel(DataFrame(SIX), **how)


def by_hand() -> tuple[list[float], list[float]]:
    """z of the six people, and their errors, on the scale of arcsin sqrt."""
    shares = [x / n for x, n in zip(SIX["numerator"], SIX["denominator"], strict=True)]
    errors = [1 / (2 * sqrt(n)) for n in SIX["denominator"]]
    middle = asin(sqrt(P))
    z = [(asin(sqrt(p)) - middle) / s for p, s in zip(shares, errors, strict=True)]
    return z, errors


def winsorised(z: list[float]) -> list[float]:
    """The lowest and highest tenth of six: half-way from the first to the second, and so on."""
    ordered = sorted(z)
    low = ordered[0] + 0.5 * (ordered[1] - ordered[0])
    high = ordered[5] - 0.5 * (ordered[5] - ordered[4])
    return [min(max(each, low), high) for each in z]


@pytest.mark.requirement("L-04")
def test_limits_of_chance_alone_are_made_on_the_scale_of_arcsin_sqrt_and_taken_back():
    found, (z, errors) = six(overdispersion="none"), by_hand()
    assert found["centre"].unique().tolist() == pytest.approx([P])
    assert found["z"].tolist() == pytest.approx(z)
    middle = asin(sqrt(P))
    for name, reach in (("inner", Z95), ("outer", Z998)):
        low = [sin(middle - reach * s) ** 2 for s in errors]
        high = [sin(middle + reach * s) ** 2 for s in errors]
        assert found[f"{name}_low"].tolist() == pytest.approx(low)
        assert found[f"{name}_high"].tolist() == pytest.approx(high)
    assert found["p_value"].tolist() == pytest.approx(2 * stats.norm.sf(np.abs(z)))
    assert [round(each, 2) for each in z] == [-6.08, -3.24, -0.92, 1.18, 3.2, 3.1]
    signal = ["below_outer", "below_outer", "", "", "above_outer", "above_outer"]
    assert found["signal"].tolist() == signal
    assert found["tau2"].tolist() == [0.0] * 6


@pytest.mark.parametrize(("how", "by"), [("published", 1.0), ("additive", 0.6787)])
def test_the_variance_between_people_is_dersimonian_and_lairds_of_winsorised_z(how, by):
    found, (z, errors) = six(overdispersion=how), by_hand()
    phi = sum(each**2 for each in winsorised(z)) / 6 / by
    w = [1 / s**2 for s in errors]
    tau2 = (6 * phi - 5) / (sum(w) - sum(each**2 for each in w) / sum(w))
    assert found["phi"].iloc[0] == pytest.approx(phi, rel=1e-4)
    assert found["tau2"].iloc[0] == pytest.approx(tau2, rel=1e-4)
    wide = sqrt(errors[0] ** 2 + tau2)
    assert found["inner_high"].iloc[0] == pytest.approx(
        sin(asin(sqrt(P)) + Z95 * wide) ** 2, rel=1e-4
    )
    assert found["z"].iloc[0] == pytest.approx(z[0] * errors[0] / wide, rel=1e-4)


def test_the_multiplicative_form_widens_all_limits_by_one_factor():
    found, alone = six(overdispersion="multiplicative"), six(overdispersion="none")
    assert found["widened"].unique().tolist() == pytest.approx([sqrt(found["phi"].iloc[0])])
    assert found["z"].tolist() == pytest.approx((alone["z"] / found["widened"]).tolist())
    assert found["tau2"].tolist() == [0.0] * 6


def test_people_who_differ_by_less_than_chance_narrow_nothing():
    alike = DataFrame({"numerator": [20, 21, 19, 20, 22], "denominator": [100] * 5})
    alone = funnel(alike, overdispersion="none")
    for how in ("additive", "published", "multiplicative"):
        found = funnel(alike, overdispersion=how)
        assert found["phi"].iloc[0] < 0.8  # I phi is not above I - 1
        assert found["outer_low"].tolist() == alone["outer_low"].tolist()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.2, 0.4])
def test_what_winsorising_does_to_the_square_of_a_normal_number_is_its_integral(share):
    c = stats.norm.isf(share)
    inside = integrate.quad(lambda z: min(abs(z), c) ** 2 * stats.norm.pdf(z), -12, 12, limit=200)
    assert winsorised_square(share) == pytest.approx(inside[0], abs=1e-7)


def test_a_tenth_winsorised_at_either_end_leaves_0_6787():
    assert winsorised_square() == pytest.approx(0.6787, abs=5e-5)


def test_rates_are_held_against_one_another_on_the_scale_of_their_roots():
    hours, cases = [100.0, 50.0, 80.0, 100.0, 70.0], [40, 20, 32, 90, 18]
    found = funnel(
        DataFrame({"numerator": cases, "denominator": hours}), "rate", overdispersion="none"
    )
    u = 200 / 400
    assert found["value"].tolist() == pytest.approx(
        [x / h for x, h in zip(cases, hours, strict=True)]
    )
    z = [(sqrt(x / h) - sqrt(u)) * 2 * sqrt(h) for x, h in zip(cases, hours, strict=True)]
    assert found["z"].tolist() == pytest.approx(z)
    assert found["outer_high"].iloc[0] == pytest.approx((sqrt(u) + Z998 / (2 * 10)) ** 2)
    assert found["signal"].tolist() == ["", "", "", "above_outer", "below_outer"]


def test_means_are_held_against_their_precise_mean_by_their_own_errors():
    value, se = [10.0, 12.0, 11.0, 9.0, 20.0], [1.0, 2.0, 1.0, 1.0, 2.0]
    found = funnel(DataFrame({"value": value, "se": se}), "mean", overdispersion="none")
    middle = (10 + 12 / 4 + 11 + 9 + 20 / 4) / (1 + 1 / 4 + 1 + 1 + 1 / 4)
    assert found["centre"].iloc[0] == pytest.approx(middle)
    assert found["inner_low"].iloc[1] == pytest.approx(middle - Z95 * 2)
    assert found["signal"].tolist() == ["", "", "", "", "above_outer"]


def test_a_centre_may_be_given():
    found = six(overdispersion="none", centre=0.45)
    assert found["centre"].unique().tolist() == pytest.approx([0.45])
    assert found["z"].iloc[5] == pytest.approx(0.0) and found["signal"].iloc[5] == ""


@pytest.mark.requirement("L-04")
def test_people_of_whom_nothing_is_known_stay_and_say_why():
    x, n = [np.nan, 0, *SIX["numerator"]], [10, 0, *SIX["denominator"]]
    found = funnel(DataFrame({"numerator": x, "denominator": n}))
    assert found["status"].tolist() == ["no_value", "no_denominator", *["ok"] * 6]
    assert found["z"].tolist()[2:] == six()["z"].tolist()
    assert found[["centre", "z", "p_value", "p_adjusted"]].head(2).isna().all(axis=None)
    assert found["signal"].tolist()[:2] == ["", ""]


def test_fewer_than_five_people_have_no_limits():
    found = funnel(DataFrame(SIX).head(4))
    assert set(found["status"]) == {"too_few"} and found["inner_low"].isna().all()
    assert found["value"].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert funnel_curve(found).empty
    assert list(found) == list(six())


def test_of_many_people_the_p_values_are_adjusted_for_their_number():
    found = six(overdispersion="none")
    p = sorted(found["p_value"])
    adjusted = [min(p[j] * 6 / (j + 1) for j in range(k, 6)) for k in range(6)]
    assert sorted(found["p_adjusted"]) == pytest.approx(adjusted)


def test_limits_end_where_values_do():
    none = DataFrame({"numerator": [0, 0, 0, 0, 1], "denominator": [5] * 5})
    found = funnel(none)
    assert found["outer_low"].tolist() == [0.0] * 5
    assert funnel(none.assign(numerator=5 - none["numerator"]))["outer_high"].tolist() == [1.0] * 5
    assert funnel(none, "rate")["outer_low"].tolist() == [0.0] * 5


@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_the_curve_runs_through_the_limits_of_every_unit(kind):
    found = funnel(DataFrame(SIX), kind)
    curve = funnel_curve(found, kind)
    assert curve["size"].is_monotonic_increasing
    assert curve["size"].min() < 100 and curve["size"].max() > 200
    for name in ("inner_low", "inner_high", "outer_low", "outer_high"):
        at = np.interp([100, 200], curve["size"], curve[name])
        assert at == pytest.approx(found[name].iloc[[0, 5]], abs=1e-4)


def test_the_curve_of_people_with_as_many_cases_each_has_room_on_both_sides():
    found = funnel(DataFrame({"numerator": [20, 30, 25, 40, 20], "denominator": [100] * 5}))
    assert funnel_curve(found)["size"].agg(["min", "max"]).tolist() == [50.0, 150.0]


def test_the_curve_of_means_goes_by_their_errors():
    units = DataFrame({"value": [1.0, 2.0, 3.0, 4.0, 9.0], "se": [0.5, 0.5, 1.0, 1.0, 2.0]})
    found = funnel(units, "mean")
    curve = funnel_curve(found, "mean")
    at = np.interp([0.5, 2.0], curve["size"], curve["outer_high"])
    assert at == pytest.approx(found["outer_high"].iloc[[0, 4]], abs=1e-3)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"kind": "median"}, "funnel: no kind 'median'; give proportion, rate, mean"),
        ({"overdispersion": "yes"}, "no overdispersion 'yes'; give additive, published, multi"),
        ({"centre": 1.5}, "funnel: 1.5 is no centre of a proportion"),
        ({"kind": "mean"}, "funnel, column 'value': it is not there"),
    ],
)
def test_what_cannot_be_meant_is_refused(how, said):
    with pytest.raises(InputError, match=said):
        six(**how)


@pytest.mark.parametrize(
    ("kind", "centre", "advice"),
    [
        ("proportion", -0.1, "from 0 to 1"),
        ("rate", -1, "of 0 or more"),
        ("rate", np.inf, "of 0 or more"),
        ("mean", np.nan, "a number"),
    ],
)
def test_a_centre_where_nobody_can_be_is_refused_however_few_the_units_are(kind, centre, advice):
    units = DataFrame({"numerator": [1], "denominator": [10], "value": [1.0], "se": [1.0]})
    with pytest.raises(InputError, match=f"is no centre of a {kind}; give .*{advice}$"):
        funnel(units, kind, centre=centre)


def test_infinite_errors_and_values_are_refused():
    units = DataFrame({"value": [1.0, np.inf], "se": [1.0, 1.0]})
    with pytest.raises(InputError, match="column 'value': inf is not finite"):
        funnel(units, "mean")
    with pytest.raises(InputError, match="column 'se': inf is not finite"):
        funnel(units.rename(columns={"value": "se", "se": "value"}), "mean")


def test_errors_of_nothing_and_parts_above_the_whole_are_refused():
    units = DataFrame({"value": [1.0] * 5, "se": [1.0] * 4 + [0.0]})
    with pytest.raises(InputError, match="funnel, column 'se': 0 is not above 0"):
        funnel(units, "mean")
    with pytest.raises(InputError, match=r"column 'numerator': above 'denominator' in 1 of 1 row"):
        funnel(DataFrame({"numerator": [11], "denominator": [10]}))


def flagged(sd: float, how: str, teams: int = 60, staff: int = 30) -> int:
    """People beyond the 99.8 % limits of teams whose true shares spread by sd around 0.3."""
    rng, found = np.random.default_rng(20_050_430), 0
    for _ in range(teams):
        n = rng.integers(100, 401, staff)
        share = np.clip(rng.normal(0.3, sd, staff), 0.01, 0.99)
        units = DataFrame({"numerator": rng.binomial(n, share), "denominator": n})
        found += int(funnel(units, overdispersion=how)["signal"].str.endswith("outer").sum())
    return found


@pytest.mark.parametrize("sd", [0.0, 0.03, 0.06])
def test_of_ordinary_people_few_are_flagged_whether_or_not_they_truly_differ(sd):
    """Of 1,800: limits at 99.8 % let 4 through on average; 7 more is what is tolerated."""
    assert flagged(sd, "additive") <= 11


def test_limits_of_chance_alone_flag_many_who_differ_no_more_than_people_do():
    assert flagged(0.06, "none") > 3 * flagged(0.06, "published") > 3 * flagged(0.06, "additive")


def test_the_same_units_give_the_same_flags_in_any_order():
    mixed = funnel(DataFrame(SIX).iloc[[3, 0, 5, 1, 4, 2]])
    again = mixed.sort_values("value", ignore_index=True)
    expected = six().sort_values("value", ignore_index=True)
    assert again["z"].tolist() == pytest.approx(expected["z"].tolist())
