"""Forms: one form-js schema, read once, drawn as a page and checked as data."""

from app.forms import sheets, xlsx_in, xlsx_out
from app.forms.answers import Answers, Check, Context, read_answers
from app.forms.drawing import html_id, view
from app.forms.drawn import Choice, Drawn, View, Wrong
from app.forms.linting import lint
from app.forms.model import CHOICES, Component, Form, Option, Variable
from app.forms.personal import apart, head, masked, personal_names
from app.forms.reading import read
from app.forms.rules import RowCheck
from app.forms.schema import json_schema, marshmallow_schema
from app.forms.typed import nested

__all__ = [
    "CHOICES",
    "Answers",
    "Check",
    "Choice",
    "Component",
    "Context",
    "Drawn",
    "Form",
    "Option",
    "RowCheck",
    "Variable",
    "View",
    "Wrong",
    "apart",
    "head",
    "html_id",
    "json_schema",
    "lint",
    "marshmallow_schema",
    "masked",
    "nested",
    "personal_names",
    "read",
    "read_answers",
    "sheets",
    "view",
    "xlsx_in",
    "xlsx_out",
]
