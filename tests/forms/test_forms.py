"""Forms: what is asked is what is accepted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from jinja2 import Environment, FileSystemLoader

from app import forms
from app.errors import Invalid
from app.web.grid import grid

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "id": "meter_transfer.accept",
    "components": [
        {
            "type": "select",
            "id": "a",
            "key": "reason",
            "label": "原因",
            "validate": {"required": True},
            "values": [
                {"label": "买卖", "value": "sale"},
                {"label": "继承", "value": "inheritance"},
            ],
        },
        {
            "type": "textfield",
            "id": "b",
            "key": "proof",
            "label": "公证书",
            "conditional": {"hide": '=reason != "inheritance"'},
            "validate": {"required": True},
        },
        {
            "type": "number",
            "id": "c",
            "key": "amount",
            "label": "金额",
            "properties": {"money": "true"},
        },
        {"type": "expression", "id": "e", "key": "double", "expression": "=amount * 2"},
        {"type": "text", "id": "t", "text": "欠费 **{{arrears | yuan}}** {{who}}"},
        {
            "type": "textfield",
            "id": "n",
            "key": "new_owner.name",
            "label": "姓名",
            "properties": {"pii": "true"},
        },
        {
            "type": "dynamiclist",
            "id": "d",
            "path": "papers",
            "label": "材料",
            "components": [{"type": "textfield", "id": "k", "key": "kind", "label": "名称"}],
        },
    ],
}
FORM = forms.read(SCHEMA)


def answers(given: dict[str, Any], money: str = "fen") -> dict[str, Any]:
    return forms.read_answers(FORM, given, {}, now=NOW, money=money).values


def faults(given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        answers(given)
    return caught.value.fields


def test_a_posted_page_becomes_variables() -> None:
    assert answers(
        {
            "reason": "sale",
            "amount": "１９２.22",
            "new_owner.name": " 言𠮷㛃 ",
            "papers[0].kind": "证",
            "papers[3].kind": "书",
        },
        "yuan",
    ) == {
        "reason": "sale",
        "amount": 19222,
        "double": 38444,
        "new_owner": {"name": "言𠮷㛃"},
        "papers": [{"kind": "证"}, {"kind": "书"}],
    }


def test_what_is_hidden_or_unknown_is_refused() -> None:
    assert faults({"reason": "sale", "proof": "x", "new_owner": {"sex": 1}}) == {
        "proof": "此项未要求填写",
        "new_owner.sex": "此项未要求填写",
    }


def test_what_a_condition_shows_must_be_answered() -> None:
    assert faults({"reason": "inheritance"}) == {"proof": "请填写公证书"}


@pytest.mark.parametrize("amount", ["12", 1.5, True])
def test_the_api_takes_whole_fen_only(amount: Any) -> None:
    assert "amount" in faults({"reason": "sale", "amount": amount})


def test_variables_say_what_is_personal() -> None:
    assert {v.key for v in FORM.fields if v.pii} == {"new_owner"}


def test_values_of_a_case_never_become_tags() -> None:
    drawn = forms.view(FORM, {"arrears": 19222, "who": "<b>*x*"}, now=NOW)
    text = next(str(i.html) for i in drawn.fields if i.kind == "text")
    assert text == "<p>欠费 <strong>192.22</strong> &lt;b&gt;*x*</p>"
    assert "proof" not in {i.name for i in drawn.fields}
    again = forms.view(FORM, {}, {"reason": "inheritance"}, now=NOW)
    assert "proof" in {i.name for i in again.fields}


@pytest.mark.parametrize(
    ("component", "rule"),
    [
        ({"type": "html", "id": "x"}, "component"),
        ({"type": "textfield", "id": "x", "key": "x"}, "label"),
        ({"type": "textfield", "id": "x", "key": "reason", "label": "x"}, "duplicate-key"),
        (
            {
                "type": "textfield",
                "id": "x",
                "key": "x",
                "label": "x",
                "validate": {"pattern": "(a+)+$"},
            },
            "pattern",
        ),
        (
            {"type": "textfield", "id": "x", "key": "x", "label": "x", "properties": {"pi": 1}},
            "mark",
        ),
        (
            {
                "type": "textfield",
                "id": "x",
                "key": "x",
                "label": "x",
                "conditional": {"hide": "=1 +"},
            },
            "feel",
        ),
    ],
)
def test_findings(component: dict[str, Any], rule: str) -> None:
    schema = {**SCHEMA, "components": [*SCHEMA["components"], component]}
    assert forms.lint(orjson.dumps(SCHEMA), "f") == []
    assert rule in {f["rule"] for f in forms.lint(orjson.dumps(schema), "f", ())}


def test_the_macros_tie_labels_and_errors_to_controls() -> None:
    root = Path(__file__).parents[2] / "app" / "web" / "templates"
    page = Environment(loader=FileSystemLoader(root), autoescape=True)
    page.filters["say"] = str
    page.globals.update(t=lambda text, **_: text, grid_of=grid, most_upload=lambda: 20)
    drawn = forms.view(FORM, {}, {"reason": "inheritance"}, {"proof": "请填写公证书"}, now=NOW)
    html = page.from_string(
        '{% import "forms/fields.html" as f with context %}{{ f.draw(view) }}'
    ).render(view=drawn)
    assert '<label for="proof">' in html
    assert 'aria-describedby="proof-error" aria-invalid="true"' in html
