"""What reads an expression: one run over its tree, with the names in sight and the problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.engine.check.kinds import ANY, Type, said
from app.feel.syntax import Tree
from app.texts import T, Text

Names = Callable[[str], Type]
CUT = "…"  # where the tree was too deep to tell
NOT_TERMS = frozenset(["(", ")", "[", "]", "{", "}", ".", "..", ",", "⚠"])


@dataclass(frozen=True, slots=True)
class Problem:
    """``start``: the character in the expression, from 0; the rest as of a finding."""

    start: int
    rule: str
    severity: str
    text: Text


@dataclass(slots=True)
class Inference:
    """One expression being read. ``names`` gives the type of a variable."""

    names: Names
    problems: list[Problem] = field(default_factory=list)

    def error(self, node: Tree, text: Text, rule: str = "types") -> None:
        self.problems.append(Problem(node.start, rule, "error", text))

    def warn(self, node: Tree, text: Text, rule: str) -> None:
        self.problems.append(Problem(node.start, rule, "warning", text))

    def of(self, node: Tree | None, names: Names | None = None) -> Type:
        """The type of a part, with other names in sight if given."""
        if node is None:
            return ANY
        before = self.names
        self.names = names or before
        try:
            reader = readers.get(node.kind)
            return reader(self, node) if reader else self._plain(node)
        finally:
            self.names = before

    def _plain(self, node: Tree) -> Type:
        """A node that only stands around another, or one of an unknown kind."""
        inner = terms(node)
        types = [self.of(child) for child in inner]
        return types[0] if len(types) == 1 and node.kind in AROUND else ANY


AROUND = frozenset(
    [
        "Expression",
        "ParenthesizedExpression",
        "FunctionBody",
        "PositiveUnaryTest",
        "IterationContext",
    ]
)


def terms(node: Tree) -> list[Tree]:
    """Children without signs and words of the grammar."""
    return [c for c in node.inner if c.kind not in NOT_TERMS and (c.inner or c.kind in LEAVES)]


LEAVES = frozenset(
    [CUT, "NumericLiteral", "StringLiteral", "BooleanLiteral", "null", "PositionalParameters"]
)


def with_names(outer: Names, own: dict[str, Type]) -> Names:
    return lambda name: own[name] if name in own else outer(name)


def must_be_boolean(run: Inference, node: Tree, type_: Type) -> None:
    if type_.known and type_.kind not in ("boolean", "null"):
        text = T("“{text}”是{kind}，此处要的是“是”或“否”", text=node.text, kind=said(type_))
        run.error(node, text)


readers: dict[str, Callable[[Inference, Tree], Type]] = {}
