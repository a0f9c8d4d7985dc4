"""The shapes of questions: queries and bodies, checked and told by the OpenAPI."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.api.shapes import text

STATES = ("open", "ended", "withdrawn", "forced", "merged")


class CaseQuery(Schema):
    """Which cases."""

    procedure = text("Key of the procedure", load_default="")
    state = fields.String(load_default="", validate=validate.OneOf(STATES))
    q = text(
        "Number, account, name, phone, ID number exactly; address by part",
        load_default="",
        validate=validate.Length(max=100),
    )
    account = text("Account number", load_default="")
    cursor = text("From the page before", load_default=None)


class TaskQuery(Schema):
    """Which tasks."""

    mine = fields.Boolean(load_default=False)
    group = text("`true`: free tasks of my groups; or the key of one group", load_default="")
    overdue = fields.Boolean(load_default=False)
    procedure = text("Key of the procedure", load_default="")
    cursor = text("From the page before", load_default=None)


class AccountQuery(Schema):
    """Which accounts."""

    q = text(
        "Number, name, phone (or its last four digits), ID number, meter; address by part",
        load_default="",
        validate=validate.Length(max=100),
    )


class StartBody(Schema):
    """What a case starts with."""

    variables = fields.Dict()


class AnswersBody(Schema):
    """Answers by field; money in fen."""

    answers = fields.Dict()


class AssignBody(Schema):
    """To whom."""

    to = text("Login of the colleague", required=True)


class ReasonBody(Schema):
    """Why."""

    reason = fields.String(required=True)


class MessageBody(Schema):
    """A message for the cases that wait for it."""

    name = fields.String(required=True)
    key = fields.String(required=True)
    variables = fields.Dict()


class FileBody(Schema):
    """A file, jpg, png or pdf."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class SendBackBody(Schema):
    """Where to, and why."""

    to = text("Element of the step, one of `ways-back`", required=True)
    reason = text("Why", required=True)
