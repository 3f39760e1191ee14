"""What a scheme may not say though each of its values is in order."""

from __future__ import annotations

from csperf.appraisal.chain import unanswered
from csperf.appraisal.decisions import check_wording
from csperf.errors import InputError, Problem
from csperf.scheme import Scheme


def check_scheme(scheme: Scheme, where: str) -> list[Problem]:
    """States that an event finds without one answer, and contracts that a rule seems to end."""
    advice = "give chain.transitions exactly one row for it"
    problems = [Problem(f"{where}: chain", found, advice) for found in unanswered(scheme)]
    try:
        check_wording(scheme)
    except InputError as error:
        problems += error.problems
    return problems
