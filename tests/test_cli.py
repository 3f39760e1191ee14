"""The command line: results, one line for each problem, and the exit status of each outcome."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from organisation import CYCLES, edit, files, write_organisation

from csperf import __version__
from csperf.cli import main
from csperf.indicators import INDICATORS
from csperf.names import history_file
from csperf.params import Cycle, load_params
from csperf.pipeline import appraise_department
from csperf.reference import models_below
from csperf.reporting.opening import read_history
from csperf.runner.files import locked
from csperf.runner.manifest import OF_DEPARTMENT
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

COMMAND = [sys.executable, "-m", "csperf"]
MARCH = CYCLES[-1]
Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def csperf(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Called]:
    """`csperf("check", path)` -> exit status, standard output and standard error."""
    before = signal.getsignal(signal.SIGTERM)

    def called(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["csperf", *map(str, words)])
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0), *capfd.readouterr()
        return 0, *capfd.readouterr()

    yield called
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The small organisation before its first run."""
    return write_organisation(tmp_path / "organisation")


def test_help_lists_the_commands_and_loads_nothing_heavy() -> None:
    heavy = ["pandas", "numpy", "duckdb", "pydantic", "papermill", "nbconvert", "seaborn", "rich"]
    code = (
        "import sys; from csperf.cli import main; sys.argv = ['csperf', '--help']; main();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    commands = ("check", "demo", "explain", "init", "run", "tables", "whatif")
    assert all(f"\n  {name} " in done.stdout for name in commands)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_package_is_a_command() -> None:
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith(f"version {__version__}\n")


def test_check_counts_rows_and_writes_nothing(csperf: Called, fresh: Path) -> None:
    before = files(fresh)
    rows = ["desk: cases: 180 rows", "shop: teams: 2 rows", "shop: employees: 6 rows"]
    rows += ["shop: assignments: 6 rows", "shop: cases: 216 rows", "shop: evaluations: 36 rows"]
    assert csperf("check", fresh / "params.yaml") == (0, "\n".join([*rows, ""]), "")
    assert files(fresh) == before


FAULTS = [
    (
        "params.yaml",
        "scheme: desk.yaml",
        "sceme: desk.yaml",
        ["params.yaml: departments[0]: unknown key 'sceme' (meant 'scheme'?); it takes ", "scheme"],
    ),
    (
        "data/evaluations.csv",
        "employee_id,evaluator_id",
        "person,evaluator_id",
        ["data/evaluations.csv, column 'employee_id': missing; ", "person"],
    ),
    (
        "data/evaluations.csv",
        f"{CYCLES[0]},shop-b,manager-0,store_manager,service,88",
        f"{CYCLES[0]},shop-b,manager-0,store_manager,service,105",
        [
            "data/evaluations.csv, row 4, column 'score': 105 is above 100;"
            " give points from 0 to 100"
        ],
    ),
    (
        "data/evaluations.csv",
        f"{CYCLES[0]},shop-b,manager-0,store_manager,service,88",
        f"{CYCLES[0]},shop-b,manager-0,store_manager,service,good",
        ["evaluations.csv, row 4, column 'score': 'good' is not a number; write a plain number"],
    ),
    (
        "data/desk-cases.csv",
        f"{CYCLES[0]}-01T09:00",
        "yesterday",
        ["data/desk-cases.csv, row 2, column 'opened_at': 'yesterday' is not a time; write 2026-"],
    ),
    (
        "shop.yaml",
        "weight: 60",
        "weight: 61",
        ["shop.yaml: score: weights sum to 101, not 100"],
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS, ids=[f[2][-14:] for f in FAULTS])
def test_a_fault_is_one_line_with_its_place_what_was_found_and_what_would_do(
    csperf: Called, fresh: Path, file: str, old: str, new: str, told: list[str]
) -> None:
    if file == "data/desk-cases.csv":
        keep = (fresh / file).read_text().splitlines()[:2]
        (fresh / file).write_text("\n".join(keep) + "\n")
    edit(fresh / file, old, new)
    before = files(fresh)
    status, _, stderr = csperf("check", fresh / "params.yaml")
    assert (status, stderr.count("\n")) == (2, 1), stderr
    assert stderr.startswith(str(fresh))
    assert [text for text in told if text not in stderr] == []
    assert files(fresh) == before


def test_run_refuses_a_misspelt_key_and_writes_nothing(csperf: Called, fresh: Path) -> None:
    edit(fresh / "params.yaml", "timezone:", "timezon:")
    before = files(fresh)
    status, stdout, stderr = csperf(
        "run", fresh / "params.yaml", "--cycle", MARCH, "--out", fresh / "output"
    )
    assert (status, stdout, stderr.count("\n")) == (2, "", 1)
    assert "unknown key 'timezon' (meant 'timezone'?)" in stderr
    assert files(fresh) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cycle", "2026-13"], "'2026-13' is no cycle; write 2026-10, 2026-Q4, 2026-H2 or 2026"),
        (["--cycle", "March"], "'March' is no cycle"),
        (["--cycle", MARCH, "--department", "desc"], "no department 'desc'; there are desk, shop"),
        (["--cycle", MARCH, "--only", "appraisals"], "'appraisals' is not one of appraisal, "),
        (["--cycle", MARCH, "--language", "tlh"], "'tlh' is not one of en"),
        (["--cycle", MARCH, "--jobs", "0"], "0 is not in the range x>=1"),
        (["--cycle", MARCH, "--jobs", "2", "--cluster", "tcp://x:1"], "a cluster has its own"),
        ([], "Missing option '--cycle'"),
        (["--cycle", MARCH, "--lang", "en"], "No such option '--lang'"),
    ],
)
def test_a_wrong_option_is_refused(
    csperf: Called, fresh: Path, words: list[str], told: str
) -> None:
    out = ["--out", fresh / "output"]
    status, stdout, stderr = csperf("run", fresh / "params.yaml", *out, *words)
    assert (status, stdout) == (2, "")
    assert told in stderr
    assert "Traceback" not in stderr
    assert not (fresh / "output").exists()


