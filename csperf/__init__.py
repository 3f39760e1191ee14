"""csperf: fair monthly appraisal of customer-service people, and how sure it is."""

from csperf.appraisal import combine_evaluations, grade, proposals, rank, score
from csperf.errors import CsperfError, InputError
from csperf.indicators import INDICATORS, indicator_values
from csperf.params import Cycle, Params, load_params
from csperf.pipeline import Appraisals, appraise, appraise_department
from csperf.scheme import Scheme, load_scheme
from csperf.sources import Tables, read_tables

__version__ = "0.1.0"

__all__ = [
    "INDICATORS",
    "Appraisals",
    "CsperfError",
    "Cycle",
    "InputError",
    "Params",
    "Scheme",
    "Tables",
    "appraise",
    "appraise_department",
    "combine_evaluations",
    "grade",
    "indicator_values",
    "load_params",
    "load_scheme",
    "proposals",
    "rank",
    "read_tables",
    "score",
]
