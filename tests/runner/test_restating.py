"""A cycle that is run again: bound to its scheme, and never losing what it said before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from organisation import CYCLES, edit, files, run

from csperf.runner import reports

MARCH = CYCLES[2]
DESK: dict[str, Any] = {"departments": ("desk",), "only": ("appraisal",)}
SHOP: dict[str, Any] = {**DESK, "departments": ("shop",)}
LATE = "{cycle}/{owner}/late,{owner},{cycle}-25T09:00,{cycle}-25T10:00,{met},0\n"
CHANGE = "at,kind,cycle_id,new,reason,by\n2026-04-03T08:00,rule_change,{cycle},{new},agreed,hr\n"


class Killed(BaseException):
    """The end of a run that nothing in it can catch."""


def late_case(folder: Path, owner: str, met: bool) -> None:
    """A case of March that comes after the run: in time or not, and not reopened."""
    with (folder / "data/desk-cases.csv").open("a") as export:
        export.write(LATE.format(cycle=MARCH, owner=owner, met=str(met).lower()))


def desk_score(met: int, reopened: int, n: int) -> float:
    return 60 * met / n + 40 * (1 - (reopened / n) / 0.50)


def add_table(folder: Path, department: str, name: str, text: str) -> None:
    """Give a department one more table."""
    (folder / f"data/{name}.csv").write_text(text)
    old = f"      cases: {{path: data/{department}-cases.csv}}\n"
    edit(folder / "params.yaml", old, f"{old}      {name}: {{path: data/{name}.csv}}\n")


def result(folder: Path, department: str = "desk") -> Path:
    return folder / "output" / MARCH / department


def contents(folder: Path) -> dict[str, bytes]:
    """What every file of a result holds, those of earlier results aside."""
    return {path: file[1] for path, file in files(folder).items() if path[:9] != "restated/"}


def told(folder: Path, department: str = "desk") -> pd.DataFrame:
    """The table of what the last run changed, by person and quantity."""
    rows = pd.read_csv(result(folder, department) / "tables/restated.csv")
    return rows.set_index(["employee_id", "quantity"]).sort_index()


def entry(manifest: dict[str, Any], department: str = "desk") -> dict[str, Any]:
    return next(e for e in manifest["departments"] if e["department_id"] == department)


@pytest.mark.requirement("G0-3")
def test_a_cycle_keeps_the_scheme_of_its_first_run_until_a_deviation_is_recorded(
    organisation: Path,
) -> None:
    before = files(organisation / "output")
    edit(organisation / "desk.yaml", 'version: "1"', 'version: "2"')
    edit(organisation / "desk.yaml", "target: {assumed: 1.00}", "target: {assumed: 0.50}")
    manifest, errors = run(organisation, MARCH, force=True, only=("appraisal",))
    frozen = f"cycle {MARCH}: was appraised by desk version 1, not desk version 2; record a "
    frozen += "deviation of kind rule_change with new = 2 to restate it"
    assert [(place, str(error)) for place, error in errors] == [("desk", frozen)]
    assert entry(manifest)["reason"] == frozen
    assert {team["outcome"] for team in entry(manifest, "shop")["teams"]} == {"done"}
    after = files(organisation / "output")
    assert {path: after[path] for path in after if "desk" in path} == {
        path: before[path] for path in before if "desk" in path
    }
    edit(organisation / "desk.yaml", 'version: "2"', 'version: "1"')
    _, errors = run(organisation, MARCH, **DESK)
    assert "was appraised by desk version 1 with hash" in str(errors[0][1])

    edit(organisation / "desk.yaml", 'version: "1"', 'version: "2"')
    add_table(organisation, "desk", "deviations", CHANGE.format(cycle=MARCH, new="2"))
    manifest, errors = run(organisation, MARCH, **DESK)
    assert (errors, entry(manifest)["scheme_version"]) == ([], "2")
    kept = [{"n": 1, "path": "desk/restated/1/index.html"}]
    assert entry(manifest)["restated"] == kept
    # desk-a met 11 of 12 agreed times: 55 points of 60, and all 60 now that half of them will do.
    assert told(organisation).loc[("desk-a", "score"), "difference"] == pytest.approx(60 - 55)


@pytest.mark.requirement("G0-3", "I-08")
def test_late_data_restate_a_month_and_the_earlier_results_are_kept_as_they_were(
    organisation: Path,
) -> None:
    first, folder = contents(result(organisation)), result(organisation)
    run(organisation, MARCH, force=True, **DESK)
    assert not (folder / "restated").exists()
    assert told(organisation).empty

    late_case(organisation, "desk-a", met=False)
    manifest, errors = run(organisation, MARCH, **DESK)
    second = contents(folder)
    assert (errors, [each["n"] for each in entry(manifest)["restated"]]) == ([], [1])
    row = told(organisation).loc[("desk-a", "score")]
    difference = desk_score(11, 2, 13) - desk_score(11, 2, 12)
    assert row["difference"] == pytest.approx(difference, abs=1e-8)
    assert (row["team_id"], row["table"], row["corrected"]) == ("desk", "appraisals", False)
    history = pd.read_parquet(organisation / f"output/history/{MARCH}_desk.parquet")
    scores = history[history["quantity_id"] == "score"].set_index("employee_id")["value"]
    assert scores["desk-a"] == pytest.approx(desk_score(11, 2, 13))

    late_case(organisation, "desk-e", met=True)
    manifest, _ = run(organisation, MARCH, **DESK)
    assert [each["n"] for each in entry(manifest)["restated"]] == [1, 2]
    difference = desk_score(8, 2, 13) - desk_score(7, 2, 12)
    assert told(organisation)["difference"].to_dict() == {
        ("desk-e", "score"): pytest.approx(difference, abs=1e-8)
    }
    third = contents(folder)
    page = third["index.html"].decode()
    assert "2 earlier results are kept." in page
    for number in (1, 2):
        place = folder / "restated" / str(number)
        assert f'<a href="restated/{number}/index.html">' in page
        links = re.findall('href="([^"#]+)"', (place / "index.html").read_text())
        assert len(links) > 2 and all((place / address).is_file() for address in links)
    run(organisation, MARCH, force=True, **DESK)
    assert contents(folder) == third
    for number, whole in (("1", first), ("2", second)):
        kept = contents(folder / "restated" / number)
        assert kept.keys() - whole.keys() == {"manifest.json"}
        assert [path for path in whole if kept[path] != whole[path]] == ["index.html"]
        assert kept["index.html"].count(b'href="../../../') == 2
    assert "desk/comparison.html" in first and "desk/comparison.html" not in second


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.requirement("G0-3")
def test_a_run_that_is_killed_while_it_restates_leaves_both_results_and_the_next_one_ends_it(
    organisation: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the reports, between reports and tables, or before the history."""
    folder, first = result(organisation), contents(result(organisation))
    late_case(organisation, "desk-a", met=False)
    move, done = reports.move_files, []

    def killed(source: Path, target: Path) -> set[Path]:
        if len(done) == steps:
            raise Killed
        done.append(move(source, target))
        if len(done) == 2:
            raise Killed
        return done[-1]

    with monkeypatch.context() as patch:
        patch.setattr(reports, "move_files", killed)
        with pytest.raises(Killed):
            run(organisation, MARCH, **DESK)
    kept = contents(folder / "restated/1")
    assert [path for path in first if kept[path] != first[path]] == ["index.html"]
    assert contents(folder).keys() >= first.keys()
    assert (contents(folder) == first) is (steps == 0)

    manifest, errors = run(organisation, MARCH, **DESK)
    assert (errors, [each["n"] for each in entry(manifest)["restated"]]) == ([], [1])
    difference = desk_score(11, 2, 13) - desk_score(11, 2, 12)
    found = told(organisation).loc[("desk-a", "score"), "difference"]
    assert found == pytest.approx(difference, abs=1e-8)
    assert [path for path in folder.rglob("*") if path.name.startswith(".")] == []


