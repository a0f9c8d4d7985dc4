"""A new procedure is new files only: this names the one that is missing."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from lxml import etree

from app import engine, feel, forms, notices
from app.notices.wording import places_in

ROOT = Path(__file__).parents[1]
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
}
DRAWINGS = sorted(ROOT.glob("processes/*.bpmn"))
DECISIONS = sorted(ROOT.glob("processes/*.dmn"))
FORMS = sorted(ROOT.glob("forms/*/*.form"))
NODES = (
    "userTask",
    "serviceTask",
    "businessRuleTask",
    "scriptTask",
    "callActivity",
    "exclusiveGateway",
    "startEvent",
    "endEvent",
    "boundaryEvent",
    "intermediateThrowEvent",
    "subProcess",
    "intermediateCatchEvent",
    "eventBasedGateway",
    "parallelGateway",
)
CLAUSE_LIST = ROOT / "docs" / "clauses.md"

drawing = pytest.mark.parametrize("path", DRAWINGS, ids=lambda p: p.stem)


def tree(path):
    return etree.parse(path).getroot()


def values(path, expression):
    return [str(v) for v in tree(path).xpath(expression, namespaces=NS)]


def marks(path, name):
    found = values(path, f"//zeebe:property[@name='{name}']/@value")
    return {word for value in found for word in re.split(r"[\s,，]+", value) if word}


def offered(name):
    module = importlib.import_module(f"app.procedures.{name}")
    return {
        v.service.contract.name
        for v in vars(module).values()
        if hasattr(getattr(v, "service", None), "contract")
    }


@drawing
def test_a_drawing_is_named_like_its_file_and_in_chinese(path):
    assert values(path, "//bpmn:process/@id") == [path.stem]
    (name,) = values(path, "//bpmn:process/@name")
    assert re.search(r"[\u4e00-\u9fff]", name)


@drawing
def test_each_user_task_has_its_form(path):
    wanted = values(path, "//bpmn:userTask/@id")
    said = values(path, "//zeebe:formDefinition/@formId")
    assert sorted(said) == sorted(f"{path.stem}.{task}" for task in wanted)
    missing = [t for t in wanted if not (ROOT / "forms" / path.stem / f"{t}.form").exists()]
    assert not missing, f"{path.stem}: no form for {missing}"


@drawing
def test_each_service_task_has_its_function(path):
    types = values(path, "//zeebe:taskDefinition/@type")
    missing = [t for t in types if t not in offered(t.split(".")[0])]
    assert not missing, f"{path.stem}: no function for {missing}"


@drawing
def test_each_rule_has_its_decision(path):
    ids = values(path, "//zeebe:calledDecision/@decisionId")
    missing = [d for d in ids if not (ROOT / "processes" / f"{d}.dmn").exists()]
    assert not missing, f"{path.stem}: no decision {missing}"


@drawing
def test_each_drawing_has_a_module_and_a_test(path):
    assert (ROOT / "app" / "procedures" / f"{path.stem}.py").exists(), path.stem
    assert (ROOT / "tests" / "procedures" / f"test_{path.stem}.py").exists(), path.stem


@drawing
def test_everything_drawn_has_its_place_on_the_page(path):
    shown = set(values(path, "//bpmndi:*/@bpmnElement"))
    steps = " | ".join(f"//bpmn:{kind}/@id" for kind in (*NODES, "sequenceFlow"))
    assert set(values(path, steps)) <= shown


@drawing
def test_variables_are_ascii_and_calls_share_nothing_unasked(path):
    names = values(path, "//zeebe:input/@target | //zeebe:output/@target")
    names += values(path, "//zeebe:*/@resultVariable")
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    shared = values(path, "//zeebe:calledElement/@propagateAllParentVariables")
    shared += values(path, "//zeebe:calledElement/@propagateAllChildVariables")
    assert set(shared) <= {"false"}


@drawing
def test_clauses_are_known(path):
    text = CLAUSE_LIST.read_text()
    unknown = sorted(c for c in marks(path, "clause") if f"| {c} |" not in text)
    assert not unknown, f"{path.stem}: {unknown} not in {CLAUSE_LIST.name}"


@drawing
def test_prints_have_their_template_and_data(path):
    from app.cases.prints import TABLE

    for module in (ROOT / "app" / "procedures").glob("[a-z]*.py"):
        importlib.import_module(f"app.procedures.{module.stem}")
    for name in marks(path, "print") | marks(path, "print_at_start"):
        procedure, sheet = name.split(".")
        importlib.import_module(f"app.procedures.{procedure}")
        assert (ROOT / "forms" / procedure / f"{sheet}.typ").exists(), name
        assert name in TABLE, name


def contract_of(node):
    """The contract of the function behind a service task; None for other steps."""
    for name in node.xpath(".//zeebe:taskDefinition/@type", namespaces=NS):
        module = importlib.import_module(f"app.procedures.{name.split('.')[0]}")
        for value in vars(module).values():
            found = getattr(getattr(value, "service", None), "contract", None)
            if found is not None and found.name == name:
                return found
    return None


def sent(path):
    """Each step of a drawing that has a notice sent: its place, and what is mapped into it."""
    for node in tree(path).xpath("//bpmn:callActivity | //bpmn:serviceTask", namespaces=NS):
        called = node.xpath(".//zeebe:calledElement/@processId", namespaces=NS)
        contract = contract_of(node)
        if called == ["c_notify_customer"] or (contract and "notice" in contract.inputs):
            rows = node.xpath(".//zeebe:input", namespaces=NS)
            given = {row.get("target"): row.get("source") for row in rows}
            yield f"{path.stem}.{node.get('id')}", given


SENDERS = [path for path in DRAWINGS if path.stem != "c_notify_customer" and any(sent(path))]


@pytest.mark.parametrize("path", SENDERS, ids=lambda p: p.stem)
def test_what_is_sent_has_a_template_whose_places_are_filled(app, path):
    """A provider of short messages sends approved texts only, each known by its template."""
    known = {one.name: one for one in notices.templates()}
    common = {place.name for place in notices.COMMON}
    for where, given in sent(path):
        assert "values" in given, f"{where} sends words of its own"
        assert "text" not in given, f"{where} sends words of its own"
        names = re.findall(r'(?:^=|then |else )\s*"(\w+)"', given["notice"])
        assert names, f"{where}: {given['notice']}"
        for name in names:
            assert name in known, f"{where}: no template {name}"
            wanted = set(places_in(known[name].body.zh)) - common
            if given["values"].startswith("={"):
                filled = set(re.findall(r"(\w+):", given["values"]))
                assert wanted <= filled, f"{where}: {name} lacks {wanted - filled}"


def test_drawings_that_send_notices_are_found():
    assert {"new_connection", "meter_transfer", "low_income_review"} <= {p.stem for p in SENDERS}


@pytest.mark.parametrize("path", DECISIONS, ids=lambda p: p.stem)
def test_a_decision_is_named_like_its_file_and_reads_well(path):
    read = feel.read_dmn(path.read_bytes(), path.name)
    assert list(read) == [path.stem]
    assert read[path.stem].findings == ()


@pytest.mark.parametrize("path", FORMS, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_a_form_is_named_like_its_task_and_reads_well(path):
    form = forms.read(path.read_bytes())
    assert form.key == f"{path.parent.name}.{path.stem}"
    assert not [f for f in form.findings if f["severity"] == "error"]
    assert not [f for f in forms.lint(path.read_bytes(), path.name) if f["severity"] == "error"]
    assert (ROOT / "processes" / f"{path.parent.name}.bpmn").exists()
    # Photos of works and meters prove something: they stay as they were taken.
    photos = [c for c in form.walk() if c.type == "filepicker" and c.label.endswith("照片")]
    assert [c.key for c in photos if c.marks.get("original") is not True] == []


def test_the_server_side_check_finds_no_error():
    paths = [*DRAWINGS, *DECISIONS, *FORMS]
    found = engine.check({str(p.relative_to(ROOT)): p.read_bytes() for p in paths})
    errors = [(f.file, f.element, f.rule) for f in found if f.severity == "error"]
    assert not errors
