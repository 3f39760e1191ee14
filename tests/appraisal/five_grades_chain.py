"""The annual chain of the five-grades scheme, T1 to T18, as the scheme holds it.

The ids that are not a T-number answer what the table leaves open; all they say is assumed.
"""

from pathlib import Path

from csperf.scheme import Scheme
from csperf.strict_yaml import read_yaml

GRADES = {
    "excellent": 95,
    "good": 85,
    "medium": 70,
    "to_be_improved": 50,
    "urgent_improvement": 0,
}
# T18 is no row: an allowance level stays between `lowest` and `highest` whatever the row says.
CHAIN = """
states:
  - NORMAL
  - WATCH_TBI
  - TBI_TWICE
  - WATCH_URGENT
  - KEPT_FROZEN
  - TERMINATION_REVIEW
  - NON_RENEWAL_REVIEW
start: NORMAL
listed: [WATCH_TBI, WATCH_URGENT]
lowest: {assumed: -3}
highest: {assumed: 5}
contract_day: {assumed: before}
approver: {assumed: HR}
transitions:
  - {id: T1, state: NORMAL, event: annual, grades: [excellent], change: {stated: 1}, to: NORMAL}
  - {id: T2, state: NORMAL, event: annual, grades: [good], change: {stated: 0},
     promotion: {stated: allowed}, to: NORMAL, note: when there is an opening}
  - {id: T3, state: NORMAL, event: annual, grades: [medium], change: {stated: 0}, to: NORMAL}
  - {id: T4, state: NORMAL, event: annual, grades: [to_be_improved], change: {stated: 0},
     promotion: {stated: frozen}, to: WATCH_TBI, note: frozen until the mid-year}
  - {id: T5, state: NORMAL, event: annual, grades: [urgent_improvement], change: {stated: -1},
     promotion: {assumed: frozen}, to: WATCH_URGENT}

  - {id: T6, state: WATCH_TBI, event: mid_year, grades: [excellent, good, medium],
     change: {stated: 0}, promotion: {stated: normal}, to: NORMAL}
  - {id: T7, state: WATCH_TBI, event: mid_year, grades: [to_be_improved], change: {stated: -1},
     promotion: {assumed: frozen}, to: TBI_TWICE}
  - {id: T8, state: WATCH_TBI, event: mid_year, grades: [urgent_improvement],
     change: {assumed: -1}, promotion: {assumed: frozen}, review: {assumed: true}, to: TBI_TWICE,
     note: not ruled}
  - {id: tbi_without_mid_year, state: WATCH_TBI, event: annual, as_in: NORMAL,
     promotion: {assumed: normal}, review: {assumed: true}, note: "no mid-year was held: not ruled"}

  - {id: T9, state: TBI_TWICE, event: annual, grades: [urgent_improvement],
     review: {stated: true}, to: TERMINATION_REVIEW}
  - {id: T10, state: TBI_TWICE, event: annual, grades: [to_be_improved], as_in: NORMAL,
     note: not ruled}
  - {id: T11, state: TBI_TWICE, event: annual, grades: [excellent, good, medium], as_in: NORMAL,
     promotion: {assumed: normal}}

  - {id: T12, state: WATCH_URGENT, event: contract_ends, change: {assumed: 0},
     review: {stated: true}, to: NON_RENEWAL_REVIEW, note: no second cut}
  - {id: T13, state: WATCH_URGENT, event: mid_year, grades: [to_be_improved, urgent_improvement],
     review: {stated: true}, to: TERMINATION_REVIEW}
  - {id: T14, state: WATCH_URGENT, event: mid_year, grades: [excellent, good, medium],
     change: {stated: 0}, promotion: {stated: frozen}, to: KEPT_FROZEN,
     note: frozen until the second annual begins}
  - {id: urgent_without_mid_year, state: WATCH_URGENT, event: annual, as_in: NORMAL,
     promotion: {assumed: normal}, review: {assumed: true}, note: "no mid-year was held: not ruled"}

  - {id: T15, state: KEPT_FROZEN, event: annual, as_in: NORMAL, promotion: {assumed: normal}}

  - {id: T16, state: any, event: absent, note: the due result is absent}
  - {id: T17, state: any, event: appeal_open, note: "an appeal is open: the effect is suspended"}
  - {id: contract_elsewhere, state: any, event: contract_ends}
  - {id: termination_undecided, state: TERMINATION_REVIEW, event: annual, review: {assumed: true},
     note: the review is not decided yet}
  - {id: renewal_undecided, state: NON_RENEWAL_REVIEW, event: annual, review: {assumed: true},
     note: the review is not decided yet}
"""


def five_grades(folder: Path, text: str = CHAIN) -> Scheme:
    """A scheme with the five grades and this chain, read as strictly as a scheme's file is."""
    file = folder / "chain.yaml"
    file.write_text(text, encoding="utf-8")
    return with_chain(read_yaml(file))


def with_chain(chain: object) -> Scheme:
    """A scheme of one criterion with the five grades and a chain."""
    return Scheme.model_validate(
        {
            "id": "five_grades",
            "title": "Five grades",
            "version": "1",
            "cycle": "annual",
            "score": [
                {"indicator": "report_quality", "weight": 100, "scoring": {"method": "rating"}}
            ],
            "grades": [{"grade": grade, "from_score": low} for grade, low in GRADES.items()],
            "chain": chain,
        }
    )
