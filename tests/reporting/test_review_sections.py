"""What HR and a works council read about the cycle itself, and what they are not told."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from pandas import DataFrame

import csperf.reporting.review as show
from csperf.reporting import open_department
from csperf.reporting.reviewed import ReviewView, review_of

SECTIONS = [name for name in show.__all__ if name not in ("review_of", "heading")]


@pytest.fixture(scope="module")
def view() -> ReviewView:
    """The sample shop's May."""
    return review_of(open_department("params/demo.yaml", "2016-05", "online-shop"))


def text_of(shown: object) -> str:
    return re.sub(r"<[^>]+>", " ", str(shown.html()))  # type: ignore[attr-defined]


def with_counts(view: ReviewView, **changed: object) -> ReviewView:
    """The same view with something that it counts replaced."""
    other = replace(view)
    vars(other).update({**vars(view), **changed})
    return other


@pytest.mark.requirement("L-11", "F-12")
def test_the_first_paragraphs_say_how_it_went_and_what_to_change_first_and_who(
    view: ReviewView,
) -> None:
    said = show.in_short(view).texts
    known = view.checked[view.checked["of"].fillna(0) > 0]
    assert said[0].startswith(f"Of {len(known)} points of the six stages")
    verdicts = view.components["verdict"]
    strict, loose = (verdicts == "too_strict").sum(), (verdicts == "too_loose").sum()
    assert said[1].startswith(
        f"Of {len(verdicts)} targets and scales, {strict} are too strict and {loose} too loose"
    )
    assert said[2].startswith("Of 2 penalties that are proposed, about 0.7 rest on chance")
    assert len(said[3:]) == 3
    assert all(re.match(r"(Management|HR|Evaluators): .* done\)\.", task) for task in said[3:])


@pytest.mark.requirement("L-11", "K-05")
def test_every_point_of_the_checklist_is_shown_once_known_or_not(view: ReviewView) -> None:
    shown = len(show.checklist_table(view).frame)
    unknown = show.unknown_points(view)
    assert unknown is not None
    assert shown + len(unknown.body_rows) == len(view.checked)
    assert "not known" not in text_of(show.checklist_table(view))


@pytest.mark.requirement("K-01")
def test_verdicts_stand_with_their_reasons_those_to_look_at_first(view: ReviewView) -> None:
    frame = show.moderation_table(view).frame
    order = [*dict.fromkeys(frame["verdict"])]
    assert order == [v for v in ("too strict", "too loose", "cannot tell", "fit") if v in order]
    assert frame["because"].notna().all()
    limits = text_of(show.how_counted(view))
    assert all(limit in limits for limit in ("50%", "80%", "Below 5 people"))


@pytest.mark.requirement("K-04")
def test_a_component_with_one_mark_for_all_may_be_a_number_for_what_has_none(
    view: ReviewView,
) -> None:
    rows = view.components
    assert show.alike_marks(with_counts(view, components=rows.assign(alike=False))) is None
    first = rows["subject"] == rows["subject"].iloc[0]
    told = show.alike_marks(with_counts(view, components=rows.assign(alike=first)))
    assert told is not None and told.texts[0].endswith("a described behaviour may serve better.")
    few = rows.assign(alike=first, n=4)
    assert show.alike_marks(with_counts(view, components=few)) is None


@pytest.mark.privacy("P6")
def test_marks_of_fewer_than_five_people_are_not_shown(view: ReviewView) -> None:
    rows = view.components.assign(n=4, because="few_people", verdict="cannot_tell")
    frame = show.moderation_table(with_counts(view, components=rows)).frame
    numbers = ["mean", "sd", "at_ceiling", "at_floor", "reached"]
    assert frame[numbers].isna().all(axis=None)


@pytest.mark.privacy("P6")
def test_nothing_is_said_of_fewer_people_than_the_params_let_be_shown(view: ReviewView) -> None:
    """22 people are appraised in the shop: where 30 are the fewest to be shown, none is."""
    privacy = view.params.privacy.model_copy(update={"smallest_group": 30})
    strict = replace(view, params=view.params.model_copy(update={"privacy": privacy}))
    assert {*show.moderation_table(strict).frame["verdict"]} == {"cannot tell"}
    assert show.moderation_table(strict).frame["at_ceiling"].isna().all()
    assert "Below 30 people" in text_of(show.how_counted(strict))
    assert {*view.components["verdict"]} > {"cannot_tell"}


@pytest.mark.privacy("P12")
def test_no_section_names_an_evaluator(view: ReviewView) -> None:
    evaluators = {*view.evaluations["evaluator_id"]} - {*view.evaluations["employee_id"]}
    assert evaluators
    shown = [getattr(show, name)(view) for name in SECTIONS]
    whole = " ".join(text_of(each) for each in shown if each is not None)
    assert [id for id in evaluators if re.search(rf"\b{re.escape(id)}\b", whole)] == []


@pytest.mark.privacy("P12")
def test_verdicts_on_fewer_than_five_evaluators_are_not_even_counted(view: ReviewView) -> None:
    marks = DataFrame(
        {
            "verdict": ["too_strict", "fit", "fit", "fit", "too_loose"],
            "alike": [False] * 5,
            "n": 6,
        }
    )
    five = show.evaluators_moderated(with_counts(view, evaluators=marks))
    four = show.evaluators_moderated(with_counts(view, evaluators=marks[:4]))
    assert five is not None and "3 use the scale in a fit way, 1 are too strict" in five.texts[0]
    assert four is not None and "strict" not in four.texts[0]


@pytest.mark.requirement("F-06")
def test_it_is_said_whether_superiors_finished_and_are_appraised_themselves(
    view: ReviewView,
) -> None:
    told = show.leaders_share(view)
    assert told is not None
    assert re.match(r"Of 3 superiors who were asked to evaluate, \d finished", told.texts[0])


@pytest.mark.requirement("K-09", "J-02")
def test_each_case_names_its_rule_and_the_nearest_person_who_had_another_outcome(
    view: ReviewView,
) -> None:
    table = show.cases_table(view)
    assert {*table.frame["employee_id"]} <= {*view.result.proposals["employee_id"]}
    assert table.frame["nearest"].str.fullmatch(r"kf\d+, [\d.]+ points").all()
    nobody = with_counts(view, cases=view.cases[:0])
    assert show.cases_table(nobody).texts[0].startswith("Nobody who did no better was spared")


@pytest.mark.requirement("I-08", "L-11")
def test_appeals_and_talks_are_counted_over_all_teams_and_what_is_unknown_is_said(
    view: ReviewView,
) -> None:
    assert "No table of talks is given" in show.talks(view).texts[0]
    counts = {f"n_{name}": [1, 2] for name in ("filed", "open", "withdrawn", "upheld")}
    appeals = DataFrame({"by": ["team", "team"], "id": ["a", "b"], **counts})
    appeals = pd.concat([appeals, appeals.assign(by="evaluator")])  # the same once more
    result = replace(view.result, records={**view.result.records, "appeal_statistics": appeals})
    assert show.appeals(with_counts(view, result=result)).texts == [
        "3 appeals were filed: 3 upheld in whole or in part, 3 withdrawn, 3 still open."
    ]
