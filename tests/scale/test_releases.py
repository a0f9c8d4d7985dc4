"""The release before and this one side by side on one database that this one has migrated."""

from __future__ import annotations

import ast
import inspect
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from app.engine import state
from app.jobs import tasks
from tests.cli.installations import Land, entered, free_accounts
from tests.conftest import ROOT, _copy
from tests.scale.hosts import Host, found, hand_over, serve, work
from tests.scale.remote import Remote, transfer
from tests.scale.test_hosts import FIRED, PERSON, at
from tests.scale.test_pooler import staff
from tests.served import wait_for
from tests.test_leaks import SALE
from tools.postgres import Cluster

# What git does not have and a checkout needs.
BUILT = ("app/feel/built", "app/web/static/built", "app/printing/fonts")


def git(*words: str) -> bytes:
    """What git says; nothing when it does not know."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else b""


def before() -> str:
    """The commit of the last release: its tag, or else the state that the last migration met."""
    tagged = git("describe", "--tags", "--abbrev=0", "--match=v*")
    if tagged:
        return tagged.decode()
    last = git("log", "-n1", "--first-parent", "--format=%H", "--", "migrations/versions").decode()
    return git("rev-parse", "--verify", f"{last}^1").decode() if last else ""


@dataclass
class Both:
    """The release before (old) and this one (new), a web server and a worker each."""

    old: Host
    new: Host
    tokens: list[str]
    token: str
    accounts: list[str]


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the release before, with the packages and the front end of this one."""
    commit = before()
    if not commit:
        pytest.skip("this clone has no history: the release before is not to be had")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for name in BUILT:
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def both(
    code: Path, cluster: Cluster, template: str, _app: Flask,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Both]:  # fmt: skip
    folder = tmp_path_factory.mktemp("both")
    with _copy(cluster, template) as database, ExitStack() as closing:
        new = Land(cluster, database, folder / "new", {"FILES_URL": f"file://{folder / 'shared'}"})
        token = found(new)
        with entered(new):
            tokens, accounts = list(staff()), free_accounts()
        old = hand_over(new, folder / "old")
        closing.enter_context(work(old, code=code))
        closing.enter_context(work(new))
        (first,) = closing.enter_context(serve(old, code=code))
        (second,) = closing.enter_context(serve(new))
        yield Both(first, second, tokens, token, accounts)


def walk(both: Both, *hosts: Host) -> str:
    addresses = [host.address for host in hosts]
    by, reviewer = (Remote(token, cycle(addresses)) for token in both.tokens)
    return str(transfer(by, reviewer, both.accounts.pop())["outcome"])


def test_a_case_goes_to_its_end_over_both_in_turns(both: Both) -> None:
    for hosts in ((both.old, both.new), (both.new, both.old), (both.old, both.old, both.new)):
        assert walk(both, *hosts) == "transferred"


def test_a_session_and_its_draft_go_from_one_to_the_other(both: Both) -> None:
    for first, second in ((both.old, both.new), (both.new, both.old)):
        lin = first.enter("linqi")
        no = both.accounts.pop()
        step = lin.send("/start/meter_transfer", {"account_no": no}, "/work")[1]
        lin.send(f"{step}/draft", {**PERSON, **SALE}, page=step)
        assert PERSON["new_name"].encode() in at(lin, second).ask(step)[2]
        onward = lin.hand_in(step, {**PERSON, **SALE})
        assert at(lin, first).ask(onward)[0] == 200


def test_timers_of_both_fire_once_and_nothing_fails(both: Both) -> None:
    numbers = [
        host.call(both.token, "/procedures/rings/cases", {"variables": {}})[1]["number"]
        for host in (both.old, both.new) * 3
    ]
    with psycopg.connect(both.new.land.settings.database_owner_url, autocommit=True) as owner:
        wait_for(lambda: {*numbers} <= {number for number, _ in owner.execute(FIRED)}, 60)
        assert {many for _, many in owner.execute(FIRED)} == {1}
        failed = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"
        assert owner.execute(failed).fetchone() == (0,)
    assert both.new.land.json("audit", "verify")["ok"]


def test_the_release_before_reads_the_states_that_this_one_writes(code: Path) -> None:
    """A new form of states is read by one release and written by the next."""
    tree = ast.parse((code / "app/engine/state.py").read_text())
    read = {ast.unparse(n.targets[0]): n.value for n in tree.body if isinstance(n, ast.Assign)}
    assert state.VERSION in ast.literal_eval(read["READ"])


def test_jobs_of_the_release_before_are_known_with_their_arguments(code: Path) -> None:
    """Those that wait when the last of its workers ends."""
    for function in ast.parse((code / "app/jobs/tasks.py").read_text()).body:
        given = jobs_arguments(function)
        if given is not None:
            name, arguments = given
            assert name in tasks.queue.tasks, f"{name}: keep it until nothing of it can wait"
            inspect.signature(tasks.queue.tasks[name].func).bind(**dict.fromkeys(arguments))


def jobs_arguments(function: ast.stmt) -> tuple[str, list[str]] | None:
    """Name and arguments of a job, as its module says them; None for what is no job."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and ast.unparse(one.func) in ("queue.task", "job"):
            named = {k.arg: k.value for k in one.keywords}
            name = one.args[0] if one.args else named["name"]
            return ast.literal_eval(name), [a.arg for a in function.args.args]
    return None
