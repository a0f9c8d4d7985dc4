"""Commands that `make run` and a server's start use: prepare and worker."""

from __future__ import annotations

import asyncio
import secrets

import click
from flask import Flask

from app import audit, cases, definitions, people, sealing
from app import settings as values
from app.cli.demo import load_demo
from app.cli.shell import CLI
from app.config import ROOT, settings
from app.errors import Refused
from app.jobs import run_worker
from app.work import Work, command, now

DEMO_ACCOUNTS = 2000
DEMO_SEED = 1


def register(app: Flask) -> None:
    """Add the commands."""
    for each in (prepare, worker):
        app.cli.add_command(each)


def demo_password() -> str:
    """The one password of the demo's persons: made at first start, kept under ``var``."""
    file = settings().secrets / "demo_password"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9))
    return file.read_text()


@click.command()
@click.option("--welcome", "greet", is_flag=True, help="最后显示访问地址和演示账号。")
def prepare(greet: bool) -> None:
    """开办前的准备：履历分区、岗位、参数、流程；演示时还有演示数据。"""
    _need_services()
    audit.ensure_partitions(now())
    people.ensure_groups(by=CLI)
    values.ensure_defaults(by=CLI)
    # Made now, so that the other hosts can be handed it before anybody works.
    sealing.masters()
    _deploy()
    if settings().demo:
        _load_demo()
    if greet:
        _welcome()


def _need_services() -> None:
    try:
        sealing.need_masters()
        cases.need_services()
    except (Refused, sealing.Misplaced) as problem:
        raise click.ClickException(problem.text) from problem


def _deploy() -> None:
    outcome = definitions.deploy(ROOT, by=CLI)
    for finding in outcome.findings:
        if finding.severity == "error":
            click.echo(f"{finding.file} {finding.element}: {finding.message}", err=True)
    if outcome.refused:
        raise SystemExit(1)


@command(right="system")
def cast(work: Work, password: str) -> None:
    """Add the demo's persons and branches that are missing."""
    people.demo_cast(work, password)
    values.demo_branches(work)


def _load_demo() -> None:
    cast(demo_password(), by=CLI)
    load_demo(DEMO_ACCOUNTS, DEMO_SEED, by=CLI)


@click.command()
def worker() -> None:
    """后台任务：到期的时限、对外的通知、每日的维护。"""
    _need_services()
    asyncio.run(run_worker())


def _welcome() -> None:
    click.echo(f"\n供水服务台已启动：{settings().public_url}")
    if not settings().demo:
        return
    click.echo(f"演示账号（密码都是 {demo_password()}）：")
    for login, name, role in people.demo_logins():
        click.echo(f"  {login:<16}{name}  {role}")
    click.echo("按 Ctrl+C 停止。")
