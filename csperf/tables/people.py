"""People and organisation: who belongs where and when, and the hours that they keep."""

from __future__ import annotations

from csperf.tables.declare import (
    Apart,
    Column,
    Reference,
    Table,
    TimeOrder,
    Typical,
    currency_,
    date_,
    employee,
    flag_,
    id_,
    number_,
    text_,
    time_,
)

ZONE = r"[A-Za-z][A-Za-z_+-]*(?:/[A-Za-z0-9_+-]+)*"
HOUR = r"(?:[01][0-9]|2[0-4]):[0-5][0-9]"
CHANNELS = "online, phone, email, after_sales ..."

_EMPLOYEE = id_("employee_id", "the person")


def _zone(of: str) -> Column:
    return Column("tz", "text", f"time zone of {of}, such as Asia/Shanghai", form=ZONE)


def _hour(name: str, meaning: str) -> Column:
    return Column(name, "text", f"{meaning}, such as 09:00", form=HOUR)


DEPARTMENTS = Table(
    "departments",
    "Units of a run.",
    key=("department_id",),
    columns=(
        id_("department_id", "the department"),
        text_("name", "as printed"),
        id_("parent_department_id", "the department above it", required=False),
        _zone("its local days"),
        currency_("all its reports"),
    ),
    references=(Reference("parent_department_id", "departments", "department_id"),),
)

TEAMS = Table(
    "teams",
    "Units of a report and default comparison groups.",
    key=("team_id",),
    columns=(
        id_("team_id", "the team"),
        id_("department_id", "its department", required=False),
        text_("name", "as printed"),
        text_("channel", CHANNELS),
        _zone("its local days; the department's if left out"),
        currency_("its plans; the department's if left out"),
        Column(
            "service_hours",
            "text",
            "local hours of service, such as 08:00-22:00; may pass midnight",
            form=f"{HOUR}-{HOUR}",
        ),
        date_("active_from", "first day of the team"),
        date_("active_to", "first day that there is no longer such a team", ahead=True),
    ),
    rules=(TimeOrder("active_from", "active_to", "error"),),
    references=(Reference("department_id", "departments", "department_id"),),
)

EMPLOYEES = Table(
    "employees",
    "People (and service accounts) who may be appraised.",
    key=("employee_id",),
    columns=(
        _EMPLOYEE,
        text_("display_name", "as printed; the id if left out"),
        id_("alias_of", "id that this one was renamed to or merged into", required=False),
        date_("hire_date", "first day of work", ahead=True),
        date_("leave_date", "last day of work", ahead=True),
        date_("probation_end_date", "last day of probation", ahead=True),
        text_("employment_type", "kind of contract", ("full", "part", "intern", "agency")),
        Column("fte", "number", "share of full time", unit="0-1", at_least=0, at_most=1.5),
        text_("site", "where they work"),
        flag_("is_bot", "a machine: shown, never appraised"),
    ),
    rules=(
        TimeOrder("hire_date", "leave_date", "error"),
        TimeOrder("hire_date", "probation_end_date", "error"),
    ),
    references=(Reference("alias_of", "employees", "employee_id"),),
)

ASSIGNMENTS = Table(
    "assignments",
    "Who belongs to which team from when; half-open intervals of local dates.",
    key=("employee_id", "from_date", "team_id", "role"),
    columns=(
        _EMPLOYEE,
        id_("team_id", "the team"),
        text_("role", "pre_sales, after_sales, phone, support ..."),
        text_("level_group", "front_line or manager"),
        date_("from_date", "first day in the team", required=True, ahead=True),
        date_("to_date", "first day no longer in the team; empty means still there", ahead=True),
        Column(
            "share_pct",
            "number",
            "share of working time; 100 if left out",
            unit="per cent",
            at_least=0,
            at_most=100,
        ),
    ),
    rules=(
        TimeOrder("from_date", "to_date", "error"),
        Apart(("employee_id",), "from_date", "to_date", share="share_pct", rule="error"),
        Typical("share_pct", 2, 100),
    ),
    references=(employee(), Reference("team_id", "teams", "team_id")),
)

