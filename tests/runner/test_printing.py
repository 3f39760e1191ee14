"""Printing without a Chromium, or with one that does not print."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from organisation import CYCLES, write_organisation

from csperf.errors import CsperfError
from csperf.runner.printing import drop_old_prints, pdf_of


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_without_a_chromium_nothing_is_run_and_one_line_says_what_is_missing(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    folder = write_organisation(tmp_path / "organisation")
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-m", "csperf", "run", str(folder / "params.yaml")]
    options = ["--cycle", CYCLES[0], "--out", str(tmp_path / "output"), "--pdf", *more]
    done = subprocess.run(
        command + options,
        env={**os.environ, "PATH": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (3, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("--pdf: no Chromium on the PATH (looked for chromium, ")
    assert line.endswith("install one, or run without it")
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("browser", "said"),
    [
        ("/bin/true", r"/bin/true printed nothing \(exit status 0\)"),
        ("/bin/false", r"/bin/false printed nothing \(exit status 1\)"),
        ("/no/such", r"/no/such cannot be started \(No such file or directory\)"),
    ],
)
def test_a_browser_that_prints_nothing_is_an_error_with_its_name(
    browser: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(CsperfError, match=said):
        pdf_of(b"<p>x", browser, tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_the_print_of_a_replaced_report_goes_and_others_stay(tmp_path: Path) -> None:
    names = ("new.html", "new.pdf", "again.html", "again.pdf", "old.html", "old.pdf")
    pages = {name: tmp_path / name for name in names}
    for page in pages.values():
        page.touch()
    drop_old_prints({pages["new.html"], pages["again.html"], pages["again.pdf"]})
    assert {page.name for page in tmp_path.iterdir()} == {*names} - {"new.pdf"}
