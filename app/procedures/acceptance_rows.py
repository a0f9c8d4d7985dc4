"""The rows of a round of acceptance: as they are laid out, what is wrong in them, what they say.

A row is one meter. Items of the checklist are named by their numbers, so that a row stays one line
even in a building of three hundred meters; which items there are is the decision
``acceptance_checklist``. Source: domain 2.24.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from app import registry
from app.forms import Context
from app.identifiers import fold
from app.texts import T, Text

Row = Mapping[str, Any]
Faults = dict[int, dict[str, Text]]
SERIAL, DOOR, READING = "serial", "door", "reading"
SEALS: dict[str, Text] = {
    "plastic": T("塑封"),
    "steel": T("钢封"),
    "inspection": T("稽查封"),
    "lead": T("铅封"),
}
_APART = re.compile(r"[\s、，,;；/]+")
_ITEMS = re.compile(r"((?:\d+(?:[\s、，,;；/]+|$))*)(.*)", re.DOTALL)
_SEAL = re.compile("(" + "|".join(SEALS.values()) + r")?\s*[:：]?\s*(\S*)")


@dataclass(frozen=True)
class Meter:
    """What was issued for a point, and what the register knows of it; ``serial`` "" for nothing."""

    point: registry.PointLine
    serial: str
    calibre: int
    type: str
    max_dial: int
    seals: tuple[Mapping[str, str], ...]


def meters_at(points: Sequence[str]) -> dict[str, Meter]:
    """The points that exist, in the order asked, each with the meter that is issued for it."""
    lines = registry.point_lines(points)
    out = {one.point_no: one for one in registry.issued(points=points) if one.state == "issued"}
    kinds = registry.meter_kinds(one.serial for one in out.values())
    found = {}
    for no in points:
        if no in lines:
            one = out.get(no)
            kind = kinds.get(one.serial, (0, "", 0)) if one else (0, "", 0)
            found[no] = Meter(
                lines[no], one.serial if one else "", *kind, tuple(one.seals) if one else ()
            )
    return found


# --- the checklist --------------------------------------------------------------------------------


def union(lists: Iterable[Sequence[Row]]) -> list[dict[str, Any]]:
    """The items of all kinds of meters, each once, by their numbers."""
    found = {item["code"]: dict(item) for items in lists for item in items}
    return sorted(found.values(), key=lambda item: (item["no"], item["code"]))


def of_scope(checklist: Sequence[Row], scope: str) -> list[Row]:
    """The items of each meter, or of the works as a whole."""
    return [item for item in checklist if item["scope"] == scope]


def named(text: str | None) -> tuple[list[str], str]:
    """The numbers with which a text begins, and the words after them: "4、7 井盖破损"."""
    match = _ITEMS.fullmatch(str(text or "").strip())
    head, words = match.groups() if match else ("", "")
    return re.findall(r"\d+", head), words.strip()


def codes(text: str | None, checklist: Sequence[Row]) -> list[str]:
    """The codes of items named by number; those that no item has are left out."""
    by_number = {str(item["no"]): str(item["code"]) for item in of_scope(checklist, "meter")}
    return [by_number[number] for number in named(text)[0] if number in by_number]


def check_numbers(value: Any, context: Context) -> Text | None:
    """Whether each number is one of the checklist's."""
    known = [str(item["no"]) for item in of_scope(context.scope.get("checklist") or (), "meter")]
    wrong = [number for number in named(value)[0] if number not in known]
    if not wrong:
        return None
    return T("没有序号为 {wrong} 的检查项，请按上方清单填写", wrong="、".join(wrong))


# --- seals ----------------------------------------------------------------------------------------


def seals_text(seals: Iterable[Mapping[str, str]]) -> str:
    """ "塑封 S1-00001、钢封 G1-00001", as it is typed and printed."""
    return "、".join(f"{SEALS[s['type']]} {s['no']}" for s in seals)