ABSENCES = Table(
    "absences",
    "Leave, sickness, training; half-open intervals of local dates.",
    key=("employee_id", "from_date", "kind"),
    columns=(
        _EMPLOYEE,
        date_("from_date", "first day of absence", required=True, ahead=True),
        date_("to_date", "first day back; empty means still absent", ahead=True),
        text_("kind", "why", ("leave", "sick", "maternity", "training", "other")),
        flag_("counts_for_eligibility", "counts against being appraised"),
        number_("hours", "working hours missed", "h"),
    ),
    rules=(
        TimeOrder("from_date", "to_date", "error"),
        Apart(("employee_id",), "from_date", "to_date"),
    ),
    references=(employee(),),
)

SHIFTS = Table(
    "shifts",
    "Hours rostered and hours worked; a shift belongs to the local day on which it starts.",
    key=("employee_id", "start_at", "kind", "planned"),
    columns=(
        _EMPLOYEE,
        time_("start_at", "start", required=True, ahead=True),
        time_("end_at", "end", required=True, ahead=True),
        text_("kind", "what for; work if left out", ("work", "break", "training", "meeting")),
        flag_("planned", "true: by the roster; false or empty: as worked"),
    ),
    rules=(
        TimeOrder("start_at", "end_at", "exclude"),
        Apart(("employee_id", "kind", "planned"), "start_at", "end_at"),
    ),
    references=(employee(),),
)

AGENT_STATES = Table(
    "agent_states",
    "What the telephone or chat system says that people were doing.",
    key=("employee_id", "start_at", "state"),
    columns=(
        _EMPLOYEE,
        text_(
            "state",
            "what they were doing",
            ("available", "handling", "hold", "after_work", "break", "offline"),
        ),
        time_("start_at", "start", required=True),
        time_("end_at", "end; empty means that it goes on"),
    ),
    rules=(
        TimeOrder("start_at", "end_at", "exclude"),
        Apart(("employee_id",), "start_at", "end_at"),
    ),
    references=(employee(),),
)

ACCOUNTS = Table(
    "accounts",
    "Chat nicks and extensions, and who used them when.",
    key=("account_id", "employee_id", "from_at"),
    columns=(
        id_("account_id", "the nick or extension, where exports name it instead of a person"),
        id_("employee_id", "who uses it", required=False),
        time_("from_at", "used from; empty means always"),
        time_("to_at", "used until (excluded); empty means still", ahead=True),
        flag_("is_shared", "used by several people"),
        flag_("is_bot", "used by a machine"),
    ),
    rules=(TimeOrder("from_at", "to_at", "error"),),
    references=(employee(),),
)

CALENDARS = Table(
    "calendars",
    "Working days and hours, for business clocks and plans.",
    key=("calendar_id", "date"),
    columns=(
        id_("calendar_id", "the calendar; a team's or department's id, or any other"),
        date_("date", "the day", required=True, ahead=True),
        Column("is_workday", "flag", "work is done on that day", required=True),
        _hour("start_time", "local time at which work starts"),
        _hour("end_time", "local time at which work ends"),
    ),
)

FX_RATES = Table(
    "fx_rates",
    "Rates of exchange: amount in from_currency x rate = amount in to_currency.",
    key=("date", "from_currency", "to_currency"),
    columns=(
        date_("date", "the day", required=True),
        Column("from_currency", "text", "ISO code such as USD", True, form="[A-Z]{3}"),
        Column("to_currency", "text", "ISO code such as CNY", True, form="[A-Z]{3}"),
        Column("rate", "number", "price of one unit", required=True, at_least=1e-9),
    ),
)

PEOPLE_TABLES = (
    DEPARTMENTS,
    TEAMS,
    EMPLOYEES,
    ASSIGNMENTS,
    ABSENCES,
    SHIFTS,
    AGENT_STATES,
    ACCOUNTS,
    CALENDARS,
    FX_RATES,
)