def test_what_cannot_be_read_or_written_is_status_4(csperf: Called, organisation: Path) -> None:
    params, taken = organisation / "params.yaml", organisation / "output" / "2026-04"
    taken.touch()
    asked = ["run", params, "--cycle"]
    for words, place in [
        (["check", organisation / "nowhere.yaml"], organisation / "nowhere.yaml"),
        ([*asked, MARCH, "--out", taken / "below"], taken / "below"),
        ([*asked, "2026-04", "--out", organisation / "output"], taken),
    ]:
        status, stdout, stderr = csperf(*words)
        assert (status, stdout, stderr.count("\n")) == (4, "", 1), stderr
        assert stderr.startswith(f"{place}: cannot be ")


def test_a_second_run_at_the_same_time_is_status_5(csperf: Called, organisation: Path) -> None:
    out = organisation / "output"
    with locked(out):
        status, _, stderr = csperf(
            "run", organisation / "params.yaml", "--cycle", MARCH, "--out", out
        )
    assert (status, stderr) == (5, f"{out}: another run is writing here; wait for it\n")


def test_a_failed_department_is_status_1_and_the_others_are_named(
    csperf: Called, organisation: Path
) -> None:
    (organisation / "data/desk-cases.csv").unlink()
    out = organisation / "output"
    asked = ["run", organisation / "params.yaml", "--cycle", MARCH, "--out", out]
    status, stdout, stderr = csperf(*asked)
    assert status == 1
    assert stdout.splitlines() == [
        f"{MARCH}  desk: failed",
        *(f"{MARCH}  shop: {kind} unchanged" for kind in ("planning", "monitoring", "review")),
        f"{MARCH}  shop/day: unchanged",
        f"{MARCH}  shop/night: unchanged",
        f"{MARCH}  calibration: unchanged",
    ]
    place = f"{organisation}/data/desk-cases.csv"
    assert stderr.startswith(f"desk: {place}: cannot be read (No such file or directory)")
    assert stderr.count("\n") == 1
    status, stdout, _ = csperf(*asked, "--department", "shop", "--only", "appraisal")
    assert (status, len(stdout.splitlines())) == (0, 2)


def test_json_is_the_manifest(csperf: Called, organisation: Path) -> None:
    out = organisation / "output"
    asked = ["run", organisation / "params.yaml", "--cycle", MARCH, "--out", out]
    status, stdout, stderr = csperf(*asked, "--json")
    assert (status, stderr) == (0, "")
    assert json.loads(stdout) == json.loads((out / MARCH / "manifest.json").read_text())
    planned = json.loads(csperf(*asked, "--json", "--dry-run", "--force")[1])
    assert [entry["outcome"] for entry in planned["departments"]] == ["to do", "to do"]


