"""States of what the register holds, and the ways between them. Everything else is refused."""

from __future__ import annotations

from app.errors import Refused
from app.texts import T, Text

LABELS: dict[str, dict[str, Text]] = {
    "account": {
        "pre": T("预立户"),
        "normal": T("正常"),
        "suspended": T("报停"),
        "restricted": T("限水"),
        "closed": T("销户"),
    },
    "meter": {
        "in_stock": T("未安装"),
        "issued": T("已发放"),
        "installed": T("已安装"),
        "to_verify": T("待检"),
        "scrapped": T("作废"),
    },
    "point": {"numbered": T("已编号"), "metered": T("已装表"), "disused": T("停用")},
    "contract": {"draft": T("草稿"), "running": T("生效"), "ended": T("失效")},
    "bill": {
        "owed": T("欠费"),
        "part": T("部分缴"),
        "paid": T("已缴清"),
        "disputed": T("争议"),
        "deferred": T("缓缴"),
        "doubtful": T("呆账"),
        "written_off": T("核销"),
    },
    "payment": {
        "waiting": T("待到账"),
        "received": T("已收"),
        "cancelled": T("已作废"),
        "refunded": T("已退款"),
    },
    "seal": {"unused": T("未使用"), "used": T("已使用"), "void": T("作废")},
    "acceptance": {
        "open": T("验收中"),
        "accepted": T("已验收"),
        "stopped": T("已停止"),
        "dropped": T("已终止"),
    },
    # Where a reading came from: no state, but named in the same way.
    "reading": {
        "manual": T("抄表"),
        "remote": T("远传"),
        "self": T("自报"),
        "site": T("现场"),
    },
    # Kinds of movement, types of seal: no states, but named in the same way.
    "movement": {
        "intake": T("入库"),
        "transfer": T("调拨"),
        "issue": T("发放"),
        "recall": T("收回"),
        "install": T("安装"),
        "give_back": T("旧表回收"),
        "verify": T("检定合格"),
        "scrap": T("报废"),
    },
    "seal_type": {
        "plastic": T("塑封"),
        "steel": T("钢封"),
        "inspection": T("稽查封"),
        "lead": T("铅封"),
    },
    "issue": {"issued": T("已发放"), "installed": T("已安装"), "recalled": T("已收回")},
    "volume": {"open": T("整理中"), "shelved": T("已上架"), "borrowed": T("已借出")},
}
NAMES: dict[str, Text] = {
    "account": T("户"),
    "meter": T("水表"),
    "point": T("接水点"),
    "contract": T("合同"),
    "bill": T("账单"),
    "payment": T("收款"),
    "seal": T("封号"),
    "volume": T("卷宗"),
    "acceptance": T("验收"),
}
WAYS: dict[str, dict[str, frozenset[str]]] = {
    "account": {
        "pre": frozenset({"normal", "closed"}),
        "normal": frozenset({"suspended", "restricted", "closed"}),
        "suspended": frozenset({"normal", "closed"}),
        "restricted": frozenset({"normal", "suspended", "closed"}),
        "closed": frozenset(),
    },
    "meter": {
        "in_stock": frozenset({"issued", "scrapped"}),
        "issued": frozenset({"installed", "in_stock"}),
        "installed": frozenset({"to_verify", "in_stock", "scrapped"}),
        "to_verify": frozenset({"in_stock", "scrapped"}),
        "scrapped": frozenset(),
    },
    "point": {
        "numbered": frozenset({"metered", "disused"}),
        "metered": frozenset({"numbered", "disused"}),
        "disused": frozenset({"numbered"}),
    },
    "contract": {
        "draft": frozenset({"running", "ended"}),
        "running": frozenset({"ended"}),
        "ended": frozenset(),
    },
    "bill": {
        "owed": frozenset({"part", "paid", "disputed", "deferred", "doubtful"}),
        "part": frozenset({"owed", "paid", "disputed", "deferred", "doubtful"}),
        # A payment taken back owes again; otherwise a paid bill stays paid.
        "paid": frozenset({"owed", "part"}),
        "disputed": frozenset({"owed", "part", "paid"}),
        "deferred": frozenset({"owed", "part", "paid"}),
        "doubtful": frozenset({"owed", "part", "paid", "written_off"}),
        "written_off": frozenset({"part", "paid"}),
    },
    "payment": {
        "waiting": frozenset({"received", "cancelled"}),
        "received": frozenset({"cancelled", "refunded"}),
        "cancelled": frozenset(),
        "refunded": frozenset(),
    },
    "seal": {
        "unused": frozenset({"used", "void"}),
        "used": frozenset({"void"}),
        "void": frozenset(),
    },
    "acceptance": {
        "open": frozenset({"accepted", "stopped", "dropped"}),
        "accepted": frozenset(),
        "stopped": frozenset(),
        "dropped": frozenset(),
    },
    "volume": {
        "open": frozenset({"shelved"}),
        "shelved": frozenset({"borrowed"}),
        "borrowed": frozenset({"shelved"}),
    },
}
OPEN_BILLS = ("owed", "part", "disputed", "deferred", "doubtful")


def label(kind: str, state: str) -> Text:
    """How people call a state."""
    return LABELS[kind][state]


def move(kind: str, old: str, new: str) -> str:
    """The new state. Raises Refused when no way leads there from the old one."""
    if new == old:
        return new
    if new not in WAYS[kind].get(old, frozenset()):
        raise Refused(
            T(
                "{what}现为“{old}”，不能改为“{new}”。",
                what=NAMES[kind],
                old=label(kind, old),
                new=LABELS[kind].get(new, T("未知")),
            )
        )
    return new
