"""Nothing that an author writes reaches Python: SpiffWorkflow's script engine, shut."""

from __future__ import annotations

from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine


class PythonRefused(RuntimeError):
    """Python 表达式不在此执行。"""


class ShutEnvironment:
    """Stands where the stock engine keeps its ``eval`` and ``exec``."""

    def evaluate(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise PythonRefused

    execute = call_service = validate = evaluate


class NoPython(PythonScriptEngine):  # type: ignore[misc]
    """Every door of the stock script engine raises."""

    def __init__(self) -> None:
        super().__init__(environment=ShutEnvironment())

    def evaluate(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise PythonRefused

    execute = call_service = validate = evaluate
