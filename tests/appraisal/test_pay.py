"""Money: lines, pools, deductions, what the plan costs, and where its numbers come from."""

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st

from csperf import Cycle
from csperf.appraisal.incentives import liked_best, uneven
from csperf.appraisal.money import pools, rounded, shares
from csperf.appraisal.pay import cost, pay_lines, reconcile, under_minimum_wage
from csperf.appraisal.pay_inputs import group_totals, inputs_of
from csperf.errors import InputError
from csperf.indicators import Events, measure
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES, check
from csperf.tables.contracts import CONTRACTS, PREFERENCES

OCTOBER = Cycle.parse("2026-10")
NO_RULES = OUTPUT_TABLES["proposals"].empty()
COMMISSION = {
    "values": {"personal_rate": {"assumed": 0.5}, "public_rate": {"stated": 0.5}},
    "pools": [{"id": "public_pool", "amount": "public_sales * public_rate / 100"}],
    "lines": [
        {"id": "post_salary", "formula": "post_salary"},
        {"id": "personal_commission", "formula": "personal_rate / 100 * personal_sales"},
        {"id": "public_commission", "formula": "public_pool"},
        {"id": "seniority_salary", "formula": "seniority_salary"},
        {
            "id": "total",
            "formula": "post_salary + personal_commission + public_commission + seniority_salary",
        },
    ],
}


def scheme_of(pay, **more):
    base = {"id": "s", "title": "S", "version": "1", "currency": "CNY"}
    part = {
        "id": "a",
        "weight": 100,
        "indicator": "reply_rate",
        "scoring": {"method": "rank_points"},
    }
    return Scheme.model_validate({**base, "score": [part], "pay": pay, **more})


def people_of(*ids, **columns):
    return pd.DataFrame({"employee_id": ids, "team_id": "t", "score": 80.0} | columns)


def inputs_for(people, **columns):
    return people[["employee_id"]].assign(**columns)


def lines_of(pay, people, inputs, totals=None, rules=NO_RULES):
    found = pay_lines(people, scheme_of(pay), inputs, totals or {}, rules)
    return found.set_index(["employee_id", "line"])


def one(formula, tables=None, values=None, **inputs):
    """Amount of a one-line statement of one person."""
    pay = {"lines": [{"id": "x", "formula": formula}], "tables": tables or {}}
    people = people_of("A")
    found = lines_of(pay | {"values": values or {}}, people, inputs_for(people, **inputs))
    return found.loc[("A", "x")]


def six():
    people = people_of(*"ABCDEF")
    inputs = inputs_for(
        people, post_salary=3000.0, seniority_salary=100.0, personal_sales=80_000.0, fte=1.0
    )
    return people, inputs


# --- the known answers -------------------------------------------------------------------------


@pytest.mark.requirement("G3", "J-05")
def test_the_month_of_the_commission_scheme_comes_to_3700():
    people, inputs = six()
    found = lines_of(COMMISSION, people, inputs, {"public_sales": 240_000.0})
    mine = found.loc["A"]
    assert mine["amount"].to_dict() == {
        "post_salary": 3000,
        "personal_commission": 80_000 * 0.5 / 100,
        "public_commission": 240_000 * 0.5 / 100 / 6,
        "seniority_salary": 100,
        "total": 3000 + 400 + 200 + 100,
    }
    assert (found.xs("public_commission", level="line")["amount"] == 200.00).all()
    assert (found.xs("total", level="line")["amount"] == 3700.00).all()
    assert set(found["currency"]) == {"CNY"}


@pytest.mark.requirement("J-05")
def test_every_line_says_its_formula_its_numbers_and_its_place_in_the_scheme():
    people, inputs = six()
    mine = lines_of(COMMISSION, people, inputs, {"public_sales": 240_000.0}).loc["A"]
    personal = mine.loc["personal_commission"]
    assert personal["formula"] == "personal_rate / 100 * personal_sales; assumed: personal_rate"
    assert personal["inputs"] == "0.5 / 100 x 80,000"
    assert personal["rule_id"] == "pay.lines.personal_commission"
    public = mine.loc["public_commission"]
    assert public["formula"] == (
        "public_pool; public_pool = public_sales * public_rate / 100, equal shares"
    )
    assert public["inputs"] == (
        "200; public_pool: 240,000 x 0.5 / 100 = 1,200.00 for 6 people, equal shares"
    )
    assert mine.loc["total", "inputs"] == "3,000 + 400 + 200 + 100"


