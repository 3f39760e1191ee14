"""People who move, share their time, work part of it, or get another id."""

import json

import pandas as pd
import pytest
from appraised import scheme_of, values_of
from drawing import draw
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame, Series
from pandas.testing import assert_frame_equal

from csperf import Cycle, InputError, appraise, combine_evaluations
from csperf.appraisal import (
    effective_weights,
    history_rows,
    members,
    proposals,
    rank,
    score,
    totals,
)
from csperf.appraisal.renaming import continued, under_ids_of_today
from csperf.appraisal.roles import scheme_of as scheme_of_person
from csperf.appraisal.roles import score_people
from csperf.appraisal.superiors import with_days
from csperf.tables import OUTPUT_TABLES

MAY = Cycle.parse("2016-05")
LINE = {"method": "linear", "floor": 0, "target": 1}
BY_CASES = scheme_of(score=[{"indicator": "sla_met_share", "weight": 100, "scoring": LINE}])
HOME = """
    employee_id | team_id | from_date  | to_date    | level_group
    ann         | A       | 2016-01-01 | 2016-05-11 | front_line
    ann         | B       | 2016-05-11 |            | front_line
    bea         | A       | 2016-01-01 |            | front_line
    col         | B       | 2016-01-01 |            | front_line
    mia         | A       | 2016-01-01 |            | manager
    max         | B       | 2016-01-01 |            | manager
"""


def dated(text):
    frame = draw(text)
    dates = {name: pd.to_datetime(frame[name]) for name in frame if name.endswith("_date")}
    return frame.assign(**dates)


def cases(*spells):
    """Cases from (owner, day of May, how many, how many of them in the agreed time)."""
    rows = [
        {"owner_id": owner, "opened_at": f"2016-05-{day:02d} 09:00", "sla_met": number < met}
        for owner, day, n, met in spells
        for number in range(n)
    ]
    frame = DataFrame(rows).assign(case_id=[f"c{number}" for number in range(len(rows))])
    opened = pd.to_datetime(frame["opened_at"], utc=True)
    closed = opened + pd.Timedelta(hours=1)
    return frame.assign(opened_at=opened, resolved_at=closed, last_state_at=closed)


MOVED = {
    "assignments": dated(HOME),
    "cases": cases(("ann", 5, 20, 15), ("ann", 20, 60, 30), ("bea", 5, 40, 40), ("col", 9, 30, 15)),
}


def by_person(frame, column):
    return frame.set_index("employee_id")[column].to_dict()


@pytest.fixture(scope="module")
def moved():
    return appraise(MOVED, BY_CASES, MAY)


def test_an_event_belongs_to_the_team_of_its_day_and_the_mover_is_ranked_once(moved):
    """Edge cases 17 and 80: ann has 10 days in A and 21 in B."""
    teams = moved.team_values.set_index(["team_id", "indicator_id"])
    assert teams.loc[("A", "cases_handled"), "value"] == 20 + 40
    assert teams.loc[("B", "cases_handled"), "value"] == 60 + 30
    assert teams.loc[("A", "sla_met_share"), "value"] == pytest.approx((15 + 40) / 60)
    mine = moved.appraisals[moved.appraisals["employee_id"] == "ann"]
    assert mine["team_id"].to_list() == ["B"]
    assert mine["rank"].to_list() == [1]  # 45 of 80 before col with 15 of 30
    ranked = moved.appraisals.dropna(subset="rank")
    assert set(ranked["employee_id"]) == {"ann", "col"}, "bea is alone in A"


def test_the_score_of_a_mover_is_that_of_the_spells_weighted_by_their_volumes(moved):
    """Edge case 17: 20 cases at 75 % and 60 at 50 % are 80 at 56.25 %."""
    weighted = (20 * 0.75 + 60 * 0.50) / (20 + 60)
    assert by_person(moved.appraisals, "score")["ann"] == pytest.approx(100 * weighted)


def test_a_scheme_may_rank_movers_in_their_last_team():
    """ann goes to B for the last ten days, cho for the first ten."""
    table = dated("""
        employee_id | team_id | from_date  | to_date
        ann         | A       | 2016-01-01 | 2016-05-22
        ann         | B       | 2016-05-22 |
        cho         | B       | 2016-01-01 | 2016-05-11
        cho         | A       | 2016-05-11 |
    """)
    found = {}
    for home in ("most_days", "last"):
        scheme = BY_CASES.model_copy(
            update={"ranking": type(BY_CASES.ranking).model_validate({"home": home})}
        )
        found[home] = by_person(members({"assignments": table}, scheme, MAY, "d"), "team_id")
    assert found == {"most_days": {"ann": "A", "cho": "A"}, "last": {"ann": "B", "cho": "A"}}


