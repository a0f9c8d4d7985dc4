"""What the register knows of the points that a slip names (领表单)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import db
from app.registry.models import Account, Contract, Installation, MeterIssue, ServicePoint


@dataclass(frozen=True)
class SlipPoint:
    """A service point as the storekeeper must see it; readings in m³.

    ``serial``: the meter that hangs there; ``waiting``: one that was issued and waits.
    """

    point_no: str
    address: str
    region: str
    calibre: int | None
    state: str
    account_no: str | None
    account_state: str | None
    contract_no: str | None
    serial: str | None
    last_reading: int | None
    waiting: str | None


def slip_points(numbers: Sequence[str]) -> dict[str, SlipPoint]:
    """The points of those numbers, in one statement; what is not known is left out."""
    hangs = sa.and_(Installation.point_no == ServicePoint.no, Installation.removed.is_(None))
    out = sa.and_(MeterIssue.point_no == ServicePoint.no, MeterIssue.state == "issued")
    whose = sa.and_(Account.point_no == ServicePoint.no, Account.state != "closed")
    running = sa.and_(Contract.account_no == Account.account_no, Contract.state == "running")
    rows = db.session.execute(
        sa.select(
            ServicePoint.no,
            ServicePoint.address,
            ServicePoint.region,
            ServicePoint.calibre_planned,
            ServicePoint.state,
            sa.func.min(Account.account_no),
            sa.func.min(Account.state),
            sa.func.min(Contract.contract_no),
            Installation.serial,
            Installation.last_reading,
            MeterIssue.serial,
        )
        .outerjoin(Account, whose)
        .outerjoin(Contract, running)
        .outerjoin(Installation, hangs)
        .outerjoin(MeterIssue, out)
        .where(ServicePoint.no.in_(list(numbers)))
        .group_by(ServicePoint.no, Installation.id, MeterIssue.id)
    )
    return {row[0]: SlipPoint(*row) for row in rows}
