"""What is one's own: sessions, deputies, and for whom one acts."""

from __future__ import annotations

import base64
import uuid
from datetime import date

from flask import (
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import generate_csrf

from app import people
from app.errors import Invalid, NotFound
from app.texts import T, Text
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, forget, signed_in, visitor
from app.web.speech import say
from app.work import now


@door.get("/me")
@signed_in
def me() -> str:
    """My sessions and deputies."""
    person = actor()
    return render_template(
        "me.html",
        sessions=people.sessions(person.id or 0),
        mine=people.session_id(session.get("token", "")),
        deputies=[one for one in people.deputations(person.id or 0) if one.ended_at is None],
        now=now(),
    )


@door.get("/me/typing")
@signed_in
def typing_key() -> Response:
    """The key under which this browser keeps what it could not send yet (docs/security.md), and a
    token for the forms of pages that were open before the person signed in again."""
    person = actor()
    key = people.typing_key(person)
    told = {"person": person.id, "key": base64.b64encode(key).decode(), "csrf": generate_csrf()}
    return make_response(told)


@door.post("/me/sessions/<uuid:session_id>")
@signed_in
def end_session(session_id: uuid.UUID) -> Response:
    """End one of one's own sessions, or another's as administrator."""
    people.end_session(session_id, by=actor())
    flash(say(T("已结束该登录。")))
    return make_response(redirect(safe_back(), 303))


@door.get("/me/deputy")
@signed_in
def deputy_page() -> str:
    """Who acts for me, from when until when."""
    return page(_deputy())


@door.post("/me/deputy")
@signed_in
def add_deputy() -> Response:
    """Let a colleague act for me."""
    return answer(_deputy(), lambda given: (_appointed(actor().login, given), url_for("web.me")))


def _deputy() -> Deed:
    others = [(o.login, o.name) for o in people.persons() if o.active and o.id != actor().id]
    return deputy_deed(actor().name, url_for("web.me"), others)


def deputy_deed(about: str, back: str, others: list[tuple[str, str]]) -> Deed:
    """What is asked to appoint a deputy."""
    return Deed(
        T("安排代办"),
        T("安排"),
        about,
        back,
        (
            Ask("deputy", T("由谁代办"), "list", options=others, none=T("请选择同事")),
            Ask("from_day", T("从"), "date", most=10),
            Ask("until_day", T("到（含当日）"), "date", most=10),
        ),
        T("代办人以您的岗位办理，每一步都记下是谁代谁办的。"),
    )


def _appointed(login: str, given: dict[str, str]) -> Text:
    days = {name: _day(given, name) for name in ("from_day", "until_day")}
    people.appoint(login, given["deputy"], days["from_day"], days["until_day"], by=actor())
    return T("已安排代办。")


def appointed(login: str, given: dict[str, str]) -> Text:
    """Appoint by what was typed. Raises Invalid."""
    return _appointed(login, given)


def _day(given: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(given[name])
    except ValueError:
        raise Invalid(fields={name: T("请按 2026-03-02 的形式填写日期")}) from None


@door.post("/me/deputies/<int:deputation>/end")
@signed_in
def end_deputy(deputation: int) -> Response:
    """End a deputation."""
    people.end_deputation(deputation, by=actor())
    flash(say(T("代办已结束。")))
    return make_response(redirect(safe_back(), 303))


@door.post("/act-for")
@signed_in
def act_for() -> Response:
    """From now on act for a colleague, or for oneself again."""
    chosen = request.form.get("_person", "")
    if chosen and not (chosen.isdecimal() and len(chosen) <= 18):
        raise NotFound
    people.act_for(session["token"], int(chosen) if chosen else None, by=actor())
    forget()
    behalf = actor().behalf_name
    said = T("您现在代{name}办理。", name=behalf) if behalf else T("您现在办理自己的工作。")
    flash(say(said))
    return make_response(redirect(url_for("web.work"), 303))


def safe_back() -> str:
    """The page of ours that a button stood on."""
    back = request.form.get("_back", "")
    return back if back.startswith(("/me", "/admin/")) else url_for("web.me")


def stand_ins() -> list[people.Deputation]:
    """For whom the visitor may act now, for the menu."""
    person = visitor()
    return people.acts_for(person.id, now()) if person else []
