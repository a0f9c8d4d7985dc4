"""Short messages by Alibaba Cloud (短信服务, dysmsapi 2017-05-25).

Source: SendSms, QuerySendDetails and their error codes in the provider's public reference;
signature ACS3-HMAC-SHA256 (V3 request structure and signature). The provider sends only texts
that it has approved: a template of ours names its code, and its places go as TemplateParam.

SendSms knows no idempotency key. Our reference goes as OutId; before an attempt whose forerunner
may have gone through is repeated, the day's messages to the number are asked for it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from app.config import LOOPBACK
from app.notices.parcels import Delivery, Message
from app.texts import T, Text
from app.worktime import SHANGHAI

VERSION = "2017-05-25"
SECONDS = 8.0
EMPTY = hashlib.sha256(b"").hexdigest()
PAGE = 50
WAITS, FAILED, ARRIVED = 1, 2, 3
# What may pass by itself; every other refusal is for good.
PASSING = {
    "isv.BUSINESS_LIMIT_CONTROL": T("发送过于频繁，被服务商限流。"),
    "isv.DAY_LIMIT_CONTROL": T("已达服务商当日发送上限。"),
    "isv.AMOUNT_NOT_ENOUGH": T("短信账户余额不足，请充值。"),
    "isv.OUT_OF_SERVICE": T("短信服务已停机，请检查账户。"),
    "isp.SYSTEM_ERROR": T("短信服务商系统出错。"),
    "isp.GATEWAY_ERROR": T("短信服务商网关出错。"),
    "Throttling.User": T("调用过于频繁，被服务商限流。"),
    "Throttling": T("调用过于频繁，被服务商限流。"),
    "ServiceUnavailable": T("短信服务商暂不可用。"),
    "InternalError": T("短信服务商系统出错。"),
}
REFUSED = {
    "isv.MOBILE_NUMBER_ILLEGAL": T("手机号码不被服务商接受，请核对。"),
    "isv.SMS_SIGNATURE_ILLEGAL": T("短信签名未审核通过或不存在。"),
    "isv.SMS_TEMPLATE_ILLEGAL": T("短信模板未审核通过或不存在。"),
    "isv.TEMPLATE_MISSING_PARAMETERS": T("短信模板缺少变量，请核对模板与服务商审核的一致。"),
    "isv.TEMPLATE_PARAMS_ILLEGAL": T("短信模板变量内容不合服务商规定。"),
    "isv.PARAM_LENGTH_LIMIT": T("短信模板变量过长。"),
    "isv.INVALID_PARAMETERS": T("服务商认为参数有误。"),
    "isv.INVALID_JSON_PARAM": T("服务商认为参数有误。"),
    "isv.BLACK_KEY_CONTROL_LIMIT": T("短信内容含服务商禁用的词。"),
    "isv.PRODUCT_UNSUBSCRIBE": T("没有开通短信服务。"),
    "isp.RAM_PERMISSION_DENY": T("密钥没有发送短信的权限。"),
    "InvalidAccessKeyId.NotFound": T("短信服务密钥不存在。"),
    "SignatureDoesNotMatch": T("短信服务密钥有误。"),
}


class Unclear(Exception):
    """The request went out, and no answer came: nobody knows whether the provider has it."""


@dataclass(frozen=True)
class Aliyun:
    """The provider at ``url``, by an access key; ``sign``: the approved name in 【】."""

    url: str
    key_id: str
    key_secret: str
    sign: str
    seconds: float = SECONDS

    @property
    def here(self) -> bool:
        """Whether it stands on this machine: then it is none."""
        return urlsplit(self.url).hostname in LOOPBACK

    def send(self, message: Message) -> Delivery:
        """Send, unless the provider has this very message already."""
        if not message.code:
            return Delivery(False, str(T("模板没有填服务商的模板编号，不能发短信。")), final=True)
        try:
            known = self._known(message) if message.again else None
            return known or self._send(message)
        except Unclear as error:
            return Delivery(False, str(T("短信服务商没有应答（{why}）。", why=str(error))))
        except OSError as error:
            why = type(error).__name__
            return Delivery(False, str(T("连接不上短信服务商（{why}）。", why=why)))

    def _send(self, message: Message) -> Delivery:
        answer = self.ask(
            "SendSms",
            {
                "PhoneNumbers": message.recipient,
                "SignName": self.sign,
                "TemplateCode": message.code,
                "TemplateParam": orjson.dumps(dict(message.values)).decode(),
                "OutId": message.reference,
            },
            message.at,
        )
        code = str(answer.get("Code", ""))
        if code != "OK":
            return Delivery(False, _words(code), final=not _passing(code))
        return Delivery(True, receipt=_receipt(str(answer["BizId"]), message.at))

    def _known(self, message: Message) -> Delivery | None:
        """The message of an attempt before, if the provider has it; around midnight of two days."""
        days = {_day(message.at), _day(message.at - timedelta(hours=1))}
        for day in sorted(days, reverse=True):
            for line in self._lines(message.recipient, message.at, day):
                if line.get("OutId") == message.reference:
                    return Delivery(True, receipt=f"{day}:")
        return None

    def receipt(self, message: Message, receipt: str) -> Delivery | None:
        """Whether a message arrived; None: not known yet, or not to be learnt now."""
        day, _, number = receipt.partition(":")
        try:
            for line in self._lines(message.recipient, message.at, day, number):
                if line.get("OutId") == message.reference:
                    return _arrival(line)
        except (Unclear, OSError):
            return None
        return None

    def _lines(
        self, phone: str, at: datetime, day: str, number: str = ""
    ) -> Iterator[Mapping[str, Any]]:
        page = 1
        while True:
            asked = {
                "PhoneNumber": phone, "SendDate": day, "PageSize": str(PAGE),
                "CurrentPage": str(page), **({"BizId": number} if number else {}),
            }  # fmt: skip
            answer = self.ask("QuerySendDetails", asked, at)
            if answer.get("Code") != "OK":
                raise Unclear(answer.get("Code"))
            lines = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            yield from lines
            if len(lines) < PAGE:
                return
            page += 1

    def ask(self, action: str, values: Mapping[str, str], at: datetime) -> Mapping[str, Any]:
        """One call of the provider's API; ``at``: now, which it does not take 15 minutes late.

        Raises OSError when it surely did not get there, Unclear when it may have.
        """
        parts = urlsplit(self.url)
        query = canonical(values)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        line = kind(str(parts.hostname), parts.port, timeout=self.seconds)
        try:
            line.connect()
            headers = self._headers(parts.netloc, action, query, at)
            return _asked(line, f"/?{query}", headers)
        finally:
            line.close()

    def _headers(self, host: str, action: str, query: str, at: datetime) -> dict[str, str]:
        headers = {
            "host": host,
            "x-acs-action": action,
            "x-acs-content-sha256": EMPTY,
            "x-acs-date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        signed = authorization(self.key_id, self.key_secret, query, headers)
        return {**headers, "Authorization": signed}


def _asked(
    line: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> Mapping[str, Any]:
    try:
        line.request("POST", path, headers=dict(headers))
        answer = line.getresponse()
        said = orjson.loads(answer.read())
    except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as error:
        raise Unclear(type(error).__name__) from error
    if not isinstance(said, dict):
        raise Unclear("JSON")
    return said


def canonical(values: Mapping[str, str]) -> str:
    """A query in the order and the escapes that the signature is made over (RFC 3986)."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(values.items())
    )


def authorization(key_id: str, secret: str, query: str, headers: Mapping[str, str]) -> str:
    """The header of a request to ``/`` without a body. ``headers``: lower case, all are signed."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(["POST", "/", query, lines, names, headers["x-acs-content-sha256"]])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    made = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={made}"


def _arrival(line: Mapping[str, Any]) -> Delivery | None:
    state = int(line.get("SendStatus") or WAITS)
    if state == ARRIVED:
        return Delivery(True, str(T("已送达手机。")))
    if state == FAILED:
        code = str(line.get("ErrCode") or "")
        return Delivery(False, str(T("运营商未送达（{code}）。", code=code)))
    return None


def _passing(code: str) -> bool:
    return code in PASSING


def _words(code: str) -> str:
    known: Text | None = PASSING.get(code) or REFUSED.get(code)
    return f"{known} {code}" if known else str(T("短信服务商拒绝发送（{code}）。", code=code))


def _receipt(number: str, at: datetime) -> str:
    return f"{_day(at)}:{number}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y%m%d}"
