"""What happened in a case, in people's words: by day, one line a deed, what it brought under it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from app import cases, definitions
from app.forms import Component
from app.texts import T, Text, authored
from app.web.speech import language, local, yuan

Change = tuple[str, str, str]


@dataclass(frozen=True)
class Happened:
    """One thing that happened: who did what, when, with what was changed and what came of it."""

    text: Text
    at: datetime
    comment: str | None = None
    changes: tuple[Change, ...] = ()
    also: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Day:
    """A day of a case, the newest thing first; ``on`` as 2026-11-23."""

    on: str
    items: tuple[Happened, ...]


# --- the last steps, for the side of a page ---------------------------------------------------


def last_steps(
    number: str, release: int, steps: Sequence[cases.TaskView], limit: int = 4
) -> list[Happened]:
    """The last steps done, newest first, with the opinions given in them."""
    done = sorted((s for s in steps if s.closed_at and s.status == "done"), key=_closed)
    shown = list(reversed(done[-limit:]))
    asked = any("opinion" in _fields(release, one.procedure, one.element) for one in shown)
    said = cases.opinions(number) if asked else {}
    return [_step(one, said.get((_closed(one), one.element)), release) for one in shown]


def _step(step: cases.TaskView, said: tuple[str, str] | None, release: int) -> Happened:
    who = step.closed_by_name or T("系统")
    if said is None:
        return Happened(T("{who} {step}", who=who, step=authored(step.name)), _closed(step))
    fields = _fields(release, step.procedure, step.element)
    decision = word(fields.get("decision"), said[0])
    text = T("{who} {step}：{decision}", who=who, step=authored(step.name), decision=decision)
    return Happened(text, _closed(step), said[1])


def _closed(step: cases.TaskView) -> datetime:
    assert step.closed_at
    return step.closed_at


# --- the whole trail ----------------------------------------------------------------------------

DEEDS = {
    "case:start": "{who} 受理",
    "case:end": "案件办结",
    "case:withdraw": "{who} 办理用户撤回",
    "case:fail": "系统处理出错，已报管理员",
    "case:message": "收到其他办件的消息",
    "case:print": "{who} 打印文书",
    "task:claim": "{who} 认领{step}",
    "task:release": "{who} 放回{step}",
    "task:assign": "{who} 转交{step}给{to}",
    "task:send_back": "{who} 从{step}退回到{back}",
    "task:complete": "{who} 办结{step}",
    "timer:fire": "到时自动处理：{step}",
    "incident:open": "系统处理出错，已报管理员",
    "incident:retry": "{who} 重新处理出错的步骤",
    "incident:skip": "{who} 跳过出错的步骤：{step}",
    "ask:open": "{who} 就{step}请示领导",
    "ask:answer": "{who} 答复请示：{step}",
    "ask:take_back": "{who} 撤回请示：{step}",
    "sign:open": "{who} 就{step}请人加签",
    "sign:answer": "{who} 答复加签：{step}，{decision}",
    "sign:take_back": "{who} 撤回加签：{step}",
    "extend:open": "{who} 申请延期",
    "extend:answer": "{who} 审批延期：{decision}",
    "extend:take_back": "{who} 撤回延期申请",
    "case:force": "{who} 强制结束案件",
    "case:merge": "{who} 将此件并入 {into}",
    "case:take_in": "{who} 将 {from} 并入此件",
    "case:urge": "{who} 催办",
    "case:watch": "{who} 关注此件",
    "case:unwatch": "{who} 取消关注",
    "case:look": "{who} 查看完整个人信息",
    "customer:look": "{who} 查看用户完整资料",
    "look:reason": "{who} 说明查看理由：{why}",
    "attempt:refused": "{who} 的操作未获准许",
}
# What a deed brought: said under it, without its own line.
EFFECTS = {
    "account:lock": "锁定户号，防止重复办理",
    "account:unlock": "解除户号锁定",
    "account:reading": "登记表底数 {last_reading} m³",
    "account:bill": "出具账单 {bill}",
    "account:payment": "收款 {amount}，收据 {receipt}",
    "account:payment_cancelled": "作废收款",
    "account:cheque_cleared": "支票到账",
    "account:refund": "退还收费 {amount}",
    "account:balance_used": "使用预存",
    "account:contract_ended": "原合同 {contract} 终止",
    "account:contract_signed": "新合同 {contract} 生效",
    "account:owner_change": "变更户主",
    "account:tiers": "阶梯用量重新累计",
    "account:transfer": "登记过户",
    "account:bindings_ended": "终止原户主的减免和代扣",
    "account:pre": "发放接水点编号 {point}，预立户",
    "account:given_up": "收回接水点编号 {point}，注销预立户",
    "account:contract_bound": "合同 {contract} 关联户号",
    "account:open": "立户",
    "account:meter_changed": "更换在装水表 {serial}",
    "connection:apply": "登记用水申请",
    "connection:change": "修改用水申请",
    "connection:survey": "登记供水方案 {scheme_no}",
    "connection:lock": "锁定用水地址，防止重复报装",
    "connection:unlock": "解除用水地址锁定",
    "customer:contract_signed": "合同 {contract} 生效",
    "customer:create": "建立客户资料",
    "customer:update": "更新客户资料",
    "attachment:supersede": "用新的一份替换附件，旧件留存",
    "material:late": "承诺补交的材料逾期",
    "material:remind": "承诺补交的材料今天到期",
    "material:supersede": "更换材料：{title}",
    "meter:hold": "配出水表",
    "meter:let_go": "取消配表",
    "meter:issue": "发放水表，领用单 {doc_no}",
    "meter:recall": "收回未安装的水表，领用单 {doc_no}",
    "meter:install": "安装水表",
    "meter:give_back": "旧表回收入库",
    "acceptance:check": "登记第 {round} 次验收结果",
    "acceptance:opinion": "登记验收意见",
    "acceptance:fail": "撤回验收合格",
    "acceptance:notice": "下发整改通知 {number}",
    "acceptance:instruct": "调整整改期限",
    "acceptance:rectified": "登记整改完成",
    "acceptance:draw_up": "验收单编号 {number}",
    "acceptance:accepted": "签署验收单 {number}",
    "acceptance:stopped": "停止验收",
    "notice:queue": "发出通知",
    "notice:returned": "信函被退回",
    "account:relief": "登记低保减免 {households} 户",
    "account:relief_renewed": "减免续期至 {to}",
    "account:relief_review": "减免转入年审",
    "account:relief_ended": "减免终止",
    "satisfaction:open": "登记回访",
    "satisfaction:attempt": "登记一次回访",
    "satisfaction:close": "回访结束",
    "satisfaction:measure": "登记不满意事项的处理措施",
    "volume:open": "立卷",
    "volume:items": "登记卷内文件",
    "volume:shelve": "案卷上架，档案号 {archive_no}",
    "volume:lend": "借出案卷，{due} 前归还",
    "volume:return": "案卷归还",
    "volume:remind": "提醒归还案卷",
    "volume:overdue": "案卷逾期未还",
}
MACHINE = (
    "service:", "attachment:store", "attachment:name", "attachment:scan", "attachment:destroy",
    "customer:account_", "task:open", "timer:set", "notice:no_",
)  # fmt: skip
FIELDS = {"outcome": T("结果")}
DECISIONS = {"agree": T("同意"), "disagree": T("不同意")}
# Their line says it all.
QUIET = DEEDS.keys() - {"task:complete", "case:end"}


def timeline(entries: Sequence[cases.Entry], release: int) -> list[Day]:
    """The trail of a case by day, newest first; steps of the machine left out."""
    shown = [e for e in entries if not e.action.startswith(MACHINE)]
    moves = groupby(shown, key=lambda e: (e.at, e.actor_id))
    told = [line for _, move in moves for line in _told(list(move), release)]
    days = groupby(reversed(told), key=lambda h: local(h.at).date().isoformat())
    return [Day(on, tuple(items)) for on, items in days]


def _told(move: Sequence[cases.Entry], release: int) -> list[Happened]:
    """The lines of one move: its deeds, the effects under the first of them."""
    deeds = [_deed(e, release) for e in move if e.action in DEEDS]
    effects = _effects([e for e in move if e.action not in DEEDS])
    if deeds:
        return [replace(deeds[0], also=effects), *deeds[1:]]
    return [Happened(text, move[0].at) for text in effects]


def _deed(entry: cases.Entry, release: int) -> Happened:
    after = entry.body.get("after") or {}
    words = T(
        DEEDS[entry.action],
        who=entry.actor_name or T("系统"),
        step=authored(entry.element_name or ""),
        to=after.get("name") or "",
        back=authored(after.get("to_name") or ""),
        decision=DECISIONS.get(after.get("decision") or "", ""),
        why=cases.WHY.get(after.get("why") or "", ""),
        **{name: after.get(name) or "" for name in ("into", "from")},
    )
    fields = _fields(release, entry.drawing or "", entry.element or "")
    answers = after.get("answers") or {}
    if "opinion" in answers and "decision" in fields:
        decision = word(fields["decision"], answers["decision"])
        text = T("{deed}：{decision}", deed=words, decision=decision)
        return Happened(text, entry.at, answers["opinion"])
    changed = () if entry.action in QUIET else changes(entry, fields, release)
    return Happened(words, entry.at, entry.comment, changed)


def _effects(entries: Iterable[cases.Entry]) -> tuple[Text, ...]:
    """Each thing that came of a deed, once; what has no words among people stays out."""
    found = dict.fromkeys(text for e in entries if (text := _effect(e)) is not None)
    return tuple(found)


def _effect(entry: cases.Entry) -> Text | None:
    after = dict(entry.body.get("after") or {})
    if entry.action == "material:put":
        came = T("收到材料：{title}") if after.get("received") else T("未收材料：{title}")
        return T(str(came), title=after.get("title") or "")
    if entry.action == "notice:attempt":
        return T("通知已送达") if after.get("ok") else T("通知未送达")
    if "amount" in after:
        after["amount"] = yuan(after["amount"])
    known = EFFECTS.get(entry.action)
    # The template of a notice has no place in a line, and is what ``T`` calls its own first one.
    after.pop("template", None)
    try:
        return T(known, **after) if known else None
    except KeyError:
        return None


def changes(
    entry: cases.Entry, fields: Mapping[str, Component], release: int
) -> tuple[Change, ...]:
    """Field by field what was there before and after; personal values are not in it.

    What has no name among people is the machine's own and stays out.
    """
    before, after = _flat(entry.body.get("before")), _flat(entry.body.get("after"))
    names = [n for n in {**before, **after} if before.get(n) != after.get(n)]
    lines = []
    for name in names:
        field = fields.get(name)
        label = said_label(field) if field else FIELDS.get(name)
        if label:
            old, new = (_value(field, name, one.get(name), release) for one in (before, after))
            lines.append((label, old, new))
    return tuple(lines)


def said_label(field: Component) -> str:
    """A field's label in the reader's language."""
    return field.label_en if field.label_en and language() == "en" else authored(field.label)


def _value(field: Component | None, name: str, value: Any, release: int) -> str:
    return _end(value, release) if name == "outcome" and field is None else word(field, value)


def _end(outcome: Any, release: int) -> str:
    processes = definitions.library(release).processes.values()
    found = (p.elements[outcome].name for p in processes if outcome in p.elements)
    return next(found, word(None, outcome))


def _flat(values: Any) -> dict[str, Any]:
    flat = dict(values or {})
    answers = flat.pop("answers", None)
    return {**flat, **(answers if isinstance(answers, dict) else {})}


def _fields(release: int, procedure: str, element: str) -> dict[str, Component]:
    """The fields of a step's form; none of what is no step. Drawings use the same ids."""
    drawn = definitions.library(release).processes.get(procedure)
    step = drawn.elements.get(element) if drawn else None
    if step is None or not step.form:
        return {}
    return {c.key: c for c in definitions.form(release, step.form).walk() if c.key and c.label}


def word(field: Component | None, value: Any) -> str:
    """A stored value as a person reads it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return T("是") if value else T("否")
    options = {str(o.value): authored(o.label) for o in field.options} if field else {}
    if isinstance(value, list):
        named = [options[str(one)] for one in value if str(one) in options]
        return "、".join(named) or T("{n} 项", n=len(value))
    if isinstance(value, dict):
        return T("{n} 项", n=len(value))
    if field is not None and field.money and isinstance(value, int):
        return yuan(value)
    if field is not None and field.type == "datetime":
        return str(value)[:16].replace("T", " ")
    return options.get(str(value), str(value))
