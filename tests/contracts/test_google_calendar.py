"""Google's adapter signs the calendar contracts, over real HTTP to the stand-in, and Google's own rules are kept."""

from __future__ import annotations

import http.client
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import flask
import google.auth.exceptions
import googleapiclient.errors
import httplib2
import pytest

from bot.core.people import Availability
from bot.core.span import Span
from bot.ports import Conflict, Denied, Failure, Gone, Invite, Invitee, PlacedHold, Throttled, Unreachable
from integrations.calendars.google import GoogleCalendar, GoogleIdentity, GoogleInvitations
from integrations.calendars.google_events import placed
from integrations.calendars.google_failures import EDGE, failure_of
from integrations.calendars.google_wire import EVENTS, EVENTS_OWNED, FREEBUSY, Wire
from integrations.sandbox.calendar_book import BookCalendar, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.google import GoogleAccount, google_app
from tests.contracts.calendar_contract import HoldContract, LiftContract, RemoteContract
from tests.contracts.calendar_world import CANARY, TAG, Act, World, at, between
from tests.contracts.invitations_contract import InvitationsContract
from tests.sandbox_servers import google_key, served

DAY = between(0, 24)
INVITE = Invite(
    key="k",
    tag=TAG,
    record="CHG-1042",
    title="Review",
    text="",
    span=between(10, 11),
    time_zone="UTC",
    invitees=(Invitee(name="Ines", email="ines@example.com", role="owner"),),
)
OPERATIONS = {
    "read": "freeBusy.query",
    "insert": "events.insert",
    "get": "events.get",
    "list": "events.list",
    "change": "events.patch",
    "remove": "events.delete",
}


def _book() -> CalendarBook:
    book = CalendarBook()
    for mail in ("reader@example.com", "organizer@example.com"):
        book.add_calendar(BookCalendar(id=mail, provider="google", owner=mail, mail=mail, time_zone="UTC"))
    return book


def _clock() -> SandboxClock:
    return SandboxClock(datetime(2026, 11, 30, 8, tzinfo=UTC), running=False)


@dataclass
class Ground:
    """One stand-in for all tests of this file; each test finds it empty."""

    url: str
    app: flask.Flask
    book: CalendarBook
    faults: Faults


@dataclass
class Adapters:
    """A calendar and an organiser on it, and the seconds that they asked to wait."""

    calendar: GoogleCalendar
    invitations: GoogleInvitations
    waits: list[float]


@contextmanager
def _ground() -> Iterator[Ground]:
    book, faults = _book(), Faults()
    app = google_app(book, faults, _clock())
    with served(app) as server:
        yield Ground(server.url, app, book, faults)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with _ground() as ground:
        yield ground


def _adapters(ground: Ground, timeout: float = 5.0) -> Iterator[Adapters]:
    waits: list[float] = []
    key, url = google_key(f"{ground.url}/token"), f"{ground.url}/calendar/v3"
    how: dict[str, Any] = {"api_url": url, "timeout": timeout, "sleep": waits.append}
    calendar = GoogleCalendar(GoogleIdentity(key, "reader@example.com"), GoogleIdentity(key), **how)
    invitations = GoogleInvitations(GoogleIdentity(key), "organizer@example.com", **how)
    yield Adapters(calendar, invitations, waits)
    calendar.close()
    invitations.close()


@pytest.fixture(scope="module")
def usual(ground: Ground) -> Iterator[Adapters]:
    yield from _adapters(ground)


@pytest.fixture(scope="module")
def hasty(ground: Ground) -> Iterator[Adapters]:
    """They wait half a second for an answer, as nobody would in earnest."""
    yield from _adapters(ground, timeout=0.5)


@pytest.fixture
def world(ground: Ground, usual: Adapters) -> World:
    return _world(ground, usual)


@pytest.fixture
def hasty_world(ground: Ground, hasty: Adapters) -> World:
    return _world(ground, hasty)


@pytest.fixture
def new_world(ground: Ground) -> Iterator[World]:
    """With adapters that have no tokens yet."""
    for adapters in _adapters(ground):
        yield _world(ground, adapters)


