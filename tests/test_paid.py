"""Pay from tables to statements: decisions, restated cycles, currencies, pools and cost."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, InputError, Scheme, appraise
from csperf.pipeline import Appraisals

MAY = Cycle.parse("2026-05")
PEOPLE = ("ann", "bob", "cem", "dag")
LINES = (
    {"id": "commission", "formula": "rate_pct / 100 * personal_sales"},
    {"id": "bonus", "formula": "100 * company_factor"},
    {"id": "shared", "formula": "pool"},
    {"id": "rules", "formula": "0"},
    {"id": "total", "formula": "commission + bonus + shared + rules"},
)
PAY = {
    "values": {"rate_pct": 1.0, "company_factor": {"assumed": 1.0}},
    "pools": ({"id": "pool", "amount": "1000"},),
    "lines": LINES,
    "rank_money": "rules",
}
RULES = (
    {"id": "first", "when": {"rank_from_top": 1}, "action": "bonus", "amount": 100.0},
    {"id": "last", "when": {"rank_from_bottom": 1}, "action": "deduction", "amount": -100.0},
)
PART = {
    "indicator": "sla_met_share",
    "weight": 100.0,
    "scoring": {"method": "linear", "floor": 0.0, "target": 1.0},
}


def scheme_of(pay: dict[str, Any] | None = None, **keys: Any) -> Scheme:
    base = {"id": "s", "title": "S", "version": "1", "currency": "EUR", "score": (PART,)}
    rules = tuple({**rule, "approver": "HR"} for rule in RULES)
    return Scheme.model_validate({**base, "rules": rules, "pay": pay or PAY, **keys})


def tables_of(met: dict[str, int], **more: DataFrame) -> dict[str, DataFrame]:
    """Ten cases of each person, so many of them in time, and an order of 5,000 a person."""
    at = pd.Timestamp("2026-05-10T10:00Z")
    cases = DataFrame(
        [
            {"case_id": f"{who}{n}", "owner_id": who, "sla_met": n < met[who]}
            for who in PEOPLE
            for n in range(10)
        ]
    ).assign(opened_at=at, resolved_at=at)
    orders = DataFrame({"order_id": [f"o-{who}" for who in PEOPLE], "customer_id": "c"}).assign(
        attributed_employee_id=PEOPLE, placed_at=at, paid_at=at, status="paid", currency="EUR"
    )
    orders = orders.assign(amount=5000.0, paid_amount=5000.0)
    people = DataFrame({"employee_id": PEOPLE, "display_name": PEOPLE})
    assigned = DataFrame({"employee_id": PEOPLE, "team_id": "t"}).assign(
        from_date=pd.Timestamp("2026-01-01")
    )
    known = {"cases": cases, "orders": orders, "employees": people, "assignments": assigned}
    return {**known, **more}


MET = {"ann": 10, "bob": 8, "cem": 6, "dag": 4}
TURNED = {**MET, "ann": 5}  # bob is first; dag is last still
BOTH = 100 + 0.01 * 5000 + 1000 / 4  # the total without money of rules


def month(met: dict[str, int] = MET, scheme: Scheme | None = None, **given: Any) -> Appraisals:
    earlier, tables = given.pop("earlier", None), tables_of(met, **given)
    return appraise(tables, scheme or scheme_of(), MAY, department="shop", earlier=earlier)


def totals(made: Appraisals) -> dict[str, float]:
    rows = made.pay[made.pay["line"] == "total"]
    return dict(zip(rows["employee_id"], rows["amount"], strict=True))


def signed(employee: str, rule: str, decision: str, changed_to: str | None = None) -> DataFrame:
    row = {"cycle_id": "2026-05", "employee_id": employee, "rule_id": rule, "reviewer": "hr"}
    row |= {"decision": decision, "changed_to": changed_to, "reason": "seen"}
    return DataFrame([row]).assign(at=pd.Timestamp("2026-07-01T09:00Z"))


def appeal(employee: str, decision: str | None = None) -> DataFrame:
    row = {"appeal_id": "a1", "cycle_id": "2026-05", "employee_id": employee, "stage": "HR"}
    row |= {"issue": "count", "facts": "a case was mine", "decision": decision}
    at = pd.Timestamp("2026-06-15T09:00Z")
    decided = pd.Series([at + pd.Timedelta(days=2) if decision else None])
    return DataFrame([row]).assign(filed_at=at, decided_at=decided.astype("datetime64[us, UTC]"))


@pytest.mark.requirement("J-05", "G0-6")
def test_money_of_rules_is_paid_as_people_decided_it():
    assert totals(month()) == {"ann": BOTH + 100, "bob": BOTH, "cem": BOTH, "dag": BOTH - 100}
    warned = month(sign_offs=signed("dag", "last", "changed", "warning"))
    assert totals(warned)["dag"] == BOTH
    less = month(sign_offs=signed("dag", "last", "changed", "-30"))
    assert totals(less)["dag"] == BOTH - 30


@pytest.mark.requirement("G0-7", "I-08")
def test_money_waits_while_an_appeal_is_open_whether_or_not_anything_was_signed():
    stages = scheme_of(appeal=({"to": "HR"},))
    waiting = month(scheme=stages, appeals=appeal("dag"))
    assert totals(waiting)["dag"] == BOTH
    assert totals(month(scheme=stages, appeals=appeal("dag", "rejected")))["dag"] == BOTH - 100
    counted = waiting.records["appeal_statistics"].set_index("by")
    assert counted.loc["team", ["id", "n_filed", "n_open"]].tolist() == ["t", 1, 1]


@pytest.mark.requirement("I-08", "J-05")
def test_money_that_was_approved_is_not_taken_back_by_a_restated_run():
    """Edge case 73: after a correction bob is first; ann keeps the 100 that HR approved."""
    given = signed("ann", "first", "confirmed")
    before = month(sign_offs=given)
    for runs in (before.proposals, pd.concat([before.proposals, month(TURNED).proposals])):
        after = month(TURNED, sign_offs=given, earlier=runs)
        assert totals(after) == {
            "ann": BOTH + 100,
            "bob": BOTH + 100,
            "cem": BOTH,
            "dag": BOTH - 100,
        }
        kept = after.records["kept_money"]
        assert kept[["employee_id", "rule_id", "amount"]].values.tolist() == [["ann", "first", 100]]
        told = after.pay.set_index(["employee_id", "line"]).loc[("ann", "rules"), "inputs"]
        assert told == "0; first 100.00 (kept as it was approved before the restatement)"


@pytest.mark.requirement("I-08")
def test_what_nobody_approved_or_somebody_took_back_is_not_kept():
    """An approved deduction that is gone is gone too."""
    before = month(sign_offs=signed("ann", "first", "confirmed")).proposals
    assert totals(month(TURNED, earlier=month().proposals))["ann"] == BOTH
    undone = month(TURNED, sign_offs=signed("ann", "first", "rejected"), earlier=before)
    assert totals(undone)["ann"] == BOTH
    given = signed("dag", "last", "confirmed")
    fined = month(sign_offs=given).proposals
    risen = month({**MET, "dag": 7}, sign_offs=given, earlier=fined)
    assert totals(risen)["dag"] == BOTH
    stages = scheme_of(appeal=({"to": "HR"},))
    waits = month(
        TURNED,
        stages,
        appeals=appeal("ann"),
        sign_offs=signed("ann", "first", "confirmed"),
        earlier=before,
    )
    assert totals(waits)["ann"] == BOTH


@pytest.mark.requirement("J-05")
def test_amounts_in_another_currency_than_the_schemes_are_refused():
    teams = DataFrame({"team_id": ["t"], "name": ["T"], "currency": ["EUR"]})
    told = (
        "scheme 's': currency: 'CNY', but the department's orders are in EUR; amounts of several"
        " currencies are never added: give the scheme the department's"
    )
    for more in ({}, {"teams": teams}):
        with pytest.raises(InputError) as error:
            month(scheme=scheme_of(currency="CNY"), **more)
        assert str(error.value) == told
    rate = DataFrame({"contract_from": [pd.Timestamp("2026-01-01")], "post_salary": [1000.0]})
    contracts = rate.assign(employee_id="ann", currency="CNY")
    with pytest.raises(InputError, match="contracts are in CNY"):
        month(contracts=contracts)


def factor(name: str, value: float, cycle: str = "2026-05") -> DataFrame:
    return DataFrame({"cycle_id": [cycle], "name": [name], "value": [value], "source": ["board"]})


@pytest.mark.requirement("G2", "J-08")
def test_a_months_company_factor_is_given_in_a_table():
    better = month(pay_values=factor("company_factor", 1.2))
    assert totals(better)["bob"] == BOTH + 20
    assert totals(month(pay_values=factor("company_factor", 1.2, "2026-04")))["bob"] == BOTH
    formulas = better.pay.set_index("line")["formula"]
    assert set(formulas["bonus"]) == {"100 * company_factor"}
    assert set(month().pay.set_index("line")["formula"]["bonus"]) == {
        "100 * company_factor; assumed: company_factor"
    }
    with pytest.raises(InputError) as error:
        month(pay_values=factor("company_facter", 1.2))
    assert str(error.value).startswith(
        "pay_values, row 0, column 'name': no formula of scheme 's' has 'company_facter' (meant"
        " 'company_factor'?); they have bonus, commission, company_factor,"
    )


@pytest.mark.requirement("J-05")
def test_pools_are_published_beside_the_lines_that_pay_them_out():
    (row,) = month().records["pay_pools"].to_dict("records")
    asked = ("cycle_id", "department_id", "pool_id", "line", "amount", "people", "paid")
    assert [row[name] for name in asked] == ["2026-05", "shop", "pool", "shared", 1000, 4, 1000]
    assert (row["difference"], row["status"], row["currency"]) == (0, "matches", "EUR")
