"""Finding cases by what was entered in them: the values that may stand open in the database.

A value that a person flows into is sealed and cannot be asked for: whoever asks is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import definitions, forms, identifiers
from app.errors import Invalid
from app.texts import T

# Nobody finds a case by the whole of what was told at length.
ASKED_FOR = forms.CHOICES | {"textfield", "number", "datetime", "checkbox"}
STARTS = ("message", "signal", "timer")
YES, NO = ("是", "yes", "true"), ("否", "no", "false")
MOST = 10


@dataclass(frozen=True)
class Findable:
    """A value that cases are found by: of which procedure, and the field that asks for it."""

    procedure: str
    procedure_name: str
    field: forms.Component

    @property
    def id(self) -> str:
        """``procedure.variable``."""
        return f"{self.procedure}.{self.field.key}"


def findable() -> list[Findable]:
    """What is asked for in the live procedures and is nobody's, in the order of the steps."""
    live = definitions.published()
    libraries = [definitions.library(release) for release in {one.release for one in live}]
    alone = {s.process_key for lib in libraries for kind in STARTS for s in lib.starts(kind)}
    # What is only called has no cases of its own.
    return [one for p in live if p.starters or p.key in alone for one in _of(p)]


def _of(published: definitions.Published) -> list[Findable]:
    content = definitions.content(published.release)
    names = content.open_names.get(published.key, frozenset())
    steps = definitions.process(published.release, published.key).elements.values()
    asked = [content.forms[step.form] for step in steps if step.form in content.forms]
    fields = {
        field.key: field
        for form in asked
        for field in form.walk()
        if field.key in names and field.type in ASKED_FOR and field.label
    }
    return [Findable(published.key, published.name, field) for field in fields.values()]


def read_value(one: Findable, typed: str) -> Any:
    """What a person typed or chose, as it is stored. Raises Invalid for what it cannot be."""
    field, text = one.field, identifiers.fold(typed)
    if field.options:
        chosen = [o.value for o in field.options if text in (str(o.value), o.label)]
        return chosen[0] if chosen else typed.strip()
    if field.type == "checkbox":
        return _truth(text.lower())
    if field.type == "number":
        return _number(text, money=field.money)
    return typed.strip()


def _truth(text: str) -> bool:
    if text not in YES + NO:
        raise Invalid(fields={"value": T("请填写“是”或“否”。")})
    return text in YES


def _number(text: str, *, money: bool) -> int | float:
    try:
        number = float(text)
        return round(number * 100) if money else int(number) if number.is_integer() else number
    except (ValueError, OverflowError) as error:
        raise Invalid(fields={"value": T("请填写数字。")}) from error


def need_open(variables: Mapping[str, Any], procedure: str) -> None:
    """Raises Invalid naming what cannot be asked for: too many, no plain values, or sealed."""
    if len(variables) > MOST:
        raise Invalid(fields={"variables": T("最多 {most} 项", most=MOST)})
    odd = {n for n, value in variables.items() if not isinstance(value, str | int | float)}
    faults = dict.fromkeys(odd, T("只能是文字、数字或是否。"))
    sealed = _sealed(procedure) & set(variables)
    faults |= dict.fromkeys(sealed, T("此项可能含个人信息，加密保存，不能用来查找。"))
    if faults:
        raise Invalid(fields={f"variables.{name}": text for name, text in faults.items()})


def _sealed(procedure: str) -> set[str]:
    """Names that the live procedures ask for and keep sealed, and none of them keeps open."""
    asked, opened = set[str](), set[str]()
    for one in definitions.published():
        if procedure in ("", one.key):
            content = definitions.content(one.release)
            opened |= content.open_names.get(one.key, frozenset())
            mine = (form for key, form in content.forms.items() if key.startswith(f"{one.key}."))
            asked |= {field.key.partition(".")[0] for form in mine for field in form.fields}
    return asked - opened
