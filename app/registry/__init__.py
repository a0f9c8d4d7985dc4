"""The register of customers and accounts, meters, bills, payments, contracts and volumes.

Reads give plain facts in clear; writes take the running work, leave their trail on the chain of
the row changed and raise Invalid, Refused, Conflict or NotFound. While a case holds an account,
other changes of it are refused with that case's number; payments stay possible.
"""

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
from app.registry.history import history
from app.registry.locks import release_lock, take_lock
from app.registry.looked import open_words, record_look, seal_words
from app.registry.materials import materials, put_material
from app.registry.owners import change_owner, end_bindings, record_transfer
from app.registry.payments import (
    apply_balance,
    cancel_payment,
    clear_cheque,
    payments,
    settle_balance,
    take_payment,
)
from app.registry.promises import late_promises, remind_of_promises
from app.registry.readings import readings, record_reading, usage
from app.registry.reads import account, customer, customer_page, meter_in_stock
from app.registry.refunds import charges, refund_charges, refunds
from app.registry.search import find_accounts
from app.registry.states import label as state_label
from app.registry.volumes import (
    note_volume_items,
    open_volume,
    shelve_volume,
    volume,
    volumes,
)
from app.registry.wishes import wants_no_sms

__all__ = [
    "AccountFacts",
    "AccountLine",
    "BillFacts",
    "Change",
    "ContractFacts",
    "CustomerFacts",
    "CustomerPage",
    "FeeLine",
    "ItemFacts",
    "LineFacts",
    "MaterialFacts",
    "MeterFacts",
    "PaymentFacts",
    "PointFacts",
    "PromiseFacts",
    "ReadingFacts",
    "VolumeFacts",
    "account",
    "apply_balance",
    "bill",
    "bills",
    "cancel_payment",
    "change_owner",
    "charge",
    "charges",
    "clear_cheque",
    "contracts",
    "customer",
    "customer_page",
    "end_bindings",
    "end_contract",
    "find_accounts",
    "history",
    "issue_final_bill",
    "late_promises",
    "materials",
    "meter_in_stock",
    "note_volume_items",
    "open_bills",
    "open_volume",
    "open_words",
    "payments",
    "put_material",
    "readings",
    "record_look",
    "record_reading",
    "record_transfer",
    "refund_charges",
    "refunds",
    "release_lock",
    "remind_of_promises",
    "restart_tiers",
    "seal_words",
    "settle_balance",
    "shelve_volume",
    "sign_contract",
    "state_label",
    "take_lock",
    "take_payment",
    "total",
    "usage",
    "volume",
    "volumes",
    "wants_no_sms",
]
