"""What the sample department planned for May: made up to fit the months that were simulated.

Some of it is unfinished on purpose, as plans are: a goal without a day, targets of teams that do
not come to the department's, a target that was changed without a reason.
"""

from __future__ import annotations

from pathlib import Path

MAY = "2016-05-01,2016-05-31"
AGREED = "2016-04-27T10:00:00+08:00"

STEPS = f"""\
step_id,cycle_id,part,level,task,responsible,from_date,to_date,method,process,standard
P1,2016-05,implementation,department,Short answers ready for the twenty commonest questions,kf02,2016-05-01,2016-05-10,read a week of chats,collect; draft; two people check,an answer within 30 s on all of them
P2,2016-05,implementation,team,One more seat from 20:00 to 22:00,kf19,2016-05-09,2016-05-31,shift plan,ask for volunteers; try a week; look at the queue,nobody waits above a minute
P3,2016-05,implementation,person,Sit beside a quick colleague for two half days,kf10,{MAY},pairing,watch; do; talk about it,response time under 60 s
P4,2016-05,goals,department,Turn more inquiries into orders,,{MAY},targets by team,month's end,43 % of inquiries
P5,2016-05,goals,team,Answer faster by day,kf02,{MAY},targets by person,weekly look,35 s on average
"""
INPUTS = """\
cycle_id,kind,text,by,at
2016-05,strategy,Grow with the customers that come anyway: more of those who ask should buy.,owner,2016-04-20T09:00:00+08:00
2016-05,duties,Answer questions before the sale; help with orders; take refunds in good grace.,hr,2016-04-20T10:00:00+08:00
2016-05,conditions,Summer goods arrive on 10 May; one colleague leaves; evenings grow.,kf02,2016-04-21T10:00:00+08:00
"""
GOALS = f"""\
goal_id,parent_goal_id,owner_scope,owner_id,title,indicator_id,rubric_id,baseline,target,unit,deadline,data_source,proposed_by,agreed_by_employee_at,agreed_by_manager_at,status,perspective
D1,,department,online-shop,More inquiries become orders,inquiry_conversion,,0.42,0.43,share,2016-06-30,conversations,owner,,{AGREED},open,finance
D2,,department,online-shop,Answer faster,response_time_avg,,35,33,s,2016-06-30,messages,owner,,{AGREED},open,customer
D3,,department,online-shop,Fewer complaints,complaint_rate,,0.004,0.003,ratio,2016-06-30,complaints,owner,,{AGREED},open,customer
T1,D2,team,pre-sales,Answer faster by day,response_time_avg,,39,35,s,2016-05-31,messages,kf02,,{AGREED},open,customer
T2,D1,team,after-hours,Keep the evenings' conversion,inquiry_conversion,,0.445,0.45,share,2016-05-31,conversations,kf19,,{AGREED},open,finance
E1,T1,employee,kf10,Answer within a minute,response_time_avg,,75,60,s,2016-05-31,messages,kf10,{AGREED},{AGREED},open,customer
E2,D1,employee,kf07,Four of ten who ask buy,inquiry_conversion,,0.34,0.40,share,2016-05-31,conversations,owner,,{AGREED},open,finance
E3,D3,employee,kf01,Calm answers to angry customers,,service,,,,2016-05-31,evaluations,kf01,{AGREED},{AGREED},open,customer
E4,,employee,kf19,Show the new colleague how we work,,work_cooperation,,,,2016-05-31,evaluations,kf19,{AGREED},{AGREED},open,
E5,D3,employee,kf16,Better with refunds,,,,5,,,,kf16,,,draft,
"""
CHECKINS = """\
goal_id,at,value,note,by
D1,2016-05-31T18:00:00+08:00,0.424,Evenings carry it.,owner
T1,2016-05-13T18:00:00+08:00,36,The short answers help.,kf02
T1,2016-05-31T18:00:00+08:00,33,,kf02
T2,2016-05-20T18:00:00+08:00,0.447,,kf19
E1,2016-05-10T18:00:00+08:00,66,First half day done.,kf10
E1,2016-05-24T18:00:00+08:00,62,Second half day moved to June.,kf10
E2,2016-05-16T18:00:00+08:00,0.30,Many questions on one article.,kf07
"""
FORECASTS = """\
cycle_id,scope,scope_id,indicator_id,volume,capacity
2016-05,team,pre-sales,,1450,1700
2016-05,team,after-hours,,1680,1800
2016-06,team,pre-sales,,1500,1700
2016-06,team,after-hours,,1750,1800
"""
SALES = {  # of the day team for May; they come to its 133,000
    **{"kf01": 14000, "kf02": 15500, "kf03": 13500, "kf04": 13000, "kf05": 13500},
    **{"kf06": 16000, "kf07": 11000, "kf08": 13500, "kf09": 13500, "kf10": 9500},
}
PLANNED = (
    ("department", "online-shop", "inquiry_conversion", 0.43, "share", 1, "owner", AGREED, ""),
    ("team", "pre-sales", "inquiry_conversion", 0.41, "share", 1, "owner", AGREED, ""),
    ("team", "after-hours", "inquiry_conversion", 0.43, "share", 1, "owner", AGREED, ""),
    ("department", "online-shop", "response_time_avg", 33, "s", 1, "owner", AGREED, ""),
    ("team", "pre-sales", "response_time_avg", 35, "s", 1, "owner", AGREED, ""),
    ("team", "after-hours", "response_time_avg", 30, "s", 1, "owner", AGREED, ""),
    *[
        ("team", "after-hours", "response_time_avg", 31, "s", 2, "owner", at, "evenings grow")
        for at in ("2016-05-12T10:00:00+08:00",)
    ],
    ("team", "pre-sales", "refund_share", 0.04, "share", 1, "owner", AGREED, ""),
    ("team", "pre-sales", "refund_share", 0.05, "share", 2, "", "2016-05-18T10:00:00+08:00", ""),
    ("department", "online-shop", "order_amount_total", 305000, "currency", 1, "owner", AGREED, ""),
    ("team", "pre-sales", "order_amount_total", 133000, "currency", 1, "owner", AGREED, ""),
    ("team", "after-hours", "order_amount_total", 172000, "currency", 1, "owner", AGREED, ""),
    *[
        ("employee", id, "order_amount_total", target, "currency", 1, "kf02", AGREED, "")
        for id, target in SALES.items()
    ],
)
COMMENTS = {
    "kf03": "Refunds are often not ours to decide.",
    "kf06": "Fine for me.",
    "kf12": "Evenings get other customers than days.",
    "kf15": "Please tell us the targets earlier.",
    "kf18": "Complaints should count only when upheld.",
}
AGAINST, ABSTAINED = ("kf03", "kf12", "kf18"), ("kf09",)
ONLY_SAW = ("kf07", "kf20")


