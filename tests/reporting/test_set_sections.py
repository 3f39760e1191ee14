"""The checks of the indicator set in the words of the team report."""

from types import SimpleNamespace

import pandas as pd
import pytest

from csperf.appraisal.indicator_set import STATUS
from csperf.reporting import indicator_set as show
from csperf.reporting.display import Sentences
from csperf.reporting.text import Messages
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

ENGLISH = Messages.load("en")
PLAIN = {"method": "linear", "floor": 0, "target": 1}
CHAT = "chat/inquiry_conversion"
LOSS = "chat/inquiry_loss_rate"
SCHEME = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "evaluators": [{"type": "boss"}],
        "criteria": [{"id": "service", "title": "Service"}],
        "score": [
            {
                "id": "chat",
                "parts": [
                    {"indicator": "inquiry_conversion", "weight": 50, "scoring": PLAIN},
                    {"indicator": "inquiry_loss_rate", "weight": 30, "scoring": PLAIN},
                ],
            },
            {"criterion": "service", "evaluator": "boss", "weight": 20},
        ],
    }
)
SUBJECTS = (CHAT, LOSS, "service")


def row(check, subject, finding, **further):
    status = STATUS.get(finding, "ok")
    return {"check": check, "subject": subject, "finding": finding, "status": status, **further}


def view_of(*rows):
    found = OUTPUT_TABLES["indicator_set"].arrange(pd.DataFrame(rows))
    result = SimpleNamespace(indicator_set=found)
    return SimpleNamespace(result=result, scheme=SCHEME, text=ENGLISH)


@pytest.mark.requirement("B-71", "B-77")
def test_the_summary_says_what_the_weights_go_to_and_how_much_is_opinion():
    words = show.set_summary(
        view_of(
            row("coverage", "sales", "covered", value=80, facts=f"{CHAT}, {LOSS}"),
            row("coverage", "cost", "not_covered", value=0),
            row("kind", CHAT, "quantitative", value=50),
            row("kind", "service", "qualitative", value=20),
        )
    ).texts
    assert words[0] == "The weights on paper, of 100, go to sales 80.0."
    assert words[1].startswith("20.0 of 100 rest on what people think")


def test_findings_in_the_same_words_are_one_row_and_a_pair_is_told_once():
    table = show.set_findings(
        view_of(
            row("coverage", "cost", "not_covered", value=0),
            row("coverage", "attitude", "not_covered", value=0),
            row("coverage", "not_assigned", "not_assigned", value=20, facts="service"),
            row("measurable", CHAT, "some_without", value=0.75, unit="share", n=3),
            row("goal", "score", "goal_not_recorded", facts="goals"),
            row("same_data", CHAT, "exact_complement", other=LOSS),
            row("correlation", CHAT, "close", other=LOSS, value=1.0, unit="correlation", n=5),
            row(
                "correlation",
                CHAT,
                "close",
                other="service",
                **{"value": 0.912, "low": 0.5, "high": 0.99, "unit": "correlation", "n": 7},
            ),
            row("freshness", CHAT, "behind", value=9.0, unit="days", facts="2016-04-21"),
            row("days", LOSS, "no_data", value=0, n=0),
        )
    )
    shown = table.frame
    assert shown["about"].tolist() == [
        "cost; attitude",
        "Service",
        "Inquiry conversion",
        "The whole score",
        "Inquiry conversion, Inquiry loss",
        "Inquiry conversion, Service",
        "Inquiry conversion",
    ]
    words = shown["found"].tolist()
    assert words[2] == "25% of the people have no value."
    assert words[5].endswith("correlation 0.91, 95 % interval 0.50 to 0.99, n = 7.")
    assert words[6] == "The last data are of 2016-04-21, 9 days before the end of the cycle."


def test_a_set_without_findings_says_so():
    found = show.set_findings(view_of(row("same_data", "score", "none")))
    assert isinstance(found, Sentences) and "Nothing in the indicator set" in found.texts[0]


@pytest.mark.requirement("B-76", "B-74")
def test_weights_on_paper_and_shares_of_differences_stand_side_by_side():
    singles = [
        one
        for path, paper, share in zip(SUBJECTS, (50, 30, 20), (61.0, 44.0, -5.0), strict=True)
        for one in (
            row("nominal_weight", path, "weighted", value=paper),
            row("effective_weight", path, "weighted", value=paper / 2, n=8),
            row("share_of_differences", path, "counts_more", value=share, low=1, high=90, n=8),
        )
    ]
    together = {"facts": f"{CHAT}, {LOSS}"}
    table = show.set_weights(
        view_of(
            *singles,
            row("construct_nominal_weight", CHAT, "counted_together", value=80, **together),
            row("construct_effective_weight", CHAT, "weighted", value=40, n=8, **together),
            row("construct_share_of_differences", CHAT, "against", value=105, n=8, **together),
        )
    )
    shown = table.frame.set_index("about")[["nominal", "value", "effective", "reading"]]
    assert shown.loc["Inquiry conversion"].tolist() == [50, 61, 25, "more"]
    assert shown.loc["Together: Inquiry conversion, Inquiry loss"].tolist() == [
        80,
        105,
        40,
        "against the score",
    ]
    assert len(shown) == 4 and "8 people" in table.caption


@pytest.mark.requirement("F-08", "F-09")
def test_each_component_says_where_its_data_come_from_and_how_far_they_reach():
    rows = [
        one
        for path in SUBJECTS
        for one in (
            row("kind", path, "qualitative" if path == "service" else "quantitative", value=1),
            row("source", path, "people" if path == "service" else "software"),
            row("collection", path, "observation" if path == "service" else "system_records"),
            row("measurable", path, "measured", value=0.9, unit="share", n=9),
        )
    ]
    days = [
        row("days", CHAT, "on_days", value=0.5, unit="share", n=15),
        row("freshness", CHAT, "up_to_date", value=1.0, unit="days", facts="2016-04-29"),
        row("days", LOSS, "no_data", value=0.0, unit="share", n=0),
        row("days", "service", "once_a_cycle"),
    ]
    told = dict(show.set_sources(view_of(*rows, *days)).body_rows)
    assert told["Inquiry conversion"] == (
        "Counted: software, as it happens, collected by system records; 90% of the people have a"
        " value; data on 50% of the days, the last of 2016-04-29."
    )
    assert told["Inquiry loss"].endswith("no data in the cycle.")
    assert told["Service"].startswith("Judged: people's ratings, collected by observation")
    assert told["Service"].endswith("once a cycle.")


def test_every_finding_that_somebody_should_look_at_has_its_words():
    shown = set(STATUS) - set(show.SAID_BY_OTHERS)
    for table in ("found", "advice"):
        named = {key for key in ENGLISH.entries if key.startswith(f"indicator_set.{table}.")}
        assert named == {f"indicator_set.{table}.{finding}" for finding in shown}
