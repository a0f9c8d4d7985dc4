"""Passwords: argon2id, at least twelve characters (OWASP ASVS 2.1)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.config import settings
from app.errors import Invalid
from app.texts import T

SHORTEST, LONGEST = 12, 200
# Fewer different signs than this are a pattern, not a password.
FEWEST = 5


@lru_cache(maxsize=2)
def _hasher(effort: str) -> PasswordHasher:
    if effort == "low":
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher()


@lru_cache(maxsize=2)
def _nobody(effort: str) -> str:
    return _hasher(effort).hash("nobody has this password")


def hash_password(password: str, field: str = "new") -> str:
    """Hash a new password. Raises Invalid (on ``field``): too short, too long,
    too simple."""
    if len(password) < SHORTEST:
        raise Invalid(fields={field: T("密码至少 {n} 个字符。", n=SHORTEST)})
    if len(password) > LONGEST:
        raise Invalid(fields={field: T("密码至多 {n} 个字符。", n=LONGEST)})
    if len(set(password)) < FEWEST:
        raise Invalid(fields={field: T("密码过于简单，请多用几种不同的字符。")})
    return _hasher(settings().password_effort).hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; as slow when there is none stored."""
    effort = settings().password_effort
    try:
        return _hasher(effort).verify(stored or _nobody(effort), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False
