"""Definitions: versions of drawings, decisions and forms, and the releases that bind them."""

from __future__ import annotations

from app.definitions.deploy import Deployment, check, deploy, offer
from app.definitions.files import read_folder
from app.definitions.library import (
    content,
    drawing,
    element,
    form,
    library,
    print_template,
    process,
    shelf,
    version,
)
from app.definitions.models import (
    DecisionVersion,
    DefinitionFile,
    ProcedureVersion,
    Publication,
    Release,
)
from app.definitions.reading import (
    Published,
    current_release,
    live_starts,
    missing_services,
    published,
    published_one,
    startable,
    words,
)
from app.definitions.reasons import Row, flow, table
from app.definitions.start_timers import due_after, says

__all__ = [
    "DecisionVersion",
    "DefinitionFile",
    "Deployment",
    "ProcedureVersion",
    "Publication",
    "Published",
    "Release",
    "Row",
    "check",
    "content",
    "current_release",
    "deploy",
    "drawing",
    "due_after",
    "element",
    "flow",
    "form",
    "library",
    "live_starts",
    "missing_services",
    "offer",
    "print_template",
    "process",
    "published",
    "published_one",
    "read_folder",
    "says",
    "shelf",
    "startable",
    "table",
    "version",
    "words",
]
