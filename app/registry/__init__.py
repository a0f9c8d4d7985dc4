"""The register of customers and accounts, meters, bills, payments, contracts and volumes.

Reads give plain facts in clear; writes take the running work, leave their trail on the chain of
the row changed and raise Invalid, Refused, Conflict or NotFound. While a case holds an account,
other changes of it are refused with that case's number; payments stay possible.
"""

from app.registry.acceptance_reads import (
    acceptance,
    acceptance_failures,
    accepting,
    checked_meters,
    meter_kinds,
    passed_before,
    point_lines,
    rectifications,
)
from app.registry.acceptances import (
    accept_meters,
    drop_acceptance,
    fail_meters,
    instruct_rectification,
    issue_rectification,
    note_party,
    note_rectified,
    note_round,
    number_acceptance,
    open_acceptance,
    stop_acceptance,
)
from app.registry.billing import bill, bills, issue_final_bill, open_bills, restart_tiers
from app.registry.charging import FeeLine, charge, total
from app.registry.contracts import contracts, end_contract, sign_contract
from app.registry.facts import (
    AccountFacts,
    AccountLine,
    BillFacts,
    Change,
    ContractFacts,
    CustomerFacts,
    CustomerPage,
    ItemFacts,
    LineFacts,
    MaterialFacts,
    MeterFacts,
    PaymentFacts,
    PointFacts,
    PromiseFacts,
    ReadingFacts,
    VolumeFacts,
)
from app.registry.facts_acceptance import (
    AcceptanceFacts,
    CheckedMeter,
    FailureCount,
    NoticeFacts,
    PointLine,
)
from app.registry.facts_stock import (
    IssuedFacts,
    MovementFacts,
    SealFacts,
    StockFacts,
    StoreFacts,
)
from app.registry.history import history
from app.registry.installing import install_meter, take_back_meter
from app.registry.issues import (
    drop_holds,
    hold_meters,
    issue_meters,
    issued,
    recall_meters,
    recall_overdue,
)
from app.registry.locks import release_lock, take_lock
from app.registry.looked import open_words, record_look, seal_words
from app.registry.materials import (
    earlier_materials,
    materials,
    materials_of,
    put_material,
)
from app.registry.owners import change_owner, end_bindings, record_transfer
from app.registry.payments import (
    apply_balance,
    cancel_payment,
    clear_cheque,
    payments,
    settle_balance,
    take_payment,
)
from app.registry.picking import Picked
from app.registry.promises import late_promises, remind_of_promises
from app.registry.readings import readings, record_reading, usage
from app.registry.reads import account, customer, customer_page, meter_in_stock
from app.registry.refunds import charges, refund_charges, refunds
from app.registry.search import find_accounts
from app.registry.slip_reads import SlipPoint, slip_points
from app.registry.promises import late_promises, note_late, note_reminded
from app.registry.readings import readings, record_reading, usage
from app.registry.reads import account, customer, customer_page, meter_in_stock
from app.registry.refunds import charges, refund_charges, refunds
from app.registry.relief_terms import DueReview, begin_review, expire_reliefs, reviews_due
from app.registry.relief_water import free_water
from app.registry.relieving import (
    ReliefFacts,
    end_relief,
    register_reliefs,
    relief_problems,
    reliefs,
    renew_relief,
)
from app.registry.satisfaction import (
    SatisfactionFacts,
    close_satisfaction,
    note_attempt,
    note_measure,
    open_satisfaction,
    said_since,
    satisfactions,
)
from app.registry.search import find_accounts, refuses_sms
from app.registry.states import label as state_label
from app.registry.store_reads import (
    movements,
    seal_in_stock,
    seal_movements,
    stock_meter,
    stores,
)
from app.registry.volumes import (
    note_volume_items,
    open_volume,
    shelve_volume,
    volume,
    volumes,
)

__all__ = [
    "AcceptanceFacts",
    "AccountFacts",
    "AccountLine",
    "BillFacts",
    "Change",
    "CheckedMeter",
    "ContractFacts",
    "CustomerFacts",
    "CustomerPage",
    "DueReview",
    "FailureCount",
    "FeeLine",
    "IssuedFacts",
    "ItemFacts",
    "LineFacts",
    "MaterialFacts",
    "MeterFacts",
    "MovementFacts",
    "NoticeFacts",
    "PaymentFacts",
    "Picked",
    "PointFacts",
    "PointLine",
    "PromiseFacts",
    "ReadingFacts",
    "ReliefFacts",
    "SatisfactionFacts",
    "SealFacts",
    "SlipPoint",
    "StockFacts",
    "StoreFacts",
    "VolumeFacts",
    "accept_meters",
    "acceptance",
    "acceptance_failures",
    "accepting",
    "account",
    "apply_balance",
    "begin_review",
    "bill",
    "bills",
    "cancel_payment",
    "change_owner",
    "charge",
    "charges",
    "checked_meters",
    "clear_cheque",
    "close_satisfaction",
    "contracts",
    "customer",
    "customer_page",
    "drop_acceptance",
    "drop_holds",
    "earlier_materials",
    "end_bindings",
    "end_contract",
    "end_relief",
    "expire_reliefs",
    "fail_meters",
    "find_accounts",
    "free_water",
    "history",
    "hold_meters",
    "install_meter",
    "instruct_rectification",
    "issue_final_bill",
    "issue_meters",
    "issue_rectification",
    "issued",
    "late_promises",
    "materials",
    "materials_of",
    "meter_in_stock",
    "meter_kinds",
    "movements",
    "note_attempt",
    "note_late",
    "note_measure",
    "note_party",
    "note_rectified",
    "note_reminded",
    "note_round",
    "note_volume_items",
    "number_acceptance",
    "open_acceptance",
    "open_bills",
    "open_satisfaction",
    "open_volume",
    "open_words",
    "passed_before",
    "payments",
    "point_lines",
    "put_material",
    "readings",
    "recall_meters",
    "recall_overdue",
    "record_look",
    "record_reading",
    "record_transfer",
    "rectifications",
    "refund_charges",
    "refunds",
    "refuses_sms",
    "register_reliefs",
    "release_lock",
    "relief_problems",
    "reliefs",
    "remind_of_promises",
    "renew_relief",
    "restart_tiers",
    "reviews_due",
    "said_since",
    "satisfactions",
    "seal_in_stock",
    "seal_movements",
    "seal_words",
    "settle_balance",
    "shelve_volume",
    "sign_contract",
    "slip_points",
    "state_label",
    "stock_meter",
    "stop_acceptance",
    "stores",
    "take_back_meter",
    "take_lock",
    "take_payment",
    "total",
    "usage",
    "volume",
    "volumes",
]
