"""A scheme and a result in the reader's language, as far as the catalogue of phrases reaches.

What people wrote stays as they wrote it, and so do ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pandas import DataFrame
from pydantic import BaseModel

from csperf.pipeline import Appraisals
from csperf.reporting.text import Messages
from csperf.scheme import DEFAULT, Scheme

TITLES = ("title", "because")
LIST = "; "
# Columns that csperf fills with words, by the table that they stand in; ", " and "; " part facts.
# Not those that sections look for English words in: they are said where they are printed.
SAID_IN_TABLES = {
    "appraisals": ("reason",),
    "proposals": ("facts", "approver"),
    "pay": ("formula",),
    "data_quality": ("table", "check"),
}
SAID_IN_RECORDS = {
    "award_places": ("note",),
    "chain_moves": ("note",),
    "deviation_log": ("what",),
    "findings": ("facts",),
    "goal_attainment": ("reason", "title"),
    "methods_chosen": ("title", "purpose", "pros", "cons"),
    "standing_notes": ("note",),
    "talent_pool": ("note",),
}
Model = TypeVar("Model")


def scheme_in_words(scheme: Scheme, text: Messages) -> Scheme:
    """The scheme with its titles and reasons in the language of `text`."""
    return _said(scheme, text) if text.phrases else scheme


def result_in_words(result: Appraisals, text: Messages) -> Appraisals:
    """The result with what csperf says in it, such as reasons and facts, in that language."""
    if not text.phrases:
        return result
    tables = {name: _told(getattr(result, name), own, text) for name, own in SAID_IN_TABLES.items()}
    records = {
        name: _told(frame, SAID_IN_RECORDS.get(name, ()), text)
        for name, frame in result.records.items()
    }
    return replace(result, **tables, records=records)


def facts_in_words(facts: str, text: Messages) -> str:
    """Facts that stand in a row, each in that language; what people wrote stays."""
    whole = text.of(facts)
    if whole != facts:
        return whole
    return LIST.join(", ".join(map(text.of, part.split(", "))) for part in facts.split(LIST))


def _told(frame: DataFrame, columns: tuple[str, ...], text: Messages) -> DataFrame:
    there = [name for name in columns if name in frame]
    return frame.assign(
        **{
            name: frame[name].map(lambda said: facts_in_words(said, text), na_action="ignore")
            for name in there
        }
    )


def _title(said: str, text: Messages) -> str:
    return said if said == DEFAULT else text.of(said)  # by it, defaults are told apart


def _said(value: Model, text: Messages) -> Model:
    """A part of a scheme with all titles below it said in that language."""
    changed: Any = value
    if isinstance(value, BaseModel):
        below = {name: getattr(value, name) for name in type(value).model_fields}
        own = {
            name: _title(it, text) if name in TITLES and isinstance(it, str) else _said(it, text)
            for name, it in below.items()
        }
        changed = value.model_copy(update={k: it for k, it in own.items() if it is not below[k]})
    elif isinstance(value, tuple):
        changed = tuple(_said(it, text) for it in value)
    elif isinstance(value, Mapping):
        changed = {name: _said(it, text) for name, it in value.items()}
    return changed
