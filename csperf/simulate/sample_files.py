"""The sample department written as a shop's own exports: other names, words, times, encodings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pandas import DataFrame, Series
from xlsxwriter import Workbook

from csperf.simulate.department import simulate_department
from csperf.simulate.plans import write_plans
from csperf.simulate.rules import TIMEZONE
from csperf.simulate.watching import write_watching

SAMPLE_SEED = 20160601
YES_NO = {True: "是", False: "否"}


@dataclass(frozen=True)
class Export:
    """How one table looks in the shop's files: file, names and words; ours to theirs.

    `times` is the format of local times, empty where the file keeps real timestamps.
    """

    file: str
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    times: str = ""
    encoding: str = "utf-8"


EXPORTS = {
    "teams": Export(
        "teams.csv",
        {
            "team_id": "group",
            "name": "title",
            "channel": "channel",
            "tz": "time_zone",
            "currency": "currency",
        },
    ),
    "employees": Export(
        "employees.csv",
        {
            "employee_id": "staff_no",
            "display_name": "nick",
            "hire_date": "joined",
            "leave_date": "left",
            "is_bot": "account",
        },
        {"is_bot": {True: "robot", False: "person"}},
    ),
    "assignments": Export(
        "assignments.csv",
        {
            "employee_id": "staff_no",
            "team_id": "group",
            "role": "post",
            "level_group": "level",
            "from_date": "from",
            "to_date": "to",
        },
        {"role": {"pre_sales": "售前客服"}, "level_group": {"front_line": "一线"}},
    ),
    "conversations": Export(
        "conversations.parquet",
        {
            "conversation_id": "chat_no",
            "team_id": "group",
            "channel": "terminal",
            "customer_id": "buyer",
            "started_at": "opened",
            "ended_at": "closed",
            "kind": "stage",
            "initial_agent_id": "routed_to",
        },
        {"kind": {"pre_sales": "售前", "in_sales": "售中", "after_sales": "售后"}},
    ),
    "messages": Export(
        "messages.parquet",
        {
            "message_id": "msg_no",
            "conversation_id": "chat_no",
            "sent_at": "sent",
            "sender": "side",
            "employee_id": "staff_no",
            "is_auto": "auto",
        },
        {"sender": {"customer": "buyer", "agent": "seller", "bot": "robot", "system": "system"}},
    ),
    "orders": Export(
        "orders.csv",
        {
            "order_id": "订单编号",
            "customer_id": "买家",
            "placed_at": "下单时间",
            "paid_at": "付款时间",
            "status": "订单状态",
            "amount": "订单金额",
            "paid_amount": "实付金额",
            "currency": "币种",
            "items": "件数",
            "closed_at": "结束时间",
            "is_test_or_fake": "测试单",
            "exception_code": "异常原因",
        },
        {
            "status": {
                "placed": "待付款",
                "paid": "待发货",
                "shipped": "已发货",
                "done": "交易成功",
                "cancelled": "买家取消",
                "closed": "超时关闭",
            },
            "currency": {"CNY": "人民币"},
            "is_test_or_fake": YES_NO,
            "exception_code": {
                "wrong_remark": "备注错误",
                "wrong_price": "改价错误",
                "wrong_address": "地址错误",
                "omitted_note": "漏备注",
                "oversell": "超卖",
            },
        },
        times="%Y-%m-%d %H:%M:%S",
        encoding="gb18030",
    ),
    "refunds": Export(
        "refunds.csv",
        {
            "refund_id": "退款编号",
            "order_id": "订单编号",
            "requested_at": "申请时间",
            "completed_at": "完结时间",
            "status": "退款状态",
            "amount": "退款金额",
            "reason": "退款原因",
        },
        {
            "status": {"completed": "退款成功", "rejected": "退款拒绝"},
            "reason": {
                "changed mind": "不想要了",
                "quality": "质量问题",
                "wrong size": "尺码不符",
                "wrong item": "发错货",
                "late delivery": "发货太慢",
            },
        },
        times="%Y/%m/%d %H:%M:%S",
        encoding="utf-8-sig",
    ),
    "complaints": Export(
        "complaints.csv",
        {
            "complaint_id": "ticket",
            "received_at": "received",
            "customer_id": "buyer",
            "employee_id": "staff_no",
            "conversation_id": "chat_no",
            "kind": "type",
            "upheld": "verdict",
            "closed_at": "closed",
        },
        {
            "kind": {"complaint": "投诉", "dispute": "纠纷"},
            "upheld": {True: "upheld", False: "unfounded"},
        },
        times="%Y-%m-%dT%H:%M:%S+08:00",
    ),
    "reports_due": Export(
        "reports.xlsx",
        {
            "report_id": "form_no",
            "employee_id": "staff_no",
            "name": "report",
            "due_at": "due",
            "submitted_at": "handed_in",
            "audited": "checked",
            "authentic": "figures_agree",
            "quality_score": "points",
        },
        {"audited": YES_NO, "authentic": YES_NO},
    ),
    "evaluations": Export(
        "evaluations.xlsx",
        {
            "evaluation_id": "form_no",
            "cycle_id": "月份",
            "employee_id": "被评人",
            "evaluator_id": "评价人",
            "evaluator_type": "评价关系",
            "criterion_id": "评价项目",
            "score": "得分",
            "round": "轮次",
            "submitted_at": "提交时间",
            "status": "状态",
        },
        {
            "evaluator_type": {"self": "自评", "store_manager": "店长"},
            "criterion_id": {
                "task_completion": "工作任务完成情况",
                "work_ability": "工作能力",
                "work_cooperation": "工作协作性",
                "service": "服务",
            },
            "status": {"submitted": "已提交", "declined": "未评"},
        },
    ),
}


def write_sample(folder: Path, seed: int = SAMPLE_SEED) -> None:
    """Write the sample department into `folder`: the same seed gives the same bytes.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; files of the same names are replaced.
    seed : int
        As for `simulate_department`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = simulate_department(seed).tables
    for name, table in tables.items():
        export = EXPORTS[name]
        _WRITERS[Path(export.file).suffix](_in_their_words(table, export), folder, export)
    write_plans(folder)
    write_watching(folder, tables, seed)


