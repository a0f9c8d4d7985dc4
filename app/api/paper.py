"""What stands at the head and foot of every print-out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.config import settings
from app.work import Actor
from app.worktime import SHANGHAI


def head(by: Actor, number: str, at: datetime) -> dict[str, Any]:
    """Company, outlet, case with its address for the QR code, operator, moment."""
    chosen = settings()
    local = at.astimezone(SHANGHAI)
    return {
        "company": chosen.company, "phone": chosen.company_phone,
        "outlet": by.branch or by.region or "", "case_number": number,
        "url": f"{chosen.public_url.rstrip('/')}/cases/{number}",
        "date": local.date().isoformat(), "operator": by.name,
        "printed_at": local.isoformat(timespec="minutes"),
    }  # fmt: skip