@pytest.mark.requirement("G2")
def test_salary_and_bonus_follow_the_level_and_the_company_factor():
    pay = {
        "values": {"company_factor": {"assumed": 1}},
        "tables": {
            "salary": {"by": "level", "rows": {"advanced": 4500, "primary": {"assumed": 3500}}},
            "bonus": {"by": "level", "rows": {"advanced": 600}, "unknown": 0},
        },
        "lines": [
            {"id": "salary_of_level", "formula": "salary"},
            {"id": "post_bonus", "formula": "bonus * company_factor"},
        ],
    }
    people = people_of("A", "B", "C", level=["advanced", "primary", None])
    inputs = inputs_for(people)
    found = lines_of(pay, people, inputs)["amount"]
    assert found["A"].tolist() == [4500, 600 * 1]
    assert found["B"].tolist() == [3500, 0], "a level without a row has what is otherwise"
    assert np.isnan(found["C"]["salary_of_level"]) and found["C"]["post_bonus"] == 0
    good_month = lines_of(pay, people, inputs, {"company_factor": 1.2})
    assert good_month.loc[("A", "post_bonus"), "amount"] == 600 * 1.2
    assert (
        "company_factor"
        in lines_of(pay, people, inputs).loc[("A", "post_bonus"), "formula"].split("assumed: ")[1]
    )
    assert "assumed" not in good_month.loc[("A", "post_bonus"), "formula"], "it was given"
    assert good_month.loc[("A", "salary_of_level"), "inputs"] == "4,500; salary: level advanced"


def rule_rows(text):
    return draw(text).assign(currency="CNY", team_id="t")


@pytest.mark.requirement("G1", "J-02")
def test_the_first_gets_100_and_the_last_loses_100_of_his_commission():
    pay = {
        "lines": [
            {"id": "commission", "formula": "0.005 * personal_sales"},
            {"id": "rank_money", "formula": "0", "within": ["commission"]},
            {"id": "total", "formula": "commission + rank_money"},
        ],
        "rank_money": "rank_money",
    }
    people = people_of("A", "B", "C")
    inputs = inputs_for(people, personal_sales=[80_000.0, 60_000.0, 40_000.0])
    rules = rule_rows("""
        employee_id | rule_id        | amount | status
        A           | first_bonus    | 100    | proposed
        A           | another        | 50     | rejected
        B           | training       |        | proposed
        C           | last_deduction | -100   | proposed
    """)
    found = lines_of(pay, people, inputs, rules=rules)
    totals = found.xs("total", level="line")["amount"].to_dict()
    assert totals == {"A": 400 + 100, "B": 300, "C": 200 - 100}
    money = found.xs("rank_money", level="line")
    assert money.loc["A", "inputs"] == "0; first_bonus 100.00 (proposed)"
    assert money["rule_id"].to_dict() == {
        "A": "first_bonus",
        "B": "pay.lines.rank_money",
        "C": "last_deduction",
    }


# --- edge cases --------------------------------------------------------------------------------


@pytest.mark.requirement("G1")
def test_a_shared_first_place_and_a_tied_last_come_in_as_the_rules_split_them():
    """Edge cases 1 and 2: the rules share the bonus and spare the tied last; pay only adds."""
    pay = {"lines": [{"id": "money", "formula": "0"}], "rank_money": "money"}
    people = people_of("A", "B", "C", "D")
    rules = rule_rows("""
        employee_id | rule_id     | amount | status
        A           | first_bonus | 50     | proposed
        B           | first_bonus | 50     | proposed
    """)
    found = lines_of(pay, people, inputs_for(people), rules=rules)["amount"]
    assert found.tolist() == [50, 50, 0, 0]


@pytest.mark.requirement("G3")
def test_who_left_in_the_month_keeps_his_own_commission_and_has_no_share_of_the_pool():
    """Edge case 20."""
    people, inputs = six()
    gone = inputs.assign(on_last_day=[True] * 5 + [False])
    found = lines_of(COMMISSION, people, gone, {"public_sales": 240_000.0})["amount"]
    assert found["F"]["personal_commission"] == 400
    assert found["F"]["public_commission"] == 0
    assert found["A"]["public_commission"] == 1200 / 5


def test_half_a_post_has_half_a_share_and_half_the_minimum_wage():
    """Edge case 22."""
    pay = COMMISSION | {
        "pools": [COMMISSION["pools"][0] | {"share": "fte"}],
        "minimum_wage": 2600,
    }
    people = people_of("A", "B", "C")
    inputs = inputs_for(
        people,
        post_salary=[1000.0, 2400.0, 2500.0],
        seniority_salary=0.0,
        personal_sales=0.0,
        fte=[0.5, 1.0, 1.0],
    )
    found = lines_of(pay, people, inputs, {"public_sales": 100_000.0})
    public = found.xs("public_commission", level="line")["amount"].to_dict()
    assert public == {"A": 500 * 0.5 / 2.5, "B": 500 / 2.5, "C": 500 / 2.5}
    warned = found.xs("total", level="line")["inputs"].str.extract(r"(warning.*)")[0].dropna()
    assert warned.to_dict() == {"A": "warning: under the minimum wage of 1,300.00"}


