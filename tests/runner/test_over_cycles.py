"""What a run says over cycles: changes of teams and people, and effects of improvement plans."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from organisation import CYCLES, DAY, NIGHT, edit, run, write_organisation

from csperf.tables import OUTPUT_TABLES

PLANS = (
    "plan_id,cycle_id,employee_id,causes,goal\n"
    f"p1,{CYCLES[0]},shop-d,too slow,faster\n"
    f"p2,{CYCLES[2]},shop-c,too slow,faster\n"
)


def table(folder: Path, cycle: str, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "output" / cycle / "shop/tables" / f"{name}.csv")


@pytest.mark.requirement("I-04", "I-09")
def test_people_and_plans_are_compared_over_cycles(tmp_path: Path) -> None:
    folder = write_organisation(tmp_path)
    (folder / "data/plans.csv").write_text(PLANS)
    old = "      cases: {path: data/shop-cases.csv}\n"
    new = f"{old}      improvement_plans: {{path: data/plans.csv}}\n"
    edit(folder / "params.yaml", old, new)
    for cycle in CYCLES[:2]:
        assert run(folder, cycle, departments=("shop",), only=("comparison",))[1] == []

    changed = table(folder, CYCLES[1], "comparisons")
    people = changed[changed["group_id"] != changed["team_id"]]
    assert people["group_id"].tolist() == [*DAY, *NIGHT]
    assert set(people["baseline_id"]) == {CYCLES[0]} and set(people["quantity_id"]) == {"score"}
    teams = changed[changed["group_id"] == changed["team_id"]]
    assert set(teams["team_id"]) == {"day", "night"}
    known = teams["p_value"].notna()
    assert known.any() and (teams["p_adjusted"] >= teams["p_value"])[known].all()

    (effect,) = table(folder, CYCLES[1], "plan_effects").to_dict("records")  # p2 is not yet begun
    assert (effect["cycle_id"], effect["plan_cycle_id"]) == (CYCLES[1], CYCLES[0])
    assert (effect["team_id"], effect["employee_id"], effect["plan_id"]) == ("day", "shop-d", "p1")
    assert (effect["outcome"], effect["n_others"]) == ("cannot_tell", 3)
    assert effect["reason"] == "fewer than 3 cycles up to the plan"
    report = folder / "output" / CYCLES[1] / "shop" / "{}" / "comparison.html"
    assert "regression to the mean" in Path(str(report).format("day")).read_text()
    assert "regression to the mean" not in Path(str(report).format("night")).read_text()


def test_without_improvement_plans_the_table_of_their_effects_is_empty(organisation: Path) -> None:
    effects = table(organisation, CYCLES[2], "plan_effects")
    assert effects.empty and list(effects) == OUTPUT_TABLES["plan_effects"].names
    shown = organisation / "output" / CYCLES[2] / "shop/day/comparison.html"
    assert "Improvement plans" not in shown.read_text()
