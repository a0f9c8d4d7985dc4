"""From an error to a page in plain words: nothing personal is in it, nor in its address."""

from __future__ import annotations

from flask import (
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.errors import (
    RETRY_SECONDS,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    ReasonNeeded,
    Refused,
    TooMany,
    Unavailable,
    Unreachable,
)
from app.texts import T
from app.web import kept
from app.web.rights import KEPT
from app.work import outage

STATUS: dict[type[Problem], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    ReasonNeeded: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Refused: 422,
    TooMany: 429,
    Unreachable: 503,
    Unavailable: 503,
}
TITLES = {
    400: T("页面已过期"),
    401: T("请先登录"),
    403: T("不能办理"),
    404: T("没有找到"),
    405: T("不能这样打开"),
    409: T("已被先行办理"),
    413: T("文件太大"),
    422: T("需要改正"),
    429: T("请稍后再试"),
    500: T("系统出错了"),
    503: T("暂时连接不上"),
}
TEXTS = {
    400: T("页面停留太久，或已在别处退出登录。请返回后重试。"),
    404: T("没有这个页面，请核对编号，或从“我的工作”进入。"),
    405: T("请从页面上的按钮办理。"),
    413: T("单个文件不能超过规定大小，请压缩后再传。"),
    429: T("尝试次数过多，请稍后再试。"),
    500: T("已记录，请稍后再试；仍不行请联系管理员。填写的草稿不会丢失。"),
}


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem of the rooms."""
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 500)


def page(
    status: int, text: str | None = None, again: list[tuple[str, str]] | None = None
) -> Response:
    """The page of a problem; a fragment of one line for requests that htmx or a script sends.

    ``again``: what was typed, to be sent once more by one button.
    """
    words = text or TEXTS.get(status) or TITLES.get(status) or TITLES[500]
    name = "problem_line.html" if wants_line() else "problem.html"
    title = TITLES.get(status, TITLES[500])
    told = {"title": title, "words": words, "status": status, "again": again}
    return make_response(render_template(name, **told), status)


def wants_line() -> bool:
    """Whether a part of a page was asked for, not a page."""
    return "HX-Request" in request.headers or request.method == "PUT"


def _problem(problem: Problem) -> Response:
    status = status_of(problem)
    if status == 401:
        return _sign_in_first()
    if isinstance(problem, ReasonNeeded) and request.method == "GET":
        # What was asked for opens once the reason is given.
        target = request.full_path.rstrip("?")
        number = problem.details["case"]
        return make_response(redirect(url_for("web.look_page", number=number, next=target), 303))
    if isinstance(problem, Unavailable):
        return _unavailable(problem)
    if status == 500:
        # Not what a clerk can mend, and told nobody else.
        current_app.logger.error("a page failed: %s", problem, exc_info=problem)
        return page(status)
    return page(status, problem.text)


def _unavailable(problem: Problem) -> Response:
    # The page must not ask the database who is signed in.
    request.environ[KEPT] = None
    # A page with ``_once`` is the same deed each time: safe to send again whatever became of it.
    once = kept.keepable() and "_once" in request.form
    typed = list(request.form.items(multi=True)) if once else None
    response = page(503, problem.text, typed)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _sign_in_first() -> Response:
    if wants_line():
        return page(401, T("登录已过期。请在新窗口登录后继续，这里填写的内容不会丢失。"))
    if request.method == "POST" and kept.keepable():
        return make_response(
            render_template("sign_in.html", kept=kept.seal_request(), expired=True, errors={}), 401
        )
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return make_response(redirect(url_for("web.sign_in_page", next=target), 303))


def _csrf(_error: CSRFError) -> Response:
    return _sign_in_first() if kept.keepable() and not wants_line() else page(400)


def _http(error: HTTPException) -> Response | HTTPException:
    if request.path.startswith("/api/"):
        return error
    return page(error.code or 500) if (error.code or 500) >= 400 else error


def _crash(error: Exception) -> Response:
    known = outage(error)
    if known is not None:
        current_app.logger.error("no database: %s", type(error).__name__)
        return _unavailable(known)
    # The exception goes to the log; the page says nothing of it.
    if current_app.testing:
        raise error
    current_app.logger.exception("a page failed", exc_info=error)
    # The page must not ask the database who is signed in: that may be what failed.
    request.environ[KEPT] = None
    return page(500)


def register(app: Flask) -> None:
    """Hang the table on the application; the API's blueprint has one of its own."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)
