"""Where files lie: a bucket of an S3 server or a folder, and what a store that fails does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from app import attachments, config
from app.attachments import shelf
from app.db import db
from tests.attachments.conftest import CLERK, KEYS, Bucket, changed, free_port
from tests.attachments.test_files import PDF, PNG, erase, name_them


def sent(content: bytes = PNG) -> attachments.FileFacts:
    return attachments.upload(BytesIO(content), "件.png", by=CLERK)


def rows() -> int:
    count = sa.select(sa.func.count()).select_from(attachments.Attachment)
    return int(db.session.scalar(count) or 0)


def blob_of(facts: attachments.FileFacts) -> str:
    return str(db.session.get_one(attachments.Attachment, facts.id).blob)


def place(blob: str) -> str:
    return quote(f"/water/files/{blob[:2]}/{blob}")


@pytest.fixture
def s3(app: Flask, bucket: Bucket) -> Iterator[Bucket]:
    with changed(**bucket.settings):
        yield bucket


def test_a_bucket_keeps_and_gives_back_only_what_is_sealed(s3: Bucket) -> None:
    facts = sent()
    assert attachments.open_file(facts.id) == (facts, PNG)
    lying = s3.ask("GET", place(blob_of(facts)))
    assert b"pixels" not in lying
    assert shelf.hashlib.sha256(lying).hexdigest() == blob_of(facts)


def test_what_was_altered_or_lost_in_a_bucket_is_noticed(s3: Bucket) -> None:
    altered, lost, whole = sent(), sent(PDF), sent()
    s3.ask("PUT", place(blob_of(altered)), b"something else")
    s3.ask("DELETE", place(blob_of(lost)))
    for facts in (altered, lost):
        with pytest.raises(attachments.Missing):
            attachments.open_file(facts.id)
    found = attachments.check(attachments.here())
    assert (found.files, found.whole) == (3, 1)
    assert set(found.missing) == {altered.id, lost.id}
    assert attachments.open_file(whole.id)[1] == PNG


@pytest.mark.usefixtures("app")
def test_a_store_that_is_down_takes_nothing_in_and_says_so(tmp_path: Path) -> None:
    stopped = Bucket()
    stopped.start()
    with changed(**stopped.settings):
        facts = sent()
        stopped.stop()
        with pytest.raises(attachments.Down, match="没有存下"):
            sent()
        with pytest.raises(attachments.Down):
            attachments.open_file(facts.id)
        assert rows() == 1
        with pytest.raises(attachments.Down):
            attachments.check(attachments.here())


@pytest.mark.usefixtures("app")
def test_a_store_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        given = {"files_url": "s3://papers", "aws_endpoint_url": address, "files_timeout": 1}
        with changed(**given, **KEYS), pytest.raises(attachments.Down):
            sent()
        assert time.monotonic() - started < 10
    assert rows() == 0


@pytest.mark.usefixtures("app")
def test_a_bucket_that_is_not_there_takes_nothing_in(bucket: Bucket) -> None:
    with (
        changed(**{**bucket.settings, "files_url": "s3://nowhere"}),
        pytest.raises(attachments.Down),
    ):
        sent()
    assert rows() == 0


@pytest.mark.usefixtures("app")
def test_a_folder_that_cannot_be_written_takes_nothing_in(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where a folder should be")
    with (
        changed(files_url=f"file://{tmp_path}/files/in"),
        pytest.raises((attachments.Down, OSError)),
    ):
        sent()
    assert rows() == 0


def test_files_move_from_the_folder_to_a_bucket_and_are_checked(
    app: Flask, bucket: Bucket, tmp_path: Path
) -> None:
    runner = app.test_cli_runner()
    folder = f"file://{tmp_path}/old"
    target = "s3://papers/moved"
    with changed(**{**bucket.settings, "files_url": folder}):
        first, second, erased = sent(), sent(PDF), sent()
        name_them([erased.id], "GH1", by=CLERK)
        erase("GH1", by=CLERK)
        done = runner.invoke(args=["files", "move", "--to", target])
        assert (done.exit_code, done.output) == (0, "复制 3 件，已在新存储 0 件。\n")
        later = sent()
    with changed(**{**bucket.settings, "files_url": target}):
        assert attachments.open_file(first.id)[1] == PNG
        with pytest.raises(attachments.Missing):
            attachments.open_file(later.id)
        missing = runner.invoke(args=["files", "check"])
        assert missing.exit_code == 1
        assert f"缺失或损坏：{later.id}" in missing.output
        again = runner.invoke(args=["files", "move", "--from", folder, "--to", target])
        assert again.output == "复制 1 件，已在新存储 3 件。\n"
        whole = runner.invoke(args=["files", "check"])
        assert whole.output == "附件 4 件，完好 4 件，其中已依法销毁 1 件。\n"
        assert attachments.open_file(second.id)[1] == PDF
        # The old store is as it was.
        assert attachments.check(attachments.at(folder)).missing == []


def test_what_the_old_store_has_lost_is_named(app: Flask, tmp_path: Path) -> None:
    with changed(files_url=f"file://{tmp_path}/old"):
        lost, kept = sent(), sent(PDF)
        blob = blob_of(lost)
        (tmp_path / "old" / blob[:2] / blob).unlink()
        done = app.test_cli_runner().invoke(
            args=["files", "move", "--to", f"file://{tmp_path}/new", "--json"]
        )
        assert done.exit_code == 1
        assert lost.id in done.output
        assert attachments.at(f"file://{tmp_path}/new").has(blob_of(kept))


def test_a_store_that_is_down_ends_the_command_in_one_sentence(app: Flask) -> None:
    given = {
        "files_url": "s3://papers", "aws_endpoint_url": f"http://127.0.0.1:{free_port()}",
        "files_timeout": 1,
    }  # fmt: skip
    sent()
    with changed(**given, **KEYS):
        done = app.test_cli_runner().invoke(args=["files", "check"])
    assert done.exit_code == 2
    assert "文件存储暂时用不了" in done.output


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"FILES_URL": "papers"}, "s3://"),
        ({"FILES_URL": "s3://"}, "s3://"),
        ({"FILES_URL": "http://papers"}, "s3://"),
        ({"AWS_ENDPOINT_URL": "minio:9000"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ACCESS_KEY_ID": "one"}, "AWS_SECRET_ACCESS_KEY"),
        ({"CLAMD": "here"}, "CLAMD"),
        ({"CLAMD_DOWN": "perhaps"}, "CLAMD_DOWN"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_its_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(config.Misconfigured, match=named):
        config.read(given)


def test_keys_of_the_store_stand_in_no_printed_settings() -> None:
    given = {"AWS_ACCESS_KEY_ID": "one", "AWS_SECRET_ACCESS_KEY": "very-secret"}
    assert "very-secret" not in repr(config.read(given))
