from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame, Series
from pandas.testing import assert_frame_equal

from csperf.simulate import SAMPLE_SEED, SimulatedDepartment, simulate_department, write_sample
from csperf.simulate.plans import plan_files
from csperf.simulate.sample_files import EXPORTS
from csperf.tables import INPUT_TABLES, check, check_together

WATCHED = ("evaluation_assignments.csv", "opinions.csv", "deviations.csv")

DATA = Path(__file__).parents[1] / "params" / "data"
SHOP = DATA / "online-shop"
CYCLES = ["2016-03", "2016-04", "2016-05"]


@pytest.fixture(scope="module")
def shop() -> SimulatedDepartment:
    return simulate_department(SAMPLE_SEED)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


def local(times: Series) -> Series:
    return times.dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)


def answered_rounds(tables: dict[str, DataFrame]) -> DataFrame:
    """Rounds that a person answered, measured from the messages alone."""
    messages = tables["messages"]
    human = messages[messages["sender"].isin(["customer", "agent"]) & ~messages["is_auto"]]
    turn = human[human["sender"] != human.groupby("conversation_id")["sender"].shift()]
    reply = turn.groupby("conversation_id")[["sent_at", "employee_id"]].shift(-1)
    rounds = turn.assign(reply_at=reply["sent_at"], employee_id=reply["employee_id"])
    rounds = rounds[(rounds["sender"] == "customer") & rounds["reply_at"].notna()]
    seconds = (rounds["reply_at"] - rounds["sent_at"]).dt.total_seconds()
    return rounds.assign(
        log_seconds=np.log(seconds), cycle_id=local(rounds["sent_at"]).dt.strftime("%Y-%m")
    )


def inquiries(tables: dict[str, DataFrame]) -> DataFrame:
    """Answered pre-sales conversations: who answered last, and whether an order followed."""
    messages = tables["messages"]
    replies = messages[(messages["sender"] == "agent") & ~messages["is_auto"]]
    last = replies.groupby("conversation_id")["employee_id"].last()
    talks = tables["conversations"].query("kind == 'pre_sales'").copy()
    talks["employee_id"] = talks["conversation_id"].map(last)
    talks = talks.dropna(subset="employee_id")
    talks["window_ends"] = local(talks["started_at"]).dt.normalize() + pd.Timedelta(days=2)
    pairs = talks.merge(tables["orders"][["customer_id", "placed_at"]], on="customer_id")
    inside = (pairs["placed_at"] > pairs["started_at"]) & (
        local(pairs["placed_at"]) < pairs["window_ends"]
    )
    bought = talks["conversation_id"].isin(pairs.loc[inside, "conversation_id"])
    return talks.assign(bought=bought, cycle_id=local(talks["started_at"]).dt.strftime("%Y-%m"))


def by_managers(tables: dict[str, DataFrame]) -> DataFrame:
    evaluations = tables["evaluations"]
    return evaluations[evaluations["evaluator_type"] == "store_manager"]


def test_the_same_seed_draws_the_same_tables_and_another_seed_others(shop: SimulatedDepartment):
    again, other = simulate_department(SAMPLE_SEED), simulate_department(1)
    for name, table in shop.tables.items():
        assert_frame_equal(table, again.tables[name])
    for name in ("conversations", "messages", "orders", "evaluations", "complaints"):
        assert not shop.tables[name].equals(other.tables[name])
    assert_frame_equal(shop.truth["employees"], again.truth["employees"])


def test_it_draws_a_department_of_the_size_asked_for(shop: SimulatedDepartment):
    tables = shop.tables
    assert tables["assignments"]["team_id"].value_counts().to_dict() == {
        "pre-sales": 10,
        "after-hours": 12,
    }
    assert len(tables["employees"]) == 23
    assert tables["employees"].query("is_bot")["employee_id"].tolist() == ["auto-reply"]
    assert len(tables["conversations"]) == 14_500
    assert 80_000 < len(tables["messages"]) < 110_000
    assert tables["conversations"]["customer_id"].value_counts().between(1, 3).all()
    assert 0.01 < tables["orders"]["exception_code"].notna().mean() < 0.03
    assert len(tables["complaints"]) / 14_500 == pytest.approx(0.006, abs=0.0015)
    due = local(tables["reports_due"]["due_at"]).dt.strftime("%Y-%m")
    assert due[tables["reports_due"]["employee_id"] == "kf01"].value_counts()[CYCLES].tolist() == [
        4,
        4,
        5,
    ]


