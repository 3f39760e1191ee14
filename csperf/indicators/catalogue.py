"""The catalogue: every indicator is a row of data over one fact.

`numerator` and `denominator` are columns of the fact. Without a denominator the value is taken
over the rows whose numerator is known. How a row becomes a number, and its interval, follows from
`kind`:

proportion   sum / count, Wilson interval
mean, ratio  sum / sum, delete-one jackknife over the fact's unit
median       middle value, interval from order statistics
amount       sum, interval of a compound Poisson sum
count        number of units, exact Poisson interval
rate         sum / sum of another fact's exposure, exact Poisson interval

Weights and targets are never here: they belong to a scheme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from csperf.errors import Problem
from csperf.params import Measurement
from csperf.scheme import Linear, Scheme, Scoring, Steps, TargetRatio

Kind = Literal["proportion", "mean", "ratio", "median", "amount", "count", "rate"]
Unit = Literal["share", "s", "h", "currency", "items", "count", "ratio", "points"]
Direction = Literal["up", "down", "none"]

LARGEST_SHARE = 1.5  # more must have been meant as per cent


@dataclass(frozen=True)
class Indicator:
    """One indicator: what it is called, and which columns of which fact it is made of."""

    id: str
    number: str
    title: str
    fact: str
    kind: Kind
    numerator: str
    unit: Unit
    direction: Direction
    meaning: str
    denominator: str | None = None
    exposure: str | None = None
    complement: bool = False
    n_min: int = 10
    maturity_days: int = 0


INDICATORS = {
    row.id: row
    for row in (
        Indicator(
            "inquiry_conversion",
            "B-01",
            "Inquiry conversion",
            "inquiries",
            "proportion",
            "converted",
            "share",
            "up",
            "Inquiring customers who placed an order that is owed to the employee, of all who"
            " inquired.",
            maturity_days=1,
        ),
        Indicator(
            "inquiry_loss_rate",
            "B-02",
            "Inquiry loss",
            "inquiries",
            "proportion",
            "converted",
            "share",
            "down",
            "Inquiring customers who placed none: the complement of inquiry conversion.",
            complement=True,
            maturity_days=1,
        ),
        Indicator(
            "reply_rate",
            "B-03",
            "Reply rate",
            "customer_days",
            "proportion",
            "replied",
            "share",
            "up",
            "Customers a day who got a human reply, of those routed to the employee.",
        ),
        Indicator(
            "response_time_avg",
            "B-04",
            "Response time",
            "rounds",
            "mean",
            "response_capped_s",
            "s",
            "down",
            "Mean wait for an answer over every answered round, long rounds capped.",
            denominator="answered",
            n_min=20,
        ),
        Indicator(
            "response_time_median",
            "B-04",
            "Response time, median",
            "rounds",
            "median",
            "response_s",
            "s",
            "down",
            "Middle wait for an answer over every answered round, uncapped.",
            n_min=20,
        ),
        Indicator(
            "response_time_first",
            "B-05",
            "First response time",
            "rounds",
            "mean",
            "first_response_s",
            "s",
            "down",
            "Mean wait from a customer's first message to the first human reply.",
            denominator="first_answered",
            n_min=20,
        ),
        Indicator(
            "response_within_t",
            "B-06",
            "Answered in time",
            "rounds",
            "proportion",
            "within",
            "share",
            "up",
            "Rounds answered within the agreed seconds, of all rounds, answered or not.",
            denominator="round",
        ),
        Indicator(
            "answer_question_ratio",
            "B-07",
            "Answers per question",
            "conversations",
            "ratio",
            "agent_messages",
            "ratio",
            "none",
            "Messages of people for each message of a customer, in conversations routed to the"
            " employee.",
            denominator="customer_messages",
        ),
        Indicator(
            "customers_received",
            "B-08",
            "Customers received",
            "customer_days",
            "count",
            "received",
            "count",
            "up",
            "Customers a day routed to the employee; workload, not merit.",
            n_min=1,
        ),
        Indicator(
            "order_amount_total",
            "B-09",
            "Order amount",
            "orders",
            "amount",
            "amount",
            "currency",
            "up",
            "Value of the orders placed that are owed to the employee.",
            n_min=1,
        ),
        Indicator(
            "effective_order_share",
            "B-11",
            "Effective orders",
            "orders",
            "proportion",
            "effective",
            "share",
            "up",
            "Orders neither cancelled nor closed unpaid nor marked as test, fake or duplicate.",
            maturity_days=3,
        ),
        Indicator(
            "payment_share",
            "B-12",
            "Paid orders",
            "orders",
            "proportion",
            "paid",
            "share",
            "up",
            "Orders paid within the payment window, of those placed.",
            maturity_days=3,
        ),
        Indicator(
            "order_success",
            "B-13",
            "Order success",
            "order_customers",
            "proportion",
            "paid",
            "share",
            "up",
            "Customers who paid at least once, of those who placed an order.",
            maturity_days=3,
        ),
        Indicator(
            "refund_share",
            "B-14",
            "Refunds",
            "payments",
            "proportion",
            "refunded",
            "share",
            "down",
            "Orders paid in the cycle that were refunded, of all paid in it.",
            maturity_days=15,
        ),
        Indicator(
            "customer_unit_price",
            "B-15",
            "Customer unit price",
            "payment_customers",
            "ratio",
            "paid_amount",
            "currency",
            "up",
            "Money paid for each paying customer; gifts of zero value do not count.",
            denominator="paying",
        ),
        Indicator(
            "items_per_customer",
            "B-17",
            "Items per customer",
            "payment_customers",
            "ratio",
            "items",
            "items",
            "up",
            "Pieces sold for each paying customer.",
            denominator="paying",
        ),
        Indicator(
            "abnormal_order_share",
            "B-18",
            "Orders with a mistake",
            "orders",
            "proportion",
            "abnormal",
            "share",
            "down",
            "Orders with a mistake made in service: wrong remark, price, address and the like.",
        ),
        Indicator(
            "complaint_rate",
            "B-23",
            "Complaints",
            "complaints",
            "rate",
            "upheld",
            "ratio",
            "down",
            "Upheld complaints for each conversation with a human reply.",
            exposure="conversations",
        ),
        Indicator(
            "customer_disputes",
            "B-24",
            "Disputes",
            "complaints",
            "rate",
            "dispute",
            "ratio",
            "down",
            "Disputes for each conversation with a human reply.",
            exposure="conversations",
        ),
        Indicator(
            "resolution_rate",
            "B-29",
            "Cases resolved",
            "cases",
            "proportion",
            "resolved",
            "share",
            "up",
            "Cases resolved, of those opened in the cycle.",
        ),
        Indicator(
            "first_contact_resolution",
            "B-30",
            "Resolved at first contact",
            "cases",
            "proportion",
            "first_contact",
            "share",
            "up",
            "Cases resolved without being reopened, passed on or asked about again; cases younger"
            " than the contact window are left out.",
            maturity_days=7,
        ),
        Indicator(
            "report_timeliness",
            "B-58",
            "Reports on time",
            "reports",
            "proportion",
            "on_time",
            "share",
            "up",
            "Reports handed in by the time they were due.",
            n_min=2,
        ),
        Indicator(
            "report_authenticity",
            "B-59",
            "Reports true",
            "reports",
            "proportion",
            "authentic",
            "share",
            "up",
            "Audited reports that agree with their source.",
            n_min=1,
        ),
        Indicator(
            "report_quality",
            "B-60",
            "Report quality",
            "reports",
            "mean",
            "quality",
            "points",
            "up",
            "Mean quality points of the reports.",
            denominator="judged",
            n_min=2,
        ),
        Indicator(
            "sla_met_share",
            "B-71a",
            "Agreed time met",
            "cases",
            "proportion",
            "sla_met",
            "share",
            "up",
            "Cases whose last state says that the agreed time was met.",
        ),
        Indicator(
            "reopen_rate",
            "B-71b",
            "Cases reopened",
            "cases",
            "proportion",
            "reopened",
            "share",
            "down",
            "Cases reopened at least once.",
        ),
        Indicator(
            "reassignment_rate",
            "B-71c",
            "Cases passed on",
            "cases",
            "proportion",
            "reassigned",
            "share",
            "down",
            "Cases passed on at least once.",
        ),
        Indicator(
            "time_to_resolve",
            "B-71d",
            "Time to resolve",
            "cases",
            "median",
            "hours",
            "h",
            "down",
            "Middle time from opening to resolving, over resolved cases; the mean is in the"
            " numerator and denominator.",
            n_min=20,
        ),
        Indicator(
            "cases_handled",
            "B-71e",
            "Cases handled",
            "cases",
            "count",
            "resolved",
            "count",
            "none",
            "Cases resolved; workload, for reference only.",
            n_min=1,
        ),
        Indicator(
            "cancelled_value",
            "B-71g",
            "Cancelled value",
            "orders",
            "amount",
            "cancelled_amount",
            "currency",
            "down",
            "Value of the employee's orders that were cancelled.",
            n_min=1,
        ),
    )
}


def check_measurement(rules: Measurement, where: str) -> list[Problem]:
    """Indicators that the rules of measurement name and the catalogue does not have."""
    known = ", ".join(INDICATORS)
    return [
        Problem(f"{where}.{rule}", f"no indicator '{name}'", f"there are {known}")
        for rule in ("n_min", "maturity_days")
        for name in getattr(rules, rule)
        if name not in INDICATORS
    ]


def check_indicators(scheme: Scheme, where: str) -> list[Problem]:
    """What a scheme asks of indicators that the catalogue cannot give."""
    problems = []
    for path, leaf in scheme.components():
        if leaf.indicator is None:
            continue
        place = f"{where}: score.{path.replace('/', '.')}"
        indicator = INDICATORS.get(leaf.indicator)
        if indicator is None:
            known = ", ".join(INDICATORS)
            problems.append(
                Problem(place, f"no indicator '{leaf.indicator}'", f"there are {known}")
            )
            continue
        if indicator.direction == "none":
            problems.append(
                Problem(place, f"'{leaf.indicator}' is for reference", "it may carry no weight")
            )
        elif _upside_down(leaf.scoring, indicator):
            wanted = "above" if indicator.direction == "up" else "below"
            problems.append(
                Problem(place, "floor and target are the wrong way round", f"target lies {wanted}")
            )
        elif indicator.unit == "share":
            problems += [
                Problem(place, f"{limit:g} as a share", "write 0.95 for 95 %")
                for limit in _limits(leaf.scoring)
                if limit > LARGEST_SHARE
            ]
    return problems


def _upside_down(scoring: Scoring | None, indicator: Indicator) -> bool:
    if not isinstance(scoring, Linear):
        return False
    return (scoring.target.value > scoring.floor.value) != (indicator.direction == "up")


def _limits(scoring: Scoring | None) -> list[float]:
    """Values that the indicator is held against."""
    if isinstance(scoring, Steps):
        return [limit for limit, _ in scoring.bands.value]
    if isinstance(scoring, Linear):
        return [scoring.floor.value, scoring.target.value]
    return [scoring.target.value] if isinstance(scoring, TargetRatio) else []
