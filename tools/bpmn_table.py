"""Write ``docs/bpmn.md`` from the table that the check decides by: ``python -m tools.bpmn_table``.

What holds a row: of what runs, the drawings of the library in which it stands; of what is refused,
the test that names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lxml import etree

from app.engine import support
from app.engine.check.finding import Sheet
from app.engine.check.unsupported import place
from app.engine.marks import BPMN, ZEEBE, local

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "tests" / "engine" / "library"
PAGE = ROOT / "docs" / "bpmn.md"
NOTES = ROOT / "docs" / "bpmn-notes.md"
SHOWN = 2
REFUSED = "tests/engine/test_invalid.py::"
ROWS = "tests/engine/test_rows.py::"
CALLS = "tests/engine/test_calls.py::test_assignment_and_due_dates"
# Rows that no drawing of the library is about.
HELD = {
    "callActivity@calledElement": f"{ROWS}test_a_call_by_the_standards_own_attribute",
    "globalTask": f"{ROWS}test_a_global_task_is_done_in_the_place_of_its_call",
    "globalManualTask": f"{ROWS}test_a_global_task_is_done_in_the_place_of_its_call",
    "globalBusinessRuleTask": f"{ROWS}test_a_global_task_is_done_in_the_place_of_its_call",
    "event start beside: multiple": f"{ROWS}test_a_multiple_start_beside_its_scope",
    "event start beside: parallel multiple": f"{ROWS}test_a_multiple_start_beside_its_scope",
    "zeebe:formDefinition": CALLS,
    "zeebe:assignmentDefinition": CALLS,
    "zeebe:assignmentDefinition@candidateGroups": CALLS,
    "zeebe:taskSchedule": CALLS,
    "zeebe:taskSchedule@dueDate": CALLS,
}
DRAWN = "tests/engine/test_schema.py::test_what_is_only_drawn_is_taken"
HEAD = """# What the engine runs of BPMN 2.0.2

*Written by `python -m tools.bpmn_table` from the table by which the check decides
(`app/engine/support_table.py`) and `docs/bpmn-notes.md`; a test holds it current.*

The dialect is that of Camunda 8 (`zeebe:` extensions, FEEL everywhere). Files of the desktop
modeler and of the modeler in the browser are the same files. `flask processes check FILE…` names
everything below that is refused, with file, element, rule and reason; nothing that is not run
rightly is passed over in silence. Where SpiffWorkflow itself is wrong, and the test that holds
each row, is [decision 004](decisions/004-bare-engine.md).
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page() -> str:
    """The whole page as it should stand."""
    parts = [HEAD, _counts(), *_tables(), NOTES.read_text(encoding="utf-8")]
    return "\n".join(parts)


def _counts() -> str:
    rows = support.all_rows()
    found = Counter(str(row.verdict) for row in rows)
    lines = [f"| {verdict} | {found[verdict]} |" for verdict in MEANING]
    legend = [f"- **{verdict}**: {meaning}" for verdict, meaning in MEANING.items()]
    head = [
        f"Of {len(rows)} elements, attributes and places:",
        "",
        "| Verdict | Rows |",
        "|---|---|",
    ]
    return "\n".join([*head, *lines, "", *legend, ""])


MEANING = {
    "runs": "does what the standard and decision 005 say",
    "rewritten": "runs as something else that means the same",
    "documentation": "is drawn and kept, and does nothing; `told` when the check warns of it",
    "refused": "is an error of the check",
}


def _tables() -> Iterator[str]:
    rows = [row for row in support.ROWS if row.name not in support.ABSTRACT]
    core = [row for row in rows if not row.name.startswith("zeebe:")]
    yield _table("Elements and attributes", core)
    yield _table("Events by place and kind", list(support.EVENT_ROWS.values()))
    limits = [row for row in support.all_rows() if row.name in dict(support.LIMITS)]
    yield _table("Refused for how they stand", limits)
    yield _table("Extensions", [row for row in rows if row.name.startswith("zeebe:")])


