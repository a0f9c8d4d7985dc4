"""Sealed values open under their key and place only; destroyed keys open nothing."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import config, sealing
from app.config import settings
from app.db import db, raw
from app.errors import Invalid
from app.sealing import index, master_keys

KEY, OTHER = sealing.fresh_key(), sealing.fresh_key()


@given(st.binary(), st.binary())
def test_what_is_sealed_opens_again(value: bytes, aad: bytes) -> None:
    assert sealing.unseal_with(KEY, sealing.seal_with(KEY, value, aad), aad) == value


@given(st.binary(min_size=8), st.binary(), st.data())
def test_any_changed_byte_is_refused(value: bytes, aad: bytes, data: st.DataObject) -> None:
    sealed = bytearray(sealing.seal_with(KEY, value, aad))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(sealing.Unsealable):
        sealing.unseal_with(KEY, bytes(sealed), aad)


@given(st.binary(min_size=8), st.binary(), st.binary())
def test_another_place_or_key_or_a_cut_is_refused(value: bytes, aad: bytes, other: bytes) -> None:
    sealed = sealing.seal_with(KEY, value, aad)
    for key, blob, place in (
        (OTHER, sealed, aad), (KEY, sealed, aad + other + b"."), (KEY, sealed[:-1], aad),
        (KEY, b"", aad), (KEY, sealed[:13], aad),
    ):  # fmt: skip
        with pytest.raises(sealing.Unsealable):
            sealing.unseal_with(key, blob, place)


@given(st.binary(min_size=8))
def test_sealing_twice_gives_two_ciphertexts_without_the_value(value: bytes) -> None:
    one, two = sealing.seal_with(KEY, value), sealing.seal_with(KEY, value)
    assert one != two
    assert value not in one


@pytest.mark.usefixtures("app")
def test_the_master_key_is_private_and_wraps() -> None:
    wrapped = sealing.wrap(KEY)
    assert sealing.unwrap(wrapped) == KEY
    assert KEY not in wrapped
    file = sealing.master_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("app")
def test_a_stored_key_seals_json_with_rare_characters() -> None:
    key = sealing.new_key("customer")
    value = {"name": "㛃𠮷", "phones": ["19900001234"]}
    sealed = sealing.seal_json(key, value, b"customer:1")
    db.session.flush()
    db.session.expire_all()
    assert sealing.open_json(key.id, sealed, b"customer:1") == value


@pytest.mark.usefixtures("app")
def test_a_destroyed_key_opens_and_seals_nothing() -> None:
    key = sealing.new_key("customer")
    sealed = sealing.seal(key, b"secret")
    sealing.destroy(key)
    db.session.flush()
    assert raw().execute("SELECT wrapped FROM data_keys WHERE id=%s", [key.id]).fetchone() == (
        None,
    )
    for attempt in (sealing.unseal, sealing.seal):
        with pytest.raises(sealing.Destroyed):
            attempt(key.id, sealed)


def test_rotation_wraps_again_and_changes_no_sealed_value(fresh: Flask) -> None:
    assert fresh
    keys = [sealing.new_key("customer") for _ in range(3)]
    values = [sealing.seal(key, b"v%d" % n) for n, key in enumerate(keys)]
    sealing.destroy(keys[2])
    db.session.flush()
    found = sealing.keyed_hash("name", "周禾清")
    before, old = [key.wrapped for key in keys], sealing.masters().current
    assert sealing.rotate_master() == 3, "two data keys and the index key"
    raw().commit()
    db.session.expire_all()
    assert sealing.masters().current != old
    assert all(key.wrapped != was for key, was in zip(keys[:2], before, strict=False))
    sealing.prune_masters()
    assert old.id not in sealing.master_file().read_text()
    assert [sealing.unseal(k.id, v) for k, v in zip(keys[:2], values, strict=False)] == [
        b"v0",
        b"v1",
    ]
    index._index_keys.clear()
    assert sealing.keyed_hash("name", "周禾清") == found
    master_keys._read.cache_clear()
    with pytest.raises(sealing.Unsealable):
        sealing.unwrap(before[0])


def another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same database, another VAR."""
    there = replace(settings(), var=tmp_path)
    monkeypatch.setattr(config, "_installed", [there])


def test_a_host_without_the_master_key_makes_none_beside_it(
    fresh: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fresh
    sealing.keyed_hash("name", "周禾清")
    sealing.need_masters()
    another_host(tmp_path, monkeypatch)
    for deed in (sealing.need_masters, sealing.masters, lambda: sealing.new_key("case")):
        with pytest.raises(sealing.Misplaced, match=r"master\.key"):
            deed()
    assert list(tmp_path.rglob("*.key")) == []
    assert fresh.test_client().get("/healthz").status_code == 503
    for command in ("worker", "prepare"):
        assert "主密钥" in fresh.test_cli_runner().invoke(args=[command]).output


def test_a_host_with_another_master_key_says_so(
    fresh: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fresh
    sealing.keyed_hash("name", "周禾清")
    another_host(tmp_path, monkeypatch)
    master_keys._write_first(sealing.master_file())
    with pytest.raises(sealing.Misplaced):
        sealing.need_masters()


def test_a_rotation_over_two_hosts_is_open_at_both_at_every_step(
    fresh: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fresh
    key = sealing.new_key("case")
    sealed = sealing.seal(key, b"value")
    db.session.flush()
    added = sealing.add_master()
    with pytest.raises(Invalid):
        sealing.rotate_master("00000000")
    copied = sealing.master_file().read_bytes()
    assert sealing.rotate_master(added.id) >= 1
    raw().commit()
    another_host(tmp_path, monkeypatch)
    sealing.master_file().parent.mkdir()
    sealing.master_file().write_bytes(copied)
    sealing.unwrap.cache_clear()
    db.session.expire_all()
    assert db.session.get_one(sealing.DataKey, key.id).master_id == added.id
    assert sealing.unseal(key.id, sealed) == b"value"
    assert sealing.masters().current.id != added.id, "it wraps under the old one until copied anew"


def test_a_rotation_rolled_back_loses_nothing(fresh: Flask) -> None:
    assert fresh
    key = sealing.new_key("case")
    sealed = sealing.seal(key, b"value")
    db.session.flush()
    raw().execute("SAVEPOINT s")
    sealing.rotate_master()
    raw().execute("ROLLBACK TO s")
    sealing.unwrap.cache_clear()
    master_keys._read.cache_clear()
    db.session.expire_all()
    assert sealing.unseal(key.id, sealed) == b"value"


@pytest.mark.usefixtures("app")
def test_a_keyed_hash_finds_the_same_value_of_the_same_kind_only() -> None:
    digest = sealing.keyed_hash("name", "周禾清")
    assert digest == sealing.keyed_hash("name", "周禾清")
    assert len(digest) == 32
    assert digest != sealing.keyed_hash("name", "周禾青")
    assert digest != sealing.keyed_hash("phone", "周禾清")


def test_index_keys_made_at_once_are_one(fresh: Flask) -> None:
    def digest(_n: int) -> bytes:
        with fresh.app_context():
            index._index_keys.clear()
            return sealing.keyed_hash("phone4", "1234")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(digest, range(16)))) == 1
