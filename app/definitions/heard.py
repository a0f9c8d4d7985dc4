"""Which messages a release's drawings catch, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.engine import safexml, triggers

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CATCHING = ("startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask")
# Procedure and element.
Place = tuple[str, str]


def heard(files: Mapping[str, bytes]) -> dict[str, list[Place]]:
    """Message → the elements that catch it, those that open a case among them."""
    found: dict[str, list[Place]] = {}
    for name, content in files.items():
        if name.endswith(".bpmn"):
            for message, place in _of_drawing(content):
                found.setdefault(message, []).append(place)
    return found


def _of_drawing(content: bytes) -> Iterator[tuple[str, Place]]:
    root = safexml.parse(content)
    roots = {child.get("id"): child for child in root}
    for process in root.findall(f"{BPMN}process"):
        if process.get("isExecutable", "true") not in ("true", "1"):
            continue
        for node in process.iter(*(f"{BPMN}{tag}" for tag in CATCHING)):
            for event in triggers.read_events(node, roots):
                if event.kind == "message" and event.name:
                    yield event.name, (str(process.get("id")), str(node.get("id")))
