"""The variables of the processes and their types: who writes what is read off the drawings.

A variable lives in its process, or as a local in an activity: an input mapping, the element of a
multi-instance. Its type is that of all who write it; where one of them is not known, neither is
the type. Moments and durations are texts once they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from app.engine.check import components
from app.engine.check.finding import Sheet
from app.engine.check.infer import infer
from app.engine.check.inference import Names
from app.engine.check.kinds import (
    ANY,
    BOOLEAN,
    NONE,
    NUMBER,
    STRING,
    Type,
    context_of,
    join,
    kept,
    list_of,
    named,
    text_of,
)
from app.engine.check.links import World
from app.engine.marks import Marks, Source, local
from app.feel.syntax import parsed, syntax

COUNTERS = dict.fromkeys(
    [
        "loopCounter",
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
        "activationCount",
    ],
    NUMBER,
)
GIVEN = {**COUNTERS, "errorCode": STRING, "errorMessage": STRING, "waitingForStart": BOOLEAN}
ROUNDS = 8
LISTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
Place = tuple[Any, str]  # the element that a variable lives in, its name


@dataclass(slots=True)
class Writer:
    """Something that writes a variable; ``type`` reads the dictionary as far as it is."""

    place: Place
    type: Callable[[], Type]


@dataclass(slots=True)
class Dictionary:
    """Types of variables by the element that they live in."""

    world: World
    types: dict[Place, Type] = field(default_factory=dict)
    locals: dict[Any, set[str]] = field(default_factory=dict)
    processes: dict[str, Any] = field(default_factory=dict)
    writers: list[Writer] = field(default_factory=list)
    vague: set[Any] = field(default_factory=set)  # processes in which not every writer is known

    def __post_init__(self) -> None:
        for sheet in self.world.sheets:
            for process in sheet.processes():
                self.processes.setdefault(str(process.get("id")), process)
        for sheet in self.world.sheets:
            for _scope, node in sheet.nodes():
                marks = sheet.marks(node)
                own = {m.target.split(".")[0] for m in marks.inputs}
                own |= {marks.loop.item} if marks.loop and marks.loop.item else set()
                self.locals[node] = own
                if brings_more(self.world, sheet, node):
                    self.vague.add(self.home(node, "", own=False))
        for sheet in self.world.sheets:
            self.writers += _declared(sheet)
            for _scope, node in sheet.nodes():
                self.writers += _writers(self, sheet, node)
        self._settle()

    def _settle(self) -> None:
        """Until nothing changes; what goes on changing is not known."""
        for _ in range(ROUNDS):
            if not self._round():
                return
        for place in self._round():
            self.types[place] = ANY
        self._round()

    def _round(self) -> set[Place]:
        changed = set()
        for writer in self.writers:
            before = self.types.get(writer.place, NONE)
            after = before if before.kind == "any" else join(before, writer.type())
            if after.values is not None and writer.place[0] in self.vague:
                after = replace(after, values=None)
            if after != before:
                self.types[writer.place] = after
                changed.add(writer.place)
        return changed

    def home(self, node: Any, name: str, *, own: bool = True) -> Any:
        """The element in which a name is found from a node: its own, one around, the process."""
        at = node if own else node.getparent()
        while local(at) != "process" and name not in self.locals.get(at, ()):
            at = at.getparent()
        return at

    def names(self, node: Any, *, own: bool = True, result: Names | None = None) -> Names:
        """What a name means at a node; ``result`` is asked first."""

        def look(name: str) -> Type:
            found = result(name) if result else NONE
            if found is not NONE:
                return found
            type_ = self.types.get((self.home(node, name, own=own), name), NONE)
            return type_ if type_ is not NONE else GIVEN.get(name, ANY)

        return look

    def infer(self, source: Source | None, names: Names) -> Type:
        """The type of what a mapping or mark says, stored."""
        if source is None:
            return ANY
        if not source.feel:
            return text_of(source.text)
        if not parsed(source.text).valid:
            return ANY
        return kept(infer(syntax(source.text), names)[0])

    def of_process(self, key: str, name: str) -> Type:
        """A variable of a process by its key; unknown when the process is."""
        process = self.processes.get(key)
        return self.types.get((process, name), ANY) if process is not None else ANY


def _declared(sheet: Sheet) -> Iterator[Writer]:
    for process in sheet.processes():
        for name in sheet.marks(process).words("variables"):
            yield Writer((process, name), lambda: ANY)


def _writers(book: Dictionary, sheet: Sheet, node: Any) -> Iterator[Writer]:
    marks = sheet.marks(node)
    yield from _inputs(book, node, marks)
    yield from _many(book, sheet, node, marks)
    result = result_of(book, sheet, node)
    if marks.outputs:
        names = book.names(node, result=result)
        for mapping in marks.outputs:
            name, _, path = mapping.target.partition(".")
            at = book.home(node, name, own=False)
            yield Writer((at, name), _mapped(book, mapping.source, names, path))
    else:
        yield from _whole(book, sheet, node, marks)


def _mapped(book: Dictionary, source: Source, names: Names, path: str) -> Callable[[], Type]:
    """Of ``a.b`` only that ``a`` is a context is known."""
    return lambda: Type("context") if path else book.infer(source, names)


def _inputs(book: Dictionary, node: Any, marks: Marks) -> Iterator[Writer]:
    called = book.processes.get(marks.called or "") if local(node) == "callActivity" else None
    for at, mapping in enumerate(marks.inputs):
        name, _, path = mapping.target.partition(".")
        earlier = {m.target.split(".")[0] for m in marks.inputs[:at]}
        names = _outside(book, node, earlier)
        type_ = _mapped(book, mapping.source, names, path)
        yield Writer((node, name), type_)
        if called is not None:
            yield Writer((called, name), type_)


def _outside(book: Dictionary, node: Any, earlier: set[str]) -> Names:
    """Names for an input mapping: of its own activity only what mappings before it made."""
    inner, outer = book.names(node), book.names(node, own=False)
    loop = book.locals.get(node, set())
    return lambda name: inner(name) if name in earlier and name in loop else outer(name)


def _many(book: Dictionary, sheet: Sheet, node: Any, marks: Marks) -> Iterator[Writer]:
    loop = marks.loop
    if loop is None:
        return
    if loop.item:
        outer = book.names(node, own=False)
        yield Writer((node, loop.item), lambda: _item(book.infer(loop.collection, outer)))
    if loop.output:
        names = book.names(node, result=result_of(book, sheet, node))
        at = book.home(node, loop.output, own=False)
        yield Writer((at, loop.output), lambda: list_of(book.infer(loop.output_element, names)))


def _item(collection: Type) -> Type:
    return collection.item or ANY if collection.kind == "list" else ANY


# --- what an element brings


def result_of(book: Dictionary, sheet: Sheet, node: Any) -> Names:
    """Names that the output mappings of a node read first: its result. NONE: not in it."""
    marks = sheet.marks(node)
    tag = local(node)
    if tag == "callActivity":
        return lambda name: _of_call(book, marks, name)
    if tag == "userTask":
        return _of_form(book, marks)
    if marks.result:
        return lambda name: _single(book, node, marks) if name == marks.result else NONE
    if marks.type is not None:
        contract = (book.world.services or {}).get(marks.type.text)
        outputs = contract.outputs if contract is not None else None
        return lambda name: ANY if outputs is None else _promised(outputs, name)
    return (lambda _name: ANY) if brings_unknown(sheet, node) else (lambda _name: NONE)


def _promised(outputs: Any, name: str) -> Type:
    return named(outputs[name]) if name in outputs else NONE


def brings_unknown(sheet: Sheet, node: Any) -> bool:
    """Whether a message or signal brings variables that no file names."""
    if local(node) == "receiveTask":
        return True
    kinds = {local(d) for d in sheet.definitions(node)}
    heard = {"messageEventDefinition", "signalEventDefinition", "escalationEventDefinition"}
    throws = local(node) in ("endEvent", "intermediateThrowEvent")
    return bool(kinds & heard) and not throws


def brings_more(world: World, sheet: Sheet, node: Any) -> bool:
    """Whether a node may write variables of any name."""
    marks = sheet.marks(node)
    if marks.outputs:
        return False
    if marks.type is not None and local(node) != "userTask":
        return marks.type.feel or marks.type.text not in (world.services or {})
    if local(node) == "callActivity":
        return marks.all_child and marks.called not in world.ends
    form = marks.form is not None and marks.form not in world.forms
    return form or brings_unknown(sheet, node)


def _of_call(book: Dictionary, marks: Marks, name: str) -> Type:
    key = marks.called or ""
    if name == "outcome" and key in book.world.ends:
        return text_of(*book.world.ends[key])
    return book.of_process(key, name)


def _of_form(book: Dictionary, marks: Marks) -> Names:
    schema = book.world.forms.get(marks.form or "")
    if schema is None:
        return lambda _name: ANY if marks.form else NONE
    fields = components.types(schema)
    return lambda name: fields.get(name, NONE)


def _single(book: Dictionary, node: Any, marks: Marks) -> Type:
    if marks.script is not None:
        return book.infer(marks.script, book.names(node))
    decision = book.world.decisions.get(marks.decision or "")
    return _decided(decision) if decision is not None else ANY


def _decided(decision: Any) -> Type:
    """The type of a decision's result, from its columns or its variable."""
    entry = decision.model["decisions"].get(decision.ref, {})
    logic = entry.get("logic") or {}
    if logic.get("kind") != "table":
        return named(entry.get("type") or logic.get("type") or "")
    columns = {column["name"]: named(column["type"] or "") for column in logic["outputs"]}
    row = next(iter(columns.values())) if len(columns) == 1 else context_of(columns)
    if logic["policy"] not in LISTS:
        return row
    return list_of(row) if not logic["aggregation"] else ANY


def _whole(book: Dictionary, sheet: Sheet, node: Any, marks: Marks) -> Iterator[Writer]:
    """A result that no mapping carries comes out whole."""
    names: list[str] = []
    if local(node) == "userTask":
        names = list(components.types(book.world.forms.get(marks.form or "") or {}))
    elif marks.result:
        names = [marks.result]
    elif marks.type is not None:
        contract = (book.world.services or {}).get(marks.type.text)
        names = list(contract.outputs) if contract is not None else []
    elif local(node) == "callActivity" and marks.all_child:
        names = ["outcome", *_written_in(book, marks)]
    result = result_of(book, sheet, node)
    for name in names:
        at = book.home(node, name, own=False)
        yield Writer((at, name), lambda name=name: result(name))  # type: ignore[misc]


def _written_in(book: Dictionary, marks: Marks) -> Iterator[str]:
    """Names that a called process writes by its own elements."""
    for other in book.world.sheets:
        for scope in other.scopes:
            if scope.process != marks.called:
                continue
            for node in scope.nodes.values():
                own = other.marks(node)
                yield from (m.target.split(".")[0] for m in own.outputs)
                yield from [own.result] if own.result else []
