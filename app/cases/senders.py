"""Who may hand in a message from outside the drawings: data, and nobody unless it is said.

A receiving element may say it by its property ``senders`` (groups); else the table does, which
follows the list of messages that all procedures share. What a drawing throws itself, and what
the installation's own jobs send, is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from app import definitions, engine, notices, people
from app.cases import rights
from app.cases.hold import Held, hold_by_id
from app.errors import NotAllowed
from app.texts import T
from app.work import Actor, Work

COUNTER = frozenset({"window_clerk", "hotline_agent"})
MONEY = frozenset({"cashier", "finance"})
# Message → groups. Those of drawings alone (archive_requested, case_result, outage steps) and
# every name that is not here: no person at all.
SENDERS: dict[str, frozenset[str]] = {
    "customer_supplied": COUNTER,
    "customer_answered": COUNTER,
    "payment_received": MONEY,
    "cheque_cleared": MONEY,
    "completion_report": frozenset({"window_clerk"}),
    "group_decision": frozenset({"group_approver"}),
    "leader_instruction": frozenset({"company_leader", "company_leader_in_charge"}),
}
# What the host itself sends, drawn nowhere; ``notices.TIDINGS`` is another.
REFUND = "refund_requested"
RECEIVERS = """
    SELECT DISTINCT case_id, element FROM subscriptions
    WHERE name = %s AND key = %s AND kind = 'message' ORDER BY case_id, element
"""
# Release, procedure and element.
Place = tuple[int, str, str]


def messages_from_outside() -> frozenset[str]:
    """Messages that no drawing has to send: people do, or the host."""
    return frozenset({*SENDERS, REFUND, notices.TIDINGS})


def need(work: Work, name: str, key: str) -> None:
    """Raises NotAllowed unless the actor may send this message to all that it would reach."""
    if work.by.id is None:
        return
    receivers = work.execute(RECEIVERS, (name, key)).fetchall()
    for case_id, element in receivers:
        case = hold_by_id(work, case_id)
        rights.need_case(work.by, case)
        _need(work.by, name, _of_element(case, element))
    starts = _starts(name)
    for groups in starts:
        _need(work.by, name, groups)
    if not receivers and not starts and name in SENDERS:
        _need(work.by, name, set())


def need_early(actor: Actor, name: str, places: Iterable[Place]) -> None:
    """Raises NotAllowed unless one of the elements that may come to wait takes it from the actor.

    Who really takes it is looked at once more when it does (``may_reach``).
    """
    if actor.id is not None and not any(_sends(actor, name, _said_at(*place)) for place in places):
        raise _not_allowed(name)


def may_reach(actor: Actor, case: Held, name: str, element: str) -> bool:
    """Whether what the actor has sent may be taken by this element of a case."""
    if actor.id is None:
        return True
    here = rights.sees_region(actor, case.region)
    return here and _sends(actor, name, _of_element(case, element))


def _need(actor: Actor, name: str, said: set[str]) -> None:
    if not _sends(actor, name, said):
        raise _not_allowed(name)


def _sends(actor: Actor, name: str, said: set[str]) -> bool:
    groups = said or SENDERS.get(name, frozenset())
    return any(people.may(actor, group) for group in groups)


def _not_allowed(name: str) -> NotAllowed:
    return NotAllowed(T("您的岗位不能发送消息“{name}”。", name=name))


def _said_at(release: int, procedure: str, element: str) -> set[str]:
    return _senders(definitions.element(release, procedure, element))


def _of_element(case: Held, element: str) -> set[str]:
    """What the element says; where a case and what it calls use the same id, all must say it."""
    found = [p.elements[element] for p in _drawings(case) if element in p.elements]
    said = [_senders(e) for e in found]
    return set.intersection(*said) if said else set()


def _drawings(case: Held) -> list[engine.Process]:
    """The case's own drawing and all that it calls."""
    processes = definitions.library(case.release_id).processes
    found, ahead = {}, [case.procedure]
    while ahead:
        key = ahead.pop()
        if key in processes and key not in found:
            found[key] = processes[key]
            ahead += processes[key].calls
    return list(found.values())


def _senders(element: engine.Element) -> set[str]:
    return set(definitions.words(element.marks.properties.get("senders", "")))


def _starts(name: str) -> list[set[str]]:
    """What the message starts of the live release say."""
    live = definitions.library(definitions.current_release())
    return [
        _senders(live.processes[start.process_key].elements[start.element])
        for start in live.message_starts
        if start.name == name
    ]
