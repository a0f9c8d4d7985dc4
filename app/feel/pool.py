"""V8 engines: as many as threads, one borrower each, thrown away after a time-out or a full memory.

An engine made before a fork hangs in the child, so a child starts with an empty pool. A closed
engine's last callbacks still need its event loop for some milliseconds, so closing waits.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from py_mini_racer import JSOOMException, JSTimeoutException, MiniRacer

from app import config
from app.errors import Problem
from app.feel import faults
from app.texts import T

BUNDLE = Path(__file__).parent / "built" / "feel.js"
LINGER_S = 1.0
WARM_UP = (
    '{"jobs": [["1 + 1 > 1 and x = 1", {"x": 1}]], "clock": ["2000-01-01T00:00:00+08:00", null]}'
)


class Engine:
    """One V8 with the bundle loaded. Not to be used by two threads at once."""

    def __init__(self, source: str, memory_mb: int) -> None:
        self.racer = MiniRacer()
        self.racer.set_hard_memory_limit(memory_mb * 1024 * 1024)
        self.racer.eval(source)
        self.racer.eval(_call("run", WARM_UP))

    def call(self, function: str, payload: str, timeout_s: float) -> Any:
        return orjson.loads(str(self.racer.eval(_call(function, payload), timeout_sec=timeout_s)))


def _call(function: str, payload: str) -> str:
    # A string literal, not an object literal: JSON.parse is faster and knows no __proto__.
    return f"feel.{function}({orjson.dumps(payload).decode()})"


class Pool:
    """Engines of one process. ``size`` bounds how many run at once; borrowers beyond it wait."""

    def __init__(self, size: int, timeout_ms: int, memory_mb: int) -> None:
        self.timeout_ms = timeout_ms
        self.memory_mb = memory_mb
        self._places = threading.Semaphore(size)
        self._idle: list[Engine] = []
        self._spent: list[tuple[float, Engine]] = []
        self._lock = threading.Lock()
        self._source = _read_bundle()

    @contextmanager
    def borrow(self) -> Iterator[Engine]:
        with self._places:
            engine = self._take()
            try:
                yield engine
            except BaseException:
                self._discard(engine)
                raise
            self._give_back(engine)

    def _take(self) -> Engine:
        self._close_spent()
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Engine(self._source, self.memory_mb)

    def _give_back(self, engine: Engine) -> None:
        with self._lock:
            self._idle.append(engine)

    def _discard(self, engine: Engine) -> None:
        with self._lock:
            self._spent.append((time.monotonic() + LINGER_S, engine))

    def _close_spent(self) -> None:
        with self._lock:
            due = [e for at, e in self._spent if at <= time.monotonic()]
            self._spent = [(at, e) for at, e in self._spent if e not in due]
        for engine in due:
            engine.racer.close()

    def engines(self) -> list[Engine]:
        """All that are idle or await closing."""
        return [*self._idle, *(engine for _, engine in self._spent)]


def _read_bundle() -> str:
    try:
        return BUNDLE.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(T("缺少 app/feel/built/feel.js，请先运行 make setup 构建前端")) from None


_pools: dict[int, Pool] = {}
_making = threading.Lock()


def pool() -> Pool:
    """The pool of this process, made at its first use."""
    found = _pools.get(os.getpid())
    if found:
        return found
    with _making:
        if os.getpid() not in _pools:
            set_ = config.settings()
            _pools[os.getpid()] = Pool(set_.feel_engines, set_.feel_timeout_ms, set_.feel_memory_mb)
        return _pools[os.getpid()]


def _forget_parents_engines() -> None:
    """In a forked child: never use, and never finalise, what the parent made."""
    global _making
    for parents in _pools.values():
        for engine in parents.engines():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine.racer))
    _pools.clear()
    _making = threading.Lock()


os.register_at_fork(after_in_child=_forget_parents_engines)


def ask(function: str, payload: dict[str, Any], supply: dict[str, Callable[[], Any]]) -> Any:
    """Call the bundle; what it says it needs (a calendar, a model) is supplied, then asked again.

    Raises FeelError (timeout, memory).
    """
    text = orjson.dumps(payload).decode()
    here = pool()
    try:
        with here.borrow() as engine:
            answer = engine.call(function, text, here.timeout_ms / 1000)
            while isinstance(answer, dict) and "need" in answer:
                need = answer["need"]
                load = orjson.dumps(supply[need]()).decode()
                engine.call(need, load, here.timeout_ms / 1000)
                answer = engine.call(function, text, here.timeout_ms / 1000)
    except JSTimeoutException:
        raise faults.timeout(here.timeout_ms) from None
    except JSOOMException:
        raise faults.out_of_memory() from None
    return answer
