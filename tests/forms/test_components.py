"""Each component: what a page posts, what the API sends, what is kept of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from app import forms
from app.errors import Invalid
from app.forms import patterns
from app.web.grid import grid

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
REAL = sorted((ROOT / "forms").glob("*/*.form"))
ROW = {
    "type": "dynamiclist",
    "id": "l",
    "path": "case.papers",
    "label": "材料",
    "components": [
        {"type": "textfield", "id": "lk", "key": "about.kind", "label": "名称"},
        {"type": "checkbox", "id": "lo", "key": "original", "label": "原件"},
        {
            "type": "textfield",
            "id": "lw",
            "key": "why",
            "label": "缘由",
            "conditional": {"hide": "=this.original = true"},
        },
    ],
}


def form(*components: dict[str, Any]) -> forms.Form:
    """A form of some components."""
    return forms.read({"id": "x.y", "components": list(components)})


def one(kind: str, **more: Any) -> forms.Form:
    """A form of one component, called v."""
    return form({"type": kind, "id": "v", "key": "v", "label": "值", **more})


def kept(made: forms.Form, sent: dict[str, Any], money: str = "fen", **scope: Any) -> Any:
    """What is kept of what was sent."""
    files = {"a", "b"}
    return forms.read_answers(
        made, sent, scope, now=NOW, money=money, files=lambda f: f if f in files else None
    ).values


def faults(made: forms.Form, sent: dict[str, Any], money: str = "fen", **scope: Any) -> set[str]:
    """Names of fields that are refused."""
    with pytest.raises(Invalid) as caught:
        kept(made, sent, money, **scope)
    return set(caught.value.fields)


def test_a_taglist_keeps_several_of_its_options() -> None:
    tags = one("taglist", values=["甲", "乙", "丙"])
    assert kept(tags, {"v": ["丙", "甲", "丙"]}, "yuan") == {"v": ["丙", "甲"]}
    assert kept(tags, {"v": "甲"}, "yuan") == {"v": ["甲"]}
    assert faults(tags, {"v": ["丁"]}) == {"v"}
    assert faults(tags, {"v": [["甲"]]}) == {"v"}


def test_files_are_named_by_an_id_that_is_there() -> None:
    assert kept(one("filepicker", multiple=True), {"v": ["a", "b"]}) == {"v": ["a", "b"]}
    assert kept(one("filepicker"), {"v": "a"}) == {"v": "a"}
    assert faults(one("filepicker"), {"v": "none"}) == {"v"}
    assert faults(one("filepicker", validate={"required": True}), {"_shown": "v"}, "yuan") == {"v"}


def test_a_table_shows_money_in_yuan_and_takes_no_answer() -> None:
    table = form(
        {
            "type": "table",
            "id": "t",
            "label": "欠费",
            "dataSource": "=bills",
            "columns": [{"label": "金额", "key": "a"}],
            "properties": {"money": "a"},
        }
    )
    drawn = forms.view(table, {"bills": [{"a": 10011}]}, now=NOW).fields[0]
    assert drawn.cells == (("100.11",),)
    assert faults(table, {"bills": [{"a": 1}]}) == {"bills"}


def test_rows_are_read_under_nested_names_and_hide_by_row() -> None:
    sent = {
        "_shown": ["case.papers", "case.papers[0].original", "case.papers[1].original"],
        "case.papers[0].about.kind": "证",
        "case.papers[0].original": "true",
        "case.papers[1].why": "遗失",
    }
    assert kept(form(ROW), sent, "yuan") == {
        "case": {
            "papers": [
                {"about": {"kind": "证"}, "original": True},
                {"original": False, "why": "遗失"},
            ]
        }
    }
    sent["case.papers[0].why"] = "x"
    assert faults(form(ROW), sent, "yuan") == {"case.papers[0].why"}


def test_rows_come_and_go_and_the_last_one_stays_away() -> None:
    def rows(**sent: Any) -> int:
        scope = {"case": {"papers": [{"why": "x"}]}}
        drawn = forms.view(form(ROW), scope, sent, now=NOW)
        return len(drawn.fields[0].rows)

    shown = {"_shown": "case.papers", "case.papers[0].why": "x"}
    assert rows(**shown, _add="case.papers") == 2
    assert rows(**shown, _remove="case.papers[0]") == 0
    assert rows(_shown="case.papers") == 0
    assert rows(**shown, _remove="case.papers[x]") == 1


def test_too_many_rows_are_refused() -> None:
    assert faults(form(ROW), {"case": {"papers": [{}] * 5000}}) == {"case.papers"}


def test_computed_fields_follow_one_another() -> None:
    chain = form(
        {"type": "expression", "id": "c", "key": "c", "expression": "=b + 1"},
        {"type": "expression", "id": "b", "key": "b", "expression": "=a * 2"},
        {"type": "number", "id": "a", "key": "a", "label": "甲"},
    )
    assert kept(chain, {"a": 4}) == {"a": 4, "b": 8, "c": 9}
    assert kept(chain, {"a": 4, "b": 8}) == {"a": 4, "b": 8, "c": 9}
    assert faults(chain, {"a": 4, "b": 80}) == {"b"}


@pytest.mark.parametrize("lock", [True, "=true"])
def test_a_fixed_field_comes_back_unchanged_or_is_refused(lock: Any) -> None:
    fixed = form(
        {"type": "number", "id": "a", "key": "a", "label": "甲", "readonly": lock},
        {"type": "expression", "id": "b", "key": "b", "expression": "=a * 2"},
    )
    assert kept(fixed, {}, a=4)["b"] == 8
    assert kept(fixed, {"a": 4}, a=4) == {"a": 4, "b": 8}
    assert kept(fixed, {"a": ""}, a=4) == {"a": 4, "b": 8}
    assert faults(fixed, {"a": 5}, a=4) == {"a"}


def test_personal_values_that_are_fixed_are_masked_until_asked_for() -> None:
    person = one("textfield", readonly=True, properties={"pii": "true", "check": "resident_id"})
    scope = {"v": "430102199003070121"}
    assert forms.view(person, scope, now=NOW).fields[0].value != scope["v"]
    assert forms.view(person, scope, now=NOW, unmasked=True).fields[0].value == scope["v"]


@given(st.integers(-(10**12), 10**12))
def test_money_goes_to_the_page_and_back(fen: int) -> None:
    money = one("number", properties={"money": "true"})
    text = forms.view(money, {"v": fen}, now=NOW).fields[0].value
    assert kept(money, {"v": text}, "yuan") == {"v": fen}


@pytest.mark.parametrize(
    ("typed", "fen"), [("１，２３４．５０", 123450), ("￥0.1", 10), ("7", 700)]
)
def test_money_is_read_as_clerks_type_it(typed: str, fen: int) -> None:
    assert kept(one("number", properties={"money": "true"}), {"v": typed}, "yuan") == {"v": fen}


@pytest.mark.parametrize("typed", ["0.001", "1e5", "十", "1" * 20, "NaN"])
def test_money_that_is_none_is_refused(typed: str) -> None:
    assert faults(one("number", properties={"money": "true"}), {"v": typed}, "yuan") == {"v"}


@pytest.mark.parametrize(
    "typed",
    ["20261123", "2026-11-23", "2026/11/23", "2026年11月23日", "２０２６１１２３", "2026.11.23"],
)
def test_days_are_read_as_clerks_type_them(typed: str) -> None:
    assert kept(one("datetime"), {"v": typed}, "yuan") == {"v": "2026-11-23"}


@pytest.mark.parametrize("typed", ["2026-02-30", "2026113", "26-11-23", "2026x11x23", "今天"])
def test_days_that_are_none_are_refused(typed: str) -> None:
    assert faults(one("datetime"), {"v": typed}) == {"v"}


@pytest.mark.parametrize(
    ("typed", "held"), [("0930", "09:30"), ("9：30", "09:30"), ("9点30分", "09:30")]
)
def test_times_are_read_as_clerks_type_them(typed: str, held: str) -> None:
    assert kept(one("datetime", subtype="time"), {"v": typed}, "yuan") == {"v": held}
    both = kept(one("datetime", subtype="datetime"), {"v": f"20261123 {typed}"}, "yuan")
    assert both == {"v": f"2026-11-23T{held}+08:00"}


def test_rare_characters_are_kept_and_broken_ones_refused() -> None:
    assert kept(one("textfield"), {"v": "㛃𠮷"}) == {"v": "㛃𠮷"}
    assert faults(one("textfield"), {"v": "\ud842"}) == {"v"}


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*x", "(?=a)a", r"(a)\1", ".*.*.*x"])
def test_hostile_patterns_are_refused_in_time(pattern: str) -> None:
    before = time.perf_counter()
    assert patterns.fault(pattern) is not None
    assert faults(one("textfield", validate={"pattern": pattern}), {"v": "a" * 1900}) == {"v"}
    assert time.perf_counter() - before < 1


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "kind", "0", "why", "x.y"]), inner, max_size=3)
    ),
    max_leaves=8,
)
WIDE = form(
    {"type": "textfield", "id": "t", "key": "t.a", "label": "文字"},
    {"type": "number", "id": "n", "key": "n", "label": "数"},
    {"type": "datetime", "id": "d", "key": "d", "label": "日"},
    {"type": "checkbox", "id": "c", "key": "c", "label": "是"},
    {"type": "radio", "id": "r", "key": "r", "label": "选", "values": ["a", "0"]},
    {"type": "taglist", "id": "g", "key": "g", "label": "多选", "values": ["a", "0"]},
    {"type": "filepicker", "id": "f", "key": "f", "label": "文件"},
    {
        "type": "textfield",
        "id": "h",
        "key": "h",
        "label": "藏",
        "conditional": {"hide": "=c != true"},
    },
    ROW,
)
NAMES = ["t", "t.a", "n", "d", "c", "r", "g", "f", "h", "case", "case.papers", "case.papers[0].why"]
NAMES += ["zzz", "_add", "_remove", "_shown", "[0]", ""]
anything = st.dictionaries(st.sampled_from(NAMES), json, max_size=6)


@settings(max_examples=150, deadline=None)
@given(anything, st.sampled_from(["yuan", "fen"]))
def test_whatever_is_sent_is_right_or_invalid(sent: dict[str, Any], money: str) -> None:
    try:
        values = kept(WIDE, sent, money)
    except Invalid:
        return
    assert set(values) <= {variable.key for variable in WIDE.fields}
    assert values.get("c") is True or "h" not in values
    assert forms.marshmallow_schema(WIDE)().validate(values) == {}


def _is_blank(value: Any) -> bool:
    """Nothing, or what holds nothing at any depth: an empty row is let go with what is in it."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return all(map(_is_blank, inner))
    return value in ("", None)


