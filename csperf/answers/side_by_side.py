"""One month under several schemes: what each can say of it, who moves and what it costs."""

from __future__ import annotations

from collections.abc import Iterable

from pandas import DataFrame

from csperf.answers.replay import what_if
from csperf.pipeline import Appraisals
from csperf.scheme import Scheme

FEWEST_DRAWS = 1  # how firm places are is not asked here
COLUMNS = [
    *("scheme_id", "n_scored", "reason", "n_rank_changed", "tau_b"),
    *("n_proposals", "paid", "deducted"),
]


def side_by_side(appraisals: Appraisals, schemes: Iterable[Scheme]) -> DataFrame:
    """Replay one cycle of a department under each scheme.

    Parameters
    ----------
    appraisals : Appraisals
        The official results.
    schemes : iterable of Scheme
        Those to look at; the official one may be among them.

    Returns
    -------
    DataFrame
        A row a scheme: scheme_id, n_scored, reason (why most of the others have no score),
        n_rank_changed and tau_b (against the official order), n_proposals, paid, deducted (money of
        the proposals).

    Raises
    ------
    InputError
        As `what_if` does: if the saved values lack an indicator that a scheme asks for.
    """
    found = []
    for scheme in schemes:
        replay = what_if(appraisals, scheme, draws=FEWEST_DRAWS)
        total = replay.summary[replay.summary["team_id"].isna()].iloc[0]
        unscored = replay.people.loc[replay.people["score_other"].isna(), "reason_other"]
        told = {name: total[f"{name}_other"] for name in ("n_scored", "n_proposals")}
        told |= {name: total[f"{name}_other"] for name in ("paid", "deducted")}
        told |= {name: total[name] for name in ("n_rank_changed", "tau_b")}
        reason = unscored.mode().get(0, "")
        found.append({"scheme_id": scheme.id, "reason": reason, **told})
    return DataFrame(found, columns=COLUMNS)
