"""What explains a way taken: rows of decision tables, flows and their targets, by their ids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.definitions.library import content
from app.engine import safexml

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@dataclass(frozen=True)
class Row:
    """A row of a decision table: its place (from 1), cells by label, the author's remark."""

    number: int
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    remark: str


@dataclass(frozen=True)
class Table:
    """A decision's name and the rows of its table by their ids; none for other logic."""

    name: str
    rows: dict[str, Row]


def table(release_id: int, decision: str) -> Table:
    """The table of a decision as it is in a release; empty when there is none."""
    for name, text in content(release_id).files.items():
        if name.endswith(".dmn"):
            found = _tables(text).get(decision)
            if found is not None:
                return found
    return Table(decision, {})


@lru_cache(maxsize=256)
def _tables(text: bytes) -> dict[str, Table]:
    root = safexml.parse(text)
    return {str(d.get("id")): _table(d) for d in root.findall("{*}decision")}


def _table(decision: Any) -> Table:
    rules = decision.findall("{*}decisionTable/{*}rule")
    heads = [_heads(decision, kind) for kind in ("input", "output")]
    rows = {str(r.get("id")): _row(n, r, *heads) for n, r in enumerate(rules, 1)}
    return Table(decision.get("name") or decision.get("id"), rows)


def _heads(decision: Any, kind: str) -> list[str]:
    found = decision.findall(f"{{*}}decisionTable/{{*}}{kind}")
    return [h.get("label") or h.get("name") or h.findtext("{*}inputExpression/{*}text") or ""
            for h in found]  # fmt: skip


def _row(number: int, rule: Any, inputs: list[str], outputs: list[str]) -> Row:
    remarks = (e.findtext("{*}text") for e in rule.findall("{*}annotationEntry"))
    return Row(
        number,
        _cells(inputs, rule.findall("{*}inputEntry")),
        _cells(outputs, rule.findall("{*}outputEntry")),
        "；".join(text for text in remarks if text),
    )


def _cells(labels: list[str], entries: Any) -> tuple[tuple[str, str], ...]:
    texts = ((e.findtext("{*}text") or "").strip() for e in entries)
    return tuple((a, text) for a, text in zip(labels, texts, strict=False) if text not in ("", "-"))


def flow(release_id: int, procedure: str, flow_id: str) -> tuple[str, str]:
    """A sequence flow's name and the id of the element that it leads to; "" when unknown."""
    text = content(release_id).files.get(f"processes/{procedure}.bpmn", b"")
    return _flows(text).get(flow_id, ("", ""))


@lru_cache(maxsize=256)
def _flows(text: bytes) -> dict[str, tuple[str, str]]:
    if not text:
        return {}
    root = safexml.parse(text)
    found = root.iter(f"{BPMN}sequenceFlow")
    return {str(f.get("id")): (f.get("name") or "", f.get("targetRef") or "") for f in found}
