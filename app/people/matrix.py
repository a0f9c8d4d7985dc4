"""Who may do what with each procedure's cases: the matrix of roles and procedures (domain 3.3).

C: take in and start; D: do its steps; A: approve; R: read; nothing: the cases stay closed. A group
with a step of its own in a case sees that case in any event. A procedure that is not in the table
is open, within the region, to every group that does business.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

# The columns of the matrix, and the groups that stand in them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "window": ("window_clerk",),
    "hotline": ("hotline_agent",),
    "branch": ("branch_dispatcher", "branch_repair", "meter_reader"),
    "dept": (
        "dept_liaison", "dispatch_desk", "repair_unit", "leak_team", "water_quality_station",
        "enforcement_team", "supply_mgmt", "surveyor_designer", "installer",
        "acceptance_engineer", "invoice_clerk", "contract_clerk", "meter_storekeeper", "metering",
        "sales", "data_entry", "collector", "company_office", "qa_assessor",
    ),
    "cashier": ("cashier",),
    "finance": ("finance",),
    "director": ("cs_director",),
    "leader": ("company_leader_in_charge", "company_leader"),
    "group": ("group_approver",),
    "auditor": ("auditor",),
}  # fmt: skip
_ROWS = """
hotline_case             CD CD D  D  -  -  A  R  -  R
walk_in_visit            CD R  D  D  -  -  A  D  -  R
new_connection           CD R  D  D  D  R  A  A  -  R
meter_transfer           CD R  D  -  D  R  A  -  -  R
payment_deferral         CD -  C  -  R  D  D  A  -  R
bad_debt_writeoff        -  -  R  -  -  D  CD A  A  R
arrears_collection       R  R  D  -  R  D  A  A  -  R
water_inspection         R  C  CD D  R  D  A  A  -  R
planned_outage           R  D  D  CD -  -  A  AR -  R
emergency_outage         R  D  D  CD -  -  A  AR -  R
meter_acceptance         R  -  D  D  -  -  A  A  -  R
meter_issue              -  -  D  D  -  -  -  -  -  R
meter_replacement        CD C  CD D  -  A  A  -  -  R
low_income_registration  CD -  -  D  -  R  -  -  -  R
low_income_review        CD -  -  D  -  R  -  -  -  R
cashier_shift            -  -  R  -  CD D  A  -  -  R
counter_payment          -  -  R  -  CD D  A  -  -  R
invoice_exchange         R  -  -  D  CD A  -  -  -  R
account_closure          CD -  D  D  D  A  A  -  -  R
customer_info_change     CD -  D  D  -  A  A  -  -  R
satisfaction_followup    R  CD R  R  -  -  R  -  -  R
archive_filing           D  D  D  D  -  -  A  -  -  R
archive_borrow           CD CD CD CD -  -  CA -  -  R
complainant_file         R  D  -  -  -  -  CD A  -  R
monthly_assessment       -  -  R  CD -  -  R  A  -  R
process_change           -  -  -  -  -  -  -  -  -  R
"""
MATRIX: dict[str, dict[str, str]] = {
    row.split()[0]: {
        column: letters.strip("-") for column, letters in zip(COLUMNS, row.split()[1:], strict=True)
    }
    for row in _ROWS.strip().splitlines()
}
# Steps that the catalogue of procedures gives to groups whose column has none (domain 4).
STEPS: dict[str, dict[str, str]] = {
    "meter_transfer": {"contract_clerk": "D", "data_entry": "D", "company_leader_in_charge": "A"},
    "meter_issue": {"meter_storekeeper": "C"},
    "meter_acceptance": {"window_clerk": "CD", "acceptance_engineer": "C"},
    "archive_filing": {"archivist": "D"},
    "archive_borrow": {"archivist": "CDA"},
    "satisfaction_followup": {"cs_director": "D"},
}
# They see every case there is: the auditor to trace, the director to answer for it.
EVERYTHING = frozenset({"auditor", "cs_director"})


@lru_cache(maxsize=4096)
def letters(procedure: str, group: str) -> str | None:
    """What a group may do with a procedure's cases, as letters of C, D, A, R; None when the
    procedure is not in the table. ``group`` without its region."""
    row = MATRIX.get(procedure)
    if row is None:
        return None
    found = [row[column] for column, groups in COLUMNS.items() if group in groups]
    return "".join(dict.fromkeys("".join(found) + STEPS.get(procedure, {}).get(group, "")))


def reads(groups: Iterable[str], procedure: str) -> bool:
    """Whether members of these groups may see the procedure's cases."""
    plain = {group.partition(":")[0] for group in groups}
    if plain & EVERYTHING or procedure not in MATRIX:
        return True
    return any(letters(procedure, group) for group in plain)
