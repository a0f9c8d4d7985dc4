"""Who comes in, as whom, and who does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import audit, cases, config, people
from app.db import db, raw
from app.errors import Conflict, Invalid, NotAllowed, NotSignedIn, Refused, TooMany
from app.work import SYSTEM, Actor, Work, command, now

PASSWORD = "correct-horse-7"
ADMIN = Actor(1, "qimingyuan", "祁明远", frozenset({"admin"}))
CLERK = Actor(2, "linqi", "林栖", frozenset({"window_clerk"}))


@command
def cast(work: Work) -> list[people.Person]:
    return people.demo_cast(work, PASSWORD)


@pytest.fixture
def staff(app: Flask) -> Flask:
    cast(by=SYSTEM)
    return app


def actor(login: str) -> Actor:
    found = people.actor_for_session(people.sign_in(login, PASSWORD))
    assert found is not None
    return found


def actions(login: str) -> list[str]:
    key = str(people.person(login).id)
    chain = (audit.Entry.subject_kind == "person", audit.Entry.subject_key == key)
    query = sa.select(audit.Entry.action).where(*chain).order_by(audit.Entry.seq)
    return list(db.session.scalars(query))


@pytest.mark.usefixtures("staff")
def test_the_demo_persons_have_their_groups() -> None:
    dispatcher, clerk = actor("jiangbeichen"), actor("linqi")
    assert dispatcher.groups == {"branch_dispatcher:城东"}
    assert (dispatcher.region, dispatcher.sees_all_regions) == ("城东", False)
    assert (clerk.groups, clerk.sees_all_regions) == ({"window_clerk"}, True)
    assert [p.login for p in people.members("data_entry")] == ["chengyuan", "qiaozhiwei"]
    assert {g.key for g in people.groups()} >= {p.split(":")[0] for p in dispatcher.groups}


@pytest.mark.usefixtures("staff")
def test_colleagues_are_those_of_the_groups_without_oneself() -> None:
    assert [p.login for p in people.colleagues(actor("linqi"))] == ["ruanqinghe"]
    assert [p.login for p in people.colleagues(actor("linqi"), ["data_entry"])] == [
        "chengyuan",
        "qiaozhiwei",
    ]


@pytest.mark.usefixtures("staff")
def test_the_cast_and_the_groups_are_added_once() -> None:
    assert cast(by=SYSTEM) == []
    assert people.ensure_groups(by=SYSTEM) == 0


@pytest.mark.usefixtures("app")
def test_no_demo_persons_where_the_installation_is_no_demo() -> None:
    before = config.settings()
    config.install(replace(before, demo=False))
    try:
        with pytest.raises(Refused):
            cast(by=SYSTEM)
    finally:
        config.install(before)


@pytest.mark.usefixtures("staff")
def test_signing_in_takes_any_case_and_gives_a_new_token_each_time() -> None:
    first = people.sign_in(" LinQi ", PASSWORD, address="10.0.0.7")
    second = people.sign_in("linqi", PASSWORD, address="10.0.0.7", replaces=first)
    assert first != second
    assert people.actor_for_session(first) is None, "the old session ended"
    found = people.actor_for_session(second, address="10.0.0.9")
    assert found is not None
    assert (found.login, found.address, found.channel) == ("linqi", "10.0.0.9", "web")
    stored = str(raw().execute("SELECT * FROM sessions").fetchall())
    assert second not in stored


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(("login", "password"), [("linqi", "wrong-horse-7"), ("nobody", PASSWORD)])
def test_a_wrong_password_and_an_unknown_login_look_the_same(login: str, password: str) -> None:
    with pytest.raises(people.SignInFailed) as refused:
        people.sign_in(login, password)
    assert refused.value.text == "用户名或密码不正确。"


@pytest.mark.usefixtures("staff")
def test_failures_are_on_record_and_throttled_by_login() -> None:
    for _ in range(8):
        with pytest.raises(people.SignInFailed):
            people.sign_in("linqi", "wrong-horse-7", address="10.0.0.1")
    assert actions("linqi").count("person:sign_in_failed") == 8
    with pytest.raises(TooMany):
        people.sign_in("linqi", PASSWORD, address="10.0.0.2")
    assert people.sign_in("ruanqinghe", PASSWORD, address="10.0.0.1")
    raw().execute("UPDATE throttles SET since = since - interval '16 minutes'")
    assert people.sign_in("linqi", PASSWORD)


@pytest.mark.usefixtures("staff")
def test_a_success_clears_the_count() -> None:
    for _ in range(3):
        for _ in range(7):
            with pytest.raises(people.SignInFailed):
                people.sign_in("linqi", "wrong-horse-7")
        people.sign_in("linqi", PASSWORD)


@pytest.mark.usefixtures("staff")
def test_an_address_is_throttled_over_all_logins() -> None:
    raw().execute("INSERT INTO throttles VALUES ('address:10.0.0.1', 100, now())")
    with pytest.raises(TooMany):
        people.sign_in("linqi", PASSWORD, address="10.0.0.1")


@pytest.mark.usefixtures("staff")
def test_a_session_ends_by_sign_out_idleness_age_and_leaving() -> None:
    def after(**moved: float) -> Actor | None:
        return people.actor_for_session(token, at=now() + timedelta(**moved))

    token = people.sign_in("linqi", PASSWORD)
    assert after(minutes=59) is not None, "and this counts as being seen"
    assert after(minutes=118) is not None
    assert after(minutes=118 + 61) is None
    for hour in range(3, 12):
        raw().execute("UPDATE sessions SET last_seen_at = %s", [now() + timedelta(hours=hour)])
        assert after(hours=hour, minutes=30) is not None
    assert after(hours=12, minutes=1) is None
    cases.set_active("linqi", False, by=ADMIN)
    assert people.actor_for_session(token) is None
    with pytest.raises(people.SignInFailed):
        people.sign_in("linqi", PASSWORD)
    cases.set_active("linqi", True, by=ADMIN)
    token = people.sign_in("linqi", PASSWORD)
    people.sign_out(token)
    assert people.actor_for_session(token) is None
    people.sign_out(token)


@pytest.mark.usefixtures("staff")
def test_one_session_can_be_ended_by_its_owner_and_the_administrator_only() -> None:
    token = people.sign_in("linqi", PASSWORD)
    (found,) = people.sessions(people.person("linqi").id)
    with pytest.raises(NotAllowed):
        people.end_session(found.id, by=actor("ruanqinghe"))
    people.end_session(found.id, by=actor("qimingyuan"))
    assert people.actor_for_session(token) is None


def _statements(run: Callable[[], Any]) -> list[str]:
    from app import watch

    seen: list[str] = []
    original = watch.Watched.execute

    def spy(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        if "SAVEPOINT" not in str(query):  # of the test's own transaction
            seen.append(str(query))
        return original(self, query, *args, **kwargs)

    watch.Watched.execute = spy  # type: ignore[method-assign]
    try:
        run()
    finally:
        watch.Watched.execute = original  # type: ignore[method-assign]
    return seen


@pytest.mark.usefixtures("staff")
def test_an_actor_costs_one_statement() -> None:
    session = people.sign_in("linqi", PASSWORD)
    token = people.issue_token("linqi", by=SYSTEM)
    people.actor_for_token(token)
    assert len(_statements(lambda: people.actor_for_session(session))) == 1
    assert len(_statements(lambda: people.actor_for_token(token))) == 1


@pytest.mark.usefixtures("staff")
def test_a_token_is_shown_once_expires_and_stops_when_revoked() -> None:
    token = people.issue_token("jiangbeichen", by=SYSTEM, expires=now() + timedelta(days=2))
    found = people.actor_for_token(token, scope="write", address="10.0.0.3")
    assert (found.groups, found.channel, found.address) == (
        {"branch_dispatcher:城东"},
        "api",
        "10.0.0.3",
    )
    assert token not in str(raw().execute("SELECT * FROM api_tokens").fetchall())
    with pytest.raises(NotSignedIn):
        people.actor_for_token(token, at=now() + timedelta(days=3))
    (kept,) = people.tokens(found.id or 0)
    people.revoke_token(kept.id, by=found)
    with pytest.raises(NotSignedIn):
        people.actor_for_token(token)
    with pytest.raises(NotSignedIn):
        people.actor_for_token("gs_nonsense")
    assert actions("jiangbeichen")[-2:] == ["person:token_issue", "person:token_revoke"]


@pytest.mark.usefixtures("staff")
def test_a_reading_token_reads_and_runs_no_command() -> None:
    token = people.issue_token("qimingyuan", scope="read", by=SYSTEM)
    reader = people.actor_for_token(token, scope="read")
    with pytest.raises(NotAllowed):
        people.actor_for_token(token, scope="write")
    with pytest.raises(NotAllowed):
        cases.set_active("linqi", False, by=reader)
    assert people.person("linqi").active


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"scope": "root"}, "scope"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "expires"),
        ({"expires": datetime(2099, 1, 1, tzinfo=UTC)}, "expires"),
    ],
)
def test_a_token_without_an_end_or_with_an_unknown_scope_is_refused(
    given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        people.issue_token("linqi", by=SYSTEM, **given)
    assert set(refused.value.fields) == {field}


@pytest.mark.usefixtures("staff")
def test_changing_the_password_ends_the_other_sessions() -> None:
    mine, other = people.sign_in("linqi", PASSWORD), people.sign_in("linqi", PASSWORD)
    person = people.actor_for_session(mine)
    assert person is not None
    with pytest.raises(people.SignInFailed):
        people.change_password("wrong-horse-7", "another-horse-8", by=person)
    with pytest.raises(Invalid) as short:
        people.change_password(PASSWORD, "short-123", by=person)
    assert set(short.value.fields) == {"new"}
    people.change_password(PASSWORD, "another-horse-8", keep=mine, by=person)
    assert people.actor_for_session(mine) is not None
    assert people.actor_for_session(other) is None
    assert people.sign_in("linqi", "another-horse-8")
    with pytest.raises(people.SignInFailed):
        people.sign_in("linqi", PASSWORD)


@pytest.mark.usefixtures("staff")
def test_only_the_administrator_manages_people_and_attempts_are_on_record() -> None:
    clerk, admin = actor("linqi"), actor("qimingyuan")
    attempts: list[Callable[[Actor], object]] = [
        lambda by: people.add("new", "新人", by=by),
        lambda by: cases.set_groups("linqi", ["admin"], by=by),
        lambda by: cases.set_active("ruanqinghe", False, by=by),
        lambda by: people.reset_password("ruanqinghe", "another-horse-8", by=by),
        lambda by: people.issue_token("ruanqinghe", by=by),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt(clerk)
    assert actions("linqi").count("attempt:refused") == len(attempts)
    for attempt in attempts:
        attempt(admin)


@pytest.mark.usefixtures("staff")
def test_groups_can_be_replaced_and_the_change_is_on_record() -> None:
    cases.set_groups("linqi", ["window_clerk", "meter_reader:城南"], by=ADMIN)
    assert actor("linqi").groups == {"window_clerk", "meter_reader:城南"}
    key = str(people.person("linqi").id)
    entry = db.session.scalars(
        sa.select(audit.Entry).filter_by(
            subject_kind="person", subject_key=key, action="person:groups"
        )
    ).one()
    assert entry.body["before"] == {"groups": ["window_clerk"]}


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("group", ["nonsense", "window_clerk:城东", "meter_reader"])
def test_groups_that_cannot_be_are_refused(group: str) -> None:
    with pytest.raises(Invalid):
        cases.set_groups("linqi", [group], by=ADMIN)
    assert actor("linqi").groups == {"window_clerk"}


@pytest.mark.usefixtures("staff")
def test_a_login_is_taken_once() -> None:
    with pytest.raises(Conflict):
        people.add("LinQi", "另一人", by=ADMIN)


@pytest.mark.parametrize(
    ("groups", "group", "may"),
    [
        ({"window_clerk"}, "window_clerk", True),
        ({"window_clerk"}, "window", False),
        ({"meter_reader:城东"}, "meter_reader", True),
        ({"meter_reader:城东"}, "meter_reader:城东", True),
        ({"meter_reader:城东"}, "meter_reader:城南", False),
        ({"process_owner"}, "process_owner:meter_transfer", True),
        ({"process_owner:hotline"}, "process_owner:meter_transfer", False),
        (set(), "admin", False),
    ],
)
def test_who_may(groups: set[str], group: str, may: bool) -> None:
    person = Actor(1, "x", "x", frozenset(groups))
    assert people.may(person, group) is may


@pytest.mark.usefixtures("staff")
def test_what_is_over_is_cleaned_up() -> None:
    people.sign_in("linqi", PASSWORD, address="10.0.0.1")
    people.clean_up(by=SYSTEM, at=now() + timedelta(days=2))
    assert raw().execute("SELECT count(*) FROM sessions").fetchone() == (0,)
    assert raw().execute("SELECT count(*) FROM throttles").fetchone() == (0,)


def test_tokens_by_the_command_line(fresh: Flask) -> None:
    from app.cli import people as commands

    cast(by=SYSTEM)
    run = fresh.test_cli_runner().invoke
    made = run(commands.group, ["token", "linqi", "--scope", "read"])
    assert made.exit_code == 0
    assert people.actor_for_token(made.output.strip(), scope="read").login == "linqi"
    assert run(commands.group, ["token", "nobody"]).exit_code == 2
    added = run(
        commands.group,
        [
            "add",
            "newone",
            "新人",
            "--group",
            "meter_reader:城东",
            "--region",
            "城东",
            "--password",
            PASSWORD,
        ],
    )
    assert added.exit_code == 0, added.output
    assert actor("newone").groups == {"meter_reader:城东"}
    assert run(commands.group, ["add", "newone", "新人", "--password", PASSWORD]).exit_code == 2


def test_a_password_is_long_enough_and_no_pattern(staff: Flask) -> None:
    for wrong in ("short-pass", "x" * 201, "abababababab", "一" * 20):
        with pytest.raises(Invalid):
            people.reset_password("linqi", wrong, by=SYSTEM)
    people.reset_password("linqi", "雨水、江水、井水，都是水 ✓", by=SYSTEM)
    assert people.sign_in("linqi", "雨水、江水、井水，都是水 ✓")


def test_a_password_is_stored_as_argon2id(staff: Flask) -> None:
    people.reset_password("linqi", "yi-er-san-si-wu", by=SYSTEM)
    assert str(people.person("linqi").password_hash).startswith("$argon2id$")