@pytest.mark.requirement("J-09")
def test_a_total_under_the_minimum_wage_is_listed_and_an_unknown_share_of_time_counts_in_full():
    pay = {"lines": [{"id": "total", "formula": "basic_salary"}], "minimum_wage": 2600}
    people = people_of("A", "B", "C", "D")
    inputs = inputs_for(
        people, basic_salary=[2600.0, 2599.99, 2000.0, None], fte=[1.0, 1.0, None, 1.0]
    )
    scheme = scheme_of(pay)
    found = under_minimum_wage(pay_lines(people, scheme, inputs, {}, NO_RULES), scheme, inputs)
    assert found.to_dict("list") == {
        "employee_id": ["B", "C"],
        "total": [2599.99, 2000],
        "minimum": [2600, 2600],
        "short": [0.01, 600],
    }
    without = scheme_of({"lines": pay["lines"]})
    assert under_minimum_wage(
        pay_lines(people, without, inputs, {}, NO_RULES), without, inputs
    ).empty


@pytest.mark.requirement("J-05")
def test_a_pool_with_nobody_to_share_it_is_not_paid_and_says_so():
    """Edge case 87."""
    people, inputs = six()
    empty = inputs.assign(on_last_day=False)
    scheme, totals = scheme_of(COMMISSION), {"public_sales": 240_000.0}
    found = pay_lines(people, scheme, empty, totals, NO_RULES)
    why = "240,000 x 0.5 / 100 = 1,200.00 is not paid: nobody is there on the last day"
    pooled = pools(people, scheme, empty, totals)
    assert pooled.loc[0, ["people", "amount", "inputs"]].tolist() == [0, 1200, why]
    assert why in found.loc[found["line"] == "public_commission", "inputs"].iloc[0]
    assert (found.loc[found["line"] == "total", "amount"] == 3000 + 400 + 100).all()
    assert reconcile(found, pooled)["status"].tolist() == ["not paid"]
    nobody = people.iloc[:0]
    assert pools(nobody, scheme, inputs.iloc[:0], totals)["people"].tolist() == [0]
    assert pay_lines(nobody, scheme, inputs, totals, NO_RULES).empty


@pytest.mark.requirement("J-05")
def test_a_thousand_over_three_adds_up_to_the_cent():
    """Edge case 88."""
    pay = {"pools": [{"id": "pool", "amount": "1000"}], "lines": [{"id": "x", "formula": "pool"}]}
    people = people_of("C", "A", "B")
    found = lines_of(pay, people, inputs_for(people))["amount"]
    assert found.droplevel("line").to_dict() == {"A": 333.34, "B": 333.33, "C": 333.33}
    assert shares(-1000, pd.Series(1.0, index=[*"ABC"])).tolist() == [-333.34, -333.33, -333.33]


DEDUCTION = {
    "lines": [
        {"id": "commission", "formula": "commission_in"},
        {"id": "fine", "formula": "-60", "within": ["commission"]},
        {"id": "rank_money", "formula": "0", "within": ["commission"]},
        {"id": "total", "formula": "commission + fine + rank_money"},
    ],
    "rank_money": "rank_money",
}


@pytest.mark.requirement("J-09")
def test_deductions_never_take_more_than_the_commission_and_leave_no_debt():
    """Edge case 89; a second deduction takes from what the first one left."""
    people = people_of("A", "B", "C", "D")
    inputs = inputs_for(people, commission_in=[200.0, 100.0, 40.0, np.nan])
    rules = pd.DataFrame(
        {"employee_id": [*"ABCD"], "rule_id": "last", "amount": -100.0, "status": "proposed"}
    )
    found = lines_of(DEDUCTION, people, inputs, rules=rules)
    assert found.loc["A", "amount"].tolist() == [200, -60, -100, 40]
    assert found.loc["B", "amount"].tolist() == [100, -60, -40, 0]
    assert found.loc["C", "amount"].tolist() == [40, -40, 0, 0]
    assert found.loc["D", "amount"].isna().all(), "nobody knows how much could be taken"
    assert found.loc[("B", "rank_money"), "inputs"] == (
        "0; last -100.00 (proposed); 60.00 is not taken, for no more is left of commission;"
        " it is no debt"
    )
    assert found.loc[("D", "fine"), "inputs"] == "-60; empty: commission not known"


ROWS = [
    {"id": "commission", "formula": "commission_in"},
    {"id": "share", "formula": "share_in"},
    {"id": "both", "formula": "commission + share"},
    {"id": "rules", "formula": "0"},
    {"id": "total", "formula": "both + rules"},
]


