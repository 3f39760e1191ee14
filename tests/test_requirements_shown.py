import json
from pathlib import Path

import pytest
from requirements_shown import main, sections

TEXT = """
# 1. Requirements
| Z-01 | a row before the sections |

## A. Planning
| id | requirement |
|---|---|
| A-01 | a goal has an owner |
| A-02 | and a date |

## G. Schemes
### G1. Told in prose
### G4. Told in rows
| G4-1 | self first |
| # | from |
| T1 | NORMAL |
| 20 | 2/3 |

# 2. Data model
| B-71a | mentioned, not required |
"""


def test_items_are_first_cells_of_the_sections_and_parts_without_rows():
    assert sections(TEXT) == {
        "A. Planning": ["A-01", "A-02"],
        "G. Schemes": ["G1", "G4-1", "T1"],
    }


def run(folder: Path, shown: dict[str, list[str]]) -> int:
    (folder / "passed.json").write_text(json.dumps(shown))
    (folder / "requirements.md").write_text(TEXT)
    return main([str(folder / "passed.json"), str(folder / "requirements.md")])


def test_prints_what_is_shown_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    shown = {"A-02": ["test_b.py::test_x[2]", "test_b.py::test_x[1]", "test_a.py::test_y"]}
    assert run(tmp_path, shown) == 0
    assert capsys.readouterr().out.splitlines() == [
        "A. Planning",
        "  A-02  test_a.py::test_y, test_b.py::test_x",
        "  shown by nothing yet: A-01",
        "G. Schemes",
        "  shown by nothing yet: G1 G4-1 T1",
        "1 of 5 items are shown by a passed test",
    ]


def test_an_item_that_requirements_lack_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(tmp_path, {"A-20": ["test_a.py::test_y"]}) == 1
    assert "A-20 is not in" in capsys.readouterr().err
