"""The talent pool: who is proposed for it, who left it, and who guides whom."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.awards import NOTES, talent_pool
from csperf.appraisal.chain import AGAINST
from csperf.appraisal.decisions import decisions_on
from csperf.appraisal.eligibility import MACHINE
from csperf.appraisal.outcomes import speaks_for
from csperf.appraisal.streaks import of_length
from csperf.params import Cycle
from csperf.scheme import Scheme

POOL = "talent_pool"
OUTSIDE = "not in it"
ONE = ["employee_id", "cycle_id"]
STAYS = ["employee_id", "team_id", "entered", "left", "status", "guidance_owner", "note"]
BY_LINE = "guided by the direct superior"
BY_SIGN_OFF = "guided by who signed the entry, as no one direct superior is known"
NOBODY = "no one direct superior is known and nobody has signed: name who guides"


def pool_stays(
    appraised: DataFrame,
    past: DataFrame,
    proposals: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    records: Mapping[str, DataFrame],
) -> tuple[DataFrame, DataFrame]:
    """Stays of these people in the talent pool up to this cycle, and why nobody is in it now.

    Whom a rule with the action `talent_pool` is proposed for comes into it; in schemes without such
    a rule it is the first rank band. A stay is proposed until somebody signs one of its proposals;
    whom people decided against is not in it.
    """
    staff = appraised[~appraised["reason"].str.startswith(MACHINE, na=False)]
    bands = _bands(staff, past, proposals, scheme, cycle)
    signs = _sign_offs(bands, scheme, records)
    against = signs[signs["decision"].isin(AGAINST)]
    bands["band"] = bands["band"].mask(_stands_in(bands, against), OUTSIDE)
    found = talent_pool(bands[[*ONE, "band"]], scheme)
    teams = staff.set_index("employee_id")["team_id"]
    stays = found.spells.assign(team_id=found.spells["employee_id"].map(teams))
    stays = _guided(_approved(stays, signs), cycle, records)
    empty = found.sizes["note"].notna() & (found.sizes["cycle_id"] == cycle.id)
    notes = found.sizes[empty].rename(columns={"members": "given"})
    notes = notes.assign(rule_id=POOL, places=pd.NA).astype({"places": "Int64"})
    return stays[STAYS], notes[list(NOTES)]


def _bands(
    staff: DataFrame, past: DataFrame, proposals: DataFrame, scheme: Scheme, cycle: Cycle
) -> DataFrame:
    """Bands of these people in every cycle; the first is left to those who were proposed."""
    now = staff.assign(cycle_id=cycle.id)
    if scheme.ranking.bands is None or now.empty:
        return now[ONE].assign(band=now["rank_band"])
    before = of_length(past, cycle)
    before = before[before["employee_id"].isin(staff["employee_id"])]
    rules = [rule for rule in scheme.rules if rule.action == POOL]
    then = Series(False, index=before.index)
    for rule in rules:
        then |= speaks_for(rule, before, scheme)
    named = proposals["rule_id"].isin([rule.id for rule in rules])
    today = now["employee_id"].isin(proposals.loc[named, "employee_id"])
    frames = [
        frame for frame in (before.assign(inside=then), now.assign(inside=today)) if len(frame)
    ]
    whole = pd.concat([frame[[*ONE, "rank_band", "inside"]] for frame in frames])
    band, first = whole["rank_band"].astype("str"), scheme.ranking.bands.shares[0].id
    if rules:
        band = band.mask(band.notna(), OUTSIDE).mask(whole["inside"], first)
    return whole[ONE].assign(band=band)


def _sign_offs(bands: DataFrame, scheme: Scheme, records: Mapping[str, DataFrame]) -> DataFrame:
    """The latest decisions on proposals for the pool, of all cycles."""
    rules = [rule.id for rule in scheme.rules if rule.action == POOL]
    if "sign_offs" not in records or not rules:
        return DataFrame(columns=[*ONE, "decision", "reviewer"], dtype="str")
    signs = [
        decisions_on(rules, records["sign_offs"], Cycle.parse(id))
        for id in bands["cycle_id"].unique()
    ]
    return pd.concat(signs)[[*ONE, "decision", "reviewer"]]


def _approved(stays: DataFrame, signs: DataFrame) -> DataFrame:
    """The stays with their status, and who signed one of their proposals first."""
    good = signs[signs["decision"] == "confirmed"]
    signed = []
    for stay in stays.itertuples():
        mine = good[good["employee_id"] == stay.employee_id]
        starts = mine["cycle_id"].map(lambda id: Cycle.parse(id).start)
        inside = starts >= Cycle.parse(stay.entered).start
        if isinstance(stay.left, str):
            inside &= starts < Cycle.parse(stay.left).start
        signed.append(next(iter(mine.loc[inside, "reviewer"]), None))
    reviewer = Series(signed, index=stays.index, dtype="str")
    status = Series("proposed", index=stays.index).mask(reviewer.notna(), "approved")
    return stays.assign(status=status, reviewer=reviewer)


def _guided(stays: DataFrame, cycle: Cycle, records: Mapping[str, DataFrame]) -> DataFrame:
    """The stays with who guides the person at the end of the cycle, and how that is known."""
    by_line = Series(dtype="str")
    if "reporting_lines" in records:
        lines, day = records["reporting_lines"], pd.Timestamp(cycle.last_day)
        held = lines["kind"] == "direct"
        for name, reverse in (("from_date", False), ("to_date", True)):
            if name in lines:
                on = lines[name] > day if reverse else lines[name] <= day
                held &= on | lines[name].isna()
        direct = lines.loc[held, ["employee_id", "superior_id"]].drop_duplicates()
        only = direct.drop_duplicates("employee_id", keep=False)
        by_line = only.set_index("employee_id")["superior_id"]
    superior = stays["employee_id"].map(by_line).astype("str")
    note = Series(NOBODY, index=stays.index).mask(stays["reviewer"].notna(), BY_SIGN_OFF)
    return stays.assign(
        guidance_owner=superior.fillna(stays["reviewer"]),
        note=note.mask(superior.notna(), BY_LINE),
    )


def _stands_in(rows: DataFrame, others: DataFrame) -> Series:
    """Whether a person's cycle is among the others."""
    there = pd.MultiIndex.from_frame(others[ONE])
    return Series(pd.MultiIndex.from_frame(rows[ONE]).isin(there), index=rows.index)
