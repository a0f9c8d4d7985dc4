"""The wording of notices: named, with a default in the code that needs it, changed on a page.

``template(…)`` stands beside the code or drawing that sends the notice. What an owner changes is
a row with a version of its own; each change, with the text before it, stands on the row's chain.
A text that nobody has changed is version 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import sqlalchemy as sa

from app import audit, config
from app.db import db
from app.errors import Invalid, NotAllowed, NotFound
from app.notices import wording
from app.notices.models import NoticeTemplate
from app.notices.wording import Place
from app.texts import T, Text
from app.work import Actor, Work, command

OWNERS = frozenset({"admin", "process_owner"})
LONGEST, LONGEST_LINE = 1000, 100
NAME = re.compile(r"[a-z][a-z0-9_]{2,59}")
# In every text.
COMMON = (
    Place("case", "案号", "GH20261123-0001"),
    Place("company", "公司名称", "临江供水有限公司"),
    Place("hotline", "咨询电话", "0731-96000000"),
)


@dataclass(frozen=True)
class Body:
    """What is written. ``zh``: the text; ``subject``: of an e-mail and a letter.

    ``code``: under which the provider of short messages has approved it.
    """

    zh: str = ""
    subject: str = ""
    en: str = ""
    subject_en: str = ""
    code: str = ""


@dataclass(frozen=True)
class Template:
    """A template as it stands. ``default``: in the code; None for one that owners added."""

    name: str
    title: str
    body: Body
    places: tuple[Place, ...] = ()
    version: int = 0
    default: Body | None = None
    changed_by: str = ""
    changed_at: Any = None

    @property
    def known(self) -> dict[str, Place]:
        """All places that its texts may have, by name."""
        return {place.name: place for place in (*self.places, *COMMON)}

    def sample(self) -> dict[str, str]:
        """Values for a preview."""
        return {**{p.name: p.sample for p in self.places}, **common(COMMON[0].sample)}


@dataclass(frozen=True)
class Written:
    """A notice in words. ``values``: what stood in the places of the text, for the provider."""

    text: str
    subject: str = ""
    template: str = ""
    version: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


_defaults: dict[str, Template] = {}


def template(
    name: str, title: str, zh: str, *, places: Iterable[tuple[str, str, str]] = (),
    subject: str = "", en: str = "", subject_en: str = "",
) -> str:  # fmt: skip
    """Offer a default; gives the name. ``places``: name, what it is, example.

    Raises ValueError for a text with a place that nobody fills.
    """
    body = Body(zh, subject or title, en, subject_en)
    found = Template(name, title, body, tuple(Place(*one) for one in places), default=body)
    faults = _faults(found, body)
    if faults or not NAME.fullmatch(name):
        raise ValueError(f"{name}: {faults}")
    _defaults[name] = found
    return name


def common(case: str | None) -> dict[str, str]:
    """The values that every text may name."""
    chosen = config.settings()
    return {"case": case or "", "company": chosen.company, "hotline": chosen.company_phone}


def templates() -> list[Template]:
    """All templates, by name."""
    rows = {row.name: row for row in db.session.scalars(sa.select(NoticeTemplate))}
    return [_of(name, rows.get(name)) for name in sorted(_defaults.keys() | rows.keys())]


def find_template(name: str) -> Template | None:
    """The template of that name, if there is one."""
    row = db.session.get(NoticeTemplate, name)
    return _of(name, row) if row is not None or name in _defaults else None


def the_template(name: str) -> Template:
    """The template of that name. Raises NotFound."""
    found = find_template(name)
    if found is None:
        raise NotFound(T("没有名为 {name} 的通知模板。", name=name))
    return found


def _of(name: str, row: NoticeTemplate | None) -> Template:
    default = _defaults.get(name)
    if row is None:
        assert default is not None
        return default
    places = default.places if default else tuple(Place(**one) for one in row.places)
    return Template(
        name, row.title, Body(**row.body), places, row.version,
        default.body if default else None, row.changed_by, row.changed_at,
    )  # fmt: skip


def history(name: str) -> list[audit.Entry]:
    """Every change of a template, oldest first."""
    chain = (audit.Entry.subject_kind == "notice_template", audit.Entry.subject_key == name)
    return list(db.session.scalars(sa.select(audit.Entry).where(*chain).order_by(audit.Entry.seq)))


def write(
    name: str, values: Mapping[str, Any] | None, case: str | None, language: str = "zh"
) -> Written:
    """A notice in words, by its template; in English where there is an English text.

    Raises NotFound, Invalid (``values``) when something is missing.
    """
    found = the_template(name)
    given = {**{k: _said(v) for k, v in (values or {}).items()}, **common(case)}
    english = language == "en" and bool(found.body.en)
    text = found.body.en if english else found.body.zh
    subject = (found.body.subject_en if english else "") or found.body.subject
    used = {place: given.get(place, "") for place in wording.places_in(text)}
    words = wording.filled(text, given)
    # The provider has approved one text: the Chinese one.
    code = "" if english else found.body.code
    return Written(words, wording.filled(subject, given), name, found.version, used, code)


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def preview(found: Template, body: Body) -> tuple[Written, Written | None]:
    """How a wording would read on sample data: Chinese, and English if there is one."""
    sample = found.sample()
    chinese = Written(
        wording.filled(body.zh, sample), wording.filled(body.subject, sample), found.name
    )
    if not body.en:
        return chinese, None
    subject = wording.filled(body.subject_en or body.subject, sample)
    return chinese, Written(wording.filled(body.en, sample), subject, found.name)


# --- changing -------------------------------------------------------------------------------------


def need_body(found: Template, body: Body) -> None:
    """Raises Invalid naming each field that is wrong."""
    faults = _faults(found, body)
    if faults:
        raise Invalid(fields=faults)


def _faults(found: Template, body: Body) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if not body.zh.strip():
        faults["zh"] = T("请填写通知内容。")
    for name in (each.name for each in fields(Body)):
        text = getattr(body, name)
        most = LONGEST if name in ("zh", "en") else LONGEST_LINE
        fault = wording.wrong(text, found.known) if name != "code" else None
        if len(text) > most:
            fault = T("最多 {most} 个字", most=most)
        if fault is not None:
            faults.setdefault(name, fault)
    return faults


def _need_owner(by: Actor) -> None:
    if by.id is not None and not OWNERS & by.groups:
        raise NotAllowed(T("通知模板由流程负责人或系统管理员修改。"))


@command(right="business")
def change_template(work: Work, name: str, body: Body, version: int) -> Template:
    """Change the wording. ``version``: the one that was read.

    Raises NotFound, NotAllowed, Invalid (another changed it meanwhile, or a field is wrong).
    """
    _need_owner(work.by)
    row = db.session.get(NoticeTemplate, name, with_for_update=True)
    found = the_template(name)
    if found.version != version:
        raise Invalid(fields={"zh": T("{who}刚刚改过这个模板，请重新打开后再改。",
                                      who=found.changed_by)})  # fmt: skip
    need_body(found, body)
    if body == found.body:
        return found
    return _put(work, row, replace(found, body=body), found.body)


@command(right="business")
def add_template(work: Work, name: str, title: str, places: str, body: Body) -> Template:
    """Add a template that a drawing of one's own needs. ``places``: a line each, name, what it is
    and an example, apart by blanks. Raises NotAllowed, Invalid."""
    _need_owner(work.by)
    if not NAME.fullmatch(name):
        raise Invalid(fields={"name": T("请用 3 至 60 个小写英文字母、数字和下划线，字母开头。")})
    if find_template(name) is not None:
        raise Invalid(fields={"name": T("已有同名的模板。")})
    if not title.strip() or len(title) > LONGEST_LINE:
        raise Invalid(fields={"title": T("请填写名称，最多 {most} 个字", most=LONGEST_LINE)})
    found = Template(name, title.strip(), body, _places(places))
    need_body(found, body)
    return _put(work, None, found, None)


def _places(text: str) -> tuple[Place, ...]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        words = line.split(maxsplit=2)
        if len(words) != 3 or not re.fullmatch(r"[a-z][a-z0-9_]*", words[0]) or len(line) > 200:
            fault = T("每行依次写：英文名称、说明、样例，用空格隔开。有误的一行：{line}", line=line)
            raise Invalid(fields={"places": fault})
        found.append(Place(*words))
    return tuple(found)


def _put(work: Work, row: NoticeTemplate | None, new: Template, before: Body | None) -> Template:
    if row is None:
        row = NoticeTemplate(
            name=new.name, version=new.version, title=new.title, body={}, changed_at=work.at,
            places=[asdict(place) for place in new.places], changed_by="",
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
    row.version += 1
    row.body, row.changed_at, row.changed_by = asdict(new.body), work.at, work.by.name
    old = None if before is None else {"version": new.version, **asdict(before)}
    after = {"version": row.version, **asdict(new.body)}
    work.record(row, "notice_template:change", before=old, after=after)
    return _of(new.name, row)