def test_sizes_and_span_are_arguments():
    small = simulate_department(
        7, employees=30, teams=3, start="2025-01-01", end="2025-03-01", conversations=900
    )
    sizes = small.tables["assignments"]["team_id"].value_counts()
    assert sizes.to_dict() == {"pre-sales": 8, "after-hours": 10, "team-3": 12}
    assert len(small.tables["conversations"]) == 900
    assert small.tables["evaluations"]["cycle_id"].unique().tolist() == ["2025-01", "2025-02"]
    assert small.truth["evaluators"]["severity"].tolist() == [6, 0, -5, 6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"employees": 12}, r"12 people make teams of \[5, 7\]; each needs at least 7"),
        ({"end": "2016-03-15"}, "no whole month lies between 2016-02-15 and 2016-03-15"),
    ],
)
def test_a_department_that_cannot_be_is_refused(arguments: dict, message: str):
    with pytest.raises(ValueError, match=message):
        simulate_department(1, **arguments)


def test_every_table_passes_its_own_declaration(shop: SimulatedDepartment):
    for name, table in shop.tables.items():
        assert check(table, INPUT_TABLES[name]).quality.empty, name
    assert check_together(shop.tables).empty


def test_ids_point_to_something(shop: SimulatedDepartment):
    tables = shop.tables
    staff = set(tables["employees"]["employee_id"])
    for name in ("messages", "complaints", "reports_due", "evaluations", "assignments"):
        assert set(tables[name]["employee_id"].dropna()) <= staff, name
    talks = tables["conversations"].set_index("conversation_id")
    assert set(tables["messages"]["conversation_id"]) == set(talks.index)
    about = talks["customer_id"].reindex(tables["complaints"]["conversation_id"])
    assert (about.to_numpy() == tables["complaints"]["customer_id"]).all()
    chatting = set(talks["customer_id"])
    assert 500 < (~tables["orders"]["customer_id"].isin(chatting)).sum() < 1500


def test_time_runs_forwards(shop: SimulatedDepartment):
    tables = shop.tables
    talks = tables["conversations"].set_index("conversation_id")
    lines = tables["messages"].join(talks[["started_at", "ended_at"]], on="conversation_id")
    assert (lines["sent_at"] >= lines["started_at"]).all()
    assert (lines["sent_at"] <= lines["ended_at"]).all()
    assert local(talks["started_at"]).dt.hour.between(9, 22).all()
    assert local(talks["ended_at"]).max() < pd.Timestamp("2016-06-01")
    paid = tables["orders"].set_index("order_id")[["paid_at", "paid_amount"]]
    refunds = tables["refunds"].join(paid, on="order_id")
    wait = refunds["requested_at"] - refunds["paid_at"]
    assert wait.between(pd.Timedelta(0), pd.Timedelta(days=15)).all()
    assert (refunds["amount"] <= refunds["paid_amount"]).all()
    export = pd.Timestamp("2016-06-20", tz="Asia/Shanghai")
    for table in tables.values():
        for name in table.columns[table.columns.str.endswith("_at")]:
            assert not (table[name] >= export).any(), name
    assert tables["orders"]["paid_at"].max() > pd.Timestamp("2016-06-01", tz="Asia/Shanghai")
    assert tables["refunds"]["completed_at"].max() > pd.Timestamp("2016-06-15", tz="Asia/Shanghai")


def test_people_work_only_while_they_are_employed(shop: SimulatedDepartment):
    case = shop.truth["employees"].set_index("case")["employee_id"]
    replies = shop.tables["messages"].query("sender == 'agent'")
    day = (
        local(replies["sent_at"]).dt.normalize().groupby(replies["employee_id"]).agg(["min", "max"])
    )
    staff = shop.tables["employees"].set_index("employee_id")
    assert staff.loc[case["joins"], "hire_date"] == pd.Timestamp("2016-04-11")
    assert staff.loc[case["leaves"], "leave_date"] == pd.Timestamp("2016-05-13")
    assert day.loc[case["joins"], "min"] >= pd.Timestamp("2016-04-11")
    assert day.loc[case["leaves"], "max"] <= pd.Timestamp("2016-05-13")
    cycles = shop.tables["evaluations"].groupby("employee_id")["cycle_id"].unique()
    assert list(cycles[case["joins"]]) == CYCLES[1:]
    assert list(cycles[case["leaves"]]) == CYCLES


def test_measured_response_times_recover_the_truth(shop: SimulatedDepartment):
    truth = shop.truth["employees"].set_index("employee_id")["log_response_mean"]
    rounds = answered_rounds(shop.tables)
    before = rounds[rounds["sent_at"] < shop.truth["changes"]["from_at"].iloc[0]]
    measured = before.groupby("employee_id")["log_seconds"].agg(["mean", "size"])
    error = (measured["mean"] - truth) / (0.6 / np.sqrt(measured["size"]))
    assert measured["mean"].corr(truth, method="spearman") > 0.8
    assert error.abs().max() < 4
    assert before["log_seconds"].sub(before["employee_id"].map(truth)).std() == pytest.approx(
        0.6, abs=0.01
    )


