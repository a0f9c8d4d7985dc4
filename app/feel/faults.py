"""What can go wrong with an expression, in words a process owner understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import Problem
from app.texts import T, Text

Saying = Callable[[Mapping[str, str], Mapping[str, Text]], Text]

TYPES = {
    "string": T("文本"),
    "number": T("数字"),
    "boolean": T("是/否"),
    "date": T("日期"),
    "time": T("时刻"),
    "date time": T("日期时间"),
    "duration": T("时长"),
    "list": T("列表"),
    "context": T("数据组"),
    "range": T("区间"),
    "function": T("函数"),
    "test": T("条件"),
    "nil": T("空值"),
}


@dataclass(frozen=True)
class Warned:
    """One warning of a run: its kind, its text, and where (characters from, to) if known."""

    kind: str
    text: Text
    position: tuple[int, int] | None = None


class FeelError(Problem):
    """表达式有误。"""

    def __init__(
        self,
        kind: str,
        message: Text,
        position: tuple[int, int] | None = None,
        warnings: Sequence[Warned] = (),
    ) -> None:
        """``kind``: syntax, warning, not_boolean, timeout, memory, failed, dmn."""
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.position = position
        self.warnings = tuple(warnings)


def timeout(milliseconds: int) -> FeelError:
    return FeelError("timeout", T("表达式运行超过 {ms} 毫秒，已停止", ms=milliseconds))


def out_of_memory() -> FeelError:
    return FeelError("memory", T("表达式占用内存过多，已停止"))


def not_boolean(got: object) -> FeelError:
    kind = TYPES["nil"] if got is None else _python_type(got)
    return FeelError("not_boolean", T("条件的结果必须是“是”或“否”，得到的是{kind}", kind=kind))


def _python_type(value: object) -> Text:
    names = {"str": "string", "int": "number", "float": "number", "list": "list"}
    return TYPES[names.get(type(value).__name__, "context")]


def from_failure(expr: str, error: Mapping[str, Any]) -> FeelError:
    """A fault that stopped the reading or the run."""
    position = place(expr, error.get("position"))
    if error.get("kind", "syntax") != "syntax":
        return FeelError("failed", T("表达式“{expr}”无法运行", expr=expr), position)
    return FeelError("syntax", _syntax(expr, error, position), position)


def _syntax(expr: str, error: Mapping[str, Any], position: tuple[int, int] | None) -> Text:
    code = error.get("template") or error.get("message")
    where = expr[slice(*position)] if position else ""
    if code == "FULL_WIDTH":
        return T("表达式里有全角符号“{where}”，请改用半角", where=where)
    if code == "DOUBLE_EQUALS":
        return T("判断相等用一个等号“=”，不用“==”")
    at = (position[0] if position else 0) + 1
    return T("表达式“{expr}”从第 {at} 个字符起读不懂", expr=expr, at=at)


def from_warnings(expr: str, given: Sequence[Mapping[str, Any]]) -> FeelError:
    """A run that gave a warning gave no result to rely on."""
    warned = [warning(expr, each) for each in given]
    return FeelError("warning", warned[0].text, warned[0].position, warned)


def warning(expr: str, given: Mapping[str, Any]) -> Warned:
    position = place(expr, given.get("position"))
    words = given.get("words") or {}
    types = {name: TYPES.get(t, T("其他")) for name, t in (given.get("types") or {}).items()}
    return Warned(given["type"], _say(given["type"], words, types), position)


def _say(kind: str, words: Mapping[str, str], types: Mapping[str, Text]) -> Text:
    text = words.get("text", "")
    if kind in {"NOT_COMPARABLE", "INVALID_TYPE"} and {"left", "right"} <= set(types):
        return T(
            "“{text}”：{left}与{right}不能一起比较或计算",
            text=text,
            left=types["left"],
            right=types["right"],
        )
    return _WORDED.get(kind, _other)(words, types)


def _other(words: Mapping[str, str], _: Mapping[str, Text]) -> Text:
    return T("表达式“{text}”没有得出结果", text=words.get("text", ""))


def _worded(template: str) -> Saying:
    def say(words: Mapping[str, str], _: Mapping[str, Text]) -> Text:
        return T(template, **{"text": "", "name": "", **words})

    return say


def _wrong_type(words: Mapping[str, str], types: Mapping[str, Text]) -> Text:
    got = types.get("value", TYPES["nil"])
    if "type" in words:
        return T(
            "“{name}”应为 {type}，得到的是{got}", name=words["name"], type=words["type"], got=got
        )
    return T("“{text}”的值类型不对：得到的是{got}", text=words.get("text", ""), got=got)


_WORDED: dict[str, Saying] = {
    "NO_VARIABLE_FOUND": _worded("没有名为“{text}”的变量"),
    "NO_CONTEXT_ENTRY_FOUND": _worded("数据里没有“{text}”这一项"),
    "NO_PROPERTY_FOUND": _worded("取不到“{text}”：前面的值里没有这一项"),
    "NOT_COMPARABLE": _worded("“{text}”两边不能比较：一边带时区，一边不带"),
    "INVALID_TYPE": _wrong_type,
    "WRONG_TYPE": _wrong_type,
    "INVALID_ARGUMENTS": _worded("“{text}”没有结果，请检查其中的值"),
    "NO_FUNCTION_FOUND": _worded("“{text}”不是函数，不能调用"),
    "FUNCTION_INVOCATION_FAILURE": _worded("函数“{text}”的参数不对"),
    "UNSUPPORTED": _worded("不支持外部函数"),
    "SYNTAX": _worded("读不懂“{text}”"),
    "NO_INPUT": _worded("缺少输入“{name}”"),
    "INVALID_CALL": _worded("调用“{name}”的参数不对"),
    "NOT_ALLOWED": _worded("“{name}”的值不在允许的范围内"),
    "CYCLE": _worded("决策“{name}”要用到它自己的结果，绕成了圈"),
    "NO_RULE": _worded("决策表没有一行符合"),
    "SEVERAL_RULES": lambda w, _: T("决策表第 {rules} 行同时符合，只允许一行", rules=w["rules"]),
    "RULES_DIFFER": lambda w, _: T("决策表第 {rules} 行同时符合而结果不同", rules=w["rules"]),
}


def place(expr: str, position: Mapping[str, int] | None) -> tuple[int, int] | None:
    """V8 counts UTF-16 units; people and Python count characters."""
    if not position:
        return None
    start, end = position["from"], position["to"]
    if expr.isascii():
        return start, end
    raw = expr.encode("utf-16-le")
    return len(raw[: 2 * start].decode("utf-16-le", "ignore")), len(
        raw[: 2 * end].decode("utf-16-le", "ignore")
    )
