"""Real exports, mapped by a params file alone, give the numbers that are known of them."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.comparison import heterogeneity, shrunken_rates
from csperf.indicators import indicator_values
from csperf.params import load_params
from csperf.reporting import appraisal as report
from csperf.reporting import open_team
from csperf.sources import Tables, read_tables

PARAMS = Path(__file__).parent / "params"
DATA = Path(__file__).parents[3] / "shared" / "data"


def read(name: str, department: str) -> tuple[Tables, dict]:
    """Tables of a department, and the truths that are known of its data set."""
    if not (DATA / name).is_dir():
        pytest.skip(f"{name} may not be copied into csperf; give it as ../shared/data/{name}")
    truths = json.loads((DATA / name / "truths.json").read_text(encoding="utf-8"))
    return read_tables(load_params(PARAMS / f"{name}.yaml"), department), truths


def values(tables: Tables, *indicators: str, by: str | None = None, **how: object) -> DataFrame:
    found = indicator_values(tables, by=by, indicators=indicators, timezone="UTC", **how)
    return found.set_index([by, "indicator_id"] if by else "indicator_id")


def counted(tables: Tables, text: str) -> list[int]:
    quality = tables.quality
    return quality.loc[quality["check"].str.contains(text, regex=False), "count"].tolist()


def test_csat_shopzilla_satisfaction_by_people_and_its_negative_response_times():
    tables, truths = read("csat_shopzilla", "contacts")
    found = values(tables, "survey_rating_mean", "customer_satisfaction", "service_response_time")
    assert len(tables["surveys"]) == len(tables["cases"]) == truths["rows"] == 17182
    assert found.loc["survey_rating_mean", "value"] == pytest.approx(truths["csat_mean"], abs=5e-7)
    assert round(found.loc["survey_rating_mean", "value"], 4) == 4.2476
    share = found.loc["customer_satisfaction", "value"]
    assert share == pytest.approx(truths["csat_ge4_share"], abs=5e-7)
    assert round(share, 4) == 0.8271
    minutes = truths["response_minutes"]
    assert counted(tables, "first_reply_at lies before opened_at") == [minutes["negative"]] == [635]
    response = found.loc["service_response_time"]
    assert response["n"] == truths["rows"] - 635
    assert response["value"] / 60 == pytest.approx(minutes["mean_nonneg"], abs=5e-7)
    people = values(tables, "survey_rating_mean", by="employee_id")
    assert len(people) == truths["agents"] == 1368
    for name, known in truths["top_agents_by_tickets"].items():
        row = people.loc[(name, "survey_rating_mean")]
        assert (row["n"], row["value"]) == (known["size"], pytest.approx(known["mean"], abs=5e-7))
    by_channel = values(tables, "service_response_time", by="channel")
    assert dict(
        zip(*by_channel.reset_index()[["channel", "n"]].to_numpy().T, strict=True)
    ).keys() == {*truths["channel"]}


def test_pwc_calls_from_the_workbook():
    tables, truths = read("pwc_calls", "calls")
    ids = ("calls_answered", "call_resolution_share", "speed_of_answer", "survey_rating_mean")
    found = values(tables, *ids)
    assert found.loc["calls_answered", "value"] == truths["answered"] == 4054
    resolved = found.loc["call_resolution_share"]
    assert (resolved["numerator"], resolved["denominator"]) == (truths["resolved"], 5000)
    assert truths["resolved"] == 3646
    assert found.loc["speed_of_answer", "value"] == pytest.approx(truths["asa_mean"], abs=5e-6)
    assert round(found.loc["speed_of_answer", "value"], 2) == 67.52
    rating = found.loc["survey_rating_mean"]
    assert (rating["value"], rating["n"]) == (pytest.approx(truths["sat_mean"], abs=5e-7), 4054)
    people = values(tables, *ids, by="employee_id")
    for name, known in truths["by_agent"].items():
        mine = people.loc[name]
        assert mine.loc["calls_answered", "value"] == known["answered"]
        assert mine.loc["call_resolution_share", "numerator"] == known["resolved"]
        assert mine.loc["speed_of_answer", "value"] == pytest.approx(known["asa"], abs=5e-7)
        assert mine.loc["survey_rating_mean", "value"] == pytest.approx(known["sat"], abs=5e-7)


def test_pwc_satisfaction_does_not_differ_between_agents_and_the_report_says_so():
    """The test of the data's own truths is an analysis of variance: F 0.632, p 0.730."""
    _, truths = read("pwc_calls", "calls")
    view = open_team(str(PARAMS / "pwc_calls.yaml"), "2021-Q1", "calls", "calls")
    people = view.result.appraisals.assign(estimate=view.result.appraisals["score"])
    row = heterogeneity(people).iloc[0]
    assert row["n"] == truths["agents"] == 8
    assert row["p_value"] == pytest.approx(truths["sat_anova_between_agents"]["p"], abs=0.01)
    assert not row["differ"]
    said = " ".join(report.verdict(view).texts)
    assert "work equally well, 73% show a spread at least as wide" in said
    assert "do not justify an order" in said and "Read the intervals before" not in said
    assert (people["rank_low"] <= 2).all()
    assert (people["rank_high"] >= 7).all()


