"""Water used between two readings of a dial (5.2 of the domain): pure."""

from __future__ import annotations

from app.errors import Invalid
from app.texts import T, Text


def volume(
    last: int, reading: int, max_dial: int, *, reversed_: bool = False, rolled_over: bool = False
) -> int:
    """m³ between the last reading and this one.

    A reversed meter counts down. ``rolled_over``: the dial has passed its end since the last
    reading. Raises Invalid (field ``reading``) when the reading cannot be.
    """
    _on_dial(reading, max_dial)
    used = last - reading if reversed_ else reading - last
    if rolled_over:
        if used >= 0:
            raise _wrong(T("表底数没有越过满量程，不能按回零计算（上次抄见 {last}）", last=last))
        return used + max_dial + 1
    if used < 0:
        raise _wrong(_unlikely(last, reversed_))
    return used


def _on_dial(reading: int, max_dial: int) -> None:
    if isinstance(reading, bool) or not isinstance(reading, int) or reading < 0:
        raise _wrong(T("表底数应为不小于 0 的整数"))
    if reading > max_dial:
        raise _wrong(T("表底数不能大于量程 {max_dial}", max_dial=max_dial))


def _unlikely(last: int, reversed_: bool) -> Text:
    if reversed_:
        return T("倒装水表的表底数不能大于上次抄见 {last}；若已回零请勾选", last=last)
    return T("表底数不能小于上次抄见 {last}；若已回零请勾选", last=last)


def _wrong(text: Text) -> Invalid:
    return Invalid(fields={"reading": text})
