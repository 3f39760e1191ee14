"""The annual chain: what results, contract ends and appeals do to a person's standing.

The chain is a table of the scheme; nothing here knows its states. A row for a person's own state
goes before a row for any state, a row for certain grades before one for all.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Index

from csperf.errors import InputError, Problem
from csperf.scheme import Chain, Scheme, Transition

RESULTS = ("mid_year", "annual")
EVENTS = (*RESULTS, "absent", "appeal_open")
CONTRACT = "contract_ends"
WHERE = "events of the chain"
UNLISTED = "not listed for a mid-year: the state stays"
AGAINST = ("changed", "rejected")
CLAMPED = "T18: no allowance level beyond {} to {}"
COLUMNS = {
    "employee_id": "str",
    "state_before": "str",
    "at": "datetime64[us]",
    "event": "str",
    "grade": "str",
    "transition": "str",
    "change": "int64",
    "promotion": "str",
    "state": "str",
    "allowance_level": "int64",
    "clamped": "bool",
    "review": "bool",
    "proposal": "bool",
    "note": "str",
    "decision": "str",
    "decided_state": "str",
    "decided_level": "int64",
}


@dataclass(frozen=True)
class Answer:
    """What the chain says to an event: its row, and the row of another state that it refers to."""

    transition: str | None
    change: int
    promotion: str
    state: str
    review: bool
    note: str


def advance(
    people: DataFrame, events: DataFrame, scheme: Scheme, decisions: DataFrame | None = None
) -> DataFrame:
    """What the events of one moment do to people's states and allowance levels.

    Parameters
    ----------
    people : DataFrame
        employee_id, state, allowance_level; who is new, or has them empty, is at the start of the
        chain, at level 0.
    events : DataFrame
        employee_id, event, grade (of results), at (the day), and cycle_id if it is known. A
        person's events follow one another by day; on one day the scheme's `contract_day` says
        whether a contract ends before or after the result.

    Returns
    -------
    DataFrame
        A row an event: employee_id, state_before, at, event, grade, transition (row of the chain),
        change (of the allowance level, as made), promotion, state and allowance_level (after it),
        clamped (less was changed than the chain says, because the level is the last one), review
        (people have to look at the case), proposal (it touches allowance, promotion or contract, so
        that people decide), note, decision, decided_state and decided_level (after the decision).

    Raises
    ------
    InputError
        For two results of one kind in a person's year, an event or state that the chain does not
        answer, levels out of bounds, events without a day.

    Notes
    -----
    While a person's appeal is open, all of the person's events are answered as `appeal_open`; give
    them again when it is decided. A mid-year moves only people in `listed` states. What nobody
    decided against goes on as proposed. What was rejected changes no level and leaves the person in
    the row's `if_rejected`; so does what was changed, unless `changed_to` names a state.
    """
    chain = scheme.chain
    if chain is None or events.empty:
        return DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    due = _in_order(events, chain)
    standing, moved = _standing(people, due, scheme.id, chain), []
    for _, turn in due.groupby("turn"):
        moved.append(_as_decided(_moved(turn, standing, scheme.id, chain), decisions, chain))
        after = moved[-1].set_index("employee_id")[["decided_state", "decided_level"]]
        after.columns = standing.columns
        standing = pd.concat([standing.drop(after.index), after])
    whole = pd.concat(moved).sort_values(["employee_id", "turn"], ignore_index=True)
    return whole[list(COLUMNS)].astype(COLUMNS)


def answer(chain: Chain, state: str, event: str, grade: str | None) -> Answer | None:
    """What the chain says to an event in a state; None unless it says exactly one thing."""
    if event == "mid_year" and state not in chain.listed:
        return Answer(None, 0, "unchanged", state, False, UNLISTED)
    return _followed(chain, state, event, grade, ())


def unanswered(scheme: Scheme) -> list[str]:
    """What a scheme's chain lacks: a line for each state, event and grade without one answer.

    A mid-year is asked for in `listed` states only; it moves nobody else.
    """
    chain = scheme.chain
    if chain is None:
        return []
    grades: list[str | None] = [band.grade for band in scheme.grades] or [None]
    return [
        _fault(chain, state, event, grade)
        for state in chain.states
        for event in (*EVENTS, CONTRACT)
        for grade in (grades if event in RESULTS else [None])
        if answer(chain, state, event, grade) is None
    ]


def _followed(
    chain: Chain, state: str, event: str, grade: str | None, before: tuple[str, ...]
) -> Answer | None:
    """The answer of a state's row, followed to the row of the state that it refers to."""
    rows = _rows(chain, state, event, grade)
    if len(rows) != 1 or rows[0].id in before:
        return None
    row = rows[0]
    change, promotion, review = row.change.value, row.promotion.value, row.review.value
    if row.as_in is None:
        return Answer(row.id, change, promotion, row.to or state, review, row.note)
    there = _followed(chain, row.as_in, event, grade, (*before, row.id))
    if there is None:
        return None
    return Answer(
        transition=row.id,
        change=change + there.change,
        promotion=promotion if there.promotion == "unchanged" else there.promotion,
        state=row.to or there.state,
        review=review or there.review,
        note=_joined(f"as {there.transition}", row.note, there.note),
    )


