"""What MQTT told, kept to be asked: the same for the desk and for the dashboard.

A ledger is a projection of the traffic. Events, states and what else is said of an event may come
twice, late or in any order, and give the same ledger; of what is retained for a camera or a site
the last message counts, since a device's clock may be set back.
"""

from alerts.ledger.rows import (
    BadQuery,
    CameraRow,
    Change,
    DayCount,
    LedgerLimits,
    Query,
    Row,
    SiteRow,
    Waiting,
)
from alerts.ledger.store import Ledger

__all__ = [
    "BadQuery",
    "CameraRow",
    "Change",
    "DayCount",
    "Ledger",
    "LedgerLimits",
    "Query",
    "Row",
    "SiteRow",
    "Waiting",
]
