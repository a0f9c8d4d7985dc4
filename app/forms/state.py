"""A form being filled: each component where it stands, what it holds, what its FEEL says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from app import feel
from app.forms import typed
from app.forms.model import MULTIPLE, Component, Form, Option, Path
from app.forms.reading import options_of
from app.texts import Text
from app.worktime import Calendar

MISSING: Any = object()
MOST_UNKNOWN = 50
# Expressions in one call, so that thousands of rows stay within the time of one.
AT_ONCE = 400


@dataclass
class Node:
    """One component in one place; a list has rows of nodes."""

    component: Component
    path: Path
    raw: Any
    parent: Node | None = None
    row: tuple[str | int, ...] | None = None
    # All that stands in the same row.
    mates: list[Node] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    rows: list[list[Node]] = field(default_factory=list)
    value: Any = None
    fault: Text | None = None
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """A personal value that was not sent stands as the case has it: its page showed it
        masked, and what is masked is not typed again."""
        return self.raw is MISSING and self.row is None and self.component.personal

    @property
    def name(self) -> str:
        """How the field is called in a page and in errors: ``papers[0].kind``."""
        head, *rest = self.path or (self.component.id,)
        return str(head) + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest
        )

    @property
    def hidden(self) -> bool:
        """Not asked: its own condition says so, or that of what it stands in."""
        return self.said.get("hide") is True or (self.parent is not None and self.parent.hidden)

    @property
    def locked(self) -> bool:
        """Shown and not to be changed."""
        return any(self._flag(name) for name in ("readonly", "disabled"))

    def _flag(self, name: str) -> bool:
        literal = self.component.raw.get(name)
        return self.said[name] is True if name in self.said else literal is True

    @property
    def required(self) -> bool:
        """Whether an answer must be given."""
        if "required" in self.component.exprs:
            return self.said.get("required") is True
        return self.component.rules.get("required") is True

    def limit(self, name: str) -> Any:
        """A rule's value, computed or literal."""
        return self.said.get(name, self.component.rule(name))

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be chosen."""
        return (
            options_of(self.said.get("options"))
            if "options" in self.component.exprs
            else self.component.options
        )

    def inside(self) -> Iterator[Node]:
        """Itself and all nodes in it."""
        yield self
        for child in (*self.children, *(node for row in self.rows for node in row)):
            yield from child.inside()


@dataclass
class State:
    """A whole form, filled. ``values``: what it holds now, nested, without what is hidden."""

    form: Form
    scope: Mapping[str, Any]
    nodes: list[Node]
    web: bool
    fresh: bool
    unknown: list[str] = field(default_factory=list)
    # Of a list by its key: the numbers of the rows that are looked at; else all of them.
    windows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    # Ids of what is asked whatever its condition says.
    asked: frozenset[str] = frozenset()

    def all(self) -> Iterator[Node]:
        """All nodes, containers first."""
        for node in self.nodes:
            yield from node.inside()

    def values(self) -> dict[str, Any]:
        """The values as they stand, nested; rows in their order."""
        return collect(self.nodes)

    def merged(self) -> dict[str, Any]:
        """What FEEL sees: the scope, every key of the form (null when empty), the values."""
        empty = {variable.key: None for variable in self.form.fields}
        values = self.values()
        for node in self.all():
            if node.component.key in self.windows and node.component.type == "dynamiclist":
                _set(values, node.component.path, _whole(node))
        return {**self.scope, **empty, **values}


def fill(
    form: Form,
    given: Mapping[str, Any] | None,
    scope: Mapping[str, Any],
    *,
    now: datetime,
    calendar: Calendar | None,
    web: bool,
    prefill: bool,
    windows: Mapping[str, Sequence[int]] | None = None,
    asked: Component | None = None,
) -> State:
    """Place what was given, then compute conditions and values in their order.

    ``prefill``: what was not given is taken from the scope and the defaults. ``windows``: of long
    lists only the rows of these numbers. ``asked``: is shown, and so is what it stands in: whoever
    looks at it may have given the answer that asks for it on a page that is not saved yet.
    """
    data = typed.nested(given or {}) if web else dict(given or {})
    state = State(form, scope, [], web, prefill, windows=windows or {}, asked=_around(form, asked))
    state.nodes = [_node(c, data, (), None, None, state) for c in form.components]
    if not windows:
        state.unknown = list(islice(_unknown(data, list(state.all())), MOST_UNKNOWN))
    for level in range(max(form.levels.values(), default=-1) + 1):
        _compute(state, level, now, calendar)
    return state


def _around(form: Form, asked: Component | None) -> frozenset[str]:
    if asked is None:
        return frozenset()
    return frozenset(one.id for one in form.walk() if any(c.id == asked.id for c in one.walk()))


def _node(
    component: Component,
    data: Any,
    base: Path,
    parent: Node | None,
    row: Path | None,
    state: State,
    mates: list[Node] | None = None,
) -> Node:
    path = (*base, *component.path)
    mates = [] if mates is None else mates
    node = Node(component, path, MISSING, parent, row, mates)
    if component.type == "group":
        node.children = [_node(c, data, base, node, row, state, mates) for c in component.children]
    elif component.type == "dynamiclist":
        _list_rows(node, data, state)
    elif component.path:
        node.raw = get(data, component.path)
        _hold(node, state)
    return node


def _list_rows(node: Node, data: Any, state: State) -> None:
    component = node.component
    node.raw = given = get(data, component.path)
    if given is MISSING and (state.fresh or node.kept):
        given = get(state.scope, component.path)
        if not given or given is MISSING:
            given = [{}] * int(component.raw.get("defaultRepetitions") or 0)
    # One more than the most: too many is then seen without working through them all.
    rows = [r for r in given if isinstance(r, dict)] if isinstance(given, list) else []
    node.value = rows = rows[: component.most_rows + 1]
    for number in state.windows.get(component.key, range(len(rows))):
        base: Path = (*node.path, number)
        row: list[Node] = []
        row += [_node(c, rows[number], base, node, base, state, row) for c in component.children]
        node.rows.append(row)


def _whole(node: Node) -> list[Any]:
    """A list of which only a window is looked at: the other rows as they were given."""
    rows = list(node.value or ())
    for row in node.rows:
        if row and row[0].row:
            rows[int(row[0].row[-1])] = collect(row)
    return rows


def _hold(node: Node, state: State) -> None:
    if node.component.type == "expression":
        return
    if node.raw is MISSING or node.component.fixed:
        _from_scope(node, state)
        return
    node.value, node.fault = typed.typed(node.component, node.raw, web=state.web)


def _from_scope(node: Node, state: State) -> None:
    if state.fresh or node.kept or node.component.fixed:
        node.value = _known(node, state)


def _known(node: Node, state: State) -> Any:
    """What the case holds, else the literal default; an empty text holds nothing."""
    known = get(state.scope, node.path)
    if known is not MISSING and known not in (None, ""):
        return known
    return None if "default" in node.component.exprs else node.component.raw.get("defaultValue")


def get(data: Any, path: Path) -> Any:
    """The value at a path, or MISSING."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return data


