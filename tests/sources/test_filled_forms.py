"""Filled forms read back: what people wrote, and each mistake by file, sheet and cell."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from filling import CYCLE, Form, edit, fill_score, forms_for, read_back, refused

from csperf.errors import InputError
from csperf.params import Cycle, load_params
from csperf.pipeline import appraise_department
from csperf.sources import read_tables
from csperf.tables.forms import ANSWER

SCORES = [("tone", 4), ("facts", 62.5)]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The department with its empty forms; tests change only copies."""
    folder = tmp_path_factory.mktemp("blank")
    forms_for(folder)
    return folder


@pytest.fixture
def shop(blank: Path, tmp_path: Path) -> Path:
    return shutil.copytree(blank, tmp_path / "shop")


@pytest.fixture
def form(shop: Path) -> Callable[[str], Form]:
    return lambda name: Form(shop / "forms" / "shop" / CYCLE / f"{name}.xlsx")


def scores(folder: Path) -> dict[tuple[str, str, str], float]:
    rows = read_back(folder, "evaluations")["evaluations"]
    keys = zip(rows["evaluator_id"], rows["employee_id"], rows["criterion_id"], strict=True)
    return dict(zip(keys, rows["score"], strict=True))


@pytest.mark.requirement("A-17")
def test_empty_forms_give_no_rows_and_are_counted_as_not_yet_handed_in(shop: Path) -> None:
    """Three own views on tone; a colleague on one criterion; the manager on two of three people."""
    found = read_back(shop)
    assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(found, 0)
    open_ = found.quality.set_index("table")["count"].to_dict()
    assert open_ == {"evaluations": 3 + 1 + 2 * 3, "interviews": 3, "checklists": 2 * 6}
    assert set(found.quality["check"]) == {"not yet handed in (left out)"}


