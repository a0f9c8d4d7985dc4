"""Issued meters in the installation that the environment names.

`MARK DOOR…` hands out the meters of these doors and says the numbers of their points, one a line;
without doors they are three hundred. `--begin MARK DOOR…` begins their acceptance by its engineer
as well, and says its number.
"""

from __future__ import annotations

import sys

from app import cases, config, create_app, people
from app.work import now
from app.worktime import local_day
from tests.procedures.accepting import building

DOORS = [f"{unit}单元{floor}{door:02}" for unit in (1, 2, 3) for floor in range(1, 26)
         for door in range(1, 5)]  # fmt: skip


def begun(points: list[str]) -> str:
    """The acceptance of these points; its number."""
    engineer = next(
        people.actor_of(one.id, None, channel="web")
        for one in people.persons()
        if one.login == "guheng"
    )
    done = {"done_on": local_day(now()).isoformat()}
    brought = {"points": [{"point_no": no} for no in points], "region": "城东",
               "source": "connection", "completion": done}  # fmt: skip
    return cases.start("meter_acceptance", brought, by=engineer).number


def main(*words: str) -> None:
    """Build it."""
    begin = words[0] == "--begin"
    mark, *doors = words[begin:]
    with create_app(config.settings()).app_context():
        points = building(*(doors or DOORS), mark=mark)
        sys.stdout.write(begun(points) if begin else "\n".join(points))


if __name__ == "__main__":
    main(*sys.argv[1:])
