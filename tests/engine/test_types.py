"""Expressions against what is known of the variables: what gives no value is found beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from app import engine
from app.engine.check.infer import infer
from app.engine.check.kinds import (
    ANY,
    BOOLEAN,
    NUMBER,
    STRING,
    Type,
    context_of,
    join,
    list_of,
    text_of,
)
from app.feel.syntax import syntax
from tests.engine.drawings import (
    at,
    call,
    catch,
    choose,
    drawing,
    end,
    ext,
    flow,
    io,
    many,
    node,
    path,
    process,
    props,
    row,
    script,
    service,
    start,
    timer,
    user,
    xor,
)

ROW = context_of({"x": NUMBER, "y": STRING})
NAMES: dict[str, Type] = {
    "n": NUMBER,
    "t": STRING,
    "b": BOOLEAN,
    "e": text_of("a", "b"),
    "c": ROW,
    "cs": list_of(ROW),
    "ns": list_of(NUMBER),
    "ts": list_of(STRING),
    "k": Type("context"),
}


def problems(expression: str) -> list[tuple[str, str, int]]:
    _, found = infer(syntax(expression), lambda name: NAMES.get(name, ANY))
    return [(p.rule, p.severity, p.start) for p in found]


WRONG = {
    't > 1': 0, 'n = "1"': 0, 'b = "true"': 0, "n = b": 0, 'c = "a"': 0, 'ns = "a"': 0,
    "t < today()": 0, "now() > today()": 0, 'n in ("a", "b")': 6, "t in [1..5]": 5,
    "t in > 5": 5, 'n between 1 and "b"': 0, "null > n": 0, "n = 1 and t = 1": 10,
    "t + 1": 0, '"No. " + n': 0, "b + 1": 0, "t - t": 0, 't * "2"': 0, "-t": 0, "n + null": 4,
    'duration("P1D") + duration("P1M")': 0, 'today() + 1': 0, "u * t": 0,
    "n and b": 0, "not(n)": 4, "if n then 1 else 2": 3, "some i in ns satisfies i": 23,
    "string length(n)": 14, "upper case(string: n)": 11, 'substring(t, "a")': 13,
    "contains(t)": 0, "sum(ts)": 4, "for i in n return i": 4, 'cs[1].y + 1': 0,
    "cs[x > t]": 3, 'some i in ns satisfies i > "a"': 23, "n in ts": 5,
}  # fmt: skip


@pytest.mark.parametrize("expression", WRONG)
def test_what_gives_no_value_is_an_error_with_its_place(expression: str) -> None:
    assert ("types", "error", WRONG[expression]) in problems(expression)


RIGHT = [
    "n > 1", 't = "a"', "n = null", "t != null", "u = 1", "u + 1", 'u = "a"', 't + string(n)',
    'e = "a"', 'e = ""', "c.x > 1", "k.anything > 1", "cs.x = 1", "cs[x > 1].y", "cs[1].x + 1",
    "cs[item.x > n]", "cs[x > n].x = 1", "date(t) < today()", 'date(t) + duration("P1D")',
    'today() - today() > duration("P1D")', 'n * duration("P1D")', "count(ts) > 1", "sum(ns) > 1",
    "for i in cs return i.x * 2", "for i in 1..3 return i + n", "some i in ns satisfies i > 2",
    "n in [1..5]", "n in (> 5, < 3)", 't in ("a", "b")', "n in ns", "n between 1 and 2",
    "{a: 1, b: a + 1}.b + 1", "function(x) x + 1", "[1, 2][1] + 1", "get value(k, t) = 1",
    '@"2026-01-01" < today()', "c instance of context", 'if u then "a" else 1', "-n",
    "sort(cs, function(a, b) a.x < b.x)", "working days after(today(), n) > today()",
    'duration("P" + t) < duration("P1M")', 'u.v.w = "a" or u.v.x > 1', "max(ns) > 1",
    'replace(t, "a", "b") = t', "date(t).year > 2000", 'string join(ts, ",")', "b = true",
]  # fmt: skip


@pytest.mark.parametrize("expression", RIGHT)
def test_what_may_give_a_value_is_no_problem(expression: str) -> None:
    assert problems(expression) == []


def test_a_property_that_is_not_there() -> None:
    assert problems("c.z > 1") == [("no_property", "error", 0)]
    assert problems("n.x") == [("no_property", "error", 0)]


def test_a_text_that_no_choice_offers_is_a_warning() -> None:
    assert problems('e = "c"') == [("not_offered", "warning", 4)]
    assert problems('"c" != e') == [("not_offered", "warning", 0)]
    assert problems('e in ("a", "c")') == [("not_offered", "warning", 11)]


def test_a_list_compared_with_one_of_its_items_is_a_warning() -> None:
    assert problems('ts = "a"') == [("types", "warning", 0)]


def test_types_that_differ_are_not_known() -> None:
    assert join(NUMBER, STRING) == ANY
    assert join(text_of("a"), text_of("b")) == text_of("a", "b")
    assert join(text_of("a"), STRING) == STRING
    assert join(list_of(NUMBER), list_of(NUMBER)).item == NUMBER


# --- in drawings

FORM = json.dumps(
    {
        "id": "p.a",
        "components": [
            {"type": "textfield", "key": "name", "validate": {"required": True}},
            {"type": "number", "key": "amount", "validate": {"required": True}},
            {"type": "checkbox", "key": "agreed"},
            {"type": "datetime", "key": "day", "validate": {"required": True}},
            {
                "type": "group",
                "components": [
                    {
                        "type": "select",
                        "key": "kind",
                        "validate": {"required": True},
                        "values": [{"value": "sale"}, {"value": "gift"}],
                    }
                ],
            },
            {
                "type": "dynamiclist",
                "path": "items",
                "components": [{"type": "number", "key": "price"}],
            },
        ],
    }
).encode()
ASK = user("a", '<zeebe:formDefinition formId="p.a"/>')


def check(*roots: str, **more: object) -> set[tuple[str, str, str]]:
    files = {"t.bpmn": drawing(*roots), "forms/p/a.form": FORM}
    found = engine.check(files, **more)  # type: ignore[arg-type]
    return {(f.element, f.rule, f.severity) for f in found if f.rule in RULES}


RULES = {
    "types", "not_boolean", "no_property", "not_offered", "service_input_type",
    "decision_input_type", "feel",
}  # fmt: skip


def after_the_form(expression: str) -> set[tuple[str, str, str]]:
    """Rules that a script after the form breaks."""
    return check(row(ASK, script("z", expression, "r")))


@pytest.mark.parametrize(
    "expression",
    ['= amount > "5"', "= name + 1", "= day < today()", "= agreed + 1", "= items[1].price + name",
     "= sum(name)"],
)  # fmt: skip
def test_fields_have_the_type_of_their_component(expression: str) -> None:
    assert after_the_form(expression) == {("z", "types", "error")}


@pytest.mark.parametrize(
    "expression",
    ["= amount > 5", '= name + "1"', "= date(day) < today()", "= agreed", "= sum(items.price)",
     '= kind = "sale"', "= items[price > 5].price"],
)  # fmt: skip
def test_fields_used_rightly(expression: str) -> None:
    assert after_the_form(expression) == set()


def test_choices_offer_what_they_offer() -> None:
    assert after_the_form('= kind = "sold"') == {("z", "not_offered", "warning")}
    initial = script("i", '= "none"', "kind")
    assert check(row(initial, ASK, script("z", '= kind = "none"', "r"))) == set()


def test_rows_of_a_list_have_their_own_names() -> None:
    assert after_the_form("= items[1].cost") == {("z", "no_property", "error")}


def test_without_the_form_nothing_is_known_of_it() -> None:
    initial = script("i", '= ""', "kind")
    body = row(initial, ASK, script("z", '= kind = "sold"', "r"))
    rules = {f.rule for f in engine.check({"t.bpmn": drawing(body)})}
    assert "not_offered" not in rules


def branch(condition: str) -> set[tuple[str, str, str]]:
    body = process(
        "p", start(), ASK, xor("g", "f_g_e"), user("b"), end(), path("s", "a", "g", "e"),
        flow("g", "b", condition),
    )  # fmt: skip
    return check(body)


def test_a_condition_must_be_true_or_false() -> None:
    assert branch("= amount") == {("f_g_b", "not_boolean", "error")}
    assert branch("= name") == {("f_g_b", "not_boolean", "error")}
    assert branch("= agreed") == set()
    assert branch("= amount > 5") == set()
    assert branch("= never_heard_of") == set()


def loop(tag: str, inside: str) -> str:
    return node("task", "w", f"<bpmn:{tag}>{inside}</bpmn:{tag}>")


def test_other_conditions_must_be_so_too() -> None:
    again = "<bpmn:loopCondition>= {}</bpmn:loopCondition>"
    for text, wanted in (("amount", {("w", "not_boolean", "error")}), ("amount &lt; 5", set())):
        body = row(ASK, loop("standardLoopCharacteristics", again.format(text)))
        assert check(body) == wanted
    event = catch(
        "w", "<bpmn:conditionalEventDefinition><bpmn:condition>= name</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>",
    )  # fmt: skip
    assert check(row(ASK, event)) == {("w", "not_boolean", "error")}


def test_a_collection_must_be_a_list_and_gives_its_items() -> None:
    def rounds(collection: str, read: str) -> set[tuple[str, str, str]]:
        inner = script("w", read, "r").replace(
            "</bpmn:scriptTask>", many(collection, "each") + "</bpmn:scriptTask>"
        )
        return check(row(ASK, inner))

    assert rounds("= items", "= each.price + 1") == set()
    assert rounds("= amount", "= 1") == {("w", "types", "error")}
    assert rounds("= items", "= each.cost") == {("w", "no_property", "error")}
    assert rounds("= items", '= each.price + "x"') == {("w", "types", "error")}


def test_times_and_keys() -> None:
    late = at("a", "late", timer("duration", "= agreed"))
    body = process("p", start(), ASK, late, end(), path("s", "a", "e"), path("late", "e"))
    assert check(body) == {("late", "types", "error")}
    good = at("a", "late", timer("duration", '= duration("PT1H")'))
    body = process("p", start(), ASK, good, end(), path("s", "a", "e"), path("late", "e"))
    assert check(body) == set()


def test_a_called_process_knows_what_its_callers_hand_in() -> None:
    def caller(value: str) -> str:
        return process(
            "p", start(), call("c", "q", io({"given": value}, {"r": "= out"})),
            script("z", "= r + 1", "k"), end(), path("s", "c", "z", "e"),
        )  # fmt: skip

    called = process(
        "q", start("qs"), script("w", "= given * 2", "out"), end("qe"), path("qs", "w", "qe")
    )
    assert check(caller("= 5"), called) == set()
    assert ("w", "types", "error") in check(caller('= "five"'), called)


def test_results_carry_their_type_from_step_to_step() -> None:
    body = row(script("x", "= 1", "n"), script("y", "= n + 1", "n"), script("z", '= n + "a"', "m"))
    assert check(body) == {("z", "types", "error")}
    dates = row(script("x", "= today()", "d"), script("z", "= d < today()", "m"))
    assert check(dates) == {("z", "types", "error")}


def test_a_variable_written_in_two_types_is_not_known() -> None:
    body = row(script("x", "= 1", "n"), script("y", '= "a"', "n"), script("z", "= n + 1", "m"))
    assert check(body) == set()


def test_inputs_are_locals_of_their_activity() -> None:
    body = row(script("x", "= 1", "n"), script("z", '= n + "a"', "m", io({"n": '= "b"'})))
    assert check(body) == set()


def test_declared_variables_are_not_known() -> None:
    body = process(
        "p", start(), script("x", "= 1", "n"), script("z", '= n + "a"', "m"), end(),
        path("s", "x", "z", "e"), extensions=props(variables="n"),
    )  # fmt: skip
    assert check(body) == set()


@dataclass
class Contract:
    inputs: dict[str, str] = field(default_factory=lambda: {"n": "number"})
    outputs: dict[str, str] = field(default_factory=lambda: {"total": "number", "lines": "list"})


def test_services_take_and_give_what_they_promise() -> None:
    def body(value: str, read: str) -> str:
        return row(service("v", "x.y", io({"n": value})), script("z", read, "r"))

    services = {"x.y": Contract()}
    assert check(body("= 1", "= total + 1"), services=services) == set()
    assert check(body('= "1"', "= 1"), services=services) == {
        ("v", "service_input_type", "warning")
    }
    assert check(body("= 1", '= total + "a"'), services=services) == {("z", "types", "error")}


DMN = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
 namespace="urn:d"><inputData id="in" name="amount"><variable name="amount" typeRef="number"/>
</inputData><decision id="fee" name="fee"><informationRequirement><requiredInput href="#in"/>
</informationRequirement><decisionTable hitPolicy="FIRST"><input id="i"><inputExpression
 typeRef="number"><text>amount</text></inputExpression></input><output name="level"
 typeRef="string"/><output name="fen" typeRef="number"/><rule id="r"><inputEntry><text>-</text>
</inputEntry><outputEntry><text>"low"</text></outputEntry><outputEntry><text>1</text>
</outputEntry></rule></decisionTable></decision></definitions>"""


