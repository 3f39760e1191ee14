"""The form of one evaluator: whom to rate on what, own goals, talks, checklist and training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pandas import DataFrame

from csperf.appraisal.scorecard import PERSPECTIVES
from csperf.params import Cycle
from csperf.reporting.form_sheets import Entry, FormBook, FormPage, FormRow, Words, form_bytes
from csperf.reporting.text import Messages
from csperf.reporting.values import title_of
from csperf.scheme import Criterion, Scheme
from csperf.tables import INPUT_TABLES
from csperf.tables.forms import ALLOWED, ANSWER, FORMS, RANGE, FormSheet
from csperf.tables.procedure import REASONS

MOST_POINTS = 20  # a scale of so many steps is offered point by point
ROOM = {"evidence_text": 3, "title": 2, "data_source": 2}
SMALL = ("planned_at", "held_at", "refused_at", "place", "reason")
LONG_ANSWER = 3
LONGEST_TITLE = 31


@dataclass(frozen=True)
class Asked:
    """What one person is asked for in a cycle.

    rows
        employee_id, evaluator_type, due_at: whom to rate, as the matrix has it for this evaluator.
    criteria
        As `criteria_of` gives it.
    appraised
        Whether the person has a result of his or her own, and so goals.
    names
        {id: name as printed}.
    scheme
        In the reader's language.
    """

    department_id: str
    department: str
    cycle: Cycle
    evaluator_id: str
    rows: DataFrame
    criteria: DataFrame
    appraised: bool
    names: Mapping[str, str]
    scheme: Scheme
    timezone: str

    def name(self, id: str) -> str:
        """What a person is called, or the id."""
        return self.names.get(id, id)

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        """Whose form it is."""
        ids = (self.department_id, self.cycle.id, self.evaluator_id)
        return tuple(zip(("department_id", "cycle_id", "evaluator_id"), ids, strict=True))


def evaluator_form(asked: Asked, text: Messages) -> bytes:
    """Return the form of one evaluator as XLSX; the same bytes for the same matrix."""
    choices = _choices(asked, text)
    pages = [
        FormPage(
            FORMS[kind], text(f"forms.sheet.{kind}")[:LONGEST_TITLE], _headings(kind, text), rows
        )
        for kind, build in PAGES.items()
        if (rows := list(build(asked, FORMS[kind], text, choices)))
    ]
    title = text("forms.title", cycle=asked.cycle.id, name=asked.name(asked.evaluator_id))
    book = FormBook(
        identity=asked.identity,
        about=text("forms.sheet.about")[:LONGEST_TITLE],
        facts=list(_facts(asked, text)),
        handed_in=text("forms.handed_in"),
        lines=[*_how(asked, pages, text), *_contents(pages, text)],
        pages=pages,
        choices=choices,
        words=_words(title, text),
        dated=asked.cycle.last_day,
    )
    return form_bytes(book)


def _words(title: str, text: Messages) -> Words:
    return Words(
        language=text("language.tag"),
        confidential=text("page.confidential"),
        choose=text("forms.choose"),
        between=text("forms.between", low="{low}", high="{high}"),
        day=text("forms.day"),
        title=title,
    )


def _facts(asked: Asked, text: Messages) -> Iterator[tuple[str, str]]:
    id, name = asked.evaluator_id, asked.name(asked.evaluator_id)
    yield text("forms.for"), name if id in name else f"{name} ({id})"
    yield text("forms.department"), asked.department
    first, last = text.day(asked.cycle.start), text.day(asked.cycle.last_day)
    yield text("forms.cycle"), text("forms.days", cycle=asked.cycle.id, first=first, last=last)
    due = asked.rows["due_at"].dropna()
    if len(due):
        local = due.min().tz_convert(asked.timezone)
        told = text("forms.due_at", day=text.day(local.date()), time=f"{local:%H:%M}")
        yield text("forms.due"), told


def _how(asked: Asked, pages: list[FormPage], text: Messages) -> Iterator[tuple[str, str]]:
    """How it is filled in, as far as the sheets that are there ask for it."""
    kinds = {page.sheet.kind for page in pages}
    told = ["cells"]
    told += ["points"] if kinds & {"evaluations", "own_view"} else []
    told += ["decline"] if "evaluations" in kinds else []
    told += ["own"] if "own_view" in kinds else []
    told += ["goals"] if "goals" in kinds else []
    told += ["give_back", "correct"]
    label = text("forms.how")
    for place, key in enumerate(told, 1):
        yield label if place == 1 else "", f"{place}. {text(f'forms.step.{key}')}"
    kinds_asked = dict.fromkeys(asked.rows["evaluator_type"])
    label = text("forms.who_reads")
    for kind in kinds_asked:
        if least := asked.scheme.anonymous.get(kind):
            yield label, text("forms.anonymous", kind=_kind(asked, kind), n=least)
            label = ""


def _contents(pages: list[FormPage], text: Messages) -> Iterator[tuple[str, str]]:
    label = text("forms.contents")
    for page in pages:
        n = len({row.ids.get("employee_id", row.ids.get("item", "")) for row in page.rows})
        yield label, text(f"forms.holds.{page.sheet.kind}", sheet=page.title, n=n)
        label = ""


def _own_view(
    asked: Asked, sheet: FormSheet, text: Messages, choices: Mapping[str, Any]
) -> Iterator[FormRow]:
    yield from _rated(asked, sheet, text, own=True)


def _evaluations(
    asked: Asked, sheet: FormSheet, text: Messages, choices: Mapping[str, Any]
) -> Iterator[FormRow]:
    yield from _rated(asked, sheet, text, own=False)


def _rated(asked: Asked, sheet: FormSheet, text: Messages, own: bool) -> Iterator[FormRow]:
    """A row for each person and criterion."""
    criteria = {each.id: each for each in asked.scheme.criteria}
    mine = asked.rows[asked.rows["evaluator_type"].eq("self") == own]
    rows = mine.merge(asked.criteria, on=["employee_id", "evaluator_type"])
    before = None
    for row in rows.to_dict("records"):
        criterion = criteria[row["criterion_id"]]
        ids = {
            "cycle_id": asked.cycle.id,
            "employee_id": row["employee_id"],
            "evaluator_id": asked.evaluator_id,
            "evaluator_type": row["evaluator_type"],
            "criterion_id": criterion.id,
            ALLOWED: _allowed(criterion),
        }
        told = {
            "person": _person(asked, row["employee_id"]),
            "as": _kind(asked, row["evaluator_type"]),
            "criterion": criterion.title or criterion.id,
            "behaviours": _behaviours(criterion, text),
        }
        ends = criterion.scale.value if criterion.behaviours else ()
        score = Entry("score", "score", ids[ALLOWED], _points(criterion), ends)
        entries = {
            "score": score,
            "status": Entry("choice", "status"),
            "evidence_text": Entry("text", lines=ROOM["evidence_text"]),
        }
        block = (row["employee_id"], row["evaluator_type"])
        kept = {name: told[name] for name in sheet.told}
        yield FormRow(ids, kept, entries, begins=block != before)
        before = block


def _goals(
    asked: Asked, sheet: FormSheet, text: Messages, choices: Mapping[str, Any]
) -> Iterator[FormRow]:
    for place in range(sheet.spare if asked.appraised else 0):
        goal = f"{asked.cycle.id}/{asked.evaluator_id}/{place + 1}"
        ids = {"goal_id": goal, "owner_scope": "employee", "owner_id": asked.evaluator_id}
        yield FormRow(ids, {}, _entries(sheet, choices), begins=True)


def _interviews(
    asked: Asked, sheet: FormSheet, text: Messages, choices: Mapping[str, Any]
) -> Iterator[FormRow]:
    """A row for each answer of the interview form, of people whose direct superior one is."""
    near = [type for type, kinds in asked.scheme.superiors.items() if "direct" in kinds]
    people = asked.rows.loc[asked.rows["evaluator_type"].isin(near), "employee_id"]
    for employee in dict.fromkeys(people):
        fixed = {
            "interview_id": f"{asked.cycle.id}/{employee}/{asked.evaluator_id}",
            "cycle_id": asked.cycle.id,
            "employee_id": employee,
            "interviewer_id": asked.evaluator_id,
        }
        for field, entry in _entries(sheet, choices).items():
            told = {"person": _person(asked, employee), "question": text(f"forms.ask.{field}")}
            ids = {**fixed, "field": field}
            yield FormRow(ids, told, {ANSWER: entry}, begins=field == sheet.fill[0])


def _checklist(
    asked: Asked, sheet: FormSheet, text: Messages, choices: Mapping[str, Any]
) -> Iterator[FormRow]:
    for point in sheet.points if _rates_others(asked) else ():
        ids = {"evaluator_id": asked.evaluator_id, "cycle_id": asked.cycle.id, "item": point}
        told = {"statement": text(f"forms.point.{point}")}
        yield FormRow(ids, told, {"signed_at": Entry("date")}, begins=True)


def _training(
    asked: Asked, sheet: FormSheet, text: Messages, choices: Mapping[str, Any]
) -> Iterator[FormRow]:
    for _ in range(sheet.spare if _rates_others(asked) else 0):
        ids = {"evaluator_id": asked.evaluator_id}
        yield FormRow(ids, {}, _entries(sheet, choices), begins=True)


PAGES = {
    "checklist": _checklist,
    "own_view": _own_view,
    "evaluations": _evaluations,
    "goals": _goals,
    "interviews": _interviews,
    "training": _training,
}


def _rates_others(asked: Asked) -> bool:
    return bool((asked.rows["evaluator_type"] != "self").any())


def _person(asked: Asked, id: str) -> str:
    name = asked.name(id)
    return name if id in name else f"{name}\n{id}"


def _kind(asked: Asked, type: str) -> str:
    return next((each.title for each in asked.scheme.evaluators if each.type == type), "") or type


def _headings(kind: str, text: Messages) -> dict[str, str]:
    sheet = FORMS[kind]
    own = {name: f"forms.column.{name}" for name in (*sheet.told, *sheet.filled)}
    own |= {name: f"forms.column.{kind}_{name}" for name in OWN_HEADINGS.get(kind, ())}
    return {name: text(key) for name, key in own.items()}


OWN_HEADINGS = {"training": ("score",), "own_view": ("evidence_text",)}


def _entries(sheet: FormSheet, choices: Mapping[str, Any]) -> dict[str, Entry]:
    """How each column of the table is filled in, by its declared type."""
    table = INPUT_TABLES[sheet.table]
    found = {}
    for name in sheet.fill:
        type = table.column(name).type
        room = ROOM.get(name, LONG_ANSWER if sheet.long and name not in SMALL else 1)
        if name in choices:
            found[name] = Entry("choice", name)
        elif type in ("date", "time"):
            moment = type == "time" and name in SMALL
            found[name] = Entry("time" if moment else "date")
        else:
            found[name] = Entry("number" if type in ("number", "count") else "text", lines=room)
    return found


def _choices(asked: Asked, text: Messages) -> dict[str, dict[str, str]]:
    """{column: {id: words}} of what is chosen from a list; no two of a list read the same."""
    lists: dict[str, dict[str, str]] = {
        "status": {"declined": text("forms.declined")},
        "reason": {id: text(f"interviews.reason.{id}") for id in REASONS},
        "perspective": {id: text(f"sides.{id}") for id in PERSPECTIVES},
        "indicator_id": {id: title_of(id, text) for id in dict.fromkeys(asked.scheme.indicators)},
    }
    for words in lists.values():
        told = [*words.values()]
        for id, said in words.items():
            words[id] = f"{said} ({id})" if told.count(said) > 1 else said
    return {name: words for name, words in lists.items() if words}


def _points(criterion: Criterion) -> tuple[float, ...]:
    """Points that a criterion's list offers: every step of a short scale, or its behaviours'."""
    low, high = criterion.scale.value
    if low % 1 == 0 and high % 1 == 0 and high - low <= MOST_POINTS:
        return tuple(float(point) for point in range(int(low), int(high) + 1))
    return tuple(sorted(each.points for each in criterion.behaviours))


def _allowed(criterion: Criterion) -> str:
    """Scores that a criterion takes, as the hidden column has them."""
    low, high = criterion.scale.value
    if low % 1 == 0 and high % 1 == 0 and high - low <= MOST_POINTS:
        return " ".join(f"{point:g}" for point in _points(criterion))
    return f"{low:g}{RANGE}{high:g}"


def _behaviours(criterion: Criterion, text: Messages) -> str:
    """What the points stand for, a line each; of a scale without texts its two ends."""
    told = sorted(criterion.behaviours, key=lambda each: -each.points)
    if told:
        lines = [f"{each.points:g}: {each.text.value}" for each in told]
        return "\n".join(lines)
    low, high = (f"{end:g}" for end in criterion.scale.value)
    return text("forms.scale", low=low, high=high)
