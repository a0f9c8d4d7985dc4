"""V8 engines: as many as threads, one borrower each, thrown away after a time-out or a full memory.

An engine made before a fork hangs in the child, so a child starts with an empty pool. A closed
engine's last callbacks still need its event loop for some milliseconds, so closing waits.

The time limit is meant as processor time of the engine. V8 itself only knows the clock on the
wall; so an engine stopped by it that had not got its time from a busy machine is asked again, with
a longer wait each time (``WAITS``). One that had got its time is given up, but not the first time:
what is innocent may meet a collection of garbage, or a processor that others slow down.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from py_mini_racer import JSOOMException, JSTimeoutException, MiniRacer, init_mini_racer

from app import config
from app.errors import Problem
from app.feel import faults
from app.texts import T

BUNDLE = Path(__file__).parent / "built" / "feel.js"
LINGER_S = 1.0
# On the wall, one try after the other may take so many times the limit.
WAITS = (1, 3, 6, 10)
# Of the limit: an engine that got so much of it was slow by itself.
FAIR_SHARE = 0.8
THREADS = Path("/proc/self/task")
WARM_UP = (
    '{"jobs": [["1 + 1 > 1 and x = 1", {"x": 1}]], "clock": ["2000-01-01T00:00:00+08:00", null]}'
)


def make_ready() -> None:
    """Start V8 itself, without any engine. For the main thread, before there are others.

    On processors with protection keys (PKU) only the thread that does this may touch V8's code, and
    those that it starts afterwards; any other that does ends its process with SIGSEGV.
    """
    init_mini_racer(ignore_duplicate_init=True)


class Engine:
    """One V8 with the bundle loaded. Not to be used by two threads at once."""

    def __init__(self, source: str, memory_mb: int) -> None:
        with _starting:
            before = _threads()
            self.racer = MiniRacer()
            self._threads = _threads() - before
        self.racer.set_hard_memory_limit(memory_mb * 1024 * 1024)
        self.racer.eval(source)
        self.racer.eval(_call("run", WARM_UP))

    def cpu_s(self) -> float | None:
        """Processor time of the engine's own threads so far; None where the system does not say."""
        try:
            spent = [(THREADS / t / "schedstat").read_text("ascii") for t in self._threads]
        except OSError:
            return None
        return sum(int(each.split()[0]) for each in spent) / 1e9 if spent else None

    def call(self, function: str, payload: str, timeout_s: float) -> Any:
        return orjson.loads(str(self.racer.eval(_call(function, payload), timeout_sec=timeout_s)))


_starting = threading.Lock()


def _threads() -> set[str]:
    return {entry.name for entry in THREADS.iterdir()} if THREADS.is_dir() else set()


class Stopped(Exception):
    """The clock ran out. ``fair``: the engine had got its share of the machine."""

    def __init__(self, fair: bool) -> None:
        super().__init__(fair)
        self.fair = fair


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
    global _making, _starting
    for parents in _pools.values():
        for engine in parents.engines():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine.racer))
    _pools.clear()
    _making = threading.Lock()
    _starting = threading.Lock()


os.register_at_fork(after_in_child=_forget_parents_engines)


def _close_at_exit() -> None:
    """An engine that is not closed, stopped or idle, may keep the process from ending."""
    here = _pools.get(os.getpid())
    while here and here._spent:
        time.sleep(max(0.0, here._spent[0][0] - time.monotonic()))
        here._close_spent()
    while here and here._idle:
        here._idle.pop().racer.close()


atexit.register(_close_at_exit)


def ask(function: str, payload: dict[str, Any], supply: dict[str, Callable[[], Any]]) -> Any:
    """Call the bundle; what it says it needs (a calendar, a model) is supplied, then asked again.

    Raises FeelError (timeout, memory).
    """
    text = orjson.dumps(payload).decode()
    here = pool()
    for tried, times in enumerate(WAITS):
        try:
            return _asked(here, here.timeout_ms / 1000 * times, function, text, supply)
        except Stopped as stopped:
            if tried and stopped.fair:
                break
        except JSOOMException:
            raise faults.out_of_memory() from None
    raise faults.timeout(here.timeout_ms)


def _asked(
    here: Pool, wall_s: float, function: str, text: str, supply: dict[str, Callable[[], Any]]
) -> Any:
    with here.borrow() as engine:
        before = engine.cpu_s()
        try:
            answer = engine.call(function, text, wall_s)
            while isinstance(answer, dict) and "need" in answer:
                need = answer["need"]
                engine.call(need, orjson.dumps(supply[need]()).decode(), wall_s)
                answer = engine.call(function, text, wall_s)
        except JSTimeoutException:
            raise Stopped(_fair(before, engine.cpu_s(), here.timeout_ms)) from None
        return answer


def _fair(before: float | None, after: float | None, timeout_ms: int) -> bool:
    if before is None or after is None:
        return True
    return after - before >= timeout_ms / 1000 * FAIR_SHARE
