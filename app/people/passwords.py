"""Passwords: argon2id, at least ten characters."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.config import settings
from app.errors import Invalid
from app.texts import T

SHORTEST, LONGEST = 10, 200


@lru_cache(maxsize=2)
def _hasher(effort: str) -> PasswordHasher:
    if effort == "low":
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher()


@lru_cache(maxsize=2)
def _nobody(effort: str) -> str:
    return _hasher(effort).hash("nobody has this password")


def hash_password(password: str, field: str = "new") -> str:
    """Hash a new password. Raises Invalid (on ``field``) when it is too short or too long."""
    if len(password) < SHORTEST:
        raise Invalid(fields={field: T("密码至少 {n} 个字符。", n=SHORTEST)})
    if len(password) > LONGEST:
        raise Invalid(fields={field: T("密码至多 {n} 个字符。", n=LONGEST)})
    return _hasher(settings().password_effort).hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; as slow when there is none stored."""
    effort = settings().password_effort
    try:
        return _hasher(effort).verify(stored or _nobody(effort), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False
