"""csperf as other people have it: a wheel, installed where this checkout is not seen."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[1]


@dataclass(frozen=True)
class DemoRun:
    """One `csperf demo`: how to run it again, where its output is, and what it said."""

    command: list[str]
    out: Path
    done: subprocess.CompletedProcess[str]


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into a folder, without a network."""
    options = ["--wheel", "--no-isolation", "--outdir", str(folder), str(TOP)]
    ran([sys.executable, "-m", "build", *options], folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into a new environment that sees the packages of this one; its programs."""
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python")]
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    ran([*pip, "install", *options, str(wheel)], folder)
    # A folder named in a .pth file is not searched for further ones: the checkout stays unseen.
    [site] = folder.glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
    return programs


def run_demo(command: list[str], out: Path) -> DemoRun:
    """Run the demo from a folder of its own, with an empty home."""
    folder = out.with_name(f"{out.name}-home")
    folder.mkdir(exist_ok=True)
    return DemoRun(command, out, ran([*command, "demo", "--out", str(out)], folder, HOME=folder))


def ran(command: list[str], folder: Path, **environment: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without PYTHONPATH; a failure shows what it said."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    own = {name: str(value) for name, value in environment.items()}
    done = subprocess.run(
        command, cwd=folder, env={**inherited, **own}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done
