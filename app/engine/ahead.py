"""What comes after a step, where the drawing alone says so: for the words on a button."""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.drawing import Element, Process
from app.engine.library import Library

END = ""
# What these do is done at once, whichever way they go.
PASSED = {
    "service_task",
    "script_task",
    "business_rule_task",
    "send_task",
    "exclusive_gateway",
    "inclusive_gateway",
    "parallel_gateway",
    "start_event",
    "task",
    "manual_task",
}
JOINS = {"parallel_gateway", "inclusive_gateway"}


class _Unsure(Exception):
    """A wait, a join, a loop or an error lies ahead: only the case itself knows what follows."""


def next_step(library: Library, root: str, process: str, element: str) -> str | None:
    """The name of the one user task that follows an open one, END, or None when it depends.

    ``root`` is the case's procedure, ``process`` the drawing that the task stands in: behind the
    end of a called drawing comes what follows its call.
    """
    try:
        found = set(_Ahead(library, root).after(process, element))
    except _Unsure:
        return None
    return found.pop() if len(found) == 1 else None


class _Ahead:
    """One look ahead; every place is visited once."""

    def __init__(self, library: Library, root: str) -> None:
        self.processes, self.root = library.processes, root
        self.seen: set[tuple[str, str]] = set()

    def after(self, key: str, element: str) -> Iterator[str]:
        """What the flows out of an element lead to."""
        process = self.processes[key]
        if process.elements[element].marks.loop is not None:
            raise _Unsure
        targets = process.flows.get(element, ())
        if not targets:
            raise _Unsure
        for target in targets:
            yield from self.at(process, process.elements[target])

    def at(self, process: Process, element: Element) -> Iterator[str]:
        """What a token that arrives at an element comes to wait for."""
        place = (process.key, element.id)
        if place in self.seen:
            return
        self.seen.add(place)
        if element.kind == "user_task":
            yield element.name
        elif element.kind == "end_event":
            yield from self._ended(process, element)
        elif element.kind in ("call_activity", "sub_process"):
            yield from self._within(process, element)
        elif self._passes(element) and not self._joins(process, element):
            yield from self.after(process.key, element.id)
        else:
            raise _Unsure

    def _passes(self, element: Element) -> bool:
        """What a throw event raises or undoes may lead anywhere."""
        if element.kind == "intermediate_throw_event":
            return element.event in (None, "message", "signal")
        return element.kind in PASSED

    def _joins(self, process: Process, element: Element) -> bool:
        arriving = sum(element.id in targets for targets in process.flows.values())
        return element.kind in JOINS and arriving > 1

    def _ended(self, process: Process, end: Element) -> Iterator[str]:
        if end.event not in (None, "message"):
            raise _Unsure
        if end.scope is not None:
            yield from self.after(process.key, end.scope)
        elif process.key == self.root:
            yield END
        else:
            yield from self._returned(process.key)

    def _returned(self, called: str) -> Iterator[str]:
        calls = [
            (process.key, element.id)
            for process in self.processes.values()
            for element in process.elements.values()
            if element.marks.called == called
        ]
        reached = [(key, element) for key, element in calls if self._part_of_case(key)]
        if not reached:
            raise _Unsure
        for key, element in reached:
            yield from self.after(key, element)

    def _part_of_case(self, key: str) -> bool:
        """Whether a drawing is the case's own or called from it, however deep."""
        known, new = {self.root}, [self.root]
        while new:
            calls = set(self.processes[new.pop()].calls) & set(self.processes) - known
            known |= calls
            new += calls
        return key in known

    def _within(self, process: Process, element: Element) -> Iterator[str]:
        called = element.marks.called
        inner = self.processes.get(called) if called else process
        if element.marks.loop is not None or inner is None:
            raise _Unsure
        scope = None if called else element.id
        starts = [
            one
            for one in inner.elements.values()
            if one.kind == "start_event" and one.scope == scope and one.event is None
        ]
        if not starts:
            raise _Unsure
        for start in starts:
            yield from self.at(inner, start)
