"""What managers, evaluators and analysts practise with."""

from csperf.practice.accuracy import RatingAccuracy, rating_accuracy
from csperf.practice.before_after import TrainingEffect, training_effect
from csperf.practice.cases import (
    answer_sheet,
    bars,
    case_text,
    key_text,
    read_answers,
    scale_text,
    trainee_answers,
    training_cases,
    training_key,
)
from csperf.practice.certificate import Certified, training_records
from csperf.practice.order import contrast_effect, recency_effect
from csperf.practice.preparation import untrained
from csperf.practice.skating import skating_judges
from csperf.practice.training import drawn_chat, drawn_months

__all__ = [
    "Certified",
    "RatingAccuracy",
    "TrainingEffect",
    "answer_sheet",
    "bars",
    "case_text",
    "contrast_effect",
    "drawn_chat",
    "drawn_months",
    "key_text",
    "rating_accuracy",
    "read_answers",
    "recency_effect",
    "scale_text",
    "skating_judges",
    "trainee_answers",
    "training_cases",
    "training_effect",
    "training_key",
    "training_records",
    "untrained",
]
