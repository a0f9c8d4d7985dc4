"""Working days pass for a case of the installation that the environment names.

`python -m tests.browser.later NUMBER DAYS` goes to the end of the DAYS-th working day after the
case began; what falls due on the way happens at its moment, by the commands of the house itself.
"""

from __future__ import annotations

import sys
from datetime import datetime, time

from app import cases, config, create_app, settings
from app.work import SYSTEM
from app.worktime import SHANGHAI, local_day
from tests.procedures.waiting import wait


def main(number: str, days: str) -> None:
    """Let them pass."""
    with create_app(config.settings()).app_context():
        began = local_day(cases.case(SYSTEM, number).started_at)
        last = settings.calendar().add_workdays(began, int(days))
        wait(number, datetime.combine(last, time(23, 59, 59), SHANGHAI))


if __name__ == "__main__":
    main(*sys.argv[1:])
