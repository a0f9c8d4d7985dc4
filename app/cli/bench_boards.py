"""``flask bench boards``: how long boards and their lists take in a register of a city."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import click
from flask import Flask

from app import cases, reports
from app.cli.bench_house import city, installation, learn, opened
from app.cli.bench_meter import quantile
from app.cli.groups import bench as group
from app.registry import demo
from app.work import SYSTEM, Actor, Work, command, ledger, now

BOARDS = ("progress", "charges", "stock", "rotation", "acceptance")
PROCEDURE = "meter_transfer"
# Copies of one real case: where it stands, how old it is and what it owes differ.
CASES = """
    INSERT INTO cases (id, number, procedure, version, release_id, key_id, state, open_vars,
        region, address, started_at, due_at)
    SELECT 1000000 + n, 'BENCH' || n, c.procedure, c.version, c.release_id, c.key_id, c.state,
        jsonb_build_object('charges_total', (n %% 50) * 10000),
        (ARRAY['城东', '城南', '城西', '城北', '开发区'])[n %% 5 + 1], c.address,
        c.started_at - make_interval(days => n %% 60), c.started_at + make_interval(days => n %% 9)
    FROM cases c, generate_series(1, %(many)s) n WHERE c.number = %(number)s
"""
TASKS = """
    INSERT INTO tasks (id, case_id, engine_id, element, name, procedure, case_procedure, region,
        groups, created_at, stage)
    SELECT c.id * 1000000, c.id, 'bench', t.element, t.name, t.procedure, t.case_procedure,
        c.region, t.groups, c.started_at,
        (ARRAY['accept', 'materials', 'settle', 'sign', 'review'])[c.id %% 5 + 1]
    FROM cases c, (SELECT * FROM tasks WHERE status = 'open' ORDER BY id LIMIT 1) t
    WHERE c.number LIKE 'BENCH%%'
"""
PAYMENTS = """
    INSERT INTO payment (receipt_no, case_no, kind, method, state, items, amount, to_balance,
        key_id, payer, cashier, paid_at)
    SELECT 'BENCH' || c.id, c.number, 'receipt', 'cash', 'received', '[]', (c.id %% 40) * 10000, 0,
        c.key_id, '', 'x', c.started_at
    FROM cases c WHERE c.number LIKE 'BENCH%%' AND c.id %% 3 > 0
"""
ACCEPTANCES = """
    INSERT INTO acceptance (id, case_no, source, region, points, state, reported_on, opened_at)
    VALUES (900000, 'BENCH1', 'connection', '城东', '{}', 'open', current_date, now());
    INSERT INTO acceptance_item (acceptance_id, round, point_no, serial, serial_found, door_match,
        checklist, failed, result, inspected_on)
    SELECT 900000, 1, no, 'A', 'A', 'pass', '[]', jsonb_build_array(jsonb_build_object(
        'code', 'c' || (row_number() OVER ()) % 9, 'label', '原因')), 'fail',
        current_date - (row_number() OVER () % 80)::int
    FROM (SELECT no FROM service_point ORDER BY no LIMIT 5000) p
"""


@click.command("boards")
@click.option("--accounts", default=200_000, show_default=True, help="户数")
@click.option("--open-cases", default=5_000, show_default=True, help="在办案件数")
@click.option("--rounds", default=40, show_default=True, help="每个看板打开的次数")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def boards(accounts: int, open_cases: int, rounds: int, as_json: bool) -> None:
    """测量各看板及其明细首页的耗时（不含网络）；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(accounts, open_cases, rounds)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(boards)


def measure(accounts: int, open_cases: int, rounds: int) -> dict[str, Any]:
    """p50 and p95 in milliseconds of each board and of the first page of its longest list."""
    with installation() as (environment, _database), opened(environment):
        city(environment, accounts, "bench-bench-bench")
        case = cases.start(PROCEDURE, {"account_no": demo.KNOWN["clean_sale"]}, by=SYSTEM)
        _fill(case.number, open_cases, by=SYSTEM)
        learn(environment)
        told = {key: _looked(key, rounds) for key in BOARDS}
    return {"accounts": accounts, "open_cases": open_cases, "ms": told}


@command(right="system")
def _fill(work: Work, number: str, many: int) -> None:
    work.execute(CASES, {"number": number, "many": many})
    for statement in (TASKS, PAYMENTS):
        work.execute(statement, {})
    for statement in ACCEPTANCES.split(";"):
        work.execute(statement.replace("%", "%%"), {})
    # The made cases have no chains of their own.
    work.record(ledger("bench"), "bench:fill")


def _looked(key: str, rounds: int) -> dict[str, float]:
    director = Actor(1, "bench", "主任", frozenset({"cs_director"}), sees_all_regions=True)
    found, at = reports.report(director, key), now()
    given = {"procedure": PROCEDURE} if key == "progress" else {}
    asked = reports.ask(found, given, by=director, at=at)
    figures = _timed(lambda: found.figures(asked), rounds)
    lines = _timed(lambda: found.lines(asked, None, 50), rounds)
    return {"board_p50": figures[0], "board_p95": figures[1], "list_p50": lines[0],
            "list_p95": lines[1]}  # fmt: skip


def _timed(look: Callable[[], object], rounds: int) -> tuple[float, float]:
    taken = []
    for n in range(rounds + 5):
        begun = time.perf_counter()
        look()
        if n >= 5:
            taken.append((time.perf_counter() - begun) * 1000)
    return quantile(taken, 0.5), quantile(taken, 0.95)