def test_of_two_teams_at_once_the_one_with_most_of_the_time_counts():
    table = dated("""
        employee_id | team_id | from_date  | to_date | share_pct
        ann         | A       | 2016-01-01 |         | 40
        ann         | B       | 2016-01-01 |         | 60
    """)
    found = members({"assignments": table}, BY_CASES, MAY, "d").iloc[0]
    assert (found["team_id"], found["working_time"], found["eligible"]) == ("B", 1.0, True)


def test_two_spells_in_a_team_count_together():
    """9 + 8 days in A are more than 14 in B, and so is one spell of 17."""
    table = dated("""
        employee_id | team_id | from_date  | to_date
        ann         | A       | 2016-05-01 | 2016-05-10
        ann         | A       | 2016-05-10 | 2016-05-18
        ann         | B       | 2016-05-18 |
    """)
    found = members({"assignments": table}, BY_CASES, MAY, "d")
    assert found["team_id"].to_list() == ["A"]


SPELLS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from("tu"), st.integers(-5, 25), st.integers(2, 31)
    ),
    min_size=1,
    max_size=5,
)


def spells_of(rows):
    first = pd.Timestamp("2016-05-01")
    return DataFrame(
        {
            "employee_id": [row[0] for row in rows],
            "team_id": [row[1] for row in rows],
            "from_date": [first + pd.Timedelta(days=row[2]) for row in rows],
            "to_date": [first + pd.Timedelta(days=row[2] + row[3]) for row in rows],
        }
    )


@given(SPELLS, st.randoms())
def test_order_names_and_how_a_spell_is_cut_do_not_matter(rows, random):
    try:
        before = members({"assignments": spells_of(rows)}, BY_CASES, MAY, "d")
    except InputError:
        return  # nobody was there in May
    (owner, team, at, length), cut = rows[0], rows[0][3] // 2
    whole = [*rows[1:], (owner, team, at, cut), (owner, team, at + cut, length - cut)]
    random.shuffle(whole)
    names = {"a": "y", "b": "x"}
    other = spells_of([(names[person], *rest) for person, *rest in whole])
    after = members({"assignments": other}, BY_CASES, MAY, "d")
    back = after["employee_id"].map({name: person for person, name in names.items()})
    after = after.assign(employee_id=back, display_name=back)
    after = after.sort_values("employee_id", ignore_index=True)
    assert_frame_equal(before, after, check_dtype=False, rtol=1e-9)


ONE_TYPE = scheme_of(
    evaluators=[{"type": "direct_superior"}, {"type": "peer"}],
    criteria=[{"id": "work"}],
    score=[{"criterion": "work", "evaluator": "direct_superior", "weight": 100}],
)
RATED = draw("""
    employee_id | evaluator_id | evaluator_type  | criterion_id | score
    ann         | mia          | direct_superior | work         | 90
    ann         | max          | direct_superior | work         | 60
    ann         | bea          | peer            | work         | 70
    ann         | col          | peer            | work         | 80
""")


def test_two_superiors_of_a_mover_count_by_their_days():
    """Edge case 17: mia led ann's team for 10 days, max for 21; peers count alike."""
    told = with_days(RATED, MOVED, MAY)
    assert (
        told["days"].to_list()[:2] == [10, 21] and told["days"].isna().to_list()[2:] == [True] * 2
    )
    found = combine_evaluations(told, ONE_TYPE).set_index("evaluator_type")
    assert found.loc["direct_superior", "score"] == pytest.approx((10 * 90 + 21 * 60) / 31)
    assert found.loc["direct_superior", ["n_evaluators", "spread"]].to_list() == [2, 30]
    assert found.loc["peer", "score"] == (70 + 80) / 2


def test_reporting_lines_go_before_the_managers_of_teams():
    lines = dated("""
        employee_id | superior_id | kind     | from_date  | to_date
        ann         | mia         | direct   |            | 2016-05-26
        ann         | max         | direct   | 2016-05-26 |
        ann         | max         | indirect | 2016-01-01 |
        bea         | mia         | direct   | 2016-01-01 | 2016-04-01
    """)
    told = with_days(RATED, {**MOVED, "reporting_lines": lines}, MAY)
    assert told["days"].to_list()[:2] == [25, 6]
    of_bea = RATED.assign(employee_id="bea").iloc[:1]
    assert with_days(of_bea, {"reporting_lines": lines}, MAY)["days"].to_list() == [0]


