"""The clerk's desk: server-rendered pages, thin views over the rooms below."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect, generate_csrf

from app import cases, settings
from app.errors import Invalid, NotFound
from app.procedures.meter_store import READERS
from app.texts import T, Text
from app.web import (
    admin,
    bell,
    boards,
    built,
    calendar,
    calendar_deeds,
    case,
    case_ways,
    find,
    grid,
    headers,
    health,
    home,
    imports,
    incidents,
    installation,
    look,
    mine,
    opinion,
    papers,
    post,
    prints,
    problems,
    reasons,
    rights,
    rows,
    runs,
    sign_in,
    single_sign_on,
    speech,
    start,
    store,
    store_deeds,
    store_intake,
    store_meters,
    task,
    viewer,
    ways,
    wording,
    worklist,
)
from app.web.door import door
from app.web.rights import visitor

PAGES = (
    admin, bell, boards, built, calendar, calendar_deeds, case, case_ways, find, papers, health,
    home, imports, incidents, installation, look, mine, opinion, post, prints, reasons, rows, runs,
    sign_in, single_sign_on, start, store, store_deeds, store_intake, store_meters, task,
    viewer, ways, wording, worklist,
)  # fmt: skip

PLACES = (
    ("web.home", T("今日")),
    ("web.work", T("我的工作")),
    ("web.start", T("受理")),
    ("web.all_cases", T("案件")),
    ("web.accounts", T("用户")),
)
BOARDS = ("web.boards", T("看板"))
STORE = ("web.store", T("表库"))
# Which place of the bar a page belongs to.
UNDER = {
    "web.start_page": "web.start",
    "web.start_find": "web.start",
    "web.case": "web.all_cases",
    "web.account": "web.accounts",
    "web.task": "web.work",
    "web.import_page": "web.work",
    "web.run": "web.work",
    "web.prints_page": "web.work",
    "web.view_file": "web.all_cases",
    "web.notice": "web.all_cases",
    "web.board": "web.boards",
    "web.board_list": "web.boards",
}
csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Open the door: language, protection, pages and the words of their problems."""
    secure = app.config["SETTINGS"].public_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # The API brings tokens, not cookies; the door's own guard checks the pages.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    speech.register(app)
    csrf.init_app(app)
    app.jinja_env.globals.update(
        asset=built.asset,
        visitor=visitor,
        places=_places,
        at=_at,
        station=_station,
        letter_keys=_letter_keys,
        grid_of=grid.grid,
        sign_on=single_sign_on.label,
        unread=bell.unread,
        stand_ins=mine.stand_ins,
        photo_pixels=lambda: settings.get("papers.photo_pixels"),
        most_upload=lambda: app.config["SETTINGS"].max_upload_mb,
        may_post=_may_post,
        sees_outbox=lambda: post.sees_outbox(visitor()),
        csrf_token=generate_csrf,
    )
    single_sign_on.register(app)
    app.register_blueprint(door)
    app.after_request(headers.protect)
    problems.register(app)


@door.before_request
def _guard() -> Response | None:
    if request.endpoint != "web.static":
        _refuse_unsavable()
        csrf.protect()
        return rights.guard()
    return None


def _refuse_unsavable() -> None:
    # No text of the database can hold it, and no keyboard types it.
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        raise NotFound
    if any("\0" in name + value for name, value in request.form.items(multi=True)):
        raise Invalid(T("请求内容含有不能保存的字符。"))


def _at(place: str) -> bool:
    here = str(request.endpoint)
    if here.startswith(STORE[0]):
        here = STORE[0]
    return UNDER.get(here, here) == place


def _places() -> tuple[tuple[str, Text], ...]:
    """The places of the bar: boards when there are any, the store for those who look into it."""
    person = visitor()
    inside = person is not None and rights.belongs(person, READERS)
    return (*PLACES, *([BOARDS] if boards.any_board() else []), *([STORE] if inside else []))


def _may_post() -> bool:
    person = visitor()
    return person is not None and cases.may_post(person)


def _letter_keys() -> str:
    return "off" if request.cookies.get("keys") == "off" else "on"


def _station() -> Text | str:
    """Where the signed-in person works, as colleagues say it."""
    person = visitor()
    return "" if person is None else (person.branch or person.region or T("总部"))
