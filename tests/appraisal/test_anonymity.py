"""What too few evaluators gave is published nowhere, whether it counts or not."""

import pandas as pd
import pytest
from drawing import draw

from csperf import appraise, explain, what_if
from csperf.params import Cycle, Params, load_params
from csperf.scheme import Scheme

CYCLE = Cycle.parse("2026-10")
ONE_PEER = """
    employee_id | evaluator_id | evaluator_type | criterion_id | score
    a           | m            | manager        | service      | 95
    a           | p1           | peer           | service      | 7
    a           | p1           | peer           | help         | 17
    b           | m            | manager        | service      | 80
    b           | p1           | peer           | service      | 60
    b           | p2           | peer           | service      | 70
    b           | p3           | peer           | service      | 80
"""


def scheme_of(hidden_counts, **further):
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "evaluators": [
                {"type": "manager"},
                {"type": "peer", "shown_from": 3, "hidden_counts": hidden_counts},
            ],
            "criteria": [{"id": "service"}, {"id": "help"}],
            "score": [
                {"criterion": "service", "evaluator": "manager", "weight": 70},
                {"id": "peers", "criterion": "service", "evaluator": "peer", "weight": 20},
                {"id": "helped", "criterion": "help", "evaluator": "peer", "weight": 10},
            ],
            **further,
        }
    )


def appraised(scheme, evaluations=ONE_PEER, **columns):
    ids = ["a", "b"]
    people = pd.DataFrame({"employee_id": ids, "name": ids}, dtype="str")
    spells = pd.DataFrame({"employee_id": ids, "team_id": "t", **columns}, dtype="str").assign(
        from_date=pd.Timestamp("2026-01-01"), to_date=pd.NaT
    )
    rated = draw(evaluations).assign(cycle_id="2026-10")
    return appraise(
        {"employees": people, "assignments": spells, "evaluations": rated}, scheme, CYCLE
    )


def numbers_of(result, person):
    """Every number about a person in any table, published or saved."""
    frames = {**result._own(), **result.records}
    found = []
    for frame in frames.values():
        mine = frame[frame["employee_id"] == person] if "employee_id" in frame else frame.iloc[:0]
        found += [*mine.select_dtypes("number").to_numpy().ravel()]
    return {round(float(each), 6) for each in found if pd.notna(each)}


@pytest.mark.requirement("D-08", "30")
@pytest.mark.parametrize("hidden_counts", [False, True])
@pytest.mark.privacy("P4")
def test_the_score_of_a_single_peer_stands_in_no_table(hidden_counts):
    result = appraised(scheme_of(hidden_counts))
    means = result.evaluation_scores.set_index(["employee_id", "evaluator_type", "criterion_id"])
    assert not means.loc[("a", "peer", "service"), "shown"]
    assert pd.isna(means.loc[("a", "peer", "service"), "score"])
    assert means.loc[("b", "peer", "service"), "score"] == (60 + 70 + 80) / 3
    assert not {7.0, 17.0, 0.2 * 7, 0.1 * 17} & numbers_of(result, "a")


@pytest.mark.requirement("D-08")
@pytest.mark.privacy("P5")
def test_hidden_scores_that_count_stand_together_so_that_the_sum_is_the_score():
    scheme = scheme_of(True)
    result = appraised(scheme)
    mine = result.scores[result.scores["employee_id"] == "a"].set_index("component_id")
    assert mine["contribution"].to_dict() == pytest.approx(
        {
            "service": 0.7 * 95,
            "peers": float("nan"),
            "helped": float("nan"),
            "not_shown": 0.2 * 7 + 0.1 * 17,
        },
        nan_ok=True,
    )
    official = result.appraisals.set_index("employee_id")["score"]["a"]
    assert official == pytest.approx(mine["contribution"].sum())
    told = explain(result, scheme, "a")
    assert told.facts["not_shown"] == pytest.approx(0.2 * 7 + 0.1 * 17)
    assert "not shown, together" in told.text


@pytest.mark.requirement("D-08")
def test_a_replay_that_would_count_a_hidden_score_says_that_it_is_not_saved():
    people = what_if(appraised(scheme_of(True)), scheme_of(True)).people.set_index("employee_id")
    assert people["score_other"]["a"] == 95
    told = "not saved, because too few gave it: "
    assert people["reason_other"]["a"] == f"{told}help by peer; {told}service by peer"
    assert pd.isna(people["reason_other"]["b"])