def started(organisation: Path) -> subprocess.Popen[str]:
    """A run that makes March again, in a session of its own."""
    return subprocess.Popen(
        [*COMMAND, "run", "params.yaml", "--cycle", MARCH, "--force"],
        cwd=organisation,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_all_its_workers_and_leaves_no_half_file(
    organisation: Path, number: signal.Signals
) -> None:
    folder = organisation / "output" / MARCH
    before = files(folder)
    process = started(organisation)
    until(lambda: list(folder.glob(".work-*/*")))
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (128 + number, "")
    assert stderr.strip() == ("interrupted" if number == signal.SIGINT else "")
    after = files(folder)
    pages = {"index.html", "manifest.json", *(f"{id}/index.html" for id in ("desk", "shop"))}
    assert {path for path in after if after[path] != before.get(path)} == pages
    assert json.loads(after["manifest.json"][1])["interrupted"]
    until(lambda: not group_lives(process.pid))


def test_ctrl_c_is_one_word_while_the_workers_are_still_starting(organisation: Path) -> None:
    """A terminal sends it to all processes of a command, also to the one that still imports."""
    process = started(organisation)
    until(lambda: importing(process.pid))
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr.strip()) == (128 + signal.SIGINT, "", "interrupted")


def importing(pid: int) -> bool:
    """Whether a process has a child that has begun to import what all its workers need."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    maps = (Path(f"/proc/{child}/maps").read_text() for child in children)
    return any("numpy" in text for text in maps)


def test_names_do_nothing_to_a_terminal_but_stand_there(csperf: Called, fresh: Path) -> None:
    esc = "\x1b[2J"
    text = (fresh / "data/assignments.csv").read_text().replace(",day,", f",{esc},")
    (fresh / "data/assignments.csv").write_text(text)
    asked = ["run", fresh / "params.yaml", "--cycle", CYCLES[0], "--out", fresh / "output"]
    _, stdout, stderr = csperf(*asked, "--department", "shop", "--only", "appraisal")
    assert "shop/ [2J: done" in stdout
    assert "\x1b" not in stdout + stderr


def test_a_terminal_without_the_letters_of_a_name_shows_their_numbers(fresh: Path) -> None:
    edit(fresh / "params.yaml", "id: desk", "id: 服务")
    done = subprocess.run(
        [*COMMAND, "run", "params.yaml", "--cycle", CYCLES[0], "--dry-run"],
        cwd=fresh,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"2026-01  \u670d\u52a1: to do" in done.stdout


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_start_for_own_data_is_checked_filled_and_run(csperf: Called, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    asked = ["run", folder / "params.yaml", "--cycle", "2026-01", "--out", tmp_path / "output"]
    status, stdout, _ = csperf("init", folder)
    assert status == 0
    assert {Path(line) for line in stdout.splitlines()} == {
        path for path in folder.rglob("*") if path.is_file()
    }
    assert {path.stem for path in (folder / "data").iterdir()} == set(INPUT_TABLES)
    status, stdout, _ = csperf("check", folder / "params.yaml")
    assert (status, stdout.count(": 0 rows\n")) == (0, len(INPUT_TABLES))
    status, _, stderr = csperf(*asked)
    assert status == 1
    assert "nobody belongs to a team between 2026-01-01 and 2026-01-31" in stderr
    fill(folder / "data")
    status, stdout, stderr = csperf(*asked, "--only", "appraisal")
    assert (status, stderr) == (0, "")
    assert stdout == "2026-01  customer-service/front: done\n"


def fill(folder: Path) -> None:
    """Two people, ten cases and one rating each; every fifth case of the second one is late."""
    rows: dict[str, list[dict[str, object]]] = {"assignments": [], "cases": [], "evaluations": []}
    for person in ("e1", "e2"):
        who = {"employee_id": person}
        rows["assignments"].append({**who, "team_id": "front", "from_date": "2025-01-01"})
        rating = {"cycle_id": "2026-01", "evaluator_id": "m", "evaluator_type": "direct_superior"}
        rows["evaluations"].append({**who, **rating, "criterion_id": "service", "score": 80})
        for k in range(10):
            case = {"case_id": f"{person}-{k}", "owner_id": person, "n_reopened": 0}
            late = person == "e2" and k % 5 == 0
            times = {"opened_at": f"2026-01-{k + 1:02} 09:00", "sla_met": str(not late).lower()}
            rows["cases"].append({**case, **times})
    for name, lines in rows.items():
        with (folder / f"{name}.csv").open("r+", newline="") as stream:
            writer = csv.DictWriter(stream, next(csv.reader(stream)))
            stream.seek(0, os.SEEK_END)
            writer.writerows(lines)


def test_init_refuses_a_folder_that_is_not_empty(csperf: Called, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    status, stdout, stderr = csperf("init", tmp_path)
    assert (status, stdout) == (2, "")
    assert stderr == f"{tmp_path}: is not empty; name a new folder\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    status, _, stderr = csperf("init", tmp_path / "mine.txt" / "below")
    assert (status, "Traceback" in stderr) == (4, False)


def test_tables_names_every_table_column_and_indicator(csperf: Called) -> None:
    status, stdout, _ = csperf("tables")
    lines = stdout.splitlines()
    assert status == 0
    for table in (*INPUT_TABLES.values(), *OUTPUT_TABLES.values()):
        start = lines.index(f"{table.name}: {table.meaning}")
        told = lines[start + 2 : start + 2 + len(table.columns)]
        assert [line.split()[0] for line in told] == table.names
    for row in INDICATORS.values():
        assert any(line.startswith(f"{row.id} ({row.number}): {row.title}") for line in lines)


def test_tables_gives_a_small_scheme_and_every_key_of_schemes(csperf: Called) -> None:
    status, stdout, _ = csperf("tables")
    lines = stdout[stdout.index("\nSchemes\n") :].splitlines()
    assert status == 0 and "  id: my-scheme" in lines
    for model in models_below(Scheme):
        start = next(n for n, line in enumerate(lines) if line.partition(",")[0] == model.__name__)
        keys = [line.split()[0] for line in lines[start + 1 :] if line.split()]
        assert {*model.model_fields} <= {*keys}, model


def test_a_fault_of_ours_shows_no_value_unless_asked(
    csperf: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("salary of Anna")

    monkeypatch.setattr("csperf.reference.reference", broken)
    told = "failed with RuntimeError; csperf --debug shows where\n"
    assert csperf("tables") == (1, "", told)
    with pytest.raises(RuntimeError, match="salary of Anna"):
        csperf("--debug", "tables")


@pytest.mark.requirement("H-05")
def test_explain_answers_the_four_questions_with_numbers(csperf: Called, fresh: Path) -> None:
    """shop-d met 8 of 12 times; two managers gave 90 - 6 and 90 - 6 - 8 points."""
    asked = ["explain", fresh / "params.yaml", "--cycle", MARCH, "--employee", "shop-d"]
    status, stdout, stderr = csperf(*asked)
    assert (status, stderr) == (0, "")
    lines = stdout.splitlines()
    assert [line[0] for line in lines if line[:1].isdigit()] == ["1", "2", "3", "4"]
    score = 60 * 8 / 12 + 40 * (84 + 76) / 2 / 100
    assert lines[1] == f"  score {score:.2f}, rank 4 of 4 in day"
    assert f"Short board: Agreed time met costs {60 * 4 / 12:.2f} points of the score." in stdout
    told = json.loads(csperf(*asked, "--json", "--department", "shop")[1])
    assert told["facts"]["score"] == pytest.approx(score)
    assert [row["component_id"] for row in told["components"]] == ["sla_met_share", "service"]
    assert told["components"][1]["target"] is None
    assert [row["rule_id"] for row in told["proposals"]] == ["last"]


@pytest.mark.requirement("H-05", "A-16")
def test_explain_knows_what_earlier_runs_have_left(csperf: Called, fresh: Path) -> None:
    """shop-d is last for the third time in March; the quarter is the mean of its months."""
    edit(fresh / "shop.yaml", "rules:", "longer: {built: mean}\nrules:")
    left, params = fresh / "output" / "history", load_params(fresh / "params.yaml")
    left.mkdir(parents=True)
    for cycle in CYCLES:
        past = read_history(left, "shop")
        made = appraise_department(params, "shop", Cycle.parse(cycle), past)
        made.history.to_parquet(history_file(left, cycle, "shop"))
    asked = ["explain", fresh / "params.yaml", "--employee", "shop-d", "--department", "shop"]
    asked += ["--out", fresh / "output", "--json", "--cycle"]
    told = json.loads(csperf(*asked, MARCH)[1])
    assert [row["rule_id"] for row in told["proposals"]] == ["last", "three_times"]
    quarter = json.loads(csperf(*asked, "2026-Q1")[1])
    score = 60 * 8 / 12 + 40 * (84 + 76) / 2 / 100
    assert quarter["facts"]["score"] == pytest.approx(score)
    counted = [row for row in quarter["components"] if row["weight"]]
    assert [row["component_id"] for row in counted] == list(CYCLES)
    assert [row["contribution"] for row in counted] == pytest.approx([score / 3] * 3)


@pytest.mark.requirement("G0-3", "H-05")
def test_explain_refuses_a_scheme_that_the_cycle_was_not_published_under(
    csperf: Called, fresh: Path
) -> None:
    """A weight that changed without a word would tell another score than the published one."""
    left, params = fresh / "output" / "history", load_params(fresh / "params.yaml")
    left.mkdir(parents=True)
    made = appraise_department(params, "shop", Cycle.parse(MARCH))
    made.history.to_parquet(history_file(left, MARCH, "shop"))
    entry = {"department_id": "shop", "outcome": "done", "scheme_id": "shop"}
    hash = params.scheme(params.department("shop")).sha256
    entry |= {"scheme_version": "1", "scheme_sha256": hash}
    entry |= {name: [] for name in OF_DEPARTMENT if name not in entry}
    (fresh / "output" / MARCH).mkdir()
    manifest = json.dumps({"departments": [entry]})
    (fresh / "output" / MARCH / "manifest.json").write_text(manifest)
    asked = ["--cycle", MARCH, "--department", "shop", "--out", fresh / "output"]
    explain = ["explain", fresh / "params.yaml", "--employee", "shop-d", *asked]
    whatif = ["whatif", fresh / "params.yaml", "--scheme", fresh / "shop.yaml", *asked]
    assert csperf(*explain)[0] == 0
    edit(fresh / "shop.yaml", "weight: 60", "weight: 20")
    edit(fresh / "shop.yaml", "weight: 40", "weight: 80")
    for words in (explain, whatif):
        status, stdout, stderr = csperf(*words)
        assert (status, stdout) == (1, "")
        assert f"cycle {MARCH}: was appraised by shop version 1 with hash {hash[:16]}" in stderr


def test_explain_of_nobody_is_status_2_with_the_nearest_ids(csperf: Called, fresh: Path) -> None:
    asked = ["explain", fresh / "params.yaml", "--cycle", MARCH, "--employee", "shop-x"]
    status, stdout, stderr = csperf(*asked)
    assert (status, stdout, stderr.count("\n")) == (2, "", 2)
    assert stderr.splitlines()[1].startswith(
        f"--employee: nobody in shop, {MARCH}, is 'shop-x'; the nearest ids are shop-"
    )
    assert csperf(*asked, "--department", "shop")[2].count("\n") == 1


@pytest.mark.requirement("J-08")
def test_whatif_tells_who_moves_and_what_it_costs(csperf: Called, fresh: Path) -> None:
    """The manager's points fall by 2 a person, the share of cases in time by a twelfth: same order.

    With a deduction of 250 instead of 100 the last of `day` would lose 150 more.
    """
    (fresh / "other.yaml").write_text((fresh / "shop.yaml").read_text())
    edit(fresh / "other.yaml", "weight: 60", "weight: 20")
    edit(fresh / "other.yaml", "weight: 40", "weight: 80")
    edit(fresh / "other.yaml", "amount: -100", "amount: -250")
    asked = ["whatif", fresh / "params.yaml", "--cycle", MARCH, "--scheme", fresh / "other.yaml"]
    asked += ["--department", "shop"]
    out = fresh / "moved.csv"
    status, stdout, stderr = csperf(*asked, "--people", out)
    assert (status, stderr) == (0, "")
    rows = [line.split() for line in stdout.splitlines()]
    assert [row[-2:] for row in rows if row[1:2] == ["day"]] == [["-250.00", "EUR"]]
    assert "Nobody changes grade or place." in stdout
    assert [MARCH, "shop-d", "deduction", "(last)", "both", "-100.00", "->", "-250.00"] in rows
    with out.open(newline="", encoding="utf-8") as stream:
        people = {row["employee_id"]: row for row in csv.DictReader(stream)}
    assert len(people) == 6
    score = 20 * 11 / 12 + 80 * (90 + 83) / 2 / 100
    assert float(people["shop-a"]["score_other"]) == pytest.approx(score)
    told = json.loads(csperf(*asked, "--json")[1])
    assert list(told) == ["people", "proposals", "summary", "stability", "pay"]
    assert told["summary"][0]["cost_other"] == -250


@pytest.mark.requirement("J-08")
def test_whatif_knows_what_earlier_runs_have_left_and_what_was_signed(
    csperf: Called, organisation: Path
) -> None:
    """shop-d is last for the third time in March, and HR has signed what follows from it."""
    signed = "cycle_id,employee_id,rule_id,decision,reviewer,at,reason\n"
    signed += f"{MARCH},shop-d,three_times,confirmed,hr,2026-05-02T09:00,three times last\n"
    (organisation / "data/sign_offs.csv").write_text(signed)
    cases = "      cases: {path: data/shop-cases.csv}\n"
    more = f"{cases}      sign_offs: {{path: data/sign_offs.csv}}\n"
    edit(organisation / "params.yaml", cases, more)
    asked = ["whatif", organisation / "params.yaml", "--cycle", MARCH, "--department", "shop"]
    asked += ["--scheme", organisation / "shop.yaml", "--out", organisation / "output", "--json"]
    status, stdout, stderr = csperf(*asked)
    assert (status, stderr) == (0, "")
    rows = json.loads(stdout)["proposals"]
    official = {row["rule_id"] for row in rows if row["under"] != "other"}
    assert official == {"last", "three_times"}


@pytest.mark.requirement("J-08", "A-16")
def test_whatif_of_a_quarter_replays_its_months_with_several_completions(
    csperf: Called, fresh: Path
) -> None:
    """Managers weigh more, and the last loses 250 instead of 100 in each of three months."""
    text = (fresh / "shop.yaml").read_text() + "longer: {built: mean}\n"
    (fresh / "shop.yaml").write_text(text)
    heavier = "{score.sla_met_share.weight: 20, score.service.weight: 80}"
    more = f"completions:\n  judged: {heavier}\n  dear: {{rules.last.amount: -250}}\n"
    (fresh / "other.yaml").write_text(text + more)
    asked = ["whatif", fresh / "params.yaml", "--cycle", "2026-Q1", "--department", "shop"]
    asked += ["--scheme", fresh / "other.yaml", "--completion", "judged", "--completion", "dear"]
    told = json.loads(csperf(*asked, "--json")[1])
    people = {(row["cycle_id"], row["employee_id"]): row for row in told["people"]}
    row = people["2026-Q1", "shop-d"]
    assert row["score"] == pytest.approx(60 * 8 / 12 + 40 * 80 / 100)
    assert row["score_other"] == pytest.approx(20 * 8 / 12 + 80 * 80 / 100)
    day = [row for row in told["summary"] if row["team_id"] == "day"]
    costs = [(row["cycle_id"], row["cost"], row["cost_other"]) for row in day]
    assert costs == [*((cycle, -100, -250) for cycle in CYCLES), ("2026-Q1", 0, 0)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name one with --department: desk, shop"),
        (["--department", "shops"], "no department 'shops'; there are desk, shop"),
        (["--department", "shop", "--completion", "x"], "no completion 'x'"),
        (["--department", "shop", "--cycle", "March"], "'March' is no cycle"),
    ],
)
def test_whatif_refuses_what_cannot_be_meant(
    csperf: Called, fresh: Path, words: list[str], told: str
) -> None:
    asked = ["whatif", fresh / "params.yaml", "--cycle", MARCH, "--scheme", fresh / "shop.yaml"]
    status, stdout, stderr = csperf(*asked, *words)
    assert (status, stdout) == (2, "")
    assert told in stderr


def test_whatif_that_cannot_write_its_table_is_status_4(csperf: Called, fresh: Path) -> None:
    asked = ["whatif", fresh / "params.yaml", "--cycle", MARCH, "--scheme", fresh / "shop.yaml"]
    taken = fresh / "shop.yaml" / "moved.csv"
    status, _, stderr = csperf(*asked, "--department", "shop", "--people", taken)
    assert (status, stderr.count("\n")) == (4, 1)
    assert stderr.startswith(f"{taken}: cannot be written")
