"""Who may open a page: every route says so, and a route that does not is closed to all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, redirect, request, session, url_for

from app import people
from app.errors import NotAllowed, NotSignedIn
from app.work import Actor

View = Callable[..., Any]
KEPT = "desk.actor"
MISSING = object()
# Open before the first password is changed.
FIRST = frozenset({"web.password_page", "web.change_password"})


@dataclass(frozen=True)
class Access:
    """What a route asks for: nobody's name, any name, or one of some groups."""

    open: bool = False
    groups: frozenset[str] = frozenset()


def public(view: View) -> View:
    """Anybody may, signed in or not."""
    return _mark(view, Access(open=True))


def signed_in(view: View) -> View:
    """Anybody of the house may; the rooms below decide about the single case."""
    return _mark(view, Access())


def may(*groups: str) -> Callable[[View], View]:
    """Only members of one of ``groups`` may (``branch_dispatcher`` covers every region's)."""
    return lambda view: _mark(view, Access(groups=frozenset(groups)))


def access_of(view: View) -> Access | None:
    """What a view asks for; None when it does not say."""
    return cast("Access | None", getattr(view, "access", None))


def _mark(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def belongs(actor: Actor, groups: frozenset[str]) -> bool:
    """Whether the person is in one of the groups, in any region."""
    return bool(groups & (actor.kinds | actor.groups))


def belongs_to(actor: Actor, groups: Iterable[str]) -> bool:
    """Whether one of exactly these groups, regions included, is the person's."""
    return not actor.groups.isdisjoint(groups)


def actor() -> Actor:
    """The person signed in; raises NotSignedIn."""
    found = visitor()
    if found is None:
        raise NotSignedIn
    return found


def visitor() -> Actor | None:
    """The person signed in, if any; looked up once a request."""
    found = request.environ.get(KEPT, MISSING)
    if found is MISSING:
        token = session.get("token")
        found = people.actor_for_session(token, address=request.remote_addr) if token else None
        request.environ[KEPT] = found
    return cast("Actor | None", found)


def forget() -> None:
    """Look the person up again: the session has changed within this request."""
    request.environ.pop(KEPT, None)


def guard() -> Response | None:
    """Before every page: raises NotSignedIn or NotAllowed; leads to the password first when
    somebody else has set it."""
    access = access_of(current_app.view_functions[str(request.endpoint)])
    if access is None:
        raise NotAllowed
    if access.open:
        return None
    person = actor()
    if access.groups and not belongs(person, access.groups):
        raise NotAllowed
    if person.must_change and request.endpoint not in FIRST:
        return cast("Response", redirect(url_for("web.password_page"), 303))
    return None
