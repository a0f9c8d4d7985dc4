"""A person's answers to a task's form, read against what the task can see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app import attachments, definitions, engine, forms, settings
from app.cases import services
from app.cases.hold import Held, HeldTask
from app.errors import Invalid
from app.texts import T
from app.work import Work


@dataclass(frozen=True)
class Given:
    """Checked answers; ``pii`` names those that are personal."""

    values: dict[str, Any]
    pii: frozenset[str] = field(default_factory=frozenset)

    def entry(self, case: Held) -> dict[str, Any]:
        """For the trail: what is open in clear, what is personal as ciphertext."""
        # A list or group with one personal field in it is personal as a whole.
        heads = {name.partition(".")[0] for name in self.pii}
        opened = {k: v for k, v in self.values.items() if k not in heads}
        personal = {k: v for k, v in self.values.items() if k in heads}
        sealed = {"answers": case.seal(personal)} if personal else {}
        return {"after": {"answers": opened}, "sealed": sealed}


def read(
    work: Work,
    case: Held,
    task: HeldTask,
    run: engine.Run,
    given: Mapping[str, Any],
    *,
    money: str | None,
) -> Given:
    """Check the answers by the form of the case's own release. Raises Invalid(fields)."""
    if task.form is None:
        if given:
            faults = dict.fromkeys(given, T("未要求填写"))
            raise Invalid(T("这一步没有要填写的内容。"), fields=faults)
        return Given({})
    form = definitions.form(case.release_id, task.form)
    found = forms.read_answers(
        form, dict(given), run.scope(task.engine_id), now=work.at,
        calendar=settings.calendar(), checks=services.table.checks,
        money=money or ("yuan" if work.by.channel == "web" else "fen"), files=attachments.facts,
    )
    _attach(work, case, form, found.values)
    return Given(dict(found.values), frozenset(found.pii))


def _attach(work: Work, case: Held, form: forms.Form, values: Mapping[str, Any]) -> None:
    names = {c.key for c in form.walk() if c.type == "filepicker"}
    found = sorted(set(_file_ids(values, names))) if names else []
    if found:
        attachments.name_in_case(work, found, case.number)


def _file_ids(value: Any, names: set[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _file_ids(item, names)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name in names:
                yield from (i for i in (inner if isinstance(inner, list) else [inner]) if i)
            else:
                yield from _file_ids(inner, names)
