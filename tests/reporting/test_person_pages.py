"""The sheet of one person and the pay statement: what they answer, and whom they tell of."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from decimal import Decimal
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from appraised import appraised, left_behind, values_of
from hypothesis import given
from hypothesis import strategies as st
from organisation import CYCLES, DAY, DESK, NIGHT, edit, run
from pandas import DataFrame

from csperf import Cycle, Scheme, appraise, load_scheme
from csperf.pipeline import Appraisals
from csperf.reporting.opening import TeamView
from csperf.reporting.pay_statement import pay_pages
from csperf.reporting.person import Sheets, person_pages
from csperf.reporting.person_facts import Person, printed_parts
from csperf.reporting.person_why import shares
from csperf.reporting.text import Messages
from csperf.runner.manifest import read_manifest

SHIPPED = Path(__file__).parents[2] / "params" / "schemes"
MAY = Cycle.parse("2026-05")
PEOPLE = ("ann-canary", "bob-canary", "cem-canary", "dag-canary", "eve-canary", "fay-canary")
FIRST = PEOPLE[0]
AT = pd.Timestamp("2026-05-10T10:00Z")
LINEAR = {"method": "linear", "floor": 0.0, "target": 1.0}
MEASURED = {"indicator": "sla_met_share", "weight": 60, "scoring": LINEAR}
ALONE = {**MEASURED, "weight": 100}
SELF, PEER, LEAD = (
    {"type": "self", "title": "Own view"},
    {"type": "peer", "title": "Peer"},
    {"type": "direct_superior", "title": "Superior"},
)
QUESTIONS = (
    "What was to be done?",
    "What was done?",
    "Why this result?",
    "Which direction to improve?",
)


def scheme_of(*score: dict[str, Any], **keys: Any) -> Scheme:
    base = {"id": "s", "title": "S", "version": "1", "currency": "EUR"}
    criteria = [{"id": "tone", "title": "Tone", "scale": [1, 5]}, {"id": "facts", "title": "Facts"}]
    judged = {"evaluators": [SELF, PEER, LEAD], "criteria": criteria}
    return Scheme.model_validate({**base, **judged, "score": score or (ALONE,), **keys})


def judged(kind: str, criterion: str, weight: float) -> dict[str, Any]:
    return {
        "criterion": criterion,
        "evaluator": kind,
        "weight": weight,
        "id": f"{kind}-{criterion}",
    }


def cases(people: Iterable[str] = PEOPLE) -> DataFrame:
    """Twelve cases each; of the first one's 11 are in time, of the second one's 10, and so on."""
    rows = [
        {"case_id": f"{who}/{n}", "owner_id": who, "sla_met": n > place}
        for place, who in enumerate(people)
        for n in range(12)
    ]
    return DataFrame(rows).assign(opened_at=AT, resolved_at=AT)


def ratings(who: str, kind: str, criterion: str, *scores: float) -> DataFrame:
    raters = [who] if kind == "self" else [f"rater-canary-{n}" for n in range(len(scores))]
    scores = scores[: len(raters)]
    about = {"cycle_id": MAY.id, "employee_id": who, "evaluator_type": kind}
    found = DataFrame({"evaluator_id": raters, "score": scores})
    return found.assign(criterion_id=criterion, **about)


def result_of(scheme: Scheme, *given: DataFrame, **more: Any) -> Appraisals:
    tables = {"cases": more.pop("cases", cases())}
    tables["employees"] = DataFrame({"employee_id": PEOPLE}).assign(
        display_name=[f"Name {who}" for who in PEOPLE]
    )
    if given:
        tables["evaluations"] = pd.concat(given, ignore_index=True)
    return appraise({**tables, **more}, scheme, MAY)


def sheets_of(scheme: Scheme, result: Appraisals, smallest: int = 5, **keys: Any) -> Sheets:
    team = result.people["team_id"].iloc[0]
    view = TeamView(
        cycle=keys.pop("cycle", MAY),
        unit=SimpleNamespace(id="d", name="D", note=""),
        scheme=scheme,
        scheme_read=scheme,
        team_id=team,
        team_name="Team",
        result=result.of_team(team),
        history=keys.pop("history", result.history),
        text=Messages.load("en"),
    )
    records = {"pay_pools": result.records.get("pay_pools", DataFrame())}
    computed = {name: getattr(result, name) for name in ("people", "proposals", "pay")} | records
    return Sheets(view, computed, smallest, **keys)


def pages(scheme: Scheme, *given: DataFrame, **more: Any) -> dict[str, str]:
    return dict(person_pages(sheets_of(scheme, result_of(scheme, *given, **more))))


def bytes_of(page: str) -> str:
    """Everything in the file, its pictures too."""
    pictures = re.findall(r"base64,([A-Za-z0-9+/=]+)", page)
    return page + "".join(b64decode(picture).decode() for picture in pictures)


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :])))


def added(page: str) -> tuple[list[Decimal], Decimal]:
    """What the parts add to the score, as printed, and the printed score."""
    table = page[page.index("Adds to the score") :]
    table = table[: table.index("</table>")]
    cells = re.findall(r'<td class="number">([^<]*)</td></tr>', table)
    *parts, total = (Decimal(cell.replace("−", "-").replace(",", "")) for cell in cells)
    return parts, total


@given(
    st.lists(st.floats(-20, 60, allow_nan=False), min_size=1, max_size=25),
    st.integers(0, 4),
)
@pytest.mark.requirement("L-02", "H-05")
@pytest.mark.privacy("P2")
def test_printed_parts_add_up_to_the_printed_total_and_lie_next_to_the_exact_ones(
    parts: list[float], digits: int
) -> None:
    total = f"{sum(parts):.{digits}f}"
    printed = [Decimal(part.replace("−", "-")) for part in printed_parts(parts, total)]
    assert sum(printed) == Decimal(total)
    unit = 10**-digits + 1e-5
    assert all(abs(float(one) - part) < unit for one, part in zip(printed, parts, strict=True))


def test_thirds_are_rounded_so_that_they_make_a_whole() -> None:
    assert printed_parts([100 / 3, 100 / 3, 100 / 3], "100.0") == ["33.4", "33.3", "33.3"]


SCHEMES = {
    "measured": scheme_of(),
    "judged": scheme_of(MEASURED, judged("direct_superior", "facts", 40)),
    "peers": scheme_of(MEASURED, judged("peer", "tone", 25), judged("self", "facts", 15)),
    "events": scheme_of(
        MEASURED,
        judged("direct_superior", "tone", 40),
        {
            "id": "events",
            "indicator": "sla_met_share",
            "scoring": {"method": "bonus", "points": 0.37, "cap": 3.0},
        },
    ),
}


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.requirement("L-02", "H-05")
@pytest.mark.privacy("P2")
def test_on_every_sheet_what_the_parts_add_makes_the_score(name: str) -> None:
    given = [
        ratings(who, kind, criterion, *scores)
        for place, who in enumerate(PEOPLE)
        for kind, criterion, scores in (
            ("direct_superior", "facts", (71.3 + place,)),
            ("direct_superior", "tone", (3.7,)),
            ("peer", "tone", (4, 4, 3)),
            ("self", "facts", (66.6,)),
        )
    ]
    found = pages(SCHEMES[name], *given)
    assert set(found) == {*PEOPLE}
    for page in found.values():
        parts, total = added(page)
        assert sum(parts) == total and len(parts) >= 1
        assert f"Your score for 2026-05 is {total} of 100 points." in words(page)


def test_limits_and_hidden_ratings_are_parts_of_the_sum_too() -> None:
    """11 of 12 cases in time and 55 points for them are cut to 100; two peers count, hidden."""
    extra = {"id": "extra", "indicator": "sla_met_share"}
    extra |= {"scoring": {"method": "bonus", "points": 5, "cap": 60}}
    page = pages(scheme_of(ALONE, extra))[FIRST]
    parts, total = added(page)
    assert total == 100 and sum(parts) == 100 and min(parts) < 0
    assert "Cut off at 0 or 100" in words(page)
    hiding = [SELF, {**PEER, "hidden_counts": True}]
    scheme = scheme_of(MEASURED, judged("peer", "tone", 40), evaluators=hiding)
    page = pages(scheme, ratings(FIRST, "peer", "tone", 4, 5))[FIRST]
    parts, total = added(page)
    assert sum(parts) == total and len(parts) == 2
    assert "Ratings of few people who were promised anonymity, together" in words(page)


@pytest.mark.requirement("L-02", "H-05")
def test_the_four_questions_come_in_order_before_everything_else() -> None:
    page = pages(scheme_of())[FIRST]
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert tuple(headings[:4]) == QUESTIONS
    assert all(each in page for each in ("What is proposed?", "Your cycles so far", "Your place"))


@pytest.mark.requirement("H-11", "I-11")
@pytest.mark.parametrize("cut", [slice(None), slice(0, 2)])
def test_everybody_reads_what_to_keep_and_what_to_improve(cut: slice) -> None:
    """The last two have no case at all in the second run, and so no score."""
    few = cases()[lambda rows: rows["owner_id"].isin(PEOPLE[cut])]
    for who, page in pages(scheme_of(), cases=few).items():
        text = words(page)
        keep, improve = text.index("What went well"), text.index("What would help most")
        assert keep < improve
        if "You have no score" in text:
            assert "bring two or three things" in text and "agree on one thing" in text
        else:
            assert "Resolved in time" in text[keep:improve] or "points" in text[keep:improve]
            assert "costs most" in text[improve:], who


def test_who_has_all_points_is_asked_what_to_learn_next() -> None:
    good = cases().assign(sla_met=True)
    assert "what you would like to learn next" in words(pages(scheme_of(), cases=good)[FIRST])


@pytest.mark.requirement("L-02")
def test_of_the_own_view_nobody_is_told_to_think_better() -> None:
    scheme = scheme_of(MEASURED, judged("self", "facts", 40))
    text = words(pages(scheme, ratings(FIRST, "self", "facts", 5))[FIRST])
    improve = text[text.index("What would help most") : text.index("What is proposed?")]
    assert "Facts (Own view)" not in improve
    assert "You judge this yourself, from 0 to 100." in text


@pytest.mark.parametrize("n", [2, 3, 4, 5])
@pytest.mark.requirement("L-02")
@pytest.mark.privacy("P8")
def test_ratings_of_peers_are_hidden_under_three_rounded_under_five_and_then_told(n: int) -> None:
    """Of 4, 4, 3 the mean is 3.67, of 4, 4, 3, 3 it is 3.5, of 4, 4, 3, 3, 5 it is 3.8."""
    scores = (4, 4, 3, 3, 5)[:n]
    scheme = scheme_of(MEASURED, judged("peer", "tone", 40))
    page = pages(scheme, ratings(FIRST, "peer", "tone", *scores))[FIRST]
    row = re.search(r"<th[^>]*>Tone \(Peer\)</th><td>([^<]*)</td>.*?</tr>", page)
    done = re.search(r"Tone \(Peer\)</th><td>([^<]+)</td><td>[^<]*</td><td[^>]*>([^<]*)</td>", page)
    assert row and done
    told = {2: "not shown: fewer than 3", 3: "about 3.5", 4: "about 3.5", 5: "3.80 of 5"}
    assert done.group(1) == told[n]
    assert done.group(2) == ("" if n == 2 else str(n))
    exact = {3: ("3.67", "66.7", "3.7"), 4: ("62.5",)}.get(n, ())
    assert not [number for number in exact if f">{number}<" in page]
    together = "Ratings of few people who were promised anonymity, together" in page
    assert together is (n in (3, 4))


def test_a_long_scale_is_rounded_to_a_tenth_of_it() -> None:
    scheme = scheme_of(MEASURED, judged("peer", "facts", 40))
    page = pages(scheme, ratings(FIRST, "peer", "facts", 71, 78, 80))[FIRST]
    assert "about 80.0" in page and "76.3" not in bytes_of(page)


@pytest.mark.requirement("L-02")
@pytest.mark.privacy("P3")
def test_no_byte_of_a_sheet_names_a_colleague_or_an_evaluator() -> None:
    scheme = scheme_of(
        MEASURED,
        judged("direct_superior", "facts", 40),
        rules=[
            {"id": "last", "when": {"rank_from_bottom": 1}, "action": "training", "approver": "HR"},
            {"id": "first", "when": {"rank_from_top": 1}, "action": "bonus", "approver": "HR"},
        ],
    )
    given = [ratings(who, "direct_superior", "facts", 60 + n) for n, who in enumerate(PEOPLE)]
    signed = DataFrame({"employee_id": [PEOPLE[-1]], "rule_id": ["last"]}).assign(
        cycle_id=MAY.id, reviewer=PEOPLE[0], decision="confirmed", reason="two talks", at=AT
    )
    found = pages(scheme, *given, sign_offs=signed)
    assert "confirmed, May 10, 2026: two talks" in words(found[PEOPLE[-1]])
    for who, page in found.items():
        others = [each for each in (*PEOPLE, "rater-canary") if each != who]
        assert who in page
        assert [each for each in others if each in bytes_of(page)] == []


@pytest.mark.requirement("L-02")
@pytest.mark.privacy("P3")
def test_in_a_small_group_nothing_changes_when_a_colleague_gets_another_score() -> None:
    """Four people are too few for places: the sheet of one says nothing of the other three."""
    four, scheme = PEOPLE[:4], scheme_of(MEASURED, judged("direct_superior", "facts", 40))
    some = cases(four)
    given = [ratings(who, "direct_superior", "facts", 60) for who in four]
    better = [*given[:3], ratings(four[3], "direct_superior", "facts", 68)]
    one, other = (pages(scheme, *each, cases=some) for each in (given, better))
    assert [who for who in four if one[who] != other[who]] == [four[3]]
    assert "Places are told only in comparison groups of at least 5 people" in words(one[FIRST])
    assert " of 4" not in words(one[FIRST])


@pytest.mark.requirement("L-02", "I-11")
def test_the_facts_of_a_proposal_leave_out_places_of_a_small_group() -> None:
    rule = {"id": "r", "when": {"rank_from_top": 1}, "action": "bonus", "approver": "HR"}
    scheme = scheme_of(rules=[rule])
    small = words(pages(scheme, cases=cases(PEOPLE[:4]))[FIRST])
    large = words(pages(scheme)[FIRST])
    assert "One step is proposed about you, and nobody has decided it yet: bonus." in small
    assert "rank 1 of" not in small and "rank 1 of 6" in large
    assert "By score you are at place 1 of 6" in large and "The other 5 have a mean" in large


def test_a_mean_of_others_needs_a_smallest_group_of_others() -> None:
    text = words(pages(scheme_of(), cases=cases(PEOPLE[:5]))[FIRST])
    assert "place 1 of 5" in text and "have a mean score" not in text


@pytest.mark.requirement("L-02")
def test_who_has_no_score_reads_why_and_that_it_is_no_judgement() -> None:
    page = pages(scheme_of(), cases=cases().iloc[:-10])[PEOPLE[-1]]
    text = words(page)
    assert "You have no score for 2026-05" in text
    assert "That is no judgement of your work" in text
    assert "Weight used" not in text and "<figure>" not in page


def test_machines_have_no_sheet_and_provisional_numbers_say_so() -> None:
    result = result_of(scheme_of())
    about = result.people.assign(
        reason=result.people["reason"].where(
            result.people["employee_id"] != FIRST, "service account: declared as a bot"
        )
    )
    coming = result.appraisals.assign(provisional=True)
    changed = Appraisals(**{**vars(result), "people": about, "appraisals": coming})
    found = dict(person_pages(sheets_of(scheme_of(), changed)))
    assert set(found) == {*PEOPLE[1:]}
    assert all("Provisional: some data of this cycle are still" in page for page in found.values())


@pytest.mark.requirement("L-02", "H-05")
def test_own_view_and_superiors_view_stand_side_by_side() -> None:
    scheme = scheme_of(MEASURED, judged("self", "tone", 20), judged("direct_superior", "tone", 20))
    given = ratings(FIRST, "self", "tone", 5), ratings(FIRST, "direct_superior", "tone", 3)
    page = pages(scheme, *given)[FIRST]
    found = re.search(r"Tone</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", page)
    assert found and found.groups() == ("5.00", "3.00")


@pytest.mark.requirement("L-02", "I-09")
def test_a_change_within_chance_is_called_none_and_three_cycles_are_drawn() -> None:
    result = result_of(scheme_of())
    now = result.history[result.history["quantity_id"] == "score"]
    past = [
        now.assign(cycle_id=id, value=now["value"] + more, low=now["low"], high=now["high"])
        for id, more in (("2026-03", 0.4), ("2026-04", -0.3))
    ]
    history = pd.concat([*past, now], ignore_index=True)
    page = dict(person_pages(sheets_of(scheme_of(), result, history=history)))[FIRST]
    text = words(page)
    assert "moved by 0.3 points. Chance alone easily moves it" in text
    assert "nearer to the middle" in text
    assert page.count("<figure>") == 2 and "Your 3 cycles with a score" in text


@pytest.mark.requirement("L-02", "I-08")
def test_the_rights_name_the_stages_with_their_days_and_the_last_day_of_appeal() -> None:
    """The report is out 10 days after May, and 14 days are left to appeal: 24 June."""
    stages = [{"to": "superior", "does": "discusses", "within_days": 7}]
    stages.append({"to": "HR", "within_days": 1})
    text = words(pages(scheme_of(appeal=stages))[FIRST])
    assert "You may appeal until June 24, 2026." in text
    assert "superior (discusses), within 7 days" in text and "HR, within one day" in text
    assert "right to have wrong data corrected" in text and "Who may see this sheet" in text


def test_the_parts_of_the_score_are_the_published_contributions() -> None:
    scheme = scheme_of(MEASURED, judged("direct_superior", "facts", 40))
    result = result_of(scheme, ratings(FIRST, "direct_superior", "facts", 73))
    person: Person = sheets_of(scheme, result).people[0]
    saved = result.scores[result.scores["employee_id"] == FIRST]
    assert [each.added for each in shares(person)] == pytest.approx([*saved["contribution"]])


@pytest.mark.requirement("L-02", "A-16")
@pytest.mark.parametrize("longer", [{"built": "mean"}, {"built": "mix", "year_end_pct": 30}])
def test_a_quarter_adds_up_from_its_months_and_says_which_one_is_missing(
    longer: dict[str, Any],
) -> None:
    taken = {"method": "deduction", "points": 4, "cap": 10}
    events = {"indicator": "complaint_rate", "scoring": taken}
    scheme, history = scheme_of(ALONE, events, longer=longer), None
    for number, share in enumerate((0.9, None, 0.7), start=1):
        values = values_of(ann={"sla_met_share": share}, bob={"sla_met_share": 0.6})
        known = values[values["value"].notna()]
        past = appraised(scheme, known, cycle=f"2026-{number:02}", history=history)
        rows = left_behind(past, scheme)
        history = rows if history is None else pd.concat([history, rows])
    own = {"sla_met_share": 0.5, "complaint_rate": 1}
    found = values_of(ann=own, bob={"sla_met_share": 0.6})
    quarter = appraised(scheme, found, cycle="2026-Q1", history=history)
    sheets = sheets_of(scheme, quarter, cycle=Cycle.parse("2026-Q1"), history=history)
    page = dict(person_pages(sheets))["ann"]
    parts, total = added(page)
    assert sum(parts) == total and "Score of 2026-01" in page
    assert "Not counted: Score of 2026-02 (no score in that cycle)." in words(page)
    mixed = "complaint" in words(page)[: words(page).index("What was done?")].lower()
    assert mixed is ("year_end_pct" in longer)


@pytest.mark.requirement("L-02", "H-05")
def test_ratings_without_weight_are_shown_and_held_against_the_superiors() -> None:
    kinds = [{**SELF, "role": "reference"}, PEER, {**LEAD, "role": "scored"}]
    scheme = scheme_of(MEASURED, judged("direct_superior", "tone", 40), evaluators=kinds)
    given = ratings(FIRST, "self", "tone", 5), ratings(FIRST, "direct_superior", "tone", 3)
    page = pages(scheme, *given)[FIRST]
    assert "Tone (Own view)" in page and "carry no weight" in page
    assert re.search(r"Tone</th><td[^>]*>5.00</td><td[^>]*>3.00</td>", page)


@pytest.mark.requirement("L-02", "I-03")
def test_the_own_plan_is_on_the_sheet_with_its_support_and_nobody_elses() -> None:
    plan = {"cycle_id": MAY.id, "goal": "nine in ten in time", "support": "a headset"}
    plans = DataFrame(
        [
            {**plan, "plan_id": "p", "revision": 0, "employee_id": FIRST, "goal": "all in time"},
            {**plan, "plan_id": "p", "revision": 1, "employee_id": FIRST},
            {**plan, "plan_id": "q", "revision": 0, "employee_id": PEOPLE[1], "goal": "of-bob"},
        ]
    )
    found = dict(person_pages(sheets_of(scheme_of(), result_of(scheme_of()), plans=plans)))
    text = words(found[FIRST])
    assert "nine in ten in time" in text and "Support that is offered a headset" in text
    assert "all in time" not in text and "of-bob" not in text
    assert "headset" not in words(found[PEOPLE[2]])


PAY = {
    "values": {"rate": {"assumed": 2.0}},
    "pools": [{"id": "pool", "amount": "900", "share": {"stated": "score"}}],
    "lines": [
        {"id": "shared", "title": "Shared bonus", "formula": "pool"},
        {"id": "piece", "formula": "rate * 10"},
        {"id": "total", "title": "Total", "formula": "shared + piece"},
    ],
}


@pytest.mark.requirement("J-05", "L-09")
def test_a_pay_statement_has_every_line_with_formula_numbers_rule_and_amount() -> None:
    scheme = scheme_of(pay=PAY)
    result = result_of(scheme)
    found = dict(pay_pages(sheets_of(scheme, result)))
    assert set(found) == {*PEOPLE}
    lines = result.pay[result.pay["employee_id"] == FIRST]
    text = words(found[FIRST])
    for line in lines.to_dict("records"):
        assert f"{line['amount']:,.2f}" in text and line["rule_id"] in text
    total = f"Total for 2026-05: {lines['amount'].iloc[-1]:,.2f} EUR."
    assert total in text and "rate * 10; assumed: rate" in text
    assert "computed and not paid until a person approves them" in found[FIRST]
    assert "your share of 900.00, shared by 6 people" in text


@pytest.mark.requirement("J-05")
def test_of_a_pool_that_few_share_a_statement_tells_nothing_from_which_others_follow() -> None:
    """Who lacks a score is named in what is saved of a pool; five share it or fewer."""
    scheme, few = scheme_of(pay=PAY), cases(PEOPLE[:5])
    for who, page in pay_pages(sheets_of(scheme, result_of(scheme, cases=few))):
        assert "900" not in words(page) and "shared by" not in words(page)
        assert [each for each in PEOPLE if each != who and each in bytes_of(page)] == []
        assert "a sum that few people share" in words(page)


@pytest.mark.requirement("J-09")
def test_a_total_under_the_minimum_wage_is_warned_of_first() -> None:
    scheme = scheme_of(pay={**PAY, "minimum_wage": 5000.0})
    page = dict(pay_pages(sheets_of(scheme, result_of(scheme))))[FIRST]
    text = words(page)
    assert text.index("under the minimum wage") < text.index("How each amount came about")


def test_without_pay_in_the_scheme_there_is_no_statement() -> None:
    assert dict(pay_pages(sheets_of(scheme_of(), result_of(scheme_of())))) == {}


@pytest.mark.requirement("L-02", "L-12")
def test_a_run_publishes_sheets_with_the_report_and_lists_them(organisation: Path) -> None:
    folder = organisation / "output" / CYCLES[2]
    expected = {"shop/day": DAY, "shop/night": NIGHT, "desk/desk": DESK}
    manifest = read_manifest(folder)
    listed = {each["path"] for entry in manifest["departments"] for each in entry["outputs"]}
    for team, people in expected.items():
        found = {page.stem for page in (folder / team / "people").glob("*.html")}
        assert found == {*people}
        assert {f"{CYCLES[2]}/{team}/people/{who}.html" for who in people} <= listed
        report = (folder / team / "appraisal.html").read_text(encoding="utf-8")
        assert all(f'href="people/{who}.html"' in report for who in people)
        for who in people:
            page = (folder / team / "people" / f"{who}.html").read_text(encoding="utf-8")
            others = [each for each in (*DAY, *NIGHT, *DESK, "manager-0") if each != who]
            named = [each for each in others if re.search(rf"\b{each}\b", bytes_of(page))]
            assert named == []
            parts, total = added(page)
            assert sum(parts) == total


@pytest.mark.requirement("L-02")
def test_sheets_belong_to_the_appraisal_and_go_with_who_has_left(tmp_path: Path) -> None:
    from organisation import write_organisation

    folder = write_organisation(tmp_path / "o")
    asked = {"departments": ("shop",), "only": ("appraisal",)}
    assert run(folder, departments=("shop",), only=("comparison",))[1] == []
    there = folder / "output" / CYCLES[0]
    assert not list(there.rglob("people"))
    assert run(folder, **asked)[1] == []
    left = there / "shop" / "night" / "people" / "shop-f.html"
    assert left.exists() and not list(there.rglob("pay/*.html"))
    edit(folder / "data/assignments.csv", "shop-f,night,", "shop-f,day,")
    assert run(folder, **asked)[1] == []
    assert not left.exists() and (there / "shop/day/people/shop-f.html").exists()


@pytest.mark.requirement("L-02", "L-09")
@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_by_every_scheme_that_ships_what_is_printed_adds_up(path: Path) -> None:
    scheme, chance = load_scheme(path), np.random.default_rng(3)
    ids = [f"p{n}" for n in range(7)]
    values = values_of(
        **{id: {name: chance.uniform(0, 1) for name in scheme.indicators} for id in ids}
    )
    given = [
        ratings(id, kind.type, criterion.id, *chance.uniform(*criterion.scale.value, 3))
        for id in ids
        for kind in scheme.evaluators
        for criterion in scheme.criteria
    ]
    cycle = {"monthly": "2026-05", "quarterly": "2026-Q1", "annual": "2026"}[scheme.cycle]
    judged = [pd.concat(given, ignore_index=True)] if given else []
    result = appraised(scheme, values, *judged, cycle=cycle)
    sheets = sheets_of(scheme, result, cycle=Cycle.parse(cycle))
    found = [page for _, page in person_pages(sheets) if "Adds to the score</th>" in page]
    assert found or "no score" in words(dict(person_pages(sheets))["p0"])
    for page in found:
        parts, total = added(page)
        assert sum(parts) == total
