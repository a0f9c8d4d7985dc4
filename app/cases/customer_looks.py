"""Looking at a customer's whole values: for archivists, and for whom an open case of one of the
customer's accounts is at work. Why is asked once per customer and person (domain 3.2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app import registry
from app.cases import rights
from app.cases.looks import GIVE, need_words, reason_given
from app.db import raw
from app.errors import NotAllowed
from app.texts import T
from app.work import Actor, Work, command

AT_WORK = """
    SELECT c.number FROM cases c JOIN tasks t ON t.case_id = c.id
    WHERE c.account_no = ANY(%s) AND c.status = 'open' AND t.status = 'open' AND t.groups && %s
        AND (%s OR c.region IS NULL OR c.region = %s)
    ORDER BY c.id LIMIT 1
"""
SEEN = ("id_no", "name", "phones")


def case_at_work(actor: Actor, accounts: Collection[str]) -> str | None:
    """The open case of one of these accounts in which the person has a step now."""
    groups = rights.groups_of(actor)
    where = (list(accounts), groups, actor.sees_all_regions, actor.region)
    row = raw().execute(AT_WORK, where).fetchone()
    return row[0] if row else None


def may_look_at_customer(actor: Actor, accounts: Collection[str]) -> bool:
    """Whether the person sees the customer whole once a reason was given."""
    return "archivist" in actor.groups or case_at_work(actor, accounts) is not None


@command(right="look")
def give_customer_reason(work: Work, customer_id: int, why: str, words: str = "") -> None:
    """Say why one looks at a customer. Raises NotFound, NotAllowed, Invalid as ``give_reason``."""
    accounts = [line.account_no for line in registry.customer_page(customer_id).accounts]
    if not may_look_at_customer(work.by, accounts):
        raise NotAllowed(T("完整信息只供正为该用户办件的岗位和档案岗位查看。"))
    need_words(why, words)
    sealed = registry.seal_words(customer_id, words.strip()) if words.strip() else None
    work.execute(GIVE, ("customer", str(customer_id), work.by.id, why, sealed, work.at))
    case = case_at_work(work.by, accounts)
    registry.record_look(work, customer_id, "look:reason", {"why": why}, case)


def look_at_customer(actor: Actor, customer_id: int, accounts: Collection[str]) -> bool:
    """Whether the whole values are shown now; if so, the look is on record."""
    given = reason_given(actor, "customer", str(customer_id))
    if given is None or not may_look_at_customer(actor, accounts):
        return False
    case = case_at_work(actor, accounts)
    _note(customer_id, given, case, by=replace(actor, scope="all"))
    return True


@command(right="look")
def _note(work: Work, customer_id: int, why: str, case: str | None) -> None:
    after = {"fields": list(SEEN), "why": why}
    registry.record_look(work, customer_id, "customer:look", after, case)
