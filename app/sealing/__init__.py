"""Sealing: personal values are stored only as ciphertext.

Every value is sealed by AES-256-GCM under a data key; data keys stand in the database wrapped by
a master key that stands in a file apart from it. Destroying a data key destroys what it sealed.
Rotating the master key wraps the data keys again and touches no sealed value.

Sealed value: one byte of format, 12 bytes of nonce, ciphertext with tag.
Wrapped key: 4 bytes naming the master key, then a sealed value.
"""

from app.sealing.cipher import Destroyed, Unsealable, fresh_key, seal_with, unseal_with
from app.sealing.data_keys import (
    DataKey,
    KeyRow,
    destroy,
    key_row,
    new_key,
    open_json,
    seal,
    seal_json,
    unseal,
    unwrap,
    wrap,
)
from app.sealing.index import keyed_hash
from app.sealing.master_keys import (
    Master,
    Masters,
    Misplaced,
    add_master,
    admit_masters,
    master_file,
    masters,
    need_masters,
    read_masters,
)
from app.sealing.rotation import prune_masters, rotate_master

__all__ = [
    "DataKey",
    "Destroyed",
    "KeyRow",
    "Master",
    "Masters",
    "Misplaced",
    "Unsealable",
    "add_master",
    "admit_masters",
    "destroy",
    "fresh_key",
    "key_row",
    "keyed_hash",
    "master_file",
    "masters",
    "need_masters",
    "new_key",
    "open_json",
    "prune_masters",
    "read_masters",
    "rotate_master",
    "seal",
    "seal_json",
    "seal_with",
    "unseal",
    "unseal_with",
    "unwrap",
    "wrap",
]
