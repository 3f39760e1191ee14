"""The whole flow on the simulated shop, whose truth is known, and on the real service desk."""

import io
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from csperf import Cycle, InputError, appraise, load_params, load_scheme, read_tables
from csperf.calibration.adjust import adjust
from csperf.params import Measurement
from csperf.pipeline import Appraisals, _check_asked, appraise_department
from csperf.scheme import Sourced
from csperf.tables import OUTPUT_TABLES

PARAMS = load_params("params/demo.yaml")
SHOP = load_scheme("params/schemes/online_shop.yaml")
OUTSIDE = "outside the cycle (not used); more than 5 %: are they the month's files?"


@pytest.fixture(scope="module")
def shop():
    return read_tables(PARAMS, "online-shop")


@pytest.fixture(scope="module")
def april(shop):
    return appraise_shop(shop)


@pytest.fixture(scope="module")
def desk():
    return appraise_department(PARAMS, "service-desk", Cycle.parse("2016-05"))


def appraise_shop(tables, **settings):
    return appraise(
        tables,
        SHOP,
        Cycle.parse("2016-04"),
        department="online-shop",
        timezone="Asia/Shanghai",
        exported_on=PARAMS.department("online-shop").exported_on,
        **settings,
    )


@pytest.mark.requirement("L-12")
@pytest.mark.parametrize("name", ["appraisals", "scores", "indicator_values", "proposals", "pay"])
def test_results_have_exactly_the_declared_columns_and_unique_keys(april, name):
    frame, table = getattr(april, name), OUTPUT_TABLES[name]
    assert list(frame.columns) == table.names
    assert not frame.duplicated(list(table.key)).any()


def test_contributions_add_up_to_every_score(april):
    sums = april.scores.groupby("employee_id")["contribution"].sum(min_count=1)
    official = april.appraisals.set_index("employee_id")["score"]
    pd.testing.assert_series_equal(
        official.astype("float64"), sums.reindex(official.index), check_names=False
    )


@pytest.mark.requirement("D-04", "D-11")
def test_a_declined_self_evaluation_leaves_the_managers_weight_at_100(april):
    """kf13 declined; the manager's 70 become the whole."""
    mine = april.scores[april.scores["employee_id"] == "kf13"].set_index("component_id")
    assert pd.isna(mine.loc["self/task_completion", "score"])
    assert mine["weight"].sum() == pytest.approx(100)
    assert mine.loc["store_manager/service", "weight"] == pytest.approx(10)


def test_without_the_required_manager_there_is_no_score_and_the_reason_is_given(april):
    """Edge case 25: nobody of the managers rated kf14."""
    mine = april.appraisals.set_index("employee_id").loc["kf14"]
    assert pd.isna(mine["score"]) and pd.isna(mine["rank"])
    assert mine["reason"] == "no evaluation by: Store manager"
    assert april.scores.loc[april.scores["employee_id"] == "kf14", "contribution"].isna().all()


def test_fair_scores_give_back_what_harsh_managers_took(april, shop):
    """Its managers are 6, 0 and -5 points harsh; from the mean that is 17/3, -1/3 and -16/3."""
    given = shop["evaluations"]
    rated = given[(given["cycle_id"] == "2016-04") & (given["evaluator_type"] == "store_manager")]
    known = adjust(rated).evaluators
    true = [17 / 3, -1 / 3, -16 / 3]
    assert (known["severity"] - true).abs().max() < 2.5 * known["se"].max() < 5
    people = april.appraisals.set_index("employee_id")
    moved = people["fair_score"] - people["score"]
    of = rated.groupby("employee_id")["evaluator_id"].agg(lambda ids: " ".join(sorted({*ids})))
    by = moved.dropna().groupby(of).agg(["min", "max"])
    assert by.loc["M1", "min"] > 0 > by.loc["M2 M3", "max"]
    changes = april.records["fair_changes"]
    assert set(changes["quantity_id"]) >= {"rank"}
    assert (changes["official"] != changes["fair"]).all()


def test_what_no_scheme_here_pays_is_there_and_empty(april):
    assert april.pay.empty


