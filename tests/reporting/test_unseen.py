"""From which size on a change would have been seen, as the comparison report says it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats
from team import frame, scheme, team

from csperf.comparison.changes import detectable_among
from csperf.comparison.detectable import detectable_difference
from csperf.reporting import comparison
from csperf.reporting.unseen import unseen, unseen_in_people

ROW = {"group_id": "t", "baseline_id": "2025", "difference": 0.1, "low": -0.1, "high": 0.3}
ROW |= {"n": 12, "smallest_detectable": 0.284, "method": "m"}


def view():
    return SimpleNamespace(**{**vars(team(scheme(currency="CNY"))), "team_id": "t"})


@pytest.mark.requirement("L-04")
def test_one_sentence_names_the_size_that_would_have_been_seen_of_all_that_cannot_be_told():
    found = frame(
        "comparisons",
        {**ROW, "quantity_id": "score", "smallest_detectable": 4.26},
        {**ROW, "quantity_id": "sla_met_share"},
        {**ROW, "quantity_id": "complaint_rate", "smallest_detectable": 0.0021},
        {**ROW, "quantity_id": "report_quality", "low": 0.01},
        {**ROW, "quantity_id": "response_time_avg", "smallest_detectable": np.nan},
        {**ROW, "quantity_id": "score", "baseline_id": "2024", "smallest_detectable": 9.9},
    )
    (said,) = unseen(view(), found)
    assert "Since 2025 a change was likely to be seen (four times in five) only if" in said
    assert ": mean score, 4.3 points (12 people); Agreed time met, 28.4 percentage points; " in said
    assert "; Complaints, 2.1 per 1,000. Smaller ones can pass unseen" in said
    assert "Response" not in said and "9.9" not in said
    assert unseen(view(), found[found["low"] > 0]) == []


@pytest.mark.requirement("L-04")
def test_the_sentence_stands_first_under_the_table_of_differences(monkeypatch):
    found = frame("comparisons", {**ROW, "quantity_id": "sla_met_share"})
    monkeypatch.setattr(comparison, "comparisons", lambda view: found)
    first, how = comparison.methods(view()).texts
    assert first.startswith("What cannot be told may have changed all the same.")
    assert how.startswith("Scores: average change")


def test_what_one_of_many_people_must_change_by_is_worked_out_among_all_of_them():
    """Ten people, standard error 2 with 18 degrees of freedom: 5 % / 10, 80 % of changes found."""
    half = stats.t.ppf(0.975, 18) * 2
    people = [{"group_id": f"p{n}", "quantity_id": "score", "difference": 1.0} for n in range(10)]
    people = [
        {**row, "low": 1 - half, "high": 1 + half, "df": 18, "p_adjusted": 1.0, "baseline_id": "b"}
        for row in people
    ]
    found = frame("comparisons", *people, {**people[0], "group_id": "new", "df": np.nan})
    smallest = detectable_among(found)
    expected = float(detectable_difference(2.0, 18, tests=10))
    assert smallest[:10].tolist() == pytest.approx([expected] * 10) and np.isnan(smallest[10])
    edge, at = stats.t.isf(0.0025, 18), expected / 2
    reached = stats.nct.sf(edge, 18, at) + stats.nct.cdf(-edge, 18, at)
    assert reached == pytest.approx(0.8)
    said = unseen_in_people(view(), found)
    assert "With 10 people looked at together" in said
    assert f"only if it was {expected:.1f} points or more" in said
    assert unseen_in_people(view(), found.assign(p_adjusted=0.01)) == ""
    assert unseen_in_people(view(), found.assign(team_id="other")) == ""
    assert unseen_in_people(view(), found.assign(df=np.nan)) == ""