def test_only_the_first_team_becomes_faster_in_the_last_cycle(shop: SimulatedDepartment):
    truth = shop.truth["employees"].set_index("employee_id")
    change = shop.truth["changes"].iloc[0]
    assert change[["team_id", "quantity"]].tolist() == ["pre-sales", "log_response_mean"]
    assert change["from_at"] == pd.Timestamp("2016-05-01", tz="Asia/Shanghai")
    rounds = answered_rounds(shop.tables)
    surplus = rounds["log_seconds"] - rounds["employee_id"].map(truth["log_response_mean"])
    group = [rounds["employee_id"].map(truth["team_id"]), rounds["sent_at"] >= change["from_at"]]
    means = surplus.groupby(group).mean().unstack()
    difference = means[True] - means[False]
    assert difference["pre-sales"] == pytest.approx(-0.2, abs=3 * 0.014)
    assert difference["after-hours"] == pytest.approx(0, abs=3 * 0.014)


def test_measured_conversion_recovers_the_truth(shop: SimulatedDepartment):
    truth = shop.truth["employees"].set_index("employee_id")["conversion"]
    asked = inquiries(shop.tables).groupby("employee_id")["bought"].agg(["mean", "size"])
    error = (asked["mean"] - truth) / np.sqrt(truth * (1 - truth) / asked["size"])
    assert error.abs().max() < 4
    assert error.std() == pytest.approx(1, abs=0.5)


def test_orders_fall_in_the_window_on_the_next_day_and_outside(shop: SimulatedDepartment):
    talks = inquiries(shop.tables)
    alone = talks[~talks["customer_id"].duplicated(keep=False)]
    pairs = alone.merge(shop.tables["orders"], on="customer_id")
    days = (
        local(pairs["placed_at"]).dt.normalize() - local(pairs["started_at"]).dt.normalize()
    ).dt.days
    share = days[days.isin([0, 1])].mean()
    assert share == pytest.approx(0.12, abs=0.03)
    assert 50 < days.between(2, 4).sum() < 250


def test_severity_shows_on_the_people_two_managers_share(shop: SimulatedDepartment):
    severity = shop.truth["evaluators"].set_index("evaluator_id")["severity"]
    scores = by_managers(shop.tables).pivot_table(
        index=["cycle_id", "employee_id", "criterion_id"], columns="evaluator_id", values="score"
    )
    people = {
        pair: scores[list(pair)].dropna().index.get_level_values("employee_id").nunique()
        for pair in (("M1", "M2"), ("M2", "M3"), ("M1", "M3"))
    }
    assert people == {("M1", "M2"): 5, ("M2", "M3"): 6, ("M1", "M3"): 0}
    for one, other in (("M1", "M2"), ("M2", "M3")):
        difference = (scores[one] - scores[other]).dropna()
        expected = severity[other] - severity[one]
        assert difference.mean() == pytest.approx(expected, abs=3 * difference.sem())


def test_the_design_of_the_evaluations(shop: SimulatedDepartment):
    evaluations = shop.tables["evaluations"]
    case = shop.truth["employees"].set_index("case")["employee_id"]
    declined = evaluations[evaluations["score"].isna()]
    assert declined[["cycle_id", "employee_id", "criterion_id", "status"]].to_numpy().tolist() == [
        ["2016-04", case["no_self_evaluation"], "task_completion", "declined"]
    ]
    managed = by_managers(shop.tables).groupby("employee_id")["cycle_id"].unique()
    assert list(managed[case["no_manager_evaluation"]]) == ["2016-03", "2016-05"]
    others = managed.drop([case["no_manager_evaluation"], case["joins"]])
    assert others.map(list).map(CYCLES.__eq__).all()
    own = evaluations[evaluations["evaluator_type"] == "self"]
    assert (own["evaluator_id"] == own["employee_id"]).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scores_are_whole_points_away_from_both_ends_of_the_scale(seed: int):
    scores = simulate_department(seed, conversations=1).tables["evaluations"]["score"].dropna()
    assert (scores % 1 == 0).all()
    assert scores.between(30, 99).all()


def test_the_weakest_person_is_last_in_the_team_in_all_three_cycles(shop: SimulatedDepartment):
    truth = shop.truth["employees"].set_index("employee_id")
    weakest = truth.index[truth["case"] == "weakest"].item()
    team = truth.index[truth["team_id"] == "pre-sales"]
    key = ["cycle_id", "employee_id"]
    slow = answered_rounds(shop.tables).groupby(key)["log_seconds"].mean()
    bought = inquiries(shop.tables).groupby(key)["bought"].mean()
    rated = by_managers(shop.tables).groupby(key)["score"].mean()
    for cycle in CYCLES:
        assert slow[cycle].reindex(team).idxmax() == weakest
        assert bought[cycle].reindex(team).idxmin() == weakest
        assert rated[cycle].reindex(team).idxmin() == weakest


