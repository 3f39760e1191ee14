"""The README's commands: they parse, and every option in them is one that the program has."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from csperf.cli import cli

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEMPLATE = re.compile(r"\{\{.*?\}\}|\$\(.*?\)")  # what Airflow or the shell puts a value for
CRON = re.compile(r"(\S+) (\S+) (\S+) (\S+) (\S+)  (.*)")


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(TEXT) if kind == language]


def dag() -> str:
    [found] = [text for text in blocks("python") if "airflow" in text]
    return found


def cron() -> re.Match[str]:
    [line] = blocks("crontab")
    found = CRON.fullmatch(line.strip())
    assert found
    return found


def commands(program: str) -> list[list[str]]:
    """Words of every command of a program in the README, wherever it stands."""
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", "").splitlines()]
    lines += [cron()[6].replace(r"\%", "%")]
    lines += [text.value for text in ast.walk(ast.parse(dag())) if is_command(text)]
    return [*(words for line in lines for words in of_program(line, program))]


def is_command(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and "csperf run" in str(node.value)


def of_program(line: str, program: str) -> Iterator[list[str]]:
    for part in TEMPLATE.sub("2026-10", line).split("&&"):
        words = shlex.split(part, comments=True)
        if words and Path(words[0]).name == program:
            yield words[1 : words.index(">")] if ">" in words else words[1:]


@pytest.mark.parametrize("words", commands("csperf"), ids=" ".join)
def test_each_csperf_command_of_the_readme_is_one(words: list[str]) -> None:
    name, *rest = words
    command = cli.commands[name]
    with command.make_context(name, rest, resilient_parsing=False) as context:
        assert not context.args


def test_the_readme_runs_csperf_from_cron_from_airflow_and_on_a_cluster() -> None:
    found = commands("csperf")
    assert ["run", "params.yaml", "--cycle", "2026-10", "--json"] in found
    assert ["run", "params.yaml", "--cycle", "2026-10"] in found
    assert any("--cluster" in words for words in found)
    assert len(found) > 9


def test_the_cron_line_runs_once_a_month_and_names_the_month_before() -> None:
    minute, hour, day, month, weekday, command = cron().groups()
    assert (int(minute) < 60, int(hour) < 24, 1 <= int(day) <= 28) == (True, True, True)
    assert (month, weekday) == ("*", "*")
    assert not re.search(r"(?<!\\)%", command)  # cron takes a bare % for the end of the line
    [asked] = re.findall(r"\$\((date .*?)\)", command.replace(r"\%", "%"))
    # Three days before the second of a month is in the month before, whatever its length.
    asked = asked.replace("'-3 days'", "'2027-03-02 -3 days'")
    told = subprocess.run(shlex.split(asked), capture_output=True, text=True, check=True)
    assert told.stdout == "2027-02\n"


def test_the_cron_line_runs_the_month_before_and_keeps_the_manifest(
    organisation: Path, tmp_path: Path
) -> None:
    """On the second of April, says a `date` that comes first on the PATH."""
    (organisation / ".venv/bin").mkdir(parents=True)
    (organisation / ".venv/bin/csperf").symlink_to(Path(sys.executable).with_name("csperf"))
    clock = tmp_path / "clock/date"
    clock.parent.mkdir()
    clock.write_text(f'#!/bin/sh\nexec {shutil.which("date")} -d "2026-04-02 $2" "$3"\n')
    clock.chmod(0o755)
    command = cron()[6].replace(r"\%", "%").replace("/srv/appraisal", str(organisation))
    path = os.pathsep.join([str(clock.parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-c", command], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    manifest = json.loads((organisation / "last-run.json").read_text())
    assert manifest["cycle_id"] == "2026-03"
    assert {entry["outcome"] for entry in manifest["departments"]} == {"unchanged"}


def test_the_dag_parses_and_makes_the_month_before() -> None:
    tree = ast.parse(dag())
    compile(tree, "README.md", "exec")
    calls = {node.func.id: node for node in ast.walk(tree) if is_named_call(node)}
    assert {"DAG", "BashOperator", "CronTriggerTimetable"} <= calls.keys()
    [cron_line] = [argument.value for argument in calls["CronTriggerTimetable"].args]
    assert cron_line == " ".join(cron().groups()[:5])
    assert "data_interval_start" in ast.unparse(calls["BashOperator"])


def is_named_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


@pytest.mark.parametrize("words", commands("dask"), ids=" ".join)
def test_each_dask_command_of_the_readme_is_one(words: list[str]) -> None:
    dask = str(Path(sys.executable).with_name("dask"))
    done = subprocess.run([dask, words[0], "--help"], capture_output=True, text=True, check=True)
    options = [word for word in words if word.startswith("--")]
    assert [option for option in options if f" {option} " not in done.stdout] == []
