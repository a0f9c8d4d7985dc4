"""Issued meters in the installation that the environment names.

Without words three hundred and their acceptance, begun by its engineer: says its number. With
`MARK DOOR…` the meters of these doors: says the numbers of their points, one a line.
"""

from __future__ import annotations

import sys

from app import cases, config, create_app, people
from app.work import now
from app.worktime import local_day
from tests.procedures.accepting import building

DOORS = [f"{unit}单元{floor}{door:02}" for unit in (1, 2, 3) for floor in range(1, 26)
         for door in range(1, 5)]  # fmt: skip


def begun() -> str:
    """The acceptance of all doors; its number."""
    engineer = next(
        people.actor_of(one.id, None, channel="web")
        for one in people.persons()
        if one.login == "guheng"
    )
    points = [{"point_no": no} for no in building(*DOORS, mark="B")]
    brought = {"points": points, "region": "城东", "source": "connection",
               "completion": {"done_on": local_day(now()).isoformat()}}  # fmt: skip
    return cases.start("meter_acceptance", brought, by=engineer).number


def main(mark: str = "", *doors: str) -> None:
    """Build it."""
    with create_app(config.settings()).app_context():
        sys.stdout.write("\n".join(building(*doors, mark=mark)) if doors else begun())


if __name__ == "__main__":
    main(*sys.argv[1:])
