"""Looking at personal values whole: why is asked once for each case and customer."""

from __future__ import annotations

from flask import Response, request, url_for

from app import cases, identifiers
from app.errors import NotFound
from app.texts import T, Text
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.sign_in import safe

Asked = dict[str, str]


def panel() -> tuple[Ask, Ask]:
    """What is asked, on a page of its own or within a form."""
    return (
        Ask("why", T("查看理由"), "options", options=tuple(cases.WHY.items())),
        Ask("words", T("说明（选“其他”时必填）"), "line", most=200),
    )


def give(number: str) -> None:
    """Take the reason from what was posted. Raises Invalid, NotAllowed."""
    why, words = (request.form.get(name, "") for name in ("_why", "_words"))
    cases.give_reason(number, why, words, by=actor())


@door.get("/cases/<number>/look")
@signed_in
def look_page(number: str) -> str:
    """Ask why."""
    cases.case(actor(), number)
    return page(_deed(number))


@door.post("/cases/<number>/look")
@signed_in
def look(number: str) -> Response:
    """Take the answer, and go on to what was asked for."""
    return answer(_deed(number), lambda given: (_give(number, given), _target(number)))


def _deed(number: str) -> Deed:
    return Deed(
        T("查看完整信息"), T("查看"), number, url_for("web.case", number=number), panel(),
        T("个人信息平时遮盖显示。本案只问一次理由，每次查看都会记入案件履历。"),
    )  # fmt: skip


def _give(number: str, given: Asked) -> Text:
    cases.give_reason(number, given["why"], given["words"], by=actor())
    return T("已记录查看理由。")


def _target(number: str) -> str:
    asked = request.args.get("next")
    return safe(asked) if asked else url_for("web.case", number=number, whole=1)


# --- a customer -----------------------------------------------------------------------------------


@door.get("/customers/<int:customer_id>/look")
@signed_in
def customer_look(customer_id: int) -> str:
    """Ask why."""
    _need_customer(customer_id)
    return page(_customer_deed(customer_id))


@door.post("/customers/<int:customer_id>/look")
@signed_in
def look_at_customer(customer_id: int) -> Response:
    """Take the answer, and show the customer whole."""
    _need_customer(customer_id)
    return answer(_customer_deed(customer_id), lambda given: _give_customer(customer_id, given))


def _need_customer(customer_id: int) -> None:
    if customer_id >= identifiers.BIGGEST:
        raise NotFound


def _customer_deed(customer_id: int) -> Deed:
    back = url_for("web.customer", customer_id=customer_id)
    hint = T("个人信息平时遮盖显示。该用户只问一次理由，每次查看都会记入用户履历。")
    return Deed(T("查看完整信息"), T("查看"), T("用户"), back, panel(), hint)


def _give_customer(customer_id: int, given: Asked) -> tuple[Text, str]:
    cases.give_customer_reason(customer_id, given["why"], given["words"], by=actor())
    return T("已记录查看理由。"), url_for("web.customer", customer_id=customer_id, whole=1)
