"""Points of an application that change: another calibre, given up, kept, undone with the case."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from app.db import db
from app.errors import Refused
from app.registry import states
from app.registry.addresses import release_address
from app.registry.applications import CHANGES, close_application, connection
from app.registry.books import account_for, account_row, today
from app.registry.case_contracts import bind_case, end_case_contracts
from app.registry.issues import drop_holds, recall_meters
from app.registry.locks import release_lock
from app.registry.models import Account, Connection, ConnectionPoint, ServicePoint
from app.texts import T
from app.work import Work

CONNECTED = "connected"


def point_rows(case: str) -> list[ConnectionPoint]:
    """The case's points, in order."""
    mine = ConnectionPoint.case_no == case
    asked = sa.select(ConnectionPoint).where(mine).order_by(ConnectionPoint.seq)
    return list(db.session.scalars(asked))


def recalibre(work: Work, row: ConnectionPoint, calibre: int) -> None:
    """The scheme was changed: another meter belongs here. Raises Refused once one hangs here."""
    point = _point(row.point_no)
    if point.calibre_planned == calibre:
        return
    if point.state == "metered":
        raise Refused(T("接水点 {no} 已装表，口径不能再改。", no=point.no))
    before, point.calibre_planned = point.calibre_planned, calibre
    account = account_row(row.account_no)
    after = {"point": point.no, "calibre": calibre}
    work.record(
        account, "account:recalibre", before={"calibre": before}, after=after, case=row.case_no
    )


def give_up(work: Work, case: str, rows: Iterable[ConnectionPoint]) -> list[str]:
    """Points that nobody needs any more: disused, their pre-accounts closed; gives their numbers.

    What has a meter or an account in use stays.
    """
    gone = []
    for row in rows:
        point, account = _point(row.point_no), account_row(row.account_no)
        if point.state != "numbered" or account.state != "pre":
            continue
        point.state = states.move("point", point.state, "disused")
        account.state = states.move("account", account.state, "closed")
        account.closed = today(work)
        after = {"point": point.no, "state": "closed"}
        work.record(account, "account:given_up", before={"state": "pre"}, after=after, case=case)
        db.session.delete(row)
        gone.append(point.no)
    db.session.flush()
    return gone


def keep_point(work: Work, application: Connection, calibre: int) -> None:
    """A change of what is there: point and account stay, only the meter becomes another.

    Raises Refused without an account, or while another case holds it.
    """
    if application.account_no is None:
        raise Refused(T("增容和移表须先选定户号。"))
    account = account_for(application.account_no, application.case_no)
    point = _point(account.point_no)
    if not point_rows(application.case_no):
        db.session.add(
            ConnectionPoint(
                case_no=application.case_no, seq=1, point_no=point.no,
                account_no=account.account_no, address_key=point.address_key,
            )
        )  # fmt: skip
    before, point.calibre_planned = point.calibre_planned, calibre
    after = {"point": point.no, "calibre": calibre}
    work.record(account, "account:recalibre", before={"calibre": before}, after=after,
                case=application.case_no)  # fmt: skip
    db.session.flush()
    bind_case(work, application.case_no)


def end_of_case(work: Work, case: str, outcome: str) -> None:
    """A case is over: its locks fall, what it had picked out is free; what an application that
    came to nothing left is undone.

    Meters that are out come back into stock, points are given up, its contract ends; what was
    opened or hangs already stays.
    """
    release_lock(work, case)
    release_address(work, case)
    drop_holds(work, case)
    application = close_application(work, case, outcome)
    if application is None or outcome == CONNECTED:
        return
    recall_meters(work, case, reason=str(T("报装终止")))
    rows = point_rows(case)
    if application.kind not in CHANGES:
        give_up(work, case, rows)
    if not _in_use(rows):
        end_case_contracts(work, case, today(work))


def is_undone_at_end(case: str) -> bool:
    """Whether :func:`end_of_case` takes back what the services of this case did."""
    return connection(case) is not None


def _in_use(rows: Iterable[ConnectionPoint]) -> bool:
    numbers = [row.account_no for row in rows]
    used = sa.exists().where(
        Account.account_no.in_(numbers), Account.state.not_in(("pre", "closed"))
    )
    return bool(db.session.scalar(sa.select(used)))


def _point(point_no: str) -> ServicePoint:
    found: ServicePoint = db.session.get_one(
        ServicePoint, point_no, with_for_update=True, populate_existing=True
    )
    return found
