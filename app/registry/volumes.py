"""Archive volumes (卷宗): opened, completed, put on the shelf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Conflict, Invalid, Refused
from app.registry import states
from app.registry.books import row
from app.registry.facts import ItemFacts, VolumeFacts
from app.registry.models import Volume, VolumeItem
from app.texts import T
from app.work import Work

Items = Sequence[Mapping[str, Any]]
CLASSES = {
    "new_connection": "01",
    "meter_acceptance": "01",
    "meter_transfer": "02",
    "account_closure": "03",
    "water_inspection": "04",
    "hotline_case": "05",
    "walk_in_visit": "06",
    "meter_replacement": "07",
    "invoice_exchange": "08",
    "bad_debt_writeoff": "10",
}
CONTRACTS = "09"


def open_volume(
    work: Work, *, case: str, procedure: str, account_no: str | None, outcome: str, items: Items
) -> int:
    """Open the volume of a finished case with its index; gives its id.

    An item: ``title``*, ``step``, ``required``, ``pages``, ``note``. Raises Conflict when the
    case has a volume already.
    """
    if db.session.scalar(sa.select(Volume.id).where(Volume.case_no == case)) is not None:
        raise Conflict(T("案件 {case} 已有卷宗。", case=case))
    volume = Volume(
        case_no=case,
        procedure=procedure,
        account_no=account_no or None,
        outcome=outcome,
        state="open",
        opened_at=work.at,
        chain_seq=0,
        chain_head=b"",
    )
    db.session.add(volume)
    db.session.flush()
    db.session.add_all(_item(volume.id, seq, item) for seq, item in enumerate(items, 1))
    after = {"procedure": procedure, "outcome": outcome, "items": [dict(i) for i in items]}
    work.record(volume, "volume:open", after=after, case=case)
    return volume.id


def note_volume_items(work: Work, volume_id: int, items: Items) -> list[str]:
    """Note pages and remarks of items, named by ``seq`` or ``title``; gives what is missing.

    Items not in the index yet are added to its end. Raises NotFound, Refused once shelved.
    """
    volume = _volume(volume_id)
    if volume.state != "open":
        raise Refused(T("卷宗已上架，不能再改卷内目录。"))
    rows = _items(volume_id)
    before = [_plain(each) for each in rows]
    for item in items:
        _note(volume_id, rows, item)
    db.session.flush()
    after = [_plain(each) for each in rows]
    work.record(
        volume,
        "volume:items",
        before={"items": before},
        after={"items": after},
        case=volume.case_no,
    )
    return [each.title for each in rows if each.required and not each.pages]


def shelve_volume(work: Work, volume: int, *, place: str, secrecy: str, retention: str) -> str:
    """Give the volume its archive number and put it on the shelf; gives the number.

    Raises Invalid (``place``), Refused naming the required items that are missing, NotFound.
    """
    if not place.strip():
        raise Invalid(fields={"place": T("请填写存放位置")})
    found = _volume(volume)
    missing = [each.title for each in _items(volume) if each.required and not each.pages]
    if missing:
        raise Refused(T("卷内还缺：{titles}。", titles="、".join(missing)))
    if found.state != "open":
        raise Refused(T("卷宗已上架，档案号 {no}。", no=found.archive_no or ""))
    found.state = states.move("volume", found.state, "shelved")
    found.archive_no = settings.next_number(
        work, "archive", class_=CLASSES.get(found.procedure, CONTRACTS)
    )
    found.place, found.secrecy, found.retention = place, secrecy, retention
    found.shelved_at = work.at
    after = {
        "archive_no": found.archive_no,
        "place": place,
        "secrecy": secrecy,
        "retention": retention,
        "state": "shelved",
    }
    work.record(found, "volume:shelve", before={"state": "open"}, after=after, case=found.case_no)
    return found.archive_no


def volume(
    *, archive_no: str | None = None, case: str | None = None, id: int | None = None
) -> VolumeFacts | None:
    """A volume by its archive number, by its case or by id; None when there is none."""
    for column, value in ((Volume.archive_no, archive_no), (Volume.case_no, case), (Volume.id, id)):
        if value is not None:
            found = db.session.scalar(sa.select(Volume).where(column == value))
            return None if found is None else _facts(found)
    return None


def volumes(account_no: str) -> list[VolumeFacts]:
    """Volumes of an account, newest first."""
    asked = sa.select(Volume).where(Volume.account_no == account_no)
    return [_facts(each) for each in db.session.scalars(asked.order_by(Volume.id.desc()))]


def _volume(volume_id: int) -> Volume:
    found: Volume = row(Volume, volume_id, T("没有这个卷宗。"))
    return found


def _items(volume_id: int) -> list[VolumeItem]:
    asked = sa.select(VolumeItem).where(VolumeItem.volume_id == volume_id)
    return list(db.session.scalars(asked.order_by(VolumeItem.seq)))


def _item(volume_id: int, seq: int, item: Mapping[str, Any]) -> VolumeItem:
    return VolumeItem(
        volume_id=volume_id,
        seq=seq,
        title=str(item["title"]),
        step=str(item.get("step") or ""),
        required=bool(item.get("required")),
        pages=int(item.get("pages") or 0),
        note=str(item.get("note") or ""),
    )


def _note(volume_id: int, rows: list[VolumeItem], item: Mapping[str, Any]) -> None:
    for each in rows:
        if each.seq == item.get("seq") or ("seq" not in item and each.title == item.get("title")):
            each.pages = int(item.get("pages") or 0)
            each.note = str(item.get("note") or "")
            return
    added = _item(volume_id, len(rows) + 1, item)
    db.session.add(added)
    rows.append(added)


def _plain(item: VolumeItem) -> dict[str, Any]:
    return {"seq": item.seq, "title": item.title, "pages": item.pages, "note": item.note}


def _facts(found: Volume) -> VolumeFacts:
    items = tuple(
        ItemFacts(each.seq, each.title, each.step, each.required, each.pages, each.note)
        for each in _items(found.id)
    )
    return VolumeFacts(
        found.id,
        found.archive_no,
        found.case_no,
        found.procedure,
        found.account_no,
        found.outcome,
        found.state,
        found.secrecy,
        found.retention,
        found.place,
        found.opened_at,
        found.shelved_at,
        items,
        found.borrowed_by,
    )
