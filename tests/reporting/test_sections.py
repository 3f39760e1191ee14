"""The sections of the three reports, on the sample departments and on small made ones."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from team import headings

from csperf import InputError
from csperf.comparison import control_chart
from csperf.reporting import (
    appraisal,
    calibration,
    comparison,
    funnels,
    open_evaluators,
    open_team,
)
from csperf.reporting.display import Sentences
from csperf.reporting.text import Messages
from csperf.reporting.values import shown_change, shown_range, shown_value, unit_of
from csperf.reporting.words import facts_in_words
from csperf.tables import OUTPUT_TABLES

DEMO = "params/demo.yaml"
ENGLISH = Messages.load("en")


@pytest.fixture(scope="module")
def pre_sales():
    return open_team(DEMO, "2016-04", "online-shop", "pre-sales")


@pytest.fixture(scope="module")
def managers():
    return open_evaluators(DEMO, "2016-05")


@pytest.fixture(scope="module")
def desk_in_may(tmp_path_factory):
    """Group 70 with the history of March and April."""
    folder = tmp_path_factory.mktemp("history")
    for cycle in ("2016-03", "2016-04"):
        view = open_team(DEMO, cycle, "service-desk", "group-70")
        view.result.history.to_parquet(folder / f"{cycle}_service-desk.parquet", index=False)
    return open_team(DEMO, "2016-05", "service-desk", "group-70", history=str(folder))


def with_result(view, **frames):
    return dataclasses.replace(view, result=dataclasses.replace(view.result, **frames))


@pytest.mark.requirement("L-01")
def test_the_verdict_says_in_words_what_the_table_holds(pre_sales):
    scores = pre_sales.result.appraisals.set_index("employee_id")["score"]
    names = pre_sales.result.people.set_index("employee_id")["display_name"]
    words = " ".join(appraisal.verdict(pre_sales).texts)
    assert f"{len(scores)} of {len(scores)} people in the team have a score" in words
    assert f"from {scores.min():.1f} ({names[scores.idxmin()]})" in words
    assert f"to {scores.max():.1f} ({names[scores.idxmax()]})" in words
    assert f"the mean is {scores.mean():.1f} points" in words
    assert "People differ by more than chance" in words
    assert "Read the intervals before the ranks" in words
    unknown = pre_sales.result.appraisals.assign(low=np.nan, high=np.nan)
    words = " ".join(appraisal.verdict(with_result(pre_sales, appraisals=unknown)).texts)
    assert "cannot tell how far chance moves a score" in words


def test_scores_that_chance_explains_justify_no_order_and_proposals_on_places_are_counted(
    pre_sales,
):
    """A standard error of 50 points explains any spread of scores from 0 to 100."""
    people = pre_sales.result.appraisals.assign(se=50.0)
    on_places = {rule.id for rule in pre_sales.scheme.rules if rule.when.rank_from_bottom}
    on_places |= {rule.id for rule in pre_sales.scheme.rules if rule.when.rank_from_top}
    n = pre_sales.result.proposals["rule_id"].isin(on_places).sum()
    words = " ".join(appraisal.verdict(with_result(pre_sales, appraisals=people)).texts)
    assert "They do not justify an order of the people." in words
    assert "Read the intervals before the ranks" not in words
    assert n > 1 and f"{n} proposals rest on a place all the same." in words
    none = pre_sales.result.proposals.iloc[:0]
    words = appraisal.verdict(with_result(pre_sales, appraisals=people, proposals=none)).texts
    assert "rest on a place" not in " ".join(words)


def test_a_team_without_scores_says_so_and_draws_nothing(pre_sales):
    blank = pre_sales.result.appraisals.assign(score=np.nan, rank=pd.NA)
    no_scores = with_result(pre_sales, appraisals=blank, scores=OUTPUT_TABLES["scores"].empty())
    assert "Nobody is ranked." in appraisal.verdict(no_scores).texts
    assert appraisal.scores_figure(no_scores).texts == ["There are no scores to draw."]
    assert isinstance(appraisal.components_figure(no_scores), Sentences)
    assert len(appraisal.not_scored(no_scores).frame) == 10


def test_people_are_listed_by_rank_with_the_interval_of_their_scores(pre_sales):
    table = appraisal.people_table(pre_sales)
    assert table.frame["rank"].tolist() == list(range(1, 11))
    first = pre_sales.result.appraisals.sort_values(["rank", "employee_id"]).iloc[0]
    assert f"{first['low']:.1f} – {first['high']:.1f}" in str(table.html())
    assert "Fair score" in headings(table) and "cannot be told" not in table.caption
    unknown = pre_sales.result.appraisals.assign(fair_score=np.nan)
    table = appraisal.people_table(with_result(pre_sales, appraisals=unknown))
    assert "Fair score" not in headings(table)
    assert table.caption.endswith("cannot be told here: evaluators share too few people")
    nobody = pre_sales.result.evaluation_scores.iloc[:0]
    unrated = with_result(pre_sales, appraisals=unknown, evaluation_scores=nobody)
    assert appraisal.people_table(unrated).caption == "People and their scores"
    known = pre_sales.result.appraisals.assign(low=np.nan)
    table = appraisal.people_table(with_result(pre_sales, appraisals=known))
    assert str(table.html()).count("cannot be told") == 10  # intervals


@pytest.mark.requirement("G0-6")
def test_proposals_name_who_has_to_decide_and_are_called_undecided(pre_sales):
    table = appraisal.proposals_table(pre_sales)
    assert "none of them decided" in table.caption
    assert table.frame["step"].str.endswith("(store manager)").all()
    unknown = pre_sales.result.proposals["p_noise"].isna().all()
    assert ("Chance alone" in str(table.html())) is not unknown


@pytest.mark.requirement("G0-2")
def test_every_assumed_value_of_the_scheme_is_printed(pre_sales):
    shown = str(appraisal.assumed_values(pre_sales).html())
    assert "table of weights lost" in shown and "a coin toss must not cost money" in shown
    rows = appraisal.assumed_values(pre_sales).frame.set_index("part")["values"]
    assert rows["Response time"] == "weight: 10; floor: 90; target: 30"
    assert rows["Store manager"] == "required: yes"
    assert "max missing weight pct: 40" in str(appraisal.defaults(pre_sales).html())


@pytest.mark.requirement("I-07", "H-11")
def test_short_boards_name_the_component_with_most_points_lost(pre_sales):
    scores = pre_sales.result.scores
    lost = scores.assign(lost=scores["weight"] * (100 - scores["score"]) / 100)
    worst = lost.loc[lost.groupby("employee_id")["lost"].idxmax()].set_index("employee_id")
    shown = appraisal.short_boards(pre_sales).frame.set_index("employee_id")
    pd.testing.assert_series_equal(shown["lost"].sort_index(), worst["lost"], check_names=False)
    told = shown["costs_most"].str.rsplit(n=1).str[1].astype(float).sort_index()
    assert told.to_numpy() == pytest.approx(worst["lost"].to_numpy(), abs=0.051)


def test_the_indicators_table_has_a_row_for_every_indicator_of_the_scheme(pre_sales):
    frame = appraisal.indicators_table(pre_sales).frame
    assert len(frame) == len(pre_sales.scheme.indicators) == 13


@pytest.mark.requirement("L-12")
def test_provenance_names_scheme_inputs_and_packages(pre_sales):
    rows = appraisal.provenance(pre_sales).frame.set_index("what")["value"]
    assert pre_sales.scheme.sha256[:16] in rows["Scheme"]
    files = {source.path for source in pre_sales.unit.sources.values()}
    assert rows.index.str.startswith("Input data/online-shop/").sum() == len(files) == 20
    assert "pandas" in rows["Packages"]


def test_a_team_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(InputError, match=r"no team 'nobody' .* there are after-hours, pre-sales"):
        open_team(DEMO, "2016-04", "online-shop", "nobody")


@pytest.mark.requirement("K-11")
def test_edges_52_and_60_what_is_asked_of_the_data_is_told_before_what_was_only_counted(pre_sales):
    checks = [
        "answered_at lies before offered_at (kept); more than 1 %: are the clocks right?",
        "outside the cycle (not used); more than 5 %: are they the month's files?",
    ]
    counted = pd.DataFrame({"table": "calls", "check": ["belongs to no employee", *checks]})
    counted = counted.assign(count=3, share=0.02, example_ids="t1 t2 t3")
    shown = appraisal.data_quality(with_result(pre_sales, data_quality=counted))
    assert shown.frame["check"].tolist() == [*checks, "belongs to no employee"]
    words = [facts_in_words(check, Messages.load("zh")) for check in counted["check"]]
    in_chinese = counted.assign(check=words)
    shown = appraisal.data_quality(with_result(pre_sales, data_quality=in_chinese))
    assert shown.frame["check"].tolist() == [*words[1:], words[0]]


def test_the_first_cycle_has_nothing_to_compare_with(pre_sales):
    assert comparison.verdict(pre_sales).texts == [
        "This is the first cycle on record, so there is nothing to compare it with."
        " It needs one more cycle."
    ]
    assert isinstance(comparison.differences_table(pre_sales), Sentences)


@pytest.mark.requirement("L-04")
def test_the_service_desks_jump_in_agreed_time_cannot_be_attributed(desk_in_may):
    frame = comparison.differences_table(desk_in_may).frame
    since_march = frame[frame["baseline_id"] == "2016-03"].set_index("quantity_id")
    assert since_march.loc["sla_met_share", "difference"] > 0.3
    assert set(since_march["reading"]) == {"cannot be attributed"}
    since_april = frame[frame["baseline_id"] == "2016-04"]
    assert "cannot be attributed" not in set(since_april["reading"])
    words = " ".join(comparison.verdict(desk_in_may).texts)
    assert "Changes since 2016-03 cannot be attributed: the records begin on 2016-02-29" in words


def test_a_fall_of_what_should_be_low_reads_better_perhaps_as_one_of_many_rows(desk_in_may):
    frame = comparison.differences_table(desk_in_may).frame
    row = frame[
        (frame["baseline_id"] == "2016-04") & (frame["quantity_id"] == "time_to_resolve_median")
    ]
    assert row["high"].iloc[0] < 0 and row["p_adjusted"].iloc[0] > 0.05
    assert row["reading"].iloc[0] == "perhaps better"


def test_each_indicator_with_weeks_gets_a_chart_whose_caption_states_the_finding(
    desk_in_may, monkeypatch
):
    shown = []
    monkeypatch.setattr(comparison, "display", lambda *figures: shown.extend(figures))
    comparison.charts(desk_in_may)
    assert len(shown) == len(desk_in_may.scheme.indicators) == 6
    history = desk_in_may.history
    weeks = history[(history["team_id"] == "group-70") & history["week"].notna()]
    sla = weeks[weeks["quantity_id"] == "sla_met_share"].sort_values(["cycle_id", "week"])
    odd = (control_chart(sla, "proportion")["signal"] != "").sum()
    caption = next(figure.caption for figure in shown if "Agreed time met" in figure.caption)
    assert (" the limits in " in caption or "up to" in caption) == (odd > 0)
    assert all(figure.alt.startswith("Control chart of") for figure in shown)


def weekly_values(view, values, start="2016-01"):
    """The view with so many weekly shares of cases met in agreed time, four weeks a month."""
    months = pd.period_range(start, periods=len(values), freq="M").astype("str").repeat(4)
    rows = pd.DataFrame({"cycle_id": months[: len(values)], "value": values})
    rows = rows.assign(
        department_id="service-desk",
        team_id=view.team_id,
        quantity_id="sla_met_share",
        week=[1 + place % 4 for place in range(len(values))],
        numerator=[100 * value for value in values],
        denominator=100,
        n=100,
        status="ok",
        records_from=pd.Timestamp("2015-12-31"),
    )
    unknown = [
        rows.assign(quantity_id=name, value=np.nan, numerator=np.nan, status="not_available")
        for name in view.scheme.indicators
        if name != "sla_met_share"
    ]
    history = OUTPUT_TABLES["history"].arrange(pd.concat([rows, *unknown]))
    return dataclasses.replace(view, history=history)


def chart_of(view, monkeypatch):
    shown = []
    monkeypatch.setattr(comparison, "display", lambda *things: shown.extend(things))
    comparison.charts(view)
    [only] = shown
    return only


def test_a_chart_says_on_which_side_weeks_lie_and_where_a_run_ends(desk_in_may, monkeypatch):
    """Nine weeks at 55 % and one at 95 %, ten at 45 % and one at 5 %: the middle is 50 %."""
    values = [*[0.55] * 9, 0.95, *[0.45] * 10, 0.05]
    caption = chart_of(weekly_values(desk_in_may, values), monkeypatch).caption
    assert "above the limits in 16-03 w2; below the limits in 16-06 w1; " in caption
    assert "on one side of the middle up to 16-03 w2, 16-06 w1. The middle is 49" in caption
    assert "The records begin" not in caption  # no signal in the first two weeks
    early = chart_of(weekly_values(desk_in_may, [0.95, *values[:9]]), monkeypatch).caption
    assert "above the limits in 16-01 w1; eight weeks" in early and "below" not in early
    assert "The records begin on 2015-12-31" in early


def test_a_quantity_that_never_changes_is_a_sentence_without_a_figure(desk_in_may, monkeypatch):
    flat = chart_of(weekly_values(desk_in_may, [1.0] * 10), monkeypatch)
    assert flat.texts == ["Agreed time met: 100.0% in every week."]


def shown_funnels(view, monkeypatch):
    shown = []
    monkeypatch.setattr(funnels, "display", lambda *things: shown.extend(things))
    comparison.funnels(view)
    return shown


def with_people(view, met, n=100):
    """The view with people of whom so many cases each were met in agreed time."""
    people = [f"p{number}" for number in range(len(met))]
    rows = pd.DataFrame({"employee_id": people, "numerator": met, "denominator": n})
    rows = rows.assign(
        cycle_id=view.cycle.id,
        department_id="service-desk",
        team_id=view.team_id,
        quantity_id="sla_met_share",
        status="ok",
    )
    known = pd.DataFrame({"employee_id": people, "display_name": [f"Person {id}" for id in people]})
    result = dataclasses.replace(view.result, people=known)
    history = OUTPUT_TABLES["history"].arrange(rows)
    return dataclasses.replace(view, result=result, history=history)


@pytest.mark.requirement("L-04")
def test_a_funnel_is_shown_where_somebody_stands_out_and_its_caption_says_who(
    desk_in_may, monkeypatch
):
    intro, *figures, note = shown_funnels(desk_in_may, monkeypatch)
    assert intro.texts[0].startswith("Is anybody in the team far from the others?")
    captions = [figure.caption for figure in figures]
    assert captions[0] == (
        "Resolved at first contact: clearly lower than the team: Resolved by 21 with 0.0%. "
        "The 21 people together have 69.2%."
    )
    assert "Resolved by 21" in figures[0].svg and "Resolved by 103" not in figures[0].svg
    assert note.texts == ["Nobody stands out in: Cases reopened, Agreed time met."]
    assert figures[0].alt.endswith("0 clearly higher than the team, 1 clearly lower.")


def test_a_figure_in_which_nobody_stands_out_is_a_sentence(desk_in_may, monkeypatch):
    [note] = shown_funnels(with_people(desk_in_may, [80, 82, 79, 81, 80, 83]), monkeypatch)
    assert note.texts[0] == "Nobody stands out in: Agreed time met."
    assert note.texts[1].startswith("Fewer than 5 people have enough cases to be held against one")


def test_above_forty_people_a_funnel_names_six_who_stand_out_and_counts_more_than_that(
    desk_in_may, monkeypatch
):
    met = [78 + number % 5 for number in range(40)]
    _, named, _ = shown_funnels(with_people(desk_in_may, [*met[:39], 20]), monkeypatch)
    assert named.caption.startswith(
        "Agreed time met: clearly lower than the team: Person p39 with 20.0% (usual with as many"
    )
    assert "Person p39" in named.svg and "Person p1<" not in named.svg
    _, few, _ = shown_funnels(with_people(desk_in_may, [*met, 20]), monkeypatch)
    assert few.caption.startswith(
        "Agreed time met: clearly lower than the team: Person p40 with 20.0% (usual with as many"
    )
    assert "Person p40" in few.svg and "Person p1<" not in few.svg
    people = with_people(desk_in_may, [*met, *met, *[5] * 7])
    _, many, _ = shown_funnels(people, monkeypatch)
    assert many.caption.startswith(
        "Agreed time met: clearly lower than the team: 7 people. The 87 people"
    )
    assert "Person" not in many.svg


def test_rates_are_drawn_as_they_are_written_and_amounts_of_money_are_no_counts(
    pre_sales, monkeypatch
):
    people = with_people(pre_sales, [3, 2, 4] * 3 + [3, 3, 91], n=1_000)
    complaints = people.history.assign(quantity_id="complaint_rate")
    money = people.history.assign(quantity_id="refund_share", numerator=0.25)
    whole = dataclasses.replace(people, history=pd.concat([complaints, money]))
    _, figure, note = shown_funnels(whole, monkeypatch)
    assert figure.caption.startswith(
        "Complaints: clearly higher than the team: Person p11 with 91.0 per 1,000 (usual with"
    )
    assert "10.3 per 1,000" in figure.caption and "Complaints, per 1,000" in figure.svg
    assert not any("Refunds" in said for said in note.texts)


def over_cycles(view, values):
    """The view with a history of so many months up to its own, agreed time met as given."""
    months = pd.period_range(end=view.cycle.id, periods=len(values), freq="M").astype("str")
    rows = pd.DataFrame({"cycle_id": months, "value": values}).assign(
        department_id="service-desk",
        team_id=view.team_id,
        quantity_id="sla_met_share",
        records_from=pd.Timestamp("2014-01-01"),
    )
    scores = rows.assign(employee_id="ann", quantity_id="score", value=50.0, scheme_id="s")
    scores["scheme_version"] = ["1"] * 2 + ["2"] * (len(values) - 2)
    history = OUTPUT_TABLES["history"].arrange(pd.concat([rows, scores]))
    return dataclasses.replace(view, history=history)


@pytest.mark.requirement("L-04", "F-10")
def test_a_trend_is_told_from_eight_cycles_on(desk_in_may):
    values = [0.60 + 0.02 * number for number in range(9)]
    frame = comparison.trends_table(over_cycles(desk_in_may, values)).frame
    row = frame.set_index("quantity_id").loc["sla_met_share"]
    assert (row["title"], row["n"]) == ("Agreed time met, percentage points", 9)
    assert (row["change"], row["range"], row["reading"]) == ("+2.0", "+2.0 to +2.0", "better")
    score = frame.set_index("quantity_id").loc["score"]
    assert (score["n"], score["change"], score["reading"]) == (7, "–", "cannot be told")
    note = comparison.trends_table(over_cycles(desk_in_may, values[:7]))
    assert note.texts == ["A trend needs 8 cycles with full records; so far the number is 7."]


def test_a_cycle_in_which_the_records_begin_is_in_no_trend(desk_in_may):
    view = over_cycles(desk_in_may, [0.1, *[0.8] * 8])
    frame = comparison.trends_table(
        dataclasses.replace(
            view, history=view.history.assign(records_from=pd.Timestamp("2015-09-01"))
        )
    ).frame
    row = frame.set_index("quantity_id").loc["sla_met_share"]
    assert (row["n"], row["slope"], row["reading"]) == (8, 0.0, "cannot be told")


@pytest.mark.requirement("L-03")
def test_the_calibration_knows_what_teams_and_departments_are_called(managers):
    assert managers.department("online-shop") == "网店客服部 · Online shop"
    assert managers.team("online-shop", "pre-sales") == "售前组 Pre-sales"
    assert managers.team("service-desk", "pooled") == "Small groups together"
    assert managers.team("service-desk", "service-desk") == "Service desk"  # its own team
    assert managers.team("elsewhere", "day") == "day"


@pytest.mark.requirement("L-03", "D-06")
def test_the_calibration_names_the_harsher_evaluator_and_who_shares_nobody(managers):
    words = calibration.verdict(managers).texts
    assert (
        words[0].startswith("M1 rates ") and "lower than M2 on the 5 people both rated" in words[0]
    )
    assert (
        words[1].startswith("M2 rates ") and "lower than M3 on the 6 people both rated" in words[1]
    )
    assert "look at the fair scores beside them before anything is decided" in words[3]
    assert words[2] == "Cannot be compared directly, having rated nobody in common: M1 – M3."


def test_the_harsher_evaluator_comes_first_in_the_sentence_whatever_the_order_of_names(managers):
    renamed = managers.evaluations.replace({"evaluator_id": {"M1": "Z1"}})
    words = calibration.verdict(dataclasses.replace(managers, evaluations=renamed)).texts
    assert any(text.startswith("Z1 rates ") and "lower than M2" in text for text in words)


def test_the_calibration_lists_severities_and_what_may_help(managers):
    table = calibration.severity_table(managers)
    assert table.frame["evaluator_id"].tolist() == ["M1", "M2", "M3"]  # the harshest first
    assert table.frame["in_words"].tolist() == ["compared"] * 3
    for shown in (table, calibration.differences_table(managers)):
        assert headings(shown)[1] == "Status"
    assert calibration.severity_table(managers).frame["low"].min() < 0
    assert re.search(r"−\d+\.\d to ", str(table.html()))
    assert "No other habit shows clearly" in str(calibration.effects_table(managers).html())
    effects = managers.calibration.effects
    halo = (effects["effect"] == "halo") & (effects["evaluator_id"] == "M2")
    found = managers.calibration._replace(
        effects=effects.assign(flag=halo.map({True: "halo", False: ""}))
    )
    view = dataclasses.replace(managers, calibration=found)
    html = str(calibration.effects_table(view).html())
    assert "one impression colours all criteria" in html
    assert "rate one criterion for everybody before the next" in html
    assert "Worth a look, for more than severity: M2. See" in " ".join(
        calibration.verdict(view).texts
    )


def test_people_and_evaluators_of_each_type_stand_on_one_scale_where_categories_are_given(
    managers, monkeypatch
):
    shown = []
    monkeypatch.setattr(calibration, "display", lambda *figures: shown.extend(figures))
    calibration.wright_figures(managers)
    assert shown == []  # points of a hundred
    rows = [
        *(("employee_id", f"p{n}", level) for n, level in enumerate([-1.0, 0.0, 1.0])),
        *(("evaluator_id", name, level) for name, level in (("M1", 0.4), ("<M2>", -0.6))),
        ("criterion_id", "work", 0.0),
    ]
    measures = pd.DataFrame(rows, columns=["facet", "element_id", "measure"])
    measures = measures.assign(cycle_id="2016-05", status="ok")
    wide = measures["measure"].mask(measures["facet"] == "evaluator_id", 2 * measures["measure"])
    types = {"boss": measures, "peer": measures.assign(measure=wide)}
    both = pd.concat([rows.assign(evaluator_type=kind) for kind, rows in types.items()])
    found = managers.calibration._replace(measures=OUTPUT_TABLES["measures"].arrange(both))
    calibration.wright_figures(dataclasses.replace(managers, calibration=found))
    boss, peer = shown
    assert boss.caption.startswith("boss: on one scale") and peer.caption.startswith("peer: on")
    assert "lie 1.0 units apart; people typically lie 1.0 from their mean" in boss.caption
    assert "lie 2.0 units apart; people typically lie 1.0 from their mean" in peer.caption
    for figure in shown:
        assert "M1" in figure.svg and "&lt;M2" in figure.svg and "p0" not in figure.svg


def test_how_many_evaluators_a_grade_takes_is_said_in_words(managers):
    """People make 40 % of the spread, severities 43 %; of six managers the mean is good to 80 %."""
    assert calibration.reliability(managers).texts == [
        "Store manager: for about 80% of the differences in grade to come from the people "
        "themselves, each person would need about 6 evaluators."
    ]
    table = calibration.components_table(managers)
    parts = table.frame.set_index("part")["share"]
    assert parts.sum() == pytest.approx(1, abs=0.002)
    assert "Store manager" in str(table.html()) and "0.0%" not in str(table.html())
    assert "Variance" not in headings(table)
    assert parts["how severe evaluators are"] > parts["people"] > 0.3
    components = managers.calibration.components
    even = components["variance"].mask(components["component"] == "evaluator_id", 0.0)
    found = managers.calibration._replace(components=components.assign(variance=even))
    told = calibration.reliability(dataclasses.replace(managers, calibration=found)).texts
    assert told == [
        "Store manager: one evaluator for each person is enough for 80% or more of the "
        "differences in grade to come from the people themselves."
    ]
    far = components["variance"].mask(components["component"] == "evaluator_id", 9_999.0)
    found = managers.calibration._replace(components=components.assign(variance=far))
    told = calibration.reliability(dataclasses.replace(managers, calibration=found)).texts
    assert told[0].startswith("Store manager: even with 10 evaluators for each person")


def test_what_fair_scores_would_change_is_listed_with_titles(pre_sales):
    changes = pd.DataFrame(
        {
            "employee_id": pre_sales.result.people["employee_id"].iloc[0],
            "team_id": pre_sales.team_id,
            "quantity_id": ["rank", "last_deduction"],
            "official": ["10", "proposed"],
            "fair": ["9", ""],
        }
    )
    records = {"fair_changes": OUTPUT_TABLES["fair_changes"].arrange(changes)}
    view = with_result(pre_sales, records={**pre_sales.result.records, **records})
    table = appraisal.fair_changes_table(view)
    assert table.frame["what"].tolist() == ["Place", "Last of the month"]
    assert "not proposed" in str(table.html())
    same = {"fair_changes": OUTPUT_TABLES["fair_changes"].empty()}
    view = with_result(pre_sales, records={**pre_sales.result.records, **same})
    assert "Nothing would be otherwise" in str(appraisal.fair_changes_table(view).html())


def test_without_evaluations_the_calibration_says_so(managers):
    nobody = dataclasses.replace(managers, evaluations=managers.evaluations.iloc[:0])
    assert calibration.verdict(nobody).texts == [
        "No department collected evaluations by others for this cycle."
    ]
    assert isinstance(calibration.differences_figure(nobody), Sentences)
    assert "No department collected" in str(calibration.overview_table(nobody).html())


@pytest.mark.parametrize(
    ("value", "indicator", "expected"),
    [
        (0.3914, "inquiry_conversion", "39.1%"),
        (32.94, "response_time_avg", "32.9 s"),
        (122455.4, "order_amount_total", "122,455"),
        (0.0027, "complaint_rate", "2.7 per 1,000"),
        (73.5, "report_quality", "73.5 points"),
        (5.25, "calls_answered_per_hour", "5.25 per hour"),
        (np.nan, "report_quality", "–"),
    ],
)
def test_values_are_shown_in_their_unit(value, indicator, expected):
    assert shown_value(value, indicator, ENGLISH) == expected


def test_ranges_name_their_unit_once():
    assert shown_range(0.0009, 0.0064, "complaint_rate", ENGLISH) == "0.9 – 6.4 per 1,000"
    assert shown_range(4.5, 6, "calls_answered_per_hour", ENGLISH) == "4.50 – 6.00 per hour"
    assert shown_range(32.0, 33.8, "response_time_avg", ENGLISH) == "32.0 – 33.8 s"
    assert shown_range(0.366, 0.417, "inquiry_conversion", ENGLISH) == "36.6% – 41.7%"


def test_changes_carry_their_sign_and_a_change_that_rounds_to_nothing_has_none():
    assert shown_change(0.032, "sla_met_share") == "+3.2"
    assert shown_change(-0.032, "sla_met_share") == "−3.2"
    assert shown_change(0.0001, "sla_met_share") == "0.0"
    assert shown_change(0.5, "calls_answered_per_hour") == "+0.50"
    assert unit_of("calls_answered_per_hour", "", ENGLISH) == "per hour"
    assert unit_of("complaint_rate", "", ENGLISH) == "per 1,000"
    assert (
        unit_of("order_amount_total", "CNY", ENGLISH) == "CNY"
        and unit_of("sla_met_share", "", ENGLISH) == ""
    )
