"""What several procedures show of an account; no service function stands here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from app import cases, definitions, identifiers, registry
from app.errors import NotAllowed
from app.texts import T, Text
from app.work import Actor, Work

SHANGHAI = ZoneInfo("Asia/Shanghai")
CATEGORIES = {
    "residential": T("居民生活"),
    "non_residential": T("非居民"),
    "special": T("特种行业"),
}
STATES = {
    "pre": T("预立户"),
    "suspended": T("报停"),
    "restricted": T("限水"),
    "closed": T("销户"),
}


# Beside who may start the procedure: who keeps the volume, and who answers for both.
KEEPERS = frozenset({"archivist", "cs_director"})


def may_put(by: Actor, case: cases.CasePage) -> bool:
    """Whether one puts papers to a case, open or over: who takes such cases in, whose step is
    open, and who keeps its papers."""
    starters = set(definitions.process(case.release, case.procedure).starters)
    now = {group for task in case.tasks if task.status == "open" for group in task.groups}
    return by.id is None or not by.groups.isdisjoint(starters | now | KEEPERS)


def need_part(by: Actor, case: cases.CasePage) -> None:
    """Raises NotAllowed for who does not put papers to the case."""
    if not may_put(by, case):
        raise NotAllowed(T("此件不由您的岗位办理。"), case=case.number)


def today(work: Work) -> date:
    """The day of this work in Shanghai."""
    return work.at.astimezone(SHANGHAI).date()


def put_files(work: Work, case: str, kind: str, title: Text, files: Iterable[str] | None) -> None:
    """Put files that came with a step down as a paper of the case; one page each.

    Coming again with others they supersede the earlier ones; without any nothing is put down.
    """
    ids = [str(each) for each in files or []]
    if ids:
        registry.put_material(
            work,
            case=case,
            kind=kind,
            title=str(title),
            mode="file",
            pages=len(ids),
            received=True,
            file_ids=ids,
        )


def facts_of(account: registry.AccountFacts) -> dict[str, Any]:
    """Variables of an account; ``account`` is what forms show, the owner masked."""
    meter = account.meter
    return {
        "account_no": account.account_no,
        "account": {
            "known": True,
            "no": account.account_no,
            "address": account.service_point.address,
            "owner": identifiers.mask_name(account.owner.name),
            "category_text": str(CATEGORIES.get(account.category, account.category)),
            "calibre": meter.calibre if meter else 0,
            "serial": meter.serial if meter else "",
            "last_reading": meter.last_reading if meter else 0,
            "notice": notice(account),
        },
        "region": account.region,
        "calibre": meter.calibre if meter else 0,
        "category": account.category,
        "price_code": account.price_code,
        "arrears": account.arrears,
    }


def no_account(region: str | None) -> dict[str, Any]:
    """The same variables before an account is named."""
    empty = dict.fromkeys(("no", "address", "owner", "category_text", "serial", "notice"), "")
    return {
        "account_no": "",
        "account": {"known": False, **empty, "calibre": 0, "last_reading": 0},
        "region": region or "",
        "calibre": 0,
        "category": "",
        "price_code": "",
        "arrears": 0,
    }


def notice(account: registry.AccountFacts) -> str:
    """What the clerk should know before typing: what would stop the case."""
    said = []
    if account.lock:
        said.append(T("在办案件 {number}", number=account.lock))
    if account.open_violation:
        said.append(T("有未结违章"))
    if account.state in STATES:
        said.append(STATES[account.state])
    return "注意：" + "、".join(said) if said else ""