def read_seals(
    text: str | None, known: Iterable[Mapping[str, str]]
) -> tuple[list[dict[str, str]], Text | None]:
    """Seals of a text, or what is wrong with it. A number that went out with the meter needs no
    type."""
    types: dict[str, str] = {word: type_ for type_, word in SEALS.items()}
    issued = {one["no"]: one["type"] for one in known}
    found: list[dict[str, str]] = []
    said = ""
    for part in _APART.split(fold(str(text or "")).strip()):
        match = _SEAL.fullmatch(part)
        word, number = match.groups() if match else (None, part)
        number = number.upper()
        said = word or said
        if not number:
            continue
        type_ = types.get(said) or issued.get(number)
        if type_ is None:
            return [], T("请写明封号 {no} 的种类，如 塑封 {no}", no=number)
        found.append({"type": type_, "no": number})
        said = ""
    return found, None


# --- laying out -----------------------------------------------------------------------------------


def laid_out(meter: Meter, door: str, before: registry.CheckedMeter | None) -> dict[str, Any]:
    """A row before anybody has looked. What is known stands beside it and is not typed again."""
    return {
        "door": f"{door} DN{meter.calibre}" if meter.calibre else door,
        "serial": meter.serial,
        "issued_seals": seals_text(before.seals if before else meter.seals),
    }


def doors(addresses: Sequence[str]) -> list[str]:
    """Addresses without what they have in common: the page says that once."""
    if len(addresses) < 2:
        return list(addresses)
    pairs = zip(min(addresses), max(addresses), strict=False)
    same = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    # A number is not cut in two.
    same = same.rstrip("0123456789")
    return [address[len(same) :] or address for address in addresses]


def works_laid_out(items: Sequence[Row], before: Sequence[Row]) -> list[Any]:
    """What is tested once for all meters; what has passed need not be tested again."""
    said = {one["code"]: one["result"] for one in before}
    return [
        {"code": item["code"], "label": item["label"]}
        | ({"result": said[item["code"]]} if said.get(item["code"]) in ("pass", "na") else {})
        for item in items
    ]


# --- what is wrong --------------------------------------------------------------------------------


def row_faults(rows: Mapping[int, Row], checklist: Sequence[Row]) -> Faults:
    """What contradicts itself in the rows, by row and column; nothing is looked up."""
    found = {number: _faults(row, checklist) for number, row in rows.items()}
    return {number: faults for number, faults in found.items() if faults}


def _faults(row: Row, checklist: Sequence[Row]) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    failed = codes(row.get("failed_items"), checklist)
    if row.get("result") == "pass" and row.get("door_match") == "crossed":
        wrong["result"] = T("串户的水表不能判为合格")
    if row.get("result") == "fail" and not failed and row.get("door_match") != "crossed":
        wrong["failed_items"] = T("请先填写不合格项的序号，如 4、7 井盖破损")
    both = set(failed) & set(codes(row.get("na_items"), checklist))
    if both and row.get("result") == "fail":
        wrong["na_items"] = T("同一项不能既不合格又不适用")
    return wrong


def check_rows(rows: Mapping[int, Row], context: Context) -> Faults:
    """The check of a page of rows, while they are being filled in."""
    return row_faults(rows, context.scope.get("checklist") or ())


def register_faults(rows: Sequence[Row], meters: Sequence[Meter]) -> Faults:
    """What the register says against the rows: the dial's end, seals that nobody has."""
    found: Faults = {}
    for number, (row, meter) in enumerate(zip(rows, meters, strict=True)):
        wrong: dict[str, Text] = {}
        if (row.get("start_reading") or 0) > meter.max_dial > 0:
            wrong["start_reading"] = T("起始码应在 0 至 {most} 之间", most=meter.max_dial)
        fault = _seal_fault(row, meter)
        if fault is not None:
            wrong["seals"] = fault
        if wrong:
            found[number] = wrong
    return found