def test_one_pair_is_equal_in_truth_though_not_in_the_data(shop: SimulatedDepartment):
    truth = shop.truth["employees"]
    one, other = truth[truth["case"] == "equal_pair"].drop(columns=["employee_id"]).to_numpy()
    assert (one == other).all()
    first, second = truth.loc[truth["case"] == "equal_pair", "employee_id"]
    asked = inquiries(shop.tables).groupby("employee_id")["bought"].mean()
    assert asked[first] != asked[second]


def test_the_bot_answers_first_and_sometimes_alone(shop: SimulatedDepartment):
    messages = shop.tables["messages"]
    replies = messages[messages["sender"].isin(["agent", "bot"])]
    first = replies.groupby("conversation_id")["sender"].first()
    assert (first == "bot").sum() / 14_500 == pytest.approx(0.21, abs=0.02)
    senders = messages.groupby("conversation_id")["sender"].agg(set)
    only_bot = senders.map(lambda who: "bot" in who and "agent" not in who)
    assert only_bot.mean() == pytest.approx(0.015, abs=0.005)
    automatic = messages[messages["is_auto"]].groupby("sender").size()
    assert automatic.index.tolist() == ["agent", "bot", "system"]
    assert set(messages.loc[messages["sender"] == "bot", "employee_id"]) == {"auto-reply"}


def test_writing_twice_gives_the_same_bytes(written: Path, tmp_path: Path):
    write_sample(tmp_path)
    names = {*(export.file for export in EXPORTS.values()), *plan_files(), *WATCHED}
    assert {path.name for path in tmp_path.iterdir()} == names
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (written / path.name).read_bytes(), path.name


def content(path: Path) -> object:
    """What a file says; the compression of XLSX and Parquet is another library's affair."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            return {name: parts.read(name) for name in parts.namelist()}
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    return path.read_bytes()


def test_the_shipped_sample_is_what_the_simulation_writes(written: Path):
    assert {path.name for path in SHOP.iterdir()} == {path.name for path in written.iterdir()}
    for path in SHOP.iterdir():
        assert content(path) == content(written / path.name), path.name


def read_back(name: str) -> DataFrame:
    """A shipped file in our names and words, every cell as text."""
    export = EXPORTS[name]
    path = SHOP / export.file
    if path.suffix == ".csv":
        raw = pd.read_csv(path, encoding=export.encoding, dtype="str", keep_default_na=False)
    elif path.suffix == ".xlsx":
        raw = pd.read_excel(path, sheet_name=path.stem, engine="calamine", keep_default_na=False)
    else:
        raw = pd.read_parquet(path)
    ours = raw.rename(columns={theirs: name for name, theirs in export.columns.items()})
    for column, words in export.values.items():
        ours[column] = ours[column].replace({theirs: word for word, theirs in words.items()})
    return ours


def test_the_files_hold_every_value_under_the_declared_names_and_words(shop: SimulatedDepartment):
    for name, table in shop.tables.items():
        back = read_back(name)
        assert set(back.columns) == set(table.columns)
        for column in table:
            expected, found = table[column], back[column].replace("", None)
            if column.endswith("_at"):
                found = pd.to_datetime(found)
                if found.dt.tz is None:
                    found = found.dt.tz_localize("Asia/Shanghai")
                found = found.astype("datetime64[us, UTC]")
            else:
                found = found.astype(expected.dtype)
            assert found.equals(expected), (name, column)


def test_the_orders_are_a_gb18030_file_and_the_refunds_start_with_a_byte_order_mark():
    with pytest.raises(UnicodeDecodeError):
        (SHOP / "orders.csv").read_text("utf-8")
    first, second = (SHOP / "orders.csv").read_text("gb18030").splitlines()[:2]
    assert first.startswith("订单编号,买家,下单时间")
    assert second.split(",")[2] == "2016-02-15 09:28:25"
    assert (SHOP / "refunds.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_readme_names_the_special_people(shop: SimulatedDepartment):
    truth, text = shop.truth["employees"], (DATA / "README.md").read_text("utf-8")
    special = truth[truth["case"] != ""]
    assert len(special) == 7
    for row in special.itertuples():
        assert f"| {row.employee_id} | {row.case}: " in text


def test_the_sample_data_stay_small_and_the_incident_log_is_the_one_described():
    assert sum(p.stat().st_size for p in DATA.rglob("*") if p.is_file()) < 6_000_000
    log = (DATA / "service-desk" / "incident_event_log.parquet").read_bytes()
    assert hashlib.sha256(log).hexdigest() in (DATA / "README.md").read_text("utf-8")
