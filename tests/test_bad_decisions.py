"""What people write about appraisals and get wrong: each is one line that says where, and how.

A department is appraised by evaluations alone, so that a cycle of it takes no time; its tables of
decisions, procedure and pay are in order until a test changes a word of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from organisation import edit, run, write_organisation

from csperf.cli import cli
from csperf.errors import InputError
from csperf.params import Cycle, load_params
from csperf.pipeline import Appraisals, appraise_department

JANUARY = Cycle.parse("2026-01")
TABLES = {
    "employees": """\
employee_id,display_name
ann,Ann
bob,Bob
cho,Cho
dan,Dan
""",
    "evaluations": """\
cycle_id,employee_id,evaluator_id,evaluator_type,criterion_id,score
2026-01,ann,mia,manager,service,90
2026-01,bob,mia,manager,service,80
2026-01,cho,mia,manager,service,70
2026-01,dan,mia,manager,service,40
""",
    "sign_offs": """\
cycle_id,employee_id,rule_id,decision,changed_to,reviewer,at,reason
2026-01,dan,last,confirmed,,ann,2026-02-20T10:00,agreed with Dan
2026-01,ann,,changed,B,bob,2026-02-20T10:00,one month is little
""",
    "appeals": """\
appeal_id,cycle_id,employee_id,evaluator_id,filed_at,stage,facts,decision,decided_at
A1,2026-01,dan,mia,2026-02-03T10:00,head,two cases were not mine,rejected,2026-02-05T10:00
A1,2026-01,dan,mia,2026-02-06T10:00,committee,two cases were not mine,,
""",
    "corrections": """\
table,key,column,old,new,reason,by,at
evaluations,employee_id=dan,score,40,45,a case was not his,ann,2026-02-06T10:00
evaluations,employee_id=dan; cycle_id=2026-01,score,45,50,nor another,ann,2026-02-07T10:00
""",
    "deviations": """\
at,kind,cycle_id,reason,by,notice_date,decision
2026-02-01T10:00,special_circumstance,2026-01,snow,ann,2026-02-01,evaluated a day later
""",
    "improvement_plans": """\
plan_id,revision,cycle_id,employee_id,trigger_rule,due_at,deadline
P1,0,2026-01,dan,plan,2026-02-14,2026-04-01
""",
    "awards": """\
period,employee_id,award,amount,currency,given_date
2026-01,ann,best_specialist,100,EUR,2026-02-10
""",
    "contracts": """\
employee_id,contract_from,contract_to,post_salary,currency
ann,2025-01-01,2025-12-31,1000,EUR
ann,2026-01-01,,1100,EUR
bob,2025-01-01,,1000,EUR
""",
    "reporting_lines": """\
employee_id,superior_id,kind,from_date,to_date
bob,ann,direct,2025-01-01,2026-12-31
""",
    "evaluation_assignments": """\
cycle_id,employee_id,evaluator_id,evaluator_type,invited_at,due_at
2026-01,ann,mia,manager,2026-02-01T09:00,2026-02-08T09:00
""",
    "pair_judgements": """\
cycle_id,evaluator_id,criterion_id,employee_a,employee_b,winner
2026-01,mia,service,ann,bob,a
""",
    "behaviour_log": """\
employee_id,observed_at,observer_id,criterion_id,behaviour,positive
ann,2026-01-10T10:00,mia,service,helped a colleague,true
""",
    "preferences": """\
employee_id,incentive_kind,rank
ann,material,1
ann,training,2
""",
    "method_choices": """\
cycle_id,method,why
2026-01,bars,it fits
""",
    "targets": """\
target_id,scope,scope_id,indicator_id,period_start,period_end,target,unit
T1,employee,ann,reply_rate,2026-01-01,2026-01-31,0.9,share
""",
    "goals": """\
goal_id,owner_scope,owner_id,title,baseline,target,deadline
G1,employee,ann,Better,0.8,0.9,2026-03-31
""",
}
SCHEME = """\
id: desk
title: Desk
version: "1"
currency: EUR
evaluators: [{type: manager, title: Manager}]
criteria: [{id: service, title: Service}]
score:
  - {id: all, weight: 100, parts: [{criterion: service, evaluator: manager, weight: 100}]}
grades:
  - {grade: A, from_score: 75}
  - {grade: B, from_score: 60}
  - {grade: C, from_score: 0}
rules:
  - {id: last, when: {rank_from_bottom: 1}, action: deduction, amount: -100, approver: HR}
  - {id: plan, when: {grade: C}, action: improvement_plan, due_days_after_report: 14, approver: HR}
