"""What customers have asked for about being told."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.registry.customers import phone_hash
from app.registry.models import Customer, CustomerPhone


def wants_no_sms(phone: str) -> bool:
    """Whether somebody of this number asked for no short messages."""
    asked = (
        sa.select(Customer.id)
        .join(CustomerPhone, CustomerPhone.customer_id == Customer.id)
        .where(CustomerPhone.phone_hash == phone_hash(phone), Customer.sms_ok.is_(False))
    )
    return bool(phone) and db.session.scalar(sa.select(asked.exists())) is True
