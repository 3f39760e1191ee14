"""Pay from tables to statements: decisions, restated cycles, currencies, pools and cost."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, InputError, Scheme, appraise, load_scheme
from csperf.answers.replay import what_if
from csperf.pipeline import Appraisals
from csperf.tables import OUTPUT_TABLES

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


YEAR = Cycle.parse("2026")
YEARLY = load_scheme("params/schemes/five_grades.yaml")


def yearly(**keys: Any) -> Scheme:
    """Five grades with their chain; the first twice running is honoured, the last owes a plan."""
    twice = {"rank_from_top": 1, "consecutive_cycles": 2}
    rules = [*RULES, {"id": "plan", "when": {"rank_from_bottom": 1}, "action": "improvement_plan"}]
    rules.append({"id": "twice", "when": twice, "action": "commendation"})
    rules = [{**rule, "approver": "HR"} for rule in rules]
    chain, grades = YEARLY.chain, YEARLY.grades
    appeal = ({"to": "HR"},)
    whole = {"chain": chain, "grades": grades, "appeal": appeal, "cycle": "annual"}
    return scheme_of(rules=rules, **whole, **keys)


def year_before() -> DataFrame:
    """Ann was first of four in 2025, and cem is watched since his first half of 2026."""
    rows = [("2025", who, rank, "NORMAL") for rank, who in enumerate(PEOPLE, 1)]
    rows.append(("2026-H1", "cem", 3, "WATCH_URGENT"))
    names = ["cycle_id", "employee_id", "rank", "state"]
    known = DataFrame(rows, columns=names).assign(
        rank_from_bottom=lambda rows: 5 - rows["rank"], value=lambda rows: 90.0 - rows["rank"]
    )
    stamp = {"department_id": "shop", "team_id": "t", "scheme_id": "s", "scheme_version": "1"}
    known = known.assign(quantity_id="score", group_size=4, allowance_level=0.0, **stamp)
    return OUTPUT_TABLES["history"].arrange(known)


def year_tables() -> dict[str, DataFrame]:
    """Dag, the last, left in December; HR decided on two; bob's appeal is open."""
    day = pd.Timestamp
    left = DataFrame({"employee_id": PEOPLE, "display_name": PEOPLE})
    left["leave_date"] = pd.Series([None, None, None, day("2026-12-15")], dtype="datetime64[us]")
    signs = [signed("ann", "first", "confirmed"), signed("dag", "last", "changed", "-30")]
    ends = {"employee_id": "cem", "contract_from": day("2025-01-01"), "currency": "EUR"}
    contracts = DataFrame([{**ends, "contract_to": day("2026-06-30"), "post_salary": 1000.0}])
    return tables_of(
        MET,
        employees=left,
        sign_offs=pd.concat(signs, ignore_index=True).assign(cycle_id="2026"),
        appeals=appeal("bob").assign(cycle_id="2026"),
        contracts=contracts,
        pay_values=factor("company_factor", 1.2, "2026"),
    )


@pytest.mark.requirement("J-08")
def test_a_replay_under_the_own_scheme_changes_nothing():
    """With a leaver, a streak, the chain, a contract, decisions, an appeal and pay."""
    scheme, history, tables = yearly(), year_before(), year_tables()
    made = appraise(tables, scheme, YEAR, history, department="shop")
    proposed = set(zip(made.proposals["employee_id"], made.proposals["rule_id"], strict=True))
    assert {("ann", "twice"), ("dag", "last")} <= proposed and ("dag", "plan") not in proposed
    assert made.appraisals.set_index("employee_id")["state"]["cem"] != "NORMAL"
    found = what_if(made, scheme, history=history, tables=tables)
    assert set(found.proposals["under"]) == {"both"}
    assert found.people["score_difference"].abs().max() == 0
    assert (found.people["rank_difference"] == 0).all()
    assert found.pay["amount"].notna().all() and len(found.pay) == len(LINES)
    for name in ("amount", "people", "unknown"):
        assert found.pay[name].tolist() == found.pay[f"{name}_other"].tolist()
    (row,) = found.summary.to_dict("records")
    assert row["cost"] == row["cost_other"] == pytest.approx(4 * (BOTH + 20) + 100 - 30)
    assert "The proposals stay the same." in found.text


@pytest.mark.requirement("J-08")
def test_another_commission_rate_or_company_factor_costs_what_it_costs():
    """Half a per cent more of four times 5,000, and a bonus of a fifth more."""
    tables, before = tables_of(MET), month()
    dearer = scheme_of({**PAY, "values": {"rate_pct": 1.5, "company_factor": 1.2}})
    (row,) = what_if(before, dearer, tables=tables).summary.to_dict("records")
    assert row["cost"] == row["pay"] == 4 * BOTH
    assert row["cost_other"] - row["cost"] == pytest.approx(4 * (0.005 * 5000 + 20))
    found = what_if(before, dearer)
    assert found.summary["cost_other"].isna().all()
    assert "for their pay is not known: 0 -> 4 people" in found.text


@pytest.mark.requirement("J-08")
def test_money_that_was_kept_stays_in_a_replay():
    given = signed("ann", "first", "confirmed")
    before = month(sign_offs=given).proposals
    after = month(TURNED, sign_offs=given, earlier=before)
    found = what_if(after, scheme_of(), tables=tables_of(TURNED, sign_offs=given))
    assert found.summary["cost"].tolist() == found.summary["cost_other"].tolist()
