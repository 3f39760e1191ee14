"""All cycles of an output folder, and the page that leads to them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from csperf.errors import InputError
from csperf.params import Cycle
from csperf.reporting.cycles_page import cycles_html
from csperf.runner.files import write_file
from csperf.runner.manifest import FILE, read_manifest

PAGE = "index.html"


def cycle_folders(out: Path) -> list[Path]:
    """Folders of the cycles that a run has written a manifest for, in the order of time."""
    found = {}
    for manifest in out.glob(f"*/{FILE}"):
        with contextlib.suppress(InputError):  # a folder of somebody else
            found[manifest.parent] = Cycle.parse(manifest.parent.name)
    return sorted(found, key=lambda folder: (found[folder].end, found[folder].start))


def publish_cycles(out: Path) -> None:
    """Write the page of all cycles whose manifest can be read; without any there is none."""
    manifests = [*filter(None, map(read_manifest, cycle_folders(out)))]
    if manifests:
        write_file(out / PAGE, cycles_html(manifests).encode())
    else:
        (out / PAGE).unlink(missing_ok=True)
