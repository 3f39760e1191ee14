"""Print which items of requirements.md, sections A to L, are shown by which passed tests.

`make requirements` runs the tests and then this. Exit status 1 means that a test names an item
that requirements.md does not have.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SECTION = re.compile(r"## ([A-L]\. .+)")
PART = re.compile(r"### ([A-L]\d)\. ")
ITEM = re.compile(r"\| *([A-L]\d*-\d+[a-z]?|T\d+) *\|")
REQUIREMENTS = Path(__file__).parents[2] / "shared" / "requirements.md"


def sections(text: str) -> dict[str, list[str]]:
    """Item ids of each section: the first cells of its tables, and parts that list no items."""
    items: dict[str, list[str]] = {}
    ids: list[str] = []
    for line in text.splitlines():
        if line.startswith("# "):
            ids = []
        elif section := SECTION.match(line):
            ids = items[section[1]] = []
        elif part := PART.match(line):
            ids.append(part[1])
        elif item := ITEM.match(line):
            if ids and re.fullmatch(r"[A-L]\d", ids[-1]):
                ids.pop()
            ids.append(item[1])
    return items


def lines(items: Mapping[str, Sequence[str]], shown: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Lines to print: per section the items shown, with their tests, and the others; a count."""
    for section, ids in items.items():
        yield section
        for item in filter(shown.__contains__, ids):
            tests = sorted({test.split("[")[0] for test in shown[item]})
            yield f"  {item}  {', '.join(tests)}"
        if rest := [item for item in ids if item not in shown]:
            yield f"  shown by nothing yet: {' '.join(rest)}"
    known = set().union(*items.values())
    yield f"{len(known & set(shown))} of {len(known)} items are shown by a passed test"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read both files, print the lines; 1 if a test names an item that is not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("passed", type=Path, help="written by pytest --requirements-out=FILE")
    parser.add_argument("requirements", type=Path, nargs="?", default=REQUIREMENTS)
    files = parser.parse_args(arguments)
    for file in (files.passed, files.requirements):
        if not file.exists():
            parser.error(f"{file} is not there; say where it is")
    shown = json.loads(files.passed.read_text(encoding="utf-8"))
    items = sections(files.requirements.read_text(encoding="utf-8"))
    print(*lines(items, shown), sep="\n")
    unknown = sorted(set(shown).difference(*items.values()))
    for item in unknown:
        print(f"{item} is not in {files.requirements}: {', '.join(shown[item])}", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