def _unknown(data: Any, nodes: list[Node]) -> Iterator[str]:
    """Names in what was given that the form does not have; blank ones say nothing."""
    leaves = {n.path for n in nodes if n.component.type != "group"}
    inner = {path[:length] for path in leaves for length in range(1, len(path))}

    def look(value: Any, path: Path) -> Iterator[str]:
        if path in inner and isinstance(value, dict | list):
            pairs = enumerate(value) if isinstance(value, list) else value.items()
            for key, deeper in pairs:
                yield from look(deeper, (*path, key))
        elif path not in leaves and value not in (None, "", [], {}):
            yield str(path[0]) + "".join(
                f"[{p}]" if isinstance(p, int) else f".{p}" for p in path[1:]
            )

    for key, value in data.items():
        yield from look(value, (key,))


def collect(nodes: list[Node]) -> dict[str, Any]:
    """Values of nodes, nested by their paths relative to where they stand."""
    result: dict[str, Any] = {}
    for node in nodes:
        if node.hidden:
            continue
        if node.component.type == "group":
            _join(result, collect(node.children))
        elif node.component.type == "dynamiclist":
            _set(result, node.component.path, [collect(row) for row in node.rows])
        elif node.component.path and node.value is not None:
            _set(result, node.component.path, node.value)
    return result


def _join(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(into.get(key), dict) and isinstance(value, dict):
            _join(into[key], value)
        else:
            into[key] = value


def _set(into: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        into = into.setdefault(part, {})
    into[path[-1]] = value


# --- FEEL ---------------------------------------------------------------------------------


def _compute(state: State, level: int, now: datetime, calendar: Calendar | None) -> None:
    merged = state.merged()
    jobs = [
        (node, slot, expression, _scope(state, node, merged))
        for node in state.all()
        if state.form.levels[node.component.id] == level
        for slot, expression in node.component.exprs.items()
        if slot != "hide" or node.component.id not in state.asked
    ]
    answers = evaluate([(e, s) for _, _, e, s in jobs], now=now, calendar=calendar)
    for (node, slot, _, _), answer in zip(jobs, answers, strict=True):
        node.said[slot] = answer
    for node in {id(node): node for node, *_ in jobs}.values():
        _settle(node, state)


def _scope(state: State, node: Node, merged: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the component reads: values cross into the engine one by one."""
    needs = state.form.needs[node.component.id]
    own = {name: merged[name] for name in needs if name in merged}
    if node.row is None:
        return own
    row = collect(node.mates)
    fields = {c.path[0]: None for c in _list_of(node).component.children if c.path}
    own.update({name: row.get(name) for name in needs if name in fields})
    return {**own, "this": {**fields, **row}, "i": int(node.row[-1]) + 1}


def _list_of(node: Node) -> Node:
    while node.parent is not None and node.component.type != "dynamiclist":
        node = node.parent
    return node


def _settle(node: Node, state: State) -> None:
    if node.hidden:
        return
    if node.component.type == "expression":
        node.value = node.said.get("value")
        return
    if node.component.is_input and node.locked:
        # Reset before anything reads it: what was sent must not reach a computed value.
        node.value, node.fault = _known(node, state), None
    if node.value is None and "default" in node.said and _open_to_default(node, state):
        node.value = _as_held(node.component, node.said["default"])


def _open_to_default(node: Node, state: State) -> bool:
    return node.locked or node.kept or (node.raw is MISSING and state.fresh)


def _as_held(component: Component, value: Any) -> Any:
    single = component.type in MULTIPLE and value is not None and not isinstance(value, list)
    return [value] if single else value


def evaluate(
    jobs: list[tuple[str, dict[str, Any]]], *, now: datetime, calendar: Calendar | None
) -> list[Any]:
    """Values of many expressions, some hundred in one borrowing.

    An answer not given yet is null, and null cannot be compared: such an expression has no value
    (a condition then hides nothing) until the answer is there.
    """
    values: list[Any] = []
    for start in range(0, len(jobs), AT_ONCE):
        part = jobs[start : start + AT_ONCE]
        values += [_or_none(v) for v in feel.evaluate_each(part, now=now, calendar=calendar)]
    return values


def _or_none(value: Any) -> Any:
    if not isinstance(value, feel.FeelError):
        return value
    if value.kind != "warning":
        raise value
    return None
