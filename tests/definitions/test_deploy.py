"""Deployment: once for each change, nothing for none, nothing at all with an error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask import Flask

from app import cases, definitions
from app.db import db, raw
from app.work import SYSTEM
from tests.cases import parts

DRAWINGS = Path(__file__).parent.parent / "cases" / "drawings"
NAME = "processes/two_steps.bpmn"


def folder() -> dict[str, bytes]:
    cases.install(parts.FUNCTIONS)
    return definitions.read_folder(DRAWINGS)


def test_the_same_content_twice_changes_nothing(app: Flask) -> None:
    files = folder()
    first = definitions.deploy(files, by=SYSTEM)
    assert first.changed
    assert set(first.procedures.values()) == {1}
    counted = "SELECT (SELECT count(*) FROM releases), (SELECT count(*) FROM trail)"
    before = raw().execute(counted).fetchone()
    second = definitions.deploy(files, by=SYSTEM)
    assert (second.changed, second.release) == (False, first.release)
    assert raw().execute(counted).fetchone() == before


def test_a_form_alone_makes_a_version_of_its_procedure(app: Flask) -> None:
    files = folder()
    definitions.deploy(files, by=SYSTEM)
    name = "forms/two_steps/accept.form"
    files[name] = files[name].replace("事由".encode(), "过户事由".encode())
    done = definitions.deploy(files, by=SYSTEM)
    assert done.procedures == {"two_steps": 2}
    assert definitions.form(1, "two_steps.accept") != definitions.form(2, "two_steps.accept")


def test_an_error_changes_nothing_at_all(app: Flask) -> None:
    files = folder()
    broken = {**files, NAME: files[NAME].replace(b"two_steps.accept", b"two_steps.gone")}
    done = definitions.deploy(broken, by=SYSTEM)
    assert done.refused
    assert not done.changed
    for table in ("releases", "procedure_versions", "definition_files"):
        assert raw().execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_two_deployments_at_once_are_both_kept(fresh: Flask) -> None:
    files = folder()
    definitions.deploy(files, by=SYSTEM)
    other = "processes/timed.bpmn"

    def deploy(name: str) -> None:
        with fresh.app_context():
            try:
                changed = {**files, name: files[name].replace("办结".encode(), "完成".encode())}
                key = name.removeprefix("processes/").removesuffix(".bpmn")
                definitions.deploy(changed, only=[key], by=SYSTEM)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deploy, [NAME, other]))
    live = {p.key: p.version for p in definitions.published()}
    assert (live["two_steps"], live["timed"]) == (2, 2)
    assert definitions.current_release() == 3
