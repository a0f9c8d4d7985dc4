"""From what was typed or sent to a value of the right kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app import identifiers
from app.forms.model import MULTIPLE, Component
from app.texts import T, Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBERS = frozenset(
    {"resident_id", "uscc", "mobile_or_landline", "meter_serial", "account_no", "calibre"}
)
_NAME = re.compile(r"([^.\[\]]+)|\[(\d{1,4})\]")
_ROW = re.compile(r"(.+)\[(\d{1,4})\]")
_DATE = re.compile(
    r"(\d{4})(?:(\d{2})(\d{2})|\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?)", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2})\s?[:：时点]?\s?(\d{2})分?", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
_HALF = re.compile("[\ud800-\udfff]")
MOST = 10**15
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """Posted names (``papers[0].kind``) to nested values; names with ``_`` before are the page's.

    ``_shown`` names choices that stood on the page: they are there, empty, when nothing of them
    was chosen.
    """
    result: dict[str, Any] = {}
    for name in _list(given.get("_shown")):
        _put(result, str(name), None)
    for name, value in given.items():
        if not name.startswith("_"):
            _put(result, name, value)
    if given.get("_add"):
        _added(result, str(given["_add"]))
    if given.get("_remove"):
        _removed(result, str(given["_remove"]))
    return {key: _rows(value) for key, value in result.items()}


def _put(into: dict[Any, Any], name: str, value: Any) -> None:
    """Place a value. A name that runs through another value stays as it is: nobody asked it."""
    parts = [word or int(number) for word, number in _NAME.findall(name)] or [name]
    at = into
    for part in parts[:-1]:
        if at.get(part) is None:
            at[part] = {}
        at = at[part]
        if not isinstance(at, dict):
            into[name] = value
            return
    if isinstance(at.get(parts[-1]), dict):
        into[name] = value
    else:
        at[parts[-1]] = value


def _rows(value: Any) -> Any:
    """Dictionaries by row number become lists."""
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_rows(value[key]) for key in sorted(value)]
    return {key: _rows(inner) for key, inner in value.items()}


def _added(into: dict[str, Any], name: str) -> None:
    rows = _at(into, name)
    if isinstance(rows, dict):
        rows[max((k for k in rows if isinstance(k, int)), default=-1) + 1] = {}
    else:
        _put(into, f"{name}[0]", {})


def _removed(into: dict[str, Any], name: str) -> None:
    match = _ROW.fullmatch(name)
    rows = _at(into, match.group(1)) if match else None
    if match and isinstance(rows, dict):
        rows.pop(int(match.group(2)), None)


def _at(into: Any, name: str) -> Any:
    for word, number in _NAME.findall(name):
        into = into.get(word or int(number)) if isinstance(into, dict) else None
    return into


def typed(component: Component, raw: Any, *, web: bool) -> tuple[Any, Text | None]:
    """(value, None), or (None, what is wrong). Blank is None. ``web``: texts stand for numbers."""
    if isinstance(raw, str):
        raw = _CONTROL.sub("", raw.replace("\r\n", "\n")).strip()
    if raw is None or raw == "" or raw == []:
        return None, None
    reader = _READERS.get(component.type)
    if component.type in MULTIPLE or _many_files(component):
        return _several(raw)
    return reader(component, raw, web) if reader else (raw, None)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _many_files(component: Component) -> bool:
    return component.type == "filepicker" and bool(component.raw.get("multiple"))


def _several(raw: Any) -> tuple[Any, Text | None]:
    chosen = [one for one in _list(raw) if one not in (None, "")]
    if any(isinstance(one, list | dict) for one in chosen):
        return None, T("格式不对，请重新填写")
    return list(dict.fromkeys(chosen)) or None, None


def _text(component: Component, raw: Any, _web: bool) -> tuple[Any, Text | None]:
    if not isinstance(raw, str):
        return None, T("应填写文字")
    if _HALF.search(raw):
        return None, T("含有无法保存的字符，请重新输入")
    if component.marks.get("check") in NUMBERS:
        return identifiers.fold_number(raw), None
    if component.rules.get("validationType") in {"phone", "email"}:
        return identifiers.fold(raw), None
    return raw, None


def _number(component: Component, raw: Any, web: bool) -> tuple[Any, Text | None]:
    if isinstance(raw, str) and web:
        return _from_text(component, identifiers.fold(raw))
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None, T("应填写数字")
    if not abs(raw) < MOST:  # neither does "not a number" pass
        return None, T("数字太大，请核对")
    if component.money:
        return (raw, None) if isinstance(raw, int) else (None, T("金额应为整数分"))
    return _places(component, Decimal(str(raw)))


def _from_text(component: Component, text: str) -> tuple[Any, Text | None]:
    plain = re.sub(r"[,，\s¥￥]", "", text).replace("－", "-")
    if not _DECIMAL.fullmatch(plain):
        return None, T("请只填数字，例如 {sample}", sample="192.22" if component.money else "12")
    number = Decimal(plain)
    if not component.money:
        return _places(component, number)
    if number != number.quantize(Decimal("0.01")):
        return None, T("金额最多写到分（两位小数）")
    return int(number * 100), None


def _places(component: Component, number: Decimal) -> tuple[Any, Text | None]:
    if component.decimals is not None and number != round(number, component.decimals):
        if component.decimals == 0:
            return None, T("请填整数，不带小数")
        return None, T("最多 {places} 位小数", places=component.decimals)
    return (int(number) if number == int(number) else float(number)), None


def _moment(component: Component, raw: Any, _web: bool) -> tuple[Any, Text | None]:
    if not isinstance(raw, str):
        return None, T("日期应写成 2026-03-02 的样子")
    return _MOMENTS.get(component.subtype, _day)(identifiers.fold(raw))


def _day(text: str) -> tuple[Any, Text | None]:
    match = _DATE.fullmatch(text)
    if match is None:
        return None, T("日期应写成 2026-03-02 的样子")
    try:
        return date(*(int(part) for part in match.groups() if part)).isoformat(), None
    except ValueError:
        return None, T("没有这一天，请核对年月日")


def _clock(text: str) -> tuple[Any, Text | None]:
    match = _CLOCK.fullmatch(text)
    try:
        at = time(int(match.group(1)), int(match.group(2))) if match else None
    except ValueError:
        at = None
    return (at.strftime("%H:%M"), None) if at else (None, T("时刻应写成 09:30 的样子"))


def _day_and_clock(text: str) -> tuple[Any, Text | None]:
    wrong = T("应写成 2026-03-02 09:30 的样子")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        day, _, clock = text.rpartition(" ")
        (day, no_day), (clock, no_clock) = _day(day.strip()), _clock(clock)
        if no_day or no_clock:
            return None, wrong
        at = datetime.fromisoformat(f"{day}T{clock}")
    zoned = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
    return zoned.isoformat(timespec="minutes"), None


def _tick(_component: Component, raw: Any, web: bool) -> tuple[Any, Text | None]:
    if isinstance(raw, bool):
        return raw, None
    if web and isinstance(raw, str) and raw in {"true", "on", "false"}:
        return raw != "false", None
    return None, T("应为“是”或“否”")


def _one(_component: Component, raw: Any, _web: bool) -> tuple[Any, Text | None]:
    return (None, T("只能选一项")) if isinstance(raw, list | dict) else (raw, None)


_MOMENTS = {"date": _day, "time": _clock, "datetime": _day_and_clock}
_READERS = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "datetime": _moment,
    "checkbox": _tick,
    "radio": _one,
    "select": _one,
    "filepicker": _one,
}


def shown(component: Component, value: Any) -> str:
    """A value as it stands in an input or on the page; what was typed stays as typed."""
    if value is None or isinstance(value, str | list | dict):
        return value if isinstance(value, str) else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if component.money and isinstance(value, int):
        return yuan(value)
    return str(value)


def yuan(fen: int) -> str:
    """Integer fen to ``192.22``."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
