"""Cases: procedures under way, their tasks, and what people do with them."""

from __future__ import annotations

from app.cases.advance import Stuck
from app.cases.agree import Agreement, Disagreement, agreement
from app.cases.applicant import Applicant, applicant
from app.cases.asked import side_of, sides
from app.cases.back import WayBack, send_back, ways_back
from app.cases.bell import Alert, read_alerts, ring, unread, unread_count
from app.cases.beside import (
    add_sign,
    answer,
    ask,
    ask_extension,
    leaders,
    take_back,
)
from app.cases.by_value import Findable, findable, need_open, read_value
from app.cases.clockwork import (
    call_outside,
    complete_service,
    fire_timer,
    need_services,
    queue_due_timers,
)
from app.cases.commands import (
    Moved,
    NextTask,
    assign,
    claim,
    claim_next,
    deliver_message,
    release,
    save_draft,
    start,
    submit_task,
)
from app.cases.contact import Contact, contact
from app.cases.customer_looks import (
    give_customer_reason,
    look_at_customer,
    may_look_at_customer,
)
from app.cases.ended import ended
from app.cases.force import force_end, merge, urge, watch, withdraw
from app.cases.hearing import (
    clear_away,
    hear_signal,
    note_unheard,
    signal,
    spread_signal,
    take_kept,
)
from app.cases.imports import (
    SOON,
    export_rows,
    open_runs,
    rejected_rows,
    start_import,
    take_import,
    template_of_rows,
)
from app.cases.incidents import (
    Incident,
    Skip,
    incidents,
    note_incident,
    retry_incident,
    skip_incident,
    skip_of,
)
from app.cases.keys import clean_up
from app.cases.lateness import tell_late
from app.cases.load import Load, load
from app.cases.long_submit import is_long, start_submit
from app.cases.lookers import Looked, lookers
from app.cases.looks import (
    WHY,
    Look,
    give_reason,
    look_at_file,
    look_at_thumbnails,
    need_words,
    reason_given,
    sees_file,
)
from app.cases.many_prints import joined_prints, start_prints
from app.cases.models import Case, Task
from app.cases.opening import note_unopened, start_by_timer, start_missed
from app.cases.pages import case, may_open, task_for
from app.cases.post import (
    letters_to_post,
    look_at_notice,
    may_post,
    note_letter_posted,
    note_letter_returned,
    render_letter,
    send_notice_anew,
)
from app.cases.reading import (
    MANY,
    CaseLine,
    Choices,
    Page,
    TaskLine,
    all_cases,
    find,
    seen,
    worklist,
    worklist_choices,
    worklist_counts,
)
from app.cases.recount import recount_limits, recount_some, watch_calendars
from app.cases.rows import OpenSheet, RowPatch, SavedRows, look_at_rows, open_sheet, save_rows
from app.cases.runs import Run, drop_run, forget_runs, run_of
from app.cases.runs import give_up as give_up_run
from app.cases.runs import perform as perform_run
from app.cases.runs import text_of as run_text
from app.cases.senders import messages_from_outside
from app.cases.services import (
    BpmnError,
    Call,
    ServiceContract,
    check_names,
    contracts,
    install,
    service,
)
from app.cases.shapes import CasePage, Entry, Milestone, Side, TaskPage, TaskView
from app.cases.sheets import render_print
from app.cases.staff import give_back, set_active, set_groups
from app.cases.timing import Timing
from app.cases.told import last_entries, opinions, trail
from app.cases.why import Drawn, Evaluated, Reason, drawing, drawn, why

__all__ = [
    "MANY",
    "SOON",
    "WHY",
    "Agreement",
    "Alert",
    "Applicant",
    "BpmnError",
    "Call",
    "Case",
    "CaseLine",
    "CasePage",
    "Choices",
    "Contact",
    "Disagreement",
    "Drawn",
    "Entry",
    "Evaluated",
    "Findable",
    "Incident",
    "Load",
    "Look",
    "Looked",
    "Milestone",
    "Moved",
    "NextTask",
    "OpenSheet",
    "Page",
    "Reason",
    "RowPatch",
    "Run",
    "SavedRows",
    "ServiceContract",
    "Side",
    "Skip",
    "Stuck",
    "Task",
    "TaskLine",
    "TaskPage",
    "TaskView",
    "Timing",
    "WayBack",
    "add_sign",
    "agreement",
    "all_cases",
    "answer",
    "applicant",
    "ask",
    "ask_extension",
    "assign",
    "call_outside",
    "case",
    "check_names",
    "claim",
    "claim_next",
    "clean_up",
    "clear_away",
    "complete_service",
    "contact",
    "contracts",
    "deliver_message",
    "drawing",
    "drawn",
    "drop_run",
    "ended",
    "export_rows",
    "find",
    "findable",
    "fire_timer",
    "force_end",
    "forget_runs",
    "give_back",
    "give_customer_reason",
    "give_reason",
    "give_up_run",
    "hear_signal",
    "incidents",
    "install",
    "is_long",
    "joined_prints",
    "last_entries",
    "leaders",
    "letters_to_post",
    "load",
    "look_at_customer",
    "look_at_file",
    "look_at_notice",
    "look_at_rows",
    "look_at_thumbnails",
    "lookers",
    "may_look_at_customer",
    "may_open",
    "may_post",
    "merge",
    "messages_from_outside",
    "need_open",
    "need_services",
    "need_words",
    "note_incident",
    "note_letter_posted",
    "note_letter_returned",
    "note_unheard",
    "note_unopened",
    "open_runs",
    "open_sheet",
    "opinions",
    "perform_run",
    "queue_due_timers",
    "read_alerts",
    "read_value",
    "reason_given",
    "recount_limits",
    "recount_some",
    "rejected_rows",
    "release",
    "render_letter",
    "render_print",
    "retry_incident",
    "ring",
    "run_of",
    "run_text",
    "save_draft",
    "save_rows",
    "seen",
    "sees_file",
    "send_back",
    "send_notice_anew",
    "service",
    "set_active",
    "set_groups",
    "side_of",
    "sides",
    "signal",
    "skip_incident",
    "skip_of",
    "spread_signal",
    "start",
    "start_by_timer",
    "start_import",
    "start_missed",
    "start_prints",
    "start_submit",
    "submit_task",
    "take_back",
    "take_import",
    "take_kept",
    "task_for",
    "tell_late",
    "template_of_rows",
    "trail",
    "unread",
    "unread_count",
    "urge",
    "watch",
    "watch_calendars",
    "ways_back",
    "why",
    "withdraw",
    "worklist",
    "worklist_choices",
    "worklist_counts",
]