@pytest.mark.requirement("J-09")
@pytest.mark.parametrize(
    ("lines", "rank_money", "amounts"),
    [
        (ROWS, "rules", [40, 20, 60, -60, 0]),
        (
            [ROWS[0], ROWS[3], {"id": "total", "formula": "commission + rules"}],
            "rules",
            [40, -40, 0],
        ),
        ([*ROWS[:2], {"id": "total", "formula": "commission + share"}], "total", [40, 20, 0]),
        (
            [{"id": "pay", "formula": "commission_in"}, {"id": "total", "formula": "pay"}],
            "pay",
            [0, 0],
        ),
        (
            [
                ROWS[0],
                {"id": "fine", "formula": "-100"},
                {"id": "total", "formula": "commission + fine"},
            ],
            None,
            [40, -100, 0],
        ),
    ],
)
def test_a_deduction_ends_at_0_whether_or_not_the_scheme_says_so(lines, rank_money, amounts):
    """Edge case 89: commission 40 and, in some rows, a share of 20; the last loses 100."""
    people = people_of("A")
    inputs = inputs_for(people, commission_in=40.0, share_in=20.0)
    rules = pd.DataFrame(
        {"employee_id": ["A"], "rule_id": "last", "amount": -100.0, "status": "proposed"}
    )
    found = lines_of({"lines": lines, "rank_money": rank_money}, people, inputs, rules=rules)
    assert found["amount"].tolist() == amounts
    assert found["inputs"].str.contains("is not taken, for .*; it is no debt").sum() == 1
    assert not found["inputs"].str.contains("warning").any()


@pytest.mark.requirement("J-09")
def test_a_total_that_no_line_holds_up_may_be_negative_and_is_called_so():
    found = one("allowance_in", allowance_in=-200.0)
    assert (found["amount"], found["inputs"]) == (-200, "-200; warning: negative")


@pytest.mark.requirement("G0-6", "J-05")
def test_money_counts_as_people_decided_it():
    """Rejected, changed away or suspended money is in no line; a changed amount is the new one."""
    pay = {"lines": [{"id": "base", "formula": "1000"}, {"id": "money", "formula": "0"}]}
    pay["lines"].append({"id": "total", "formula": "base + money"})
    people = people_of(*"ABCDEF")
    rules = rule_rows("""
        employee_id | rule_id | amount | status   | decision  | changed_to | flags
        A           | last    | -100   | proposed |           |            |
        B           | last    | -100   | approved | confirmed |            | own_case
        C           | last    | -100   | rejected | rejected  |            |
        D           | last    | -100   | proposed | changed   | warning    |
        E           | last    | -100   | proposed | changed   | -40        |
        F           | last    | -100   | proposed | confirmed |            | appeal_open own_case
    """)
    found = lines_of({**pay, "rank_money": "money"}, people, inputs_for(people), rules=rules)
    money = found.xs("money", level="line")
    assert money["amount"].to_dict() == {"A": -100, "B": -100, "C": 0, "D": 0, "E": -40, "F": 0}
    assert found.xs("total", level="line")["amount"].tolist() == [900, 900, 1000, 1000, 960, 1000]
    assert money["inputs"].to_dict() == {
        "A": "0; last -100.00 (proposed)",
        "B": "0; last -100.00 (approved)",
        "C": "0",
        "D": "0; last -100.00 is not in it: changed to warning",
        "E": "0; last -40.00 (changed from -100.00)",
        "F": "0; last -100.00 is not in it: suspended, for an appeal is open",
    }
    assert set(money.index[money["rule_id"] == "last"]) == {"A", "B", "E"}


def test_gifts_are_no_sales_but_orders():
    """Edge case 40: an order of nothing earns a commission of nothing, which is not unknown."""
    orders = draw("""
        order_id | attributed_employee_id | customer_id | placed_at         | paid_at           | amount | paid_amount | status
        o1       | A                      | c1          | 2026-10-02T10:00Z | 2026-10-02T10:05Z | 900    | 900         | paid
        o2       | A                      | c1          | 2026-10-03T10:00Z |                   | 500    |             | placed
        o3       | B                      | c2          | 2026-10-02T10:00Z | 2026-10-02T10:05Z | 0      | 0           | paid
        o4       |                        | c3          | 2026-10-02T10:00Z | 2026-10-02T10:05Z | 240    | 240         | paid
    """)  # noqa: E501
    people = people_of("A", "B", "C")
    with Events({"orders": orders}) as events:
        values = measure(events, OCTOBER, "employee_id", ["sales_result", "public_sales"])
        everybody = measure(events, OCTOBER, None, ["sales_result", "public_sales"])
    silent = {"employee_id": "C", "indicator_id": "sales_result", "status": "not_computable"}
    values = pd.concat([values, pd.DataFrame([silent])])
    inputs = inputs_of({"orders": orders}, OCTOBER, people, values)
    assert inputs["personal_sales"].tolist() == [900, 0, 0]
    assert group_totals(everybody) == {"public_sales": 240}


# --- unknown, missing, wrong -------------------------------------------------------------------


def test_a_line_whose_number_is_unknown_is_empty_with_the_reason_and_so_is_the_total():
    people, inputs = six()
    inputs.loc[inputs["employee_id"] == "B", "post_salary"] = np.nan
    found = lines_of(COMMISSION, people, inputs, {"public_sales": 240_000.0})
    assert found.loc["B", "amount"].isna().tolist() == [True, False, False, False, True]
    assert found.loc[("B", "post_salary"), "inputs"] == "unknown; empty: post_salary not known"
    assert found.loc[("B", "total"), "inputs"].endswith("empty: post_salary not known")
    assert found.loc["A", "amount"].notna().all()