@pytest.mark.requirement("G0-7")
def test_scores_places_and_proposals_say_how_sure_they_are(april):
    """The weakest person of the simulation is last for certain; in small teams much is chance."""
    people = april.appraisals.set_index("employee_id")
    ranked = people[people["rank"].notna()]
    sure = ranked[ranked["se"].notna()]
    assert len(sure) > len(ranked) / 2
    assert (sure["low"] < sure["score"]).all() and (sure["score"] < sure["high"]).all()
    assert sure["p_last"].between(0, 1).all()
    assert sure.groupby("team_id")["p_last"].sum().le(1 + 1e-9).all()
    last = april.proposals[april.proposals["rule_id"] == "last_deduction"]
    noise = last.set_index("employee_id")["p_noise"]
    assert noise["kf10"] < 0.01
    assert noise.drop("kf10").max() > 0.3


def test_the_order_of_rows_does_not_matter(shop, april):
    shuffled = {
        name: frame.sample(frac=1, random_state=7).reset_index(drop=True)
        for name, frame in shop.items()
    }
    again = appraise_shop(shuffled)
    for name in ("appraisals", "scores", "indicator_values", "proposals", "history"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(april, name), rtol=1e-12)


def test_a_result_comes_back_as_it_was_saved(april, tmp_path):
    april.save(tmp_path)
    again = Appraisals.load(tmp_path)
    pd.testing.assert_frame_equal(again.appraisals, april.appraisals)
    pd.testing.assert_frame_equal(again.history, april.history)


def test_the_weakest_person_of_the_simulation_is_last(april):
    pre_sales = april.appraisals[april.appraisals["team_id"] == "pre-sales"]
    assert pre_sales.sort_values("score")["employee_id"].iloc[0] == "kf10"


def test_immature_indicators_make_an_early_appraisal_provisional(shop):
    early = appraise(
        shop,
        SHOP,
        Cycle.parse("2016-04"),
        timezone="Asia/Shanghai",
        exported_on=pd.Timestamp("2016-05-01").date(),
    )
    assert early.appraisals["provisional"].all()
    status = early.indicator_values.groupby("indicator_id")["status"].agg(set)
    assert "provisional" in status["refund_share"] and "ok" in status["response_time_avg"]


def test_service_accounts_are_shown_with_the_reason_and_not_appraised(desk):
    machines = desk.appraisals[desk.appraisals["reason"].str.startswith("service", na=False)]
    assert sorted(machines["employee_id"]) == ["Resolved by 11", "Resolved by 15"]
    assert machines["score"].isna().all() and machines["rank"].isna().all()
    assert not machines["eligible"].any()
    assert not desk.scores["employee_id"].isin(machines["employee_id"]).any()


def test_groups_with_fewer_than_five_busy_people_are_pooled(desk):
    people = desk.people.groupby("team_id").size()
    assert people.drop("pooled").index.tolist() == [
        "group-20",
        "group-24",
        "group-65",
        "group-70",
        "group-72",
    ]
    assert people["pooled"] == 148 and people.sum() == 216


def test_grades_follow_the_bands_of_the_service_desk(desk):
    known = desk.appraisals.dropna(subset="score")
    cuts = [(0, "D"), (50, "C"), (70, "B"), (85, "A")]
    expected = [max(cut for cut in cuts if score >= cut[0])[1] for score in known["score"]]
    assert known["grade"].tolist() == expected


def test_every_exclusion_is_counted(desk):
    found = desk.data_quality.set_index(["table", "check"])["count"]
    # 141,712 events, one row kept for each of 24,918 incidents; 7,508 of them opened in May
    assert found["cases", "superseded by a later row of the same case_id"] == 141_712 - 24_918
    assert found["cases", OUTSIDE] == 24_918 - 7_508


def test_a_scheme_that_asks_for_an_unknown_indicator_is_refused(shop):
    text = SHOP.model_dump_json().replace("refund_share", "refund_shaer")
    broken = type(SHOP).model_validate_json(text)
    with pytest.raises(InputError, match="no indicator 'refund_shaer'"):
        appraise(shop, broken, Cycle.parse("2016-04"))


