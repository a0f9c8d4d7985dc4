"""Branch companies and service outlets."""

from __future__ import annotations

import sqlalchemy as sa

from app.config import settings
from app.db import db
from app.errors import Invalid, Refused
from app.settings.models import Branch
from app.settings.values import _require_admin, regions
from app.texts import T
from app.work import Work, command


def branches() -> list[Branch]:
    """All branches and outlets, by name."""
    return list(db.session.scalars(sa.select(Branch).order_by(Branch.name)))


def branch(name: str | None) -> Branch | None:
    """The branch of that name; None when there is none."""
    return db.session.scalar(sa.select(Branch).filter_by(name=name))


@command(right="admin")
def put_branch(
    work: Work, name: str, *, kind: str = "branch", region: str | None = None, address: str = "",
    phone: str = "",
) -> Branch:  # fmt: skip
    """Add a branch, or change the one of that name."""
    _require_admin(work)
    if region is not None and region not in regions():
        raise Invalid(fields={"region": T("没有名为“{region}”的片区。", region=region)})
    return _put(work, name, kind, region, address, phone)


def _put(work: Work, name: str, kind: str, region: str | None, address: str, phone: str) -> Branch:
    row = branch(name) or Branch(name=name)
    before = _shown(row) if row.id else None
    row.kind, row.region, row.address, row.phone = kind, region, address, phone
    db.session.add(row)
    work.record(row, "branch:put", before=before, after=_shown(row))
    return row


def _shown(row: Branch) -> dict[str, str | None]:
    return {name: getattr(row, name) for name in ("name", "kind", "region", "address", "phone")}


def demo_branches(work: Work) -> list[Branch]:
    """The demo's branches, one a region, and the outlet of the head office. All invented."""
    if not settings().demo:
        raise Refused(T("只有演示环境才能生成演示网点。"))
    known = {row.name for row in branches()}
    wanted: list[tuple[str, str, str | None, str, str]] = [
        (f"{region}供水分公司", "branch", region, f"{region}区桐荫路{n}号", f"0731-9600010{n}")
        for n, region in enumerate(regions(), start=1)
    ]
    wanted.append(("客户服务中心", "outlet", None, "临江大道8号", "0731-96000100"))
    return [_put(work, *row) for row in wanted if row[0] not in known]
