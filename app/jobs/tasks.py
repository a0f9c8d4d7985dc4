"""The jobs: each runs a command and turns what fails into a retry, then into an incident.

Arguments are ids only. Every job may safely run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from procrastinate import JobContext
from procrastinate.jobs import Status

from app import attachments, audit, cases, checkpoints, notices, people, registry
from app.errors import Conflict, Problem
from app.jobs.patience import Patience, within
from app.procedures import low_income_review, promised, satisfaction_followup
from app.queue import job, queue
from app.work import SYSTEM, Actor, now, outage

log = logging.getLogger(__name__)

TIMER: Actor = replace(SYSTEM, channel="timer")
JOB: Actor = replace(SYSTEM, channel="job")
# 10 s, 40 s, 160 s, about 11 min, about 43 min: an hour for the other side to come back.
RETRY = Patience(max_attempts=5, exponential_wait=4, wait=10)
TIMER_ATTEMPTS = 3
TIMER_RETRY = Patience(max_attempts=TIMER_ATTEMPTS, linear_wait=5)
ATTEMPTS = 5
# In the small hours of Shanghai (UTC+8) nobody waits.
WHOLE_HOUR = 18
# A living worker gives a sign of life every 10 s.
SILENT_SECONDS = 30
# About a minute each time: who cannot be reached in three attempts gets a letter (``app.notices``).
# More than three, as one that a killed worker began is left alone for two minutes.
NOTICE_RETRY = Patience(max_attempts=7, exponential_wait=4, wait=60)


@queue.periodic(cron="* * * * * *")
@job("tick", queueing_lock="tick", pass_context=False)
def tick(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Each second: one job for each timer that is due, of cases and of starts."""
    cases.queue_due_timers(by=TIMER)


