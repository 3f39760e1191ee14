"""Pay: lines of a statement as formulas over named values, tables and shared pools."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from csperf.scheme.formula import names_in
from csperf.scheme.sourced import Positive, Sourced, default, unique
from csperf.strict_yaml import Id, Strict


def _readable(formula: str) -> str:
    names_in(formula)
    return formula


Formula = Annotated[str, AfterValidator(_readable)]


class Lookup(Strict):
    """A table of amounts or factors by a person's level, grade, knowledge level or role."""

    by: Literal["level", "grade", "knowledge_level", "role", "allowance_level"]
    rows: dict[str, Sourced[float]] = Field(min_length=1)
    otherwise: Sourced[float] = default(0.0)


class Pool(Strict):
    """Money that a group shares; the shares add up to it, to the cent."""

    id: Id
    title: str = ""
    amount: Sourced[Formula]
    share: Sourced[Literal["equal", "fte", "score"]] = default("equal")
    among: Sourced[Literal["on_last_day", "appraised"]] = default("on_last_day")


class Line(Strict):
    """A line of the pay statement; a deduction never takes more than what `within` names."""

    id: Id
    title: str = ""
    formula: Sourced[Formula]
    within: tuple[Id, ...] = ()


class Pay(Strict):
    """How a month's pay follows from sales, levels, scores and pools."""

    values: dict[str, Sourced[float]] = Field(default={})
    tables: dict[str, Lookup] = Field(default={})
    pools: tuple[Pool, ...] = ()
    lines: tuple[Line, ...] = Field(min_length=1)
    rank_money: Id | None = Field(default=None, description="line that money of rules is added to")
    minimum_wage: Sourced[Positive] | None = None

    @model_validator(mode="after")
    def _named(self) -> Pay:
        lines, pools = [line.id for line in self.lines], [pool.id for pool in self.pools]
        unique("pay", [*self.values, *self.tables, *pools, *lines])
        unknown = [id for line in self.lines for id in line.within if id not in lines]
        if unknown:
            raise ValueError(f"lines: no line '{unknown[0]}' to stay within")
        return self
