"""What people say about the appraisal without giving their name."""

from __future__ import annotations

from csperf.tables.declare import Column, Reference, Table, id_, text_, time_

OPINIONS = Table(
    "opinions",
    "Opinions from the anonymous box and from regular talks, each put under a theme by people.",
    key=("opinion_id",),
    columns=(
        id_("opinion_id", "a number of the slip, never one of the person"),
        time_("at", "when it was given", required=True),
        Column("theme", "text", "what it is about, in the department's own words", required=True),
        text_("text", "the words themselves; no report shows them"),
        id_("team_id", "the team, if the slip names it", required=False),
    ),
    references=(Reference("team_id", "teams", "team_id"),),
)

VOICE_TABLES = (OPINIONS,)
