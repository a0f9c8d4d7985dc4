"""`flask cases`: what failed with nobody at the desk: seen, tried again, skipped; signals."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
import orjson
from flask import Flask
from flask.cli import AppGroup

from app import cases
from app.cli.shell import CLI
from app.work import now
from app.worktime import SHANGHAI

KINDS = {"timer": "时限", "service": "对外调用", "message": "保留的消息", "signal": "信号",
         "start": "定时或信号启动"}  # fmt: skip
group = AppGroup("cases", help="办件：故障的查看、重试与跳过；发出信号；核对。")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("incidents")
@click.option("--all", "everything", is_flag=True, help="包括已处理的。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def incidents_command(everything: bool, as_json: bool) -> None:
    """列出故障，新的在前；有未处理的故障时退出码为 1。"""
    found = cases.incidents(CLI, resolved=everything)
    shown = [asdict(one) for one in found]
    click.echo(orjson.dumps(shown).decode() if as_json else _text(found))
    if any(one.resolved_at is None for one in found):
        raise SystemExit(1)


def _text(found: list[cases.Incident]) -> str:
    return "\n".join(_line(one) for one in found) or "没有故障。"


def _line(one: cases.Incident) -> str:
    since = one.since.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    over = "  已处理" if one.resolved_at else ""
    kind = KINDS.get(one.kind, one.kind)
    return (
        f"{one.id}  {since}  {one.case_number}  {one.procedure}  {kind}"
        f"  {one.element or one.ref}  {one.message}{over}"
    )


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def verify_command(as_json: bool) -> None:
    """核对每件在办件：流程状态与任务、定时、消息、对外调用及后台任务是否相符；不符时退出码为 1。"""
    found = cases.agreement(now())
    click.echo(_as_json(found) if as_json else _as_text(found))
    if found.findings:
        raise SystemExit(1)


def _as_json(found: cases.Agreement) -> str:
    findings = [{**asdict(one), "message": str(one.text)} for one in found.findings]
    said = {"ok": not findings, "cases": found.cases, "findings": findings}
    return orjson.dumps(said).decode()


def _as_text(found: cases.Agreement) -> str:
    said = f"已核对 {found.cases} 件在办件："
    if not found.findings:
        return said + "全部相符。"
    lines = [f"  {one.case or '-'}  {one.text}（{one.ref}）" for one in found.findings]
    return "\n".join([said + f"{len(lines)} 处不符。", *lines])


@group.command("retry")
@click.argument("incident_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def retry_command(incident_id: int, as_json: bool) -> None:
    """把故障 INCIDENT_ID 重新交给后台任务；办成后故障自行了结。"""
    cases.retry_incident(incident_id, by=CLI)
    said = orjson.dumps({"id": incident_id, "queued": True}).decode()
    click.echo(said if as_json else f"已重新排队：{incident_id}")


@group.command("skip")
@click.argument("incident_id", type=int)
@click.option("--reason", required=True, help="跳过的原因，写入案件记录。")
@click.option("--answer", default="{}", help="调用本应给出的结果（JSON 对象）。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def skip_command(incident_id: int, reason: str, answer: str, as_json: bool) -> None:
    """跳过故障 INCIDENT_ID：由人工办妥后，案件据所填结果继续。"""
    given = _object(answer, "--answer")
    cases.skip_incident(incident_id, reason, given, by=CLI)
    said = orjson.dumps({"id": incident_id, "skipped": True}).decode()
    click.echo(said if as_json else f"已跳过：{incident_id}")


@group.command("signal")
@click.argument("name")
@click.option("--variables", default="{}", help="随信号带去的变量（JSON 对象）。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def signal_command(name: str, variables: str, as_json: bool) -> None:
    """向所有等待信号 NAME 的办件及由它启动的流程发出信号。"""
    heard = cases.signal(name, _object(variables, "--variables"), by=CLI)
    said = orjson.dumps({"signal": name, "heard": heard}).decode()
    click.echo(said if as_json else f"已发出信号，将通知 {heard} 处。")


def _object(text: str, option: str) -> dict[str, Any]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise click.BadParameter("请填写一个 JSON 对象。", param_hint=option)
    return given
