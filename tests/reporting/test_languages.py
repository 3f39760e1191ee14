"""Every language says everything: the same sentences, and a word for all that data say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest

from csperf.appraisal.methods import method_guidance
from csperf.indicators import INDICATORS
from csperf.reporting.text import Messages, languages
from csperf.reporting.words import facts_in_words, scheme_in_words
from csperf.runner.files import packaged
from csperf.scheme import DEFAULT, load_scheme
from csperf.tables import INPUT_TABLES

OTHERS = tuple(language for language in languages() if language != "en")
NATIVE = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3]")
LATIN = re.compile(r"[A-Za-z]{3,}")
PLACEHOLDER = re.compile(r"\{(\w+)[^}]*\}")
# A placeholder and a name stay what they are in every language.
SAME_EVERYWHERE = {"provenance.hashed"}
NOTEBOOKS = ("appraisal", "comparison", "calibration", "planning", "monitoring", "review")
SCHEMES = sorted(packaged("params").glob("schemes/*.yaml"))

pytestmark = pytest.mark.requirement("L-01")


def texts(entry: str | dict[str, str]) -> list[str]:
    return [entry] if isinstance(entry, str) else [*entry.values()]


def paragraphs(notebook: str) -> Iterator[str]:
    """Paragraphs and headings of a report's notebook."""
    cells = json.loads((packaged("notebooks") / f"{notebook}.ipynb").read_text())["cells"]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            yield from (each.lstrip("# ") for each in "".join(cell["source"]).split("\n\n"))


def test_reports_are_in_english_chinese_and_korean() -> None:
    assert languages() == ("en", "ko", "zh")


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_empty_or_left_in_english(language: str) -> None:
    entries = Messages.load(language).entries
    of_names = SAME_EVERYWHERE | {"language.tag", "language.months"}
    for key, entry in entries.items():
        for text in texts(entry):  # type: ignore[arg-type]
            assert text.strip(), key
            words = LATIN.search(PLACEHOLDER.sub("", text))
            assert key in of_names or NATIVE.search(text) or not words, f"{key}: {text}"


def test_no_english_sentence_holds_chinese_or_korean() -> None:
    found = [
        key
        for key, entry in Messages.load("en").entries.items()
        if any(map(NATIVE.search, texts(entry)))  # type: ignore[arg-type]
    ]
    assert found == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_phrase_keeps_its_placeholders_and_is_translated(language: str) -> None:
    for phrase, said in Messages.load(language).phrases.items():
        assert {*PLACEHOLDER.findall(phrase)} == {*PLACEHOLDER.findall(said)}, phrase
        assert NATIVE.search(said) or not LATIN.search(PLACEHOLDER.sub("", said)), phrase


def test_all_languages_know_the_same_phrases() -> None:
    known = {language: {*Messages.load(language).phrases} for language in OTHERS}
    assert known["zh"] ^ known["ko"] == set()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_prose_of_a_report_is_there(notebook: str, language: str) -> None:
    text = Messages.load(language)
    assert [each for each in paragraphs(notebook) if text.of(each) == each] == []


@pytest.mark.parametrize("language", OTHERS)
def test_indicators_methods_and_tables_have_a_name(language: str) -> None:
    text = Messages.load(language)
    words = {each for row in INDICATORS.values() for each in (row.title, row.meaning)}
    words |= {*method_guidance()[["title", "used_for", "pros", "cons"]].to_numpy().ravel()}
    words |= {*INPUT_TABLES}
    assert sorted(each for each in words if text.of(each) == each) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda path: path.stem)
def test_a_scheme_that_ships_is_said_in_the_language(scheme: object, language: str) -> None:
    text = Messages.load(language)
    read = load_scheme(scheme)  # type: ignore[arg-type]
    said = scheme_in_words(read, text)
    assert said.title != read.title
    words = [band.title for band in (*said.grades, *said.criteria, *said.evaluators, *said.rules)]  # type: ignore[attr-defined]
    words += [part.title for top in said.score for part in top.everything()]
    words += [found.because for _, found in said.sourced() if found.because != DEFAULT]
    assert [each for each in words if LATIN.search(each) and not NATIVE.search(each)] == []


def test_the_scheme_itself_is_not_changed() -> None:
    read = load_scheme(SCHEMES[0])
    before = read.model_dump_json()
    assert scheme_in_words(read, Messages.load("en")) is read
    said = scheme_in_words(read, Messages.load("zh"))
    assert (said.id, said.sha256 == read.sha256) == (read.id, False)
    assert read.model_dump_json() == before


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "July 1, 2026"), ("zh", "2026年7月1日"), ("ko", "2026년 7월 1일")],
)
def test_a_day_is_written_as_the_language_writes_it(language: str, said: str) -> None:
    assert Messages.load(language).day(date(2026, 7, 1)) == said


def test_facts_are_said_part_by_part_with_their_numbers() -> None:
    facts = "score 82.61, rank 1 of 10, 3 cycles running"
    chinese = facts_in_words(facts, Messages.load("zh"))
    assert not LATIN.search(chinese)
    assert [*map(float, re.findall(r"[0-9.]+", chinese))] in ([82.61, 1, 10, 3], [82.61, 10, 1, 3])
    assert facts_in_words(facts, Messages.load("en")) == facts


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "check",
    [
        "answered_at lies before offered_at (kept); more than 1 %: are the clocks right?",
        "sent_at lies before started_at of its conversation (kept)",
        "created_at lies after placed_at of its order (kept)",
        "device_id is the same in 3 or more of one employee_id: authentic? (kept)",
    ],
)
def test_edges_52_and_100_what_a_check_found_is_said_in_the_language(check: str, language: str):
    said = facts_in_words(check, Messages.load(language))
    assert {*LATIN.findall(said.replace("_", ""))} <= {
        name.replace("_", "") for name in re.findall(r"[a-z]+_[a-z]+", check)
    }


def test_what_people_wrote_stays_as_they_wrote_it() -> None:
    text = Messages.load("zh")
    for own in ("She calms angry customers", "rank", "score of the month"):
        assert text.of(own) == own


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        (
            "the input has to be mended: desk-cases.csv, row 2, column 'sla_met'",
            "需要修正输入：desk-cases.csv, 第 2 行, 列 'sla_met'",
        ),
        ("took longer than 600 s and was ended", "超过 600 秒，已终止"),
        ("its process died (exit code -9)", "进程异常结束（退出码 -9）"),
        (
            "comparison.ipynb In [4]: its process was ended by SIGSEGV",
            "comparison.ipynb In [4]：进程被 SIGSEGV 终止",
        ),
        (
            "comparison.ipynb: took longer than 0.5 s and was ended",
            "comparison.ipynb：超过 0.5 秒，已终止",
        ),
        (
            "desk-cases.csv, desk.yaml changed while the run was reading; run it again",
            "运行读取期间 desk-cases.csv, desk.yaml 发生变化；请重新运行",
        ),
        (
            "desk/appraisal.xlsx: cannot be replaced (Permission denied);"
            " close it where it is open, and run again",
            "desk/appraisal.xlsx：无法替换（Permission denied）；请在打开它的地方关闭后重新运行",
        ),
    ],
)
def test_why_something_failed_is_said_in_the_language(reason: str, chinese: str) -> None:
    assert Messages.load("zh").of(reason) == chinese
    assert not re.search("mended|ended|died|changed|close", Messages.load("ko").of(reason))
