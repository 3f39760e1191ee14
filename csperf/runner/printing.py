"""Reports as PDF, printed by a Chromium that is installed; it opens one page and reaches nobody.

The PDF is tagged and its text can be copied and read aloud. It holds the time at which it was
printed, so that two prints of a report differ in bytes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from csperf.errors import CsperfError, MissingToolError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE_S = 120
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-crash-reporter",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name has an address, the proxy's neither
    "--proxy-server=socks5://127.0.0.1:9",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)


def find_browser() -> str:
    """Path of an installed Chromium; MissingToolError if there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        known = ", ".join(BROWSERS)
        raise MissingToolError(
            f"--pdf: no Chromium on the PATH (looked for {known}); install one, or run without it"
        )
    return found


def pdf_of(page: bytes, browser: str, folder: Path) -> bytes:
    """Print an HTML page and return the PDF; what is needed meanwhile is in `folder`, and goes.

    Raises
    ------
    CsperfError
        If the browser does not print it, or takes longer than two minutes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    with tempfile.TemporaryDirectory(
        prefix=".printing-", dir=place, ignore_cleanup_errors=True
    ) as own:
        source, target = Path(own) / "page.html", Path(own) / "page.pdf"
        source.write_bytes(page)
        # As root, which a container often is, Chromium starts only without its sandbox.
        rooted = ("--no-sandbox",) if os.geteuid() == 0 else ()
        where = (f"--user-data-dir={own}/profile", f"--print-to-pdf={target}", source.as_uri())
        # Fonts of the user's own are all that it needs of the home folder.
        fonts = os.path.expanduser("~/.local/share")
        private = {"HOME": own, "XDG_CONFIG_HOME": own, "XDG_CACHE_HOME": own}
        try:
            done = subprocess.run(
                [browser, *FLAGS, *rooted, *where],
                env={"XDG_DATA_HOME": fonts, **os.environ, **private},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=DEADLINE_S,
            )
        except subprocess.TimeoutExpired:
            raise CsperfError(f"{browser} took longer than {DEADLINE_S} s to print") from None
        except OSError as error:
            raise CsperfError(f"{browser} cannot be started ({error.strerror})") from None
        printed = target.read_bytes() if target.is_file() else b""
    if not printed.startswith(b"%PDF"):
        raise CsperfError(f"{browser} printed nothing (exit status {done.returncode})")
    return printed


def drop_old_prints(placed: Collection[Path]) -> None:
    """Remove prints of reports that have just been replaced, and not been printed again."""
    for page in placed:
        old = page.with_suffix(".pdf")
        if page.suffix == ".html" and old not in placed:
            old.unlink(missing_ok=True)
