"""`open_page` opens a report in Chromium; every browser test is made of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Timer
from typing import Any

import pytest

HERE = Path(__file__).parent
TOP = HERE.parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def open_page(once: Callable[..., Path]) -> Iterator[Callable[..., dict[str, Any]]]:
    """`open_page(path, width=1280, dark=False, screenshot=None, pdf=None)` -> what was met.

    Keys: title, lang, text, scripts, scroll_width, client_width, printed_width, paper_width,
    ground (background colour), requests (beyond the file), refused (those that the page's policy
    stopped), console, missing_glyphs (characters that no font draws), heads (how each head of a
    table is laid out), and what axe reports: violations and incomplete (id and nodes of each).
    `screenshot` and `pdf` are files to write.
    """
    node, chromium = tool("node"), tool(*BROWSERS)
    once("node-modules", lambda _: (TOP / "node_modules" / "axe-core").exists() or install())
    command = [node, str(HERE / "open_page.mjs"), chromium]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as browser:

        def opened(
            path: Path, width: int = 1280, dark: bool = False, **files: Path
        ) -> dict[str, Any]:
            asked = {"path": str(path), "width": width, "dark": dark, **files}
            late = Timer(120, browser.kill)
            late.start()
            try:
                print(json.dumps(asked, default=str), file=browser.stdin, flush=True)
                line = browser.stdout.readline()
            finally:
                late.cancel()
            assert line, "no answer within two minutes, or the error above"
            return json.loads(line)

        yield opened


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium that the tests use."""
    return tool(*BROWSERS)


def tool(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    return found or pytest.skip(f"browser tests need {' or '.join(names)} on the PATH")


def install() -> None:
    """Install playwright-core and axe-core as package-lock.json pins them."""
    command = [tool("npm"), "ci", "--ignore-scripts"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
