"""Marked persons go through the product as it is served; afterwards they are nowhere in clear.

Looked at: what web server and worker write, arguments of jobs, addresses, error pages, names of
files, the list of processes, temporary folders, every row and every byte of the database.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from secrets import choice, randbelow, token_hex
from typing import Any
from urllib.parse import quote, urlencode

import psycopg

from app.identifiers import resident_id
from app.registry import demo
from tests.api.test_calls import PNG
from tests.served import Served, Visitor, enter, served
from tools.postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
# New ones in each run: the log of the database still holds what earlier runs wrote.
RARE = "彧珩昶翀祎旻昀晗琬琰珣玙璠璟玥珺"
NAME, AGENT = ("甄" + "".join(choice(RARE) for _ in range(3)) for _ in "12")
PHONE, OTHER = (f"199000{randbelow(10**5):05}" for _ in "12")
EMAIL, WORDS = f"zhen.{token_hex(6)}@example.invalid", f"{NAME}说门牌有误"


def some_number() -> str:
    """An identity number of a place that is none, with its check digit."""
    first = f"4301991977121{randbelow(10**4):04}"
    ends = (first + end for end in "0123456789X")
    return next(one for one in ends if resident_id(one, date(2026, 1, 1)) is None)


NUMBER, SECOND = some_number(), some_number()
PERSON = {
    "applicant_type": "person", "new_name": NAME, "new_id_type": "resident_id",
    "new_id_no": NUMBER, "new_phone": PHONE, "new_email": EMAIL, "household_size": "4",
}  # fmt: skip
SALE = {
    "reason": "sale", "old_owner": "present", "category_change": "no", "title_status": "titled",
    "address_matches": "yes", "by_agent": "true", "agent_name": AGENT,
    "agent_id_no": SECOND, "agent_phone": OTHER,
}  # fmt: skip
__all__ = ["served"]
TYPED_BY_HAND = f"/cases/{quote(NAME)}"
MARKS = (NAME, AGENT, PHONE, OTHER, EMAIL, NUMBER, SECOND, WORDS)


def forms_of(mark: str) -> list[bytes]:
    """How a value could stand somewhere: as it is, as JSON, in an address, in base64, in hex."""
    plain = mark.encode()
    found = [plain, plain.hex().encode(), urlencode({"": mark})[1:].encode()]
    found.append(json.dumps(mark)[1:-1].encode())
    # Wherever it begins within three bytes, its middle is the same.
    found += [base64.b64encode(b"x" * n + plain)[4:-4] for n in range(3)]
    return [one for one in found if len(one) > 5]


FORMS = [one for mark in MARKS for one in forms_of(mark)]


def marked(content: bytes) -> list[bytes]:
    return [one for one in FORMS if one in content or one in content.lower()]


def upload(lin: Visitor) -> None:
    """A paper that is called after a person."""
    edge = "edge"
    token = re.search(rb'name="csrf_token" value="([^"]+)"', lin.ask("/password")[2])
    assert token
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'.encode()
        + token.group(1)
        + f'\r\n--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{NAME}.png"\r\n'
        f"Content-Type: image/png\r\n\r\n".encode()
        + PNG
        + f"\r\n--{edge}--\r\n".encode()
    )
    status, _, said = lin.ask("/attachments", body, f"multipart/form-data; boundary={edge}")
    assert status == 201, said


def begin(lin: Visitor) -> tuple[str, str]:
    """A case with the marked persons in it; the second step and the case's number."""
    no = demo.KNOWN["clean_sale"]
    status, first, _ = lin.send("/start/meter_transfer", {"account_no": no}, "/work")
    assert status == 303, first
    lin.ask(f"{first}/draft")
    typed = {**PERSON, **SALE}
    wrong = lin.send(first, {**typed, "new_phone": "1990000"}, page=first)
    assert wrong[0] == 422
    lin.send(f"{first}/draft", typed, page=first)
    second = lin.hand_in(first, typed)
    found = re.search(rb"GH\d{8}-\d{4}", lin.ask(second)[2])
    assert found
    return second, found.group().decode()


