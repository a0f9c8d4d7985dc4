"""The product as it is served, with the services of the chaos drawings beside its own."""

import faulthandler
import signal

from app import cases, create_app
from app.cases.services import table
from app.jobs import patience
from tests.chaos.services import FUNCTIONS

app = create_app()
cases.install([*table.services.values(), *FUNCTIONS], table.checks)
# A job that hangs is given up sooner than in earnest, so that a round is not long.
patience.MORE = 1
# Where it stands goes to its log, when the town asks.
faulthandler.register(signal.SIGUSR1, all_threads=True)