def _rows(chain: Chain, state: str, event: str, grade: str | None) -> list[Transition]:
    """The closest rows for an event: of the state before any, for the grade before all grades."""
    fitting = [
        row
        for row in chain.transitions
        if row.event == event
        and row.state in (state, "any")
        and (not row.grades or grade in row.grades)
    ]
    closest = min(map(_distance, fitting), default=None)
    return [row for row in fitting if _distance(row) == closest]


def _distance(row: Transition) -> tuple[bool, bool]:
    return row.state == "any", not row.grades


def _fault(chain: Chain, state: str, event: str, grade: str | None) -> str:
    """Why the chain says nothing clear to an event."""
    rows = [row.id for row in _rows(chain, state, event, grade)]
    what = f"several answers ({', '.join(rows)})" if len(rows) > 1 else "no answer"
    asked = f"{event} {grade or 'without a grade'}" if event in RESULTS else event
    return f"state '{state}' has {what} for {asked}"


def _in_order(events: DataFrame, chain: Chain) -> DataFrame:
    """The events with at, the turn in which they come, and whether an appeal is open."""
    due = events.assign(at=pd.to_datetime(events["at"]).astype(COLUMNS["at"]))
    problems = [
        Problem(WHERE, f"{row.event} of employee '{row.employee_id}' has no day", "give at")
        for row in due[due["at"].isna()].sort_values(["employee_id", "event"]).itertuples()
    ]
    problems += _contradictions(due)
    if problems:
        raise InputError(problems)
    first = chain.contract_day.value == "before"
    same_day = [CONTRACT, *EVENTS] if first else [*EVENTS, CONTRACT]
    places = {event: place for place, event in enumerate(same_day)}
    due = due.assign(place=due["event"].map(places)).sort_values(
        ["employee_id", "at", "place"], ignore_index=True
    )
    appealing = due.loc[due["event"] == "appeal_open", "employee_id"]
    return due[["employee_id", "at", "event", "grade"]].assign(
        turn=due.groupby("employee_id").cumcount(), appealed=due["employee_id"].isin(appealing)
    )


def _contradictions(due: DataFrame) -> list[Problem]:
    """Two results of one kind of a person in a year."""
    days = due["at"].dt.strftime("%Y-%m-%d")
    cycles = due["cycle_id"].astype("str").fillna(days) if "cycle_id" in due else days
    key = ["employee_id", "event", "year"]
    results = due.assign(cycle_id=cycles, year=cycles.str[:4])[due["event"].isin(RESULTS)]
    twice = results[results.duplicated(key, keep=False)]
    return [
        Problem(
            WHERE,
            f"employee '{person}' has {len(rows)} results of kind {event} in {year}:"
            f" {', '.join(sorted(rows['cycle_id']))}",
            "keep one",
        )
        for (person, event, year), rows in twice.groupby(key)
    ]


