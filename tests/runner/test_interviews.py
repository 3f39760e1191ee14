"""Interview packs through a whole run: made with the appraisal, cleaned up, and of one person."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from organisation import CYCLES, DAY, NIGHT, edit, run, write_organisation

from csperf.runner.manifest import read_manifest
from csperf.runner.talking import whole_cycles

JANUARY = CYCLES[0]
INTERVIEWS = f"""\
interview_id,cycle_id,employee_id,planned_at,held_at,refused_at,self_view
i1,{JANUARY},shop-a,2026-02-11T09:00Z,2026-02-12T09:00Z,,canary-of-a
i2,{JANUARY},shop-b,2026-02-13T09:00Z,,2026-02-10T09:00Z,canary-of-b
i3,{JANUARY},shop-c,2026-02-24T09:00Z,,,
"""
RATINGS = f"""\
rating_id,cycle_id,team_id,rating
r1,{JANUARY},day,5
r2,{JANUARY},day,4
r3,{JANUARY},day,3
r4,{JANUARY},night,1
"""
CORRECTIONS = f"""\
table,key,column,old,new,reason,by,at
interviews,interview_id=i1,held_at,2026-02-12T09:00Z,2026-02-13T09:00Z,typo,hr,{CYCLES[1]}-14T08:00Z
"""


def written(folder: Path) -> Path:
    """The small organisation with talks and ratings of them."""
    write_organisation(folder)
    tables = {"interviews": INTERVIEWS, "interview_ratings": RATINGS, "corrections": CORRECTIONS}
    old = "      cases: {path: data/shop-cases.csv}\n"
    new = old
    for name, text in tables.items():
        (folder / f"data/{name}.csv").write_text(text)
        new += f"      {name}: {{path: data/{name}.csv}}\n"
    edit(folder / "params.yaml", old, new)
    return folder


@pytest.mark.requirement("L-10", "H-03", "H-10", "L-12")
def test_a_run_makes_tables_and_a_page_for_each_talk(tmp_path: Path) -> None:
    folder = written(tmp_path)
    manifest, errors = run(folder, departments=("shop",), only=("appraisal",))
    assert errors == []
    shop = folder / "output" / JANUARY / "shop"
    pages = {path.relative_to(shop).as_posix() for path in shop.glob("*/interviews/*")}
    expected = {f"day/interviews/{who}.html" for who in DAY}
    assert pages == expected | {f"night/interviews/{who}.html" for who in NIGHT}
    vouched = {each["path"] for each in manifest["departments"][0]["outputs"]}
    assert {f"{JANUARY}/shop/{page}" for page in pages} <= vouched

    people = pd.read_csv(shop / "tables/feedback.csv").set_index("employee_id")
    assert people["standing"][[*DAY]].tolist() == ["held", "refused", "planned", "not_planned"]
    assert people["held_on"]["shop-a"] == "2026-02-13"  # as corrected
    # The report is out on 10 February, and people may appeal for two weeks more.
    assert people["days_after_result"]["shop-a"] == 3
    assert set(people["talk_by"]) == {"2026-02-23"}
    assert people["flags"]["shop-c"] == "planned_late"
    assert set(people["trend"]) == {"unknown"}
    tracking = pd.read_csv(shop / "tables/interview_tracking.csv").set_index("team_id")
    assert (tracking["n_rated"]["day"], tracking["rating"]["day"]) == (3, (5 + 4 + 3) / 3)
    assert (tracking["n_rated"]["night"], tracking["rating"].isna()["night"]) == (1, True)
    report = (shop / "day/appraisal.html").read_text()
    assert 'href="interviews/shop-a.html"' in report and "4.0 on average" in report
    assert "on average, from 1" not in (shop / "night/appraisal.html").read_text()


@pytest.mark.requirement("H-03")
def test_cycles_in_which_the_records_only_begin_tell_nobodys_trend() -> None:
    """10 January lies within January and more than two weeks before February."""
    begin = pd.to_datetime(["2026-01-10", "2026-01-10", None])
    history = pd.DataFrame({"cycle_id": ["2026-01", "2026-02", "2026-03"], "records_from": begin})
    assert [*whole_cycles(history)["cycle_id"]] == ["2026-02", "2026-03"]


@pytest.mark.requirement("L-10")
def test_no_page_of_a_run_names_a_colleague(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert run(folder, departments=("shop",), only=("appraisal",))[1] == []
    for who in (*DAY, *NIGHT):
        team = "day" if who in DAY else "night"
        path = folder / "output" / JANUARY / "shop" / team / "interviews" / f"{who}.html"
        text = path.read_text()
        named = set(re.findall(r"shop-[a-f]\b|canary-of-[ab]", text))
        own = {who} | ({f"canary-of-{who[-1]}"} if who in DAY[:2] else set())
        assert named <= own, who
        assert f"Name of {who}" in text


def test_pages_of_people_who_are_gone_are_removed_and_stay_without_an_appraisal(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path)
    asked = {"departments": ("shop",), "only": ("appraisal",)}
    assert run(folder, **asked)[1] == []
    place = folder / "output" / JANUARY / "shop/day/interviews"
    (place / "somebody-else.html").write_text("of an earlier run")
    assert run(folder, **asked, force=True)[1] == []
    assert {path.stem for path in place.iterdir()} == {*DAY}
    manifest = read_manifest(folder / "output" / JANUARY)
    assert not any(
        "somebody-else" in each["path"] for each in manifest["departments"][0]["outputs"]
    )
    assert run(folder, departments=("shop",), only=("comparison",), force=True)[1] == []
    assert {path.stem for path in place.iterdir()} == {*DAY}
