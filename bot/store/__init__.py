"""Remembering: tables, ledger, and what is told from it."""

from bot.store.archive import Archive
from bot.store.store import Store
from bot.store.transaction import Tx
from bot.store.values import (
    ClaimRow,
    ClaimTaken,
    Clash,
    DatabaseUnreachable,
    DatabaseUnusable,
    Difference,
    Due,
    DueItem,
    Head,
    HoldRow,
    MeetingRow,
    NewFact,
    Post,
    Projector,
    Rows,
    SlackUser,
    StoredFact,
    Verified,
    VersionTaken,
)

__all__ = [
    "Archive",
    "ClaimRow",
    "ClaimTaken",
    "Clash",
    "DatabaseUnreachable",
    "DatabaseUnusable",
    "Difference",
    "Due",
    "DueItem",
    "Head",
    "HoldRow",
    "MeetingRow",
    "NewFact",
    "Post",
    "Projector",
    "Rows",
    "SlackUser",
    "Store",
    "StoredFact",
    "Tx",
    "Verified",
    "VersionTaken",
]