def test_an_unknown_pool_leaves_everybodys_share_empty_and_says_why():
    people, inputs = six()
    found = lines_of(COMMISSION, people, inputs, {"public_sales": float("nan")})
    public = found.xs("public_commission", level="line")
    assert public["amount"].isna().all()
    assert "unknown x 0.5 / 100: the amount is not known" in public["inputs"].iloc[0]
    by_time = COMMISSION | {"pools": [COMMISSION["pools"][0] | {"share": "fte"}]}
    inputs.loc[inputs["employee_id"] == "C", "fte"] = np.nan
    found = lines_of(by_time, people, inputs, {"public_sales": 240_000.0})
    assert "fte of C is not known" in found.loc[("A", "public_commission"), "inputs"]


def test_divided_by_zero_is_empty_with_the_reason():
    found = one("100 / calls", calls=0.0)
    assert (
        np.isnan(found["amount"]) and found["inputs"] == "100 / 0; empty: it would be divided by 0"
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (
            {"lines": [{"id": "a", "formula": "personal_sale * 2"}]},
            r"pay\.lines\.a: .*personal_sales",
        ),
        (
            {"pools": [{"id": "p", "amount": "public_sale"}]},
            r"pay\.pools\.p\.amount: .*public_sales",
        ),
        ({"tables": {"t": {"by": "role", "rows": {"x": 1}}}}, r"pay\.tables\.t\.by: .*'role'"),
        ({"pools": [{"id": "p", "amount": "1", "share": "fte"}]}, r"pay\.pools\.p\.share: .*'fte'"),
        (
            {"lines": [{"id": "a", "formula": "b"}, {"id": "b", "formula": "1"}]},
            r"pay\.lines\.a: nothing is called 'b'",
        ),
    ],
)
def test_a_name_that_nobody_provides_is_an_error_with_its_place_and_what_there_is(change, where):
    people = people_of("A")
    pay = {"lines": [{"id": "x", "formula": "1"}]} | change
    inputs = inputs_for(people, personal_sales=1.0)
    with pytest.raises(InputError, match=where):
        lines_of(pay, people, inputs, {"public_sales": 1.0})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rank_money": "z"}, "no line 'z'"),
        (
            {"lines": [{"id": "a", "formula": "-1", "within": ["b"]}, {"id": "b", "formula": "1"}]},
            "'a': no earlier line 'b'",
        ),
        ({"values": {"x": 1}}, "'x' stands twice"),
    ],
)
def test_pay_that_cannot_be_meant_is_refused_when_it_is_read(change, found):
    with pytest.raises(ValueError, match=found):
        scheme_of({"lines": [{"id": "x", "formula": "1"}]} | change)


def test_a_scheme_without_pay_has_no_lines():
    people, scheme = people_of("A"), scheme_of(None)
    found = pay_lines(people, scheme, inputs_for(people), {}, NO_RULES)
    assert found.empty and "inputs" in found
    assert reconcile(found, pools(people, scheme, inputs_for(people), {})).empty
    without_pools = scheme_of({"lines": [{"id": "x", "formula": "1"}]})
    found = pay_lines(people, without_pools, inputs_for(people), {}, NO_RULES)
    assert reconcile(found, pools(people, without_pools, inputs_for(people), {})).empty


# --- as data: thresholds, knowledge, roles -----------------------------------------------------


@pytest.mark.requirement("J-06", "J-01")
def test_a_bonus_from_a_threshold_on_is_a_formula():
    formula = "very_high_bonus * (customer_satisfaction >= very_high)"
    values = {"very_high": 0.95, "very_high_bonus": 300}
    assert one(formula, values=values, customer_satisfaction=0.95)["amount"] == 300
    assert one(formula, values=values, customer_satisfaction=0.9499)["amount"] == 0
    assert np.isnan(one(formula, values=values, customer_satisfaction=np.nan)["amount"])
    shown = one(formula, values=values, customer_satisfaction=0.96)["inputs"]
    assert shown == "300 x (0.96 >= 0.95)"


@pytest.mark.requirement("J-07")
def test_the_knowledge_level_multiplies_performance_pay():
    rows = {"0": 1.0, "1": 1.05, "2": 1.10, "3": 1.15, "4": 1.20}
    tables = {"knowledge_factor": {"by": "knowledge_level", "rows": rows}}
    formula = "performance_salary_base * score / 100 * knowledge_factor"
    found = one(formula, tables, performance_salary_base=1000.0, knowledge_level=3.0)
    assert found["amount"] == pytest.approx(1000 * 0.80 * 1.15)
    assert found["inputs"] == "1,000 x 80 / 100 x 1.15; knowledge_factor: knowledge_level 3"
    untested = one(formula, tables, performance_salary_base=1000.0, knowledge_level=np.nan)
    assert np.isnan(untested["amount"])
    forgiving = {"knowledge_factor": tables["knowledge_factor"] | {"unknown": 1}}
    assert one(formula, forgiving, performance_salary_base=1000.0, knowledge_level=np.nan)[
        "amount"
    ] == pytest.approx(800)


