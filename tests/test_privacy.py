"""What nobody but the right reader may learn: rules P1 to P19, and those that no other test shows.

P1 proposals are decided by people · P2 contributions add up · P3 a sheet holds its person only ·
P4 few raters are not shown · P5 no rest that gives them away · P6 small groups · P8 own score known
· P9 comments · P10 one department a reader · P11 notebooks · P12 evaluators · P13 pseudonyms ·
P14 files are private · P15 provenance · P16 log · P17 end of keeping · P18 protected attributes ·
P7 sets that differ by few · P19 no network.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from organisation import CYCLES, DESK_SCHEME, SHOP_SCHEME, write_organisation
from pandas import DataFrame

from csperf.appraised import Appraisals
from csperf.errors import InputError, OutputError
from csperf.indicators import check_indicators
from csperf.runner.files import locked, sha256
from csperf.runner.manifest import read_manifest
from csperf.runner.work import _summary
from csperf.scheme import load_scheme

TESTS = Path(__file__).parent
RULES = {f"P{number}" for number in range(1, 20)}
JANUARY, _, MARCH = CYCLES
OF_RESULT = [item.name for item in fields(Appraisals) if item.name != "records"]
INJECTED = {"tags": ["injected-parameters"]}
KEPT_METADATA = {"kernelspec", "language_info"}
SOCKETS = """\
import os, socket, sys
def tried(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        where = arguments[-1] if event != "socket.getaddrinfo" else arguments[0]
        if not isinstance(where, (str, bytes)) or event == "socket.getaddrinfo":
            with open(os.environ["TRIED"], "a") as file:
                file.write(f"{event} {where}\\n")
sys.addaudithook(tried)
"""


def test_every_rule_is_shown_by_a_test() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    shown = {rule for text in texts for rule in re.findall(r'mark\.privacy\("(P\d+)"\)', text)}
    assert shown == RULES


@pytest.mark.privacy("P7")
@pytest.mark.parametrize(("joined", "told"), [(0, True), (1, False), (4, False), (5, True)])
def test_two_means_do_not_tell_what_the_few_have_who_were_added(joined: int, told: bool) -> None:
    """Of 6 people with mean 4.00 and 7 with mean 3.857, the seventh has 3."""
    before = [4.0] * 6
    after = [*before, *[3.0] * joined]
    published = {"appraisals": scored(before)}
    result = Appraisals(**{name: DataFrame() for name in OF_RESULT} | {"appraisals": scored(after)})
    people = scored(after).assign(team_name="Team")
    proposals = DataFrame({"team_id": []})
    result = replace(result, people=people, proposals=proposals)
    line = _summary(result, "t", 5, published)
    assert (line["mean_score"] is not None) is told
    assert (line["n_scored"], line["min_score"] is not None) == (len(after), told)
    assert _summary(result, "t", 5, {})["mean_score"] == pytest.approx(sum(after) / len(after))


def scored(scores: list[float]) -> DataFrame:
    ids = [f"e{n}" for n in range(len(scores))]
    return DataFrame({"employee_id": ids, "team_id": "t", "score": scores, "provisional": False})


@pytest.mark.privacy("P9")
def test_what_evaluators_wrote_stands_in_no_output(tmp_path: Path) -> None:
    """Of facts written down in support of a score only the number is shown."""
    folder = write_organisation(tmp_path)
    file = folder / "data/evaluations.csv"
    header, *rows = file.read_text().splitlines()
    told = [f"{row},comment-canary-{n}" for n, row in enumerate(rows)]
    file.write_text("\n".join([f"{header},evidence_text", *told]) + "\n")
    command = [sys.executable, "-m", "csperf", "run", str(folder / "params.yaml")]
    asked = ["--cycle", JANUARY, "--out", str(folder / "output"), "--department", "shop"]
    subprocess.run(command + asked, check=True, capture_output=True)
    made = [path for path in (folder / "output").rglob("*") if path.is_file()]
    assert len(made) > 40
    assert [path for path in made if b"comment-canary" in path.read_bytes()] == []


@pytest.mark.privacy("P11")
def test_a_notebook_says_nothing_of_how_it_was_run(finished: Path) -> None:
    notebooks = [*(finished / "output").rglob("*.ipynb")]
    assert len(notebooks) > 10
    for path in notebooks:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert {*notebook["metadata"]} <= KEPT_METADATA, path
        for cell in notebook["cells"]:
            assert {*cell["metadata"]} <= {"tags"}, path
        [given] = [cell for cell in notebook["cells"] if cell["metadata"] == INJECTED]
        told = {line.partition(" = ")[0] for line in "".join(given["source"]).splitlines()}
        assert told and told.isdisjoint({"params_file", "history", "prepared"}), path
        assert str(finished) not in path.read_text(encoding="utf-8"), path


@pytest.mark.privacy("P14")
def test_a_folder_that_everybody_may_write_to_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(OutputError, match="everybody may write there"), locked(folder):
        pass
    folder.chmod(0o755)
    with locked(folder):
        assert (folder / ".lock").is_file()


@pytest.mark.privacy("P15")
def test_the_provenance_of_a_report_can_be_computed_again(finished: Path) -> None:
    entry = next(
        each
        for each in read_manifest(finished / "output" / MARCH)["departments"]
        if each["department_id"] == "shop"
    )
    page = (finished / "output" / MARCH / "shop/day/appraisal.html").read_text(encoding="utf-8")
    assert load_scheme(finished / "shop.yaml").sha256 == entry["scheme_sha256"]
    hashes = [sha256(finished / each["path"]) for each in entry["inputs"]]
    assert hashes == [each["sha256"] for each in entry["inputs"]]
    assert all(digest[:16] in page for digest in [*hashes, entry["scheme_sha256"]])


@pytest.mark.privacy("P18")
@pytest.mark.parametrize("attribute", ["gender", "birth_date", "age_band", "absences"])
def test_a_protected_attribute_is_nothing_that_a_score_can_be_made_of(
    attribute: str, tmp_path: Path
) -> None:
    file = tmp_path / "scheme.yaml"
    file.write_text(DESK_SCHEME.replace("reopen_rate", attribute))
    assert check_indicators(load_scheme(file), str(file)), "an indicator"
    file.write_text(SHOP_SCHEME.replace("criterion: service", f"criterion: {attribute}"))
    with pytest.raises(InputError, match="is not among criteria"):
        load_scheme(file)


@pytest.mark.privacy("P19")
def test_a_run_opens_no_connection(tmp_path: Path) -> None:
    """An audit hook in every process of the run notes each address that is asked for."""
    folder, tried = write_organisation(tmp_path / "organisation"), tmp_path / "tried"
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(SOCKETS)
    paths = os.pathsep.join(
        [str(tmp_path / "site"), os.environ.get("PYTHONPATH", str(TESTS.parent))]
    )
    environment = {**os.environ, "PYTHONPATH": paths, "TRIED": str(tried)}
    probe = (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    )
    subprocess.run([sys.executable, "-c", probe], env=environment, check=True)
    assert "127.0.0.1" in tried.read_text()
    tried.unlink()
    command = [sys.executable, "-m", "csperf", "run", str(folder / "params.yaml")]
    asked = ["--cycle", JANUARY, "--out", str(folder / "output")]
    subprocess.run(command + asked, env=environment, check=True, capture_output=True)
    assert not tried.exists() or tried.read_text() == ""
