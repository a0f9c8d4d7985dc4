"""From what the rooms say to what a page shows: masked, in words, with the time left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from app import identifiers, registry, settings
from app.forms import View
from app.registry import AccountFacts, AccountLine
from app.texts import T, Text
from app.web.clock import Left, left
from app.web.speech import day, when, yuan
from app.work import Actor

Fact = tuple[str, str, str]
STATES = {
    "open": T("办理中"),
    "paused": T("等待用户"),
    "failed": T("出错待处理"),
    "ended": T("已办结"),
    "withdrawn": T("用户撤回"),
}
CATEGORIES = {
    "resident": T("居民"),
    "non_resident": T("非居民"),
    "special": T("特种"),
    "construction": T("施工"),
}


@dataclass(frozen=True)
class Hit:
    """A line of a search for accounts."""

    account_no: str
    name: str
    address: str
    note: Text | None


@dataclass(frozen=True)
class Beside:
    """A field of a lost form: what was typed, and what is there now."""

    label: str
    typed: str
    now: str
    other: bool


def region(actor: Actor) -> str | None:
    """The region a person's searches are kept to; None for the head office."""
    return None if actor.sees_all_regions else (actor.region or "—")


def time_left(due: datetime | None, now: datetime, *, paused: bool) -> Left:
    """The time left by the utility's own calendar."""
    return left(due, now, settings.calendar(), paused=paused)


def hit(line: AccountLine) -> Hit:
    """One account of a search: the name masked, what matters for starting beside it."""
    note = None
    if line.lock:
        note = T("{number} 正在办理", number=line.lock)
    elif line.arrears:
        note = T("欠费 {amount}", amount=yuan(line.arrears))
    elif line.state != "normal":
        note = registry.state_label("account", line.state)
    return Hit(line.account_no, identifiers.mask_name(line.name), line.address, note)


def owner(facts: AccountFacts) -> list[tuple[str, str]]:
    """The owner, masked."""
    one = facts.owner
    shown = [(T("户名"), identifiers.mask_name(one.name))]
    if one.id_no:
        shown.append((T("证件号"), identifiers.mask_id(one.id_no)))
    if one.uscc:
        shown.append((T("信用代码"), one.uscc))
    phones = "、".join(identifiers.mask_phone(phone) for phone in one.phones)
    return [
        *shown,
        (T("电话"), phones or "—"),
        (T("用水地址"), facts.service_point.address),
        (T("合同号"), facts.contract_no or "—"),
    ]


def use(facts: AccountFacts) -> list[Fact]:
    """How the account stands."""
    return [
        (T("用水性质"), CATEGORIES.get(facts.category, facts.category), ""),
        (T("用水人口"), T("{n} 人", n=facts.household_size), ""),
        (T("区域"), facts.region, ""),
        (T("欠费"), yuan(facts.arrears), "arr" if facts.arrears else ""),
        (T("预存"), yuan(facts.balance), ""),
        (T("阶梯用量"), T("{n} m³（自 {day}）", n=facts.tier_used, day=day(facts.tier_from)), ""),
        (T("代扣"), T("有") if facts.direct_debit else T("无"), ""),
        (T("减免"), T("有") if facts.relief else T("无"), ""),
    ]


def meter(facts: AccountFacts) -> list[tuple[str, str]]:
    """The meter that hangs at the point; empty when none does."""
    one = facts.meter
    if one is None:
        return []
    return [
        (T("表号"), one.serial),
        (T("口径"), f"DN{one.calibre}"),
        (T("上次抄见"), T("{reading} m³（{day}）", reading=f"{one.last_reading:,}",
                          day=day(one.last_date))),
    ]


def beside(typed: View, there: View) -> list[Beside]:
    """Every field that was typed or is there, the differing ones marked."""
    now = {field.name: written(field) for field in there.fields}
    rows = []
    for field in typed.fields:
        mine, theirs = written(field), now.get(field.name, "")
        if field.label and (mine or theirs):
            rows.append(Beside(field.label, mine or "—", theirs or "—", mine != theirs))
    return rows


def written(field: Any) -> str:
    """The value of a drawn field as a person reads it."""
    chosen = [str(c.label) for c in getattr(field, "choices", ()) if c.chosen]
    if chosen:
        return "、".join(chosen)
    value = getattr(field, "value", "")
    return "" if value in (None, "", False) else str(value)


def clock_lines(due: datetime | None, paused_seconds: int, now: datetime) -> Sequence[Text]:
    """What stands under the time left: until when, and how long the clock stood."""
    lines = [T("截止 {at}", at=when(due, now))] if due else []
    if paused_seconds >= 60:
        hours, minutes = divmod(paused_seconds // 60, 60)
        lines.append(T("已扣除等待用户 {hours} 小时 {minutes} 分", hours=hours, minutes=minutes))
    return lines


def href(task_id: int) -> str:
    """The page of a task."""
    return url_for("web.task", task_id=task_id)
