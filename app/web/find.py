"""Finding cases and accounts. By POST: no name or number stands in an address or a log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Response, make_response, redirect, render_template, request, session, url_for

from app import cases, identifiers, registry
from app.config import settings
from app.errors import Invalid, NotAllowed, NotFound, Problem
from app.replica import aside
from app.texts import T
from app.web import folder, show
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say
from app.work import Actor, now
from app.worktime import local_day

# How old a search may be, for what colleagues did; and how far the clocks of hosts may differ.
FRESH = timedelta(seconds=5)
CLOCKS = timedelta(seconds=2)


@door.post("/find")
@signed_in
def find() -> Response:
    """Cases and accounts that fit; a whole case number leads there at once."""
    by, q = actor(), request.form.get("q", "").strip()
    read = partial(_found, by, q)
    (found, accounts), _ = aside(read, most=FRESH, since=_own_last_deed())
    if accounts is None:
        return make_response(redirect(url_for("web.case", number=found[0].number), 303))
    return make_response(
        render_template(
            "found.html",
            title=T("查找结果"),
            q=q,
            found_cases=[show.case_line(one) for one in found],
            found_accounts=accounts,
            none_cases=T("没有找到案件。"),
        )
    )


def _found(by: Actor, q: str) -> tuple[list[cases.CaseLine], list[show.Hit] | None]:
    """Cases and accounts; None for these where the case itself was named."""
    found = cases.find(by, q)
    named = len(found) == 1 and found[0].number == q.upper()
    return found, None if named else accounts_for(q)


@door.after_request
def note_deed(response: Response) -> Response:
    """When somebody last did something: a search afterwards must find it, replica or not."""
    deed = request.method == "POST" and response.status_code == 303 and not _searched()
    if deed and settings().database_replica_url and "token" in session:
        session["deed"] = now().timestamp()
    return response


def _searched() -> bool:
    """Whether the request looked for something: no deed, though it may lead to what it found."""
    return request.endpoint == "web.find"


def _own_last_deed() -> datetime | None:
    deed = session.get("deed")
    return None if deed is None else datetime.fromtimestamp(deed, UTC) + CLOCKS


def accounts_for(q: str) -> list[show.Hit]:
    """Accounts of the person's region that fit, masked."""
    try:
        return [show.hit(one) for one in registry.find_accounts(q, region=show.region(actor()))]
    except Problem:
        return []


@door.get("/cases")
@signed_in
def all_cases() -> str:
    """The newest cases that the person may see; with ``by`` those that have a value."""
    by, value = request.args.get("by", ""), request.args.get("value", "").strip()
    findable = {one.id: one for one in cases.findable()}
    faults: Mapping[str, object] = {}
    read = partial(_by_value, actor(), findable, by, value)
    try:
        found, _ = aside(read, most=FRESH, since=_own_last_deed())
    except Invalid as problem:
        found, faults = [], problem.fields
    return render_template(
        "found.html",
        title=T("案件"),
        q="",
        by=by,
        value=value,
        faults=faults,
        findable=show.findable(findable.values()),
        found_cases=[show.case_line(one) for one in found],
        found_accounts=None,
        none_cases=T("没有找到案件。") if by else T("还没有案件。可从“受理”开始。"),
    )


def _by_value(
    person: Actor, findable: Mapping[str, cases.Findable], by: str, value: str
) -> list[cases.CaseLine]:
    if not by:
        return cases.find(person, "")
    if by not in findable or not value:
        raise Invalid(fields={"by" if value else "value": T("请选择项目并填写内容。")})
    one = findable[by]
    variables = {one.field.key: cases.read_value(one, value)}
    return cases.all_cases(person, procedure=one.procedure, variables=variables).items


@door.get("/accounts")
@signed_in
def accounts() -> str:
    """Where the search for accounts begins."""
    nothing = {"q": "", "found_cases": None, "found_accounts": None}
    return render_template("found.html", title=T("用户"), **nothing)


@door.get("/accounts/<no>")
@signed_in
def account(no: str) -> str:
    """One account with what hangs on it, personal values masked."""
    facts = registry.account(no)
    allowed = show.region(actor())
    if allowed and facts.region != allowed:
        raise NotAllowed(T("此户不在您的辖区，您不能查看。"))
    return render_template(
        "account.html",
        facts=facts,
        state=registry.state_label("account", facts.state),
        source=partial(registry.state_label, "reading"),
        owner=show.owner(facts),
        use=show.use(facts),
        meter=show.meter(facts),
        bills=registry.open_bills(no),
        readings=registry.readings(no, 6),
        found_cases=[show.case_line(one) for one in cases.find(actor(), no)],
    )


@door.get("/customers/<int:customer_id>")
@signed_in
def customer(customer_id: int) -> str | Response:
    """One customer: accounts, meters past and present, contracts, bills, cases; masked."""
    if customer_id >= identifiers.BIGGEST:
        raise NotFound
    found = registry.customer_page(customer_id)
    allowed = show.region(actor())
    ours = [line for line in found.accounts if allowed is None or line.region == allowed]
    if not ours and (found.accounts or allowed is not None):
        raise NotAllowed(T("此户不在您的辖区，您不能查看。"))
    numbers = {line.account_no for line in ours}
    may = cases.may_look_at_customer(actor(), numbers)
    asked = request.args.get("whole") == "1" and may
    found_cases = [one for no in sorted(numbers)[:20] for one in cases.find(actor(), no)]
    whole = asked and cases.look_at_customer(actor(), customer_id, numbers)
    if asked and not whole:
        return make_response(redirect(url_for("web.customer_look", customer_id=customer_id), 303))
    return render_template(
        "customer.html",
        name=identifiers.mask_name(found.customer.name),
        customer_id=customer_id,
        may_look=may and not whole,
        who=show.person(found.customer, whole=whole),
        accounts=[(show.hit(line), found.installations.get(line.account_no, ()),
                   found.bills.get(line.account_no, ())) for line in ours],
        contracts=[one for one in found.contracts if one.account_no in numbers],
        found_cases=[show.case_line(one) for one in found_cases],
        sheets=folder.shelf(
            actor(), [one.number for one in found_cases], local_day(now()), asked=whole
        ),
    )  # fmt: skip


@door.post("/lookup/<kind>")
@signed_in
def lookup(kind: str) -> str:
    """Suggestions for a field of a form, as options of a list."""
    if kind not in {"account", "meter", "service_point", "address"}:
        raise NotFound
    q = request.form.get("q", "")
    lines = registry.find_accounts(q, region=show.region(actor()), limit=10)
    value = {"account": "account_no", "meter": "meter_serial"}.get(kind, "address")
    options = [(getattr(line, value), show.hit(line)) for line in lines if getattr(line, value)]
    return render_template("lookup.html", options=options, nothing=say(T("没有找到")))
