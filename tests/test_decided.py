"""A department's month with corrections, decisions and pay, from tables to results."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, InputError, appraise, load_params, load_scheme, read_tables
from csperf.pipeline import Appraisals
from csperf.scheme import Pay, Scheme

PARAMS = load_params("params/demo.yaml")
SHOP = load_scheme("params/schemes/online_shop.yaml")
APRIL = Cycle.parse("2016-04")


@pytest.fixture(scope="module")
def tables():
    return read_tables(PARAMS, "online-shop")


def month(tables, scheme: Scheme = SHOP, **more: DataFrame) -> Appraisals:
    return appraise(
        {**tables, **more},
        scheme,
        APRIL,
        department="online-shop",
        timezone="Asia/Shanghai",
        exported_on=PARAMS.department("online-shop").exported_on,
    )


@pytest.fixture(scope="module")
def april(tables):
    return month(tables)


def sign_offs(rows: list[tuple[str, str, str]]) -> DataFrame:
    names = ["employee_id", "rule_id", "decision"]
    return DataFrame(rows, columns=names).assign(
        cycle_id="2016-04",
        changed_to=None,
        reviewer="hr",
        at=pd.Timestamp("2016-06-01", tz="UTC"),
        reason="seen with the manager",
    )


@pytest.mark.requirement("G0-6")
def test_a_proposal_stays_proposed_until_a_row_names_who_decided(tables, april):
    first = april.proposals.iloc[0]
    given = sign_offs([(first["employee_id"], first["rule_id"], "confirmed")])
    found = month(tables, sign_offs=given).proposals
    assert april.proposals["status"].eq("proposed").all()
    assert april.proposals["decided_by"].isna().all()
    assert list(found["status"]) == ["approved", *["proposed"] * (len(found) - 1)]
    assert found.loc[0, ["decided_by", "why"]].tolist() == ["hr", "seen with the manager"]


def test_a_decision_on_what_nobody_proposed_is_refused(tables):
    with pytest.raises(InputError, match="no_such_rule"):
        month(tables, sign_offs=sign_offs([("kf01", "no_such_rule", "confirmed")]))


@pytest.mark.requirement("F-04")
def test_a_correction_changes_the_score_and_is_counted(tables, april):
    """The manager's rating of service weighs 7 of 100: ten points more are 0.7 of the score."""
    rows = tables["evaluations"]
    own = (rows["cycle_id"] == "2016-04") & (rows["criterion_id"] == "service")
    once = ~rows[own].duplicated("employee_id", keep=False)
    row = rows[own][once & (rows[own]["score"] <= 80)].iloc[0]
    key = {"employee_id": row["employee_id"], "criterion_id": "service", "cycle_id": "2016-04"}
    correction = DataFrame(
        {
            "table": ["evaluations"],
            "key": ["; ".join(f"{name}={value}" for name, value in key.items())],
            "column": ["score"],
            "old": [f"{row['score']:g}"],
            "new": [f"{row['score'] + 10:g}"],
            "reason": ["typing error"],
            "by": ["hr"],
            "at": [pd.Timestamp("2016-06-01", tz="UTC")],
            "appeal_id": [None],
        }
    )
    corrected = month(tables, corrections=correction)
    before = april.appraisals.set_index("employee_id")["score"]
    change = corrected.appraisals.set_index("employee_id")["score"] - before
    weight = april.scores.set_index(["employee_id", "component_id"])["weight"]
    expected = 10 * weight[row["employee_id"], "store_manager/service"] / 100
    assert change[row["employee_id"]] == pytest.approx(expected)
    assert (change.drop(row["employee_id"]).abs() < 1e-9).sum() == change.notna().sum() - 1
    assert corrected.data_quality["check"].str.contains("correct").any()


@pytest.mark.requirement("G1", "J-05")
def test_a_months_pay_is_the_base_and_the_money_of_the_rules(tables):
    """3,000 for everybody; first of the month +100, last -100 as far as the commission goes."""
    pay = Pay.model_validate(
        {
            "values": {"base": 3000.0, "rate_pct": 0.5},
            "lines": (
                {"id": "post_salary", "formula": "base"},
                {"id": "commission", "formula": "rate_pct / 100 * personal_sales"},
                {"id": "rank", "formula": "0", "within": ("commission",)},
                {"id": "total", "formula": "post_salary + commission + rank"},
            ),
            "rank_money": "rank",
        }
    )
    found = month(tables, SHOP.model_copy(update={"pay": pay}))
    lines = found.pay.pivot(index="employee_id", columns="line", values="amount")
    sales = found.indicator_values
    sales = sales[sales["indicator_id"] == "sales_result"].set_index("employee_id")["value"]
    money = found.proposals.groupby("employee_id")["amount"].sum()
    commission = (0.005 * sales.reindex(lines.index).fillna(0)).round(2)
    assert (lines["commission"] - commission).abs().max() <= 0.01
    rank = money.reindex(lines.index).fillna(0).clip(lower=-lines["commission"])
    assert (lines["rank"] - rank).abs().max() < 0.005
    assert set(rank) > {100.0, 0.0} and rank.min() < 0
    total = lines["post_salary"] + lines["commission"] + lines["rank"]
    assert (lines["total"] - total).abs().max() < 0.005
    assert set(found.pay["currency"]) == {"CNY"}