# The seconds stand last.
@queue.periodic(cron="* * * * * */10")
@job("rescue", queueing_lock="rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Give the jobs of a worker that was killed to those that live; each may run twice."""
    jobs = context.app.job_manager
    for one in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        log.warning("job %s of a dead worker is given out again", one.id)
        if one.queueing_lock:
            # One that comes by itself: the next may be queued already.
            await jobs.finish_job(one, Status.FAILED, delete_job=True)
        else:
            await jobs.retry_job(one)


@queue.periodic(cron="*/5 * * * *")
@job("tell_late", queueing_lock="tell_late")
def tell_late(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Every five minutes: who holds what has become late, and who leads the group."""
    cases.tell_late(by=JOB)


@queue.periodic(cron="*/10 * * * *")
@job("clear_away", queueing_lock="clear_away")
def clear_away(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Every ten minutes: kept messages whose time is over, signals that all have been told."""
    cases.clear_away(by=JOB)


@queue.periodic(cron="17 3 * * *")
@job("ensure_partitions", queueing_lock="ensure_partitions")
def ensure_partitions(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Each night: the trail's tables of the months to come."""
    audit.ensure_partitions(now())


@queue.periodic(cron="47 3 * * *")
@job("clean_up", queueing_lock="clean_up")
def clean_up(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Each night: sessions, throttles and idempotency keys whose time is over."""
    people.clean_up(by=JOB)
    cases.clean_up(by=JOB)
    cases.give_back(by=JOB)
    cases.forget_runs(by=JOB)


@queue.periodic(cron="* * * * *")
@job("tell_of_promises", queueing_lock="tell_of_promises")
def tell_of_promises(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Each minute: promised papers whose day has come, or has passed."""
    promised.tell_of_promises(by=JOB)


@queue.periodic(cron="7 * * * *")
@job("end_reliefs", queueing_lock="end_reliefs")
def end_reliefs(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Each hour, so that a worker that stood still at midnight loses no day: reliefs whose
    certificate has run out end, those that soon will are reviewed."""
    registry.expire_reliefs(by=JOB)
    low_income_review.begin_reviews(by=JOB)


@queue.periodic(cron="22 * * * *")
@job("follow_up_samples", queueing_lock="follow_up_samples")
def follow_up_samples(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Each hour, so that a worker that stood still at the end of a period loses nothing: a share
    of what ended in it is called back."""
    satisfaction_followup.follow_up_samples(by=JOB)


@queue.periodic(cron="*/10 * * * *")
@job("scan_again", queueing_lock="scan_again")
def scan_again(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Every ten minutes: files that came while the scanner was silent."""
    for file_id in attachments.wait_for_scan():
        attachments.scan_again(file_id, by=JOB)


@job("draw_thumbnail", retry=RETRY)
def draw_thumbnail(file_id: str) -> None:
    """Draw a file small; a store that is down is asked again."""
    attachments.keep_thumbnail(file_id, by=JOB)


@queue.periodic(cron="27 17 * * *")
@job("recall_meters", queueing_lock="recall_meters")
def recall_meters(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """After midnight in Shanghai: meters that went out and were not installed in time."""
    registry.recall_overdue(by=JOB)


@queue.periodic(cron="37 * * * *")
@job("checkpoint", queueing_lock="checkpoint")
def checkpoint(timestamp: int) -> None:
    """Each hour: sign the heads of the chains that grew; once a day look at the whole trail."""
    whole = datetime.fromtimestamp(timestamp, UTC).hour == WHOLE_HOUR
    checkpoints.make(whole=whole, by=JOB)


@job("fire_timer", retry=TIMER_RETRY, pass_context=True)
def fire_timer(context: JobContext, case_number: str, timer_id: str) -> None:
    """Fire a timer; what does not work three times is an incident."""
    _or_incident(
        context,
        TIMER_ATTEMPTS,
        case_number,
        "timer",
        timer_id,
        lambda: cases.fire_timer(case_number, timer_id, by=TIMER),
    )


@job("call_outside", retry=RETRY, pass_context=True)
def call_outside(context: JobContext, case_number: str, call_id: str) -> None:
    """Make an outside call, then move the case by its answer."""

    def both() -> None:
        if cases.call_outside(case_number, call_id, by=JOB):
            cases.complete_service(case_number, call_id, by=JOB)

    _or_incident(context, ATTEMPTS, case_number, "service", call_id, both)


@job("spread_signal", retry=TIMER_RETRY)
def spread_signal(signal_id: int) -> None:
    """One job for each that hears a signal."""
    cases.spread_signal(signal_id, by=JOB)


@job("hear_signal", retry=TIMER_RETRY, pass_context=True)
def hear_signal(context: JobContext, receiver_id: int) -> None:
    """Tell one case of a signal, or open the case that it starts."""
    _or(
        context,
        TIMER_ATTEMPTS,
        lambda: cases.hear_signal(receiver_id, by=JOB),
        lambda text, element: cases.note_unheard(receiver_id, text, element, by=JOB),
    )


@job("take_kept", retry=TIMER_RETRY)
def take_kept(case_number: str) -> None:
    """Hand a case what is kept for it; what it cannot take is its incident already."""
    within(lambda: cases.take_kept(case_number, by=JOB))


@job("start_by_timer", retry=TIMER_RETRY, pass_context=True)
def start_by_timer(context: JobContext, timer_id: int) -> None:
    """Open the case of a timer that is due."""
    _or(
        context,
        TIMER_ATTEMPTS,
        lambda: cases.start_by_timer(timer_id, by=TIMER),
        lambda text, _: cases.note_unopened(timer_id, text, by=TIMER),
    )


@job("start_missed", retry=TIMER_RETRY)
def start_missed(incident_id: int) -> None:
    """Open a case that a timer could not open; its incident stays until it goes through."""
    within(lambda: cases.start_missed(incident_id, by=JOB))


@job("do_run", retry=TIMER_RETRY, pass_context=True)
def do_run(context: JobContext, run_id: int) -> None:
    """Long work of a person: check a workbook, hand in thousands of rows, print many cases."""
    _or(
        context,
        TIMER_ATTEMPTS,
        lambda: cases.perform_run(run_id, by=JOB),
        lambda text, _: cases.give_up_run(run_id, text, by=JOB),
        # Thousands of rows take their time, in many commands.
        bounded=False,
    )


@queue.periodic(cron="*/10 * * * *")
@job("watch_calendars", queueing_lock="watch_calendars")
def watch_calendars(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Every ten minutes: holidays that a new version of the product knows."""
    cases.watch_calendars(by=JOB)


@job("recount_limits", retry=RETRY)
def recount_limits(run_id: int) -> None:
    """Work out the limits of open cases anew."""
    cases.recount_limits(run_id, by=JOB)


class NotDelivered(Problem):
    """通知没有送达，稍后再试。"""


@job("send_notice", retry=NOTICE_RETRY)
def send_notice(notice_id: int) -> None:
    """Send what the outbox holds; a failed attempt is tried again. The case that waits for the
    outcome is told, else a letter is written."""
    _attach(notice_id)
    said = notices.deliver(notice_id, by=JOB)
    _tell(said)
    if said.state == "unsent":
        # Not tried again by itself: `flask notices send` does once a provider is there.
        log.error("notice %s is not sent: no provider is configured", notice_id)
    if said.state in ("queued", "failed"):
        raise NotDelivered(notice=notice_id)


@queue.periodic(cron="* * * * * */15")
@job("queue_receipts", queueing_lock="queue_receipts")
def queue_receipts(timestamp: int) -> None:  # noqa: ARG001 - the queue names it
    """Every quarter of a minute: messages whose provider may know now whether they arrived."""
    notices.queue_receipts(by=JOB)


@job("ask_receipt", retry=TIMER_RETRY)
def ask_receipt(notice_id: int) -> None:
    """Ask whether a message arrived, and tell the case that waits for it."""
    _tell(notices.ask_receipt(notice_id, by=JOB, at=now()))


def _attach(notice_id: int) -> None:
    """Make the print-outs that go with an e-mail; without what cannot be made it goes all the
    same: the words matter more."""
    number, names = notices.lacking(notice_id)
    made = []
    for name in names:
        try:
            body, file = cases.render_print(number, name, by=JOB)
        except Problem as problem:
            log.warning("notice %s goes without %s: %s", notice_id, name, problem)
        else:
            made.append((file, body))
    if made:
        notices.attach(notice_id, made, by=JOB)


def _tell(said: notices.NoticeFacts) -> None:
    """Tell the case how its notice ended; one that waits no more has gone on by its clock."""
    news = notices.tidings(said)
    if news is None:
        return
    with suppress(Conflict):
        cases.deliver_message(notices.TIDINGS, said.tell, news, by=JOB)


def _or_incident(
    context: JobContext, most: int, number: str, kind: str, ref: str, act: Callable[[], Any]
) -> None:
    _or(
        context,
        most,
        act,
        lambda text, element: cases.note_incident(number, kind, ref, text, element, by=JOB),
    )


def _or(
    context: JobContext,
    most: int,
    act: Callable[[], Any],
    give_up: Callable[[str, str | None], Any],
    bounded: bool = True,
) -> None:
    """Do it; the last attempt that fails gives up, with what went wrong and the element. That the
    database does not serve is no fault of the case: it goes on trying."""
    try:
        within(act) if bounded else act()
    except Exception as error:
        if context.job.attempts + 1 < most or outage(error) is not None:
            raise
        # The text of a Problem is ours; any other may carry what is personal: name its class.
        text = str(error) if isinstance(error, Problem) else type(error).__name__
        log.exception("job gave up: %s %s", context.job.task_name, context.job.task_kwargs)
        element = error.details.get("element") if isinstance(error, Problem) else None
        give_up(text, None if element is None else str(element))