def test_superiors_whose_days_nobody_knows_count_alike():
    """Case 27: without a table, or where it knows only one of two, the plain mean stands."""
    plain = combine_evaluations(RATED, ONE_TYPE)
    assert_frame_equal(combine_evaluations(with_days(RATED, {}, MAY), ONE_TYPE), plain)
    half = with_days(RATED, {"assignments": dated(HOME).iloc[[0, 4]]}, MAY)
    assert half["days"].notna().sum() == 1
    assert_frame_equal(combine_evaluations(half, ONE_TYPE), plain)
    never = RATED.assign(days=0)
    assert_frame_equal(combine_evaluations(never, ONE_TYPE), plain)


def share(name, weight):
    return {"indicator": name, "weight": weight, "scoring": LINE}


BONUS = {"indicator": "service_innovation", "scoring": {"method": "bonus", "points": 4, "cap": 8}}
ROLES = scheme_of(
    score=[share("reply_rate", 100)],
    roles={
        "phone": {"score": [share("service_level", 60), share("call_resolution_share", 40), BONUS]},
        "desk": {"score": [share("sla_met_share", 100)]},
    },
)
HALVES = json.dumps({"desk": 0.5, "phone": 0.5})


def both(shares, **values):
    people = DataFrame({"employee_id": ["ann", "bea"], "role": ["phone", "desk"]}).assign(
        role_shares=Series([shares, None], dtype="str"), eligible=True, group="t"
    )
    return score_people(people, values_of(ann=values, bea={"sla_met_share": 0.5}), ROLES, None)


ALL = {"service_level": 0.8, "call_resolution_share": 0.5, "sla_met_share": 0.9}


def test_two_roles_at_once_are_scored_each_by_its_scheme_and_weighted_by_share():
    """Edge case 18: 0.6 x 80 + 0.4 x 50 = 68 on the phone and 90 at the desk."""
    found = both(HALVES, **ALL, service_innovation=1)
    assert totals(found).to_dict() == {"ann": 0.5 * (68 + 4) + 0.5 * 90, "bea": 50}
    mine = found[found["employee_id"] == "ann"].set_index("component_id")
    assert mine["contribution"].to_dict() == pytest.approx(
        {
            "phone/service_level": 0.5 * 48,
            "phone/call_resolution_share": 0.5 * 20,
            "phone/service_innovation": 0.5 * 4,
            "desk/sla_met_share": 0.5 * 90,
        }
    )
    assert mine["weight"].sum() == pytest.approx(100)
    thirds = json.dumps({"desk": 0.25, "phone": 0.75})
    assert totals(both(thirds, **ALL))["ann"] == pytest.approx(0.75 * 68 + 0.25 * 90)


def test_numbers_are_held_against_the_share_of_the_role():
    """20 calls in half of the time are as good as 40 in all of it: 100 of 100 points."""
    target = {"method": "target_ratio", "target": 40}
    calls = {"indicator": "calls_answered", "weight": 100, "scoring": target}
    scheme = scheme_of(score=[share("sla_met_share", 100)], roles={"phone": {"score": [calls]}})
    people = DataFrame({"employee_id": ["ann", "bea"], "role": "phone"}).assign(
        role_shares=[HALVES, None], working_time=1.0, eligible=True, group="t"
    )
    values = values_of(ann={"calls_answered": 20, "sla_met_share": 0.6}, bea={"calls_answered": 20})
    found = totals(score_people(people, values, scheme, None))
    assert found.to_dict() == {"ann": 0.5 * 100 + 0.5 * 60, "bea": 50}


def test_roles_that_the_scheme_does_not_tell_apart_are_one():
    found = both(json.dumps({"phone": 0.5, "mail": 0.3, "chat": 0.2}), **ALL, reply_rate=1.0)
    assert totals(found)["ann"] == pytest.approx(0.5 * 68 + 0.5 * 100)
    same = both(json.dumps({"mail": 0.5, "chat": 0.5}), **ALL, reply_rate=0.7)
    assert same.loc[same["employee_id"] == "ann", "component_id"].to_list() == ["reply_rate"]


