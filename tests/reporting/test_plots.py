"""Figures of charts and funnels hold the numbers of their tables."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot
from pandas import DataFrame

from csperf.comparison import funnel, funnel_curve, laney_p_chart, p_chart, u_chart, xmr
from csperf.reporting import plots
from csperf.reporting.display import Figure

N = [100, 50, 200, 100, 50, 100, 200, 100, 100]
X = [20, 10, 40, 35, 10, 20, 30, 15, 20]
WEEKS = DataFrame({"numerator": X, "denominator": N, "label": [f"第{n}周" for n in range(1, 10)]})


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def lines(axes: pyplot.Axes) -> dict[str, list[list[float]]]:
    """Heights of each line, by its style."""
    found: dict[str, list[list[float]]] = {}
    for line in axes.lines:
        found.setdefault(line.get_linestyle(), []).append(list(line.get_ydata()))
    return found


def dots(axes: pyplot.Axes, marker: int) -> list[float]:
    """Heights of the scattered dots: of those without a signal, or of those with one."""
    heights = np.ma.filled(axes.collections[marker].get_offsets()[:, 1], np.nan)
    return sorted(heights[~np.isnan(heights)].tolist())


@pytest.mark.parametrize("chart", [p_chart, u_chart, laney_p_chart])
def test_a_control_chart_draws_each_weeks_own_limits_and_sets_signals_apart(chart):
    found = chart(WEEKS)
    axes = plots.control_chart(found, "Share", is_share=True)
    assert lines(axes)["--"] == [found["lower"].tolist(), found["upper"].tolist()]
    assert lines(axes)["-"] == [found["value"].tolist(), found["centre"].tolist()]
    odd = found["signal"] != ""
    assert dots(axes, 0) == sorted(found["value"][~odd]) and len(found[~odd]) < 10
    assert dots(axes, 1) == sorted(found["value"][odd])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == WEEKS["label"].tolist()
    assert axes.get_ylabel() == "Share"
    assert "第9周" in Figure(axes, caption="c", alt="a").svg


def test_a_week_without_a_value_keeps_its_place_and_few_weeks_have_no_limits():
    gap = p_chart(WEEKS.assign(numerator=[*X[:4], np.nan, *X[5:]]))
    axes = plots.control_chart(gap, "Share")
    assert len(axes.get_xticklabels()) == 9 and np.isnan(lines(axes)["-"][0][4])
    assert not np.isnan(lines(axes)["--"]).any()  # as in the next week
    assert "--" not in lines(plots.control_chart(p_chart(WEEKS.head(5)), "Share"))


def test_moving_ranges_are_drawn_with_their_limit():
    values = [10.0, 12.0, 9.0, 11.0, 10.0, 13.0, 9.0, 10.0, 30.0]
    found = xmr(WEEKS.assign(value=values))
    axes = plots.moving_ranges(found, "Moving range")
    assert lines(axes)["--"][0] == pytest.approx(found["range_upper"].bfill().tolist())
    assert dots(axes, 0) == [20.0]


def test_a_funnel_draws_its_limits_and_names_whom_it_is_told_to():
    units = DataFrame({"numerator": [*[30, 32, 28, 31, 29, 33] * 2, 90], "denominator": 100})
    found = funnel(units)
    assert found["signal"].tolist() == [""] * 12 + ["above_outer"]
    curve = funnel_curve(found)
    axes = plots.funnel(
        found.assign(label=[""] * 12 + ["李小龙"]), curve, "Cases", "Share", is_share=True
    )
    assert lines(axes)[":"] == [curve["inner_low"].tolist(), curve["inner_high"].tolist()]
    assert lines(axes)["--"] == [curve["outer_low"].tolist(), curve["outer_high"].tolist()]
    assert len(dots(axes, 0)) == 12 and dots(axes, 1) == [0.9]
    assert [text.get_text() for text in axes.texts] == ["李小龙"]
    assert "李小龙" in Figure(axes, caption="c", alt="a").svg