def _table(title: str, rows: list[support.Row]) -> str:
    lines = [f"## {title}", "", "| What | Verdict | Notes | Held by |", "|---|---|---|---|"]
    lines += [
        f"| `{row.name}` | {_verdict(row)} | {_note(row)} | {'; '.join(_tests(row))} |"
        for row in rows
    ]
    return "\n".join([*lines, ""])


def _verdict(row: support.Row) -> str:
    return f"{row.verdict}, told" if row.told else row.verdict


def _note(row: support.Row) -> str:
    if row.verdict != "refused":
        return row.note
    return "; ".join(part for part in (row.note, row.reason.to("en")) if part)


def _tests(row: support.Row) -> list[str]:
    return [f"`{name}`" for name in tests(row)]


def tests(row: support.Row) -> list[str]:
    """What holds a row, as pytest names it; drawings by folder and name."""
    if row.verdict == "refused":
        return [REFUSED + _refusing(row)]
    found = drawings().get(row.name, ())
    if found:
        return [f"test_drawing[{name}]" for name in found[:SHOWN]]
    held = HELD.get(row.name, DRAWN if row.verdict == "documentation" else None)
    return [held] if held else []


def _refusing(row: support.Row) -> str:
    where = row.name.partition(":")[0]
    if where in support.PLACES:
        return "test_an_event_is_refused_where_the_table_says_so"
    if row.name in ("import", "collaboration/choreographyRef") or row.name.startswith("import@"):
        return "test_what_the_table_refuses_at_the_root_is_refused"
    if row.name.startswith(("choreography", "subChor", "callChor")) and row.name != "choreography":
        return "test_choreography_activities_have_no_place_in_a_process"
    return "test_what_the_table_refuses_is_refused"


@cache
def drawings() -> dict[str, list[str]]:
    """Row → drawings of the library in which it stands, by name."""
    found: dict[str, list[str]] = {}
    for file in sorted(LIBRARY.rglob("*.bpmn")):
        name = f"{file.parent.name}/{file.name.partition('.')[0]}"
        for row in _rows_in(file):
            names = found.setdefault(row, [])
            if name not in names:
                names.append(name)
    # A drawing in the folder that is about it says more than one where it merely stands.
    return {row: sorted(names, key=lambda n: not _about(row, n)) for row, names in found.items()}


def _about(row: str, drawing: str) -> bool:
    words = drawing.partition("/")[0].replace("_", "").rstrip("s").lower()
    return words in row.replace(" ", "").lower()


def _rows_in(file: Path) -> Iterator[str]:
    root = etree.parse(str(file), etree.XMLParser(remove_comments=True)).getroot()
    for element in root.iter(f"{{{BPMN}}}*", f"{{{ZEEBE}}}*"):
        for key in _keys(element):
            row = support.row(key)
            if row is not None:
                yield row.name
    yield from _events(Sheet(file.name, root, []))


def _keys(element: etree._Element) -> Iterator[str]:
    tag = local(element)
    if str(element.tag).startswith(f"{{{ZEEBE}}}"):
        tag = f"zeebe:{tag}"
    yield tag
    if element.getparent() is not None:
        yield f"{local(element.getparent())}/{tag}"
    for name, value in element.attrib.items():
        yield f"{tag}@{name}"
        yield f"{tag}@{name}={value}"
    if str(element.get("{http://www.w3.org/2001/XMLSchema-instance}type")).endswith(
        "FormalExpression"
    ):
        yield "formalExpression"


def _events(sheet: Sheet) -> Iterator[str]:
    for scope, node in sheet.nodes():
        if local(node).endswith("Event"):
            tags = [local(definition) for definition in sheet.definitions(node)]
            kind = support.kind(tags, node.get("parallelMultiple") in ("true", "1"))
            yield support.event(place(scope, node), kind).name


if __name__ == "__main__":
    main()
