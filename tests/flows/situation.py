"""One labelled situation: an organisation with something different in it, what people then do, and what must come of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.core import facts as f
from bot.core.meeting import Escalation, Meeting
from bot.core.people import Directory
from bot.core.refusals import Refusal
from bot.flows.asking import Asked
from bot.ports import Denied, Unreachable
from tests.inner_world import CHANNEL, InnerWorld, Office

FOLDER = Path(__file__).parent / "situations"
NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 11, 30, tzinfo=NEW_YORK)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHORT = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)([+-]\d)? (\d\d):(\d\d)")
_LONG = re.compile(r"(\d+)(m|h|d)")
Doc = dict[str, Any]


def moment(text: str) -> datetime:
    """`Tue 09:00`: that day of the week in which everything happens, in New York; `Tue+1` is a week later."""
    told = _SHORT.fullmatch(text)
    if told is None:
        return datetime.fromisoformat(text)
    day, week, hour, minute = told.groups()
    date = MONDAY + timedelta(days=DAYS.index(day) + 7 * int(week or 0))
    return date.replace(hour=int(hour), minute=int(minute))


def length(text: str) -> timedelta:
    told = _LONG.fullmatch(text)
    assert told is not None, text
    return int(told[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[told[2]]


@dataclass(frozen=True)
class Situation:
    """`about`: `review` or `readout`. `given`: what differs from the organisation. `then`: what happens next, step by
    step. `expect`: the label."""

    name: str
    about: str
    given: Doc
    then: list[Any]
    expect: Doc

    @property
    def record(self) -> str:
        return "ESC-2207" if self.about == "readout" else "CHG-1042"

    @property
    def outcome(self) -> str:
        return str(self.expect.get("outcome", "viable"))


def situations(group: str) -> list[Situation]:
    """Those of one file. `each` lists the values of `<words>`: one situation for each."""
    told = yaml.load((FOLDER / f"{group}.yaml").read_text("utf-8"), yaml.BaseLoader)  # a BaseLoader makes strings only
    return [situation for doc in told for situation in _each(doc)]


def _each(doc: Doc) -> Iterator[Situation]:
    for values in doc.get("each", [{}]):
        text = json.dumps({k: v for k, v in doc.items() if k != "each"})
        for key, value in values.items():
            text = text.replace(f"<{key}>", value)
        filled = json.loads(text)
        known = {"is", "about", "given", "then", "expect"}
        assert set(filled) <= known, f"{filled['is']}: {set(filled) - known}"
        yield Situation(
            filled["is"], filled.get("about", "review"), filled.get("given", {}), filled.get("then", []),
            filled.get("expect", {}),
        )  # fmt: skip


@cache
def _organisation() -> str:
    text = (FOLDER / "organisation.yaml").read_text("utf-8")
    return json.dumps(yaml.load(text, yaml.BaseLoader))  # a BaseLoader makes strings only


@cache
def _read(text: str) -> Office:
    """Documents as an organisation's own files are read; the same ones are read once."""
    with TemporaryDirectory() as folder:
        for name, content in json.loads(text).items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content), "utf-8")
        return Office.of_folder(Path(folder))


