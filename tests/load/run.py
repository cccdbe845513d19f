"""One load from beginning to end: an office, the stand-ins, the bot in a process of its own, traffic, and what came of it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bot.store import Store
from bot.store.journal import rows
from tests.load import counting
from tests.load.live_meetings import fill
from tests.load.office import fresh_record, office, record_of
from tests.load.sending import REFUSED, SLACK_WAITS, Line, Sent
from tests.load.traffic import DEEDS, MIX, Delivery, Draft, again, asking, drafts
from tests.processes.installation import Installation

_TICK = threading.Event()
_BEFORE = 1_000_000  # numbers of the acts that prepare: no other act has them
_PREPARING = 20.0  # requests a second
_PATIENCE = 900.0  # seconds for what is owed


@dataclass(frozen=True)
class Load:
    """What is played. `duplicates`: so many deliveries of deeds, most of them repeated, none in order."""

    seconds: float
    rate: float
    channels: int
    seed: int
    live_meetings: int = 0
    duplicates: int = 0
    idle_seconds: float = 0.0


class _Away:
    """The stand-ins as an `Installation` knows them, in their own process."""

    slack = book = None
    bot_url = ""

    def __init__(self, organisation: Path) -> None:
        program = [sys.executable, "-m", "tests.load.stand_ins", str(organisation)]
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, what: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([what, *arguments]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def reset(self) -> None:
        """They were just made."""

    def credentials(self, folder: Path, _key: str | None = None) -> dict[str, str]:
        told: dict[str, str] = self.ask("credentials", str(folder))
        return told

    def close(self) -> None:
        for end in (self._process.stdin, self._process.stdout):
            if end is not None:
                end.close()
        self._process.wait(20)


class _Stage(NamedTuple):
    """What an `Installation` stands on."""

    sandbox: Any
    key: str = ""


class Running:
    """The processes of one load, and the line between them."""

    def __init__(self, folder: Path, load: Load, fresh: Sequence[tuple[str, int]]) -> None:
        self.office = office(folder / "organisation", load.channels, fresh)
        (folder / "data").mkdir()
        self.away = _Away(self.office.folder)
        # Business time is the machine's: nothing stands still here.
        stage: Any = _Stage(self.away)
        root = str(Path(__file__).parents[2])
        self.installation = Installation(stage, folder, READINESS_CLOCK_URL="", PYTHONPATH=root)
        if load.live_meetings:
            with _filled(folder) as store:
                fill(store, self.office, load.live_meetings)

    def starts(self) -> None:
        self.installation.starts()
        secret = self.installation.environment["SLACK_SIGNING_SECRET"]
        self.line = Line(self.away.bot_url, secret)

    @property
    def pid(self) -> int:
        process = self.installation._process
        assert process is not None
        return process.pid

    def finished(self, made: Sequence[Draft]) -> list[Delivery]:
        """With addresses to answer at and triggers that open dialogs, as Slack gives them out."""
        urls = self.away.ask("reply_urls", [[d.user, d.channel] for d in made])
        triggers = iter(self.away.ask("triggers", [d.user for d in made if d.opens]))
        return [d.finish(url, next(triggers) if d.opens else "") for d, url in zip(made, urls, strict=True)]

    def drained(self) -> float:
        """Wait until nothing is owed by now; how many seconds that took."""
        begin = time.monotonic()
        while left := counting.left(self.installation.store, datetime.now(UTC)):
            assert time.monotonic() - begin < _PATIENCE, (
                f"{left} are owed still\n{self.installation.said('stderr')[-4000:]}"
            )
            _TICK.wait(0.25)
        return time.monotonic() - begin

    def close(self) -> None:
        self.installation.close()
        self.away.close()


class _filled:  # noqa: N801 # reads as a sentence where it is used
    def __init__(self, folder: Path) -> None:
        os.umask(0o077)
        self._store = Store(f"sqlite:///{folder / 'data' / 'readiness.db'}", rows)

    def __enter__(self) -> Store:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def play(folder: Path, load: Load) -> dict[str, Any]:
    """The figures of one load, by name."""
    random = Random(load.seed)
    count = load.duplicates or int(load.seconds * load.rate)
    made = _made(random, load, count)
    fresh = [(fresh_record(at), int(d.channel[3:])) for at, d in enumerate(made) if d.sort == "ask"]
    running = Running(folder, load, fresh)
    try:
        running.starts()
        return _played(running, load, made, random, count)
    finally:
        running.close()


def _made(random: Random, load: Load, count: int) -> list[Draft]:
    """The acts, each once; repetitions come when their bytes are known."""
    if load.duplicates:
        return list(drafts(random, load.channels, count * 2 // 5, DEEDS))
    repeated = round(count * MIX["retry"] / sum(MIX.values()))
    return list(drafts(random, load.channels, count - repeated, MIX))


def _played(running: Running, load: Load, made: list[Draft], random: Random, count: int) -> dict[str, Any]:
    ready = running.finished([asking(n, record_of(n), _BEFORE + n) for n in range(load.channels)])
    prepared = running.line.send(ready, [n / _PREPARING for n in range(len(ready))])
    prepared_s = running.drained()
    idle = _idle_percent(running.pid, load.idle_seconds)
    deliveries = _with_repetitions(running.finished(made), count, random, bool(load.duplicates))
    moments = _moments(random, len(deliveries), load.rate)
    before, since = _Used(running), datetime.now(UTC)
    begin = time.monotonic()
    sent = running.line.send(deliveries, moments)
    took = time.monotonic() - begin
    used = _Used(running).less(before)
    drained = running.drained()
    return {
        **_counted(running, [*prepared, *sent]),
        **_times(running, sent, since),
        "backlog_drained_s": round(drained, 1), "prepared_s": round(prepared_s, 1), "memory_mb": round(counting.most_memory(running.pid)),
        "sent": len(sent), "rate_reached": round(len(sent) / max(took, moments[-1]), 1), "channels": load.channels,
        "live_meetings": load.live_meetings, "idle_cpu_percent": idle, **used.percent(took),
        "mix": dict(sorted(Counter(s.delivery.sort for s in sent).items())), "retries": sum(s.delivery.retry > 0 for s in sent),
    }  # fmt: skip


def _with_repetitions(once: list[Delivery], count: int, random: Random, shuffled: bool) -> list[Delivery]:
    """Some come once more, soon after the first time; where all is `shuffled`, before it too."""
    found = [(float(at), delivery) for at, delivery in enumerate(once)]
    while len(found) < count:
        at = random.randrange(len(once))
        found.append((at + random.uniform(0, 40), again(once[at])))
    if shuffled:
        found = [(at + random.uniform(-40, 40), delivery) for at, delivery in found]
    return [delivery for _, delivery in sorted(found, key=lambda each: each[0])]


def _moments(random: Random, count: int, rate: float) -> list[float]:
    """When each is to go out: people do not take turns, so the gaps are those of chance, and the rate is exact."""
    gaps = list(itertools.accumulate(random.expovariate(1.0) for _ in range(count)))
    return [at / gaps[-1] * count / rate for at in gaps]


class _Used:
    """Processor seconds of the three processes."""

    def __init__(self, running: Running | None = None) -> None:
        if running is not None:
            self.bot = counting.processor_seconds(running.pid)
            self.stand_ins = running.away.ask("figures")["cpu_seconds"]
            self.generator = time.process_time()

    def less(self, before: _Used) -> _Used:
        found = _Used()
        found.bot, found.stand_ins = self.bot - before.bot, self.stand_ins - before.stand_ins
        found.generator = self.generator - before.generator
        return found

    def percent(self, seconds: float) -> dict[str, float]:
        """Of one core."""
        return {f"{name}_cpu_percent": round(100 * used / seconds) for name, used in vars(self).items()}


def _idle_percent(pid: int, seconds: float) -> float | None:
    if not seconds:
        return None
    before = counting.processor_seconds(pid)
    _TICK.wait(seconds)
    return round(100 * (counting.processor_seconds(pid) - before) / seconds, 2)


def _counted(running: Running, sent: Sequence[Sent]) -> dict[str, Any]:
    told, store = running.away.ask("figures"), running.installation.store
    lost, doubled = counting.lost(store, sent, told["keys"]), counting.doubled(store, sent, told["keys"])
    for words in [*lost, *doubled][:20]:
        print(words)
    return {
        "lost": len(lost), "doubled": len(doubled), "posts": told["operations"].get("chat.postMessage", 0),
        "updates": told["operations"].get("chat.update", 0), "posts_refused": told["refused_posts"],
        "facts": store.head().seq, "chain_whole": store.verify().ok,
    }  # fmt: skip


def _times(running: Running, sent: Sequence[Sent], since: datetime) -> dict[str, Any]:
    asked_at: Mapping[str, float] = running.away.ask("figures")["asked_at"]
    acks = [1000 * (s.took if s.acked else max(s.took, SLACK_WAITS)) for s in sent]  # who got none has waited in vain
    offers = counting.offers_after(running.installation.store, sent, asked_at)
    starts = counting.starts_after(running.installation.store, since)
    return {
        "ack_p50_ms": round(counting.percentile(acks, 50), 1), "ack_p99_ms": round(counting.percentile(acks, 99), 1),
        "ack_most_ms": round(max(acks, default=0.0), 1), "not_acked": sum(not s.acked for s in sent), "refused": sum(s.status == REFUSED for s in sent),
        "statuses": dict(Counter(str(s.status) for s in sent)),
        "offers_p95_ms": round(1000 * counting.percentile(offers, 95)), "offers": len(offers),
        "effect_start_p95_ms": round(1000 * counting.percentile(starts, 95), 1), "effects": len(starts),
    }  # fmt: skip
