"""The order of steps: one ready token at a time, until all that is left waits."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.engine import waits
from app.engine.context import Incident, narrow, reads
from app.engine.routing import fire
from app.engine.times import micros
from app.engine.tree import COMPLETED, READY, STARTED, Root, Token, depth, prune, unfinished
from app.engine.variables import visible
from app.texts import T

# A loop that changes something may be long; one that changes nothing is found out much earlier.
MAX_STEPS = 150_000
LOOK, STRIDE = 512, 64


def steps(top: Root, *, contract: bool = True) -> None:
    """Move the case on. Raises Incident when it cannot, or runs in circles."""
    seen = _Circles(top)
    for number in range(MAX_STEPS):
        _close(top, contract=contract)
        _due(top)
        _conditions(top)
        token = _next(top)
        if token is None:
            if not _join(top):
                return
            continue
        token.run()
        if top.context.call is not None:
            return
        if number >= LOOK and number % STRIDE == 0:
            seen.look(number)
    raise _endless(top)


def _endless(top: Root) -> Incident:
    return Incident("endless", top.task_tree, T("步骤过多，流程可能在空转"))


class _Circles:
    """Tells when a move has come back to where it was: it would go on so for ever.

    The picture kept is renewed at each power of two, so a circle of any length is found; only each
    STRIDE-th step is looked at, which a circle meets again too.
    """

    def __init__(self, top: Root) -> None:
        self.top, self.renew = top, LOOK
        self.kept: tuple[Any, Any] | None = None

    def look(self, number: int) -> None:
        rough = tuple(sorted((t.task_spec.name, t._state) for t in self.top.tokens()))
        if self.kept is not None and self.kept[0] == rough and self.kept[1] == self._whole():
            raise _endless(self.top)
        if number >= self.renew:
            self.kept, self.renew = (rough, self._whole()), 2 * self.renew

    def _whole(self) -> Any:
        """Everything that decides what comes next, without the numbers of tokens."""
        tokens = Counter(
            repr((t.task_spec.name, t._state, t.data, _unnumbered(t.internal_data)))
            for t in self.top.tokens()
        )
        return tokens, [repr(w.data) for w in self.top.workflows()], len(self.top.context.thrown)


def _unnumbered(notes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in notes.items() if name not in ("on", "undoes")}


def _next(top: Root) -> Token | None:
    """Fired boundary events first, throwers of signals last; the outermost scope, the oldest."""
    return min(top.ready_tokens(), key=_rank, default=None)


def _rank(token: Token) -> tuple[bool, bool, int, int]:
    spec = token.task_spec
    fired = spec.urgent and "got" in token.internal_data
    return not fired, spec.late, depth(token.workflow), int(token.id)


def _close(top: Root, *, contract: bool) -> None:
    """Contract, and end the scopes in which nothing is left to be done."""
    while top.finished:
        touched = {id(t.workflow): t.workflow for t in top.finished}
        if contract:
            prune(top)
        top.finished.clear()
        for workflow in touched.values():
            if not unfinished(workflow):
                _end(workflow)


def _end(workflow: Any) -> None:
    for token in list(workflow.tasks.values()):
        if token._state < COMPLETED:
            token.cancel()  # it only listened
    token = workflow.parent_token
    if token is None or token._state != STARTED:
        return
    if not token.task_spec.more(token, workflow):
        workflow.completed = True
        token._set_state(READY)


def _due(top: Root) -> None:
    """Fire the timers whose moment has come, also those that a step has just set."""
    if not top.waiting:
        return
    limit = micros(top.context.now)
    if not any(_is_due(token.internal_data, limit) for token in top.waiting.values()):
        return
    due = [w for w in waits.waits(top) if w.due is not None and w.due <= limit]
    if due:
        first = min(due, key=lambda w: (w.due, depth(w.token.workflow), int(w.token.id)))
        fire(first.token, first.key, {})


def _is_due(notes: dict[str, Any], limit: int) -> bool:
    """Without making a picture of each wait: this is asked at every step."""
    if "alts" in notes:
        return any(alt.get("due", limit + 1) <= limit for alt in notes["alts"].values())
    return bool(notes.get("due", limit + 1) <= limit)


def _conditions(top: Root) -> None:
    """Look at the conditional events that read something which has changed."""
    if not top.waiting or not top.context.library.conditional:
        return
    for wait in [w for w in waits.waits(top) if w.condition is not None]:
        condition = wait.token.task_spec.event_of(wait.token, wait.key).condition
        scope = narrow(condition.text, visible(wait.token))
        place = (wait.token.id, wait.key)
        if top.context.looked.get(place) == scope:
            continue
        top.context.looked[place] = dict(scope)
        _look(wait, _holds(wait.token, condition, scope))


def _holds(token: Any, condition: Any, scope: dict[str, Any]) -> bool:
    """A variable that is not there yet means: not yet."""
    if not reads(condition.text) <= scope.keys():
        return False
    return bool(token.workflow.top_workflow.context.holds(token, condition, scope))


def _look(wait: waits.Wait, now: bool) -> None:
    notes = wait.token.internal_data
    kept = notes["alts"][wait.key] if "alts" in notes else notes
    if now and not wait.condition:
        kept["cond"] = True
        fire(wait.token, wait.key, {})
    else:
        kept["cond"] = now


def begin_by_condition(top: Root) -> None:
    """A process without a plain start: by the conditional starts that hold on what is given."""
    root = top.task_tree
    begun = False
    for name in top.spec.entries:
        spec = top.spec.task_specs[name]
        for event in getattr(spec, "events", ()):
            scope = narrow(event.condition.text, top.data) if event.condition else {}
            if event.kind == "conditional" and _holds(root, event.condition, scope):
                token = root._add_child(spec)
                token.task_spec._update(token)
                begun = True
                break
    if not begun:
        raise Incident(
            "no_start", root, T("流程没有可以直接开始的地方：它由消息、信号、定时或条件开始")
        )


def _join(top: Root) -> bool:
    """Nothing moves by itself: let the first join go on that waits for nothing more."""
    joining = (token for token in top.waiting_tokens() if token.task_spec.joins)
    return any(token.task_spec.settle(token) for token in joining)


def stuck(top: Root) -> None:
    """Tokens that nothing can move any more are an incident, never silence."""
    if top.context.call is not None or not unfinished(top):
        return
    if waits.manual_tokens(top) or waits.called(top) or _waits_for_host(top):
        return
    token = next(t for t in top.tokens() if not t.task_spec.holds)
    raise Incident("stuck", token, T("流程停住了：没有任务、定时或消息可以推动它"))


def _waits_for_host(top: Root) -> bool:
    """Something may still come."""
    return any(waits.waits(top))
