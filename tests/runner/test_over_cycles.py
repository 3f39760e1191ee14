"""What a run says over cycles: changes of teams and people, and effects of improvement plans."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from organisation import CYCLES, DAY, NIGHT, SHOP_SCHEME, edit, run, write_organisation

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


@pytest.mark.requirement("A-16")
def test_a_year_is_built_again_when_months_of_it_have_come(tmp_path: Path) -> None:
    """A year before its months has no score; after two of twelve, the mean of the two."""
    folder = write_organisation(tmp_path)
    longer = "longer: {built: mean, min_share_pct: 10}\n"
    (folder / "shop.yaml").write_text(SHOP_SCHEME + longer, encoding="utf-8")

    def again(cycle: str) -> str:
        manifest, errors = run(folder, cycle, departments=("shop",), only=("appraisal",))
        assert errors == []
        (entry,) = (one for one in manifest["departments"] if one["department_id"] == "shop")
        return str(entry["outcome"])

    assert [again("2026"), again("2026")] == ["done", "unchanged"]
    assert table(folder, "2026", "appraisals")["score"].isna().all()
    assert [again(cycle) for cycle in CYCLES[:2]] == ["done", "done"]
    assert [again("2026"), again("2026")] == ["done", "unchanged"]
    assert again(CYCLES[0]) == "unchanged"  # the year is no part of its months
    first, second, built = (
        table(folder, cycle, "appraisals").set_index("employee_id")["score"]
        for cycle in (*CYCLES[:2], "2026")
    )
    assert built.to_numpy() == pytest.approx(((first + second) / 2).to_numpy())


def test_both_ids_of_somebody_who_was_renamed_stand_in_the_manifest(tmp_path: Path) -> None:
    """Edge 66: the record of the run tells which former id is whose today."""
    folder = write_organisation(tmp_path)
    people = folder / "data/employees.csv"
    rows = people.read_text().splitlines()
    renamed = [f"{rows[0]},alias_of", *(f"{row}," for row in rows[1:]), "old-a,Maiden name,shop-a"]
    people.write_text("\n".join(renamed) + "\n")
    for _ in range(2):  # done, then unchanged
        manifest, errors = run(folder, CYCLES[0], only=("comparison",))
        assert errors == []
        former = {entry["department_id"]: entry["former_ids"] for entry in manifest["departments"]}
        assert former == {"desk": {}, "shop": {"old-a": "shop-a"}}