@pytest.mark.requirement("G0-3", "G0-8")
def test_a_sign_off_restates_nothing_and_money_that_it_approved_is_not_taken_back(
    organisation: Path,
) -> None:
    decisions = "cycle_id,employee_id,rule_id,decision,reviewer,at,reason\n"
    decisions += f"{MARCH},shop-d,last,confirmed,hr,{MARCH}-23T08:00,agreed\n"
    add_table(organisation, "shop", "sign_offs", decisions)
    run(organisation, MARCH, **SHOP)
    proposals = pd.read_csv(result(organisation, "shop") / "tables/proposals.csv")
    assert list(proposals["status"]) == ["approved", "proposed"]
    assert not (result(organisation, "shop") / "restated").exists()

    edit(organisation / "shop.yaml", "amount: -100", "amount: -150")
    edit(organisation / "shop.yaml", 'version: "1"', 'version: "2"')
    add_table(organisation, "shop", "deviations", CHANGE.format(cycle=MARCH, new="2"))
    run(organisation, MARCH, **SHOP)
    [(key, row)] = told(organisation, "shop").iterrows()
    assert (key, row["subject"]) == (("shop-d", "amount"), "last")
    assert (row["old"], row["new"], row["difference"]) == (-100, -150, -150 - -100)
    assert row["kept"]


