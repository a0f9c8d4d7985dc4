"""How pages speak: language, theme, times, and the Jinja words for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request
from flask_babel import Babel, format_date, format_datetime, get_locale

from app import identifiers
from app.texts import T, Text, authored

SHANGHAI = ZoneInfo("Asia/Shanghai")
LANGUAGES = ("zh", "en")
THEMES = ("auto", "light", "dark")


def language() -> str:
    """The reader's language: what the person chose, else Chinese."""
    chosen = request.cookies.get("lang", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def theme() -> str:
    """Light or dark as chosen, else as the system has it."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def say(text: object) -> str:
    """A text in the reader's language; what is no ``Text`` stays as it is."""
    return text.to(language()) if isinstance(text, Text) else str(text)


def finish(value: object) -> object:
    """What a page prints: texts in the reader's language, anything else as it is."""
    return say(value) if isinstance(value, Text) else value


def t(template: str, **params: object) -> str:
    """A text of the pages themselves, in the reader's language."""
    return say(T(template, **params))


def local(moment: datetime) -> datetime:
    """The moment on the clocks of Shanghai."""
    return moment.astimezone(SHANGHAI)


def when(moment: datetime | None, now: datetime | None = None) -> str:
    """``10:42`` today, ``11-23 10:42`` this year, else with the year."""
    if moment is None:
        return "—"
    seen = local(moment)
    today = local(now) if now else None
    if today and seen.date() == today.date():
        return str(format_datetime(moment, "HH:mm"))
    short = today is not None and seen.year == today.year
    return str(format_datetime(moment, "MM-dd HH:mm" if short else "yyyy-MM-dd HH:mm"))


def as_of(moment: datetime) -> str:
    """Until when what is shown was known, to the second."""
    return t("数据截至 {at}", at=format_datetime(moment, "HH:mm:ss"))


def day(value: date | str | None) -> str:
    """A date as ``2026-11-23``."""
    if value is None or value == "":
        return "—"
    return value if isinstance(value, str) else str(format_date(value, "yyyy-MM-dd"))


def yuan(fen: int | None) -> str:
    """Integer fen as ``¥1,286.00``."""
    if fen is None:
        return "—"
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


FILTERS: Mapping[str, Any] = {
    "say": say,
    "when": when,
    "as_of": as_of,
    "day": day,
    "yuan": yuan,
    "authored": authored,
    "mask_name": identifiers.mask_name,
    "mask_id": identifiers.mask_id,
    "mask_phone": identifiers.mask_phone,
}


def register(app: Flask) -> None:
    """Give the application its language and the templates their words."""
    app.jinja_env.finalize = finish
    Babel(
        app,
        default_locale="zh",
        default_timezone="Asia/Shanghai",
        locale_selector=language,
    )
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(t=t, language=language, theme=theme, get_locale=get_locale)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
