"""People who use Slack while everything breaks: they ask, hold, decide and change their minds, and press what comes to hand."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.slack.messages import presses
from integrations.sandbox.slack_state import SlackError
from tests.torture.installation import Installation
from tests.torture.office import LEADS, Subject, slack_id

Message = dict[str, Any]
OPENING = (presses.APPROVE, presses.REJECT, presses.SUBSTITUTE, presses.DISAGREE)
# How much people like a button; in some states other ones.
LIKING = {
    presses.HOLD: 6, presses.APPROVE: 6, presses.HOLD_AGREED: 8, presses.AGREE: 8, presses.ASK_EXCEPTION: 5,
    presses.ASK_PERSON: 3, presses.EXTEND: 1, presses.LET_GO: 0.5, presses.REJECT: 0.5, presses.SUBSTITUTE: 1,
    presses.DISAGREE: 1, presses.RESCHEDULE: 2, presses.KEEP_SLOT: 1, presses.CANCEL: 0.2, presses.LOOK_AGAIN: 1,
    presses.TAKE_IT: 1,
}  # fmt: skip
LATER: dict[str, dict[str, float]] = {
    "held": {presses.HOLD: 0.7, presses.APPROVE: 10, presses.LOOK_AGAIN: 0.3},
    "confirmed": {presses.HOLD: 0.2, presses.RESCHEDULE: 1, presses.CANCEL: 0.4},
}
BUSY = ("searching", "placing", "confirming")  # people see that something is under way, and mostly wait
ACTS = 12  # after so many somebody turns to other things
NEWEST = 5  # messages of a review among which people look for buttons


@dataclass
class Told:
    """What people did, and what Slack told them at once."""

    acts: Counter[str] = field(default_factory=Counter)
    unheard: int = 0

    def add(self, what: str, error: str | None) -> None:
        self.acts[what] += 1
        self.unheard += error is not None


class Person(threading.Thread):
    """One pair of hands that takes one review after the other. What Slack could not deliver is tried again."""

    def __init__(self, number: int, installation: Installation, subjects: list[Subject], random: Random) -> None:
        super().__init__(name=f"person-{number}", daemon=True)
        self.told = Told()
        self.started: list[str] = []
        self.done = 0
        self._installation, self._slack = installation, installation.sandbox.slack
        self._waiting, self._at_work = subjects, {}  # type: tuple[list[Subject], dict[str, tuple[Subject, int]]]
        self._random = random
        self._over = threading.Event()
        self.pause = 0.05
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._over.wait(self.pause * (0.5 + self._random.random())):
                self._acts()
        except BaseException as error:
            self.error = error
            raise

    def leave(self) -> None:
        self._over.set()

    @property
    def idle(self) -> bool:
        """Everything was asked for, and looked after for a while."""
        return not self._waiting and not self._at_work

    def _acts(self) -> None:
        if not self._installation.route(self._random) and self._random.random() < 0.9:
            return  # they see that nothing comes back, and wait
        if self._waiting and len(self._at_work) < 12 and self._random.random() < 0.3:
            self._asks(self._waiting[0])
        elif self._at_work:
            subject, acts = self._at_work[self._random.choice(list(self._at_work))]
            if acts >= ACTS:
                del self._at_work[subject.id]
                self.done += 1
            elif self._goes_on(subject):
                self._at_work[subject.id] = (subject, acts + 1)

    def _asks(self, subject: Subject) -> None:
        who = slack_id(self._random.choice(subject.involved))
        seen = self._slack.command(who, subject.channel, f"/readiness-review {subject.id}")
        self.told.add("ask", seen.error)
        if seen.error is None:
            self._waiting.remove(subject)
            self.started.append(subject.id)
            self._at_work[subject.id] = (subject, 0)

    def _goes_on(self, subject: Subject) -> bool:
        """One press, if there is anything to press."""
        found, state = self._buttons(subject), self._state(subject)
        if not found or (state in BUSY and self._random.random() < 0.8):
            return self._random.random() < 0.02  # nothing is there yet, for a long time perhaps
        wanted = LIKING | LATER.get(state, {})
        actions = sorted({action for _, _, action in found})
        [action] = self._random.choices(actions, [wanted[a] for a in actions])
        message, block, _ = self._random.choice([each for each in found if each[2] == action])
        who = slack_id(self._somebody(subject, action))
        try:
            seen = self._slack.press(who, subject.channel, message, action_id=action, block_id=block)
            self.told.add(action, seen.error)
            if seen.error is None and action in OPENING:
                self._fills(who, action)
        except SlackError:
            return False  # the button is not there any more
        return seen.error is None

    def _state(self, subject: Subject) -> str:
        row = self._installation.store.meeting(subject.id)
        return row.state if row else "searching"

    def _somebody(self, subject: Subject, action: str) -> str:
        if self._random.random() < 0.1:
            return self._random.choice(self._installation.office.people)
        if action in (presses.AGREE, presses.DISAGREE, presses.ASK_PERSON, presses.TAKE_IT):
            return self._random.choice((*LEADS, *subject.involved))
        return self._random.choice((subject.owner, subject.seats[0]))

    def _buttons(self, subject: Subject) -> list[tuple[str, str, str]]:
        """(ts, block, action) of what stands on the newest messages of that review."""
        slack = self._slack.state
        with slack.lock:
            theirs = [
                m for m in slack.channels[subject.channel].messages.values() if f":{subject.id}:" in _key(m)
            ]  # fmt: skip
            newest = [*theirs[-NEWEST:], *theirs[:1]]
            return [(m["ts"], block, action) for m in newest for block, action in _pressable(m)]

    def _fills(self, who: str, action: str) -> None:
        """The dialog that opens, if it opens; what must be typed is typed."""
        if not self._slack.wait_until(lambda: self._slack.views.stacks.get(who), 1.5):
            return
        view = self._slack.modal(who)
        if view is None:
            return
        try:
            seen = self._slack.submit(who, view["id"], _filled(view, self._random))
            self.told.add(f"{action} filled in", seen.error)
            if seen.error is not None or seen.errors:
                self._slack.close_view(who, view["id"], True)
        except SlackError:
            return  # somebody else sat at this desk


def _key(message: Message) -> str:
    return str(((message.get("metadata") or {}).get("event_payload") or {}).get("key", ""))


def _pressable(message: Message) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for block in message.get("blocks") or []:
        elements = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory") or {}]
        found += [(block["block_id"], e["action_id"]) for e in elements if e.get("action_id") in LIKING]
    return found


def _filled(view: Message, random: Random) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            options = element.get("options") or [o for g in element.get("option_groups", []) for o in g["options"]]
            said = random.choice(options)["value"] if options else "Because of the weather."
            values[block["block_id"]] = {element["action_id"]: said}
    return values


def crowd(count: int, installation: Installation, random: Random) -> list[Person]:
    """So many pairs of hands, each with reviews of its own."""
    piles: list[list[Subject]] = [[] for _ in range(count)]
    for number, subject in enumerate(installation.office.subjects):
        piles[number % count].append(subject)
    return [Person(n, installation, pile, Random(random.random())) for n, pile in enumerate(piles)]


def busy_until(people: list[Person], until: float) -> None:
    """Wait for everybody to have done with everything, or until that moment."""
    while time.monotonic() < until and not all(p.idle for p in people):
        time.sleep(0.2)
