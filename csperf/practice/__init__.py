"""What managers, evaluators and analysts practise with."""

from csperf.practice.accuracy import RatingAccuracy, rating_accuracy
from csperf.practice.before_after import TrainingEffect, training_effect
from csperf.practice.training import drawn_chat

__all__ = [
    "RatingAccuracy",
    "TrainingEffect",
    "drawn_chat",
    "rating_accuracy",
    "training_effect",
]