@pytest.mark.requirement("D-08")
def test_hidden_scores_stay_hidden_for_who_has_two_roles():
    scheme = scheme_of(True, roles={"lead": {"score.service.weight": 70}})
    shares = draw("""
        employee_id | team_id | role | from_date  | to_date
        a           | t       | lead | 2026-10-01 | 2026-10-16
        a           | t       | desk | 2026-10-16 |
        b           | t       | desk | 2026-10-01 |
    """)
    dated = shares.assign(
        **{name: pd.to_datetime(shares[name]) for name in ("from_date", "to_date")}
    )
    rated = draw(ONE_PEER).assign(cycle_id="2026-10")
    people = pd.DataFrame({"employee_id": ["a", "b"], "name": ["a", "b"]}, dtype="str")
    tables = {"employees": people, "assignments": dated, "evaluations": rated}
    scores = appraise(tables, scheme, CYCLE).scores
    mine = scores[scores["employee_id"] == "a"].set_index("component_id")
    assert mine.loc[mine.index.str.contains("peers|helped"), "score"].isna().all()
    assert mine["contribution"]["not_shown"] == pytest.approx(0.2 * 7 + 0.1 * 17)


def shown_from(kind):
    whole = scheme_of(False, evaluators=[{"type": "manager"}, {"type": "peer"}, kind])
    return whole.evaluators[2].shown_from


@pytest.mark.requirement("D-08")
@pytest.mark.parametrize(
    ("kind", "least"),
    [
        *[({"type": name}, 3) for name in ("subordinate", "customer")],
        *[({"type": name}, 1) for name in ("self", "direct_superior", "consultant")],
        ({"type": "colleague", "like": "peer"}, 3),
        ({"type": "coach", "like": "manager"}, 1),
        ({"type": "customer", "shown_from": 5}, 5),
    ],
    ids=str,
)
@pytest.mark.privacy("P4")
def test_where_the_scheme_is_silent_three_peers_subordinates_or_customers_are_shown(kind, least):
    own = shown_from(kind)
    assert own.value == least
    assert own.provenance == ("local" if "shown_from" in kind else "assumed")


@pytest.mark.requirement("D-08")
def test_the_smallest_source_of_the_params_is_for_types_of_which_the_scheme_says_nothing():
    types = [{"type": "peer"}, {"type": "customer", "shown_from": 4}, {"type": "manager"}]
    scheme = scheme_of(False, evaluators=types)
    params = Params(
        organisation="o",
        privacy={"smallest_source": 6},
        departments=[{"id": "d", "scheme": "s.yaml", "sources": {}}],
    )
    assert [each.shown_from.value for each in scheme.evaluators] == [3, 4, 1]
    private = params.private(scheme)
    assert [each.shown_from.value for each in private.evaluators] == [6, 4, 1]
    assert "params" in private.evaluators[0].shown_from.because
    assert private.sha256 != scheme.sha256


@pytest.mark.requirement("D-08")
def test_the_params_of_an_organisation_reach_its_schemes(tmp_path):
    silent = "evaluators: [{type: peer}]\ncriteria: [{id: c}]\n"
    part = "score: [{criterion: c, evaluator: peer, weight: 100}]\n"
    (tmp_path / "s.yaml").write_text(f"id: s\ntitle: S\nversion: '1'\n{silent}{part}")
    (tmp_path / "p.yaml").write_text(
        "organisation: o\nprivacy: {smallest_source: 4}\n"
        "departments: [{id: d, scheme: s.yaml, sources: {}}]\n"
    )
    params = load_params(tmp_path / "p.yaml")
    (peer,) = params.scheme(params.department("d")).evaluators
    assert peer.shown_from.value == 4


@pytest.mark.requirement("D-01")
def test_a_type_of_its_own_can_only_be_like_a_known_one():
    with pytest.raises(ValueError, match=r"'coach' cannot be like 'managr' \(meant 'manager'"):
        shown_from({"type": "coach", "like": "managr"})
    with pytest.raises(ValueError, match="'me' cannot be like 'self'"):
        shown_from({"type": "me", "like": "self"})
