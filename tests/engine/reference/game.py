"""The token game of BPMN 2.0.2, chapter 13, with the places it leaves open as decision 005 says.

Nothing here chooses: ``choices`` names everything that may happen next, ``fire`` does one of them.
What cannot be seen (beginning an activity, arming events) is done at once, as early as it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.engine.reference import activities, joins, throwing, waiting
from tests.engine.reference.model import Drawing, Flow, Node
from tests.engine.reference.state import (
    Act,
    Place,
    Ready,
    Record,
    Round,
    State,
    Stuck,
    Undecided,
    number,
    visible,
)
from tests.engine.reference.state import store as put

MOST = 3000

Choice = tuple[str, str, int, str]  # element, what, id of the thing, detail


class Game:
    """The rules for one drawing; states are passed in and changed."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.copies = 0

    def copy(self, state: State) -> State:
        """One more marking to follow; bounded for the whole run."""
        self.copies += 1
        if self.copies > MOST:
            raise Undecided
        return state.copy()

    def node(self, id: str) -> Node:
        return self.drawing.nodes[id]

    # opening and closing scopes

    def begin(self, process: str = "p") -> State:
        variables = dict(self.drawing.variables)
        state = State(Place(0, process, None, variables))
        self.open(state, state.root)
        self.settle(state)
        return state

    def open(self, state: State, place: Place) -> None:
        scope = self.drawing.scopes[place.scope]
        for sub in scope.event_subs():
            assert sub.scope is not None
            first = sub.scope.start_event()
            waiting.arm(self, state, place, sub.id, first.events, place)
        if scope.kind == "event":
            place.ready.append(Ready(state.new(), scope.start_event().id, place))
            return
        for node in scope.starts():
            self.arrive(state, place, node, "")

    def clear(self, place: Place) -> None:
        """Everything in the scope is cancelled."""
        place.ready, place.acts, place.waits = [], [], []
        place.held, place.fired = {}, {}

    # tokens

    def arrive(self, state: State, place: Place, node: Node, flow: str) -> None:
        if joins.holds(self, place, node):
            joins.hold(place, node, flow)
            return
        if node.needs > 1:
            name = (node.id, "")
            place.held[name] = place.held.get(name, 0) + 1
            if place.held[name] < node.needs:
                return
            place.held[name] = 0
        if node.kind in ("user", "task", "script", "service", "receive", "sub", "call", "catch"):
            activities.start(self, state, place, node)
        elif node.kind == "choice":
            activities.choose(self, state, place, node)
        elif throwing.undoes(node):
            throwing.start_undo(self, state, place, node)
        else:
            place.ready.append(Ready(state.new(), node.id, place))

    def leave(self, state: State, place: Place, node: Node) -> None:
        """A token on each flow out, or on those whose conditions hold."""
        flows = self.drawing.scopes[place.scope].out(node.id)
        for flow in self.taken(place, node, flows):
            for _ in range(node.gives):
                self.arrive(state, place, self.node(flow.target), flow.id)

    def taken(self, place: Place, node: Node, flows: list[Flow]) -> list[Flow]:
        scope = visible(place)
        if node.kind == "choice" or not any(f.test or f.id == node.default for f in flows):
            return flows if node.kind != "xor" else flows[:1]
        plain = [f for f in flows if f.id != node.default]
        taken = [f for f in plain if f.test is None or f.test.holds(scope)]
        if not taken and any(f.test for f in flows):
            taken = [f for f in flows if f.id == node.default]
            if not taken:
                raise Stuck(node.id)
        return taken[:1] if node.kind == "xor" else taken

    # what may happen

    def choices(self, state: State) -> list[Choice]:
        """Signals last; inclusive and complex joins when nothing else moves by itself."""
        if state.over or state.broken:
            return []
        found: list[Choice] = []
        late: list[Choice] = []
        for place in state.places():
            for ready in place.ready:
                rows = late if self._loud(ready.node) else found
                rows.append((ready.node, "ready", ready.id, ""))
            for act in place.acts:
                found += activities.choices(self, act)
            found += joins.parallel(self, place) + joins.enough(self, place)
        found += waiting.due(self, state)
        if found and _empty(state.root):
            # The case is over, or a timer that is due at this very moment comes first.
            found.append(("", "over", state.root.id, ""))
        # A scope may be over before a complex gateway in it is as it was, or after that.
        soft = [c for c in found if self._resets(state, c)]
        if len(found) > len(soft):
            return found
        for place in state.places():
            late += joins.late(self, place)
        return soft + late

    def _resets(self, state: State, choice: Choice) -> bool:
        inner = state.find(choice[2]).inner if choice[1] == "round" else None
        return inner is not None and bool(inner.fired)

    def instance(self, state: State, choice: Choice) -> int | None:
        """Number of the nearest round around what a choice completes."""
        _element, what, id, _detail = choice
        if what == "join":
            return number(next(p.host for p in state.places() if p.id == id))
        thing = state.find(id)
        if isinstance(thing, Round):
            return number(thing)
        place = thing.owner if what == "due" else thing.place
        return number(place.host if isinstance(place, Place) else place.place.host)

    def _loud(self, node: str) -> bool:
        here = self.node(node)
        return here.kind in ("throw", "end") and any(e.kind == "signal" for e in here.events)

    def fire(self, state: State, choice: Choice) -> None:
        _element, what, id, _detail = choice
        try:
            if what in ("join", "rest"):
                self._join(state, choice)
            elif what == "due":
                waiting.trigger(self, state, state.find(id), _timer(state.find(id)))
                self._fired(state, _element)
            elif what == "over":
                state.over = True
            else:
                acts: dict[str, Callable[[State, Any], None]] = {
                    "ready": self._ready,
                    "round": lambda s, thing: activities.complete(self, s, thing),
                    "handler": lambda s, thing: throwing.next_handler(self, s, thing),
                    "undone": lambda s, thing: throwing.undone(self, s, thing),
                }
                acts[what](state, state.find(id))
            self.settle(state)
        except Stuck as stuck:
            state.broken = str(stuck)

    def _join(self, state: State, choice: Choice) -> None:
        _element, what, id, gate = choice
        place = next(p for p in state.places() if p.id == id)
        if what == "join":
            joins.fire(self, state, place, gate)
        else:
            joins.swallow(self, place, self.node(gate))

    def _fired(self, state: State, element: str) -> None:
        """What a timer has let loose is completed at once."""
        for place in state.places():
            for ready in place.ready:
                if ready.node == element:
                    self._ready(state, ready)
                    return
            for act in place.acts:
                for round_ in act.rounds:
                    if act.node == element and round_.status == "ready":
                        activities.complete(self, state, round_)
                        return

    def _ready(self, state: State, ready: Ready) -> None:
        place, node = ready.place, self.node(ready.node)
        if not self._thrown(state, ready):
            return
        place.ready.remove(ready)
        if ready.then is not None:
            place.ready.append(Ready(state.new(), ready.then, place, ready.got))
            return
        put(place, ready.got)
        if node.kind == "end":
            place.outcome = node.id
            return
        if node.kind == "link_throw":
            scope = self.drawing.scopes[place.scope]
            to = next(
                n for n in scope.nodes.values() if n.kind == "link_catch" and n.link == node.link
            )
            self.arrive(state, place, to, "")
            return
        self.leave(state, place, node)

    def _thrown(self, state: State, ready: Ready) -> bool:
        """Throw what the event throws; False when its own token has been cancelled by that."""
        node = self.node(ready.node)
        for event in node.events if node.kind in ("throw", "end") else ():
            throwing.throw(self, state, ready.place, node, event)
            if ready not in ready.place.ready or not throwing.alive(state, ready.place):
                return False
        return True

    def settle(self, state: State) -> None:
        """What is not seen: conditions that have come true, scopes that are over."""
        while waiting.conditions(self, state) or self._close(state):
            pass

    def _close(self, state: State) -> bool:
        for place in list(state.places()):
            if not _empty(place):
                continue
            if place.host is None:
                state.over = not waiting.due(self, state)
                return False
            if place.host.status == "inner" and not place.leaving:
                place.host.status = "ready"
                # A timer that is due at this very moment may still come first.
                place.waits = [w for w in place.waits if w.due is not None and w.due <= state.now]
                return True
        return False

    # what comes from outside

    def answer(self, round_: Round, answers: Mapping[str, Any]) -> None:
        round_.status, round_.got = "ready", dict(answers)

    def remember(self, place: Place, act: Act, inner: Place | None) -> None:
        """A completed activity with a handler, or with something in it that can be undone."""
        scope = self.drawing.scopes[place.scope]
        for boundary in scope.at(act.node):
            if boundary.events[0].kind == "compensation":
                place.done.append(Record(act.node, boundary.id))
                return
        if inner is None or inner.variables is not None:
            return
        own = [
            s.id
            for s in self.drawing.scopes[inner.scope].event_subs()
            if s.scope is not None and s.scope.start_event().events[0].kind == "compensation"
        ]
        if own or inner.done:
            place.done.append(Record(act.node, own[0] if own else None, inner.done))


def _timer(wait: Any) -> Any:
    return next(e for e in wait.left if e.kind == "timer")


def _empty(place: Place) -> bool:
    return not (place.ready or place.acts or any(place.held.values()))