def go_through(served: Served) -> tuple[list[str], list[bytes]]:
    """All that clerks do with persons; gives every address and every error page."""
    lin, admin = enter(served, "linqi"), enter(served, "qimingyuan")
    upload(lin)
    second, number = begin(lin)
    lin.send(f"/tasks/{second.rsplit('/', 1)[1]}/ask", {"_to": "cs_director", "_question": WORDS})
    lin.send(f"/cases/{number}/look", {"_why": "other", "_words": WORDS})
    whole = lin.ask(f"/cases/{number}?whole=1")[2]
    assert NAME.encode() in whole, "the marked values are really in it"
    made = lin.ask(f"/cases/{number}/prints/application")
    assert made[2].startswith(b"%PDF-")
    for q in (NAME, PHONE, NUMBER, PHONE[-4:]):
        assert number.encode() in lin.send("/find", {"q": q}, "/work")[2]
    for who in (lin, admin):
        who.send(f"{TYPED_BY_HAND}/urge", {"_words": WORDS}, "/password")
        who.send("/tasks/999999", {**PERSON, **SALE}, "/password")
        who.send("/nowhere", PERSON, "/password")
    admin.send(f"/cases/{number}/withdraw", {"_reason": WORDS}, "/password")
    Visitor(served.address).send("/sign-in", {"login": NAME, "password": WORDS}, "/sign-in")
    lin.send(f"/cases/{number}/withdraw", {"_reason": WORDS}, "/password")
    lin.ask(f"/cases/{number}?tab=timeline")
    # What a tester types into an address by hand is not ours.
    kept = [a for who in (lin, admin) for a in who.addresses if not a.startswith(TYPED_BY_HAND)]
    return kept, lin.faults + admin.faults


def test_no_marked_value_is_found_anywhere(served: Served, cluster: Cluster) -> None:
    addresses, faults = go_through(served)
    processes = b" ".join(p.read_bytes() for p in running_commands())
    assert marked(" ".join(addresses).encode()) == []
    assert marked(b" ".join(faults)) == []
    assert marked(processes) == []
    said = re.sub(rb"/cases/%[^ ]*", b"", served.said.read_bytes())
    assert b"POST /find" in said, "the log is really there"
    assert marked(said) == []
    assert marked_files(served.temporary) == []
    assert marked_files(served.var) == []
    with psycopg.connect(cluster.url("postgres", database_of(served)), autocommit=True) as root:
        root.execute("CHECKPOINT")
        assert marked_rows(root) == []
        (folder,) = root.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or ("",)
    assert marked_files(cluster.data / "base" / str(folder)) == []
    assert marked_files(cluster.data / "pg_wal") == []
    assert [f for f in cluster.home.glob("*log*") if f.is_file() and marked(f.read_bytes())] == []


def database_of(served: Served) -> str:
    return served.settings.database_url.rpartition("/")[2].partition("?")[0]


def running_commands() -> Iterator[Path]:
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        if one.exists() and os.access(one, os.R_OK):
            yield one


def marked_files(folder: Path) -> list[Path]:
    """Files whose name or content says a marked value."""
    files = [f for f in folder.rglob("*") if f.is_file()]
    assert files or folder.name == "tmp"
    return [f for f in files if marked(str(f).encode()) or marked(f.read_bytes())]


def marked_rows(root: psycopg.Connection[Any]) -> list[str]:
    """Tables in which a row says one, compressed ones too: as the database itself reads them."""
    names = root.execute(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname = 'public'"
    ).fetchall()
    assert ("procrastinate_jobs",) in names
    found = []
    for (name,) in names:
        for (row,) in root.execute(f"SELECT t::text FROM {name} t"):  # type: ignore[arg-type]
            if marked(row.encode()):
                found.append(name)
                break
    return found
