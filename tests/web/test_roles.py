"""Every role at every page that is kept to some groups: in, or refused, as the page's mark says."""

from __future__ import annotations

import re

from flask import Flask

from app import people, settings
from app.people.groups import GROUPS
from app.web import rights
from app.work import SYSTEM
from tests.web.conftest import PASSWORD
from tests.web.counter import at_desk, furnish

PARTS = {"region": "城东", "department": "客服中心"}
PLACES = {"login": "linqi", "way": "groups", "key": "limit.T-SUPP", "incident": "999999",
          "name": "transfer_lapsed", "serial": "LJ0000000", "no": "PDD20260101-0001",
          "difference_id": "999999"}  # fmt: skip


def kept_pages(app: Flask) -> list[tuple[str, frozenset[str]]]:
    """Addresses of pages that some groups alone may open, with these groups."""
    found = []
    for rule in app.url_map.iter_rules():
        access = rights.access_of(app.view_functions[rule.endpoint])
        if access and access.groups and "GET" in (rule.methods or ()):
            path = re.sub(r"<[^<>]*?(\w+)>", lambda m: PLACES[m[1]], str(rule.rule))
            found.append((path, access.groups))
    return found


def test_every_role_at_every_page_that_is_kept_to_some(desk: Flask) -> None:
    settings.ensure_defaults(by=SYSTEM)
    furnish()
    pages = kept_pages(desk)
    assert len(pages) > 12
    wrong = []
    for key, *_names, qualifier in GROUPS:
        group = f"{key}:{PARTS[qualifier]}" if qualifier in PARTS else key
        login = key.replace("_", "")
        people.add(login, "某人", password=PASSWORD, groups=(group,), region="城东", by=SYSTEM)
        who = at_desk(desk, login)
        for path, groups in pages:
            status = who.get(path).status_code
            if (status == 403) == (key in groups) or status >= 500:
                wrong.append((key, path, status))
    assert wrong == []
