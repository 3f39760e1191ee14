"""What managers, evaluators and analysts practise with."""

from csperf.practice.training import drawn_chat, drawn_months

__all__ = ["drawn_chat", "drawn_months"]
