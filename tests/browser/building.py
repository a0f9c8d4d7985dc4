"""Three hundred issued meters and their acceptance, begun by its engineer; says its number."""

from __future__ import annotations

import sys

from app import cases, config, create_app, people
from app.work import now
from app.worktime import local_day
from tests.procedures.accepting import building

DOORS = [f"{unit}单元{floor}{door:02}" for unit in (1, 2, 3) for floor in range(1, 26)
         for door in range(1, 5)]  # fmt: skip


def main() -> None:
    """Build it in the installation that the environment names."""
    app = create_app(config.settings())
    with app.app_context():
        engineer = next(
            people.actor_of(one.id, None, channel="web")
            for one in people.persons()
            if one.login == "guheng"
        )
        points = [{"point_no": no} for no in building(*DOORS, mark="B")]
        brought = {"points": points, "region": "城东", "source": "connection",
                   "completion": {"done_on": local_day(now()).isoformat()}}  # fmt: skip
        moved = cases.start("meter_acceptance", brought, by=engineer)
        sys.stdout.write(moved.number)


if __name__ == "__main__":
    main()
