"""Every command names its right; what is the system's or the administrator's is nobody else's."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from inspect import isfunction
from typing import Any

import pytest
from flask import Flask

import app as product
from app import people
from app.db import raw
from app.errors import NotAllowed
from app.people.groups import GROUPS
from app.work import RIGHTS, SYSTEM, Actor

PLAIN = [key for key, *_ in GROUPS]


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Name and callable of every command of the product."""
    for module in pkgutil.walk_packages(product.__path__, "app."):
        for name, found in list(vars(importlib.import_module(module.name)).items()):
            inner = isfunction(found) and getattr(found, "__wrapped_command__", None)
            if inner and inner.__module__ == module.name:
                yield f"{module.name}.{name}", found


def test_every_command_names_its_right() -> None:
    found = dict(commands())
    assert len(found) > 70
    assert {n: c.right for n, c in found.items() if c.right not in RIGHTS} == {}


@pytest.mark.parametrize("group", PLAIN)
def test_what_is_not_theirs_is_refused_before_anything_is_read(app: Flask, group: str) -> None:
    people.ensure_groups(by=SYSTEM)
    who = Actor(7, "moumou", "某人", frozenset({group}), sees_all_regions=True)
    closed = {"system"} if group == "admin" else {"system", "admin"}
    mine = [(n, c) for n, c in commands() if c.right in closed]
    assert len(mine) > 20
    for _name, each in mine:
        with pytest.raises(NotAllowed):
            each(by=who)
    asked = "SELECT count(*) FROM trail WHERE action = 'attempt:refused' AND actor_login = 'moumou'"
    assert raw().execute(asked).fetchone() == (len(mine),)
