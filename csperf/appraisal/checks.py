"""What a scheme may not say though each of its values is in order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from csperf.appraisal.applications import actions_without_use, uses_of
from csperf.appraisal.chain import unanswered
from csperf.appraisal.decisions import check_wording
from csperf.errors import InputError, Problem, meant, shown
from csperf.scheme import Part, Scheme
from csperf.scheme.evaluators import KNOWN_TYPES

# Not: characters typed, characteristics, 个性化 (personalised), 개인성과 (a person's results).
PERSONALITY = re.compile(
    r"(?<![a-z])(personality|character|temperament)(?![a-z])"
    r"|性格|人格|[个個]性(?!化)|성격|(?<!개)인성(?!과)",
    re.IGNORECASE,
)
CONTRACT = "contract_decision"
ENDING = {"dismissal", "separation", "termination"}
NO_PERSONALITY = (
    "personality is not work and nobody can be held to a target for it: judge behaviour that was"
    " seen, or leave it out"
)


def check_scheme(scheme: Scheme, where: str) -> list[Problem]:
    """List what is wrong with a scheme as a whole.

    States that an event finds without one answer, actions that say nothing of their use, inputs
    that no score may have, unknown types of evaluators, contracts that a rule seems to end, or may
    end without saying so, and money of rules that is in no line of the pay.
    """
    advice = "give chain.transitions exactly one row for it"
    problems = [Problem(f"{where}: chain", found, advice) for found in unanswered(scheme)]
    problems += [*actions_without_use(scheme, where), *refused_inputs(scheme, where)]
    problems += [*unflagged_contracts(scheme, where), *money_without_line(scheme, where)]
    problems += unknown_types(scheme, where)
    try:
        check_wording(scheme)
    except InputError as error:
        problems += error.problems
    return problems


def unflagged_contracts(scheme: Scheme, where: str) -> list[Problem]:
    """Rules that decide on a contract, but do not say that they may end it.

    Only with `ends_contract` a proposal carries the wording that it is a review. What serves a
    person, such as a renewal, ends nothing.
    """
    advice = "add ends_contract: true, so that the proposal is worded as a review"
    return [
        Problem(
            f"{where}: rules.{rule.id}",
            f"{shown(rule.action)} is a decision on the contract, but ends_contract is not set",
            advice,
        )
        for rule in scheme.rules
        if CONTRACT in uses_of(rule.action)
        and not rule.ends_contract
        and (rule.effect != "positive" or ENDING & set(rule.action.lower().split("_")))
    ]


def money_without_line(scheme: Scheme, where: str) -> list[Problem]:
    """Rules with an amount in a scheme whose pay statement has no line for money of rules."""
    if scheme.pay is None or scheme.pay.rank_money is not None:
        return []
    lines = ", ".join(line.id for line in scheme.pay.lines)
    return [
        Problem(
            f"{where}: rules.{rule.id}.amount",
            f"{rule.amount.value:g} would be in no line of the pay",
            f"name the line that money of rules is added to in pay.rank_money, out of {lines}",
        )
        for rule in scheme.rules
        if rule.amount is not None
    ]


def unknown_types(scheme: Scheme, where: str) -> list[Problem]:
    """Types of evaluators that csperf does not know and the scheme does not say are like one."""
    known = [name for name in KNOWN_TYPES if name not in {each.type for each in scheme.evaluators}]
    return [
        Problem(
            f"{where}: evaluators.{each.type}",
            f"no known type of evaluators{meant(each.type, known)}",
            f"use one of {', '.join(KNOWN_TYPES)}, or say which one it is like:",
        )
        for each in scheme.evaluators
        if each.kind not in KNOWN_TYPES
    ]


def refused_inputs(scheme: Scheme, where: str) -> list[Problem]:
    """Parts of the score, of any role, and criteria whose id or title says personality.

    English, Chinese and Korean words for personality, character and temperament are known.
    """
    titles = {criterion.id: criterion.title for criterion in scheme.criteria}
    names: dict[str, tuple[str, ...]] = {
        f"criteria.{id}": (id, title) for id, title in titles.items()
    }
    for role in ("", *scheme.roles):
        own = scheme.for_role(role)
        above = f"roles.{role}.score." if role else "score."
        for path, part in _parts(own.score, above):
            names.pop(f"criteria.{part.criterion}", None)  # told once, where it counts
            title = titles.get(part.criterion or "", "")
            names[path] = (part.id, part.title, part.indicator or "", part.criterion or "", title)
    return [
        Problem(f"{where}: {path}", f"{shown(said)} is no input to a score", NO_PERSONALITY)
        for path, words in names.items()
        for said in [word for word in words if PERSONALITY.search(word)][:1]
    ]


def _parts(parts: tuple[Part, ...], above: str) -> Iterator[tuple[str, Part]]:
    """Every part with its path, groups too."""
    for part in parts:
        yield f"{above}{part.id}", part
        yield from _parts(part.parts, f"{above}{part.id}/")
