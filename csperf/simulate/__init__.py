"""Made-up customer service of an online shop, month after month, with the truth beside it.

`simulate_department` draws the tables; `python -m csperf.simulate FOLDER` writes the sample that
ships with the package, as the exports a shop would hand over.

Inside this folder every time is in seconds of local wall-clock time since 1970, so that days and
opening hours are plain arithmetic; the tables that leave it carry UTC timestamps and local dates.
A `person` is a row of the staff, a `chat` a row of the conversations.
"""

from csperf.simulate.department import SimulatedDepartment, simulate_department
from csperf.simulate.habits import Habits, simulate_key, simulate_ratings, with_severities
from csperf.simulate.rules import RULES, Rules
from csperf.simulate.sample_files import SAMPLE_SEED, write_sample

__all__ = [
    "RULES",
    "SAMPLE_SEED",
    "Habits",
    "Rules",
    "SimulatedDepartment",
    "simulate_department",
    "simulate_key",
    "simulate_ratings",
    "with_severities",
    "write_sample",
]
