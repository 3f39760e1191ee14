"""What people are paid by contract, and which kind of reward they would like."""

from __future__ import annotations

from csperf.tables.appraisal_records import CYCLE
from csperf.tables.declare import (
    Apart,
    Column,
    Once,
    Table,
    TimeOrder,
    currency_,
    date_,
    employee,
    id_,
    money_,
    text_,
)

INCENTIVES = ("material", "spiritual", "promotion", "training")

CONTRACTS = Table(
    "contracts",
    "Fixed parts of the pay; of a person's contracts one at a time is valid.",
    key=("employee_id", "contract_from"),
    columns=(
        id_("employee_id", "the person"),
        date_("contract_from", "first day of the contract", required=True, ahead=True),
        date_("contract_to", "last day of the contract; empty means no end", ahead=True),
        money_("post_salary", "pay of the post for a month"),
        money_("seniority_salary", "pay for length of service for a month"),
        money_("basic_salary", "basic pay for a month"),
        money_("performance_salary_base", "performance pay for a month at full score"),
        Column("allowance_level", "count", "level of the allowance; may be below 0"),
        currency_("its salaries; the department's if left out"),
    ),
    rules=(
        TimeOrder("contract_from", "contract_to", "error"),
        Apart(("employee_id",), "contract_from", "contract_to", rule="error"),
    ),
    references=(employee(),),
)

PREFERENCES = Table(
    "preferences",
    "Kinds of reward that people would like, best first.",
    key=("employee_id", "incentive_kind"),
    columns=(
        id_("employee_id", "the person"),
        Column("incentive_kind", "text", "kind of reward", required=True, choices=INCENTIVES),
        Column("rank", "count", "1 for what is liked best", required=True, at_least=1),
    ),
    rules=(Once(("employee_id", "rank"), "error"),),
    references=(employee(),),
)

PAY_VALUES = Table(
    "pay_values",
    "Figures of a cycle that pay follows from, such as the company factor; they stand instead of"
    " the scheme's own.",
    key=("cycle_id", "name"),
    columns=(
        Column("cycle_id", "id", "the cycle, such as 2026-10", True, form=CYCLE),
        id_("name", "the name that formulas of the scheme's pay give it, such as company_factor"),
        Column("value", "number", "the figure", required=True),
        text_("source", "where it comes from, such as the board's decision and its day"),
    ),
)

CONTRACT_TABLES = (CONTRACTS, PREFERENCES, PAY_VALUES)
