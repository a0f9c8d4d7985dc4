"""From what the rooms say to what a page shows: masked, in words, with the time left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from app import cases, identifiers, registry
from app.forms import View
from app.registry import AccountFacts, AccountLine
from app.texts import T, Text, authored
from app.web import folder, told
from app.web.clock import Left, left, lines
from app.web.speech import day, when, yuan
from app.work import Actor
from app.worktime import local_day

Fact = tuple[str, str, str]
NO_BUSINESS = frozenset({"admin", "process_approver"})
STATES = {
    "open": T("办理中"),
    "paused": T("等待用户"),
    "failed": T("出错待处理"),
    "ended": T("已办结"),
    "withdrawn": T("用户撤回"),
    "forced": T("强制结束"),
    "merged": T("已并案"),
}
NAMES = {"ask": T("请示"), "sign": T("加签"), "extend": T("延期审批")}
CATEGORIES = {
    "residential": T("居民生活"),
    "non_residential": T("非居民"),
    "special": T("特种行业"),
    "temporary": T("临时用水"),
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
    """The region a person's searches are kept to; None for the head office, and a region that
    is none for who does no business with customers."""
    if actor.groups <= NO_BUSINESS:
        return "—"
    return None if actor.sees_all_regions else (actor.region or "—")


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


def person(one: registry.CustomerFacts, *, whole: bool = False) -> list[tuple[str, str]]:
    """A customer, masked unless ``whole``."""
    shown = [(T("户名"), one.name if whole else identifiers.mask_name(one.name))]
    if one.id_no:
        shown.append((T("证件号"), one.id_no if whole else identifiers.mask_id(one.id_no)))
    if one.uscc:
        shown.append((T("信用代码"), one.uscc))
    phones = "、".join(p if whole else identifiers.mask_phone(p) for p in one.phones)
    return [*shown, (T("电话"), phones or "—")]


def owner(facts: AccountFacts) -> list[tuple[str, str]]:
    """The owner, masked, with what ties him to the place."""
    return [
        *person(facts.owner),
        (T("用水地址"), facts.service_point.address),
        (T("接水点"), facts.service_point.no),
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
        (
            T("上次抄见"),
            T("{reading} m³（{day}）", reading=f"{one.last_reading:,}", day=day(one.last_date)),
        ),
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


def href(task_id: int) -> str:
    """The page of a task."""
    return url_for("web.task", task_id=task_id)


@dataclass(frozen=True)
class Row:
    """A row of the worklist."""

    id: int
    number: str
    procedure: str
    step: str
    who: str
    where: str
    left: Left
    holder: str | None
    mine: bool
    free: bool
    href: str


def row(line: cases.TaskLine, now: datetime) -> Row:
    """One task of a list."""
    closed = line.status != "open"
    place = url_for("web.case", number=line.case_number) if closed else href(line.id)
    span = (
        Left(T("{at} 办结", at=when(line.closed_at, now)), "ok")
        if closed
        else left(line.timing, now)
    )
    return Row(
        line.id,
        line.case_number,
        authored(line.procedure),
        authored(line.name),
        line.applicant,
        line.address or "",
        span,
        line.holder_name,
        line.mine,
        line.holder is None and not closed,
        place,
    )


def task(found: cases.TaskPage) -> dict[str, Any]:
    """What the head and foot of a task's page name."""
    states = [step.state for step in found.milestones]
    return {
        "id": found.id,
        "name": authored(found.name),
        "number": found.case_number,
        "procedure": authored(found.procedure_name),
        "place": states.index("now") + 1 if "now" in states else None,
        "milestones": found.milestones,
        "holder": found.holder_name,
        "mine": found.mine,
        "may_act": found.may_act,
        "may_claim": found.may_claim,
        "closed": found.status != "open",
        "phrase": found.phrase,
        "drafted": found.draft_at,
    }


def submit_label(found: cases.TaskPage) -> Text:
    """The main button says what comes next where the drawing leaves no doubt."""
    if found.follows is None:
        return T("提交")
    return T("提交，去{step}", step=authored(found.follows)) if found.follows else T("提交并办结")


def side(found: cases.TaskPage | cases.CasePage, now: datetime) -> dict[str, Any]:
    """The right column of a task's or a case's page."""
    closed = isinstance(found, cases.CasePage) and found.ended_at is not None
    number = found.number if isinstance(found, cases.CasePage) else found.case_number
    steps = found.tasks if isinstance(found, cases.CasePage) else found.steps
    clause = "、".join(getattr(found, "clauses", ()))
    return {
        "left": None if closed else left(found.timing, now),
        "clock_lines": [
            *lines(found.timing, found.spent, found.paused_seconds, now),
            *(T("{name}中", name=NAMES[one.kind]) for one in found.sides if one.status == "open"),
        ],
        "glance": glance(found),
        "papers": folder.papers(number, local_day(now)),
        "steps": told.last_steps(number, found.release, steps),
        "clause": clause,
    }