def _seal_fault(row: Row, meter: Meter) -> Text | None:
    seals, fault = read_seals(row.get("seals"), meter.seals)
    if fault is not None:
        return fault
    issued = [dict(one) for one in meter.seals]
    for one in seals:
        if one in issued or registry.seal_in_stock(one["type"], one["no"], meter.point.branch):
            continue
        return T("库里没有未使用的{seal}，请核对种类和号码", seal=seals_text([one]))
    return None


# --- what they say --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """What holds for all rows of a round: the items, those of each kind of meter, the works.

    ``before``: how each meter was found last; ``position`` where they all hang.
    """

    checklist: Sequence[Row]
    kinds: Mapping[tuple[int, str], Sequence[Row]]
    works: Sequence[Row]
    before: Mapping[str, registry.CheckedMeter]
    position: str


def as_found(row: Row, meter: Meter, told: Round) -> registry.CheckedMeter:
    """A filled row as the register keeps it. What fails of the works fails for each meter."""
    serial = str(row.get("serial_found") or row.get("serial") or "")
    # A meter that was called back in the meantime is not issued any more.
    mismatch = serial != meter.serial or not meter.serial
    said = _answers(row, meter, told, mismatch=mismatch)
    items = [*of_scope(told.checklist, "meter"), *(w for w in told.works if w["result"] == "fail")]
    failed = [
        {"code": str(item["code"]), "label": str(item["label"])}
        for item in items
        if said.get(str(item["code"]), "fail") == "fail"
    ]
    words = named(row.get("failed_items"))[1] if row.get("result") == "fail" else ""
    labels = "、".join(one["label"] for one in failed)
    return registry.CheckedMeter(
        point_no=meter.point.point_no, serial=meter.serial, serial_found=serial,
        door_match=str(row["door_match"]), checklist=said, failed=tuple(failed),
        defects="：".join(text for text in (labels, words) if text),
        start_reading=row.get("start_reading"), seals=_seals(row, meter, told),
        position=told.position, photos=tuple(map(str, row.get("photos") or ())),
        result="mismatch" if mismatch else "fail" if failed else "pass",
        address=meter.point.address,
    )  # fmt: skip


def _seals(row: Row, meter: Meter, told: Round) -> tuple[Mapping[str, str], ...]:
    """Those that were typed; without any those found last, or those that went out with it."""
    if row.get("seals"):
        return tuple(read_seals(row["seals"], meter.seals)[0])
    before = told.before.get(meter.point.point_no)
    return before.seals if before is not None and before.serial == meter.serial else meter.seals


def works_found(items: Sequence[Row], given: Sequence[Row]) -> list[dict[str, Any]]:
    """What was found at the works."""
    return [
        {"code": item["code"], "label": item["label"], "result": said["result"],
         "note": str(said.get("note") or "")}
        for item, said in zip(items, given, strict=True)
    ]  # fmt: skip


def _answers(row: Row, meter: Meter, told: Round, *, mismatch: bool) -> dict[str, str]:
    """Code → pass, fail, na of one meter; what is not named has passed, unless such a meter does
    not have it."""
    asked = of_scope(told.checklist, "meter")
    has = {str(item["code"]) for item in told.kinds.get((meter.calibre, meter.type), asked)}
    said = {str(item["code"]): "pass" if item["code"] in has else "na" for item in asked}
    said |= dict.fromkeys(codes(row.get("na_items"), told.checklist), "na")
    if row.get("result") == "fail":
        said |= dict.fromkeys(codes(row.get("failed_items"), told.checklist), "fail")
    if row.get("door_match") != "pass":
        said[DOOR] = "fail" if row["door_match"] == "crossed" else "na"
    if mismatch:
        said[SERIAL] = "fail"
    return said


def line(meter: registry.CheckedMeter) -> dict[str, Any]:
    """A meter as forms show it."""
    return {
        "point_no": meter.point_no,
        "address": meter.address,
        "serial": meter.serial,
        "serial_found": meter.serial_found,
        "defects": meter.defects,
        "start_reading": meter.start_reading,
    }
