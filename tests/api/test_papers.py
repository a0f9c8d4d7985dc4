"""Papers over HTTP: listed, superseded, never deleted; refused when they are harmful."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest

from app import attachments, cases, registry
from app.work import SYSTEM, Work, command
from tests.api.conftest import ANSWERS, House
from tests.attachments.conftest import Scanner, changed, free_port, photo, scanner, sheets

__all__ = ["scanner"]


@command
def put(work: Work, number: str, kind: str, **more: Any) -> None:
    registry.put_material(
        work, case=number, kind=kind, title="不动产权证",
        **{"mode": "copy", "pages": 1, "received": True, **more},
    )  # fmt: skip


@command
def name_in(work: Work, number: str, file_id: str) -> None:
    attachments.name_in_case(work, [file_id], number)


def send(house: House, content: bytes, name: str = "证.jpg", path: str = "/attachments") -> Any:
    return house.lin.post(path, data={"file": (BytesIO(content), name)})


def filed(house: House) -> tuple[str, str]:
    """A case with one paper and its file."""
    begun = house.lin.start(region="城东")
    number, file = begun["number"], send(house, photo()).get_json()["id"]
    name_in(number, file, by=SYSTEM)
    put(number, "title_deed", file_ids=[file], by=SYSTEM)
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": ANSWERS})
    return number, file


def test_the_papers_of_a_case_are_told_with_day_and_source(house: House) -> None:
    number, file = filed(house)
    put(number, "id", mode="commitment", due=date(2027, 3, 2), by=SYSTEM)
    put(number, "licence", mode="shared", source="市电子证照库", by=SYSTEM)
    first, second, third = house.lin.get(f"/cases/{number}/papers").get_json()["items"]
    assert (first["mode"], first["files"], first["due"]) == ("copy", [file], None)
    assert (second["mode"], second["due"], second["late"]) == ("commitment", "2027-03-02", None)
    assert (third["mode"], third["source"]) == ("shared", "市电子证照库")
    assert house.south.get(f"/cases/{number}/papers").status_code == 403
    assert house.lin.get("/cases/GH20200101-0001/papers").status_code == 404


def test_a_new_file_takes_an_old_ones_place(house: House) -> None:
    number, file = filed(house)
    path = f"/cases/{number}/files/{file}/replace"
    answer = send(house, sheets((600, 800)), "新.pdf", path)
    assert answer.status_code == 201
    new = answer.get_json()["id"]
    (paper,) = house.lin.get(f"/cases/{number}/papers").get_json()["items"]
    assert paper["files"] == [new]
    assert attachments.facts([file])[file].superseded_by == new
    again = send(house, photo(), "又.jpg", path)
    assert (again.status_code, again.get_json()["errors"][0]["field"]) == (422, "file")
    foreign = house.south.post(path, data={"file": (BytesIO(photo()), "a.jpg")})
    assert foreign.status_code == 403


def test_deleting_is_refused_and_on_record(house: House) -> None:
    number, file = filed(house)
    answer = house.lin.send("DELETE", f"/attachments/{file}")
    assert (answer.status_code, "不能删除" in answer.get_json()["detail"]) == (422, True)
    assert house.south.send("DELETE", f"/attachments/{file}").status_code == 404
    tried = [e for e in cases.trail(SYSTEM, number) if e.action == "attempt:refused"]
    assert [e.actor_login for e in tried] == ["lin"]
    assert attachments.open_file(file)[1] == photo()


def test_a_token_that_reads_deletes_and_replaces_nothing(house: House) -> None:
    number, file = filed(house)
    assert house.reader.send("DELETE", f"/attachments/{file}").status_code == 403
    path = f"/cases/{number}/files/{file}/replace"
    answer = house.reader.post(path, data={"file": (BytesIO(photo()), "a.jpg")})
    assert answer.status_code == 403


def test_an_infected_file_is_refused(house: House, scanner: Scanner) -> None:
    scanner.answer[0] = b"stream: Eicar-Test-Signature FOUND\0"
    answer = send(house, photo())
    assert (answer.status_code, "恶意程序" in answer.get_json()["detail"]) == (422, True)
    # What was found is for the record, not for the sender.
    assert "Eicar" not in answer.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"clamd_timeout": 1}, "查毒服务"),
        ({"files_url": "s3://papers", "files_timeout": 1}, "文件存储"),
    ],
)
def test_what_does_not_answer_takes_nothing_in(
    house: House, given: dict[str, Any], said: str
) -> None:
    here = free_port()
    where = (
        {"clamd": f"127.0.0.1:{here}"}
        if said == "查毒服务"
        else {"aws_endpoint_url": f"http://127.0.0.1:{here}", "aws_access_key_id": "k",
              "aws_secret_access_key": "s"}
    )  # fmt: skip
    with changed(**given, **where):
        answer = send(house, photo())
    assert (answer.status_code, said in answer.get_json()["detail"]) == (503, True)
