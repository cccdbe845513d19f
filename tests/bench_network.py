"""What the bench measures over HTTP: how many free-busy calls a search takes, and how soon after a command the offers stand.

The adapters and the bot are the real ones; Google, Microsoft and Slack are the sandbox's stand-ins on this machine.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

from bot.adapters import Folder, adapters
from bot.core.people import DAYS, CalendarRef, Directory, Person, WallRange, Weekly
from bot.core.policy import Kind, Policy, RoleDemand
from bot.core.record import Named, Record
from bot.core.search import Problem, reading, search
from bot.flows.world import World as Reader
from bot.running import ready_to_serve
from bot.settings import read
from bot.slack.pace import Pace
from integrations.sandbox.calendar_book import BookCalendar
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.serving import WHOLE
from tests.world import RELEASES, Stage, World, slack_id

SIZES = tuple((people, days) for people in (8, 40, 120) for days in (14, 59, 61, 125))
FREE_BUSY = ("freeBusy.query", "getSchedule")
DELAY = 0.2
# Everything that the bot asks of others; what Slack brings to the bot comes at once.
SLOW = (("google", "*"), ("microsoft", "*"), *(("slack", f"{each}*") for each in
        ("api.", "auth.", "chat.", "conversations.", "files.", "response_url", "users.", "views.")))  # fmt: skip


def formula(google: int, microsoft: int, days: float) -> int:
    """How many free-busy calls a search may take."""
    return (ceil(google / 50) + ceil(microsoft / 20)) * ceil(days / 60)


class Request(NamedTuple):
    at: float
    service: str
    operation: str


class Watch:
    """Every request that a stand-in receives, and when."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.requests: list[Request] = []
        take = sandbox.faults.take

        def watched(service: str, operation: str, target: str = "", kinds: tuple[str, ...] | None = None) -> Any:
            if kinds == WHOLE:
                self.requests.append(Request(time.perf_counter(), service, operation))
            return take(service, operation, target, kinds)

        sandbox.faults.take = watched  # type: ignore[method-assign]  # the one place that all requests pass

    def free_busy(self) -> int:
        return len([request for request in self.requests if request.operation in FREE_BUSY])


# -- how many calls


class Read(NamedTuple):
    """One search through real adapters: the calls that it took, and what the formula says. Then the same at once again, and
    by several at the same time: `again` and `together` are the calls that those took."""

    people: int
    days: int
    calls: int
    formula: int
    again: int
    together: int


def provider_calls(sizes: Sequence[tuple[int, int]] = SIZES) -> list[Read]:
    """Half of the people on Google, half on Microsoft."""
    with TemporaryDirectory() as folder, Sandbox(frozen_clock=True) as sandbox:
        watch = Watch(sandbox)
        environment = {name.lower(): value for name, value in sandbox.credentials(Path(folder)).items()}
        settings = read({**environment, "readiness_data": Path(folder) / "data"})
        ours = adapters(settings, Folder(settings.readiness_workspace))
        try:
            return [_searched(people, days, sandbox, ours.calendars, watch) for people, days in sizes]
        finally:
            ours.close()


def _searched(people: int, days: int, sandbox: Sandbox, calendars: Any, watch: Watch) -> Read:
    problem = _problem(people, days, sandbox)
    ahead = reading(problem.record, problem.kind, problem.policy, problem.people, problem.now)
    assert ahead.span is not None
    everybody = [problem.people.people[who] for who in ahead.people]

    def calls(reader: Reader, times: int = 1) -> int:
        before = watch.free_busy()
        with ThreadPoolExecutor(times) as several:
            for seen in list(several.map(lambda _: reader.availability(everybody, ahead.span), range(times))):
                found = search(Problem(**{**vars(problem), "availability": seen.people}))
                assert found.outcome == "viable" and not seen.unreadable
        return watch.free_busy() - before

    readers = [Reader(None, None, calendars, sandbox.clock, time.monotonic) for _ in range(2)]
    first, again, together = calls(readers[0]), calls(readers[0]), calls(readers[1], 4)
    for reader in readers:
        reader.close()
    google = sum(person.calendars[0].provider == "google" for person in everybody)
    return Read(people, days, first, formula(google, len(everybody) - google, days), again, together)


def _problem(people: int, days: int, sandbox: Sandbox) -> Problem:
    """One role for each two people: somebody with Google and somebody with Microsoft."""
    always = Weekly(days=tuple((day, (WallRange(start=0, end=1440),)) for day in DAYS))
    named: dict[str, Person] = {}
    for number in range(people):
        provider, mail = ("google", "microsoft")[number % 2], f"bench{number:03d}@example.com"
        sandbox.book.add_calendar(
            BookCalendar(id=mail, provider=provider, owner=f"bench{number}", mail=mail, time_zone="UTC")
        )
        named[f"p{number}"] = Person(
            id=f"p{number}", name=f"P{number}", time_zone="UTC", working_hours=always,
            calendars=(CalendarRef(provider=provider, id=mail),),
        )  # fmt: skip
    roles = {f"role{number}": Named(people=(f"p{number}", f"p{number + 1}")) for number in range(0, people, 2)}
    kind = Kind(
        id="review", title="Review", duration=timedelta(hours=1), notice=timedelta(0), horizon=timedelta(days=days),
        roles={role: RoleDemand() for role in roles}, confirmed_by=("release_owner",),
    )  # fmt: skip
    policy = Policy(
        time_zone="UTC",
        grid=timedelta(minutes=15),
        working_hours=always,
        release_calendar="none",
        kinds={"review": kind},
    )
    record = Record(id="CHG-1", kind="review", title="Review", state="approved", owner="p0", roles=roles)
    return Problem(record, kind, policy, Directory(people=named), (), sandbox.clock.now(), {})