def test_decisions_take_and_give_their_types() -> None:
    mark = ext('<zeebe:calledDecision decisionId="fee" resultVariable="found"/>')

    def rules(amount: str, read: str) -> set[tuple[str, str, str]]:
        body = row(
            script("x", amount, "amount"), node("businessRuleTask", "d", mark),
            script("z", read, "r"),
        )  # fmt: skip
        found = engine.check({"t.bpmn": drawing(body), "fee.dmn": DMN})
        return {(f.element, f.rule, f.severity) for f in found if f.rule in RULES}

    assert rules("= 5", "= found.fen + 1") == set()
    assert rules('= "5"', "= 1") == {("d", "decision_input_type", "error")}
    assert rules("= 5", "= found.price") == {("z", "no_property", "error")}
    assert rules("= 5", "= found.level + 1") == {("z", "types", "error")}


def test_findings_name_the_place_and_speak_plainly() -> None:
    body = row(ASK, script("z", '= agreed and name + 1 = "x"', "r"))
    (finding,) = [
        f for f in engine.check({"t.bpmn": drawing(body), "a.form": FORM}) if f.rule == "types"
    ]
    assert "12" in finding.message
    assert "name + 1" in finding.message


def test_a_gateway_of_several_conditions() -> None:
    body = choose(("a", "= n = 1"), ("b", "= n = 2"))
    assert check(body) == set()
