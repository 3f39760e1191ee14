"""Forms out and in, as three people fill them in: what is written, and what comes back."""

from __future__ import annotations

import shutil
import stat
import subprocess
from datetime import date
from pathlib import Path

import pytest
from filling import (
    CYCLE,
    NAMES,
    PARAMS,
    SCHEME,
    Form,
    department,
    fill_score,
    forms_for,
    read_back,
    refused,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheets import parts, runs

from csperf.cli import cli
from csperf.errors import InputError
from csperf.params import Cycle, load_params
from csperf.reporting.text import Messages, languages
from csperf.runner.forms import forms_of, write_forms
from csperf.tables.forms import ANSWER, FORMS, HIDDEN

POINTS = [*FORMS["checklist"].points]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The department with its empty forms; tests change only copies."""
    folder = tmp_path_factory.mktemp("blank")
    forms_for(folder)
    return folder


@pytest.fixture
def shop(blank: Path, tmp_path: Path) -> Path:
    return shutil.copytree(blank, tmp_path / "shop")


def form(folder: Path, name: str) -> Form:
    return Form(folder / "forms" / "shop" / CYCLE / f"{name}.xlsx")


@pytest.mark.requirement("E-01", "A-17")
def test_everybody_in_the_matrix_gets_a_form_with_the_people_and_criteria_asked_for(
    shop: Path,
) -> None:
    rated = {}
    for file in sorted((shop / "forms/shop" / CYCLE).iterdir()):
        own = Form(file)
        kinds = [kind for kind in ("own_view", "evaluations") if kind_of(own, kind)]
        columns = ("employee_id", "evaluator_type", "criterion_id")
        rows = [row for kind in kinds for row in ids(own, kind, columns)]
        rated[file.stem] = rows
    of_manager = [(id, "manager", it) for id in ("007", "e1", "e2") for it in ("tone", "facts")]
    assert rated == {
        "007": [("007", "self", "tone")],
        "e1": [("e1", "self", "tone"), ("e2", "peer", "team")],
        "e2": [("e2", "self", "tone")],
        "m1": of_manager,
    }


def kind_of(form: Form, kind: str) -> bool:
    return any(rows and rows[0][0] == f"csperf:{kind}" for rows in form.sheets.values())


def ids(form: Form, kind: str, columns: tuple[str, ...]) -> list[tuple[object, ...]]:
    head, _, *rows = form.sheets[form.sheet(kind)]
    return [tuple(row[head.index(name)] for name in columns) for row in rows]


@pytest.mark.requirement("C-07")
def test_a_form_shows_the_behaviour_of_each_point_and_asks_for_facts_at_the_ends(
    shop: Path,
) -> None:
    mine = form(shop, "m1")
    [(text,)] = {row for row in ids(mine, "evaluations", ("behaviours",)) if "rude" in str(row)}
    assert text == "5: calms people who are upset\n3: is polite when asked\n1: is rude to customers"
    xml = parts(mine.path.read_bytes())["xl/worksheets/sheet3.xml"]
    assert '<formula1>"1,2,3,4,5"</formula1>' in xml
    assert "<formula1>0</formula1><formula2>100</formula2>" in xml
    names = ("score", "status", "evidence_text")
    cells = [mine.cell("evaluations", name, "e1", "tone") for name in names]
    score, status, facts = (f"${cell[0]}{cell[1:]}" for cell in cells)
    given = f'AND({score}&lt;&gt;"",OR({score}=1,{score}=5)),{status}&lt;&gt;""'
    rule = f'AND({facts}="",OR({given}))'
    assert f"<formula>{rule}</formula>" in xml


def test_only_cells_to_fill_in_are_open_and_what_the_form_rests_on_is_out_of_sight(
    shop: Path,
) -> None:
    found = parts((shop / "forms/shop" / CYCLE / "m1.xlsx").read_bytes())
    sheets = [text for name, text in found.items() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 7 and all("<sheetProtection" in text for text in sheets)
    assert f'name="{HIDDEN}" sheetId="7" state="veryHidden"' in found["xl/workbook.xml"]
    assert all('<row r="1"' in text and 'hidden="1"' in text for text in sheets[:6])
    assert "topLeftCell" in sheets[2] and 'state="frozen"' in sheets[2]


@pytest.mark.parametrize("language", languages())
def test_nothing_in_a_form_runs_and_the_same_input_gives_the_same_bytes(
    tmp_path: Path, language: str
) -> None:
    one, other = (forms_for(tmp_path / name, language) for name in "ab")
    for file in one.iterdir():
        content = file.read_bytes()
        assert content == (other / file.name).read_bytes()
        assert runs(content) == []
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(one.stat().st_mode) == 0o700


def test_a_name_stands_only_in_the_forms_of_those_who_rate_the_person(shop: Path) -> None:
    folder = shop / "forms/shop" / CYCLE
    assert {path.name for path in folder.iterdir()} == {f"{id}.xlsx" for id in NAMES}
    seen = {}
    for file in folder.iterdir():
        text = "".join(parts(file.read_bytes()).values())
        seen[file.stem] = {id for id, name in NAMES.items() if name in text}
    assert seen == {"m1": {*NAMES}, "e1": {"e1", "e2"}, "e2": {"e2"}, "007": {"007"}}


def test_a_second_call_keeps_what_is_there_and_writes_only_what_is_missing(shop: Path) -> None:
    mine = form(shop, "m1")
    mine.write(fill_score(mine, "e1", "tone", 4))
    filled = mine.path.read_bytes()
    (mine.path.parent / "e2.xlsx").unlink()
    params = load_params(shop / "params.yaml")
    done = list(write_forms(params, Cycle.parse(CYCLE), ["shop"], shop / "forms"))
    assert {each.path.stem: each.outcome for each in done} == {
        "007": "unchanged",
        "e1": "unchanged",
        "e2": "new",
        "m1": "kept",
    }
    assert mine.path.read_bytes() == filled
    [kept] = [each.text for each in done if each.text]
    assert "m1.xlsx: is there already and stays" in kept


def test_the_command_says_a_line_a_form_and_what_lacks(tmp_path: Path) -> None:
    from click.testing import CliRunner

    asked = ["forms", str(department(tmp_path)), "--cycle", CYCLE, "--out", str(tmp_path / "f")]
    done = CliRunner().invoke(cli, asked, standalone_mode=False)
    assert done.exception is None
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["new"] * 4
    done = CliRunner().invoke(cli, [*asked, "--language", "zh"], standalone_mode=False)
    assert done.stdout == "" and done.stderr.count("is there already and stays") == 4


def without_matrix(folder: Path, extra: str = "", lines: str = "") -> Path:
    department(folder)
    text = PARAMS.replace("      evaluation_assignments: {path: data/matrix.csv}\n", extra)
    (folder / "data/lines.csv").write_text(
        f"employee_id,superior_id,kind,from_date,to_date\n{lines}"
    )
    (folder / "params.yaml").write_text(text)
    return folder / "params.yaml"


def outcome(params: Path, cycle: str = CYCLE) -> tuple[list[str], list[str]]:
    out = params.parent / "forms"
    lines = list(forms_of(params, cycle, (), out, None))
    made = [Path(line.split()[1]).stem for line, told in lines if not told]
    return made, [line for line, told in lines if told]


@pytest.mark.requirement("E-01")
def test_without_a_matrix_superiors_come_from_reporting_lines_and_others_are_said_to_lack(
    tmp_path: Path,
) -> None:
    """A line that ended before the cycle makes no superior; m2 is one, in no table of people."""
    lines = "e1,m2,direct,,\ne2,m1,direct,,2026-09-30\n"
    source = "      reporting_lines: {path: data/lines.csv}\n"
    made, told = outcome(without_matrix(tmp_path, source, lines))
    assert "m2" in made and {"e1", "e2", "007"} <= {*made}
    assert [row[0] for row in ids(form(tmp_path, "m2"), "evaluations", ("employee_id",))] == [
        "e1"
    ] * 2
    assert told == [
        "shop: who evaluates as 'peer' is not known; the table evaluation_assignments would say so"
    ]


@pytest.mark.requirement("E-01")
def test_without_a_matrix_and_lines_the_managers_of_a_team_are_its_superiors(
    tmp_path: Path,
) -> None:
    made, _ = outcome(without_matrix(tmp_path))
    people = {row[0] for row in ids(form(tmp_path, "m1"), "evaluations", ("employee_id",))}
    assert people == {"e1", "e2", "007"} and "m1" in made


def test_a_matrix_without_the_cycle_or_of_unknown_types_is_refused_with_what_to_do(
    tmp_path: Path,
) -> None:
    params = department(tmp_path)
    with pytest.raises(InputError, match=r"matrix.csv: it has no row of 2026-12; write there who"):
        outcome(params, "2026-12")
    matrix = tmp_path / "data/matrix.csv"
    matrix.write_text(matrix.read_text().replace(",peer,", ",peeer,"))
    with pytest.raises(
        InputError, match=r"row 8.*'peeer' is no type of evaluators of scheme 'shop'"
    ):
        outcome(params)


@pytest.mark.requirement("D-09")
@pytest.mark.parametrize(
    ("old", "new"), [("e1,e1,self", "e1,m1,self"), ("e2,e1,peer", "e2,e2,peer")]
)
def test_a_matrix_in_which_people_rate_themselves_as_others_is_refused(
    tmp_path: Path, old: str, new: str
) -> None:
    params = department(tmp_path)
    matrix = tmp_path / "data/matrix.csv"
    matrix.write_text(matrix.read_text().replace(old, new))
    with pytest.raises(
        InputError, match=r"row [0-9], column 'evaluator_id': the own view is asked of"
    ):
        outcome(params)


def test_where_nobody_can_be_told_the_table_that_would_say_so_is_named(tmp_path: Path) -> None:
    params = without_matrix(tmp_path)
    scheme = SCHEME.replace("  - {type: self, title: Own view}\n", "").replace(
        "  - evaluator: self\n    weight: 20\n    parts: [{criterion: tone, weight: 100}]\n", ""
    )
    (tmp_path / "shop.yaml").write_text(scheme.replace("weight: 60", "weight: 80"))
    people = tmp_path / "data/assignments.csv"
    people.write_text(people.read_text().replace("manager", "front_line"))
    with pytest.raises(
        InputError, match="give the table evaluation_assignments, or reporting_lines"
    ):
        outcome(params)


def as_three_people_would(folder: Path) -> dict[str, str]:
    """Fill in: e1 everything, e2 a half, m1 with mistakes. Returns the cells of the mistakes."""
    whole, half, wrong = (form(folder, name) for name in ("e1", "e2", "m1"))
    day = lambda it: {("about", it.cell("about", ANSWER, "submitted_at")): date(2026, 11, 4)}  # noqa: E731
    text = {("evaluations", whole.cell("evaluations", "evidence_text", "e2")): "她及时交接\n每天"}
    signed = {
        ("checklist", whole.cell("checklist", "signed_at", point)): date(2026, 11, 1)
        for point in POINTS
    }
    goal = {"title": "=SUM(1;2)", "target": 0.95, "deadline": date(2026, 12, 31)}
    whole.write(
        fill_score(whole, "e1", "tone", 5, "own_view")
        | fill_score(whole, "e2", "team", 3)
        | {("goals", whole.cell("goals", k, f"{CYCLE}/e1/1")): v for k, v in goal.items()}
        | day(whole)
        | text
        | signed
    )
    half.write({("goals", half.cell("goals", "title", f"{CYCLE}/e2/1")): "Learn the new system"})
    wrong.write(
        fill_score(wrong, "e1", "tone", 7)
        | fill_score(wrong, "e2", "tone", "four")
        | fill_score(wrong, "e2", "facts", "\uff18\uff10 ")
        | {("evaluations", wrong.cell("evaluations", "employee_id", "007", "facts")): "7"}
        | {("checklist", wrong.cell("checklist", "signed_at", "knows_tools")): "yes"}
    )
    return {
        "evaluations": [
            wrong.cell("evaluations", "employee_id", "007", "facts"),
            wrong.cell("evaluations", "score", "e1", "tone"),
            wrong.cell("evaluations", "score", "e2", "tone"),
        ],
        "checklist": [wrong.cell("checklist", "signed_at", "knows_tools")],
    }  # type: ignore[return-value]


def saved_by_an_office(folder: Path) -> None:
    """Open every form in LibreOffice and save it as it stands there."""
    soffice = shutil.which("soffice") or pytest.skip("this test needs soffice on the PATH")
    forms, saved = folder / "forms/shop" / CYCLE, folder / "saved"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    to = ("--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", saved)
    files = sorted(forms.glob("*.xlsx"))
    done = subprocess.run(
        [soffice, profile, *to, *files], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    for file in files:
        assert (saved / file.name).read_bytes() != file.read_bytes()
        (saved / file.name).replace(file)


@pytest.mark.requirement("A-17", "E-01", "E-06")
@pytest.mark.parametrize("office", [False, True], ids=["as filled", "saved by an office"])
def test_forms_filled_by_three_people_lose_nothing_and_every_mistake_is_named_by_cell(
    shop: Path, office: bool
) -> None:
    wrong = as_three_people_would(shop)
    if office:
        saved_by_an_office(shop)
    at = f"{CYCLE}/m1.xlsx, sheet"
    for table, kind in (("evaluations", "Evaluations"), ("checklists", "Checklist")):
        cells = wrong[kind.lower()]
        found = [line.split(": ")[0] for line in refused(shop, table)]
        assert found == [f"{at} {kind}, cell {cell}" for cell in cells]
    (shop / "forms/shop" / CYCLE / "m1.xlsx").unlink()
    found = read_back(shop)
    rows = found["evaluations"].astype("str").set_index("employee_id")
    assert rows["score"].to_dict() == {"e1": "5.0", "e2": "3.0"}
    assert rows.loc["e2", "evidence_text"] == "她及时交接\n每天"
    assert {*rows["submitted_at"]} == {"2026-11-03 16:00:00+00:00"}
    goals = found["goals"].astype("str").set_index("owner_id")
    assert goals["title"].to_dict() == {"e1": "=SUM(1;2)", "e2": "Learn the new system"}
    assert goals.loc["e1", ["target", "deadline"]].tolist() == ["0.95", "2026-12-31"]
    assert set(found["checklists"]["item"]) == {*POINTS}
    counted = found.quality.query("table == 'evaluations'")["count"].tolist()
    assert counted == [2]  # the own views of e2 and 007


CELLS = st.dictionaries(
    st.sampled_from([(who, what) for who in ("e1", "e2", "007") for what in ("tone", "facts")]),
    st.integers(1, 5),
)


@pytest.mark.requirement("A-17")
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filled=CELLS)
def test_any_subset_that_is_filled_in_comes_back_exactly(
    blank: Path, tmp_path: Path, filled: dict[tuple[str, str], int]
) -> None:
    folder = tmp_path / "again"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(blank, folder)
    mine = form(folder, "m1")
    mine.write(
        {k: v for key, score in filled.items() for k, v in fill_score(mine, *key, score).items()}
    )
    found = read_back(folder, "evaluations")
    rows = found["evaluations"]
    keys = zip(rows["employee_id"], rows["criterion_id"], strict=True)
    assert dict(zip(keys, rows["score"], strict=True)) == filled
    open_ = int(found.quality["count"].sum())
    assert open_ + len(filled) == 10


def test_every_kind_of_form_has_its_words_in_every_language() -> None:
    for language in languages():
        text = Messages.load(language)
        for kind, sheet in FORMS.items():
            assert len(text(f"forms.sheet.{kind}")) <= 31
            assert all(text(f"forms.point.{point}") for point in sheet.points)
            assert all(text(f"forms.ask.{name}") for name in sheet.fill if sheet.long)
        titles = [text(f"forms.sheet.{kind}") for kind in (*FORMS, "about")]
        assert len({*titles, HIDDEN}) == len(titles) + 1
