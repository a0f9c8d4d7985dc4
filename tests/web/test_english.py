"""Every text that a person may read is said in English too, with the same places in it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from app.errors import Problem
from app.texts import english
from app.web import told

HERE = Path(app.__file__).parent
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


def test_both_languages_have_the_same_places() -> None:
    differing = [
        chinese
        for chinese, said in english().items()
        if set(PLACE.findall(chinese)) != set(PLACE.findall(said))
    ]
    assert differing == []


def test_no_text_is_told_twice() -> None:
    told = re.findall(r'^msgid "(.+)"$', (HERE / "translations" / "en.po").read_text(), re.M)
    assert sorted({one for one in told if told.count(one) > 1}) == []


def test_every_deed_of_a_case_is_said_in_english() -> None:
    assert {*told.DEEDS.values(), *told.EFFECTS.values()} - set(english()) == set()
