"""FEEL and DMN in V8: expressions of all who need them. Strict: nothing wrong passes silently."""

from app.feel.decisions import Decision, DecisionResult, Finding, decide
from app.feel.dmn import read_dmn, read_dmn_files
from app.feel.expressions import (
    Parsed,
    condition,
    evaluate,
    evaluate_at,
    evaluate_each,
    evaluate_many,
    parse,
    unary,
)
from app.feel.faults import FeelError, Warned
from app.feel.pool import make_ready

__all__ = [
    "Decision",
    "DecisionResult",
    "FeelError",
    "Finding",
    "Parsed",
    "Warned",
    "condition",
    "decide",
    "evaluate",
    "evaluate_at",
    "evaluate_each",
    "evaluate_many",
    "make_ready",
    "parse",
    "read_dmn",
    "read_dmn_files",
    "unary",
]