def _standing(people: DataFrame, due: DataFrame, scheme_id: str, chain: Chain) -> DataFrame:
    """State and allowance_level, by employee_id, of everyone to whom something happens."""
    ids = Index(due["employee_id"].unique(), name="employee_id")
    known = people[people["employee_id"].isin(ids)].set_index("employee_id")
    if twice := sorted(set(known.index[known.index.duplicated()])):
        raise InputError(Problem("people", f"employee '{person}' stands twice") for person in twice)
    given = known[["state", "allowance_level"]].reindex(ids)
    standing = DataFrame(
        {
            "state": given["state"].astype("str").fillna(chain.start),
            "allowance_level": given["allowance_level"].astype("Int64").fillna(0).astype("int64"),
        }
    )
    where, states = f"scheme '{scheme_id}': chain", ", ".join(chain.states)
    low, high = chain.lowest.value, chain.highest.value
    lost = standing[~standing["state"].isin(chain.states)]
    outside = standing[~standing["allowance_level"].between(low, high)]
    problems = [
        Problem(where, f"employee '{person}' is in state '{state}'", f"there are {states}")
        for person, state in lost["state"].sort_index().items()
    ]
    problems += [
        Problem(where, f"employee '{person}' has allowance level {level}, not {low} to {high}")
        for person, level in outside["allowance_level"].sort_index().items()
    ]
    if problems:
        raise InputError(problems)
    return standing


def _moved(turn: DataFrame, standing: DataFrame, scheme_id: str, chain: Chain) -> DataFrame:
    """One event a person, answered; people to whom the same happens share the answer."""
    now = turn.join(standing.rename(columns={"state": "state_before"}), on="employee_id")
    now = now.assign(asked=now["event"].mask(now["appealed"], "appeal_open"))
    case = ["state_before", "asked", "grade"]
    cases = now[case].drop_duplicates().sort_values(case, ignore_index=True)
    keys = [
        (state, event, grade if isinstance(grade, str) else None)
        for state, event, grade in cases.itertuples(index=False)
    ]
    answers = [answer(chain, *key) for key in keys]
    silent = [_fault(chain, *key) for key, said in zip(keys, answers, strict=True) if said is None]
    if silent:
        where = f"scheme '{scheme_id}': chain"
        raise InputError(Problem(where, fault, "give it one transition") for fault in silent)
    said = pd.concat([cases, DataFrame(answers)], axis=1)
    return _bounded(now.merge(said, on=case), chain)


def _bounded(said: DataFrame, chain: Chain) -> DataFrame:
    """Answers with the change that the lowest and highest allowance level leave of them."""
    low, high = chain.lowest.value, chain.highest.value
    level = (said["allowance_level"] + said["change"]).clip(low, high)
    made = level - said["allowance_level"]
    clamped = made != said["change"]
    against = (said["change"] < 0) | (said["promotion"] == "frozen")
    touches = (made != 0) | against | said["review"]
    limit = CLAMPED.format(low, high)
    notes = [
        _joined(note, limit if cut else "") for note, cut in zip(said["note"], clamped, strict=True)
    ]
    return said.assign(
        change=made, allowance_level=level, clamped=clamped, proposal=touches, note=notes
    )


def _as_decided(moved: DataFrame, decisions: DataFrame | None, chain: Chain) -> DataFrame:
    """The moves with what people decided about them, and where that leaves each person."""
    key = ["employee_id", "transition"]
    said = DataFrame(columns=[*key, "decision", "changed_to"], dtype="str")
    if decisions is not None:
        said = decisions.rename(columns={"rule_id": "transition"})[list(said)]
    found = moved.merge(said, on=key, how="left")
    found["decision"] = found["decision"].where(found["proposal"])
    against = found["decision"].isin(AGAINST)
    back = {row.id: row.if_rejected.value for row in chain.transitions if row.if_rejected}
    left = found["transition"].map(back).astype("str").fillna(found["state_before"])
    left = left.mask(found["changed_to"].isin(chain.states), found["changed_to"])
    return found.assign(
        decided_state=found["state"].mask(against, left),
        decided_level=found["allowance_level"] - found["change"].where(against, 0),
    )


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))
