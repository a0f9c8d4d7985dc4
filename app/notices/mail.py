"""E-mail through a server (RFC 5321): TLS, login, and what its answers mean.

5xx: refused for good. 4xx, no connection, no answer: to be tried again. The same notice always
has the same Message-ID (RFC 5322 3.6.4), so that one that arrives twice can be told as one.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from app.config import LOOPBACK
from app.notices.parcels import Delivery, Message
from app.texts import T

SECONDS = 20.0
REFUSED = 500


@dataclass(frozen=True)
class Mail:
    """A server by its address: ``smtp://user:password@host:587`` (STARTTLS) or ``smtps://``.

    Without TLS only on this machine.
    """

    url: str
    sender: str
    name: str = ""
    seconds: float = SECONDS
    context: ssl.SSLContext | None = None

    def send(self, message: Message) -> Delivery:
        """Hand a message to the server."""
        try:
            with self._connection() as server:
                server.send_message(
                    written(message, self.sender, self.name),
                    self.sender,
                    [message.recipient],
                )
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return _refused(code, said)
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError:
            return Delivery(False, str(T("邮件服务器不支持加密连接或登录。")), final=True)
        except (OSError, smtplib.SMTPException) as error:
            why = type(error).__name__
            return Delivery(False, str(T("邮件服务器没有应答（{why}）。", why=why)))
        return Delivery(True)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        parts = urlsplit(self.url)
        secure = self.context or ssl.create_default_context()
        host, port = str(parts.hostname), parts.port
        server = (
            smtplib.SMTP_SSL(host, port or 465, timeout=self.seconds, context=secure)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port or 587, timeout=self.seconds)
        )
        try:
            if parts.scheme == "smtp" and (host not in LOOPBACK or self.context):
                server.starttls(context=secure)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
        finally:
            _leave(server)


def _leave(server: smtplib.SMTP) -> None:
    """The message is taken once the server has said so; how it says good-bye matters no more."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _refused(code: int, said: bytes | str) -> Delivery:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Delivery(
        False,
        str(T("邮件服务器答复 {code}：{said}", code=code, said=words[:200])),
        final=code >= REFUSED,
    )


def written(message: Message, sender: str, name: str = "") -> EmailMessage:
    """A message as it goes over the wire. Line ends in a subject become blanks."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = Address(addr_spec=message.recipient)
    mail["Subject"] = " ".join((message.subject or name).split())
    mail["Date"] = message.at
    mail["Message-ID"] = f"<{message.reference}@{sender.rpartition('@')[2]}>"
    # Out-of-office answers to a machine help nobody (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    for file, content in message.files:
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=file)
    return mail
