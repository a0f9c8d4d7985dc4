"""A delivery comes in: typed, scanned, pasted, or brought in a workbook; counted on arrival."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Response, flash, make_response, redirect, request, url_for

from app import forms, identifiers
from app.errors import Invalid
from app.procedures import meter_store
from app.procedures.meter_store import KEEPERS
from app.texts import T
from app.web import store_rows
from app.web.door import door
from app.web.rights import actor, may
from app.web.speech import say
from app.web.store import page, served

HEAD = ("store", "supplier", "note_no", "listed", "rows", *store_rows.SHARED)
ROW = re.compile(r"rows\[(\d+)\]\.(\w+)")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LABELS = dict(store_rows.COLUMNS)


@door.get("/store/intake")
@may(*KEEPERS)
def store_intake_page() -> str:
    """What is asked of a delivery."""
    return _page({"max_dial": "99999", "type": "mechanical"}, {})


@door.get("/store/intake/template.xlsx")
@may(*KEEPERS)
def store_intake_template() -> Response:
    """The workbook to fill in."""
    answer = make_response(store_rows.template())
    answer.headers["Content-Type"] = XLSX
    answer.headers["Content-Disposition"] = 'attachment; filename="meters.xlsx"'
    return answer


@door.post("/store/intake")
@may(*KEEPERS)
def store_intake() -> Response:
    """Take it in, whole or not at all; what is wrong comes back with every line that was there."""
    given = {name: request.form.get(f"_{name}", "") for name in (*HEAD, "differs", "read")}
    try:
        _read_file(given)
        if given["read"]:
            # Only to look at what the workbook brought, before anything is taken in.
            return make_response(_page(given, {}))
        return _taken(given)
    except Invalid as wrong:
        return make_response(_page(given, wrong.fields), 422)


def _read_file(given: dict[str, str]) -> None:
    """The rows of a workbook stand from then on with the typed ones: no file has to come twice."""
    file = request.files.get("_file")
    if file is None or not file.filename:
        return
    lines, faults = store_rows.from_workbook(file.stream.read(forms.xlsx_in.MOST_BYTES + 1))
    before = [line for line in given["rows"].splitlines() if line.strip()]
    given["rows"] = "\n".join([*before, *lines])
    if faults:
        raise Invalid(fields={f"rows[{len(before) + n}].{k}": t for (n, k), t in faults.items()})


def _taken(given: Mapping[str, str]) -> Response:
    rows = store_rows.parse(given["rows"], given)
    listed = given["listed"].strip()
    came = meter_store.receive_delivery(
        store=given["store"],
        supplier=given["supplier"],
        note_no=given["note_no"],
        listed=int(listed) if listed.isascii() and listed.isdigit() and len(listed) < 6 else 0,
        rows=rows,
        differs=bool(given["differs"]),
        by=actor(),
    )
    flash(say(T("已入库 {n} 块，损坏待换 {damaged} 块，入库单 {no}。", n=came.taken_in,
                damaged=came.damaged, no=came.no)))  # fmt: skip
    return make_response(redirect(url_for("web.store_deliveries"), 303))


def _page(given: Mapping[str, str], fields: Mapping[str, object]) -> str:
    lines = [line for line in given.get("rows", "").splitlines() if line.strip()]
    bad = [
        (int(found[1]) + 1, lines[int(found[1])][:60], say(LABELS.get(found[2], found[2])), text)
        for name, text in fields.items()
        if (found := ROW.fullmatch(name)) and int(found[1]) < len(lines)
    ]
    return page(
        "store_intake.html",
        given=given,
        errors={name: text for name, text in fields.items() if not ROW.fullmatch(name)},
        bad=bad,
        count=len(lines),
        stores=served(),
        types=store_rows.TYPES,
        calibres=identifiers.CALIBRES,
        columns=[say(name) for _, name in store_rows.COLUMNS],
    )