@pytest.mark.requirement("F-04", "I-08")
def test_a_correction_restates_its_person_and_shows_whom_it_reached(organisation: Path) -> None:
    """Edge case 73: one of two managers gave 90 by mistake for 50, two fifths of the score."""
    row = f"cycle_id={MARCH}; employee_id=shop-a; evaluator_id=manager-0"
    rows = "table,key,column,old,new,reason,by,at\n"
    rows += f"evaluations,{row},score,90,50,appeal upheld,hr,2026-04-20T08:00\n"
    add_table(organisation, "shop", "corrections", rows)
    run(organisation, MARCH, **SHOP)
    found = told(organisation, "shop")
    assert found["difference"].to_dict() == {
        ("shop-a", "score"): pytest.approx(0.40 * (50 - 90) / 2),
        ("shop-a", "rank"): 2 - 1,
        ("shop-b", "rank"): 1 - 2,
    }
    assert found["corrected"].to_list() == [True, True, False]


@pytest.mark.requirement("G0-8", "I-08")
def test_a_decision_on_a_proposal_that_is_gone_stops_no_restated_run(organisation: Path) -> None:
    """shop-d, last with 72 points, has 60 x 8 / 12 + 40 = 80 after the appeal; shop-c has 78."""
    decisions = "cycle_id,employee_id,rule_id,decision,reviewer,at,reason\n"
    decisions += f"{MARCH},shop-d,last,confirmed,hr,{MARCH}-23T08:00,agreed\n"
    add_table(organisation, "shop", "sign_offs", decisions)
    rows = "table,key,column,old,new,reason,by,at\n"
    for manager, old in ((0, 84), (1, 76)):
        row = f"cycle_id={MARCH}; employee_id=shop-d; evaluator_id=manager-{manager}"
        rows += f"evaluations,{row},score,{old},100,appeal upheld,hr,{MARCH}-23T08:00\n"
    add_table(organisation, "shop", "corrections", rows)
    for _ in range(2):
        _, errors = run(organisation, MARCH, force=True, **SHOP)
        assert errors == []
    assert not (result(organisation, "shop") / "restated/2").exists()
    found = told(organisation, "shop")
    assert found.loc[("shop-d", "score"), "difference"] == pytest.approx(80 - 72)
    gone = found.loc[("shop-d", "action")].set_index("subject")["old"].to_dict()
    assert gone == {"last": "deduction", "three_times": "consider_post_adjustment"}
    assert found.loc[("shop-c", "action"), "new"] == "deduction"
