"""``flask bench meters``: a building's meters handed out in one case, step by step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click
from flask import Flask

from app import cases, registry
from app.cli.bench_house import city, installation, learn, opened
from app.cli.groups import bench as group
from app.db import raw
from app.registry.demo import stock
from app.work import SYSTEM, Actor, Work, command
from app.worktime import local_day

REGION, STORE, CALIBRE = "城东", "CD", 20
POINTS = """
    INSERT INTO service_point (no, address, address_key, region, branch, state, calibre_planned)
    SELECT 'JS-CD-B001-' || lpad(n::text, 5, '0') || '-0',
        '城东区青禾路90号' || n || '室', '城东区青禾路90号' || n, %(region)s,
        %(region)s || '供水分公司', 'numbered', %(calibre)s
    FROM generate_series(1, %(count)s) n
"""
KEEPER = Actor(1, "keeper", "库管员", frozenset({"meter_storekeeper"}), sees_all_regions=True)
FITTER = Actor(2, "fitter", "安装队", frozenset({"installer"}), sees_all_regions=True)


@click.command("meters")
@click.option("--count", default=300, show_default=True, help="一张领表单的水表数，最多 500")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def meters(count: int, as_json: bool) -> None:
    """测量一次发放整栋楼水表的各步耗时；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(count)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(meters)


def measure(count: int) -> dict[str, Any]:
    """Seconds on the clock and of this process for each step; bytes of the case's state."""
    with installation() as (environment, _database), opened(environment):
        city(environment, 1_000, "bench-bench-bench")
        _stores(by=SYSTEM)
        _stock(count, by=KEEPER)
        learn(environment)
        told = _walk(count)
    return {"count": count, **told}


@command(right="system")
def _stores(work: Work) -> None:
    stock.load(work)


@command(right="business")
def _stock(work: Work, count: int) -> None:
    day = local_day(work.at) - timedelta(days=20)
    rows = [
        {"serial": _serial(n), "calibre": CALIBRE, "type": "mechanical", "max_dial": 99_999,
         "first_verification": day}
        for n in range(count)
    ]  # fmt: skip
    registry.receive_delivery(
        work, store=STORE, supplier="临江仪表厂", note_no="BENCH", listed=count, rows=rows,
        life=lambda _calibre, _q3: (6, "renew"),
    )  # fmt: skip
    registry.take_in_seals(work, store=STORE, type="plastic", first=_seal(0), count=count)
    # The made points have no chains of their own.
    work.execute(POINTS, {"count": count, "region": REGION, "calibre": CALIBRE})


def _serial(n: int) -> str:
    return f"BM{n:06}"


def _seal(n: int) -> str:
    return f"BM-{n:05}"


def _walk(count: int) -> dict[str, Any]:
    """From the slip to the receipt; what is looked at is the page as the next one opens it."""
    number = cases.start("meter_issue", {}, by=KEEPER).number
    points = [f"JS-CD-B001-{n:05}-0" for n in range(1, count + 1)]
    rows = [{"serial": _serial(n), "plastic": _seal(n)} for n in range(count)]
    given: dict[str, tuple[Actor, dict[str, Any]]] = {
        "enter": (KEEPER, {"purpose": "new", "paid": True,
                           "wanted": [{"point_no": no} for no in points]}),
        "check_slip": (KEEPER, {"slip_result": "match"}),
        "pick": (KEEPER, {"picked": rows}),
        "sign": (FITTER, {"sign_result": "received", "receiver_kind": "self"}),
    }  # fmt: skip
    steps = {name: _step(number, name, by, answers) for name, (by, answers) in given.items()}
    state = raw().execute("SELECT octet_length(state) FROM cases WHERE number = %s", [number])
    return {"steps": steps, "state_bytes": state.fetchone()[0]}  # type: ignore[index]


def _step(number: str, element: str, by: Actor, answers: dict[str, Any]) -> dict[str, float]:
    found = raw().execute(
        "SELECT t.id FROM tasks t JOIN cases c ON c.id = t.case_id"
        " WHERE c.number = %s AND t.element = %s AND t.status = 'open'", [number, element],
    ).fetchone()  # fmt: skip
    assert found is not None, element
    look = _timed(lambda: cases.task_for(by, found[0]))
    done = _timed(lambda: cases.submit_task(found[0], answers, by=by, money="fen"))
    return {"look_s": look[0], "submit_s": done[0], "submit_cpu_s": done[1]}


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    clock, cpu = time.perf_counter(), time.process_time()
    act()
    return round(time.perf_counter() - clock, 2), round(time.process_time() - cpu, 2)