appeal:
  - {to: head, within_days: 7}
  - {to: committee, within_days: 14}
pay:
  values: {base: 1000, staff: 4}
  pools: [{id: public, amount: base / staff}]
  lines:
    - {id: fixed, formula: post_salary}
    - {id: total, formula: fixed + public}
  rank_money: total
"""
PARAMS = """\
organisation: small
timezone: UTC
departments:
  - id: desk
    name: Desk
    scheme: desk.yaml
    sources:
"""


def write(folder: Path, *tables: str) -> Path:
    """A department with its people, their evaluations and these tables."""
    names = dict.fromkeys(("employees", "evaluations", *tables))
    sources = "".join(f"      {name}: {{path: {name}.csv}}\n" for name in names)
    texts = {"params.yaml": PARAMS + sources, "desk.yaml": SCHEME}
    for name, text in {**texts, **{f"{name}.csv": TABLES[name] for name in names}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def appraised(folder: Path) -> Appraisals:
    return appraise_department(load_params(folder / "params.yaml"), "desk", JANUARY)


def refused(folder: Path) -> list[str]:
    """Lines about a department that a run refuses, without the folder."""
    with pytest.raises(InputError) as caught:
        appraised(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def refused_by_check(folder: Path) -> list[str]:
    """The same for `csperf check`."""
    with pytest.raises(InputError) as caught:
        cli(["check", str(folder / "params.yaml")], standalone_mode=False)
    assert caught.value.exit_status == 2
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_the_tables_are_in_order_until_they_are_changed(tmp_path):
    found = appraised(write(tmp_path, *TABLES))
    assert found.appraisals.set_index("employee_id")["score"].to_dict() == {
        "ann": 90,
        "bob": 80,
        "cho": 70,
        "dan": 50,
    }
    assert found.proposals["rule_id"].tolist() == ["last", "plan"]


EMPTY = "missing; give every row a value"
KNOWN_ON_READING = [
    ("sign_offs", ",ann,2026-02-20", ",,2026-02-20", f"row 2, column 'reviewer': {EMPTY}"),
    ("sign_offs", "agreed with Dan", " ", f"row 2, column 'reason': {EMPTY}"),
    (
        "sign_offs",
        "confirmed",
        "Yes",
        "row 2, column 'decision': 'Yes' is not known; "
        "one of confirmed, changed, rejected, or recode it under values:",
    ),
    ("appeals", "two cases were not mine,rejected", ",rejected", f"row 2, column 'facts': {EMPTY}"),
    (
        "appeals",
        "2026-02-05T10:00",
        "2026-02-01T10:00",
        "row 2, column 'decided_at': 2026-02-01 10:00:00+00:00 lies before filed_at",
    ),
    (
        "appeals",
        "committee",
        "head",
        "row 3: 'A1/head' stands in an earlier row too; keep one row for each appeal_id + stage",
    ),
    ("corrections", "a case was not his", "", f"row 2, column 'reason': {EMPTY}"),
    (
        "deviations",
        "special_circumstance",
        "delay",
        "row 2, column 'kind': 'delay' is not known; one of rule_change, late, override, edit, "
        "special_circumstance, false_information, no_cooperation, or recode it under values:",
    ),
    (
        "improvement_plans",
        "P1,0",
        "P1,-1",
        "row 2, column 'revision': -1 is below 0; give a value from 0",
    ),
    (
        "awards",
        ",100,",
        ",-100,",
        "row 2, column 'amount': -100 is below 0; give currency from 0",
    ),
    (
        "contracts",
        "2025-12-31",
        "2026-01-15",
        "row 3, column 'contract_from': ann/2026-01-01 overlaps with row 2; "
        "end one before the other begins",
    ),
    (
        "contracts",
        "2025-12-31",
        "2024-12-31",
        "row 2, column 'contract_to': 2024-12-31 lies before contract_from",
    ),
    (
        "reporting_lines",
        "2026-12-31",
        "2024-12-31",
        "row 2, column 'to_date': 2024-12-31 lies before from_date",
    ),
    (
        "evaluation_assignments",
        "2026-02-08",
        "2026-01-08",
        "row 2, column 'due_at': 2026-01-08 09:00:00+00:00 lies before invited_at",
    ),
    (
        "pair_judgements",
        ",a\n",
        ",ann\n",
        "row 2, column 'winner': 'ann' is not known; one of a, b, tie, or recode it under values:",
    ),
    ("behaviour_log", "helped a colleague", "", f"row 2, column 'behaviour': {EMPTY}"),
    (
        "preferences",
        "training,2",
        "training,1",
        "row 3: 'ann/training' the same employee_id, rank as in an earlier row",
    ),
    ("method_choices", "it fits", "", f"row 2, column 'why': {EMPTY}"),
    ("targets", "0.9", "-0.9", "row 2, column 'target': -0.9 is below 0; give a value from 0"),
    (
        "targets",
        "0.9",
        "90",
        "row 2, column 'target': 90 is above 1.5 where unit is share or fraction",
    ),
    (
        "goals",
        "2026-03-31",
        "end of March",
        "row 2, column 'deadline': 'end of March' is not a date; "
        "write 2026-10-31, or declare its format under formats:",
    ),
    (
        "evaluations",
        "service,90",
        "service,105",
        "row 2, column 'score': 105 is above 100; give points from 0 to 100",
    ),
    (
        "evaluations",
        "service,90",
        "service,-1",
        "row 2, column 'score': -1 is below 0; give points from 0 to 100",
    ),
    (
        "evaluations",
        "service,90",
        "service,90分",
        "row 2, column 'score': '90分' is not a number; write a plain number such as 8.5",
    ),
]


@pytest.mark.parametrize(("table", "old", "new", "line"), KNOWN_ON_READING)
def test_what_a_table_shows_by_itself_is_found_before_any_cycle(tmp_path, table, old, new, line):
    edit(write(tmp_path, table) / f"{table}.csv", old, new)
    assert refused_by_check(tmp_path) == [f"{table}.csv, {line}"]


UNKNOWN = (
    "signs what was not proposed; sign what stands in the proposals, or the grade, of this cycle"
)
KNOWN_IN_A_CYCLE = [
    ("sign_offs", "dan,last", "cho,last", f"row 2: 2026-01/cho/last {UNKNOWN}"),
    ("sign_offs", "dan,last", "eve,last", f"row 2: 2026-01/eve/last {UNKNOWN}"),
    (
        "sign_offs",
        "confirmed",
        "changed",
        "row 2: 2026-01/dan/last is changed, but to what?; "
        "say in changed_to what was decided instead",
    ),
    (
        "sign_offs",
        "confirmed,",
        "confirmed,warning",
        "row 2: 2026-01/dan/last is not changed, but has something in changed_to; "
        "write changed as the decision, or leave changed_to empty",
    ),
    (
        "sign_offs",
        "2026-01,ann,,changed,B,bob",
        "2026-01,dan,last,rejected,,bob",
        "row 3: 2026-01/dan/last is decided in two ways at the same time; keep the one that counts",
    ),
    (
        "sign_offs",
        "changed,B",
        "changed,E",
        "row 3, column 'changed_to': 2026-01/ann is changed to 'E', which is no grade; "
        "the grades are A, B, C",
    ),
    (
        "appeals",
        "head",
        "heads",
        "row 2, column 'stage': no stage 'heads'; "
        "the scheme's stages are head, committee (meant 'head'?)",
    ),
    (
        "appeals",
        "rejected,2026-02-05T10:00",
        ",",
        "row 3, column 'stage': appeal A1 came to 'committee' before its time; "
        "take the stages in order, each after the one below ended or ran out of days",
    ),
    (
        "appeals",
        "rejected,2026-02-05T10:00",
        "rejected,",
        "row 2: appeal A1 has only one of decision and decided_at; "
        "give both, or neither while it is open",
    ),
    (
        "appeals",
        "dan,mia,2026-02-06",
        "cho,mia,2026-02-06",
        "row 3, column 'employee_id': 'cho', but appeal A1 is about 'dan' in a row above; "
        "give each appeal an id of its own",
    ),
    (
        "appeals",
        "A1,2026-01,dan,mia,2026-02-06",
        "A1,2026-02,dan,mia,2026-02-06",
        "row 3, column 'cycle_id': '2026-02', but appeal A1 is about '2026-01' in a row above; "
        "give each appeal an id of its own",
    ),
    (
        "corrections",
        "45,50",
        "46,50",
        "row 3, column 'old': score is 45, not 46; give what stands there",
    ),
    (
        "corrections",
        "2026-02-07",
        "2026-02-06",
        "row 3: corrects a cell that row 2 corrects at the same time; keep the one that counts",
    ),
    (
        "corrections",
        "45,50",
        "45,105",
        "row 3: as corrected, evaluations, row 5, column 'score': 105 is above 100; "
        "give points from 0 to 100",
    ),
    (
        "corrections",
        "evaluations,employee_id=dan,",
        "evaluation,employee_id=dan,",
        "row 2, column 'table': no table 'evaluation'; there are employees, evaluations, "
        "sign_offs (meant 'evaluations'?)",
    ),
    (
        "corrections",
        "employee_id=dan,score",
        "employee_id=eve,score",
        "row 2, column 'key': no rows of evaluations have employee_id=eve; name one row, by "
        "cycle_id=...; employee_id=...; evaluator_id=...; evaluator_type=...; "
        "criterion_id=...; round=...; submitted_at=...",
    ),
    (
        "deviations",
        "2026-02-01,evaluated",
        ",evaluated",
        "row 2: a special circumstance without notice_date; "
        "say when it was announced; what was decided may follow",
    ),
    (
        "contracts",
        "2025-12-31,1000,EUR\nann,2026-01-01",
        "2026-01-31,1000,EUR\nann,2026-01-31",
        "row 3, column 'contract_from': two contracts of 'ann' are valid on 2026-01-31; "
        "end one before the other begins",
    ),
    (
        "contracts",
        "ann,2026-01-01,,1100,EUR",
        "ann,2026-01-01,,1100,USD",
        "row 3, column 'currency': a contract is in 'USD', not in EUR; "
        "amounts of several currencies are never added",
    ),
]


@pytest.mark.parametrize(("table", "old", "new", "line"), KNOWN_IN_A_CYCLE)
def test_what_only_a_cycle_shows_is_told_by_file_and_row(tmp_path, table, old, new, line):
    edit(write(tmp_path, table, "sign_offs") / f"{table}.csv", old, new)
    assert refused(tmp_path) == [f"{table}.csv, {line}"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "weight: 100}]}",
            "weight: 90}]}",
            "score[0]: the parts of 'all': weights sum to 90, not 100",
        ),
        ("{grade: C}", "{grade: D}", "rules: 'plan' waits for a grade out of ['A', 'B', 'C']"),
        ("id: desk\n", "id: desk\ncompletion: one\n", "completions: no completion 'one'"),
        ("C, from_score: 0", "C, from_score: 10", "grades: list them from the highest from_score"),
        ("within_days: 7", "within_days: -7", "appeal[0].within_days: found -7; it must be"),
        ("fixed + public", "fixed plus public", "pay.lines[1].formula: 'fixed plus public' is no"),
    ],
)
def test_a_scheme_that_cannot_be_meant_is_told_by_its_path(tmp_path, old, new, line):
    edit(write(tmp_path) / "desk.yaml", old, new)
    (found,) = refused_by_check(tmp_path)
    assert found.startswith(f"desk.yaml: {line}")


def test_a_name_that_no_formula_can_know_is_told_by_its_path_in_the_scheme(tmp_path):
    edit(write(tmp_path) / "desk.yaml", "base / staff", "base / stuff")
    (line,) = refused(tmp_path)
    path = "scheme 'desk': pay.pools.public.amount: nothing is called 'stuff' (meant 'staff'?)"
    assert line.startswith(path)


def test_a_pool_that_nobody_is_counted_for_is_not_paid_and_says_so(tmp_path):
    edit(write(tmp_path, "contracts") / "desk.yaml", "staff: 4", "staff: 0")
    pay = appraised(tmp_path).pay
    totals = pay[pay["line"] == "total"]
    assert totals["amount"].isna().all()
    assert totals["inputs"].str.contains("public: 1,000 / 0: the amount is not known").all()


def test_a_department_with_a_bad_decision_fails_alone_and_writes_nothing(tmp_path):
    write_organisation(tmp_path)
    more = "      sign_offs: {path: s.csv}\n      teams:"
    edit(tmp_path / "params.yaml", "      teams:", more)
    header = "cycle_id,employee_id,rule_id,decision,reviewer,at,reason\n"
    row = "2026-01,shop-a,last,confirmed,hr,2026-02-20T10:00,so it is\n"
    (tmp_path / "s.csv").write_text(header + row, encoding="utf-8")
    manifest, errors = run(tmp_path, only=("comparison",))
    outcomes = {unit["department_id"]: unit["outcome"] for unit in manifest["departments"]}
    assert outcomes == {"desk": "done", "shop": "failed"}
    ((place, error),) = errors
    assert (place, str(error)) == (
        "shop",
        f"{tmp_path}/s.csv, row 2: 2026-01/shop-a/last {UNKNOWN}",
    )
    assert not (tmp_path / "output" / "2026-01" / "shop").exists()
