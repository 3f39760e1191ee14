"""The planning page: what it says first, and what it shows of a plan and of none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from organisation import edit, write_organisation

import csperf.reporting.planning as show
from csperf.params import Cycle, load_params
from csperf.pipeline import appraise_department
from csperf.reporting.department import DepartmentView, open_department
from csperf.reporting.plan import Plan

JANUARY, FEBRUARY, MARCH = "2026-01", "2026-02", "2026-03"
SPAN = f"{MARCH}-01,{MARCH}-31"
AGREED = "2026-02-25T10:00"
# The day shift meets the agreed time in 11, 10, 9 and 8 of 12 cases each month, the night shift in
# 7 and 6: 38 of 48 and 13 of 24.
TABLES = {
    "plan_steps": f"""\
step_id,cycle_id,part,level,task,responsible,from_date,to_date,method,process,standard
1,{MARCH},implementation,team,Sort the queue by due time,shop-a,{SPAN},new view,,nothing overdue
""",
    "plan_inputs": f"""\
cycle_id,kind,text
{MARCH},strategy,Keep what was promised.
""",
    "goals": f"""\
goal_id,parent_goal_id,owner_scope,owner_id,title,indicator_id,rubric_id,baseline,target,unit,\
deadline,data_source,agreed_by_employee_at,agreed_by_manager_at,perspective
top,,department,shop,Keep times,sla_met_share,,0.7,0.75,share,{MARCH}-31,cases,,{AGREED},customer
own,top,employee,shop-f,Nine of ten,sla_met_share,,0.5,0.99,share,{MARCH}-31,cases,{AGREED},\
{AGREED},customer
calm,top,employee,shop-a,Calm words,,service,,,,{MARCH}-31,evaluations,{AGREED},{AGREED},learning
lost,,employee,shop-b,Be better,,,,,,,,,,
""",
    "goal_checkins": f"""\
goal_id,at,value
own,{MARCH}-15T10:00,0.55
""",
    "targets": f"""\
target_id,scope,scope_id,indicator_id,period_start,period_end,target,version,set_by,agreed_at,reason
d,department,shop,sla_met_share,{SPAN},0.75,1,boss,{AGREED},
a,team,day,sla_met_share,{SPAN},0.75,1,boss,{AGREED},
b,team,night,sla_met_share,{SPAN},0.60,1,boss,{AGREED},
c,team,night,sla_met_share,{SPAN},0.65,2,boss,{MARCH}-10T10:00,
""",
    "forecasts": f"""\
cycle_id,scope,scope_id,volume
{MARCH},team,day,60
{MARCH},team,night,40
""",
    "consultations": f"""\
