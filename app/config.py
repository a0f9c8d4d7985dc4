"""Settings of an installation: read from the environment, checked at start, listed in docs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import Problem
from app.texts import T

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = (
    "database_url", "database_owner_url", "database_auditor_url", "database_direct_url",
    "database_replica_url",
)  # fmt: skip
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
WEB = {"http", "https"}
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)")
CLAMD = re.compile(r"unix:/.+|[^:/\s]+:\d{1,5}|\[[0-9a-f:]+\]:\d{1,5}")


class Misconfigured(Problem):
    """配置有误。"""


@dataclass(frozen=True)
class Settings:
    """One installation. Every field is an environment variable of the same name in capitals."""

    database_url: str = ""
    database_owner_url: str = ""
    database_auditor_url: str = ""
    database_direct_url: str = ""
    database_replica_url: str = ""
    pg_bin: Path | None = None
    var: Path = ROOT / "var"
    demo: bool = False
    secret_key: str = ""
    public_url: str = "http://127.0.0.1:8000"
    database_timeout: int = 60
    feel_engines: int = 4
    feel_timeout_ms: int = 250
    feel_memory_mb: int = 64
    session_idle_minutes: int = 60
    session_hours: int = 12
    password_effort: str = "normal"
    max_upload_mb: int = 10
    files_url: str = ""
    files_timeout: int = 20
    aws_endpoint_url: str = ""
    aws_region: str = "us-east-1"
    aws_access_key_id: str = ""
    aws_secret_access_key: str = field(default="", repr=False)
    clamd: str = ""
    clamd_timeout: int = 20
    clamd_down: str = "refuse"
    trust_proxies: int = 0
    checkpoint_record: Path | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_claim: str = "preferred_username"
    oidc_prompt: str = "login"
    oidc_label: str = ""
    notices_test: bool = False
    smtp_url: str = ""
    smtp_from: str = ""
    sms_provider: str = ""
    sms_url: str = "https://dysmsapi.aliyuncs.com"
    sms_key_id: str = ""
    sms_key_secret: str = ""
    sms_sign: str = ""
    company: str = "临江供水有限公司"
    company_phone: str = "0731-96000000"
    complaint_phone: str = "0731-96000001"

    @property
    def secrets(self) -> Path:
        """Folder of the secrets made at first start (mode 0700)."""
        return self.var / "secrets"

    @property
    def direct_url(self) -> str:
        """Address for the worker, which listens and so cannot go through a pooler."""
        return self.database_direct_url or self.database_url


def read(environ: Mapping[str, str]) -> Settings:
    """Read and check all settings.

    Raises Misconfigured naming the variable and what it must look like.
    """
    given: dict[str, object] = {}
    for each in fields(Settings):
        raw = environ.get(each.name.upper())
        if raw not in (None, ""):
            given[each.name] = _value(each.name.upper(), str(each.type), str(raw))
    settings = Settings(**given)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _value(name: str, kind: str, raw: str) -> object:
    if kind == "bool":
        if raw.lower() not in {"0", "1", "true", "false"}:
            raise Misconfigured(T("环境变量 {name} 应为 1 或 0。", name=name))
        return raw.lower() in {"1", "true"}
    if kind == "int":
        if not raw.isdecimal():
            raise Misconfigured(T("环境变量 {name} 应为不小于 0 的整数。", name=name))
        return int(raw)
    return Path(raw).resolve() if kind.startswith("Path") else raw


def _check(settings: Settings) -> None:
    if settings.demo and urlsplit(settings.public_url).hostname not in LOOPBACK:
        raise Misconfigured(T("DEMO 只供本机演示：对外的安装请去掉 DEMO，或改正 PUBLIC_URL。"))
    for name in ADDRESSES:
        url = getattr(settings, name)
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise Misconfigured(T("环境变量 {name} 应以 postgresql:// 开头。", name=name.upper()))
    _check_provider(settings)
    _check_files(settings)
    _check_mail(settings)
    _check_sms(settings)
    if settings.password_effort not in {"normal", "low"}:
        raise Misconfigured(T("环境变量 PASSWORD_EFFORT 应为 normal 或 low。"))


def _check_provider(settings: Settings) -> None:
    """The provider is told by its https address; without TLS only on this machine."""
    if not settings.oidc_issuer:
        return
    parts = urlsplit(settings.oidc_issuer)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Misconfigured(T("环境变量 OIDC_ISSUER 应为 https:// 开头的地址。"))
    if not settings.oidc_client_id:
        raise Misconfigured(T("设了 OIDC_ISSUER，还须设 OIDC_CLIENT_ID。"))


def _check_files(settings: Settings) -> None:
    """Where papers lie, and who looks through them first."""
    if settings.files_url:
        need_store(settings.files_url)
    if settings.aws_endpoint_url and urlsplit(settings.aws_endpoint_url).scheme not in WEB:
        raise Misconfigured(T("环境变量 AWS_ENDPOINT_URL 应为 https:// 或 http:// 开头的地址。"))
    if bool(settings.aws_access_key_id) != bool(settings.aws_secret_access_key):
        raise Misconfigured(T("AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY 须同时设置。"))
    if settings.clamd and not CLAMD.fullmatch(settings.clamd):
        raise Misconfigured(T("环境变量 CLAMD 应写作 主机:端口，或 unix:/套接字的路径。"))
    if settings.clamd_down not in {"refuse", "accept"}:
        raise Misconfigured(T("环境变量 CLAMD_DOWN 应为 refuse 或 accept。"))


def need_store(url: str) -> tuple[str, str]:
    """Kind and place of a store of files: ("s3", "bucket/prefix") or ("file", "/folder").

    Raises Misconfigured for any other address.
    """
    kind, colon, place = url.partition("://")
    if colon and kind == "s3" and BUCKET.match(place):
        return kind, place.rstrip("/")
    if colon and kind == "file" and place.startswith("/"):
        return kind, place
    raise Misconfigured(T("文件存储的地址应写作 s3://存储桶/前缀 或 file:///目录。"))


def _check_mail(settings: Settings) -> None:
    """A mail server is told by one address, and each mail says who writes."""
    if not settings.smtp_url:
        return
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Misconfigured(
            T("环境变量 SMTP_URL 应为 smtp://用户:密码@主机:端口 或 smtps:// 开头的地址。")
        )
    if "@" not in settings.smtp_from:
        raise Misconfigured(T("设了 SMTP_URL，还须设 SMTP_FROM（发件人邮箱）。"))


def _check_sms(settings: Settings) -> None:
    """A provider of short messages needs its key and the signature that it has approved."""
    if not settings.sms_provider:
        return
    if settings.sms_provider != "aliyun":
        raise Misconfigured(T("环境变量 SMS_PROVIDER 目前只支持 aliyun。"))
    parts = urlsplit(settings.sms_url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Misconfigured(T("环境变量 SMS_URL 应为 https:// 开头的地址。"))
    if not (settings.sms_key_id and settings.sms_key_secret and settings.sms_sign):
        raise Misconfigured(T("设了 SMS_PROVIDER，还须设 SMS_KEY_ID、SMS_KEY_SECRET 和 SMS_SIGN。"))


def need_database(settings: Settings) -> Settings:
    """Check what only a serving process needs; raises Misconfigured."""
    if not settings.database_url:
        raise Misconfigured(T("缺少环境变量 DATABASE_URL：请写明 PostgreSQL 的地址。"))
    if not settings.secret_key:
        raise Misconfigured(T("缺少环境变量 SECRET_KEY：请写明一串至少 32 个字符的密钥。"))
    return settings


_installed: list[Settings] = []


def install(chosen: Settings) -> None:
    """Make these the settings of this process (the factory does)."""
    _installed[:] = [chosen]


def settings() -> Settings:
    """The settings of this process; read from the environment when nobody installed any."""
    if not _installed:
        install(read({**_written(), **os.environ}))
    return _installed[0]


def _written() -> dict[str, str]:
    """What `make run` wrote down, so that commands typed beside it find the same database."""
    var = Path(os.environ.get("VAR") or ROOT / "var")
    file = var / "secrets" / "environment"
    if not file.is_file():
        return {}
    lines = (line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    return dict(lines)
