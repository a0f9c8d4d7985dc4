"""The tables of the register, a file for each subject."""

from app.registry.models.acceptances import Acceptance, AcceptanceItem, RectificationNotice
from app.registry.models.accounts import Account, AccountLock, Violation
from app.registry.models.bills import Bill, BillLine
from app.registry.models.connections import AddressLock, Connection, ConnectionPoint
from app.registry.models.contracts import Contract, ContractAccount, Transfer
from app.registry.models.customers import Customer, CustomerPhone
from app.registry.models.meters import Installation, Meter, Reading, Seal
from app.registry.models.papers import Material, Volume, VolumeItem, VolumeLoan
from app.registry.models.payments import BalanceSettlement, Payment, PaymentBill, Refund
from app.registry.models.points import ServicePoint, address_has
from app.registry.models.reliefs import Relief, ReliefUse
from app.registry.models.satisfaction import Satisfaction
from app.registry.models.stock import (
    Delivery,
    Difference,
    Exchange,
    MeterIssue,
    Movement,
    StockCount,
    Store,
)

__all__ = [
    "Acceptance",
    "AcceptanceItem",
    "Account",
    "AccountLock",
    "AddressLock",
    "BalanceSettlement",
    "Bill",
    "BillLine",
    "Connection",
    "ConnectionPoint",
    "Contract",
    "ContractAccount",
    "Customer",
    "CustomerPhone",
    "Delivery",
    "Difference",
    "Exchange",
    "Installation",
    "Material",
    "Meter",
    "MeterIssue",
    "Movement",
    "Payment",
    "PaymentBill",
    "Reading",
    "RectificationNotice",
    "Refund",
    "Relief",
    "ReliefUse",
    "Satisfaction",
    "Seal",
    "ServicePoint",
    "StockCount",
    "Store",
    "Transfer",
    "Violation",
    "Volume",
    "VolumeItem",
    "VolumeLoan",
    "address_has",
]
