"""The shapes of answers, for the OpenAPI. Money: integer fen."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.api.timed import Sla, Timed


def text(said: str, *, null: bool = False, **more: Any) -> fields.String:
    """A text with its description."""
    return fields.String(allow_none=null, metadata={"description": said}, **more)


def moment(said: str, *, null: bool = False) -> fields.AwareDateTime:
    """A moment, ISO 8601 with offset."""
    return fields.AwareDateTime(allow_none=null, metadata={"description": said})


def fen(said: str) -> fields.Integer:
    """An amount in fen."""
    return fields.Integer(metadata={"description": f"{said}, fen"})


class Fault(Schema):
    """What is wrong with one field."""

    field = fields.String()
    message = fields.String()


class Problem(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(Fault))
    holder = text("Who of the staff has the task or was first (409)")
    at = moment("Since when, or when it was done (409)")
    holder_id = fields.Integer(metadata={"description": "Id of that person (409)"})
    done = fields.Boolean(metadata={"description": "The task is done already (409)"})
    case = text("Number of the case concerned")
    task = fields.Integer(metadata={"description": "Id of the task concerned"})
    name = text("Name of the message that nobody waits for (409)")
    key = text("Key of that message, or the idempotency key used before")
    element = text("Where in the drawing the case cannot go on (422)")
    kind = text("What is wrong there: expression, no_flow, … (422)")


class Procedure(Schema):
    """A published procedure."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    startable = fields.Boolean(metadata={"description": "Whether the caller may start it"})


class Procedures(Schema):
    """All published procedures."""

    items = fields.List(fields.Nested(Procedure), required=True)


class NextTask(Schema):
    """An open task of the case."""

    id = fields.Integer(required=True)
    element = text("Id of the task in the drawing")
    name = fields.String()
    groups = fields.List(fields.String())
    due = moment("Due time", null=True)
    mine = fields.Boolean(metadata={"description": "Whether the caller holds it now"})


class Moved(Schema):
    """A case after a call, with the tasks that are open now."""

    number = fields.String(required=True)
    procedure = fields.String()
    state = text("open, ended or withdrawn")
    outcome = text("Id of the end that was reached", null=True)
    tasks = fields.List(fields.Nested(NextTask), required=True)
    next = fields.Integer(
        allow_none=True, metadata={"description": "Id of the task that the caller goes on with"}
    )


class CaseLine(Schema):
    """A case in a list; the applicant is masked."""

    number = fields.String(required=True)
    procedure = fields.String()
    name = text("Name of the procedure")
    version = fields.Integer()
    state = text("open, paused, failed, ended or withdrawn")
    outcome = fields.String(allow_none=True)
    account_no = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    applicant = fields.String()
    step = text("Names of the open tasks")
    started = moment("Start")
    ended = moment("End", null=True)
    due = moment("Due time", null=True)


class Cases(Schema):
    """A page of cases, newest first."""

    items = fields.List(fields.Nested(CaseLine), required=True)
    cursor = text("Of the next page; null on the last", null=True)


class CaseTask(Timed):
    """An open task of a case."""

    id = fields.Integer(required=True)
    element = fields.String()
    name = fields.String()
    groups = fields.List(fields.String())
    holder = fields.String(allow_none=True)
    due = moment("Due time", null=True)
    paused = fields.Boolean()


class Case(Schema):
    """A case; personal values only for the group of its current task."""

    number = fields.String(required=True)
    procedure = fields.String()
    name = fields.String()
    version = fields.Integer()
    release = fields.Integer()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    account_no = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    applicant = fields.String()
    phone = fields.String()
    parent = fields.String(allow_none=True)
    variables = fields.Dict()
    whole = fields.Boolean(metadata={"description": "Personal values are whole, not masked"})
    may_look = fields.Boolean(metadata={"description": "They are to who gives a reason"})
    tasks = fields.List(fields.Nested(CaseTask), required=True)
    sla = fields.Nested(Sla)


class Entry(Schema):
    """An entry of the trail; personal values are not in it."""

    at = moment("When")
    action = text("subject:verb")
    by = text("Login of who did it")
    name = fields.String(allow_none=True)
    group = text("As which group", null=True)
    channel = fields.String()
    element = fields.String(allow_none=True)
    element_name = fields.String(allow_none=True)
    clause = fields.String(allow_none=True)
    version = fields.String(allow_none=True)
    release = fields.String(allow_none=True)
    comment = fields.String(allow_none=True)
    before = fields.Dict()
    after = fields.Dict()
    hashes = fields.Dict()
    subject = text("Whose chain: kind:key")
    seq = fields.Integer()


class Trail(Schema):
    """Entries of a case, oldest first."""

    items = fields.List(fields.Nested(Entry), required=True)


