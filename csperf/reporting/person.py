"""The sheet of one person: the four questions about the result, own history, proposals and rights.

It is for the employee. Nobody else is in it, and nothing from which another's score follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf import __version__
from csperf.appraisal.proposing import appeal_until
from csperf.appraisal.renaming import under_ids_of_today
from csperf.appraised import read_saved
from csperf.params import load_params
from csperf.reporting.display import Details, Facts, Sentences, chance, number, tag
from csperf.reporting.foundations import provenance
from csperf.reporting.opening import TeamView, open_team
from csperf.reporting.people import joined
from csperf.reporting.person_asked import done, to_be_done
from csperf.reporting.person_facts import Person, people_of
from csperf.reporting.person_next import direction, proposed
from csperf.reporting.person_past import over_time, place, two_views
from csperf.reporting.person_tables import paragraphs, without_name
from csperf.reporting.person_why import why
from csperf.reporting.records import appeals_table, restated_table
from csperf.reporting.templates import page
from csperf.sources import read_tables

READ = ("employees", "improvement_plans", "post_duties")
COMPUTED = ("people", "proposals", "pay", "pay_pools")
CERTAIN = {"certain": 0.95, "likely": 0.75, "maybe": 0.5}  # that a grade is right, from
WORDS = "score interval weight adds n chance proposal assumed".split()


@dataclass(frozen=True)
class Sheets:
    """A team whose sheets are made, and what all of them share.

    `computed` are tables of the department as they were computed, in English: people, proposals,
    pay and pay_pools; `plans` and `duties` are rows of the input tables improvement_plans and
    post_duties, if there are any.
    """

    view: TeamView
    computed: Mapping[str, DataFrame]
    smallest_group: int
    plans: DataFrame | None = None
    duties: DataFrame | None = None
    people: tuple[Person, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Take the result apart, once."""
        found = tuple(people_of(self.view, self.smallest_group, self.computed))
        object.__setattr__(self, "people", found)

    @cached_property
    def foot(self) -> Markup:
        """Words used and where the numbers come from, the same on every sheet."""
        text = self.view.text
        terms = [(text(f"person.word.{word}"), text(f"person.word.{word}_is")) for word in WORDS]
        return Details(text("person.words_listed"), terms).html() + provenance(self.view).html()

    @cached_property
    def rights(self) -> Markup:
        """How to appeal, who may see a sheet, and how wrong data are corrected."""
        text, scheme = self.view.text, self.view.scheme
        until = text.day(appeal_until(scheme, self.view.cycle))
        stages = [
            tag(
                "li",
                text(
                    "person.stage" if stage.does else "person.stage_plain",
                    to=text.of(stage.to),
                    does=text.of(stage.does),
                    n=stage.within_days.value,
                ),
            )
            for stage in scheme.appeal
        ]
        how = paragraphs([text("person.stages" if stages else "person.no_stages")])
        how += tag("ol", *stages) if stages else ""
        return Markup("").join(
            [
                paragraphs([text("person.appeal_until", day=until), text("person.appeal_how")]),
                how,
                paragraphs([text("person.appeal_open")]),
                tag("h3", text("person.correct")),
                paragraphs([text("person.correct_how")]),
                tag("h3", text("person.seen")),
                paragraphs([text("person.seen_by"), text("person.not_in")]),
            ]
        )


def open_sheets(
    params_file: str,
    cycle: str,
    department: str,
    team: str,
    history: str,
    prepared: str,
    language: str = "",
) -> Sheets:
    """Open one team of a run for its people's sheets; see `open_team`."""
    view = open_team(params_file, cycle, department, team, history, prepared, language)
    params = load_params(params_file)
    there = [name for name in READ if name in view.unit.sources]
    tables = under_ids_of_today(read_tables(params, department, there)) if there else {}
    return Sheets(
        view=view,
        computed={name: read_saved(Path(prepared), name) for name in COMPUTED},
        smallest_group=params.privacy.smallest_group,
        plans=tables.get("improvement_plans"),
        duties=tables.get("post_duties"),
    )


def person_pages(sheets: Sheets) -> Iterator[tuple[str, str]]:
    """Each person of the team with the HTML of the sheet."""
    for person in sheets.people:
        yield person.id, _page(sheets, person)


def _page(sheets: Sheets, person: Person) -> str:
    view, text = sheets.view, sheets.view.text
    plans, duties = _of_person(sheets.plans, person), _of_post(sheets.duties, person)
    bodies = {
        "asked": to_be_done(person, duties),
        "done": done(person),
        "why": why(person),
        "direction": direction(person, plans),
        "proposed": proposed(person),
        "over_time": over_time(person),
        "views": two_views(person),
        "your_place": place(person),
        "rights": _appeals(person) + sheets.rights,
        "words": sheets.foot,
    }
    titles = {name: text(f"person.section.{name}") for name in bodies}
    if not any(line.component.kind for line in (*person.lines, *person.beside)):
        del bodies["views"]
    standing = "provisional" if person.official["provisional"] else "banner"
    heading = text("person.title", cycle=view.cycle.id), text(f"person.{standing}")
    return own_page(
        person, heading, _first(person), {titles[name]: it for name, it in bodies.items()}
    )


