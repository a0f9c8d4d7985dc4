"""A new procedure is new files only: this names the one that is missing."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from lxml import etree

from app import engine, feel, forms

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