def test_tables_go_by_whole_numbers_too():
    tables = {"allowance": {"by": "allowance_level", "rows": {"-1": -200, "2": 400}}}
    for level, amount in ((-1, -200), (2, 400), (5, 0)):
        found = one("allowance", tables, allowance_level=pd.array([level], dtype="Int64"))
        assert found["amount"] == amount


# --- totals ------------------------------------------------------------------------------------


@pytest.mark.requirement("J-08")
def test_the_cost_of_a_plan_for_each_team_and_of_another_rate():
    people, inputs = six()
    people = people.assign(team_id=["x", "x", "x", "x", "y", "y"])
    inputs.loc[inputs["employee_id"] == "F", "personal_sales"] = np.nan
    totals = {"public_sales": 240_000.0}

    def costs(pay):
        found = cost(pay_lines(people, scheme_of(pay), inputs, totals, NO_RULES))
        return found.set_index(["team_id", "line"])

    now = costs(COMMISSION)
    dearer = costs(COMMISSION | {"values": COMMISSION["values"] | {"personal_rate": 0.8}})
    assert now.loc[("x", "personal_commission")].tolist() == [4 * 400, 4, 0]
    assert now.loc[("y", "personal_commission")].tolist() == [400, 2, 1]
    assert now.loc[("x", "total"), "amount"] == 4 * 3700
    rise = dearer["amount"] - now["amount"]
    assert rise[("x", "total")] == pytest.approx(4 * 80_000 * (0.8 - 0.5) / 100)
    assert rise[("x", "public_commission")] == 0


@pytest.mark.requirement("J-05")
def test_pools_match_the_lines_that_pay_them_out():
    people, inputs = six()
    scheme, totals = scheme_of(COMMISSION), {"public_sales": 100_001.0}
    lines = pay_lines(people, scheme, inputs, totals, NO_RULES)
    pooled = pools(people, scheme, inputs, totals)
    found = reconcile(lines, pooled).iloc[0]
    assert found[["line", "amount", "paid", "difference", "status"]].tolist() == [
        "public_commission",
        500.01,
        pytest.approx(500.01),
        0,
        "matches",
    ]
    stolen = lines.assign(amount=lines["amount"].where(lines["employee_id"] != "A", 0.0))
    assert reconcile(stolen, pooled)["status"].tolist() == ["differs"]
    mixed = {"pools": COMMISSION["pools"], "values": COMMISSION["values"]}
    mixed = scheme_of(mixed | {"lines": [{"id": "x", "formula": "public_pool * 2"}]})
    lines = pay_lines(people, mixed, inputs, totals, NO_RULES)
    status = reconcile(lines, pools(people, mixed, inputs, totals))["status"]
    assert status.tolist() == ["in a formula"]


WEIGHTS = st.lists(st.floats(0.01, 100), min_size=1, max_size=30)


@pytest.mark.requirement("J-05")
@settings(max_examples=50, deadline=None)
@given(cents=st.integers(-(10**9), 10**9), weights=WEIGHTS, seed=st.randoms())
def test_shares_add_up_to_the_cent_in_any_order_and_are_never_a_cent_off(cents, weights, seed):
    given_weights = pd.Series(weights, index=[f"p{number}" for number in range(len(weights))])
    found = shares(cents / 100, given_weights)
    assert round(found * 100).sum() == cents
    exact = cents / 100 * given_weights / given_weights.sum()
    assert (abs(found - exact) < 0.01 + 1e-6).all()
    order = seed.sample(list(given_weights.index), len(weights))
    again = shares(cents / 100, given_weights[order])
    assert again[given_weights.index].tolist() == found.tolist()


@settings(max_examples=50, deadline=None)
@given(sales=st.integers(0, 10**8), count=st.integers(1, 12), seed=st.randoms())
def test_permuting_people_changes_nothing_and_pools_are_paid_out(sales, count, seed):
    people = people_of(*(f"p{number}" for number in range(count)))
    inputs = inputs_for(people, post_salary=1.0, seniority_salary=1.0, personal_sales=1.0)
    scheme, totals = scheme_of(COMMISSION), {"public_sales": sales / 100}
    found = pay_lines(people, scheme, inputs, totals, NO_RULES)
    status = reconcile(found, pools(people, scheme, inputs, totals))["status"]
    assert status.tolist() == ["matches"]
    order = seed.sample(range(count), count)
    mixed = pay_lines(people.iloc[order], scheme, inputs.iloc[order[::-1]], totals, NO_RULES)
    pd.testing.assert_frame_equal(mixed, found)