def test_a_role_without_a_score_leaves_its_share_as_far_as_weight_may_be_missing():
    """At most 40 % may be missing: half of the time is too much, a third is not."""
    desk = {"sla_met_share": 0.9}
    assert pd.isna(totals(both(HALVES, **desk))["ann"])
    third = json.dumps({"desk": 2 / 3, "phone": 1 / 3})
    assert totals(both(third, **desk))["ann"] == pytest.approx(90)


def test_exactly_as_much_as_may_be_missing_is_not_too_much():
    """1 - 0.7 of the time is 30 %, whatever binary fractions make of it."""
    scheme = scheme_of(
        score=[share("sla_met_share", 100)],
        roles={"phone": {"score": [share("service_level", 100)]}},
        missing={"max_missing_weight_pct": 30},
    )
    people = DataFrame({"employee_id": ["ann"], "role": "phone", "eligible": True, "group": "t"})
    people["role_shares"] = Series([json.dumps({"desk": 0.7, "phone": 0.3})], dtype="str")
    found = score_people(people, values_of(ann={"sla_met_share": 0.9}), scheme, None)
    assert totals(found)["ann"] == pytest.approx(90)


def test_a_department_of_machines_only_has_nobody_with_a_score():
    bots = DataFrame({"employee_id": ["x"], "is_bot": [True]})
    found = appraise({"employees": bots}, ROLES, MAY)
    assert found.appraisals["reason"].to_list() == ["service account: declared as a bot"]
    assert found.scores.empty and found.proposals.empty


def test_the_scheme_of_several_roles_has_the_components_and_weights_of_the_score():
    person = {"role": "phone", "role_shares": HALVES}
    scheme = scheme_of_person(ROLES, person)
    found = both(HALVES, **ALL, service_innovation=1)
    mine = found[found["employee_id"] == "ann"].set_index("component_id")
    paths = [path for path, _ in scheme.components()]
    assert set(paths) == set(mine.index)
    weights = effective_weights(scheme, DataFrame(True, index=["ann"], columns=paths)).loc["ann"]
    assert weights.to_dict() == pytest.approx(mine["weight"].fillna(0).to_dict())
    values = values_of(ann={**ALL, "service_innovation": 1})
    assert totals(score(values, scheme))["ann"] == totals(found)["ann"]
    assert scheme_of_person(ROLES, {"role": "desk", "role_shares": None}) == ROLES.for_role("desk")


def test_the_shares_of_roles_come_from_the_assignments():
    table = dated("""
        employee_id | team_id | role  | from_date  | to_date    | share_pct
        ann         | A       | phone | 2016-01-01 |            | 50
        ann         | A       | desk  | 2016-01-01 |            | 50
        bea         | A       | phone | 2016-01-01 | 2016-05-11 | 100
        bea         | A       | phone | 2016-05-11 |            | 100
    """)
    found = members({"assignments": table}, BY_CASES, MAY, "d").set_index("employee_id")
    assert json.loads(found.loc["ann", "role_shares"]) == {"phone": 0.5, "desk": 0.5}
    assert pd.isna(found.loc["bea", "role_shares"]) and found.loc["bea", "role"] == "phone"
    assert found["working_time"].to_list() == [1, 1]


TARGETS = scheme_of(
    score=[
        {
            "indicator": "order_amount_total",
            "weight": 50,
            "scoring": {"method": "target_ratio", "target": 200},
        },
        {
            "indicator": "information_quantity",
            "weight": 25,
            "scoring": {"method": "steps", "bands": [[40, 100], [20, 50]]},
        },
        share("sla_met_share", 25),
    ]
)


def test_half_a_job_earns_the_points_of_twice_the_amount_and_number():
    """Edge case 22: 100 of 200 x 0.5 and 20 of 40 x 0.5 are all; a share stays what it is."""
    same = {"order_amount_total": 100, "information_quantity": 20, "sla_met_share": 0.8}
    values = values_of(half=same, full=same)
    time = Series({"half": 0.5, "full": 1.0})
    found = score(values, TARGETS, working_time=time)
    assert totals(found).to_dict() == {
        "half": 0.5 * 100 + 0.25 * 100 + 0.25 * 80,
        "full": 0.5 * 50 + 0.25 * 50 + 0.25 * 80,
    }
    shown = found[found["component_id"] == "order_amount_total"]
    assert shown["value"].to_list() == [100, 100], "the amount itself is shown"
    assert totals(score(values, TARGETS)).to_dict() == {"half": 57.5, "full": 57.5}