def _in_their_words(table: DataFrame, export: Export) -> DataFrame:
    words = {name: table[name].map(dict(recode)) for name, recode in export.values.items()}
    days = {name: table[name].dt.strftime("%Y-%m-%d") for name in table if name.endswith("_date")}
    theirs = table.assign(**words, **days)
    return theirs[list(export.columns)].rename(columns=export.columns)


def _local(times: Series) -> Series:
    return times.dt.tz_convert(TIMEZONE).dt.tz_localize(None)


def _write_csv(frame: DataFrame, folder: Path, export: Export) -> None:
    """Local times as text, money with two decimals, unknown as nothing."""
    times = frame.select_dtypes("datetimetz")
    text = {name: _local(times[name]).dt.strftime(export.times) for name in times}
    frame.assign(**text).to_csv(
        folder / export.file,
        index=False,
        encoding=export.encoding,
        float_format="%.2f",
        lineterminator="\n",
    )


def _write_parquet(frame: DataFrame, folder: Path, export: Export) -> None:
    """UTC timestamps in milliseconds, and no trace of pandas: a shop's file has none."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(
        table,
        folder / export.file,
        compression="zstd",
        coerce_timestamps="ms",
        store_schema=False,
    )


def _write_xlsx(frame: DataFrame, folder: Path, export: Export) -> None:
    """One sheet named as the file; local times are Excel dates, unknown cells are left out."""
    path = folder / export.file
    times = frame.select_dtypes("datetimetz")
    cells = frame.assign(**{name: _local(times[name]) for name in times})
    with Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.set_properties({"created": datetime(2016, 6, 20)})
        sheet = book.add_worksheet(path.stem)
        sheet.write_row(0, 0, cells.columns)
        for column, name in enumerate(cells):
            values = cells[name].dropna()
            for row, value in zip(values.index, values.tolist(), strict=True):
                sheet.write(row + 1, column, value)


_WRITERS = {".csv": _write_csv, ".parquet": _write_parquet, ".xlsx": _write_xlsx}
