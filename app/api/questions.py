"""The shapes of questions: queries and bodies, checked and told by the OpenAPI."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.shapes import text
from app.cases import WHY
from app.identifiers import CALIBRES
from app.registry.states import LABELS

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


class MeterQuery(Schema):
    """Which meters."""

    state = fields.String(
        load_default="", validate=validate.OneOf(("", *LABELS["meter"])),
        metadata={"description": "in_stock, issued, installed, to_verify or scrapped"},
    )  # fmt: skip
    store = text("Code of the store", load_default="")
    calibre = fields.Integer(
        load_default=None, validate=validate.OneOf(CALIBRES), metadata={"description": "mm"}
    )
    serial = text("How it begins or ends", load_default="", validate=validate.Length(max=40))
    cursor = text("From the page before", load_default=None)


def _person(**more: Any) -> fields.String:
    said = "Number, account, name, phone, ID number exactly; address by part"
    return text(said, validate=validate.Length(max=100), **more)


class SearchBody(Schema):
    """What is looked for."""

    q = _person(required=True)


class CaseSearchBody(Schema):
    """What is looked for; at least one of ``q`` and ``variables``."""

    q = _person(load_default="")
    procedure = text("Key of the procedure", load_default="")
    variables = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "Values that the case has, by name; no personal ones"},
    )
    cursor = text("From the page before", load_default=None)


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


class AskBody(Schema):
    """A question to a leader."""

    to = text("Key of the group that is asked", required=True)
    question = fields.String(required=True)


class SignBody(Schema):
    """A question to a colleague."""

    to = text("Login of the colleague", required=True)
    question = fields.String(required=True)


class ExtendBody(Schema):
    """More time."""

    days = fields.Integer(required=True, metadata={"description": "Working days", "minimum": 1})
    reason = fields.String(required=True)


class OpinionBody(Schema):
    """An opinion."""

    opinion = fields.String(required=True)
    decision = text("agree or disagree; of a sign-off and an extension", null=True)


class LookBody(Schema):
    """Why one looks at personal values."""

    why = fields.String(required=True, validate=validate.OneOf(tuple(WHY)))
    words = text("Needed with `other`", validate=validate.Length(max=200))


class MergeBody(Schema):
    """Into which case, and why."""

    into = text("Number of the case that goes on", required=True)
    reason = fields.String(required=True)


class UrgeBody(Schema):
    """What to say, if anything."""

    words = fields.String()


class WatchBody(Schema):
    """Whether to be told of each step."""

    on = fields.Boolean(required=True)


class ReadBody(Schema):
    """Which alert; all of them without an id."""

    id = fields.Integer()
