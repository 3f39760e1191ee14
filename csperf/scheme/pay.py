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


Formula = Annotated[
    str,
    AfterValidator(_readable),
    Field(description="names, numbers, + - * / ( ), >= and < (1 or 0), min(a, b), max(a, b)"),
]


class Lookup(Strict):
    """A table of amounts or factors by a person's level, grade, knowledge level or role.

    `otherwise` is for a level (or whatever it goes `by`) that has no row; a person whose level is
    not known has the amount `unknown`, or none.
    """

    by: Literal["level", "grade", "knowledge_level", "role", "allowance_level"]
    rows: dict[str, Sourced[float]] = Field(min_length=1)
    otherwise: Sourced[float] = default(0.0)
    unknown: Sourced[float] | None = None


class Pool(Strict):
    """Money that a group shares; the shares add up to it, to the cent."""

    id: Id
    title: str = ""
    amount: Sourced[Formula]
    share: Sourced[Literal["equal", "fte", "score"]] = default("equal", "what the shares go by")
    among: Sourced[Literal["on_last_day", "appraised"]] = default(
        "on_last_day", "who has a share: everybody there on the last day, or who is appraised"
    )


class Line(Strict):
    """A line of the pay statement; a deduction never takes more than what `within` names.

    Without it, money of rules takes no more than the earlier lines come to, and a total of lines is
    never under 0.
    """

    id: Id
    title: str = ""
    formula: Sourced[Formula]
    within: tuple[Id, ...] | None = None


class Pay(Strict):
    """How a month's pay follows from sales, levels, scores and pools; the last line is the total.

    A name in a formula stands for the last of these that has it: a fact of the person, `values`, a
    total of the group (so that a month's figure replaces a standing one), `tables`, `pools`, an
    earlier line. Facts of the person are the score, the salaries and the allowance level of the
    contract, fte, on_last_day, personal_sales, and every indicator by its id.
    """

    values: dict[str, Sourced[float]] = Field(default={})
    tables: dict[str, Lookup] = Field(default={})
    pools: tuple[Pool, ...] = ()
    lines: tuple[Line, ...] = Field(min_length=1)
    rank_money: Id | None = Field(default=None, description="line that money of rules is added to")
    minimum_wage: Sourced[Positive] | None = Field(
        default=None, description="of full time; a total below one's share of it is warned of"
    )

    @model_validator(mode="after")
    def _named(self) -> Pay:
        lines, pools = [line.id for line in self.lines], [pool.id for pool in self.pools]
        unique("pay", [*self.values, *self.tables, *pools, *lines])
        for place, line in enumerate(self.lines):
            unknown = [id for id in line.within or () if id not in lines[:place]]
            if unknown:
                raise ValueError(f"lines: '{line.id}': no earlier line '{unknown[0]}'")
        if self.rank_money and self.rank_money not in lines:
            raise ValueError(f"rank_money: no line '{self.rank_money}' out of {lines}")
        return self

    @property
    def named(self) -> list[str]:
        """Every name that a formula of a line or a pool has, in order."""
        formulas = [pool.amount.value for pool in self.pools]
        formulas += [line.formula.value for line in self.lines]
        return sorted({name for formula in formulas for name in names_in(formula)})

    def limit(self, line: Line) -> tuple[Id, ...] | None:
        """Lines that a deduction of this one stays within; none: not under 0; None: no limit.

        Where the scheme does not say it, money of rules takes no more than what the earlier lines
        come to that are not made of other lines, and a total of lines is never under 0: nobody
        owes the rest.
        """
        if line.within is not None:
            return line.within
        ids = {each.id for each in self.lines}
        made_of_lines = not ids.isdisjoint(names_in(line.formula.value))
        if line == self.lines[-1]:
            return () if made_of_lines or line.id == self.rank_money else None
        if line.id != self.rank_money:
            return None
        earlier = self.lines[: self.lines.index(line)]
        whole = [each.id for each in earlier if ids.isdisjoint(names_in(each.formula.value))]
        return () if made_of_lines else tuple(whole)
