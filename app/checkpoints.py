"""Checkpoints of the trail: the command that signs them, the key, the record outside.

The private key stands in ``var/secrets/checkpoint.key`` (mode 0600), made at first use; its public
half goes to the auditors (`flask audit public-key`), who check without this installation.
An installation that was restored with a key of its own trusts those before it as well: their public
halves stand in ``var/secrets/checkpoint-keys``.
Each checkpoint is also appended to ``CHECKPOINT_RECORD``, which belongs on another machine or on a
medium that is written once: then not even the last ones can be taken away unseen.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app import audit
from app.config import settings
from app.db import raw
from app.errors import Invalid, Refused
from app.texts import T
from app.work import Work, command

PEM = serialization.Encoding.PEM
LAST_KEY = "SELECT key_id FROM checkpoints ORDER BY number DESC LIMIT 1"


@command(right="system")
def make(work: Work, *, whole: bool = False) -> audit.Checkpoint | None:
    """Sign the heads of all chains that grew since the last checkpoint; None when none did.

    ``whole`` looks at the whole trail instead of what is new by its time. Raises Refused on a host
    that does not have the key of the one before.
    """
    _need_own()
    made = audit.make_checkpoint(raw(), work.at, private_key(), whole=whole)
    if made:
        work.after_commit(lambda: _put_down(made))
    return made


def _need_own() -> None:
    """A worker of a second host must not sign by a key that no auditor knows."""
    last = raw().execute(LAST_KEY).fetchone()
    if last is not None and last[0] not in trusted():
        text = "上一个检查点由别的密钥签署：请从那台主机复制 {file}，或停用本机的后台任务。"
        raise Refused(T(text, file=str(key_file())))


def record() -> Path:
    """The file outside the database that each checkpoint is appended to."""
    chosen = settings()
    return chosen.checkpoint_record or chosen.var / "checkpoints.jsonl"


def _put_down(*made: audit.Checkpoint) -> None:
    file = record()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as out:
        out.writelines(each.line for each in made)
        out.flush()
        os.fsync(out.fileno())


def take_over(kept: Path) -> int:
    """Append what a record of a backup has and ours lacks; gives how many. Nothing of ours is
    touched: what was recorded later tells of a roll-back. Raises Invalid when it is no record."""
    ours = set(recorded())
    lacking = [each for each in recorded(kept) if each not in ours]
    if lacking:
        _put_down(*lacking)
    return len(lacking)


def recorded(file: Path | None = None) -> list[audit.Checkpoint]:
    """What stands in the record outside; raises Invalid when a line is no checkpoint."""
    file = file or record()
    if not file.exists():
        return []
    try:
        return [audit.read_checkpoint(line) for line in file.read_bytes().splitlines()]
    except ValueError as error:
        raise Invalid(fields={"record": T("{file} 不是检查点记录。", file=str(file))}) from error


# --- keys -------------------------------------------------------------------------------------


def key_file() -> Path:
    """Where the private key stands."""
    return settings().secrets / "checkpoint.key"


def private_key() -> Ed25519PrivateKey:
    """The key that signs; made at first use with mode 0600."""
    file = key_file()
    if not file.exists():
        _write_first(file)
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(fields={"key": T("{file} 不是 Ed25519 密钥。", file=str(file))})
    return key


def _write_first(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Ed25519PrivateKey.generate().private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    whole = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(made)
    try:
        # A link, not a move: of two processes that begin at once the first one's key stays.
        os.link(whole, file)
    except FileExistsError:
        pass
    finally:
        whole.unlink()


def public_pem() -> bytes:
    """The public half, as the auditors keep it."""
    return pem(private_key().public_key())


def trusted(files: Iterable[Path] = ()) -> dict[str, Ed25519PublicKey]:
    """Public keys by name: those of ``files`` (PEM), or this installation's own one and those that
    it has inherited.

    Raises Invalid naming the file that holds none.
    """
    before = map(_public, sorted(inherited().glob("*.pem")))
    own = [private_key().public_key()] if key_file().exists() else []
    keys = [_public(file) for file in files] or [*own, *before]
    return {audit.key_id(key): key for key in keys}


def inherited() -> Path:
    """Folder of the public keys that signed before this installation was restored."""
    return settings().secrets / "checkpoint-keys"


def inherit(file: Path) -> None:
    """Trust a public key (PEM) of the time before a restore. Raises Invalid when it is none."""
    key = _public(file)
    inherited().mkdir(mode=0o700, parents=True, exist_ok=True)
    (inherited() / f"{audit.key_id(key)}.pem").write_bytes(pem(key))


def pem(key: Ed25519PublicKey) -> bytes:
    """A public key as it is written down."""
    return key.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _public(file: Path) -> Ed25519PublicKey:
    key: object
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid(fields={"key": T("{file} 不是 Ed25519 公钥（PEM）。", file=str(file))})
    return key
