"""Signing in and out, the password, and what a person chooses for the eyes."""

from __future__ import annotations

from urllib.parse import urlsplit

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

from app import cases, people
from app.errors import Invalid, NotAllowed, NotSignedIn, Problem
from app.texts import T
from app.web import kept, problems
from app.web.door import door
from app.web.forms_io import given
from app.web.rights import actor, forget, public, signed_in, visitor
from app.web.speech import LANGUAGES, THEMES, say

CHOICES = {"lang": LANGUAGES, "theme": THEMES, "keys": ("on", "off")}
# Of a deed's typing, what a person wrote; the rest is chosen.
WORDS = frozenset({"_reason", "_question", "_opinion", "_words", "_into", "_days", "q"})
YEAR = 365 * 24 * 3600


def safe(target: str | None) -> str:
    """A path of ours to go to next; the worklist when it is none."""
    try:
        parts = urlsplit(target or "")
    except ValueError:
        return url_for("web.work")
    if not target or parts.scheme or parts.netloc or not target.startswith("/"):
        return url_for("web.work")
    if not target.isprintable():
        return url_for("web.work")
    return url_for("web.work") if target.startswith(("//", "/\\")) else target


@door.get("/sign-in")
@public
def sign_in_page() -> Response:
    """The form; whoever is signed in already goes on."""
    if visitor():
        return make_response(redirect(safe(request.args.get("next"))))
    return make_response(
        render_template("sign_in.html", next=request.args.get("next"), kept=None, expired=False)
    )


@door.post("/sign-in")
@public
def sign_in() -> Response:
    """Check the password; on success a new session, else the form with what was typed."""
    login = request.form.get("login", "").strip()
    try:
        token = people.sign_in(
            login,
            request.form.get("password", ""),
            address=request.remote_addr,
            replaces=session.get("token"),
        )
    except Problem as problem:
        return again(login, problem)
    session.clear()
    session["token"] = token
    forget()
    return onward()


def again(login: str, problem: Problem) -> Response:
    """The page once more, with what is wrong."""
    status = problems.status_of(problem)
    wrong = isinstance(problem, (NotAllowed, NotSignedIn, Invalid))
    return make_response(
        render_template(
            "sign_in.html",
            login=login,
            problem=problem.text,
            next=request.form.get("next"),
            kept=request.form.get("kept"),
            expired=False,
        ),
        422 if wrong else status,
    )


def onward() -> Response:
    """Where the person wanted to go, with what was typed before the login expired."""
    person = actor()
    waiting = kept.open_for(request.form.get("kept", ""), str(person.id))
    if waiting is None:
        return make_response(redirect(safe(request.form.get("next")), 303))
    if waiting.task_id is None:
        return _resume(waiting)
    try:
        cases.save_draft(waiting.task_id, given(waiting.given), by=person)
        flash(say(T("刚才填写的内容已找回，请核对后提交。")), "soon")
    except Problem:
        flash(say(T("这一步已不能再改，刚才填写的内容未能写入。")), "late")
    return make_response(redirect(url_for("web.task", task_id=waiting.task_id), 303))


def _resume(waiting: kept.Kept) -> Response:
    """What was about to be done, to be sent on by one button: words typed are shown again."""
    pairs = list(waiting.given.items(multi=True))
    words = [value for name, value in pairs if name in WORDS and value.strip()]
    return make_response(
        render_template("resume.html", path=waiting.path, pairs=pairs, words=words)
    )


@door.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session on the server and forget it in the browser."""
    token = session.get("token")
    if token:
        people.sign_out(token)
    session.clear()
    return make_response(redirect(url_for("web.sign_in_page"), 303))


@door.get("/password")
@signed_in
def password_page() -> str:
    """The form for a new password."""
    return render_template("password.html", errors={})


@door.post("/password")
@signed_in
def change_password() -> Response:
    """Change one's own password; all other sessions of the person end."""
    person = actor()
    new = request.form.get("new", "")
    try:
        if new != request.form.get("again"):
            raise Invalid(fields={"again": T("两次输入的新密码不一致。")})
        people.change_password(
            request.form.get("old", ""), new, keep=session.get("token"), by=person
        )
    except Problem as problem:
        errors = problem.fields or {"old": problem.text}
        return make_response(render_template("password.html", errors=errors), 422)
    flash(say(T("密码已修改。")))
    return make_response(redirect(url_for("web.work"), 303))


@door.post("/choose")
@public
def choose() -> Response:
    """Remember language, theme or letter keys in the browser, and go back."""
    response = make_response(redirect(safe(request.form.get("back")), 303))
    for name, values in CHOICES.items():
        if request.form.get(name) in values:
            response.set_cookie(
                name,
                request.form[name],
                max_age=YEAR,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
    return response
