"""Who calls and what was sent: a bearer token becomes an actor, a body a checked object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

import orjson
from flask import g, request
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from app import people
from app.errors import Invalid, NotAllowed, NotSignedIn
from app.texts import T
from app.work import Actor

Call = TypeVar("Call", bound=Callable[..., Any])
MOST_KEY = 200
MOST_BODY = 1024 * 1024
DEEPEST = 32
# Groups that do no business with customers.
NO_BUSINESS = frozenset({"admin", "process_approver"})
LONGEST_MESSAGE = 200
LONGEST_SEARCH = 100


def needs(scope: str) -> Callable[[Call], Call]:
    """Mark a call with the token scope that it needs: ``read``, ``write``, or ``public``."""

    def mark(function: Call) -> Call:
        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            # No text of the database can hold it.
            if "\0" in request.path:
                raise NotFound
            if scope != "public":
                g.actor = _actor(scope)
            return function(*args, **kwargs)

        checked.right = f"token:{scope}"  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return mark


def _actor(scope: str) -> Actor:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NotSignedIn(T("请在 Authorization 请求头中给出令牌：Bearer …"))
    return people.actor_for_token(
        token.strip(), scope=scope, address=request.remote_addr,
        behalf=request.headers.get("On-Behalf-Of"),
    )  # fmt: skip


def actor() -> Actor:
    """The caller of this request."""
    return g.actor  # type: ignore[no-any-return]


def business() -> Actor:
    """The caller, of a group that deals with customers. Raises NotAllowed."""
    by = actor()
    if not by.groups - NO_BUSINESS:
        raise NotAllowed
    return by


def body() -> dict[str, Any]:
    """The JSON object that was sent; an empty body counts as an empty object."""
    request.max_content_length = MOST_BODY
    raw = request.get_data()
    if not raw:
        return {}
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Invalid(T("请求内容不是有效的 JSON。")) from None
    if not isinstance(given, dict):
        raise Invalid(T("请求内容应为一个 JSON 对象。"))
    # A name mistyped must not pass for nothing said.
    if unknown := given.keys() - g.members:
        raise Invalid(fields=dict.fromkeys(sorted(unknown), T("没有这一项，请核对接口说明。")))
    # Seldom, so looked for in the bytes first: most bodies are not walked.
    if b"\\u0000" in raw or raw.count(b"{") + raw.count(b"[") > DEEPEST:
        _walk(given, DEEPEST)
    return given


def _walk(value: Any, left: int) -> None:
    if left == 0:
        raise Invalid(T("请求内容层数过多。"))
    if isinstance(value, dict):
        for name, inner in value.items():
            _walk(name, left)
            _walk(inner, left - 1)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, left - 1)
    elif isinstance(value, str) and "\0" in value:
        raise Invalid(T("请求内容含有不能保存的字符。"))


def member(given: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """A member of the body, of the right type; raises Invalid naming it."""
    if name not in given and default is None:
        raise Invalid(fields={name: T("缺少此项。")})
    value = given.get(name, default)
    # A truth value counts as a number to Python, not to a caller.
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise Invalid(fields={name: T("类型不对，请核对接口说明。")})
    return value


def word(given: Mapping[str, Any], name: str) -> str:
    """A text of the body, one line and not empty; raises Invalid naming it."""
    value: str = member(given, name, str)
    if not value.strip() or len(value) > LONGEST_MESSAGE:
        raise Invalid(fields={name: T("须为 1 至 {most} 个字符。", most=LONGEST_MESSAGE)})
    return value


def searched(given: Mapping[str, Any], default: str | None = None) -> str:
    """What a search by POST looks for. Raises Invalid, without a default when it is missing too."""
    q = str(member(given, "q", str, default))
    if len(q) > LONGEST_SEARCH:
        raise Invalid(fields={"q": T("最多 {most} 个字", most=LONGEST_SEARCH)})
    return q


def idempotency_key() -> str | None:
    """The ``Idempotency-Key`` of this request, None without the header."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > MOST_KEY:
        raise Invalid(fields={"Idempotency-Key": T("最多 {most} 个字符。", most=MOST_KEY)})
    return key or None
