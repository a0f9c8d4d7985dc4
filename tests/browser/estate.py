"""A developer's forty-eight flats, applied for, surveyed and signed; says the case's number."""

from __future__ import annotations

import sys

from app import create_app, people
from app.config import settings
from tests.procedures import connecting
from tests.procedures.connecting import DEVELOPER, Connection

PERSONS = ("CLERK", "DESIGNER", "CONTRACTS")
MANY = 48


def main() -> None:
    """Build it in the installation that the environment names, by the persons that it has."""
    app = create_app(settings())
    with app.app_context():
        known = {one.name: people.actor_of(one.id, None, channel="web") for one in people.persons()}
        for name in PERSONS:
            setattr(connecting, name, known[getattr(connecting, name).name])
        case = Connection(by=connecting.CLERK)
        case.to_contract(DEVELOPER, address="城东区星河湾7栋", meters=MANY, floors=12).sign()
        sys.stdout.write(case.number)


if __name__ == "__main__":
    main()
