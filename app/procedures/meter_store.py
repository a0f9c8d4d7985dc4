"""What storekeepers and the metering department do in the store: no case, each deed by itself.

Rules stand in ``app/registry/intake.py`` and ``app/registry/shifting.py``; here it is decided who
may, and what the decision ``meter_life`` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app import definitions, feel, registry, settings
from app.errors import NotAllowed, Refused
from app.registry.intake import Life
from app.texts import T
from app.work import Work, command

KEEPERS = frozenset({"meter_storekeeper", "metering"})
READERS = frozenset({*KEEPERS, "auditor"})


def _need_keeper(work: Work) -> None:
    if work.by.id is None:
        return
    if not KEEPERS & work.by.kinds:
        raise NotAllowed(T("只有库管员和计量部门可以办理表库业务。"))


def life_at(moment: datetime) -> Life:
    """The live decision ``meter_life``: calibre (mm) and Q3 (m³/h) → years, renew or verify."""
    table = definitions.library(definitions.current_release()).decisions.get("meter_life")
    if table is None:
        raise Refused(T("没有发布决策 {name}，请联系流程负责人。", name="meter_life"))
    calendar = settings.calendar()
    known: dict[tuple[int, float | None], tuple[int, str]] = {}

    def life(calibre: int, q3: float | None) -> tuple[int, str]:
        if (calibre, q3) not in known:
            given = {"calibre": calibre, "q3": q3 or 0}
            made = feel.decide(table, given, now=moment, calendar=calendar)
            if made.messages or not isinstance(made.value, dict):
                raise Refused(T("决策 meter_life 没有适用于 DN{calibre} 的行。", calibre=calibre))
            known[calibre, q3] = int(made.value["years"]), str(made.value["rule"])
        return known[calibre, q3]

    return life


@command(right="business")
def receive_delivery(work: Work, **given: Any) -> registry.Arrived:
    """Take a delivery of meters in; arguments and errors as ``registry.receive_delivery``."""
    _need_keeper(work)
    return registry.receive_delivery(work, life=life_at(work.at), **given)


@command(right="business")
def take_in_seals(work: Work, **given: Any) -> list[str]:
    """Take a roll of seals in; arguments and errors as ``registry.take_in_seals``."""
    _need_keeper(work)
    return registry.take_in_seals(work, **given)


@command(right="business")
def transfer_meters(
    work: Work, serials: Sequence[str], *, source: str, target: str, reason: str = ""
) -> str:
    """Move meters between stores; errors as ``registry.transfer_meters``."""
    _need_keeper(work)
    return registry.transfer_meters(work, serials, source=source, target=target, reason=reason)


@command(right="business")
def transfer_seals(work: Work, **given: Any) -> str:
    """Move seals between stores; arguments and errors as ``registry.transfer_seals``."""
    _need_keeper(work)
    return registry.transfer_seals(work, **given)


@command(right="business")
def void_seals(work: Work, **given: Any) -> int:
    """Void lost or broken seals; arguments and errors as ``registry.void_seals``."""
    _need_keeper(work)
    return registry.void_seals(work, **given)


@command(right="business")
def scrap_meter(work: Work, serial: str, reason: str) -> None:
    """Take a meter out of use; errors as ``registry.scrap_meter``."""
    _need_keeper(work)
    registry.scrap_meter(work, serial, reason)


@command(right="business")
def verify_meter(work: Work, serial: str, **given: Any) -> str:
    """Note the result of a verification; arguments and errors as ``registry.verify_meter``."""
    _need_keeper(work)
    return registry.verify_meter(work, serial, life=life_at(work.at), **given)


@command(right="business")
def take_back_meter(work: Work, serial: str, reading: int) -> str:
    """Take in an old meter that was left outside; errors as ``registry.take_back_late``."""
    _need_keeper(work)
    return registry.take_back_late(work, serial, reading)


@command(right="business")
def count_store(work: Work, store: str, serials: Sequence[str]) -> str:
    """Write a count down; errors as ``registry.count_store``."""
    _need_keeper(work)
    return registry.count_store(work, store, serials)


@command(right="business")
def settle_difference(work: Work, difference_id: int, how: str, note: str) -> None:
    """Settle a difference of a count; errors as ``registry.settle_difference``."""
    _need_keeper(work)
    registry.settle_difference(work, difference_id, how, note)
