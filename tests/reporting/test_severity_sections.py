"""What severities do to teams, how they change, own views and pairs, as HR reads them."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from test_evaluator_pages import PEOPLE, rated, view

from csperf.fair import team_effects
from csperf.reporting import calibration
from csperf.tables import OUTPUT_TABLES


def scores(**people: tuple[str, float, float | None]) -> DataFrame:
    rows = [(who, *row) for who, row in people.items()]
    table = DataFrame(rows, columns=["employee_id", "team_id", "score", "fair_score"])
    return table.assign(department_id="shop")


@pytest.mark.requirement("L-03")
def test_the_mean_of_a_team_moves_by_what_severities_took_of_it() -> None:
    """Official (70 + 80 + 90) / 3, fair (74 + 86 + 92) / 3: 4 points; one grade is another."""
    people = scores(a=("x", 70, 74), b=("x", 80, 86), c=("x", 90, 92), d=("y", 50, 50))
    changes = draw("""
        department_id | team_id | employee_id | quantity_id
        shop          | x       | a           | grade
        shop          | x       | a           | rank
        shop          | x       | b           | rank
    """)
    table = team_effects(people, changes, smallest=3).set_index("team_id")
    assert table.loc["x", ["n", "official", "fair", "difference", "n_grades"]].tolist() == [
        3,
        (70 + 80 + 90) / 3,
        (74 + 86 + 92) / 3,
        4,
        1,
    ]
    assert table.loc["y", ["official", "fair", "difference"]].isna().all()
    assert table.loc["y", "n_grades"] == 0


def test_grades_that_would_change_are_unknown_where_somebody_has_no_fair_score() -> None:
    people = scores(a=("x", 70, 74), b=("x", 80, None), c=("y", 80, 81))
    nothing = OUTPUT_TABLES["fair_changes"].empty()
    table = team_effects(people, nothing, smallest=1).set_index("team_id")
    assert table["n"].to_dict() == {"x": 1, "y": 1}
    assert table["n_grades"].isna().all()


def test_teams_are_listed_with_what_moves_and_the_lack_of_it_is_said() -> None:
    seen = view(rated(0, 0, 0, 0))
    assert "is not known here" in calibration.teams_table(seen).texts[0]
    people = scores(a=("x", 70, 74), d=("y", 50, 50))
    teams = team_effects(people, OUTPUT_TABLES["fair_changes"].empty(), smallest=1)
    html = str(calibration.teams_table(dataclasses.replace(seen, teams=teams)).html())
    assert '<td class="number">70.0</td><td class="number">74.0</td>' in html
    assert '<td class="number">4.0</td>' in html
    few = team_effects(people, OUTPUT_TABLES["fair_changes"].empty(), smallest=3)
    html = str(calibration.teams_table(dataclasses.replace(seen, teams=few)).html())
    assert html.count("too few") == 2 * 3


@pytest.mark.requirement("L-03", "J-04")
def test_teams_and_departments_go_by_their_names_and_by_their_ids_where_they_have_none() -> None:
    people = scores(a=("x", 70, 74), b=("y", 70, 74), c=("shop", 70, 74))
    teams = team_effects(people, OUTPUT_TABLES["fair_changes"].empty(), smallest=1)
    names = {("shop", ""): "Shop & Co", ("shop", "x"): "Day <shift>", ("other", "y"): "Not this"}
    groups = draw("""
        department_id | attribute | group | outcome   | status | flag   | p_adjusted
        shop          | team_id   | x     | rewarded  | ok     | higher | 0.001
        shop          | site      | x     | rewarded  | ok     | higher | 0.002
    """)
    fairness = OUTPUT_TABLES["fairness"].arrange(groups)
    seen = dataclasses.replace(view(rated(0, 0)), teams=teams, names=names, fairness=fairness)
    table = calibration.teams_table(seen)
    assert table.frame["team"].tolist() == ["Shop & Co", "Day <shift>", "y"]
    assert set(table.frame["department"]) == {"Shop & Co"}
    assert "Day &lt;shift&gt;" in str(table.html()) and "Shop &amp; Co" in str(table.html())
    assert calibration.fairness_table(seen).frame["group"].tolist() == ["Day <shift>", "x"]


def test_who_grows_harsher_is_named_with_points_interval_and_meaning() -> None:
    months = ("2026-07", "2026-08", "2026-09", "2026-10")
    known = [
        rated(3.0 * n, 0, 0, 0, seed=n).assign(cycle_id=month) for n, month in enumerate(months)
    ]
    seen = view(pd.concat(known, ignore_index=True))
    row = seen.drift.set_index("evaluator_id").loc["rater-canary-0"]
    told = calibration.drift(seen).texts
    ends = f"({row['low']:.1f} to {row['high']:.1f}, 4 cycles)"
    assert told[0].startswith("rater-canary-0 (Manager) has grown harsher by about ")
    assert f"about {row['per_cycle']:.1f} points a cycle, beside the others {ends}" in told[0]
    assert told[-1].startswith("No clear change for ")
    assert "cannot be told" in calibration.drift(view(rated(0, 0, 0))).texts[0]


def own_views(proud: float, usual: float = 4) -> DataFrame:
    """Everybody sees the own work so far above what four managers do, the first one by more."""
    others = rated(0, 0, 0, 0)
    rng = np.random.default_rng(8)
    mean = others.groupby(["employee_id", "criterion_id"], as_index=False)["score"].mean()
    more = usual + rng.normal(0, 0.2, len(mean)) + proud * (mean["employee_id"] == PEOPLE[0])
    own = mean.assign(score=mean["score"] + more, evaluator_id=mean["employee_id"])
    own = own.assign(evaluator_type="self", cycle_id="2026-10")
    return pd.concat([others, own], ignore_index=True)


def test_own_views_that_lie_further_off_than_usual_are_named_with_the_usual() -> None:
    texts = calibration.own_views(view(own_views(proud=15))).texts
    assert len(texts) == 2
    points = float(texts[0].split(f"{PEOPLE[0]} sees the own work ")[1].split()[0])
    assert points == pytest.approx(4 + 15, abs=0.5)
    assert texts[1].endswith("11 of 12 people whose own view could be held against others.")
    modest = calibration.own_views(view(own_views(proud=-15))).texts
    found = re.search(r"work (\S+) points lower .* \((\S+) to (\S+)\)", modest[0])
    assert found
    points, low, high = (float(part) for part in found.groups())
    assert points == pytest.approx(15 - 4, abs=0.5) and low < 11 < high
    assert "people usually see it 4" in modest[0] and "what others value" in modest[0]
    less = calibration.own_views(view(own_views(proud=-15, usual=20))).texts[0]
    points = float(less.split(f"{PEOPLE[0]}: the own view minus that of others is ")[1].split()[0])
    assert points == pytest.approx(20 - 15, abs=0.5)
    calm = calibration.own_views(view(own_views(proud=0))).texts
    assert len(calm) == 1 and calm[0].startswith("No further from the others than is usual")
    assert (
        "there are none, they are on other criteria"
        in calibration.own_views(view(rated(0, 0))).texts[0]
    )


def peers(favour: float) -> DataFrame:
    """Twelve people rate one another; the first two favour each other."""
    names = [f"p{n}" for n in range(12)]
    rows = [
        (who, by, 60 + (place * 7 + other) % 3 + (favour if {who, by} == {"p0", "p1"} else 0))
        for place, who in enumerate(names)
        for other, by in enumerate(names)
        if who != by
    ]
    table = DataFrame(rows, columns=["employee_id", "evaluator_id", "score"])
    return table.assign(cycle_id="2026-10", criterion_id="tone", evaluator_type="peer", round=1)


def test_pairs_who_favour_each_other_are_named_unless_they_were_promised_anonymity() -> None:
    open_ = calibration.pairs(view(peers(30.0))).texts
    assert len(open_) == 1 and open_[0].startswith("p0 gave p1 ")
    secret = calibration.pairs(view(peers(30.0), anonymous={"peer": 3})).texts
    assert secret[0].startswith("One pair rated each other clearly above, or below, what others")
    assert not any(name in secret[0] for name in ("p0", "p1"))
    assert calibration.pairs(view(peers(0.0))).texts[0].startswith("No two who rated each other")
    assert "nobody rated somebody who" in calibration.pairs(view(rated(0, 0))).texts[0]


@pytest.mark.requirement("L-03", "L-07")
def test_who_stands_under_a_pseudonym_is_counted_and_leads_to_no_page() -> None:
    few = rated(0, people=PEOPLE[:2], evaluator_type="peer").assign(evaluator_id="shy")
    known = pd.concat([rated(8, 0, 0, 0), few], ignore_index=True)
    seen = view(known, anonymous={"peer": 3})
    words = " ".join(calibration.verdict(seen).texts)
    assert "One evaluator who was promised anonymity rated very few people" in words
    html = str(calibration.overview_table(seen).html())
    assert "shy" not in html and "anonymous-" in html
    assert html.count("<a href=") == 4
    assert '<a href="evaluators/rater-canary-0.html">rater-canary-0</a>' in html
    severities = calibration.severity_table(seen)
    assert severities.frame["page"].notna().tolist().count(True) == 4


def test_of_many_pairs_the_largest_differences_are_said_and_the_others_counted() -> None:
    """Six evaluators 6 points apart make fifteen pairs; six lie 18 points apart or more."""
    told = calibration.verdict(view(rated(0, 6, 12, 18, 24, 30))).texts
    pairs = [text for text in told if " points lower than " in text]
    assert len(pairs) == 6
    assert all(float(text.split(" rates ")[1].split()[0]) > 15 for text in pairs)
    assert "9 further pairs differ clearly; the table of pairs has them all." in told
    apart = [rated(0, people=[f"x{n}"]).assign(evaluator_id=f"far-{n}") for n in range(3)]
    told = calibration.verdict(view(pd.concat([rated(0, 0), *apart], ignore_index=True))).texts
    assert any(text.startswith("9 pairs of evaluators rated nobody in common") for text in told)