def test_shares_follow_the_weights_and_refuse_what_cannot_be_shared():
    weights = pd.Series([1.0, 2.0, 0.0], index=[*"ABC"])
    assert shares(100, weights).tolist() == [33.33, 66.67, 0]
    assert shares(0, weights * 0).tolist() == [0, 0, 0]
    for wrong in (weights * 0, -weights, weights.where(weights != 2)):
        with pytest.raises(ValueError):
            shares(100, wrong)


def test_half_a_cent_goes_away_from_zero():
    amounts = np.array([1.005, 2.675, -1.005, 0.004, 1e9 + 0.005, np.nan])
    expected = [1.01, 2.68, -1.01, 0.0, 1_000_000_000.01, np.nan]
    np.testing.assert_array_equal(rounded(amounts), expected)


def test_only_results_and_inputs_that_the_scheme_names_go_into_pay():
    people, inputs = six()
    known = pay_lines(people, scheme_of(COMMISSION), inputs, {"public_sales": 1.0}, NO_RULES)
    other = pay_lines(
        people.assign(gender=["f", "m"] * 3, site="north"),
        scheme_of(COMMISSION),
        inputs.assign(birth_year=[1970, 1980, 1990] * 2),
        {"public_sales": 1.0},
        NO_RULES,
    )
    pd.testing.assert_frame_equal(known, other)


def test_pay_fits_the_output_table():
    people, inputs = six()
    found = pay_lines(people, scheme_of(COMMISSION), inputs, {"public_sales": 1.0}, NO_RULES)
    whole = OUTPUT_TABLES["pay"].arrange(found.assign(cycle_id="2026-10", department_id="d"))
    assert whole["rule_id"].notna().all() and len(whole) == 6 * 5
    assert not whole.duplicated(["cycle_id", "employee_id", "line"]).any()


# --- inputs ------------------------------------------------------------------------------------


def days(frame):
    named = [name for name in frame if name.endswith(("_date", "_from", "_to"))]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in named})


CONTRACT_ROWS = """
    employee_id | contract_from | contract_to | post_salary | allowance_level | currency
    A           | 2020-01-01    | 2026-09-30  | 2800        | 0               | CNY
    A           | 2026-10-01    |             | 3000        | -1              | CNY
    B           | 2026-01-01    | 2026-10-31  | 3100        |                 | CNY
    C           | 2026-01-01    | 2026-10-15  | 2500        | 1               | CNY
    D           | 2026-01-01    | 2026-10-20  | 2400        | 1               | CNY
"""
STAFF = """
    employee_id | hire_date  | leave_date | employment_type | fte
    A           | 2020-01-01 |            | full            |
    B           | 2020-01-01 | 2026-10-31 | part            | 0.5
    C           | 2020-01-01 | 2026-10-15 | part            |
    D           | 2020-01-01 |            | full            | 0.8
"""
NO_VALUES = OUTPUT_TABLES["indicator_values"].empty()


def staff(**tables):
    given = {"contracts": days(draw(CONTRACT_ROWS)), "employees": days(draw(STAFF)), **tables}
    return inputs_of(given, OCTOBER, people_of("D", "C", "B", "A"), NO_VALUES).set_index(
        "employee_id"
    )


@pytest.mark.requirement("G3")
def test_the_contract_that_counts_is_the_one_valid_on_the_persons_last_day():
    found = staff()
    assert list(found.index) == [*"ABCD"]
    assert found["post_salary"].to_dict() == pytest.approx(
        {"A": 3000, "B": 3100, "C": 2500, "D": np.nan}, nan_ok=True
    ), "C left on the last day of the contract; nobody knows what D has after the 20th"
    assert found["allowance_level"]["A"] == -1
    assert found["on_last_day"].to_dict() == {"A": True, "B": True, "C": False, "D": True}
    assert found["fte"].to_dict() == pytest.approx(
        {"A": 1, "B": 0.5, "C": np.nan, "D": 0.8}, nan_ok=True
    ), "full time is 1, part time says nothing"
    assert found["basic_salary"].isna().all() and found["personal_sales"].isna().all()


def test_who_is_in_no_team_on_the_last_day_is_not_there():
    spells = pd.DataFrame(
        {
            "employee_id": [*"ABD"],
            "from_date": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-11-01"]),
            "to_date": pd.to_datetime([None, "2026-10-31", None]),
        }
    )
    there = staff(assignments=spells)["on_last_day"]
    assert there.to_dict() == {"A": True, "B": False, "C": False, "D": False}


def test_two_contracts_at_once_and_contracts_in_other_money_are_errors():
    twice = days(draw(CONTRACT_ROWS)).assign(contract_to=pd.NaT)
    with pytest.raises(InputError, match="two contracts of 'A' are valid on 2026-10-31"):
        staff(contracts=twice)
    foreign = days(draw(CONTRACT_ROWS)).assign(currency=["CNY", "USD", "CNY", "CNY", "CNY"])
    with pytest.raises(InputError, match="a contract is in 'USD', not in CNY"):
        staff(contracts=foreign)


