"""Who may hand in a message from outside the drawings: data, and nobody unless it is said.

A receiving element may say it by its property ``senders`` (groups); else the table does, which
follows the list of messages that all procedures share. What a drawing throws itself, and what
the installation's own jobs send, is not asked.
"""

from __future__ import annotations

from app import definitions, engine, people
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
RECEIVERS = """
    SELECT DISTINCT case_id, element FROM subscriptions WHERE name = %s AND key = %s
    ORDER BY case_id, element
"""


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


def _need(actor: Actor, name: str, said: set[str]) -> None:
    groups = said or SENDERS.get(name, frozenset())
    if not any(people.may(actor, group) for group in groups):
        raise NotAllowed(T("您的岗位不能发送消息“{name}”。", name=name))


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