class TaskLine(Timed):
    """A task in a list; the applicant is masked."""

    id = fields.Integer(required=True)
    name = fields.String()
    element = fields.String()
    case = text("Number of the case")
    procedure = fields.String()
    procedure_name = fields.String()
    groups = fields.List(fields.String())
    holder = fields.String(allow_none=True)
    mine = fields.Boolean()
    paused = fields.Boolean()
    created = moment("Since when it is open")
    due = moment("Due time", null=True)
    account_no = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    applicant = fields.String()


class Tasks(Schema):
    """A page of tasks, the most urgent first."""

    items = fields.List(fields.Nested(TaskLine), required=True)
    cursor = text("Of the next page; null on the last", null=True)


class TaskFacts(Timed):
    """A task."""

    id = fields.Integer(required=True)
    name = fields.String()
    element = fields.String()
    case = fields.String()
    procedure = fields.String()
    state = text("open, done or cancelled")
    groups = fields.List(fields.String())
    holder = fields.String(allow_none=True)
    mine = fields.Boolean()
    may_complete = fields.Boolean()
    due = moment("Due time", null=True)
    clauses = fields.List(fields.String())
    phrase = fields.String(allow_none=True)
    prints = fields.List(fields.String())
    applicant = fields.String()
    phone = fields.String()
    account_no = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    whole = fields.Boolean(metadata={"description": "Personal values are whole, not masked"})
    may_look = fields.Boolean(metadata={"description": "They are to who gives a reason"})
    side = text("Of an opinion asked for beside a step: ask, sign or extend", null=True)


class Opinion(Schema):
    """What was asked beside a step, and the answer."""

    id = fields.Integer(required=True)
    kind = text("ask, sign or extend")
    state = text("open, done or cancelled")
    question = fields.String()
    by = text("Name of who asked")
    asked = moment("When")
    days = fields.Integer(allow_none=True)
    decision = fields.String(allow_none=True)
    opinion = fields.String(allow_none=True)
    answered_by = fields.String(allow_none=True)
    answered = moment("When", null=True)


class Opinions(Schema):
    """Opinions asked for, oldest first."""

    items = fields.List(fields.Nested(Opinion), required=True)


class Asked(Schema):
    """The task that was made for it."""

    id = fields.Integer(required=True)


class Urged(Schema):
    """Names of the persons told."""

    told = fields.List(fields.String(), required=True)


class CaseNumber(Schema):
    """The case."""

    number = fields.String(required=True)


class Alert(Schema):
    """What happened to the caller's work."""

    id = fields.Integer(required=True)
    kind = text("back, assign, urge, ask, sign, extend, opinion, end or move")
    case = fields.String(required=True)
    task = fields.Integer(allow_none=True)
    step = fields.String(allow_none=True)
    by = fields.String(allow_none=True)
    at = moment("When")


class Alerts(Schema):
    """Unread alerts, the newest first."""

    items = fields.List(fields.Nested(Alert), required=True)


class WayBack(Schema):
    """A step that a task may be sent back to."""

    element = fields.String(required=True)
    name = fields.String(required=True)


class WaysBack(Schema):
    """Where a task may be sent back to."""

    items = fields.List(fields.Nested(WayBack), required=True)


class Option(Schema):
    """A choice."""

    value = fields.Raw()
    label = fields.String()


class Field(Schema):
    """A field that is asked now; more may be asked once others are answered."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    label = fields.String()
    required = fields.Boolean()
    readonly = fields.Boolean()
    personal = fields.Boolean()
    masked = fields.Boolean(
        metadata={"description": "Stands in the case: left out of the answers, it stays as it is"}
    )
    money = fields.Boolean(metadata={"description": "An amount, integer fen"})
    multiple = fields.Boolean()
    options = fields.List(fields.Nested(Option))


class Form(Schema):
    """A form: what is asked now, and JSON Schema of all answers it may take."""

    key = fields.String(allow_none=True)
    fields_ = fields.List(fields.Nested(Field), data_key="fields", required=True)
    schema = fields.Dict()


class Task(Schema):
    """A task with its form; answers only for the group of the task."""

    task = fields.Nested(TaskFacts, required=True)
    form = fields.Nested(Form, required=True)
    answers = fields.Dict(required=True)
    draft = fields.Dict(allow_none=True)
    offered = fields.Dict(
        allow_none=True,
        metadata={"description": "What was entered before the case was sent back to this step"},
    )


class Held(Schema):
    """Who has the task now."""

    id = fields.Integer(required=True)
    holder = fields.String(allow_none=True)


class Stored(Schema):
    """A stored file, to be named in answers."""

    id = fields.String(required=True)
    sha256 = fields.String(required=True)


class Reached(Schema):
    """The cases that took a message or were started by it."""

    cases = fields.List(fields.String(), required=True)
