"""Peers who were promised anonymity, through a whole run: who they are stays with HR."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from organisation import CYCLES, DAY, NIGHT, files, run, write_organisation

MARCH = CYCLES[-1]
CANARY = "rater-canary"
SUPERIOR = "superior-of-a"  # known as one to everybody
PEERS = [*(f"{CANARY}-{n}" for n in range(4)), SUPERIOR]
SCHEME = """\
id: shop
title: Shop
version: "1"
evaluators:
  - {type: store_manager, title: Store manager}
  - {type: peer, title: Peer}
criteria:
  - {id: service, title: Service}
  - {id: tone, title: Tone}
procedure: [{actor: store_manager}, {actor: peer}]
appeal:
  - {to: hr, within_days: 10}
score:
  - indicator: sla_met_share
    weight: 50
    scoring: {method: linear, floor: 0.00, target: 1.00}
  - {criterion: service, evaluator: store_manager, weight: MANAGERS}
  - {criterion: tone, evaluator: peer, weight: WEIGHT}
rules:
  - {id: last, when: {rank_from_bottom: 1}, action: deduction, amount: -100, approver: HR}
"""
HEADER = "cycle_id,employee_id,evaluator_id,evaluator_type,criterion_id,score,round,submitted_at"
CORRECTIONS = f"""\
table,key,column,old,new,reason,by,at
evaluations,cycle_id={MARCH}; employee_id=shop-a; evaluator_id={PEERS[0]}; criterion_id=tone; \
submitted_at=2026-04-28T08:00,\
score,47.25,48.25,typo,hr,{MARCH}-28T08:00
"""
APPEALS = f"""\
appeal_id,cycle_id,employee_id,evaluator_id,issue,facts,stage,filed_at
a1,{MARCH},shop-b,{PEERS[1]},tone,it was another day,hr,2026-04-02T08:00
"""
DEVIATIONS = f"""\
at,kind,cycle_id,table,key,column,old,new,reason,by
{MARCH}-27T08:00,edit,{MARCH},evaluations,evaluator_id={PEERS[2]},score,71,72,entered twice,hr
"""


def forms(cycle: str) -> Iterator[str]:
    """Two managers rate everybody; peers do, on one criterion of two, late, before the managers.

    The first gives single odd scores, the second the same to all, the third hands in twice, the
    fourth rates two people only, the fifth is also a superior of one.
    """
    for place, who in enumerate((*DAY, *NIGHT)):
        for n in (0, 1):
            score = 90 - 2 * place - (7 + place % 2) * n
            yield f"{cycle},{who},manager-{n},store_manager,service,{score},1,2026-04-29T08:00"
        late = "2026-04-28T08:00"
        for n, peer in enumerate(PEERS[: 3 if place > 1 else 5]):
            score = 47.25 + place if n == 0 else 100 if n == 1 else 70 + place
            yield f"{cycle},{who},{peer},peer,tone,{score},1,{late}"
        yield f"{cycle},{who},{PEERS[2]},peer,tone,{71 + place},1,2026-04-28T09:00"
        yield f"{cycle},{who},{PEERS[0]},peer,tone,,1,2026-04-28T10:00"


def organisation(folder: Path, weight: int = 30) -> Path:
    """The small organisation with peers in the shop, and every record that may name one."""
    write_organisation(folder)
    (folder / "shop.yaml").write_text(
        SCHEME.replace("WEIGHT", str(weight)).replace("MANAGERS", str(50 - weight))
    )
    tables = {
        "evaluations": "\n".join([HEADER, *forms(MARCH)]) + "\n",
        "corrections": CORRECTIONS,
        "appeals": APPEALS,
        "deviations": DEVIATIONS,
        "reporting_lines": f"employee_id,superior_id,kind\nshop-a,{SUPERIOR},direct\n",
    }
    for name, text in tables.items():
        (folder / f"data/{name}.csv").write_text(text)
    more = "".join(f"      {name}: {{path: data/{name}.csv}}\n" for name in [*tables][1:])
    params = folder / "params.yaml"
    params.write_text(params.read_text() + more)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = organisation(tmp_path_factory.mktemp("peers"))
    assert run(folder, MARCH)[1] == []
    return folder / "output"


def told(path: str, content: bytes) -> bytes:
    """Content of a file with every cell of a table as text."""
    if path.endswith(".parquet"):
        frame = pd.read_parquet(BytesIO(content))
        content += frame.to_csv().encode() + str(frame.attrs).encode()
    return content


def found(made: Path, table: str, folder: str = "shop/tables") -> pd.DataFrame:
    return pd.read_parquet(made / MARCH / folder / f"{table}.parquet")


@pytest.mark.requirement("L-07", "D-09")
@pytest.mark.privacy("P12")
def test_no_output_but_the_calibration_holds_the_id_of_a_peer(made: Path) -> None:
    outside = {
        path: file
        for path, (_, file) in files(made).items()
        if not path.startswith(f"{MARCH}/calibration/")
    }
    assert len(outside) > 40
    assert [path for path, file in outside.items() if CANARY.encode() in told(path, file)] == []


def test_what_would_name_a_peer_is_there_without_the_name(made: Path) -> None:
    findings = found(made, "findings")
    checks = set(findings.loc[findings["subject"] == "peer", "check"])
    assert {"no_differentiation", "out_of_order", "peer_is_superior"} <= checks
    assert SUPERIOR not in set(findings["evaluator_id"])
    log = found(made, "deviation_log").set_index("kind")
    assert set(log.loc["late", "who"]) == {"anonymous", "manager-0", "manager-1"}
    assert log.loc["edit", "what"].tolist() == ["evaluations one not told score"] * 2
    assert found(made, "appeal_ledger")["evaluator_id"].isna().all()
    quality = found(made, "data_quality").set_index("table").loc["evaluations"]
    assert set(quality["example_ids"]) == {"not told: raters were promised anonymity"}


@pytest.mark.privacy("P12")
def test_a_peer_of_whom_too_little_is_known_has_a_pseudonym_even_for_hr(made: Path) -> None:
    overview = found(made, "evaluator_overview", "calibration/tables")
    peers = overview.loc[overview["evaluator_type"] == "peer", "evaluator_id"]
    assert {*PEERS[:3]} == {id for id in peers if id.startswith(CANARY)}
    assert sum(id.startswith("anonymous-") for id in peers) == 2
    inside = {
        path: file
        for path, (_, file) in files(made / MARCH / "calibration").items()
        if "calibration." in path or "evaluators/" in path or path.count("/") == 1
    }
    names = [name.encode() for name in PEERS[3:]]  # each rated two people only
    assert [p for p, file in inside.items() if any(n in told(p, file) for n in names)] == []


@pytest.mark.requirement("D-05")
def test_fair_scores_are_with_hr_where_peers_have_weight(made: Path) -> None:
    assert found(made, "appraisals")["fair_score"].isna().all()
    assert found(made, "fair_changes").empty
    # Of shop-a and shop-b two peers count whose severity is not known: they rated nobody else.
    kept = found(made, "appraisals", "calibration/tables/shop")
    known = kept.set_index("employee_id")["fair_score"].notna()
    assert known[known].index.tolist() == ["shop-c", "shop-d", "shop-e", "shop-f"]
    assert kept["score"].tolist() == found(made, "appraisals")["score"].tolist()
    report = (made / MARCH / "shop/day/appraisal.html").read_text()
    assert "fair scores are with HR" in report and "Fair score<" not in report
    assert "What fair scores would change is with HR" in report


def test_fair_scores_stay_in_the_report_where_peers_have_no_weight(tmp_path: Path) -> None:
    folder = organisation(tmp_path, weight=0)
    asked = {"departments": ("shop",), "teams": ("day",), "only": ("appraisal",)}
    assert run(folder, MARCH, **asked)[1] == []
    assert found(folder / "output", "appraisals")["fair_score"].notna().all()
    report = (folder / "output" / MARCH / "shop/day/appraisal.html").read_text()
    assert "Fair score" in report and "with HR" not in report


def test_the_same_input_gives_the_same_pseudonyms_in_another_folder(
    made: Path, tmp_path: Path
) -> None:
    folder = organisation(tmp_path)
    assert run(folder, MARCH, only=("calibration",))[1] == []
    before, after = (
        found(out, "severities", "calibration/tables") for out in (made, folder / "output")
    )
    pd.testing.assert_frame_equal(before, after)