def plan_files() -> dict[str, str]:
    """Names and texts of the files of the plan; each is named as the table that it is."""
    tables = {
        "plan_steps": STEPS,
        "plan_inputs": INPUTS,
        "goals": GOALS,
        "goal_checkins": CHECKINS,
        "forecasts": FORECASTS,
        "targets": "".join(_targets()),
        "consultations": "".join(_votes()),
    }
    return {f"{name}.csv": text for name, text in tables.items()}


def write_plans(folder: Path) -> None:
    """Write the files of the plan into the folder of the sample."""
    for name, text in plan_files().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _targets() -> list[str]:
    header = "target_id,scope,scope_id,indicator_id,period_start,period_end,target,unit"
    lines = [f"{header},version,set_by,agreed_at,reason\n"]
    for place, (scope, id, indicator, target, unit, *rest) in enumerate(PLANNED, 1):
        lines.append(f"t{place:02},{scope},{id},{indicator},{MAY},{target},{unit},")
        lines[-1] += ",".join(map(str, rest)) + "\n"
    return lines


def _votes() -> list[str]:
    lines = ["cycle_id,item,participant_id,vote,comment,at\n"]
    for place in range(1, 21):
        id = f"kf{place:02}"
        vote = "disagree" if id in AGAINST else "abstain" if id in ABSTAINED else "agree"
        vote = "" if id in ONLY_SAW else vote
        at = "2016-04-22T16:00:00+08:00"
        lines.append(f"2016-05,indicator set,{id},{vote},{COMMENTS.get(id, '')},{at}\n")
    return lines
