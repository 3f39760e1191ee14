"""What is measured of a cycle when a scheme asks for nothing."""

from __future__ import annotations

import yaml
from drawing import draw

from csperf.params import Cycle
from csperf.pipeline import appraise
from csperf.scheme import Scheme

JUDGED = """
id: judged
title: Judged by people only
version: "1"
evaluators:
  - {type: store_manager, title: Store manager}
criteria:
  - {id: service, title: Service}
  - {id: order, title: Order}
score:
  - {criterion: service, evaluator: store_manager, weight: 75}
  - {criterion: order, evaluator: store_manager, weight: 25}
"""


def test_a_scheme_of_criteria_only_is_appraised_without_indicators():
    tables = {
        "employees": draw("employee_id | role\n ann | agent\n bob | agent"),
        "evaluations": draw(
            """
            evaluation_id | evaluator_id | evaluator_type | employee_id | criterion_id | score
            v1            | eve          | store_manager  | ann         | service      | 80
            v2            | eve          | store_manager  | ann         | order        | 60
            v3            | eve          | store_manager  | bob         | service      | 90
            v4            | eve          | store_manager  | bob         | order        | 50
            """
        ).assign(cycle_id="2026-01"),
    }
    scheme = Scheme.model_validate(yaml.safe_load(JUDGED))
    found = appraise(tables, scheme, Cycle.parse("2026-01"))
    scores = found.appraisals.set_index("employee_id")["score"]
    assert scores.to_dict() == {"ann": (3 * 80 + 60) / 4, "bob": (3 * 90 + 50) / 4}
