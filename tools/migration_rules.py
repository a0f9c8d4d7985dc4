"""What a migration may do while the release before still runs (docs/scale.md): read off its text.

``expand`` adds; ``contract`` takes away what no running release uses any more. Neither may keep
those at work waiting: indexes of tables that are in use are made beside the work, constraints NOT
VALID and validated later, rows filled in portions by a job.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Migrations before stand as they are: they were released together with what they changed.
FIRST = "0036"
PHASES = ("expand", "contract")
NAME = r'(?:ONLY\s+|IF\s+(?:NOT\s+)?EXISTS\s+)*"?(?P<name>[a-z_0-9]+)"?'
# Of tables that are in use: what every migration must leave.
NEVER = {
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+[^;(]*?\sON\s+(?!ONLY\b)" + NAME:
        "an index of a table in use is made by migrations/indexes.py",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bADD\s+CONSTRAINT(?![^;]*NOT\s+VALID)[^;]*"
    r"(?:CHECK|FOREIGN|REFERENCES)": "a constraint is added NOT VALID, and validated later",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bADD\s+CONSTRAINT[^;]*?(?:UNIQUE|PRIMARY\s+KEY)"
    r"(?!\s+USING\s+INDEX)": "a key is made of an index that stands: USING INDEX",
    r"(?:UPDATE|DELETE\s+FROM)\s+" + NAME: "rows are filled in portions by a job, not here",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bTYPE\b": "a column keeps its type: add another one",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bSET\s+NOT\s+NULL":
        "NOT NULL is a CHECK, NOT VALID first",
    r"TRUNCATE\s+(?:TABLE\s+)?" + NAME: "nothing that is in use is emptied",
}  # fmt: skip
# What the release before would miss.
EXPAND = {
    r"DROP\s+(?:TABLE|VIEW|SCHEMA|TYPE|FUNCTION|SEQUENCE)\s+" + NAME:
        "what the release before uses is dropped by a contract",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bDROP\s+(?:COLUMN|DEFAULT)":
        "what the release before uses is dropped by a contract",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bRENAME\b":
        "nothing is renamed: add, fill, and drop by a contract",
    r"ALTER\s+TABLE\s+" + NAME + r"[^;]*?\bADD\s+(?:COLUMN\s+)?[a-z_]+\s+[a-z]+(?![^;,]*DEFAULT)"
    r"[^;,]*NOT\s+NULL": "the release before fills no new column: give it a DEFAULT",
    r"REVOKE\s+(?P<name>\w+)": "the release before keeps its rights",
}  # fmt: skip


def faults(file: Path) -> list[str]:
    """What is wrong with a migration, a sentence each; those before the rules have none."""
    if file.name < FIRST:
        return []
    tree = ast.parse(file.read_text("utf-8"))
    phase = _phase(tree)
    if phase not in PHASES:
        return [f'{file.name}: say phase = "expand" or phase = "contract"']
    text = "\n;".join(_statements(tree))
    made = set(re.findall(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?([a-z_0-9]+)", text))
    rules = {**NEVER, **(EXPAND if phase == "expand" else {})}
    found = [f"{file.name}: op.{name}: write it as SQL" for name in _other_calls(tree)]
    return found + [f"{file.name}: {why}" for why in _broken(text, made, rules)]


def _broken(text: str, made: set[str], rules: dict[str, str]) -> Iterator[str]:
    for pattern, why in rules.items():
        if any(one["name"] not in made for one in re.finditer(pattern, text, re.IGNORECASE)):
            yield why


def _phase(tree: ast.Module) -> object:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "phase":
            return getattr(node.value, "value", None)
    return None


def _parts(tree: ast.Module) -> Iterator[ast.stmt]:
    """All but the way back, which nobody takes while others work."""
    docstring = tree.body[0] if ast.get_docstring(tree) else None
    for node in tree.body:
        if node is not docstring and getattr(node, "name", "") != "downgrade":
            yield node


def _statements(tree: ast.Module) -> Iterator[str]:
    for part in _parts(tree):
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"--[^\n]*", "", node.value)


def _other_calls(tree: ast.Module) -> list[str]:
    called = [
        node.func.attr
        for part in _parts(tree)
        for node in ast.walk(part)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "op"
    ]
    return sorted({*called} - {"execute", "get_context"})