cycle_id,item,participant_id,vote,comment
{MARCH},indicator set,shop-a,agree,
{MARCH},indicator set,shop-b,disagree,Too few
{MARCH},indicator set,shop-c,disagree,
""",
}


def words(shown: Any) -> str:
    """Text of what is shown, without tags."""
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", str(shown.html())))


@pytest.fixture(scope="module")
def department(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., DepartmentView]:
    """`department("shop", "en")` is a department of the small organisation with a plan."""
    folder = write_organisation(tmp_path_factory.mktemp("planned"))
    cases = "      cases: {path: data/shop-cases.csv}\n"
    given = "".join(f"      {name}: {{path: data/{name}.csv}}\n" for name in TABLES)
    edit(folder / "params.yaml", cases, cases + given)
    for name, text in TABLES.items():
        (folder / f"data/{name}.csv").write_text(text)
    params, history = load_params(folder / "params.yaml"), folder / "history"
    history.mkdir()
    for id in ("shop", "desk"):
        for month in (JANUARY, FEBRUARY, MARCH):
            result = appraise_department(params, id, Cycle.parse(month))
            result.history.to_parquet(history / f"{month}_{id}.parquet", index=False)
        result.save(folder / id)

    def opened(id: str, language: str = "en") -> DepartmentView:
        files = str(folder / "params.yaml"), MARCH, id, str(history), str(folder / id)
        return open_department(*files, language)

    return opened


@pytest.fixture(scope="module")
def plan(department: Callable[..., DepartmentView]) -> Plan:
    return show.planned(department("shop"))


@pytest.mark.requirement("L-06", "A-01", "A-02")
def test_the_page_says_first_what_to_do_next(plan: Plan) -> None:
    said = [
        "1 goal cannot be agreed on yet, because something is missing: Be better.",
        "1 goal is not agreed by both sides: Be better. Talk about it.",
        "1 goal serves no other: Be better. Name the goal above it, or ask what it is for.",
        "1 goal lags behind the time that has passed: Nine of ten.",
        "1 target of the scheme lies beyond the best that nine in ten people have ever reached:"
        " Agreed time met. Lower it.",
        "1 target does not add up from its parts: Agreed time met of Shop. A table below says"
        " what would.",
        "1 change of a target does not say why, when or by whom: Agreed time met of Night shift.",
        "Not written down for this cycle: duties of department and post, internal and external"
        " conditions. The goals rest on it.",
        "The plan of this cycle names no performance goals.",
        "Only 33 % of those who voted agree to: indicator set. Talk again before it is fixed.",
    ]
    found = list(show.next_steps(plan).texts)
    assert [each for each in said if each not in found] == []


@pytest.mark.requirement("A-10", "L-06")
def test_what_does_not_add_up_comes_with_what_would(plan: Plan) -> None:
    # 0.6 x 0.75 + 0.4 x 0.65 = 0.71 of 0.75. So far 0.6 x 38/48 + 0.4 x 13/24 = 0.691667: both
    # have to rise by 0.058333, to 0.85 and 0.60.
    assert "falls short of the whole 75.0% 71.0% 4.0% 2" in words(show.sums_table(plan))
    told = words(show.suggested_table(plan))
    assert "Day shift Agreed time met 85.0% 75.0% 79.2% 60 the same step for all" in told
    assert "Night shift Agreed time met 60.0% 65.0% 54.2% 40" in told


@pytest.mark.requirement("A-11", "A-06", "L-06")
def test_the_page_shows_reach_and_what_goals_rest_on(plan: Plan) -> None:
    assert "Keep what was promised." in words(show.inputs(plan))
    reach = plan.own_reach.set_index("scope_id")
    assert list(reach.loc[["day", "night"], "n_periods"]) == [2, 2]
    assert reach.loc["day", "probability"] > 0.5 > reach.loc["night", "probability"]
    assert "beyond the best of nine in ten: lower it 100.0% 0 6" in words(
        show.everybodys_table(plan)
    )


@pytest.mark.requirement("A-07", "A-08", "A-05", "K-06")
def test_flags_stand_beside_their_reasons_and_people_with_goals_are_counted(plan: Plan) -> None:
    flags = words(show.flags_table(plan))
    assert "Calm words yes yes not known yes yes –" in flags
    assert "Nine of ten yes yes no yes yes Going by earlier cycles" in flags
    assert "Still missing: last day, unit, value at the start, target, data source." in flags
    assert "Goals: 3 of 4 agreed by both sides (75 %)" in words(show.goals_table(plan))
    assert "People with a goal of their own 3 of 6" in words(show.covered(plan))


@pytest.mark.requirement("A-12", "A-14", "A-16", "K-03")
def test_the_page_shows_versions_balance_families_and_consultation(plan: Plan) -> None:
    assert "60.0% 65.0% not said boss" in words(show.changes_table(plan))
    assert "Learning 0.0 1" in words(show.balance_table(plan))
    assert "how a quarter or year is built" in words(show.families(plan))
    assert "indicator set 3 3 1 33% 1" in words(show.consulted_table(plan))
    # One comment would tell who wrote it.
    assert "Too few" not in words(show.comments(plan))


@pytest.mark.requirement("L-06")
def test_a_department_with_targets_in_its_scheme_only_sees_these_and_what_to_give(
    department: Callable[..., DepartmentView],
) -> None:
    plan = show.planned(department("desk"))
    assert show.next_steps(plan).texts[-1].startswith("Not given yet: plan steps, plan inputs")
    assert "Agreed time met" in words(show.everybodys_table(plan))
    for empty in (show.goals_table, show.sums_table, show.steps_table, show.consulted_table):
        assert empty(plan) is None


@pytest.mark.parametrize("language", ["zh", "ko"])
def test_every_section_has_words_in_each_language(
    department: Callable[..., DepartmentView], language: str
) -> None:
    plan = show.planned(department("shop", language))
    sections = [name for name in show.__all__ if name not in ("heading", "planned", "provenance")]
    shown = [words(made) for name in sections if (made := getattr(show, name)(plan))]
    assert len(shown) > 12
    assert not re.search(r"planning\.|yes|agreed", " ".join(shown))
