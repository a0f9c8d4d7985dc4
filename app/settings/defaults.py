"""The settings that exist, with type, default, label and where the default comes from.

Source: the document and clause, P (public practice), or A (our assumption: a place to adjust).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Spec:
    """A setting. Types: integer, text, time (HH:MM), spans (HH:MM-HH:MM, may be empty), weekdays
    (ISO weekday → spans), pattern (of a number), regions."""

    key: str
    type: str
    default: Any
    label_zh: str
    label_en: str
    unit: str = ""
    source: str = "A"


def _limit(key: str, default: int, unit: str, zh: str, en: str, source: str) -> Spec:
    return Spec(f"limit.{key}", "integer", default, zh, en, unit, source)


# Units of limits: minutes and hours on the 24-hour clock, days, workdays, times.
LIMITS = (
    _limit("T-ACC", 20, "minutes", "派单受理", "Accept a dispatched order", "D08 第十二条"),
    _limit("T-ACC.escalate", 40, "minutes", "派单未受理上报", "Escalate non-acceptance", "A"),
    _limit("T-SOLVE", 1, "workdays", "热线事项办结", "Solve a hotline item", "D17 §6"),
    _limit("T-LEAD", 2, "workdays", "向分管领导汇报", "Report to the leader", "D02 §7"),
    _limit(
        "T-OUT4", 4, "hours", "须告知热线的停水时长", "Outage to announce to the hotline", "D17 §9"
    ),
    _limit(
        "T-OUT24", 24, "hours", "计划停水提前公告", "Notice of a planned outage", "P01 第二十二条"
    ),
    _limit("T-OUT24.long", 48, "hours", "超过 12 小时停水提前公告", "Notice beyond 12 hours", "P"),
    _limit("T-PROG", 60, "minutes", "抢修进度通报间隔", "Progress report interval", "A"),
    _limit("T-SUPP", 10, "workdays", "补正材料", "Customer supplements papers", "A"),
    _limit("T-SUPP.reminder", 5, "workdays", "补正材料提醒", "Reminder to supplement", "A"),
    _limit("T-COMMIT", 15, "workdays", "承诺补交材料", "Promised papers come", "A"),
    _limit("T-SURV", 3, "workdays", "查勘出方案", "Survey and scheme", "P"),
    _limit("T-ANSWER", 30, "days", "客户答复方案", "Customer answers the scheme", "A"),
    _limit("T-ANSWER.reminder", 15, "days", "客户答复方案提醒", "Reminder to answer", "A"),
    _limit("T-ANSWER.lapse", 90, "days", "客户不答复终止", "No answer: the case lapses", "A"),
    _limit("T-INSTALL", 30, "days", "领表后安装", "Install after the meter is issued", "A"),
    _limit("T-ACPT", 3, "workdays", "报验后验收", "Acceptance after report", "A"),
    _limit("T-RECT", 5, "workdays", "整改", "Rectification", "A"),
    _limit("T-FILE", 5, "workdays", "办结后归档", "File after closing", "A"),
    _limit("T-BORROW", 7, "days", "借阅档案归还", "Return of a borrowed volume", "A"),
    _limit("T-BORROW.reminder", 1, "days", "借阅到期前提醒", "Reminder before the return", "A"),
    _limit("T-DISPUTE", 30, "days", "争议处理", "Settle a dispute", "A"),
    _limit("T-TRANSFER", 2, "workdays", "过户办结", "Finish a meter transfer", "P43"),
    _limit("T-DEF.reminder", 3, "days", "分期到期前提醒", "Reminder before an instalment", "D03"),
    _limit("T-DUN1", 1, "days", "首次催缴（逾期后）", "First reminder after due date", "P23"),
    _limit("T-DUN2", 15, "days", "二次催缴（逾期后）", "Second reminder", "P23"),
    _limit("T-DUN3", 30, "days", "三次催缴（逾期后）", "Third reminder", "P23"),
    _limit("T-STOP", 7, "days", "限水前告知", "Notice before restriction", "P30"),
    _limit("T-RESTORE", 24, "hours", "缴清后复水", "Restore after payment", "P23"),
    _limit("T-REWARD", 5, "workdays", "发放举报奖励", "Pay an informant", "P21"),
    _limit("T-CALLBACK", 3, "workdays", "办结后回访", "Call back after closing", "A"),
    _limit("T-CALLBACK.attempts", 3, "times", "回访次数", "Attempts to call back", "A"),
    # The order brings its own date; this is how long before it somebody is urged.
    _limit("T-12345", 4, "hours", "12345 工单到期前催办", "Urge before a city-hotline order", "A"),
    _limit("T-CALLBACK.gap", 1, "workdays", "回访间隔", "Between two attempts to call back", "A"),
    _limit("T-LOWINC", 30, "days", "低保证到期前提醒", "Before relief expires", "P05"),
)


def _number(kind: str, pattern: str, zh: str, en: str) -> Spec:
    return Spec(f"number.{kind}", "pattern", pattern, zh, en, "", "P04")


# Places: {date} {year} (of the day in Shanghai), {region} two letters, {cashier} three digits,
# {fonds}, {class}, {book}, {seq:n} the running number, {check} a Luhn digit over all digits.
# What stands in a pattern beside seq and check is the series that is counted.
NUMBERS = (
    Spec("number.case", "pattern", "{kind}{date}-{seq:4}", "案件编号", "Case number", "", "P04"),
    _number("JS", "JS-{region}-{book}-{seq:5}-{check}", "接水点编号", "Service point"),
    _number("HH", "{seq:9}{check}", "户号", "Account"),
    _number("FA", "FA{year}-{seq:5}", "供水方案编号", "Scheme"),
    _number("GYS", "GYS{year}-{region}-{seq:5}", "供用水合同编号", "Contract"),
    _number("SJ", "SJ{date}{cashier}-{seq:4}", "收据编号", "Receipt"),
    _number("YSD", "YSD{date}-{seq:4}", "验收单编号", "Acceptance sheet"),
    _number("ZG", "ZG{date}-{seq:4}", "整改通知编号", "Rectification notice"),
    _number("WZ", "WZ{date}-{seq:4}", "违章用水通知编号", "Violation notice"),
    _number("BZTZ", "BZTZ{date}-{seq:4}", "补正告知编号", "Supplement notice"),
    _number("BYSL", "BYSL{date}-{seq:4}", "不予受理通知编号", "Refusal notice"),
    _number("LYD", "LYD{date}-{seq:4}", "水表领用单编号", "Meter issue slip"),
    _number("RKD", "RKD{date}-{seq:4}", "水表入库单编号", "Meter delivery"),
    _number("DKD", "DKD{date}-{seq:4}", "水表调拨单编号", "Meter transfer between stores"),
    _number("PDD", "PDD{date}-{seq:4}", "水表盘点单编号", "Meter stock count"),
    _number("archive", "{fonds}-{year}-{class}-{seq:4}", "档案编号", "Archive volume"),
    Spec("number.fonds", "text", "LJGS", "全宗号", "Fonds", "", "A"),
)

REGIONS = {"城东": "CD", "城南": "CN", "城西": "CX", "城北": "CB", "开发区": "KF"}

OTHERS = (
    Spec("regions", "regions", REGIONS, "片区及代码", "Regions and their codes"),
    Spec("books.digits", "integer", 9, "表册号位数", "Digits of a reader's book", "", "P05"),
    Spec("service.open", "time", "08:30", "服务开始时间", "Service opens"),
    Spec(
        "relief.quota",
        "integer",
        6,
        "低保减免水量（每户每月）",
        "Free water of a relieved household, a month",
        "m³",
        "P02",
    ),
    Spec("service.close", "time", "17:30", "服务结束时间", "Service closes"),
    Spec("service.lunch", "spans", "", "午休（留空为不休）", "Break at noon (empty: none)"),
    Spec(
        "service.weekdays",
        "weekdays",
        {},
        "另有服务时间的星期（1 为周一；留空为不服务）",
        "Weekdays with hours of their own (1 is Monday; empty: no service)",
    ),
)

# How long a contract of supply runs (2.19).
CONTRACTS = (
    Spec(
        "contract.years.permanent", "integer", 6, "永久用水合同期限", "Permanent contract runs",
        "years", "P11",
    ),
    Spec(
        "contract.years.temporary", "integer", 1, "临时用水合同期限", "Temporary contract runs",
        "years", "P44",
    ),
)  # fmt: skip

# Groups, by blanks: who is asked, who allows, who ends what is not drawn.
WAYS = (
    Spec(
        "ways.leaders",
        "text",
        "cs_director company_leader_in_charge",
        "请示领导可请示的岗位",
        "Groups that may be asked for a leader's opinion",
        "",
        "D18 ch2 §10",
    ),
    Spec(
        "ways.extenders",
        "text",
        "dispatch_desk cs_director",
        "批准延期的岗位",
        "Groups that allow a limit to be extended",
    ),
    Spec(
        "ways.forcers",
        "text",
        "cs_director",
        "可强制结束案件的岗位",
        "Groups that may end a case by force",
    ),
)

# Messages that come before anybody waits for them.
MESSAGES = (
    Spec(
        "messages.keep",
        "integer",
        60,
        "尚无办件等待的消息保留多久（0 为不保留）",
        "How long a message that no case waits for yet is kept (0: not at all)",
        "minutes",
    ),
)

# What is said to customers.
NOTICES = (
    Spec(
        "notices.wait",
        "integer",
        120,
        "短信、邮件等回音多久，之后改用其他方式",
        "How long to wait for word of a message before another way is taken",
        "minutes",
    ),
)

# The acceptance of meters.
ACCEPTANCE = (
    Spec(
        "acceptance.start_reading",
        "integer",
        5,
        "起始码不超过此数无须审批",
        "A start reading up to this needs no approval",
        "m³",
        "P05",
    ),
)

# The meter store.
METERS = (
    Spec(
        "meters.max_age",
        "integer",
        12,
        "首次检定后多久之内可发放",
        "A meter is handed out within, after its first verification",
        "months",
    ),
    Spec(
        "meters.hold",
        "integer",
        3,
        "配出的水表待签收多久",
        "Picked meters are kept for who signs",
        "days",
    ),
    Spec(
        "meters.rotation_ahead",
        "integer",
        90,
        "到期轮换提前列出",
        "Rotation is listed ahead",
        "days",
    ),
    Spec(
        "meters.count_every",
        "integer",
        183,
        "表库盘点间隔",
        "A store is counted every",
        "days",
        "P28",
    ),
)

PAPERS = (
    Spec(
        "papers.photo_pixels",
        "integer",
        2560,
        "手机拍照上传前缩小到的长边（0 为不缩小）",
        "Longest side of a photo before it is sent from a phone (0: as it is)",
        "pixels",
    ),
)

# Call-backs about cases that need none (4.19): how many of those that ended, and how often.
FOLLOWUP = (
    Spec(
        "followup.share", "integer", 10, "抽样回访的比例", "Share of cases called back", "percent"
    ),
    Spec("followup.period", "integer", 7, "抽样回访的周期", "A sample is drawn every", "days"),
)

# What people look at.
BOARDS = (
    Spec(
        "boards.ages",
        "text",
        "3 7 15 30",
        "进度看板按天数分段（至多几天，用空格隔开）",
        "How the progress board groups ages (up to how many days, apart by blanks)",
        "days",
    ),
)

# One a line, so that parts come and go without touching each other.
PARTS = (
    CONTRACTS,
    LIMITS,
    NUMBERS,
    OTHERS,
    WAYS,
    MESSAGES,
    ACCEPTANCE,
    METERS,
    PAPERS,
    NOTICES,
    FOLLOWUP,
    BOARDS,
)
SPECS = {spec.key: spec for part in PARTS for spec in part}