def test_csat_shopzilla_shares_of_few_contacts_are_drawn_in_or_not_shown():
    tables, truths = read("csat_shopzilla", "contacts")
    share = values(tables, "customer_satisfaction", by="employee_id").reset_index()
    found = shrunken_rates(share[["employee_id", "numerator", "denominator"]])
    assert len(found) == truths["agents"] == 1368
    shown = found[found["status"] == "ok"]
    assert len(shown) == (found["denominator"] >= 20).sum() == 207
    assert found.loc[found["status"] == "too_few", ["value", "shrunken"]].isna().all(axis=None)
    mean = truths["csat_ge4_share"]
    nearer = (shown["shrunken"] - mean).abs() < (shown["value"] - mean).abs()
    assert nearer.mean() > 0.95
    assert shown["shrunken"].std() < 0.8 * shown["value"].std()


def test_twitter_reply_pairs():
    tables, truths = read("twitter_support", "pairs")
    found = values(tables, "response_time_median", "response_time_uncapped")
    median, mean = found.loc["response_time_median"], found.loc["response_time_uncapped"]
    assert median["n"] == truths["answered_pairs"] == 2188
    assert median["value"] / 60 == pytest.approx(truths["reply_minutes"]["median"], abs=5e-7)
    assert round(median["value"] / 60, 2) == 12.06
    assert mean["value"] / 60 == pytest.approx(truths["reply_minutes"]["mean"], abs=5e-7)


def test_twitter_response_rounds_are_those_of_a_plain_walk_through_the_threads():
    tables, truths = read("twitter_support", "conversations")
    assert len(tables["messages"]) == truths["tweets"] == 5000
    rounds = walked_rounds(DATA / "twitter_support" / "twcs_first5000.csv.gz")
    answered = pd.Series([seconds for seconds in rounds if seconds is not None])
    found = values(tables, "response_time_median", "response_time_uncapped", "response_within_t")
    assert found.loc["response_within_t", "denominator"] == len(rounds)
    assert found.loc["response_time_median", "n"] == len(answered)
    assert found.loc["response_time_median", "value"] == answered.median()
    assert found.loc["response_time_uncapped", "value"] == pytest.approx(answered.mean(), rel=1e-12)
    assert len(answered) < truths["answered_pairs"]