@given(anything)
def test_what_the_schema_refuses_is_refused(sent: dict[str, Any]) -> None:
    schema = forms.marshmallow_schema(WIDE)()
    clean = {name: value for name, value in sent.items() if name in {"r", "d", "n", "zzz"}}
    # An unknown name without a value is what a page sends for nothing: it is let go, not kept.
    blank = {
        name
        for name, value in clean.items()
        if _is_blank(value) and (value is not None or name == "zzz")
    }
    if schema.validate(clean).keys() - blank:
        with pytest.raises(Invalid):
            kept(WIDE, clean)


@pytest.mark.parametrize("path", REAL, ids=lambda p: f"{p.parent.name}.{p.stem}")
@pytest.mark.parametrize("english", [False, True])
def test_every_shipped_form_draws(path: Path, english: bool) -> None:
    page = Environment(loader=FileSystemLoader(ROOT / "app" / "web" / "templates"), autoescape=True)
    page.filters["say"] = str
    page.globals.update(
        t=lambda text, **_: text, grid_of=grid, most_upload=lambda: 20, photo_pixels=lambda: 0
    )
    source = '{% import "forms/fields.html" as f with context %}{{ f.draw(view) }}'
    drawn = forms.view(forms.read(path.read_bytes()), {}, now=NOW, english=english)
    html = Markup(page.from_string(source).render(view=drawn))
    asked = [item for item in drawn.fields if item.kind in {"textfield", "select"}]
    assert all(f'id="{item.id}"' in html for item in asked)
    assert forms.lint(path.read_bytes(), path.name) == []
