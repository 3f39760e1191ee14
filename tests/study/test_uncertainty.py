"""How often intervals of scores and places hold the truth, and what rules do by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up import SCORINGS, act_when_sure, held_judgements, held_places, held_scores
from pandas import DataFrame

from csperf import rule_error_rates
from csperf.scheme import Rule

DEPARTMENTS, TEAMS = 200, 1_000
RELIABILITIES = (0.5, 0.6, 0.7, 0.8, 0.9)
BINS = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0])
FEWEST = 200  # people in a bin from which its share is held to what was said
RULES = {
    "last_place": {"rank_from_bottom": 1},
    "bottom_two": {"rank_from_bottom": 2},
    "three_in_a_row": {"rank_from_bottom": 1, "consecutive_cycles": 3},
}


def test_95_per_cent_intervals_hold_the_true_score(keep):
    rows = []
    for scoring in SCORINGS:
        held, near = held_scores(scoring, DEPARTMENTS)
        rows.append({"scored": scoring, "people": len(held), "covered": held.mean()})
        if near.any():
            at_edge = {"scored": f"{scoring}, near an edge", "people": int(near.sum())}
            rows.append({**at_edge, "covered": held[near].mean()})
    held = held_judgements(DEPARTMENTS)
    rows.append({"scored": "by evaluators", "people": len(held), "covered": held.mean()})
    found = DataFrame(rows)
    keep("scores", found)
    assert found["covered"].between(0.92, 0.98).all()


@pytest.fixture(scope="module")
def placed():
    """People of teams of 8, 15 and 30 at each reliability."""
    asked = [(n, share) for n in (8, 15, 30) for share in RELIABILITIES]
    made = [held_places(n, share, TEAMS).assign(reliability=share) for n, share in asked]
    return pd.concat(made, ignore_index=True)


def test_90_per_cent_intervals_hold_the_true_place(placed, keep):
    width = (placed["rank_high"] - placed["rank_low"] + 1) / placed["n"]
    cells = placed.assign(width=width.astype(float)).groupby(["n", "reliability"], as_index=False)
    found = cells[["held", "width"]].mean().rename(columns={"held": "covered", "n": "team"})
    keep("places", found)
    assert found.loc[found["team"] >= 15, "covered"].between(0.88, 0.97).all()


def test_a_stated_probability_of_being_last_comes_true_as_often(placed, keep):
    places = placed.assign(last=placed["true"] == placed["n"])
    bins = pd.cut(places["p_last"], BINS, include_lowest=True)
    found = places.groupby(bins, observed=True).agg(
        people=("last", "size"), said=("p_last", "mean"), came_true=("last", "mean")
    )
    found = found.reset_index(names="bin").astype({"bin": str})
    keep("last_places", found)
    above = found[(found["said"] > 0.2) & (found["people"] >= FEWEST)]
    assert len(above) >= 4
    assert (above["said"] - above["came_true"]).abs().max() < 0.05


def test_what_rules_on_places_do_by_chance(keep):
    rows = []
    for team in (8, 12, 20, 30):
        for reliability in (0.0, 0.5, 0.7, 0.9):
            for name, when in RULES.items():
                keys = {"id": name, "when": when, "action": "talk", "approver": "HR"}
                rows.append(rule_error_rates(Rule.model_validate(keys), team, reliability))
    found = pd.concat(rows, ignore_index=True)
    keep("rules", found[["rule_id", "team_size", "reliability", "p_somebody_a_year", "p_wrong"]])
    wrong = found.set_index(["rule_id", "team_size", "reliability"])["p_wrong"]
    assert wrong["last_place", 8, 0.5] == pytest.approx(0.54, abs=0.02)
    assert wrong["three_in_a_row", 8, 0.5] == pytest.approx(0.24, abs=0.02)


def test_a_rule_that_waits_until_it_is_sure_is_the_better_one(keep):
    rows = []
    for team, reliability in ((8, 0.5), (15, 0.7)):
        for rule, (wrong, found) in act_when_sure(team, reliability, 4_000).items():
            told = {"rule": rule, "team": team, "reliability": reliability}
            rows.append({**told, "wrong_person": wrong, "truly_last_found": found})
    found = DataFrame(rows)
    keep("better_rule", found)
    sure, running = (found[found["rule"] == name] for name in ("sure", "three in a row"))
    assert (sure["wrong_person"].to_numpy() < running["wrong_person"].to_numpy()).all()
    assert (
        sure["truly_last_found"].to_numpy() > running["truly_last_found"].to_numpy() - 0.02
    ).all()
