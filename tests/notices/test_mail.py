"""E-mail through a real server: taken, refused, put off, cut off, slow; encrypted, with login."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from app import notices
from app.jobs.tasks import NotDelivered, send_notice
from app.notices import Message
from app.notices.mail import Mail
from app.work import SYSTEM
from tests.notices.test_outbox import attempts_of, queue

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FROM = "notice@linjiang.example"


class Box:
    """Keeps what comes; ``rcpt`` and ``data``: what it answers instead of taking it."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.rcpt = self.data = ""
        self.seconds = 0.0
        self.cut = False

    async def handle_RCPT(
        self, server: SMTP, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.cut:
            server.transport.abort()
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:
        if self.seconds:
            await asyncio.sleep(self.seconds)
        if self.data:
            return self.data
        self.got.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@contextmanager
def server(box: Box, secure: ssl.SSLContext | None = None, **more: Any) -> Iterator[int]:
    """A mail server on a port of this machine; ``secure``: TLS from the first byte."""
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(
        loop.create_server(lambda: SMTP(box, loop=loop, **more), "127.0.0.1", 0, ssl=secure)
    )
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(ended(listening), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def ended(listening: asyncio.Server) -> None:
    """Nothing is left that would speak after its loop is gone."""
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.02)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def way(box: Box) -> Iterator[Mail]:
    with server(box) as port:
        yield Mail(f"smtp://127.0.0.1:{port}", FROM, "临江供水有限公司", seconds=1.0)


def message(**more: Any) -> Message:
    return Message(
        **{
            "channel": "email", "recipient": "zhou@example.cn", "text": "您的过户已办结。\n㛃",
            "key": "k1", "at": AT, "subject": "过户办结\r\nBcc: x@example.cn", **more,
        }
    )  # fmt: skip


def test_a_mail_arrives_as_it_was_written(box: Box, way: Mail) -> None:
    pdf = b"%PDF-1.7 \x00\xff"
    assert way.send(message(files=(("收据 SJ1.pdf", pdf),))).ok
    (mail,) = box.got
    assert mail["Subject"] == "过户办结 Bcc: x@example.cn"
    assert mail["Bcc"] is None
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == (
        "临江供水有限公司", FROM,
    )  # fmt: skip
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip().replace("\r\n", "\n") == "您的过户已办结。\n㛃"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("收据 SJ1.pdf", "application/pdf")
    assert file.get_content() == pdf


def test_sent_twice_it_can_be_told_as_one(box: Box, way: Mail) -> None:
    for key in ("k1", "k1", "k2"):
        assert way.send(message(key=key)).ok
    first, again, other = (mail["Message-ID"] for mail in box.got)
    assert first == again != other
    assert first.endswith("@linjiang.example>")


@pytest.mark.parametrize(
    ("at", "answer", "final"),
    [
        ("rcpt", "550 5.1.1 no such user", True),
        ("rcpt", "450 4.2.0 greylisted", False),
        ("data", "554 5.7.1 spam", True),
        ("data", "451 4.3.0 try later", False),
    ],
)
def test_5xx_is_for_good_and_4xx_is_tried_again(
    box: Box, way: Mail, at: str, answer: str, final: bool
) -> None:
    setattr(box, at, answer)
    said = way.send(message())
    assert (said.ok, said.final) == (False, final)
    assert answer[:3] in said.detail


def test_a_connection_cut_off_is_tried_again(box: Box, way: Mail) -> None:
    box.cut = True
    said = way.send(message())
    assert (said.ok, said.final) == (False, False)


def test_a_slow_server_is_left(box: Box, way: Mail) -> None:
    box.seconds = 1.6
    said = way.send(message())
    assert (said.ok, said.final) == (False, False)
    assert "没有应答" in said.detail


def test_no_server_is_tried_again() -> None:
    assert Mail("smtp://127.0.0.1:1", FROM, seconds=0.5).send(message()).final is False


# --- encrypted, with login ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)  # noqa: TID251 - of the certificate, which TLS compares with its clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def knows(_server: Any, _session: Any, _envelope: Any, _way: str, given: Any) -> AuthResult:
    known = isinstance(given, LoginPassword) and (given.login, given.password) == (
        b"notice", b"p@ss/w",
    )  # fmt: skip
    return AuthResult(success=known, handled=False)


@pytest.mark.parametrize(("password", "ok"), [("p%40ss%2Fw", True), ("wrong", False)])
def test_starttls_and_login(box: Box, certificate: Path, password: str, ok: bool) -> None:
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    more = {"tls_context": ours, "require_starttls": True, "auth_required": True,
            "authenticator": knows}  # fmt: skip
    with server(box, **more) as port:
        way = Mail(f"smtp://notice:{password}@127.0.0.1:{port}", FROM, seconds=5, context=trust)
        said = way.send(message())
    assert (said.ok, len(box.got)) == (ok, int(ok))
    assert ok or "535" in said.detail


def test_tls_from_the_first_byte_and_no_server_that_cannot_prove_itself(
    box: Box, certificate: Path
) -> None:
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate)
    with server(box, ours) as port:
        trust = ssl.create_default_context(cafile=str(certificate))
        way = Mail(f"smtps://127.0.0.1:{port}", FROM, seconds=5, context=trust)
        assert way.send(message()).ok
        assert not Mail(f"smtps://127.0.0.1:{port}", FROM, seconds=5).send(message()).ok
    assert len(box.got) == 1


# --- by the outbox --------------------------------------------------------------------------------


@pytest.fixture
def wired(app: Flask, way: Mail) -> Iterator[Mail]:
    notices.install(way)
    yield way
    notices.install(None)


def mail(**more: Any) -> int:
    return queue(channel="email", recipient="zhou@example.cn", by=SYSTEM, **more).id


@pytest.mark.usefixtures("wired")
def test_a_bounce_ends_it_at_once_and_the_letter_goes_to_the_address(box: Box) -> None:
    box.rcpt = "550 no such user"
    number = mail(address="临江市城东区桐荫路12号")
    send_notice(number)
    assert notices.notice(number).state == "letter"
    assert "550：no such user" in attempts_of(number)[0][1]
    letter = notices.of_case("GH1")[1]
    assert notices.content(letter.id).recipient == "临江市城东区桐荫路12号"


@pytest.mark.usefixtures("wired")
def test_a_server_that_puts_off_is_tried_again_with_the_same_name(box: Box) -> None:
    box.data = "451 later"
    number = mail()
    with pytest.raises(NotDelivered):
        send_notice(number)
    box.data = ""
    send_notice(number)
    assert [ok for ok, _ in attempts_of(number)] == [False, True]
    assert notices.notice(number).state == "sent"


@pytest.mark.usefixtures("wired")
def test_a_print_out_goes_with_the_mail(box: Box) -> None:
    number = mail(files=(("收据.pdf", b"%PDF-1.7 x"),))
    send_notice(number)
    (file,) = box.got[0].iter_attachments()
    assert file.get_content() == b"%PDF-1.7 x"
