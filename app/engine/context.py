"""What the specifications need while a case moves: the moment, FEEL, and where to report to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app import feel
from app.engine.marks import Source
from app.engine.outcome import Failure, ServiceCall, Step, Thrown, Why
from app.engine.times import EPOCH
from app.texts import T, Text

if TYPE_CHECKING:
    from app.engine.library import Library
    from app.worktime import Calendar


WORD = re.compile(r"[^\W\d]\w*")


class Incident(Exception):
    """The move cannot be made; the case stays as it was before."""

    def __init__(self, kind: str, token: Any, message: Text, code: str | None = None) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message, element_id(token), process_key(token), code)


def context_of(token: Any) -> Context:
    context: Context = token.workflow.top_workflow.context
    return context


def element_id(token: Any) -> str:
    element = token.task_spec.element
    return element.id if element else ""


def process_key(token: Any) -> str:
    """Key of the process (not of the embedded sub-process) that a token stands in."""
    return str(process_of(token).spec.name)


def process_of(token: Any) -> Any:
    """The scope with variables of its own around a token: the case, or a called process."""
    workflow = token.workflow
    while not workflow.own_variables:
        workflow = workflow.parent_token.workflow
    return workflow


@lru_cache(maxsize=20_000)
def reads(expression: str) -> frozenset[str]:
    """The variables that an expression reads; parsed once for each text."""
    parsed = feel.parse(expression)
    return parsed.variables | parsed.perhaps


@lru_cache(maxsize=20_000)
def words(expression: str) -> tuple[str, ...]:
    """Every word of an expression: more than it reads, also names that FEEL's functions have."""
    return tuple(dict.fromkeys(WORD.findall(expression)))


def narrow(expression: str, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the expression can read crosses over to V8: the crossing costs by size."""
    return {name: scope[name] for name in words(expression) if name in scope}


class Context:
    """One for each run; emptied between moves."""

    def __init__(self, library: Library, calendar: Calendar | None) -> None:
        self.library = library
        self.calendar = calendar
        self.now: datetime = EPOCH
        self.steps: list[Step] = []
        self.thrown: list[Thrown] = []
        self.whys: dict[str, Why] = {}
        self.signals: list[Thrown] = []
        self.call: ServiceCall | None = None
        # What the condition of each conditional event read last: looked at again when it differs.
        self.looked: dict[tuple[str, str], dict[str, Any]] = {}

    def begin(self, now: datetime) -> None:
        """Start a move."""
        self.now, self.call = now, None
        self.steps, self.thrown, self.signals, self.whys = [], [], [], {}

    def value(self, token: Any, source: Source, scope: Mapping[str, Any]) -> Any:
        return self.values(token, [source], scope)[0]

    def values(self, token: Any, sources: Sequence[Source], scope: Mapping[str, Any]) -> list[Any]:
        """Evaluate several in one borrow of an engine; static text never goes there."""
        asked = [(s.text, narrow(s.text, scope)) for s in sources if s.feel]
        found = iter(self._evaluate(token, asked))
        return [next(found) if s.feel else s.text for s in sources]

    def _evaluate(self, token: Any, asked: list[tuple[str, dict[str, Any]]]) -> Sequence[Any]:
        try:
            if len(asked) == 1:
                text, scope = asked[0]
                return [feel.evaluate(text, scope, now=self.now, calendar=self.calendar)]
            if asked:
                return feel.evaluate_many(asked, now=self.now, calendar=self.calendar)
        except feel.FeelError as error:
            raise Incident("expression", token, failed(error)) from error
        return []

    def holds(self, token: Any, source: Source, scope: Mapping[str, Any]) -> bool:
        """A condition: anything but true or false is an incident, null too."""
        try:
            return feel.condition(
                source.text, narrow(source.text, scope), now=self.now, calendar=self.calendar
            )
        except feel.FeelError as error:
            raise Incident("expression", token, failed(error)) from error

    def first(self, token: Any, sources: Sequence[Source], scope: Mapping[str, Any]) -> int | None:
        """Index of the first condition that holds; those after it may be wrong unseen.

        All in one borrow of an engine; only when one of them is at fault, one after the other.
        """
        if len(sources) > 1:
            asked = [(s.text, narrow(s.text, scope)) for s in sources]
            try:
                found = feel.evaluate_many(asked, now=self.now, calendar=self.calendar)
            except feel.FeelError:
                found = []
            for index, value in enumerate(found):
                if not isinstance(value, bool):
                    break
                if value:
                    return index
            if found and all(value is False for value in found):
                return None
        holding = (i for i, s in enumerate(sources) if self.holds(token, s, scope))
        return next(holding, None)

    def decide(
        self, token: Any, decision: str, scope: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Any]:
        """What went in, and the answer. Raises Incident when there is none."""
        table = self.library.decisions.get(decision)
        if table is None:
            raise Incident("missing", token, T("没有名为 {id} 的决策", id=decision))
        try:
            given = {name: scope[name] for name in table.inputs if name in scope}
            answer = feel.decide(table, given, now=self.now, calendar=self.calendar)
        except feel.FeelError as error:
            raise Incident("decision", token, failed(error)) from error
        if answer.messages:
            raise Incident("decision", token, answer.messages[0])
        return given, answer

    def note(self, token: Any, spec: Any = None) -> None:
        """A flow node was completed: the token's, or another one of its scope."""
        element = (spec or token.task_spec).element
        step = Step(
            element=element.id,
            process_key=process_key(token),
            kind=element.kind,
            name=element.name,
            clauses=element.clauses,
            instance=instance(token),
            why=self.whys.pop(token.id, None),
            path=tuple(call_path(token)),
        )
        self.steps.append(step)


def failed(error: feel.FeelError) -> Text:
    """What went wrong, in the words of FEEL."""
    text = getattr(error, "text", None) or str(error)
    return text if isinstance(text, Text) else T("{text}", text=text)


def instance(token: Any) -> int | None:
    """Number of the round that a token belongs to, the nearest one, from 1; through calls too."""
    while token is not None:
        number = token.internal_data.get("i")
        if number is not None:
            return int(number)
        token = token.workflow.parent_token
    return None


def call_path(token: Any) -> list[str]:
    """Ids of the call activities around a token, outermost first."""
    path: list[str] = []
    workflow = token.workflow
    while workflow.parent_token is not None:
        if workflow.own_variables:
            path.append(element_id(workflow.parent_token))
        workflow = workflow.parent_token.workflow
    return path[::-1]
