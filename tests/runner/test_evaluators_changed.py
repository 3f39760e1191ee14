"""A team whose evaluators change between two cycles, through whole runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from organisation import CYCLES, DAY, NIGHT, SHOP_SCHEME, run, write_organisation

JANUARY, FEBRUARY = CYCLES[:2]
HEADER = "cycle_id,employee_id,evaluator_id,evaluator_type,criterion_id,score"


def forms() -> list[str]:
    """manager-1 gives ten points less and takes over the day shift; both rate the night shift."""
    rated = [
        *((JANUARY, who, 0) for who in DAY),
        *((FEBRUARY, who, 1) for who in DAY),
        *((cycle, who, n) for cycle in (JANUARY, FEBRUARY) for who in NIGHT for n in (0, 1)),
    ]
    rows = []
    for k, (cycle, who, n) in enumerate(rated):
        score = 90 - ord(who[-1]) % 5 - 10 * n - k * k % 3
        rows.append(f"{cycle},{who},manager-{n},store_manager,service,{score}")
    return rows


def runs(folder: Path, scheme: str = SHOP_SCHEME) -> pd.DataFrame:
    write_organisation(folder)
    (folder / "shop.yaml").write_text(scheme, encoding="utf-8")
    (folder / "data/evaluations.csv").write_text("\n".join([HEADER, *forms()]) + "\n")
    for cycle in (JANUARY, FEBRUARY):
        assert run(folder, cycle, departments=("shop",), only=("comparison",))[1] == []
    tables = folder / "output" / FEBRUARY / "shop/tables"
    return pd.read_csv(tables / "severity_changes.csv")


def report(folder: Path, team: str) -> str:
    return (folder / "output" / FEBRUARY / "shop" / team / "comparison.html").read_text()


@pytest.mark.requirement("D-05", "L-04")
def test_the_report_of_a_team_with_new_evaluators_begins_with_their_severity(
    tmp_path: Path,
) -> None:
    """Ten points of a criterion that is 40 % of the score: about four points."""
    (row,) = runs(tmp_path).to_dict("records")
    assert (row["team_id"], row["baseline_id"], row["n"]) == ("day", JANUARY, 4)
    assert row["status"] == "ok" and row["explained"] == pytest.approx(-4, abs=0.5)
    assert "evaluators of this team have changed, and those of now take" in report(tmp_path, "day")
    assert "evaluators of this team" not in report(tmp_path, "night")


@pytest.mark.requirement("D-05", "D-08")
def test_where_evaluators_were_promised_anonymity_no_number_is_written(tmp_path: Path) -> None:
    old = "{type: store_manager, title: Store manager}"
    new = "{type: store_manager, title: Store manager, shown_from: 2, hidden_counts: true}"
    (row,) = runs(tmp_path, SHOP_SCHEME.replace(old, new)).to_dict("records")
    assert row["status"] == "with_hr" and pd.isna(row["explained"]) and pd.isna(row["low"])
    assert "anonymity was promised to them" in report(tmp_path, "day")
