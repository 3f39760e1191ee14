"""What managers, evaluators and analysts practise with."""

from csperf.practice.training import drawn_chat

__all__ = ["drawn_chat"]