def test_who_is_compared_by_amounts_is_compared_per_working_time():
    ranked = {
        "indicator": "order_amount_total",
        "weight": 100,
        "scoring": {"method": "rank_points"},
    }
    values = values_of(half={"order_amount_total": 60}, full={"order_amount_total": 100})
    time = Series({"half": 0.5, "full": 1.0})
    assert totals(score(values, scheme_of(score=[ranked]), working_time=time)).to_dict() == {
        "half": 100,
        "full": 50,
    }


def test_single_events_are_not_multiplied_by_part_time():
    values = values_of(half={"sla_met_share": 1.0, "service_innovation": 1})
    scheme = scheme_of(score=[share("sla_met_share", 100), BONUS])
    found = score(
        values.assign(value=lambda v: v["value"] / 2), scheme, working_time=Series({"half": 0.5})
    )
    assert totals(found)["half"] == 50 + 4


def test_working_time_is_the_part_of_full_time_that_somebody_was_there():
    table = dated("""
        employee_id | team_id | from_date  | to_date
        ann         | A       | 2016-01-01 |
        bea         | A       | 2016-01-01 | 2016-05-26
    """)
    people = draw("""
        employee_id | fte
        ann         | 0.5
        bea         | 0.8
    """)
    found = members({"assignments": table, "employees": people}, BY_CASES, MAY, "d")
    assert by_person(found, "working_time") == pytest.approx({"ann": 0.5, "bea": 0.8 * 25 / 31})


PEOPLE = draw("""
    employee_id | alias_of
    old         | now
    now         |
    bea         |
""")
LAST = scheme_of(
    score=[share("sla_met_share", 100)],
    rules=[
        {
            "id": "two_times",
            "when": {"rank_from_bottom": 1, "consecutive_cycles": 2},
            "action": "talk",
            "approver": "HR",
        }
    ],
)


def ranked(last, team="t"):
    """Five people of a team, of whom this one is last."""
    people = DataFrame({"employee_id": ["e1", "e2", "e3", "e4", last]}).assign(
        team_id=team, group=team, score=[90.0, 80.0, 70.0, 60.0, 50.0], grade=None
    )
    return rank(people, "group")


def april(last, team="t"):
    """History rows of the month before."""
    nothing = OUTPUT_TABLES["indicator_values"].empty()
    rows = history_rows(ranked(last, team), nothing, nothing, nothing, LAST)
    return rows.assign(cycle_id="2016-04", department_id="d")


def test_a_streak_continues_over_a_new_id():
    """Edge case 66: last in April as old, last in May as now."""
    assert proposals(ranked("now"), LAST, MAY, april("old")).empty
    history = continued(april("old"), {"employees": PEOPLE})
    assert proposals(ranked("now"), LAST, MAY, history)["employee_id"].to_list() == ["now"]


def test_of_two_ids_that_became_one_the_row_of_the_later_counts():
    then = DataFrame(
        {
            "cycle_id": "2016-04",
            "employee_id": ["old", "now", "bea", None, None],
            "quantity_id": "score",
            "value": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    ).astype({"employee_id": "str"})
    found = continued(then, {"employees": PEOPLE})
    assert found["value"].to_list() == [2, 3, 4, 5], "rows of whole teams stay"
    assert continued(then, {}) is then


def test_tables_about_people_go_under_the_ids_of_today():
    tables = {
        "employees": PEOPLE,
        "assignments": dated("""
            employee_id | team_id | from_date  | to_date
            old         | A       | 2016-01-01 | 2016-05-11
            now         | A       | 2016-05-11 |
            bea         | A       | 2016-01-01 |
        """),
        "evaluations": RATED.assign(employee_id="bea", evaluator_id="old"),
        "cases": cases(("old", 3, 1, 1)),
    }
    found = under_ids_of_today(tables)
    assert set(found["evaluations"]["evaluator_id"]) == {"now"}
    assert found["cases"] is tables["cases"], "events follow when they are measured"
    people = members(found, BY_CASES, MAY, "d").set_index("employee_id")
    assert people["working_time"].to_dict() == {"bea": 1, "now": 1}
    assert tables["evaluations"]["evaluator_id"].eq("old").all()


@pytest.mark.requirement("G0-5")
def test_a_streak_counts_only_within_the_group_that_ranks():
    """Edge case 79: last in April in another team is not last twice in this one."""
    found = proposals(ranked("ann"), LAST, MAY, april("ann"))
    assert found["employee_id"].to_list() == ["ann"]
    assert proposals(ranked("ann"), LAST, MAY, april("ann", team="u")).empty