@pytest.mark.requirement("A-17", "E-01")
def test_what_was_filled_in_comes_back_and_what_was_not_is_open(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine = form("m1")
    marks = {k: v for who in ("e1", "007") for k, v in fill_score(mine, who, "tone", 4).items()}
    facts = {("evaluations", mine.cell("evaluations", "evidence_text", "e1", "tone")): "=1+1"}
    day = {("about", mine.cell("about", ANSWER, "submitted_at")): date(2026, 11, 3)}
    mine.write({**marks, **facts, **day})
    found = read_back(shop, "evaluations")
    rows = found["evaluations"].set_index("employee_id")
    assert rows["score"].to_dict() == {"007": 4, "e1": 4}
    assert rows["evidence_text"].to_dict()["e1"] == "=1+1"
    assert {*rows["status"]} == {"submitted"}
    assert {str(at) for at in rows["submitted_at"]} == {"2026-11-02 16:00:00+00:00"}
    [open_] = found.quality.to_dict("records")
    assert (open_["check"], open_["count"]) == ("not yet handed in (left out)", 10 - 2)


def test_facts_without_a_score_are_half_filled_and_no_guess(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine = form("m1")
    mine.write({("evaluations", mine.cell("evaluations", "evidence_text", "e1", "tone")): "good"})
    assert scores(shop) == {}


@pytest.mark.parametrize("typed", [4, 4.0, "4", "4 ", " 4", "\uff14", "4.0"], ids=repr)
def test_a_score_may_be_typed_as_text_and_with_full_width_digits(
    shop: Path, form: Callable[[str], Form], typed: object
) -> None:
    mine = form("m1")
    mine.write(fill_score(mine, "e1", "tone", typed))
    assert scores(shop) == {("m1", "e1", "tone"): 4}


@pytest.mark.parametrize(
    ("criterion", "typed", "said"),
    [
        ("tone", 7, "score '7' is not one of 1, 2, 3, 4, 5; choose from the list"),
        ("tone", 3.5, "score '3.5' is not one of 1, 2, 3, 4, 5; choose from the list"),
        ("tone", "good", "score 'good' is not one of 1, 2, 3, 4, 5; choose from the list"),
        ("facts", 101, "score '101' is not one of 0 to 100; write a number from 0 to 100"),
        ("facts", "1e1", "score '1e1' is not one of 0 to 100; write a number from 0 to 100"),
    ],
)
def test_a_score_off_the_scale_is_named_by_its_cell(
    shop: Path, form: Callable[[str], Form], criterion: str, typed: object, said: str
) -> None:
    mine = form("m1")
    cell = mine.cell("evaluations", "score", "e1", criterion)
    mine.write({("evaluations", cell): typed})
    assert refused(shop, "evaluations") == [
        f"{CYCLE}/m1.xlsx, sheet Evaluations, cell {cell}: {said}"
    ]


@pytest.mark.requirement("A-17")
def test_all_mistakes_of_all_forms_are_told_at_once_in_the_order_of_their_places(
    shop: Path, form: Callable[[str], Form]
) -> None:
    """Of the reader and of the table's own checks: two scores, a day, a choice, a goal."""
    mine, hers = form("m1"), form("e1")
    bad = {**fill_score(mine, "e1", "tone", 9), **fill_score(mine, "e2", "tone", 0)}
    mine.write(bad | {("about", mine.cell("about", ANSWER, "submitted_at")): "soon"})
    goal = {
        name: hers.cell("goals", name, f"{CYCLE}/e1/1")
        for name in ("deadline", "perspective", "title")
    }
    hers.write({("goals", goal["deadline"]): "31.12.2026", ("goals", goal["perspective"]): "fun"})
    lines = refused(shop, "evaluations")
    cells = [cell for _, cell in bad]
    assert [line.split(": ")[0] for line in lines] == [
        f"{CYCLE}/m1.xlsx, sheet Evaluations, cell {cell}" for cell in sorted(cells)
    ] + [f"{CYCLE}/m1.xlsx, sheet Read me, cell C{day_row(mine)}"]
    assert "submitted_at 'soon' is not a time" in lines[-1]
    at = f"{CYCLE}/e1.xlsx, sheet Goals"
    assert refused(shop, "goals") == [
        f"{at}, cell {goal['title']}: title is missing; fill it in, or empty the whole row",
        f"{at}, cell {goal['deadline']}: deadline '31.12.2026' is not a date; write 2026-10-31",
        f"{at}, cell {goal['perspective']}: perspective 'fun' is not one of"
        " the choices; choose from the list",
    ]


def day_row(form: Form) -> int:
    return int(form.cell("about", ANSWER, "submitted_at")[1:])


@pytest.mark.requirement("A-17")
def test_a_person_may_decline_with_a_reason_and_the_own_view_without(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine, own = form("m1"), form("e2")
    status, facts = (
        mine.cell("evaluations", it, "e1", "tone") for it in ("status", "evidence_text")
    )
    mine.write({("evaluations", status): "I decline"})
    own.write({("own_view", own.cell("own_view", "status", "tone")): "i DECLINE"})
    assert refused(shop, "evaluations") == [
        f"{CYCLE}/m1.xlsx, sheet Evaluations, cell {facts}: declined without a reason; write the"
        " reason here"
    ]
    mine.write({("evaluations", facts): "on leave"})
    rows = read_back(shop, "evaluations")["evaluations"]
    assert rows["status"].tolist() == ["declined", "declined"] and rows["score"].isna().all()
    mine.write(fill_score(mine, "e1", "tone", 3))
    assert [
        "declined, but with the score '3'" in line for line in refused(shop, "evaluations")
    ] == [True]


def test_ids_that_were_edited_are_named_with_what_they_were(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine = form("m1")
    cell = mine.cell("evaluations", "employee_id", "e1", "tone")
    mine.write({("evaluations", cell): "e9", **fill_score(mine, "e1", "tone", 4)})
    assert refused(shop, "evaluations") == [
        f"{CYCLE}/m1.xlsx, sheet Evaluations, cell {cell}: employee_id is 'e9', and was 'e1' in the"
        " form; write it back; what is to be rated is not changed in a form"
    ]


def change_rows(path: Path, change: Callable[[list[str]], list[str]], sheet: int = 3) -> None:
    """Put the rows of a sheet, from the third on, in another order; row numbers stay in order."""

    def changed(part: str, text: str) -> str:
        if part != f"xl/worksheets/sheet{sheet}.xml":
            return text
        start, rest = text.split("<sheetData>")
        data, end = rest.split("</sheetData>")
        rows = re.findall(r"<row .*?</row>", data)
        body = change(rows[2:])
        moved = [
            re.sub(r'( r="[A-Z]*)[0-9]+"', rf'\g<1>{number}"', row)
            for number, row in enumerate(body, 3)
        ]
        return f"{start}<sheetData>{''.join([*rows[:2], *moved])}</sheetData>{end}"

    edit(path, changed)


def test_sorted_rows_are_read_as_before(shop: Path, form: Callable[[str], Form]) -> None:
    mine = form("m1")
    mine.write({**fill_score(mine, "e1", "tone", 4), **fill_score(mine, "e2", "facts", 50)})
    change_rows(mine.path, lambda rows: rows[::-1])
    assert scores(shop) == {("m1", "e1", "tone"): 4, ("m1", "e2", "facts"): 50}


def test_rows_that_are_gone_copied_or_added_are_named(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine = form("m1")
    mine.write(fill_score(mine, "e1", "tone", 4))
    change_rows(mine.path, lambda rows: [*rows[1:], rows[2]])
    at = f"{CYCLE}/m1.xlsx, sheet Evaluations"
    assert refused(shop, "evaluations") == [
        f"{at}: rows of the form are gone: 007 tone; put them back; a row that is left empty counts"
        " as not yet handed in",
        f"{at}, row 8: this row stands in row 4 too; keep one of the two",
    ]
    theirs = form("e1")
    row = theirs.cell("evaluations", "cycle_id", "e2", "team")[1:]
    theirs.write({("evaluations", f"A{row}"): "another"})
    assert any("this row is none of the form's" in line for line in refused(shop, "evaluations"))


def test_the_same_form_twice_counts_once_if_equal_and_is_refused_if_it_differs(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine = form("m1")
    cell = mine.cell("evaluations", "score", "e1", "tone")
    copy = mine.path.with_name("m1 (1).xlsx")
    shutil.copy(mine.path, copy)
    mine.write({("evaluations", cell): 4})
    assert scores(shop) == {("m1", "e1", "tone"): 4}  # the other one is still empty
    shutil.copy(mine.path, copy)
    found = read_back(shop, "evaluations")
    assert found["evaluations"]["score"].tolist() == [4]
    assert "the same form a second time (left out)" in set(found.quality["check"])
    Form(copy).write({("evaluations", cell): 5})
    [line] = refused(shop, "evaluations")
    one, other = (
        f"{CYCLE}/{name}.xlsx, sheet Evaluations, cell {cell}" for name in ("m1 (1)", "m1")
    )
    assert line.startswith(f"{one}: score is '5', but '4' in ") and f"{other}; keep one" in line


def test_forms_of_another_cycle_and_department_are_told_from_their_folder(
    shop: Path, tmp_path: Path
) -> None:
    theirs = shop / "forms" / "shop" / CYCLE
    forms_for(tmp_path / "later", cycle="2026-11")
    shutil.copy(tmp_path / "later/forms/shop/2026-11/m1.xlsx", theirs / "m1-later.xlsx")
    assert refused(shop, "evaluations") == [
        f"{CYCLE}/m1-later.xlsx: it is a form of 2026-11, in the folder of {CYCLE}; put it into the"
        " folder of its cycle"
    ]
    (shop / "forms/shop/2026-11").mkdir()
    (theirs / "m1-later.xlsx").rename(shop / "forms/shop/2026-11/m1.xlsx")
    assert len(read_back(shop, "evaluations")["evaluations"]) == 0


@pytest.mark.requirement("L-01")
@pytest.mark.parametrize(("language", "declined"), [("zh", "放弃评价"), ("ko", "평가하지 않음")])
def test_a_form_in_another_language_reads_the_same_even_with_its_sheets_renamed(
    tmp_path: Path, language: str, declined: str
) -> None:
    mine = Form(forms_for(tmp_path, language) / "m1.xlsx")
    status, facts = (
        mine.cell("evaluations", it, "e2", "tone") for it in ("status", "evidence_text")
    )
    told = {("evaluations", status): declined, ("evaluations", facts): "请假"}
    mine.write({**fill_score(mine, "e1", "tone", "\uff15"), **told})
    title = mine.sheet("evaluations")
    edit(mine.path, lambda part, text: text.replace(f'name="{title}"', 'name="x y"'))
    rows = read_back(tmp_path, "evaluations")["evaluations"].set_index("employee_id")
    assert rows["score"].to_dict()["e1"] == 5
    assert rows.loc["e2", ["status", "evidence_text"]].tolist() == ["declined", "请假"]


@pytest.mark.parametrize("name", ["m1.xls", "m1.ods", "notes.txt"])
def test_other_files_are_refused_by_name(shop: Path, name: str) -> None:
    (shop / "forms/shop" / CYCLE / name).write_bytes(b"x")
    suffix = name[name.index(".") :]
    assert refused(shop, "goals") == [
        f"{CYCLE}/{name}: '{suffix}' is no form; save it as .xlsx, or take it out"
    ]


def test_what_office_programs_leave_beside_an_open_form_is_no_form(shop: Path) -> None:
    for name in ("~$m1.xlsx", ".~lock.m1.xlsx#", ".DS_Store"):
        (shop / "forms/shop" / CYCLE / name).write_bytes(b"x")
    assert len(read_back(shop, "goals")["goals"]) == 0


def test_workbooks_that_are_no_forms_and_forms_that_lost_a_part_are_refused(
    shop: Path, form: Callable[[str], Form]
) -> None:
    (shop / "forms/shop" / CYCLE / "x.xlsx").write_bytes(b"PK no workbook")
    mine = form("m1")
    edit(mine.path, lambda part, text: text.replace("csperf:goals", "x"))
    other = form("e1")
    edit(other.path, lambda part, text: text.replace('name="csperf"', 'name="y"'))
    lines = refused(shop, "goals")
    assert [line.split(":")[0] for line in lines] == [
        f"{CYCLE}/{it}.xlsx" for it in ("e1", "m1", "x")
    ]
    assert "no form of csperf: its hidden sheet 'csperf' is not there" in lines[0]
    assert "the sheet with goals is not there, or lost its first row" in lines[1]
    assert "not an XLSX workbook" in lines[2]


@pytest.mark.requirement("H-08", "E-05", "E-06")
def test_goals_talks_checklist_and_training_come_back_as_rows_of_their_tables(
    shop: Path, form: Callable[[str], Form]
) -> None:
    mine = form("m1")
    talk = {
        "planned_at": datetime(2026, 11, 12, 14, 30),
        "reason": "regular talk",
        "self_view": "a lot of work\nand it went well",
        "signed_employee": "2026年11月12日",
    }
    signed = {("checklist", mine.cell("checklist", "signed_at", "knows_tools")): date(2026, 11, 1)}
    courses = {"course": "Rating 1", "taken_date": date(2026, 3, 2), "valid_until": "2027/3/2"}
    goal = {
        "title": "Fewer returns",
        "target": "\uff10.5",
        "deadline": date(2026, 12, 31),
        "unit": "share",
    }
    mine.write(
        signed
        | {("interviews", mine.cell("interviews", ANSWER, "e1", k)): v for k, v in talk.items()}
        | {("training", mine.cell("training", k, "m1", nth=1)): v for k, v in courses.items()}
        | {("goals", mine.cell("goals", k, f"{CYCLE}/m1/3")): v for k, v in goal.items()}
    )
    found = read_back(shop)
    [talked] = found["interviews"].astype("str").to_dict("records")
    assert {name: talked[name] for name in ("interview_id", "employee_id", "interviewer_id")} == {
        "interview_id": f"{CYCLE}/e1/m1",
        "employee_id": "e1",
        "interviewer_id": "m1",
    }
    assert talked["planned_at"] == "2026-11-12 06:30:00+00:00"
    assert (talked["reason"], talked["self_view"]) == ("regular", talk["self_view"])
    assert talked["signed_employee"] == "2026-11-12"
    [point] = found["checklists"].astype("str").to_dict("records")
    assert (point["evaluator_id"], point["item"], point["cycle_id"]) == ("m1", "knows_tools", CYCLE)
    [course] = found["training_records"].astype("str").to_dict("records")
    assert course["taken_date"] == "2026-03-02" and course["valid_until"] == "2027-03-02"
    [mine_] = found["goals"].astype("str").to_dict("records")
    assert mine_["goal_id"] == f"{CYCLE}/m1/3" and float(mine_["target"]) == 0.5
    assert (mine_["owner_scope"], mine_["owner_id"]) == ("employee", "m1")


def test_a_source_of_forms_takes_no_columns_and_no_table_without_a_form(tmp_path: Path) -> None:
    forms_for(tmp_path)
    text = (tmp_path / "params.yaml").read_text()
    (tmp_path / "bad.yaml").write_text(text + "      goals: {forms: forms/shop, sheet: x}\n")
    with pytest.raises(InputError, match="sheet: is not for forms"):
        load_params(tmp_path / "bad.yaml")
    (tmp_path / "bad.yaml").write_text(text + "      teams: {forms: forms/shop}\n")
    with pytest.raises(InputError, match="no form has teams; forms: gives evaluations, goals"):
        read_tables(load_params(tmp_path / "bad.yaml"), "shop")
    (tmp_path / "bad.yaml").write_text(text + "      goals: {forms: nowhere}\n")
    with pytest.raises(InputError, match="there is no such folder"):
        read_tables(load_params(tmp_path / "bad.yaml"), "shop")


@pytest.mark.requirement("A-17")
def test_forms_are_appraised_and_what_the_scheme_refuses_is_named_by_its_cell(
    shop: Path, form: Callable[[str], Form]
) -> None:
    """Of e1 only the manager's part is there: tone 4 of 1 to 5 is 75 points, knowledge 75 too."""
    mine = form("m1")
    mine.write({**fill_score(mine, "e1", "tone", 4), **fill_score(mine, "e1", "facts", 75)})
    read_back(shop)
    params = load_params(shop / "read.yaml")
    found = appraise_department(params, "shop", Cycle.parse(CYCLE))
    scores = found.appraisals.set_index("employee_id")["score"]
    assert scores["e1"] == (50 * 75 + 50 * 75) / 100 and scores.drop("e1").isna().all()
    assert "not yet handed in (left out)" in set(found.data_quality["check"])
    scheme = shop / "shop.yaml"
    stricter = scheme.read_text().replace("title: Knowledge", "title: Knowledge, scale: [0, 60]")
    scheme.write_text(stricter)
    with pytest.raises(InputError) as refused:
        appraise_department(params, "shop", Cycle.parse(CYCLE))
    cell = mine.cell("evaluations", "score", "e1", "facts")
    [problem] = refused.value.problems
    assert str(problem).startswith(f"{mine.path}, sheet Evaluations, cell {cell}: the eval")
    assert "its scale is 0 to 60" in str(problem)
