"""AES-256-GCM under a bare key; no database."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import Problem

FORMAT = b"\x01"
NONCE = 12
KEY = 32


class Destroyed(Problem):
    """这些个人信息已依法销毁，无法再读取。"""


class Unsealable(Problem):
    """密文已损坏，或与所用密钥不符。"""


def fresh_key() -> bytes:
    """A new data key, 32 random bytes."""
    return AESGCM.generate_key(KEY * 8)


def seal_with(key: bytes, value: bytes, aad: bytes = b"") -> bytes:
    """Seal ``value`` under a bare data key; ``aad`` binds it to its place."""
    nonce = os.urandom(NONCE)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, value, aad)


def unseal_with(key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """Open what ``seal_with`` sealed. Raises Unsealable for another key, place or byte."""
    if sealed[:1] != FORMAT or len(sealed) <= NONCE + 1:
        raise Unsealable
    try:
        return AESGCM(key).decrypt(sealed[1 : NONCE + 1], sealed[NONCE + 1 :], aad)
    except InvalidTag as error:
        raise Unsealable from error
