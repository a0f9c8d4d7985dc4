"""Compiled releases, kept in memory: a release never changes, so nothing here grows stale.

Bounded, as a process that lives for years meets many releases.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app import engine, forms
from app.db import db, raw
from app.definitions.heard import Place, heard
from app.definitions.open_names import open_names
from app.errors import NotFound
from app.texts import T

KEPT = 12

FILES_OF_RELEASE = """
    WITH r AS (SELECT procedures, decisions FROM releases WHERE id = %(id)s),
    named AS (
        SELECT f.key AS name, f.value AS hash
        FROM r, jsonb_each_text(r.procedures) AS p
        JOIN procedure_versions v ON v.key = p.key AND v.number = p.value::int,
        jsonb_each_text(v.files) AS f
        UNION ALL
        SELECT v.file, v.hash
        FROM r, jsonb_each_text(r.decisions) AS d
        JOIN decision_versions v ON v.key = d.key AND v.number = d.value::int
    )
    SELECT named.name, definition_files.content
    FROM named JOIN definition_files ON definition_files.hash = named.hash
"""
VERSIONS_OF_RELEASE = "SELECT procedures, decisions FROM releases WHERE id = %(id)s"


@dataclass(frozen=True)
class Content:
    """A release with everything that was ever read out of its files."""

    id: int
    files: Mapping[str, bytes]
    procedures: Mapping[str, int]
    decisions: Mapping[str, int]

    @cached_property
    def library(self) -> engine.Library:
        """The compiled drawings and decisions."""
        wanted = {n: c for n, c in self.files.items() if not n.endswith(".typ")}
        return engine.compile(wanted)

    @cached_property
    def forms(self) -> dict[str, forms.Form]:
        """All forms by their id (``procedure.task``)."""
        found: dict[str, forms.Form] = {}
        for name, content in self.files.items():
            if name.endswith(".form"):
                found[form_id(name)] = forms.read(content)
        return found

    @cached_property
    def open_names(self) -> Mapping[str, frozenset[str]]:
        """Procedure → variables that no personal field flows into."""
        return open_names(self.files, self.forms)

    @cached_property
    def heard(self) -> Mapping[str, list[Place]]:
        """Message → the elements that catch it."""
        return heard(self.files)


def form_id(name: str) -> str:
    """``forms/meter_transfer/accept.form`` → ``meter_transfer.accept``."""
    return name.removeprefix("forms/").removesuffix(".form").replace("/", ".")


class Shelf:
    """The releases in memory: the least used makes room."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self.lock = threading.Lock()
        self.contents: OrderedDict[Any, Content] = OrderedDict()

    def get(self, key: Any, read: Callable[[], Content]) -> Content:
        """The release, read when it is not there; two readers at once do no harm."""
        with self.lock:
            if key in self.contents:
                self.contents.move_to_end(key)
                return self.contents[key]
        content = read()
        with self.lock:
            self.contents[key] = content
            while len(self.contents) > self.kept:
                self.contents.popitem(last=False)
        return content

    def clear(self) -> None:
        """Forget everything (tests roll releases back)."""
        with self.lock:
            self.contents.clear()


shelf = Shelf()


def content(release_id: int) -> Content:
    """A release's content. Raises NotFound."""
    # One process may know several databases (tests do): their releases are not the same.
    url = db.engine.engine.url
    return shelf.get(
        (url.host, url.query.get("host"), url.database, release_id), lambda: _read(release_id)
    )


def _read(release_id: int) -> Content:
    connection = raw()
    versions = connection.execute(VERSIONS_OF_RELEASE, {"id": release_id}).fetchone()
    if versions is None:
        raise NotFound(T("没有编号为 {id} 的发布。", id=release_id))
    files = connection.execute(FILES_OF_RELEASE, {"id": release_id}).fetchall()
    return Content(release_id, {name: bytes(data) for name, data in files}, *versions)


def library(release_id: int) -> engine.Library:
    """The compiled drawings and decisions of a release."""
    return content(release_id).library


def form(release_id: int, form_id: str) -> forms.Form:
    """A form (``procedure.task``) as it is in a release. Raises NotFound."""
    found = content(release_id).forms.get(form_id)
    if found is None:
        raise NotFound(T("发布 {release} 中没有表单 {form}。", release=release_id, form=form_id))
    return found


def print_template(release_id: int, procedure: str, name: str) -> bytes:
    """The Typst source ``forms/<procedure>/<name>.typ`` of a release. Raises NotFound."""
    found = content(release_id).files.get(f"forms/{procedure}/{name}.typ")
    if found is None:
        raise NotFound(T("没有名为 {name} 的打印件。", name=name))
    return found


def process(release_id: int, key: str) -> engine.Process:
    """A procedure's drawing as it is in a release. Raises NotFound."""
    found = library(release_id).processes.get(key)
    if found is None:
        raise NotFound(T("没有名为 {key} 的流程。", key=key))
    return found


def element(release_id: int, procedure: str, element_id: str) -> engine.Element:
    """One element of a drawing: name, clauses, phrase, prints. Raises NotFound."""
    found = process(release_id, procedure).elements.get(element_id)
    if found is None:
        raise NotFound(T("流程图中没有元素 {id}。", id=element_id))
    return found


def drawing(release_id: int, procedure: str) -> bytes:
    """The BPMN file of a procedure as it is in a release. Raises NotFound."""
    found = content(release_id).files.get(f"processes/{procedure}.bpmn")
    if found is None:
        raise NotFound(T("没有名为 {key} 的流程。", key=procedure))
    return found


def version(release_id: int, procedure: str) -> int:
    """Number of a procedure's version in a release. Raises NotFound."""
    found = content(release_id).procedures.get(procedure)
    if found is None:
        raise NotFound(T("没有名为 {key} 的流程。", key=procedure))
    return found