@pytest.mark.requirement("G0-3")
def test_a_cycle_before_the_scheme_came_into_force_is_refused(shop):
    begins = Sourced[date](value=date(2016, 4, 30), provenance="stated")
    scheme = SHOP.model_copy(update={"effective_from": begins})
    with pytest.raises(InputError) as caught:
        appraise(shop, scheme, Cycle.parse("2016-03"))
    assert str(caught.value).startswith(
        "scheme 'online_shop': effective_from: it is for 2016-04-30 on, and 2016-03 ends on"
        " 2016-03-31; appraise the cycle by the scheme of its time"
    )
    _check_asked(scheme, Cycle.parse("2016-04"), Measurement())  # its last day is in force


def test_a_month_without_any_event_is_still_reported(shop):
    """Edge case 61: no scores and no ranks, and every value says that there is nothing to count."""
    empty = appraise(shop, SHOP, Cycle.parse("2017-04"), timezone="Asia/Shanghai")
    assert empty.appraisals["score"].isna().all() and empty.proposals.empty
    counted = empty.indicator_values[empty.indicator_values["indicator_id"] == "payment_share"]
    assert set(counted["status"]) == {"not_computable"} and set(counted["n"]) == {0}
    absent = empty.indicator_values[empty.indicator_values["indicator_id"] == "sla_met_share"]
    assert set(absent["status"]) == {"not_available"}


def test_a_rule_of_measurement_for_an_unknown_indicator_is_refused(shop):
    rules = PARAMS.department("online-shop").measurement.model_copy(
        update={"n_min": {"reply_raet": 5}}
    )
    with pytest.raises(InputError, match=r"measurement.n_min: no indicator 'reply_raet'; there"):
        appraise(shop, SHOP, Cycle.parse("2016-04"), measurement=rules)


def test_an_evaluation_without_a_score_that_nobody_declined_is_counted(shop, april):
    evaluations = shop["evaluations"].copy()
    april_row = evaluations.index[
        (evaluations["cycle_id"] == "2016-04") & (evaluations["evaluator_type"] == "self")
    ][0]
    evaluations.loc[april_row, "score"] = float("nan")
    again = appraise_shop({**shop, "evaluations": evaluations}).data_quality
    text = "no score and not declined (treated as absent)"
    assert again.set_index(["table", "check"])["count"]["evaluations", text] == 1
    assert text not in set(april.data_quality["check"])  # kf13 declined, with the word for it


SIGNED = """\
cycle_id,employee_id,rule_id,decision,reviewer,at,reason
2026-01,shop-d,last,rejected,shop-a,2026-02-20T09:00Z,was ill
2026-01,shop-b,last,confirmed,shop-a,2026-02-20T09:00Z,agreed
"""


def test_what_is_wrong_among_the_tables_is_told_by_file_and_row_of_the_file(organisation):
    """The last line of the file is the first row by its key, and signs what was not proposed."""
    (organisation / "data" / "sign_offs.csv").write_text(SIGNED, "utf-8")
    path = organisation / "params.yaml"
    path.write_text(path.read_text("utf-8") + "      sign_offs: {path: data/sign_offs.csv}\n")
    params = load_params(path)
    with pytest.raises(InputError) as error:
        appraise_department(params, "shop", Cycle.parse("2026-01"))
    (problem,) = error.value.problems
    assert Path(problem.where).name == "sign_offs.csv"
    assert problem.row == 3
    assert "2026-01/shop-b/last signs what was not proposed" in problem.found


def test_rows_of_a_part_of_a_folder_are_told_by_the_part(organisation):
    folder = organisation / "data" / "sign_offs"
    folder.mkdir()
    rows = pd.read_csv(io.StringIO(SIGNED))
    for place, name in enumerate(("first", "second")):
        rows.iloc[[place]].to_parquet(folder / f"{name}.parquet", index=False)
    path = organisation / "params.yaml"
    path.write_text(path.read_text("utf-8") + "      sign_offs: {path: data/sign_offs}\n")
    with pytest.raises(InputError) as error:
        appraise_department(load_params(path), "shop", Cycle.parse("2026-01"))
    (problem,) = error.value.problems
    assert (Path(problem.where).name, problem.row) == ("second.parquet", 1)
