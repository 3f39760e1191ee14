"""Reports printed as PDF by the installed Chromium."""

from __future__ import annotations

import shutil
import stat
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from organisation import CYCLES, edit, run, write_organisation
from report_samples import manifest

from csperf.reporting.portal import portal_html
from csperf.reporting.text import Messages, languages
from csperf.runner.manifest import read_manifest
from csperf.runner.printing import pdf_of

pytestmark = pytest.mark.browser
JANUARY = CYCLES[0]


def told(program: str, pdf: bytes, folder: Path) -> str:
    """What `pdfinfo` or `pdftotext` says of a PDF."""
    found = shutil.which(program) or pytest.skip(f"tests of prints need {program} on the PATH")
    (folder / "read.pdf").write_bytes(pdf)
    target = ["-"] if program == "pdftotext" else []
    command = [found, str(folder / "read.pdf"), *target]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


@pytest.mark.parametrize("language", languages())
def test_a_print_is_tagged_and_its_text_can_be_copied_in_every_language(
    language: str, chromium: str, tmp_path: Path
) -> None:
    text = Messages.load(language)
    run = {**manifest(), "language": language}
    pdf = pdf_of(portal_html(run).encode(), chromium, tmp_path / "printing")
    info = told("pdfinfo", pdf, tmp_path)
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    assert facts["Tagged"].strip() == "yes"
    assert facts["Title"].strip() == text("portal.title", cycle=run["cycle_id"])
    assert "A4" in facts["Page size"] and facts["JavaScript"].strip() == "no"
    assert f"/Lang ({text('language.tag')})".encode() in pdf
    assert b"/StructTreeRoot" in pdf and b"/Outlines" in pdf
    words = "".join(told("pdftotext", pdf, tmp_path).split())
    for key in ("portal.departments", "kind.calibration", "outcome.failed", "page.confidential"):
        assert "".join(text(key).split()) in words


def test_a_print_asks_nobody_for_anything_and_leaves_nothing(
    chromium: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        images = "".join(
            f'<img src="http://{host}:{server.server_port}/{host}" alt="">'
            for host in ("127.0.0.1", "localhost")
        )
        page = f"<!doctype html><title>T</title>{images}<p>Here.</p>"
        pdf = pdf_of(page.encode(), chromium, tmp_path / "printing")
        server.shutdown()
    assert asked == []
    assert [*(tmp_path / "printing").iterdir()] == []
    monkeypatch.chdir(tmp_path)
    assert pdf_of(page.encode(), chromium, Path("printing")).startswith(b"%PDF")
    assert told("pdftotext", pdf, tmp_path).strip() == "Here."


def test_a_run_prints_the_reports_and_never_leaves_an_old_print_beside_a_new_report(
    chromium: str, tmp_path: Path
) -> None:
    folder = write_organisation(tmp_path)
    asked = {"departments": ("desk",), "only": ("appraisal",)}
    first, errors = run(folder, JANUARY, pdf=True, **asked)
    assert errors == []
    out = folder / "output"
    printed = out / JANUARY / "desk/desk/appraisal.pdf"
    assert stat.S_IMODE(printed.stat().st_mode) == 0o600
    assert "desk-a" in told("pdftotext", printed.read_bytes(), tmp_path)
    known = [each["path"] for each in read_manifest(out / JANUARY)["departments"][0]["outputs"]]
    assert printed.relative_to(out).as_posix() in known
    assert 'href="desk/desk/appraisal.pdf"' in (out / JANUARY / "index.html").read_text()
    assert first["departments"][0]["outcome"] == "done"
    before = printed.read_bytes()
    for pdf in (True, False):
        assert run(folder, JANUARY, pdf=pdf, **asked)[0]["departments"][0]["outcome"] == "unchanged"
    assert printed.read_bytes() == before
    edit(folder / "params.yaml", "name: Desk", "name: Service desk")
    assert run(folder, JANUARY, **asked)[1] == []
    assert not printed.exists()
    assert "appraisal.pdf" not in (out / JANUARY / "index.html").read_text()


def test_reports_that_are_there_are_made_again_if_they_are_to_be_printed(
    chromium: str, tmp_path: Path
) -> None:
    folder = write_organisation(tmp_path)
    asked = {"departments": ("desk",), "only": ("appraisal",)}
    assert run(folder, JANUARY, **asked)[1] == []
    assert run(folder, JANUARY, pdf=True, **asked)[0]["departments"][0]["outcome"] == "done"
    assert (folder / "output" / JANUARY / "desk/desk/appraisal.pdf").exists()
