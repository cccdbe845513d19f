"""What came of a load: what was lost, what came twice, and how long everything took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.core.facts import Noted
from bot.store import Store
from bot.store.journal import entry
from bot.store.tables import due
from tests.load.live_meetings import OLD
from tests.load.sending import Sent

_TICKS = 100  # of the kernel's clock, a second


def percentile(values: Iterable[float], of_hundred: float) -> float:
    """By the nearest rank; 0 where there are none."""
    found = sorted(values)
    return found[min(len(found) - 1, int(len(found) * of_hundred / 100))] if found else 0.0


def left(store: Store, now: Any) -> int:
    """How much is owed by now and neither done nor given up."""
    query = sa.select(sa.func.count()).where(due.c.state == "open", due.c.due_at <= now)
    with store.reading() as connection:
        return connection.scalar(query) or 0


def lost(store: Store, sent: Sequence[Sent], keys: Mapping[str, int]) -> list[str]:
    """Acts, notes and lines that should be there and are not; a name for each."""
    wanted = {s.delivery.key for s in sent if s.acked and s.delivery.key}
    done = {item.key for item in store.due(kind="act", state="done")}
    notes = _notes(store)
    written = {s.delivery.words for s in sent if s.acked and s.delivery.words}
    return [
        *(f"no act: {key}" for key in sorted(wanted - done)),
        *(f"no note: {words}" for words in sorted(written - set(notes))),
        *(f"no line: {line}" for lines in notes.values() for line in lines if line not in keys),
        *(f"not posted: {p.key} ({p.state})" for p in store.posts() if p.state not in ("sent", "gone")),
        *(f"posted, yet not there: {p.key}" for p in store.posts() if p.state == "sent" and _keyed(p.kind) and p.key not in keys),
        *(f"given up: {item.key} ({item.last_error})" for item in store.due(state="failed")),
    ]  # fmt: skip


def doubled(store: Store, sent: Sequence[Sent], keys: Mapping[str, int]) -> list[str]:
    """Acts beyond those delivered, notes and lines that stand twice, holds beyond the presses that asked for them."""
    delivered = {s.delivery.key for s in sent if s.delivery.key}
    acts = [item.key for item in store.due(kind="act")]
    chosen = Counter(fact.stream for fact in store.ledger(tags=["slot.chosen"]) if not fact.stream.startswith(OLD))
    pressed = Counter(item.payload["carries"]["m"] for item in store.due(kind="act") if item.payload["what"] == "hold")
    return [
        *(f"an act that nobody sent: {key}" for key in acts if key not in delivered),
        *(f"noted {len(lines)} times: {words}" for words, lines in _notes(store).items() if len(lines) > 1),
        *(f"{count} messages: {key}" for key, count in keys.items() if count > 1),
        *(f"{count} holds chosen, {pressed[m]} asked for: {m}" for m, count in chosen.items() if count > pressed[m]),
    ]


def _keyed(kind: str) -> bool:
    """Pictures are known by their file's name."""
    return kind != "picture"


def _notes(store: Store) -> dict[str | None, list[str]]:
    """What people noted, and the key of the line that tells each."""
    found: dict[str | None, list[str]] = {}
    for stored in store.ledger(tags=["note.added"]):
        fact = entry(stored).fact
        assert isinstance(fact, Noted)
        found.setdefault(store.words(fact.words), []).append(f"line:{stored.stream}:{stored.version}")
    return found


def offers_after(store: Store, sent: Sequence[Sent], asked_at: Mapping[str, float]) -> list[float]:
    """Seconds from the command's moment until Slack was sent the offers."""
    asked = {s.delivery.record: s.meant_at for s in sent if s.delivery.record and not s.delivery.retry}
    lines = {
        f.stream: f"line:{f.stream}:{f.version}" for f in store.ledger(tags=["search.finished"]) if f.stream in asked
    }
    return [asked_at[line] - asked[record] for record, line in lines.items() if line in asked_at]


def starts_after(store: Store, since: Any) -> list[float]:
    """Seconds from when an act was owed until it was done: no less than until it was started, of which the database keeps
    whole seconds only."""
    query = sa.select(due.c.created_at, due.c.done_at).where(
        due.c.kind == "act", due.c.created_at >= since, due.c.done_at.is_not(None)
    )
    with store.reading() as connection:
        return [(row.done_at - row.created_at).total_seconds() for row in connection.execute(query)]


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def most_memory(pid: int) -> float:
    """In MB, the most that the process ever had."""
    line = next(one for one in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
