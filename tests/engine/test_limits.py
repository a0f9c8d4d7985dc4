"""Files made to break the check: refused or done in bounded time and memory, without a trace."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import engine
from tests.engine.drawings import HEAD, drawing, end, flow, path, process, start, sub, user, xor

ROOT = Path(__file__).parents[2]
# Twice over what it takes on a slow machine beside other work; a bomb that goes off takes hours.
SECONDS = 30
MEGABYTES = 500


def bomb(levels: int = 12) -> bytes:
    """Entities of entities: ten to the twelfth of characters when one follows them."""
    entities = '<!ENTITY e0 "aaaaaaaaaa">' + "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels)
    )
    return f"<!DOCTYPE d [{entities}]><d>&e{levels - 1};</d>".encode()


def nested(depth: int) -> bytes:
    body = user("core")
    for level in range(depth):
        body = sub(f"u{level}", body)
    return drawing(process("p", body))


def long_row(number: int) -> bytes:
    """Gateways and tasks one after the other: about ``number`` nodes."""
    parts, last = [start()], "s"
    for i in range(number // 4):
        parts += [xor(f"g{i}", f"f_g{i}_b{i}"), user(f"a{i}"), user(f"b{i}"), xor(f"j{i}"),
            flow(last, f"g{i}"), flow(f"g{i}", f"a{i}", f"= n > {i}"), path(f"a{i}", f"j{i}"),
            path(f"g{i}", f"b{i}", f"j{i}")]  # fmt: skip
        last = f"j{i}"
    return drawing(process("p", *parts, end(), flow(last, "e")))


REFUSED = {
    "entities": bomb(),
    "quadratic entities": b'<!DOCTYPE d [<!ENTITY a "' + b"a" * 100_000 + b'">]><d>'
    + b"&a;" * 100_000 + b"</d>",
    "a file": b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>',
    "an outer entity": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><d/>',
    "empty": b"",
    "blank": b"   \n",
    "not xml": b"\x00\x01\x02 not xml",
    "json": b'{"id": 1}',
    "cut off": drawing(process("p", user("a")))[:200],
    "wrong encoding": drawing(process("p", user("a", name="表"))).decode().encode("gbk"),
    "unknown encoding": b'<?xml version="1.0" encoding="nonsense"?><x/>',
    "other xml": b"<html><body/></html>",
    "deep": nested(150),
    "very deep": b"<a>" * 100_000 + b"</a>" * 100_000,
    "many": (HEAD + "<bpmn:category/>" * 150_000 + "</bpmn:definitions>").encode(),
    "100 MB": b"<x>" + b" " * (100 * 1024 * 1024) + b"</x>",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_at_once(name: str) -> None:
    began = time.process_time()
    found = engine.check({"bad.bpmn": REFUSED[name]})
    assert time.process_time() - began < SECONDS / 2
    assert {(f.file, f.rule, f.severity) for f in found} == {("bad.bpmn", "xml", "error")}


@pytest.mark.parametrize("suffix", ["dmn", "form", "po", "typ"])
def test_a_file_of_any_kind_that_is_too_large_is_refused(suffix: str) -> None:
    found = engine.check({f"big.{suffix}": b" " * (5 * 1024 * 1024)})
    assert [(f.rule, f.severity) for f in found if f.severity == "error"] == [("size", "error")]


def test_a_huge_attribute_is_only_a_long_name() -> None:
    began = time.process_time()
    body = process("p", start(), user("a", name="名" * 1_000_000), end(), path("s", "a", "e"))
    assert [f for f in engine.check({"t.bpmn": drawing(body)}) if f.severity == "error"] == []
    assert time.process_time() - began < SECONDS / 2


def test_a_deep_drawing_is_checked() -> None:
    found = engine.check({"t.bpmn": nested(80)})
    assert [f for f in found if f.severity == "error"] == []


def test_ten_thousand_elements_and_all_bad_ones_through_the_commands(tmp_path: Path) -> None:
    """In a process of their own, so that memory is theirs: no stack trace, within the limits."""
    good = tmp_path / "row.bpmn"
    good.write_bytes(long_row(10_000))
    for name, content in REFUSED.items():
        (tmp_path / f"{name.replace(' ', '_')}.bpmn").write_bytes(content)
    script = tmp_path / "s.json"
    script.write_text("{}")
    told = limited("check", "--json", str(good))
    assert {f["severity"] for f in json.loads(told.stdout)} == {"warning"}
    told = limited("check", "--json", str(tmp_path))
    bad = {Path(f["file"]).stem for f in json.loads(told.stdout) if f["severity"] == "error"}
    assert {name.replace(" ", "_") for name in REFUSED} <= bad
    told = limited("rehearse", str(tmp_path), "--process", "p", "--script", str(script))
    assert json.loads(told.stdout)["status"] == "failed"


RUN = """
import resource, sys
from app.cli.check import check
from app.cli.rehearse import rehearse
command = {"check": check, "rehearse": rehearse}[sys.argv[1]]
try:
    command.main(sys.argv[2:], standalone_mode=True)
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss: it begins with what the process had that started this one.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(used.ru_utime + used.ru_stime, int(status["VmHWM"].split()[0]) // 1024, file=sys.stderr)
"""


def limited(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the shell within the limits."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, cwd=ROOT,
        timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    # Of the processor, as other tests run beside it.
    seconds, megabytes = done.stderr.split()[-2:]
    assert float(seconds) < SECONDS
    assert int(megabytes) < MEGABYTES
    return done
