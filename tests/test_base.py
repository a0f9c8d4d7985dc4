"""The base: configuration, texts, the roles of the database."""

from __future__ import annotations

from dataclasses import fields

import pytest
from flask import Flask
from sqlalchemy import text

from app import config
from app.db import db, raw
from app.texts import T


def test_the_application_role_is_no_owner(app: Flask) -> None:
    row = db.session.execute(
        text("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
    ).one()
    assert tuple(row) == ("water_app", False)
    assert raw().info.user == "water_app"


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"DEMO": "1", "PUBLIC_URL": "https://water.example"}, "DEMO"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://x/y", "DEMO": "maybe"}, "DEMO"),
        ({"DATABASE_URL": "postgresql://x/y", "FEEL_ENGINES": "-1"}, "FEEL_ENGINES"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(config.Misconfigured, match=named):
        config.read(environ)


def test_a_server_needs_a_database_and_a_key() -> None:
    with pytest.raises(config.Misconfigured, match="DATABASE_URL"):
        config.need_database(config.read({}))
    with pytest.raises(config.Misconfigured, match="SECRET_KEY"):
        config.need_database(config.read({"DATABASE_URL": "postgresql://x/y"}))


def test_a_text_speaks_both_languages() -> None:
    text_ = T("没有找到，请核对编号。")
    assert text_ == "没有找到，请核对编号。"
    assert text_.to("en").startswith("Not found")


def test_every_setting_is_documented() -> None:
    documented = (config.ROOT / "docs" / "settings.md").read_text()
    missing = [
        f.name.upper() for f in fields(config.Settings) if f"`{f.name.upper()}`" not in documented
    ]
    assert missing == []