def walked_rounds(path: Path) -> list[float | None]:
    """Seconds of every response round, None for an open one, tweet by tweet."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        tweets = {row["tweet_id"]: row for row in csv.DictReader(stream) if row["author_id"]}

    def root(tweet: str) -> str:
        parent = tweets[tweet]["in_response_to_tweet_id"].partition(".")[0]
        return root(parent) if parent in tweets else tweet

    def moment(row: dict) -> datetime:
        return datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")

    threads: dict[str, list] = {}
    for tweet, row in tweets.items():
        threads.setdefault(root(tweet), []).append((moment(row), row["inbound"] == "False"))
    rounds: list[float | None] = []
    for thread in threads.values():
        since = None
        for at, answer in sorted(thread):
            if not answer:
                since = since or at
            elif since and (at - since).total_seconds() >= 1:
                rounds.append((at - since).total_seconds())
                since = None
        rounds += [None] if since else []
    return rounds


def test_online_retail_net_and_cancelled_value_and_its_repeated_lines():
    tables, truths = read("online_retail", "orders")
    found = values(
        tables,
        "effective_order_share",
        "cancelled_value",
        "order_amount_total",
        measurement=load_params(PARAMS / "online_retail.yaml").departments[0].measurement,
    )
    effective = found.loc["effective_order_share"]
    net = effective["numerator"] - (effective["denominator"] - effective["numerator"])
    assert net == pytest.approx(truths["net"], abs=5e-4)
    assert round(net, 2) == 9747747.93
    assert found.loc["cancelled_value", "value"] == pytest.approx(896812.49, abs=1e-6)
    assert -found.loc["cancelled_value", "value"] == pytest.approx(truths["cancel_value"])
    assert found.loc["order_amount_total", "denominator"] <= truths["invoices"]
    assert len(tables["orders"]) == truths["invoices"] == 25900
    assert len(tables["order_lines"]) == truths["rows"] == 541909
    assert truths["exact_duplicates"] == 5268
    assert 5268 in counted(tables, "kept")


def test_uci_incidents_by_the_last_row_of_each():
    tables, truths = read("uci_incidents", "desk")
    found = values(
        tables,
        "time_to_resolve",
        "time_to_resolve_median",
        "time_to_resolve_p90",
        "sla_met_share",
    )
    assert len(tables["cases"]) == truths["incidents"] == 24_918
    hours = truths["hours_open_to_resolve"]
    for indicator, name in (
        ("time_to_resolve", "mean"),
        ("time_to_resolve_median", "median"),
        ("time_to_resolve_p90", "p90"),
    ):
        assert found.loc[indicator, "value"] == pytest.approx(hours[name], abs=5e-7), indicator
    assert found.loc["time_to_resolve", "n"] == hours["n"] == 23_362
    assert found.loc["sla_met_share", "value"] == pytest.approx(
        truths["made_sla_last_row_true"], abs=5e-5
    )
    owned = tables["cases"]["owner_id"].value_counts()
    assert {name: owned[name] for name in truths["top_resolvers_last_row"]} == (
        truths["top_resolvers_last_row"]
    )


@pytest.mark.requirement("L-01")
def test_the_example_of_the_readme_reads_its_workbook_and_says_that_there_is_no_order(
    tmp_path: Path,
) -> None:
    """Eight agents who differ by chance only: p = 0.73 by an analysis of variance of ratings."""
    source = DATA / "pwc_calls" / "01 Call-Center-Dataset.xlsx"
    if not source.is_file():
        pytest.skip(f"it may not be copied into csperf; give it as ../shared/data/{source.name}")
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = text[text.index("### Ten minutes with one export") :]
    params, scheme = re.findall(r"^```yaml\n(.*?)^```$", example, re.MULTILINE | re.DOTALL)[:2]
    (tmp_path / "params.yaml").write_text(params)
    (tmp_path / "scheme.yaml").write_text(scheme)
    shutil.copy(source, tmp_path / "calls.xlsx")
    view = open_team(str(tmp_path / "params.yaml"), "2021-01", "phone", "phone")
    said = " ".join(report.verdict(view).texts)
    assert "8 of 8 people in the team have a score" in said
    assert "They do not justify an order of the people." in said
