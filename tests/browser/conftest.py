"""`open_page` opens a report in Chromium; every browser test is made of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TOP = HERE.parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def open_page(once: Callable[..., Path]) -> Callable[..., dict[str, Any]]:
    """`open_page(path, width=1280, dark=False, screenshot=None, pdf=None)` -> what was met.

    Keys: title, lang, text, scripts, scroll_width, client_width, printed_width, paper_width,
    ground (background colour), requests (beyond the file), console, and what axe reports:
    violations and incomplete (id and nodes of each). `screenshot` and `pdf` are files to write.
    """
    node, chromium = tool("node"), tool(*BROWSERS)
    once("node-modules", lambda _: (TOP / "node_modules" / "axe-core").exists() or install())

    def opened(path: Path, width: int = 1280, dark: bool = False, **files: Path) -> dict[str, Any]:
        asked = {"path": str(path), "chromium": chromium, "width": width, "dark": dark, **files}
        command = [node, str(HERE / "open_page.mjs"), json.dumps(asked, default=str)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return opened


def tool(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    return found or pytest.skip(f"browser tests need {' or '.join(names)} on the PATH")


def install() -> None:
    """Install playwright-core and axe-core as package-lock.json pins them."""
    command = [tool("npm"), "ci", "--ignore-scripts"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