# -- from the command to the offers

Asked = Literal["now and then", "first", "in a full channel"]


class Answered(NamedTuple):
    """Seconds from the command's request until the request that posts the offers reached Slack, and what lay between. `worked`
    is the processor time that the bot's threads took of it, which another program on the machine hardly changes."""

    ack: float
    posted: float
    worked: float
    requests: tuple[Request, ...]


def _worked() -> dict[tuple[str, int], int]:
    """Nanoseconds of processor time by thread, of all threads that serve the bot (Linux tells; elsewhere nothing is told):
    not those of the stand-ins, which serve with waitress, nor who watches."""
    found = {}
    for thread in threading.enumerate():
        told = Path(f"/proc/self/task/{thread.native_id}/schedstat")
        if told.exists() and thread.name != "asking" and not thread.name.startswith(("MainThread", "waitress")):
            found[thread.name, thread.native_id or 0] = int(told.read_text().split()[0])
    return found


def command_to_offers(rounds: int = 5, delay: float = DELAY, asked: Asked = "now and then") -> list[Answered]:
    """The whole bot in a process readied as `serve` readies its own; every provider, Slack too, answers after `delay`. Tokens
    are warm, free-busy is not. In each round the channel is one in which nobody wrote for a few seconds: it takes a message a
    second and three at once, so that a round in the wake of the last would measure that and not a command.

    `asked`: *now and then*, by somebody whom Slack told of within the last minute, as the bar has it; *first*, by somebody of
    whom, and in a channel of which, Slack must tell before anything is decided; *in a full channel*, which has just had all
    the messages that it takes at once."""
    with TemporaryDirectory() as folder, _readied():
        stage = Stage()
        watch = Watch(stage.sandbox)
        world = World(stage, Path(folder))
        try:
            story = (world.workspace / "records" / "CHG-1042.yaml").read_text("utf-8")
            ids = [f"CHG-{1900 + number}" for number in range(rounds + 1)]
            for id in ids:
                (world.workspace / "records" / f"{id}.yaml").write_text(story.replace("CHG-1042", id), "utf-8")
            world.reviews(ids[0])  # tokens, imports, the first plan of the workspace
            ready_to_serve()
            for service, operation in SLOW:
                world.breaks(service, operation, "slow", times=None, seconds=delay)
            found = []
            for id in ids[1:]:
                _prepare(world, asked)
                found.append(_answered(world, watch, id))
            world.mends()
            return found
        finally:
            world.close()
            stage.close()


@contextmanager
def _readied() -> Iterator[None]:
    """Afterwards the process is as it was: others measure in it too."""
    switch, collecting = sys.getswitchinterval(), gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*collecting)
        sys.setswitchinterval(switch)


def _prepare(world: World, asked: Asked) -> None:
    bot = world.bot
    bot.world._seen.clear()  # nobody asked within the last minute
    bot.posting._pace = Pace(time.monotonic)
    if asked == "in a full channel":
        while not bot.posting._pace.wait(RELEASES):
            pass
    if asked == "first":
        bot.acts._quiet._own.clear()
        with bot.store.transaction() as tx:
            tx.forget_slack_user(slack_id("priya"), bot.bot_user["team_id"])


def _answered(world: World, watch: Watch, id: str) -> Answered:
    watch.requests.clear()
    before, began = _worked(), time.perf_counter()
    acked: list[float] = []

    def ask() -> None:
        world.slack.command(slack_id("priya"), RELEASES, f"/readiness-review {id}")
        acked.append(time.perf_counter())

    asking = threading.Thread(target=ask, name="asking")
    asking.start()
    world.slack.wait_until(lambda: _offered(world, id), 20)
    until, after = time.perf_counter(), _worked()
    worked = sum(spent - before.get(thread, 0) for thread, spent in after.items())
    asking.join()
    world.settled()
    return Answered(
        acked[0] - began, until - began, worked / 1e9, tuple(r._replace(at=r.at - began) for r in watch.requests)
    )


def _offered(world: World, id: str) -> bool:
    """Whether the offers stand in the review's thread."""
    roots = [message for message in world.messages(RELEASES) if id in message.get("text", "")]
    threads = [message for root in roots for message in world.slack.thread(RELEASES, root["ts"])]
    return any("Hold" in str(message.get("blocks", "")) for message in threads)
