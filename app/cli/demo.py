"""`flask demo load`: fills an empty register with the demo data."""

from __future__ import annotations

import json

import click

from app.cli.groups import demo
from app.cli.shell import CLI
from app.registry.demo import KNOWN, load
from app.work import Work, command


@command(right="system")
def load_demo(work: Work, accounts: int, seed: int) -> int:
    """Load the demo register; gives the number of accounts made."""
    return load(work, accounts=accounts, seed=seed)


@demo.command("load")
@click.option("--accounts", default=2000, show_default=True, help="户数")
@click.option("--seed", default=1, show_default=True, help="随机种子")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
def load_(accounts: int, seed: int, as_json: bool) -> None:
    """生成演示户表（只在空库中）。"""
    made = load_demo(accounts, seed, by=CLI)
    if as_json:
        print(json.dumps({"accounts": made, "known": KNOWN}, ensure_ascii=False))
    elif made:
        print(f"已生成演示户 {made} 户。")
    else:
        print("已有户表，未作改动。")