@pytest.fixture
def late_world() -> Iterator[World]:
    """On a stand-in of its own: what arrives late must not arrive in the next test."""
    with _ground() as ground:
        for adapters in _adapters(ground, timeout=0.6):
            yield _world(ground, adapters)


def _world(ground: Ground, adapters: Adapters) -> World:
    ground.book.clear()
    for each in _book().calendars.values():
        ground.book.add_calendar(each)
    ground.faults.clear()
    traffic = ground.app.extensions["traffic"]
    traffic.clear()
    adapters.waits.clear()
    return World(
        provider="google",
        adapter=adapters.calendar,
        invitations=adapters.invitations,
        organizer="organizer@example.com",
        calendars_a_call=50,
        operations=OPERATIONS,
        book=ground.book,
        faults=ground.faults,
        traffic=traffic,
        waits=adapters.waits,
    )


@dataclass
class Outside:
    """A Google whose admin console knows only some service accounts."""

    book: CalendarBook
    token_url: str
    api_url: str


@pytest.fixture
def outside() -> Iterator[Outside]:
    book = _book()
    wide = GoogleAccount("wide@sandbox.example.com", (FREEBUSY, EVENTS, EVENTS_OWNED))
    narrow = GoogleAccount("narrow@sandbox.example.com", (FREEBUSY,))
    with served(google_app(book, Faults(), _clock(), [wide, narrow])) as server:
        yield Outside(book, f"{server.url}/token", f"{server.url}/calendar/v3")


class TestGoogleReads(RemoteContract):
    """Free-busy."""


class TestGoogleHolds(HoldContract):
    """Holds."""


class TestGoogleLifts(LiftContract):
    """The truth under our own hold."""


class TestGoogleInvites(InvitationsContract):
    """The organiser's calendar."""


BAD_LINES: dict[str, dict[str, Any]] = {
    "cut before": {"kind": "drop_before", "times": 3},
    "cut after": {"kind": "drop_after"},
    "silent": {"kind": "hang", "seconds": 0.8},
    "error 500": {"status": 500},
    "error 503": {"status": 503},
    "too many, 429": {"status": 429, "retry_after": 1},
    "too many, 403": {"status": 403, "word": "userRateLimitExceeded"},
    "stale token": {"status": 401},
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES.keys())
class TestOnABadLine:
    """Whatever the line does once, every act ends as if it had been good, and is done once."""

    @pytest.mark.parametrize("act", ["insert", "get"])
    def test_a_hold_is_placed_once(self, hasty_world: World, act: Act, bad: dict[str, Any]) -> None:
        world = hasty_world
        ines = world.calendar()
        world.goes_wrong(act, **bad)

        placed = world.adapter.place(world.request(ines, between(10, 11)))

        assert [e.id for e in world.events(ines)] == [placed.event_id]
        assert (placed.generation, world.mails()) == (0, [])

    def test_a_hold_is_let_go(self, hasty_world: World, bad: dict[str, Any]) -> None:
        world = hasty_world
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.goes_wrong("remove", **bad)

        world.adapter.let_go(placed)

        assert world.events(ines) == []

    @pytest.mark.parametrize("act", ["change", "get"])
    def test_a_hold_is_lifted_and_put_back(self, hasty_world: World, act: Act, bad: dict[str, Any]) -> None:
        world = hasty_world
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))

        world.goes_wrong(act, **bad)
        lifted = world.adapter.lift(placed)
        assert [e.show_as for e in world.events(ines)] == ["free"]
        world.goes_wrong(act, **bad)
        back = world.adapter.put_back(lifted)

        assert [e.show_as for e in world.events(ines)] == ["tentative"]
        assert world.adapter.still_there(placed) == back

    def test_tagged_holds_are_found(self, hasty_world: World, bad: dict[str, Any]) -> None:
        world = hasty_world
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11)))
        world.goes_wrong("list", **bad)

        assert len(world.adapter.holds(ines, TAG)) == 1

    def test_an_invite_is_mailed_once(self, hasty_world: World, bad: dict[str, Any]) -> None:
        world = hasty_world
        world.calendar("ines")
        world.goes_wrong("insert", **bad)

        world.invitations.send(world.invite("ines"))

        assert len(world.mails()) == 1