def own_page(
    person: Person, heading: tuple[str, str], first: Markup, bodies: Mapping[str, Markup]
) -> str:
    """A page that belongs to one person: title and banner, a first screen, and titled sections."""
    view, text = person.view, person.view.text
    sections = (
        tag("section", tag("h2", title, id=f"section-{at}"), body)
        for at, (title, body) in enumerate(bodies.items(), start=1)
    )
    return page(
        text,
        title=heading[0],
        subtitle=text(
            "person.subtitle",
            name=person.name,
            team=view.team_name,
            scheme=view.scheme.title,
            version=view.scheme.version,
        ),
        banner=heading[1],
        sections=[*bodies],
        blocks=[first, *sections],
        footer=tag("p", text("portal.made_by", version=__version__)),
    )


def _first(person: Person) -> Markup:
    """The verdict in words and a few numbers: what fits on one screen."""
    if not person.has_score:
        text = person.view.text
        reason = person.official["reason"]
        known = text("person.no_score", cycle=person.view.cycle.id, reason=reason)
        if pd.isna(reason):
            known = text("person.no_score_plain", cycle=person.view.cycle.id)
        said = [known, text("person.no_judgement"), _proposals(person)]
        return Sentences(said).html()
    return Sentences(_verdict(person)).html() + _numbers(person).html() + _restated(person)


def _verdict(person: Person) -> list[str]:
    text, row = person.view.text, person.official
    said = [text("person.score_is", score=person.printed_score, cycle=person.view.cycle.id)]
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        ends = {"low": number(row["low"]), "high": number(row["high"])}
        said.append(text("person.score_range", **ends))
    else:
        said.append(text("person.score_unsure"))
    if pd.notna(row["grade"]):
        said.append(_grade(person))
    if pd.notna(row["reason"]):
        said.append(text("person.not_ranked", reason=row["reason"]))
    until = text.day(appeal_until(person.view.scheme, person.view.cycle))
    return [*said, _proposals(person), text("person.appeal_until", day=until)]


def _grade(person: Person) -> str:
    """The grade in words, and how sure it is."""
    text, row = person.view.text, person.official
    titles = {band.grade: band.title for band in person.view.scheme.grades}
    grade = titles.get(row["grade"]) or row["grade"]
    p = row["p_grade"]
    if pd.isna(p):
        return text("person.grade_is", grade=grade)
    word = next((word for word, least in CERTAIN.items() if p >= least), "unsure")
    return text(f"person.grade_{word}", grade=grade, chance=chance(p))


def _proposals(person: Person) -> str:
    """How much is proposed, and how much of it is decided."""
    text, rows = person.view.text, person.proposals
    if rows.empty:
        return text("person.proposed_nothing")
    decided = int(rows["decided_by"].notna().sum())
    key = "proposed_some" if not decided else "proposed_and_decided"
    steps = joined(map(text.plain, rows["action"]))
    return text(f"person.{key}", n=len(rows), decided=decided, steps=steps)


def _numbers(person: Person) -> Facts:
    text, row = person.view.text, person.official
    facts = [(text("appraisal.score"), person.printed_score, text("appraisal.mean_meaning"))]
    if pd.notna(row["grade"]):
        titles = {band.grade: band.title for band in person.view.scheme.grades}
        sure = "" if pd.isna(row["p_grade"]) else text("person.sure", chance=chance(row["p_grade"]))
        facts.append((text("appraisal.grade"), titles.get(row["grade"]) or row["grade"], sure))
    if person.position is not None:
        n = int(person.position["group_size"])
        told = text("appraisal.of", n=int(row["rank"]), of=n)
        facts.append((text("person.place"), told, text("person.place_meaning")))
    waiting = int(person.proposals["decided_by"].isna().sum())
    meaning = text("person.proposals_meaning")
    facts.append((text("appraisal.proposals"), str(waiting), meaning))
    return Facts(facts)


def _restated(person: Person) -> Markup:
    """What this sheet says otherwise than one that had been published."""
    if person.view.result.records["restated"].empty:
        return Markup("")
    note = Sentences([person.view.text("person.restated")], kind="warning").html()
    return note + without_name(restated_table(person.view))


def _appeals(person: Person) -> Markup:
    """The person's own appeals, stage by stage."""
    if person.view.result.records["appeal_ledger"].empty:
        return Markup("")
    return without_name(appeals_table(person.view))


def _of_person(plans: DataFrame | None, person: Person) -> DataFrame | None:
    """The latest revision of the person's plans that were made up to this cycle."""
    if plans is None:
        return None
    mine = plans[plans["employee_id"] == person.id]
    order = [name for name in ("plan_id", "revision") if name in mine]
    return mine.sort_values(order).drop_duplicates("plan_id", keep="last")


def _of_post(duties: DataFrame | None, person: Person) -> DataFrame | None:
    if duties is None or pd.isna(person.official["role"]):
        return None
    return duties[duties["role"] == person.official["role"]]
