"""Severity and work in the change of a team's mean score, as the comparison report says it."""

from types import SimpleNamespace

import numpy as np
import pytest
from team import frame, scheme, team

from csperf.reporting import comparison

SCORE = {"quantity_id": "score", "group_id": "t", "baseline_id": "2025", "method": "m"}
SCORE |= {"difference": -5.0, "low": -6.0, "high": -4.0, "p_adjusted": 0.001}
BY = {"baseline_id": "2025", "n": 9, "explained": -3.0, "low": -3.5, "high": -2.5, "status": "ok"}


def first(monkeypatch, by, **score):
    """The first sentence of the report's verdict."""
    found = frame("comparisons", {**SCORE, **score})
    monkeypatch.setattr(comparison, "comparisons", lambda view: found)
    rows = [{**BY, **by}] if by is not None else []
    view = team(scheme(), {"severity_changes": rows})
    return comparison.verdict(SimpleNamespace(**{**vars(view), "team_id": "t"})).texts[0]


@pytest.mark.requirement("D-05", "L-04")
def test_severity_is_explained_before_performance_with_what_remains(monkeypatch):
    """-5 less -3 is -2; its limits are sqrt(1^2 + 0.5^2) = 1.1 off."""
    said = first(monkeypatch, {})
    assert said.startswith("Since 2025 evaluators of this team have changed, and those of now take")
    assert "about 3.0 points more off its mean score (2.5 to 3.5)." in said
    assert "change of −5.0 points, −3.0 come from that, and −2.0 (−3.1 to −0.9) are left" in said
    assert said.endswith("it has become worse, by more than chance.")


@pytest.mark.requirement("D-05", "L-04")
def test_what_remains_may_be_nothing_and_severity_may_have_fallen_or_not_changed(monkeypatch):
    said = first(monkeypatch, {"explained": -4.5, "low": -5.5, "high": -3.5})
    assert said.endswith("do not read the change of the score as one of the work.")
    said = first(monkeypatch, {"explained": 3.0, "low": 2.5, "high": 3.5}, difference=5.0, low=4.0)
    assert "take about 3.0 points less off" in said
    said = first(monkeypatch, {"explained": 0.2, "low": -0.4, "high": 0.8})
    assert "not clearly harder or milder" in said and "+0.2 (−0.4 to +0.8) may come" in said


@pytest.mark.requirement("D-05", "D-06")
def test_where_severities_are_not_linked_or_are_with_hr_the_report_says_so(monkeypatch):
    unknown = {"explained": np.nan, "low": np.nan, "high": np.nan}
    assert "cannot be told apart" in first(monkeypatch, {**unknown, "status": "not_linked"})
    known = {**unknown, "explained": -3.0, "status": "exact"}
    assert "−3.0 come from how hard the evaluators are and −2.0 are" in first(monkeypatch, known)
    said = first(monkeypatch, {**unknown, "status": "with_hr"})
    assert "anonymity was promised to them: ask HR" in said


def test_nothing_is_said_where_evaluators_are_the_same_or_the_score_has_no_change(monkeypatch):
    assert first(monkeypatch, None).startswith("Clear changes since")
    unknown = {"difference": np.nan, "low": np.nan, "high": np.nan}
    assert "evaluators" not in first(monkeypatch, {}, **unknown)
    assert "evaluators" not in first(monkeypatch, {"baseline_id": "2024"})
