"""What a case's own row says of its variables: account, region, open values, the people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app import definitions, identifiers, sealing
from app.cases import clock
from app.cases.hold import Held
from app.work import Work

OPEN_TEXT = 200
# Which variables are the applicant's name, phone and number, unless the drawing says otherwise
# by a property ``card``: "name=new_name phone=new_phone id_no=new_id_no".
CARD = {
    "name": ("applicant_name", "applicant", "new_name", "customer_name", "caller_name", "name"),
    "phone": ("applicant_phone", "new_phone", "phone"),
    "id_no": ("applicant_id_no", "new_id_no", "id_no", "new_uscc", "uscc"),
}
PLACE = ("account_no", "address", "region", "branch")


def note(work: Work, case: Held, variables: Mapping[str, Any]) -> list[tuple[bytes, str]]:
    """Bring the row up to the variables; gives what the case is newly found by (hash, kind)."""
    properties = definitions.process(case.release_id, case.procedure).properties
    for name in PLACE:
        value = variables.get(name)
        if isinstance(value, str) and value:
            setattr(case, name, value)
    case.open_vars = _open(case, variables)
    clock.set_limit(work, case, properties, variables)
    return _people(case, _card(properties, variables))


def _open(case: Held, variables: Mapping[str, Any]) -> dict[str, Any]:
    names = definitions.content(case.release_id).open_names.get(case.procedure, frozenset())
    return {n: variables[n] for n in names if n in variables and _small(variables[n])}


def _small(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= OPEN_TEXT
    return isinstance(value, bool | int | float)


@lru_cache(maxsize=256)
def _card_names(said: str) -> dict[str, tuple[str, ...]]:
    pairs = dict(p.split("=", 1) for p in said.replace(",", " ").split() if "=" in p)
    return {kind: (pairs[kind], *names) if kind in pairs else names for kind, names in CARD.items()}


def _card(properties: Mapping[str, str], variables: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for kind, names in _card_names(properties.get("card", "")).items():
        values = (variables.get(name) for name in names)
        value = next((v for v in values if isinstance(v, str) and v), None)
        if value is not None:
            found[kind] = value
    return found


def _people(case: Held, card: dict[str, str]) -> list[tuple[bytes, str]]:
    before = case.unseal(case.card) if case.card is not None else {}
    known = before.get("name") or (case.people or {}).get("name")
    if known:
        card.setdefault("name", known)
    if card == before:
        return []
    case.card = case.seal(card)
    return hashes(card, before)


def hashes(card: Mapping[str, str], before: Mapping[str, str]) -> list[tuple[bytes, str]]:
    """Keyed hashes of what changed, to find the case by."""
    found = []
    for kind, value in card.items():
        if before.get(kind) == value:
            continue
        folded = identifiers.fold(value)
        found.append((sealing.keyed_hash(kind, folded), kind))
        if kind == "phone" and len(folded) >= 4:
            found.append((sealing.keyed_hash("phone4", folded[-4:]), "phone4"))
    return found
