"""The record of a run: what went in, what came out, and whether anything has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from csperf.errors import CsperfError
from csperf.names import history_file
from csperf.params import Cycle, Department, Params
from csperf.runner.files import packaged, sha256, write_file
from csperf.sources import input_of
from csperf.tables import INPUT_TABLES

FILE = "manifest.json"
BAD = "manifest.bad.json"  # what one that cannot be read is kept as
OF_DEPARTMENT = {"department_id", "name", "folder", "outcome", "teams"}
APART = {"departments", "run"}  # of the params: no result depends on them as such
PACKAGES = (
    "csperf",
    "duckdb",
    "ipython",
    "matplotlib",
    "narwhals",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "scipy",
    "seaborn",
    "xlsxwriter",
)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Manifest of the last run of a cycle; empty if there is none that can be read."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if _is_whole(found) else {}


def _is_whole(found: Any) -> bool:
    """Whether this is a manifest, as far as a later run relies on it."""
    if not isinstance(found, dict) or not isinstance(found.get("departments"), list):
        return False
    calibration, parts = found.get("calibration"), found["departments"]
    whole = [isinstance(part, dict) and part.keys() >= OF_DEPARTMENT for part in parts]
    if calibration is not None:
        whole.append(isinstance(calibration, dict) and {"key", "outcome"} <= calibration.keys())
    return all(whole)


def set_aside(folder: Path) -> list[str]:
    """Rename a manifest that cannot be read, so that it can be looked at; what to warn of."""
    if not (folder / FILE).exists() or read_manifest(folder):
        return []
    (folder / FILE).replace(folder / BAD)
    return [f"{folder.name}/{FILE}: cannot be read; kept as {BAD}, and everything is made again"]


def write_manifest(folder: Path, manifest: dict[str, Any]) -> str:
    """Write the manifest, the last file of a run, and return its hash."""
    content = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False).encode()
    write_file(folder / FILE, content)
    return hashlib.sha256(content).hexdigest()


def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    return {name: version(name) for name in PACKAGES}


@cache
def code_sha256() -> str:
    """Hash of csperf's own code, texts and notebooks: other code is another result."""
    package = Path(__file__).parent.parent
    files = [
        *(file for kind in ("*.py", "*.toml", "*.html", "*.css") for file in package.rglob(kind)),
        *packaged("notebooks").glob("*.ipynb"),
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def department_key(
    params: Params, unit: Department, cycle: Cycle, inputs: list[dict[str, Any]], history: Path
) -> str:
    """What a department's reports are made from, as one hash."""
    files = sorted(history.glob(history_file(history, "[0-9]*", unit.id).name))
    past = {file.name: sha256(file) for file in files if _before(file.name.split("_")[0], cycle)}
    return _key(
        cycle.id,
        params.model_dump_json(exclude=APART),
        unit.model_dump_json(),
        params.scheme(unit).sha256,
        inputs,
        past,
    )


def _before(name: str, cycle: Cycle) -> bool:
    """Whether a cycle of this name ended before another, or is a part of it."""
    past = Cycle.parse(name)
    return (past.end, cycle.start) < (cycle.end, past.start)


def calibration_key(params: Params, cycle: str, inputs: list[dict[str, Any]]) -> str:
    """What the calibration report is made from, as one hash."""
    sources = [
        # The scale of the scores is the scheme's; whether it can be meant is not asked here.
        (
            unit.sources["evaluations"].model_dump_json(),
            sha256(params.path.parent / unit.scheme),
            unit.completion,
        )
        for unit in params.departments
        if "evaluations" in unit.sources
    ]
    return _key(cycle, params.model_dump_json(exclude=APART), sources, inputs)


def _key(*parts: Any) -> str:
    content = json.dumps([*parts, versions(), code_sha256()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def inputs_of(params: Params, unit: Department, only: Iterable[str] = ()) -> list[dict[str, Any]]:
    """What a department reads, with hashes; what cannot be read has none."""
    wanted = set(only) or set(unit.sources)
    hashes = {}
    for name, source in unit.sources.items():
        if name in wanted:
            try:
                found = input_of(source, INPUT_TABLES[name], params.path.parent)
                hashes[found.path] = found.sha256
            except CsperfError:
                hashes[source.address] = ""
    return [{"path": path, "sha256": hashes[path]} for path in sorted(hashes)]


def outputs_of(files: Iterable[Path], root: Path) -> list[dict[str, Any]]:
    """Those of the paths that are files, with size and hash, by their path from the root."""
    return [
        {
            "path": file.relative_to(root).as_posix(),
            "sha256": sha256(file),
            "bytes": file.stat().st_size,
        }
        for file in sorted(files)
        if file.is_file()
    ]


def intact(entry: dict[str, Any], root: Path) -> bool:
    """Whether every file that an earlier run wrote is still as it wrote it."""
    outputs = entry.get("outputs", [])
    return bool(outputs) and all(sha256(root / out["path"]) == out["sha256"] for out in outputs)
