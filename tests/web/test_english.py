"""Every text that a person may read is said in English too, with the same places in it."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from flask import Flask
from lxml import etree

import app
from app import registry
from app.errors import Problem
from app.registry import demo
from app.texts import beside, english
from app.web import told
from tests.web.counter import at_desk

HERE = Path(app.__file__).parent
ROOT = HERE.parent
EVENTS = ("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent")
# What customers and the register say, and the switch to Chinese.
THEIRS = {"中文", "林栖", "阮清和", "总部", "居民生活"}
PLACE = re.compile(r"{(\w*)}")


def marked() -> dict[str, str]:
    """Template of every ``T("…")`` → where it stands."""
    found = {}
    for file in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "T" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found[str(first.value)] = f"{file.relative_to(HERE)}:{node.lineno}"
    return found


def kinds_of(kind: type[Problem]) -> Iterator[type[Problem]]:
    """All problems of the application: their docstrings are their default texts."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from kinds_of(narrower)


@pytest.fixture(autouse=True)
def _anew() -> None:
    english.cache_clear()
    beside.cache_clear()


def test_every_marked_text_is_said_in_english() -> None:
    missing = {place: text for text, place in marked().items() if text not in english()}
    assert len(marked()) > 400
    assert missing == {}


def test_every_problem_is_said_in_english() -> None:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        importlib.import_module(module.name)
    ours = [kind for kind in kinds_of(Problem) if kind.__module__.startswith("app.")]
    silent = [kind.__name__ for kind in ours if (kind.__doc__ or "").strip() not in english()]
    assert len(ours) > 9
    assert silent == []


def authored_texts() -> Iterator[str]:
    """What drawings and forms say to colleagues: names, milestones, labels, options, texts."""
    for file in sorted((ROOT / "processes").glob("*.bpmn")):
        root = etree.parse(file).getroot()
        for kind in ("process", "userTask", "callActivity", "serviceTask", *EVENTS):
            yield from (e.get("name") for e in root.iter(f"{{*}}{kind}") if e.get("name"))
        yield from (
            p.get("value") for p in root.iter("{*}property") if p.get("name") == "milestone"
        )
    for file in sorted((ROOT / "forms").rglob("*.form")):
        yield from of_components(json.loads(file.read_text())["components"])


def of_components(components: list[dict[str, Any]]) -> Iterator[str]:
    for one in components:
        if not (one.get("properties") or {}).get("label_en"):
            yield one.get("label") or ""
        yield from (one.get(name) or "" for name in ("text", "description"))
        yield from (each["label"] for name in ("values", "columns") for each in one.get(name) or [])
        yield from of_components(one.get("components") or [])


def test_every_text_of_drawings_and_forms_is_said_in_english() -> None:
    said = {text for text in authored_texts() if re.search(r"[\u4e00-\u9fff]", text)}
    assert len(said) > 200
    assert sorted(said - set(beside())) == []
    pieces = re.compile(r"{{.*?}}", re.S)
    wrong = [t for t in said if sorted(pieces.findall(t)) != sorted(pieces.findall(beside()[t]))]
    assert wrong == []


@pytest.mark.usefixtures("furnished")
def test_an_english_page_has_no_chinese_of_ours(desk: Flask) -> None:
    """The pages of a case, read by a clerk who chose English: Chinese is what people entered."""
    lin = at_desk(desk, "linqi")
    lin.client.set_cookie("lang", "en")
    begun = lin.case("meter_transfer", account_no=demo.KNOWN["clean_sale"])
    task, number = begun.tasks[0].id, begun.number
    address = registry.account(demo.KNOWN["clean_sale"]).service_point.address
    theirs = THEIRS | set(re.findall(r"[\u4e00-\u9fff]{2,}", address))
    left = {}
    for path in ("/", "/work", "/start", "/start/meter_transfer", "/cases", "/reminders", "/me",
                 f"/tasks/{task}", f"/cases/{number}", f"/cases/{number}?tab=timeline",
                 f"/cases/{number}?tab=why", f"/cases/{number}?tab=diagram",
                 f"/cases/{number}/look", f"/tasks/{task}/send-back"):  # fmt: skip
        text = spoken(lin.page(path))
        if found := sorted(set(re.findall(r"[\u4e00-\u9fff]{2,}", text)) - theirs):
            left[path] = found
    assert left == {}


def spoken(page: str) -> str:
    """What a page says, without what customers entered and what is said to them."""
    tree = lxml.html.fromstring(page)
    for gone in tree.xpath("//script | //*[@data-marks] | //*[contains(@class, 'phrase')]"):
        gone.drop_tree()
    return str(tree.text_content())


def test_both_languages_have_the_same_places() -> None:
    differing = [
        chinese
        for chinese, said in english().items()
        if set(PLACE.findall(chinese)) != set(PLACE.findall(said))
    ]
    assert differing == []


def test_no_text_is_told_twice() -> None:
    files = (HERE / "translations" / "en.po", ROOT / "processes" / "en.po")
    for file in files:
        told = re.findall(r'^msgid "(.+)"$', file.read_text(), re.M)
        assert sorted({one for one in told if told.count(one) > 1}) == []


def test_every_deed_of_a_case_is_said_in_english() -> None:
    assert {*told.DEEDS.values(), *told.EFFECTS.values()} - set(english()) == set()
