"""Service functions: what a procedure's service tasks do. Each stands in ``app/procedures``.

A function runs in the transaction of the move that reached it. One that touches the outside is
marked ``outside=True`` and runs as a job after the commit; it may run twice with the same
``call.key`` and must then do its work once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app import definitions
from app.errors import Problem
from app.texts import T
from app.work import Work


class BpmnError(Exception):
    """A service says no in a way that the drawing knows: caught by an error boundary event."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


@dataclass
class Call:
    """One call of a service function. ``key`` is the same each time this call is repeated.

    ``case_procedure``: that of the case; another than ``procedure`` when that one is called.
    """

    inputs: Mapping[str, Any]
    case_number: str
    case_id: int
    release: int
    procedure: str
    element: str
    element_name: str
    account_no: str | None
    region: str | None
    key: str
    case_procedure: str = ""
    register_changed: bool = False

    def changed_register(self) -> None:
        """The register now differs because of this case: it cannot be withdrawn any more."""
        self.register_changed = True


Function = Callable[[Work, Call], Mapping[str, Any] | None]


@dataclass(frozen=True)
class ServiceContract:
    """What a drawing may rely on. ``inputs`` and ``outputs``: name → type."""

    name: str
    label: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    outside: bool = False
    changes_register: bool = False
    pii: frozenset[str] = frozenset()
    # The end of the case takes it back where ``registry.is_undone_at_end`` says so.
    comes_back: bool = False


@dataclass(frozen=True)
class Service:
    """A contract with the function that keeps it."""

    contract: ServiceContract
    function: Function


def service(
    name: str,
    *,
    inputs: Mapping[str, str] | None = None,
    outputs: Mapping[str, str] | None = None,
    outside: bool = False,
    changes_register: bool = False,
    pii: Iterable[str] = (),
    label: str = "",
    comes_back: bool = False,
) -> Callable[[Function], Function]:
    """Mark a function as the one that service tasks of type ``name`` call."""
    contract = ServiceContract(
        name,
        label or name,
        dict(inputs or {}),
        dict(outputs or {}),
        outside,
        changes_register,
        frozenset(pii),
        comes_back,
    )

    def mark(function: Function) -> Function:
        function.service = Service(contract, function)  # type: ignore[attr-defined]
        return function

    return mark


class Table:
    """The service functions and form checks of this installation; filled by the factory."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        self.checks: dict[str, Any] = {}

    def find(self, name: str) -> Service:
        """The service of that type. Raises Problem naming it."""
        found = self.services.get(name)
        if found is None:
            raise Problem(T("没有名为 {name} 的服务，请联系管理员。", name=name))
        return found


table = Table()


def install(
    services: Iterable[Any] | Mapping[str, Any], checks: Mapping[str, Any] | None = None
) -> None:
    """Install the functions found in ``app/procedures`` and the named form checks."""
    functions: Iterable[Any] = services.values() if isinstance(services, Mapping) else services
    found = [f if isinstance(f, Service) else f.service for f in functions]
    table.services = {s.contract.name: s for s in found}
    table.checks = dict(checks or {})
    definitions.offer(contracts())


def contracts() -> dict[str, ServiceContract]:
    """What drawings may call: type → contract."""
    return {name: s.contract for name, s in table.services.items()}


def check_names() -> set[str]:
    """The named checks that forms may ask for beside the built-in ones."""
    return set(table.checks)