def _dated(value: Any) -> Any:
    """The same with every short instant written out."""
    if isinstance(value, dict):
        return {key: _dated(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_dated(each) for each in value]
    return moment(value).isoformat() if isinstance(value, str) and _SHORT.fullmatch(value) else value


def _laid_over(below: Any, above: Any) -> Any:
    """Mappings are laid over each other key by key; anything else replaces; `absent` takes away."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    laid = {key: _laid_over(below.get(key), each) for key, each in above.items() if each != "absent"}
    kept = {key: each for key, each in below.items() if key not in above}
    return {**{k: v for k, v in below.items() if k in laid or k in kept}, **kept, **laid}


class Scene:
    """A situation as it goes on."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.documents: Doc = json.loads(_organisation())
        self._edit(situation.given)
        self.world = InnerWorld(self._office(), moment(situation.given.get("now", self.documents["now"])))
        self._outside(situation.given)
        self.refused: Refusal | None = None

    # -- what there is

    def _edit(self, given: Doc) -> None:
        for key in ("policy", "people", "releases"):
            self.documents[key] = _laid_over(self.documents[key], given.get(key, {}))
        kinds = self.documents["policy"]["kinds"]
        kind = self.documents["records"][self.situation.about]["kind"]
        kinds[kind] = _laid_over(kinds[kind], given.get("kind", {}))
        people = self.documents["people"]["people"]
        for name, changes in given.get("person", {}).items():
            people[name] = _laid_over(people.get(name, {}), changes)
        records = self.documents["records"]
        records[self.situation.about] = _laid_over(records[self.situation.about], given.get("record", {}))
        entries = self.documents["releases"]["entries"]
        self.documents["releases"] = {"entries": [*entries, *given.get("entries", [])]}
        known = {"now", "policy", "people", "releases", "kind", "person", "record", "entries", *_OUTSIDE, "other"}
        assert set(given) <= known, f"{self.situation.name}: {set(given) - known}"

    def _office(self) -> Office:
        dated = _dated(self.documents)
        files = {
            "policy.yaml": dated["policy"], "people.yaml": dated["people"], "release-calendar.yaml": dated["releases"],
            f"records/{self.situation.record}.yaml": dated["records"][self.situation.about],
        }  # fmt: skip
        read = _read(json.dumps(files))
        return replace(read, records=dict(read.records))

    def _outside(self, given: Doc) -> None:
        for key in _OUTSIDE:
            if key in given:
                getattr(self, f"_{key}")(given[key])

    def _busy(self, people: Mapping[str, list[str]]) -> None:
        """`mei: [Mon 12:00 - Tue 17:00, Wed 09:00 - Wed 10:00 tentative]`"""
        for person, spans in people.items():
            for span in spans:
                start, rest = span.split(" - ")
                day, clock, *show_as = rest.split(" ")
                begin = moment(start)
                minutes = int((moment(f"{day} {clock}") - begin).total_seconds()) // 60
                self.world.makes_busy(person, begin, minutes, show_as[0] if show_as else "busy")

    def _unreadable(self, people: list[str]) -> None:
        for person in people:
            ref = self.world.office.people.people[person].calendars[0]
            getattr(self.world, ref.provider).unreadable.add(ref.id)

    def _down(self, providers: list[str]) -> None:
        for provider in ("google", "microsoft"):
            getattr(self.world, provider).down = provider in providers

    def _places_nothing(self, providers: list[str]) -> None:
        for provider in ("google", "microsoft"):
            calendar = getattr(self.world, provider)
            calendar.broken.pop("place", None)
            if provider in providers:
                calendar.broken["place"] = Unreachable(f"{provider} does not answer.", service=provider)

    def _refuses(self, providers: list[str]) -> None:
        for provider in providers:
            getattr(self.world, provider).broken["place"] = Denied("It may not be written.", service=provider)

    # -- what happens

    def plays(self) -> None:
        self.ask()
        for step in self.situation.then:
            name, value = next(iter(step.items())) if isinstance(step, dict) else (step, "")
            self.refused = None
            _STEPS[name](self, value)
            self.world.settle()

    def ask(self) -> None:
        owner = self.documents["records"][self.situation.about]["owner"]
        asked = self.world.asking.ask(self.world.asker(owner), self.situation.record, CHANNEL)
        self.refused = asked if isinstance(asked, Refusal) else None
        assert isinstance(asked, Asked | Refusal)
        self.world.settle()

    def presses(self, outcome: object) -> None:
        self.refused = outcome if isinstance(outcome, Refusal) else None

    @property
    def owner(self) -> str:
        return str(self.documents["records"][self.situation.about]["owner"])

    @property
    def meeting(self) -> Meeting:
        return self.world.meeting(self.situation.record)

    @property
    def exists(self) -> bool:
        return self.world.journal.meeting(self.situation.record) is not None

    @property
    def facts(self) -> tuple[f.AnyFact, ...]:
        return self.world.facts(self.situation.record)

    @property
    def people(self) -> Directory:
        return self.world.office.people

    @property
    def raised(self) -> list[str]:
        return [fact.sort for fact in self.facts if isinstance(fact, f.Escalated)]

    @property
    def open(self) -> list[Escalation]:
        return [e for e in self.meeting.escalations if e.open]

    def by(self, name: str = "") -> Any:
        return self.world.asker(name or self.owner)

    def changes(self, given: Doc) -> None:
        """The workspace or the record is edited while the review is under way."""
        self._edit({k: v for k, v in given.items() if k not in _OUTSIDE})
        office = self._office()
        self.world.office.policy, self.world.office.people = office.policy, office.people
        self.world.office.entries, self.world.office.records = office.entries, office.records
        self._outside(given)

    def passes(self, text: str) -> None:
        """A while (`30m`), or until an instant (`Tue 09:00`), with whatever falls due on the way in its own time."""
        end = moment(text) if _SHORT.fullmatch(text) else self.world.now + length(text)
        while self.world.now < end:
            due = [item.due_at for item in self.world.journal.open.values() if self.world.now < item.due_at < end]
            self.world.passes(min(due, default=end) - self.world.now)


_OUTSIDE = ("busy", "unreadable", "down", "places_nothing", "refuses")


def _hold(scene: Scene, value: str) -> None:
    search = scene.meeting.search
    assert search is not None
    scene.presses(scene.world.holding.hold(scene.by(), scene.situation.record, search.search, int(value or 1) - 1))


def _hold_agreed(scene: Scene, value: str) -> None:
    scene.presses(scene.world.holding.hold_agreed(scene.by(), scene.situation.record, int(value or 1)))


def _approve(scene: Scene, value: str) -> None:
    scene.presses(scene.world.confirming.approve(scene.by(value), scene.situation.record, None))


def _look_again(scene: Scene, value: str) -> None:
    scene.passes("2m")  # what was read is used for a minute
    scene.presses(scene.world.asking.look_again(scene.by(value), scene.situation.record))


def _changes(scene: Scene, value: Doc) -> None:
    scene.changes(value)


def _ask_exception(scene: Scene, value: str) -> None:
    search = scene.meeting.search
    assert search is not None
    number = int(value or 1) - 1
    scene.presses(scene.world.agreeing.exception(scene.by(), scene.situation.record, search.search, number))


def _ask_person(scene: Scene, value: str) -> None:
    search = scene.meeting.search
    assert search is not None
    number = int(value or 1) - 1
    scene.presses(scene.world.agreeing.ask_person(scene.by(), scene.situation.record, search.search, number))


def _substitute(scene: Scene, value: Doc) -> None:
    flow = scene.world.agreeing
    by, role, person = scene.by(value.get("by", "")), value["role"], value["person"]
    scene.presses(flow.substitute(by, scene.situation.record, role, person, "They know it best."))


def _answers(yes: bool) -> Callable[[Scene, str], None]:
    """`grant: grace`: they answer every open point of the newest request that is theirs."""

    def answers(scene: Scene, value: str) -> None:
        agreement = scene.meeting.agreements[-1]
        for index, point in enumerate(agreement.points):
            if point.standing == "open" and value in point.deciders:
                flow = scene.world.agreeing
                scene.presses(
                    flow.answer(
                        scene.by(value), scene.situation.record, agreement.number, index, yes, "It is too late."
                    )
                )
                assert scene.refused is None, scene.refused
                scene.world.settle()

    return answers


def _take(scene: Scene, value: str) -> None:
    number = scene.open[0].number
    scene.presses(scene.world.escalating.acknowledge(scene.by(value), scene.situation.record, number))


def _deletes_hold(scene: Scene, value: str) -> None:
    mail = scene.people.people[value].calendars[0].id
    event = next(event for event in scene.world.holds() if event.calendar == mail)
    scene.world.frees(event)


def _loses_record(scene: Scene, value: str) -> None:
    scene.world.office.records.pop(scene.situation.record)


def _record_goes(scene: Scene, value: str) -> None:
    scene.presses(scene.world.asking.look_again(scene.by(value), scene.situation.record))
    _loses_record(scene, value)


def _record_system_down(scene: Scene, value: str) -> None:
    scene.world.office.records[scene.situation.record] = Unreachable("The record system does not answer.")


def _invites_broken(scene: Scene, value: str) -> None:
    scene.world.invitations.broken["send"] = Denied("The organiser's calendar refuses.", service="Google")


_STEPS: Mapping[str, Callable[[Scene, Any], None]] = {
    "hold": _hold,
    "hold agreed": _hold_agreed,
    "approve": _approve,
    "look again": _look_again,
    "changes": _changes,
    "passes": lambda scene, value: scene.passes(value),
    "ask exception": _ask_exception,
    "ask person": _ask_person,
    "substitute": _substitute,
    "grant": _answers(True),
    "refuse": _answers(False),
    "take": _take,
    "deletes hold": _deletes_hold,
    "record gone": _loses_record,
    "record goes while it is looked again": _record_goes,
    "record system down": _record_system_down,
    "invites refused": _invites_broken,
    "let go": lambda s, v: s.presses(s.world.holding.let_go(s.by(v), s.situation.record, None)),
    "reject": lambda s, v: s.presses(s.world.holding.reject(s.by(v), s.situation.record, None, "Not good.")),
    "cancel": lambda s, v: s.presses(s.world.asking.cancel(s.by(v), s.situation.record)),
    "reschedule": lambda s, v: s.presses(s.world.watching.reschedule(s.by(v), s.situation.record)),
    "ask anew": lambda s, v: s.ask(),
}