def test_without_contracts_and_employees_everything_is_unknown_but_nothing_is_missing():
    found = inputs_of({}, OCTOBER, people_of("A"), NO_VALUES)
    assert found["on_last_day"].all() and found[["fte", "post_salary"]].isna().all(axis=None)


def test_indicators_come_by_their_ids_and_only_where_they_say_something():
    values = draw("""
        employee_id | indicator_id          | value | status
        A           | customer_satisfaction | 0.96  | ok
        B           | customer_satisfaction | 1.0   | too_few
        A           | sales_result          | 500   | provisional
        B           | sales_result          |       | not_available
        A           | public_sales          | 7     | ok
    """)
    found = inputs_of({}, OCTOBER, people_of("A", "B"), values).set_index("employee_id")
    assert found["customer_satisfaction"].to_dict() == pytest.approx(
        {"A": 0.96, "B": np.nan}, nan_ok=True
    )
    assert found["personal_sales"].isna().to_dict() == {"A": False, "B": True}
    assert "public_sales" not in found, "the group's sales are nobody's own"


def test_sales_of_the_group_are_none_if_there_are_only_others_and_unknown_without_orders():
    assert group_totals(
        draw("""
            indicator_id | value | status
            public_sales |       | not_computable
            sales_result | 80    | ok
        """)
    ) == {"public_sales": 0}
    unknown = draw("indicator_id | value | status\npublic_sales | | not_available")
    assert np.isnan(group_totals(unknown)["public_sales"])


def test_contracts_that_overlap_are_refused_with_the_table():
    fine = days(draw(CONTRACT_ROWS)).astype({"allowance_level": "Int64"})
    assert len(check(fine, CONTRACTS).frame) == 5
    twice = fine.assign(contract_to=pd.NaT)
    with pytest.raises(InputError, match="overlaps"):
        check(twice, CONTRACTS)


@pytest.mark.requirement("J-03")
def test_preferences_are_a_table_with_one_rank_a_kind():
    liked = draw("""
        employee_id | incentive_kind | rank
        A           | training       | 1
        A           | material       | 2
    """).astype({"rank": "Int64"})
    assert len(check(liked, PREFERENCES).frame) == 2
    with pytest.raises(InputError, match="incentive_kind"):
        check(liked.assign(incentive_kind="a car"), PREFERENCES)
    with pytest.raises(InputError, match="rank"):
        check(liked.assign(rank=pd.array([0, 1], dtype="Int64")), PREFERENCES)


# --- rewards that are no money -----------------------------------------------------------------


@pytest.mark.requirement("J-01", "J-03")
def test_of_the_rewards_that_are_open_to_a_person_the_one_liked_best_is_chosen():
    offered = draw("""
        employee_id | incentive_kind
        A           | material
        A           | training
        B           | material
        C           | spiritual
        C           | promotion
        D           | promotion
    """)
    wishes = draw("""
        employee_id | incentive_kind | rank
        A           | spiritual      | 1
        A           | training       | 2
        A           | material       | 3
        B           | material       | 1
        D           | training       | 1
    """)
    found = liked_best(offered, wishes).set_index("employee_id")
    assert found["incentive_kind"].fillna("?").to_dict() == {
        "A": "training",
        "B": "material",
        "C": "?",
        "D": "promotion",
    }, "C ranked neither of two and is asked; D has no choice"
    assert found["preference"].fillna(0).tolist() == [2, 1, 0, 0]
    again = liked_best(offered.iloc[::-1], wishes.iloc[::-1])
    pd.testing.assert_frame_equal(again.set_index("employee_id"), found)


@pytest.mark.requirement("J-02")
def test_people_for_whom_one_rule_held_but_who_were_not_treated_alike_are_listed():
    found = uneven(
        rule_rows("""
            employee_id | rule_id | amount | status   | facts
            A           | plan    |        | approved | rank 4 of 5
            B           | plan    |        | rejected | rank 5 of 5
            C           | plan    |        | proposed | rank 5 of 5
            A           | first   | 33.34  | approved | rank 1 of 9
            B           | first   | 33.33  | executed | rank 1 of 9
            A           | thanks  | 50     | approved | score 95.00
            B           | thanks  | 20     | approved | score 96.00
            A           | late    | -10    | rejected | score 60.00
            B           | late    | -10    | rejected | score 61.00
        """)
    )
    assert found[["rule_id", "employee_id", "outcome"]].to_numpy().tolist() == [
        ["plan", "A", "granted"],
        ["plan", "B", "refused"],
        ["thanks", "A", "granted"],
        ["thanks", "B", "granted"],
    ]
    assert uneven(NO_RULES).empty
