"""The shapes of a case's papers, for the OpenAPI."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.shapes import moment, text


class Paper(Schema):
    """A paper of a case."""

    kind = fields.String(required=True)
    title = fields.String()
    mode = text("original, copy, checked, commitment (promised), shared, file or missing")
    received = fields.Boolean()
    pages = fields.Integer()
    files = fields.List(fields.String(), metadata={"description": "Ids of its files"})
    due = fields.Date(
        allow_none=True, metadata={"description": "Day until which a promised one must come"}
    )
    source = text("Where shared data come from", null=True)
    late = moment("Since when a broken promise is on record", null=True)
    put = moment("When it was written down", null=True)


class Papers(Schema):
    """The papers of a case as they are now."""

    items = fields.List(fields.Nested(Paper), required=True)
