"""Errors as RFC 9457 problem documents: one table maps class to status.

Nothing internal is in them, and of persons only who of the staff holds a task.
"""

from __future__ import annotations

import traceback
from datetime import datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError

from app import cases, errors
from app.texts import T, Text
from app.work import outage

STATUS: dict[type[errors.Problem], tuple[int, Text]] = {
    errors.NotSignedIn: (401, T("需要令牌")),
    errors.NotAllowed: (403, T("没有权限")),
    errors.ReasonNeeded: (403, T("需要说明查看理由")),
    errors.NotFound: (404, T("没有找到")),
    errors.Conflict: (409, T("与现状冲突")),
    errors.Invalid: (422, T("填写有误")),
    errors.Refused: (422, T("按规定不能办理")),
    errors.TooMany: (429, T("尝试次数过多")),
    errors.Unreachable: (503, T("外部系统暂时连接不上")),
    errors.Unavailable: (503, T("暂时不能办理")),
}
# A drawing that cannot go on with these values: its own text may quote them.
STUCK = (422, T("流程走不下去"), T("流程走不下去，请联系流程负责人。"))
UNEXPECTED = (500, T("系统出错"), T("出错了，请稍后再试。"))
HTTP = {
    400: (T("请求有误"), T("请求不符合接口说明，请核对地址与内容。")),
    404: (T("没有找到"), T("没有这个地址，请核对接口说明。")),
    405: (T("方法不对"), T("这个地址不接受此方法，请核对接口说明。")),
    413: (T("内容过大"), T("请求内容超过规定大小。")),
    415: (T("内容类型不对"), T("请按接口说明填写 Content-Type。")),
}
# Members of an error that the caller may read; no others.
TOLD = ("holder", "holder_id", "at", "done", "case", "task", "key", "name", "element", "kind")


def language() -> str:
    """``en`` when the caller prefers English, else ``zh``."""
    return request.accept_languages.best_match(["zh", "en"], default="zh") or "zh"


def say(text: str) -> str:
    """A text in the caller's language."""
    return text.to(language()) if isinstance(text, Text) else str(text)


def status_of(problem: errors.Problem) -> tuple[int, Text] | None:
    """Status and title of a problem, by the nearest class in the table; None: a fault of ours."""
    for kind in type(problem).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return None


def document(status: int, title: str, detail: str, **more: Any) -> Response:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": say(title),
        "status": status,
        "detail": say(detail),
        **more,
    }
    shown = {key: value for key, value in body.items() if value not in (None, {}, [])}
    response = Response(orjson.dumps(shown), status=status, content_type="application/problem+json")
    response.headers["Content-Language"] = language()
    response.vary.add("Accept-Language")
    return response


def of_problem(problem: errors.Problem) -> Response:
    """The document of an error of the rooms, with a message for each field."""
    if isinstance(problem, cases.Stuck):
        return document(*STUCK, **_told(problem.details))
    found = status_of(problem)
    if found is None:
        return unexpected(problem)
    fields = [{"field": name, "message": say(text)} for name, text in problem.fields.items()]
    response = document(*found, problem.text, errors=fields, **_told(problem.details))
    if found[0] == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, errors.Unavailable):
        response.headers["Retry-After"] = str(errors.RETRY_SECONDS)
    return response


def _told(details: dict[str, Any]) -> dict[str, Any]:
    return {
        name: details[name] for name in TOLD if isinstance(details.get(name), str | int | datetime)
    }


def of_http(error: HTTPException) -> Response:
    """The document of an error that Flask itself raised."""
    if isinstance(error, InternalServerError):
        return unexpected(error)
    status = error.code or 400
    response = document(status, *HTTP.get(status, HTTP[400]))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def unrouted() -> Response | None:
    """Before anything else: what no route takes below ``/api`` is a problem document too."""
    wrong = request.routing_exception
    if wrong is None or not request.path.startswith("/api/") or (wrong.code or 500) < 400:
        return None
    return of_http(wrong)


def unexpected(error: Exception) -> Response:
    """A database that does not serve is told; a fault of ours is logged and not shown."""
    known = outage(error)
    if known is not None:
        current_app.logger.error("no database: %s", type(error).__name__)
        return of_problem(known)
    # The class alone: a message may carry what a person has typed.
    where = "".join(traceback.format_tb(error.__traceback__))
    current_app.logger.error("api fault: %s\n%s", type(error).__name__, where)
    return document(*UNEXPECTED)


def install(blueprint: Blueprint) -> None:
    """Answer all errors of a blueprint with problem documents."""
    blueprint.register_error_handler(errors.Problem, of_problem)
    blueprint.register_error_handler(HTTPException, of_http)
    blueprint.register_error_handler(Exception, unexpected)