@dataclass(frozen=True)
class Opinion:
    """What was asked beside a step, in one line, and the answer."""

    id: int
    status: str
    text: Text
    opinion: str | None


ASKED = {
    "ask": T("{who}请示：{question}"),
    "sign": T("{who}请人加签：{question}"),
    "extend": T("{who}申请延期：{question}"),
}
ANSWERED = {
    None: T("{who}答复：{question}"),
    "agree": T("{who}同意：{question}"),
    "disagree": T("{who}不同意：{question}"),
}


def opinions(sides: Sequence[cases.Side], now: datetime) -> list[Opinion]:
    """Those that wait or are answered, the newest first; what was taken back is past."""
    return [_opinion(one, now) for one in reversed(sides) if one.status != "cancelled"]


def _opinion(one: cases.Side, now: datetime) -> Opinion:
    if one.status == "open":
        words = T(str(ASKED[one.kind]), who=one.by_name, question=one.question)
        text = T("{words}（等待答复，{at} 起）", words=words, at=when(one.asked_at, now))
    else:
        who = one.answered_by or ""
        text = T(str(ANSWERED[one.decision]), who=who, question=one.question)
    return Opinion(one.id, one.status, text, one.opinion)


def glance(found: cases.TaskPage | cases.CasePage) -> list[Fact]:
    """The case at a glance: the people as the page may show them, the account masked."""
    shown: list[Fact] = []
    if found.applicant:
        shown.append((T("申请人"), found.applicant, ""))
    if found.phone:
        shown.append((T("电话"), found.phone, ""))
    if found.account_no:
        shown += _account_at_glance(found.account_no)
    return shown


def _account_at_glance(no: str) -> list[Fact]:
    facts = registry.account(no)
    kind = CATEGORIES.get(facts.category, facts.category)
    size = f" DN{facts.meter.calibre}" if facts.meter else ""
    category = T("{kind}{size}", kind=kind, size=size)
    return [
        (T("户主"), identifiers.mask_name(facts.owner.name), ""),
        (T("户号"), no, "n"),
        (T("性质"), category, ""),
        (T("用水地址"), facts.service_point.address, ""),
        (T("水表"), facts.meter.serial if facts.meter else "—", ""),
        (T("欠费"), yuan(facts.arrears), "arr" if facts.arrears else ""),
    ]


def case(found: cases.CasePage) -> dict[str, Any]:
    """The head of a case's page."""
    state = STATES.get(found.state, T("办理中"))
    ended = found.state in {"ended", "withdrawn"} and found.outcome_name
    return {
        "number": found.number,
        "procedure": authored(found.procedure_name),
        "state": T("{state}：{end}", state=state, end=authored(found.outcome_name or ""))
        if ended
        else state,
        "milestones": found.milestones,
    }


def many(count: int) -> str:
    """A number that is not counted to its end."""
    return str(count) if count < cases.MANY else f"{cases.MANY - 1}+"


def case_line(one: cases.CaseLine) -> dict[str, Any]:
    """One case of a list."""
    state = STATES.get(one.state, T("办理中"))
    return {
        "number": one.number,
        "procedure": authored(one.procedure),
        "who": one.applicant,
        "where": one.address,
        "state": T("{state} · {step}", state=state, step=steps(one.step)) if one.step else state,
    }


def findable(ways: Iterable[cases.Findable]) -> list[tuple[object, list[tuple[str, str]]]]:
    """What cases are found by: the procedures, and of each (id, label) of its values."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in ways:
        found.setdefault(one.procedure_name, []).append((one.id, told.said_label(one.field)))
    return [(authored(name), fields) for name, fields in found.items()]


def steps(names: str) -> Text:
    """Names of steps, apart by 、."""
    found = [authored(name) for name in names.split("、")]
    return found[0] if len(found) == 1 else T("{first} 等 {n} 步", first=found[0], n=len(found))


def open_step(step: cases.TaskView, now: datetime, may: bool) -> dict[str, Any]:
    """An open step of a case, with the way to it for those who may."""
    return {
        "step": authored(step.name),
        "holder": step.holder_name,
        "left": left(step.timing, now),
        "href": href(step.id) if may else None,
    }


def prints(found: cases.TaskPage | cases.CasePage) -> list[dict[str, str]]:
    """The print-outs that can be made now: of this step, or of all steps that were reached."""
    return [{"name": name, "title": title} for name, title in found.prints]