class TestGoogleRules:
    """What only Google makes necessary."""

    def test_a_provider_that_never_answers_is_unknown_and_a_hold_unreachable(self, hasty_world: World) -> None:
        world = hasty_world
        ines = world.calendar()
        for act in ("read", "insert"):
            world.goes_wrong(act, "hang", seconds=0.8, times=None)

        assert world.adapter.free_busy([ines], DAY)[ines].unknown == (DAY,)
        with pytest.raises(Unreachable):
            world.adapter.place(world.request(ines, between(10, 11)))

    def test_what_arrives_late_makes_no_second_event_and_no_second_mail(self, late_world: World) -> None:
        ines = late_world.calendar()
        late_world.goes_wrong("insert", "slow", seconds=1.0)

        placed = late_world.adapter.place(late_world.request(ines, between(12, 13)))
        time.sleep(0.7)  # the late one arrives now
        late_world.goes_wrong("insert", "slow", seconds=1.0)
        sent = late_world.invitations.send(late_world.invite("ines"))
        time.sleep(0.7)

        assert [e.id for e in late_world.events(ines)] == [sent.event_id, placed.event_id]
        assert (late_world.calls("insert"), len(late_world.mails())) == (4, 1)

    def test_why_free_busy_is_unknown_is_written_into_the_log(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.goes_wrong("read", status=403, word="accessNotConfigured")

        world.adapter.free_busy([world.calendar()], DAY)

        (line,) = [r.getMessage() for r in caplog.records if r.name.startswith("integrations.")]
        assert line == (
            "The free-busy of 1 Google calendars is unknown: The Calendar API is not enabled in the Google project. "
            "Nothing was changed."
        )

    def test_spent_quota_is_not_asked_again_for_an_hour(self, world: World) -> None:
        world.calendar("ines")
        world.goes_wrong("insert", status=403, word="quotaExceeded", times=None)

        with pytest.raises(Throttled) as refused:
            world.invitations.send(world.invite("ines"))

        assert refused.value.retry_after >= 3600
        assert (world.calls("insert"), world.waits) == (1, [])

    def test_a_service_account_that_may_invite_nobody_is_told_what_to_enable(self, world: World) -> None:
        world.calendar("ines")
        world.goes_wrong("insert", status=403, word="forbiddenForServiceAccounts")

        with pytest.raises(Denied, match="domain-wide delegation"):
            world.invitations.send(world.invite("ines"))

    def test_every_change_says_who_is_mailed_and_holds_name_nobody(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.adapter.let_go(world.adapter.put_back(world.adapter.lift(placed)))

        changes = [
            c for c in world.traffic.calls() if c.operation in ("events.insert", "events.patch", "events.delete")
        ]
        assert len(changes) == 4
        assert {c.query.get("sendUpdates") for c in changes} == {"none"}
        assert not any("attendees" in (c.body or {}) for c in changes)

    def test_only_the_fields_that_are_read_are_asked_for(self, world: World) -> None:
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11)))
        world.adapter.holds(ines, TAG)

        asked = " ".join(c.query["fields"] for c in world.traffic.calls() if c.operation.startswith("events."))
        for private in ("summary", "description", "location", "attendees", "organizer", "creator"):
            assert private not in asked

    def test_each_identity_asks_for_its_own_least_scope(self, new_world: World) -> None:
        world = new_world
        ines = world.calendar()
        world.adapter.free_busy([ines], DAY)
        world.adapter.place(world.request(ines, between(10, 11)))

        tokens = [(c.target, c.query["scope"].rpartition("/")[2]) for c in world.traffic.calls("token")]
        assert tokens == [("reader@example.com", "calendar.freebusy"), (ines, "calendar.events.owned")]

    def test_a_token_is_fetched_once_for_all_threads_and_again_when_it_is_refused(self, new_world: World) -> None:
        world = new_world
        ines = world.calendar()
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: world.adapter.free_busy([ines], DAY), range(12)))
        assert len(world.traffic.calls("token")) == 1
        world.goes_wrong("read", status=401)

        assert world.adapter.free_busy([ines], DAY) == {ines: Availability()}
        assert len(world.traffic.calls("token")) == 2

    def test_a_token_that_stays_refused_is_not_asked_for_for_ever(self, new_world: World) -> None:
        world = new_world
        ines = world.calendar()
        world.goes_wrong("insert", status=401, times=None)

        with pytest.raises(Denied, match="token"):
            world.adapter.place(world.request(ines, between(10, 11)))
        assert len(world.traffic.calls("token")) == 2

    def test_no_http_object_is_in_two_threads_hands(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        busy: set[int] = set()
        shared: list[int] = []
        request = httplib2.Http.request

        def watched(line: httplib2.Http, *args: Any, **how: Any) -> Any:
            shared.extend({id(line)} & busy)
            busy.add(id(line))
            try:
                return request(line, *args, **how)
            finally:
                busy.discard(id(line))

        monkeypatch.setattr(httplib2.Http, "request", watched)
        asked = [world.calendar(f"person{n}") for n in range(101)]

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: world.adapter.free_busy(asked, DAY), range(6)))

        assert world.calls("read") == 18
        assert shared == []

    def test_an_invite_is_never_taken_for_a_hold(self, world: World) -> None:
        ines = world.calendar("ines")
        world.invitations.send(world.invite("ines"))

        assert list(world.adapter.holds(world.organizer, TAG)) == list(world.adapter.holds(ines, TAG)) == []

    def test_an_invite_that_was_cancelled_is_not_sent_anew(self, world: World) -> None:
        world.calendar("ines")
        invite = world.invite("ines")
        world.invitations.send(invite)
        world.invitations.cancel(invite.key, "The change was withdrawn.")

        with pytest.raises(Gone):
            world.invitations.send(invite)
        assert len(world.mails("request")) == 1

    @pytest.mark.parametrize(("reads", "waits", "there"), [(1, 0, True), (3, 2, True), (100, 4, False)])
    def test_a_meeting_link_is_waited_for_but_not_for_ever(self, reads: int, waits: int, there: bool) -> None:
        book, slept = _book(), list[float]()
        with served(google_app(book, Faults(), _clock(), conference_reads=reads)) as server:
            invitations = GoogleInvitations(
                GoogleIdentity(google_key(f"{server.url}/token")),
                "organizer@example.com",
                api_url=f"{server.url}/calendar/v3",
                sleep=slept.append,
            )
            sent = invitations.send(INVITE)
            invitations.close()

        assert (sent.join_url is not None, len(slept), len(book.mails)) == (there, waits, 1)

    def test_the_key_of_a_hold_must_fit_into_google(self, world: World) -> None:
        ines = world.calendar()

        with pytest.raises(Denied, match="too long"):
            world.adapter.place(world.request(ines, between(10, 11), key="k" * 1025))
        assert world.events(ines) == []

    def test_a_hold_that_is_deleted_again_and_again_is_given_up(self, world: World) -> None:
        ines = world.calendar()
        request = world.request(ines, between(10, 11))
        for _ in range(16):
            world.adapter.let_go(world.adapter.place(request))

        with pytest.raises(Conflict):
            world.adapter.place(request)

    def test_a_hold_that_somebody_else_changes_at_the_same_time_is_looked_at_again(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.goes_wrong("change", status=412)

        assert world.adapter.lift(placed).lifted
        assert world.calls("change") == 2

    def test_a_hold_that_is_moved_while_it_is_lifted_stays_where_it_was_moved(
        self, new_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world, looks = new_world, []
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        look = world.adapter.still_there

        def look_and_lose_a_race(hold: PlacedHold) -> PlacedHold | None:
            seen = look(hold)
            if not looks:
                world.move(ines, hold.event_id, between(14, 15))
            looks.append(seen)
            return seen

        monkeypatch.setattr(world.adapter, "still_there", look_and_lose_a_race)
        lifted = world.adapter.lift(placed)

        assert (lifted.lifted, lifted.span, len(looks)) == (True, between(14, 15), 2)
        assert world.calls("change") == 2

    def test_a_hold_that_was_made_to_last_all_day_was_moved(self, world: World) -> None:
        event = {
            "id": "a",
            "status": "tentative",
            "start": {"date": "2026-12-01"},
            "end": {"date": "2026-12-02"},
        }

        assert placed(event, "c", "k", 0).span == Span(at(0), at(24))

    def test_holds_are_found_over_many_pages(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        ines = world.calendar()
        for hour in range(5):
            world.adapter.place(world.request(ines, between(hour, hour + 1)))
        monkeypatch.setattr("integrations.calendars.google._PAGE", 2)

        assert len(world.adapter.holds(ines, TAG)) == 5
        assert world.calls("list") == 3


class TestGoogleIdentities:
    """Keys, subjects and scopes, and what `readiness-bot check` says of them."""

    def test_check_says_what_works(self, world: World) -> None:
        ines = world.calendar()
        assert isinstance(world.adapter, GoogleCalendar)
        assert isinstance(world.invitations, GoogleInvitations)

        told = [*world.adapter.check(ines), world.invitations.check()]

        assert [c.fine for c in told] == [True, True, True]
        assert told[0].words == "Google, reading free-busy: the token and its scope work."

    def test_check_says_what_is_missing(self, outside: Outside) -> None:
        key = google_key(outside.token_url, "stranger@sandbox.example.com")
        narrow = google_key(outside.token_url, "narrow@sandbox.example.com")
        calendar = GoogleCalendar(
            GoogleIdentity(key, "reader@example.com"), GoogleIdentity(narrow), api_url=outside.api_url
        )

        reader, writer = calendar.check("organizer@example.com")
        (_, unnamed) = calendar.check()
        calendar.close()

        assert not (reader.fine or writer.fine or unnamed.fine)
        assert "no such user or service account" in reader.words
        assert "authorise the service account's client id" in writer.words
        assert "no calendar was named" in unnamed.words

    def test_check_of_a_subject_whose_scope_does_not_suffice(self, outside: Outside) -> None:
        key = google_key(outside.token_url, "wide@sandbox.example.com")
        wire = Wire(GoogleIdentity(key), FREEBUSY, api_url=outside.api_url)

        with pytest.raises(Denied, match="lacks the scope"):
            wire.once(
                "reader@example.com",
                lambda google: google.events().get(calendarId="primary", eventId="aaaaa"),
            )
        wire.close()

    def test_without_a_writer_nothing_is_written(self, outside: Outside, world: World) -> None:
        key = google_key(outside.token_url, "wide@sandbox.example.com")
        calendar = GoogleCalendar(GoogleIdentity(key, "reader@example.com"), api_url=outside.api_url)

        assert (calendar.can.writable, calendar.can.under_hold) == (False, "none")
        with pytest.raises(Denied):
            calendar.place(world.request("organizer@example.com", between(10, 11)))
        assert outside.book.events("organizer@example.com") == []
        calendar.close()

    def test_one_fixed_writer_may_write_where_it_was_let_in(self, outside: Outside, world: World) -> None:
        key = google_key(outside.token_url, "wide@sandbox.example.com")
        who = GoogleIdentity(key, "reader@example.com")
        calendar = GoogleCalendar(who, who, api_url=outside.api_url)

        calendar.place(world.request("organizer@example.com", between(10, 11)))

        assert len(outside.book.events("organizer@example.com")) == 1
        calendar.close()

    def test_somebody_else_may_send_for_the_organiser(self, outside: Outside) -> None:
        key = google_key(outside.token_url, "wide@sandbox.example.com")
        who = GoogleIdentity(key, "reader@example.com")
        invitations = GoogleInvitations(who, "organizer@example.com", api_url=outside.api_url)

        invitations.send(INVITE.model_copy(update={"online": False}))

        assert len(outside.book.mails) == 1
        invitations.close()

    @pytest.mark.parametrize("broken", [{}, {"private_key": "nonsense"}, {"token_uri": None, "private_key": None}])
    def test_a_key_that_is_none_is_refused_in_words(self, broken: dict[str, Any]) -> None:
        key = google_key("http://127.0.0.1:9/token") | broken if broken else {}

        with pytest.raises(Denied, match="not a service account's key file") as refused:
            GoogleCalendar(GoogleIdentity(key))
        assert refused.value.__context__ is None

    def test_a_key_is_not_shown(self) -> None:
        assert "PRIVATE KEY" not in repr(GoogleIdentity(google_key("http://127.0.0.1:9/token")))

    def test_a_sign_in_that_is_down_is_unknown_to_readers(
        self, new_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = new_world
        monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)
        ines = world.calendar()
        world.faults.add(service="google", operation="token", status=503, word="internal_failure", times=None)

        assert world.adapter.free_busy([ines], DAY)[ines].unknown == (DAY,)
        with pytest.raises(Unreachable):
            world.adapter.place(world.request(ines, between(10, 11)))


class TestGoogleFailures:
    """Every error of the SDK becomes one of our failures, and tells nothing."""

    def test_every_error_class_of_the_sdks_is_translated(self) -> None:
        classes = [
            error
            for module in (googleapiclient.errors, google.auth.exceptions, httplib2.error, http.client)
            for error in vars(module).values()
            if isinstance(error, type) and issubclass(error, Exception)
        ]

        assert len(classes) > 40
        for error in classes:
            if issubclass(error, EDGE):
                broken = error.__new__(error)
                broken.args = (CANARY, {"error": CANARY, "error_description": CANARY})
                broken.resp, broken.content, broken.error_details = (
                    httplib2.Response({"status": 500}),
                    b"",
                    CANARY,
                )
                broken._retryable = False
                assert isinstance(failure_of(broken), Failure)
                assert CANARY not in str(failure_of(broken))
        # Warnings are the only ones that may pass, for they are not raised.
        assert [e for e in classes if not issubclass(e, (*EDGE, Warning))] == []

    @pytest.mark.parametrize(
        ("status", "reason", "failure"),
        [
            (400, "badRequest", Denied),
            (401, "authError", Denied),
            (403, "insufficientPermissions", Denied),
            (403, "somethingNew", Denied),
            (403, "rateLimitExceeded", Throttled),
            (404, "notFound", Gone),
            (408, "", Unreachable),
            (409, "duplicate", Conflict),
            (410, "deleted", Gone),
            (412, "conditionNotMet", Conflict),
            (429, "", Throttled),
            (500, "backendError", Unreachable),
            (503, "", Unreachable),
        ],
    )
    def test_every_status_has_its_kind(self, status: int, reason: str, failure: type[Failure]) -> None:
        body = {"error": {"code": status, "message": CANARY, "errors": [{"reason": reason, "message": CANARY}]}}
        refused = googleapiclient.errors.HttpError(httplib2.Response({"status": status}), json.dumps(body).encode())

        told = failure_of(refused)

        assert type(told) is failure
        assert told.service == "Google"
        assert CANARY not in str(told)

    @pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("Fri, 31 Dec 2027 23:59:59 GMT", 5.0), ("nan", 5.0)])
    def test_a_pause_is_read_from_what_google_says(self, said: str, seconds: float) -> None:
        answer = httplib2.Response({"status": 429, "retry-after": said})

        told = failure_of(googleapiclient.errors.HttpError(answer, b"<html>"))

        assert isinstance(told, Throttled)
        assert told.retry_after == pytest.approx(seconds)

    @pytest.mark.parametrize("said", [f"<html>{CANARY}", "[]", "{}", '{"calendars": [], "id": 1}', "null", "\xff"])
    def test_answers_that_are_not_google_s_are_unknown_and_unreachable(
        self, said: str, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        babel = flask.Flask("babel")
        token = {"access_token": "sandbox", "expires_in": 60}
        babel.add_url_rule("/token", "token", lambda: token, methods=["POST"])
        babel.add_url_rule("/<path:_>", "any", lambda _: said.encode("latin-1"), methods=["GET", "POST"])
        with served(babel) as server:
            key = google_key(f"{server.url}/token")
            calendar = GoogleCalendar(
                GoogleIdentity(key), GoogleIdentity(key), api_url=server.url, sleep=lambda _: None
            )
            assert calendar.free_busy(["ines@example.com"], DAY) == {"ines@example.com": Availability(unknown=(DAY,))}
            with pytest.raises(Unreachable):
                calendar.place(world.request("ines@example.com", between(10, 11)))
            calendar.close()
        assert CANARY not in caplog.text
