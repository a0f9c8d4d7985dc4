"""A person's answers to a task's form, read against what the task can see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app import attachments, definitions, engine, forms
from app.cases import services
from app.cases.clock import calendar_of
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
        form,
        dict(given),
        run.scope(task.engine_id),
        now=work.at,
        calendar=calendar_of(case),
        checks=services.table.checks,
        money=money or ("yuan" if work.by.channel == "web" else "fen"),
        # What of the files the person may name belongs to the case from now on.
        files=attachments.naming(work, case.number),
    )
    return Given(dict(found.values), frozenset(found.pii))
