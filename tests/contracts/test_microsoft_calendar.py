"""Microsoft's calendars: the shared contracts over real HTTP, and what is Microsoft's own."""

from __future__ import annotations

import base64
import functools
import logging
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import msal
import pytest
import requests
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.core.people import Availability, Busy
from bot.core.span import Span
from bot.ports import Conflict, Denied, Failure, Throttled, Unreachable
from integrations.calendars import microsoft_hold
from integrations.calendars.microsoft import MicrosoftCalendar
from integrations.calendars.microsoft_failures import from_line, retry_after
from integrations.calendars.microsoft_invitations import MicrosoftInvitations
from integrations.calendars.microsoft_tokens import Identity, Tokens
from integrations.calendars.microsoft_values import Unreadable, instants, schedule_items, span_of
from integrations.calendars.microsoft_wire import MicrosoftGraph
from integrations.sandbox.calendar_book import CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.microsoft import microsoft_app
from integrations.sandbox.microsoft_login import READER, TENANT, WRITER, Application
from integrations.sandbox.serving import Served
from tests.contracts.calendar_contract import HoldContract, RemoteContract, SetAsideContract
from tests.contracts.calendar_world import MIDNIGHT, TAG, World, at, between, blocked
from tests.contracts.invitations_contract import InvitationsContract
from tests.sandbox_servers import served

DAY = between(0, 24)
ORGANIZER = "readiness@example.com"
AS_READER = Identity(READER.client_id, READER.secret)
AS_WRITER = Identity(WRITER.client_id, WRITER.secret)


class Outside:
    """The stand-in for a whole module: emptied for each test."""

    def __init__(self, app: flask.Flask, server: Served, book: CalendarBook, faults: Faults) -> None:
        self.app, self.server, self.book, self.faults = app, server, book, faults
        self.traffic = app.extensions["traffic"]

    def graph(self, **how: Any) -> MicrosoftGraph:
        told: dict[str, Any] = {
            "tenant": TENANT,
            "writer": AS_WRITER,
            "reader": AS_READER,
            "login_url": self.server.url,
            "graph_url": self.server.url,
            "timeout": 5.0,
            "sleep": lambda _: None,
        }
        return MicrosoftGraph(**(told | how))


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    book, faults, clock = CalendarBook(), Faults(), SandboxClock(MIDNIGHT, running=False)
    certified = Application("sandbox-certified", thumbprint=_certificate()[2], roles=("Calendars.ReadWrite",))
    app = microsoft_app(book, faults, clock, applications=(READER, WRITER, certified))
    with served(app) as server:
        yield Outside(app, server, book, faults)


@pytest.fixture
def world(outside: Outside) -> Iterator[World]:
    outside.book.clear()
    outside.faults.clear()
    outside.traffic.clear()
    outside.app.extensions["graph"].zone_imposed = None
    outside.app.extensions["graph"].items_cut = False
    waits: list[float] = []
    graph = outside.graph(sleep=waits.append)
    world = World(
        provider="microsoft",
        adapter=MicrosoftCalendar(graph),
        invitations=MicrosoftInvitations(graph, ORGANIZER),
        organizer=ORGANIZER,
        calendars_a_call=20,
        operations={
            "read": "getSchedule",
            "insert": "events.create",
            "get": "events.get",
            "list": "events.list",
            "change": "events.update",
            "remove": "events.delete",
        },
        book=outside.book,
        faults=outside.faults,
        traffic=outside.traffic,
        waits=waits,
    )
    world.calendar("readiness")
    yield world
    graph.close()


@functools.cache
def _certificate() -> tuple[str, str, str]:
    """(private key, certificate, SHA-256 thumbprint as the header carries it), of this test run's own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1))
        .not_valid_after(datetime(2036, 1, 1))
        .sign(key, hashes.SHA256())
    )
    thumbprint = base64.urlsafe_b64encode(made.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, made.public_bytes(Encoding.PEM).decode(), thumbprint


class TestMicrosoftFreeBusy(RemoteContract):
    """Signs what every remote calendar owes."""


class TestMicrosoftHolds(HoldContract, SetAsideContract):
    """Signs what every writable calendar owes, and that its own item is set aside."""


class TestMicrosoftInvitations(InvitationsContract):
    """Signs what an organiser's calendar owes."""

    @pytest.fixture
    def world(self, world: World) -> World:
        return replace(world, operations={**world.operations, "remove": "events.cancel"})


class TestFreeBusy:
    """What is Microsoft's own about reading."""

    def test_every_status_is_told_apart(self, world: World) -> None:
        ines = world.calendar()
        for hour, status in enumerate(("free", "tentative", "busy", "oof", "workingElsewhere")):
            world.event(ines, between(hour, hour + 1), show_as=status)

        found = world.adapter.free_busy([ines], DAY)[ines]

        told = ["free", "tentative", "busy", "out_of_office", "working_elsewhere"]
        assert [b.status for b in found.busy] == told
        assert found.unknown == ()

    def test_a_status_that_microsoft_does_not_know_is_unknown_for_as_long_as_it_lasts(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10), show_as="unknown")

        assert world.adapter.free_busy([ines], DAY)[ines] == Availability(unknown=(between(9, 10),))

    def test_an_answer_in_another_zone_than_asked_is_read_in_its_own(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))

        for zone in ("W. Europe Standard Time", "Pacific Standard Time", "Asia/Kolkata"):
            outside.app.extensions["graph"].zone_imposed = zone
            assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(9, 10)]

    def test_the_case_of_an_address_does_not_matter(self, world: World) -> None:
        world.event(world.calendar(), between(9, 10))

        found = world.adapter.free_busy(["Ines@Example.com"], DAY)

        assert blocked(found["Ines@Example.com"]) == [between(9, 10)]

    def test_a_mailbox_that_does_not_exist_hides_no_other_though_it_stands_first(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))

        found = world.adapter.free_busy(["aaa@example.com", ines], DAY)

        assert blocked(found[ines]) == [between(9, 10)]
        assert found["aaa@example.com"].unknown == (DAY,)

    def test_a_very_short_span_is_asked_within_the_rules(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))
        span = Span(at(9), at(9) + timedelta(seconds=90))

        assert world.adapter.free_busy([ines], span)[ines].busy == (Busy(*span, "busy"),)

    @pytest.mark.parametrize("broken", [0, 1, 2])
    def test_one_unreadable_stretch_makes_the_whole_span_unknown(
        self, world: World, outside: Outside, monkeypatch: pytest.MonkeyPatch, broken: int
    ) -> None:
        ines, noor = world.calendar("ines"), world.calendar("noor")
        graph, span = outside.graph(), Span(at(0), at(24 * 150))
        ask = graph.ask

        def lossy(*path: Any, body: Any, **how: Any) -> dict[str, Any]:
            answer = ask(*path, body=body, **how)
            if body["startTime"]["dateTime"].startswith((at(0) + broken * timedelta(days=60)).date().isoformat()):
                answer["value"] = [s for s in answer["value"] if s["scheduleId"] != ines]
            return answer

        monkeypatch.setattr(graph, "ask", lossy)
        found = MicrosoftCalendar(graph).free_busy([ines, noor], span)
        graph.close()

        assert found == {ines: Availability(unknown=(span,)), noor: Availability()}

    def test_never_more_than_four_requests_are_under_way(self, world: World, outside: Outside) -> None:
        asked = [world.calendar(f"person{n:03}") for n in range(161)]
        world.goes_wrong("read", "slow", seconds=0.05, times=None)

        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda _: world.adapter.free_busy(asked, DAY), range(3)))

        assert all(not a.unknown for answer in answers for a in answer.values())
        in_flight = [call.in_flight for call in outside.traffic.calls("getSchedule")]
        assert (len(in_flight), max(in_flight)) == (27, 4)

    def test_a_mailbox_over_its_four_at_once_is_waited_for(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        world.goes_wrong("read", "slow", seconds=0.2, times=4)
        others = outside.graph()
        busy_with = MicrosoftCalendar(others)

        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(busy_with.free_busy, [ines], DAY) for _ in range(4)]
            while len(outside.traffic.calls("getSchedule")) < 4:
                assert not all(w.done() for w in waiting)
                time.sleep(0.005)
            found = world.adapter.free_busy([ines], DAY)
        others.close()

        assert world.waits[:1] == [1.0]
        assert found[ines].busy == ()

    def test_a_provider_that_hangs_is_unknown_after_one_wait(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        world.goes_wrong("read", "hang", seconds=0.6, times=None)
        graph = outside.graph(timeout=0.2)

        found = MicrosoftCalendar(graph).free_busy([ines], DAY)
        graph.close()

        assert found == {ines: Availability(unknown=(DAY,))}
        assert len(outside.traffic.calls("getSchedule")) == 1

    @pytest.mark.parametrize("status", [200, 502])
    def test_a_gateways_page_is_no_free_time(self, world: World, status: int) -> None:
        ines = world.calendar()
        world.goes_wrong("read", status=status, word="html", times=None)

        assert world.adapter.free_busy([ines], DAY) == {ines: Availability(unknown=(DAY,))}


class TestHolds:
    """What is Microsoft's own about writing, and every mishap at every act."""

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, Denied), (403, Denied), (429, Throttled), (500, Unreachable), (503, Unreachable)],
    )
    @pytest.mark.parametrize("act", ["insert", "list", "get", "remove"])
    def test_a_refusal_becomes_a_failure_in_our_words(
        self, world: World, act: Any, status: int, kind: type[Failure]
    ) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(8, 9)))
        world.goes_wrong(act, status=status, times=None)
        ask = {
            "insert": lambda: world.adapter.place(world.request(ines, between(10, 11))),
            "list": lambda: world.adapter.holds(ines, TAG),
            "get": lambda: world.adapter.still_there(placed),
            "remove": lambda: world.adapter.let_go(placed),
        }

        with pytest.raises(kind) as failed:
            ask[act]()

        assert failed.value.service == "Microsoft"
        assert "Microsoft" in str(failed.value)
        assert [e.id for e in world.events(ines)] == [placed.event_id]

    @pytest.mark.parametrize("act", ["insert", "list", "get", "remove"])
    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status"])
    def test_one_mishap_at_any_act_changes_nothing_in_the_end(self, world: World, act: Any, kind: str) -> None:
        ines = world.calendar()
        world.goes_wrong(act, kind, status=503)

        placed = world.adapter.place(world.request(ines, between(10, 11)))
        assert world.adapter.still_there(placed) == placed
        assert [h.event_id for h in world.adapter.holds(ines, TAG)] == [placed.event_id]
        assert len(world.events(ines)) == 1
        world.adapter.let_go(placed)
        assert world.events(ines) == []

    def test_a_create_that_hangs_and_arrives_late_makes_one_event(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        world.goes_wrong("insert", "slow", seconds=0.5)
        graph = outside.graph(timeout=0.25)

        placed = MicrosoftCalendar(graph).place(world.request(ines, between(10, 11)))
        graph.close()
        time.sleep(0.4)  # until the late one has arrived

        assert [e.id for e in world.events(ines)] == [placed.event_id]

    def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(self, world: World) -> None:
        world.goes_wrong("insert", "drop_after")

        world.adapter.place(world.request(world.calendar(), between(10, 11)))

        assert (world.calls("insert"), world.calls("list")) == (1, 2)

    def test_everything_is_sent_again_under_the_same_transaction(self, world: World, outside: Outside) -> None:
        world.goes_wrong("insert", "drop_before", times=2)

        world.adapter.place(world.request(world.calendar(), between(10, 11)))

        sent = [call.body["transactionId"] for call in outside.traffic.calls("events.create")]
        assert (len(sent), len(set(sent))) == (3, 1)

    def test_a_hold_mails_nobody_and_rings_nowhere(self, world: World, outside: Outside) -> None:
        world.adapter.place(world.request(world.calendar(), between(10, 11)))

        (call,) = outside.traffic.calls("events.create")
        assert "attendees" not in call.body
        assert (call.body["isReminderOn"], call.body["responseRequested"]) == (False, False)
        assert (call.body["showAs"], call.body["sensitivity"]) == ("tentative", "private")

    def test_changed_words_under_the_same_key_are_still_the_same_hold(self, world: World) -> None:
        request = world.request(world.calendar(), between(10, 11))
        placed = world.adapter.place(request)

        again = world.adapter.place(request.model_copy(update={"words": "Until 17:00 UTC."}))

        assert again == placed

    def test_a_look_that_comes_too_early_does_not_make_a_second_event(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Searching may lag behind writing: then the answer is unknown, not another generation."""
        ines = world.calendar()
        monkeypatch.setattr(world.adapter, "look_up", lambda _: None)
        world.goes_wrong("insert", "drop_after")
        first = world.request(ines, between(10, 11))
        changed = iter([first, first.model_copy(update={"words": "other"})])
        bodies = microsoft_hold.body_of
        monkeypatch.setattr(microsoft_hold, "body_of", lambda request: bodies(next(changed, request)))

        with pytest.raises(Unreachable):
            world.adapter.place(first)

        assert len(world.events(ines)) == 1
        assert world.waits == [1.0]

    def test_a_new_event_that_cannot_be_read_is_taken_away_before_another_is_made(self, world: World) -> None:
        ines = world.calendar()
        world.goes_wrong("get", status=404)

        placed = world.adapter.place(world.request(ines, between(10, 11)))

        assert ([e.id for e in world.events(ines)], placed.generation) == ([placed.event_id], 1)

    def test_a_tag_with_a_quote_is_found(self, world: World) -> None:
        ines = world.calendar()
        world.adapter.place(world.request(ines, between(10, 11), tag="o'brien"))

        assert len(world.adapter.holds(ines, "o'brien")) == 1

    def test_all_pages_of_holds_are_read(self, world: World) -> None:
        ines = world.calendar()
        for number in range(103):
            tags = ((microsoft_hold.TAG, TAG),)
            world.event(ines, between(number, number + 1), tags=tags)

        assert len(world.adapter.holds(ines, TAG)) == 103
        assert world.calls("list") == 3

    def test_a_tagged_event_whose_facts_were_spoilt_is_still_ours_to_release(self, world: World) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10), tags=((microsoft_hold.TAG, TAG), (microsoft_hold.FACTS, "{not json")))

        (found,) = world.adapter.holds(ines, TAG)

        assert (found.key, found.record, found.expires_at, found.span) == ("", "", None, between(9, 10))

    def test_a_next_page_on_another_host_is_not_followed(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        strangers: list[str] = []
        elsewhere = flask.Flask("elsewhere")
        elsewhere.add_url_rule("/<path:rest>", view_func=lambda rest: strangers.append(rest) or {"value": []})
        graph = outside.graph()
        answers = [{"value": [], "@odata.nextLink": "set below"}]
        graph.ask = lambda *_, **__: answers[0]  # type: ignore[method-assign]  # no stand-in lies like this
        with served(elsewhere) as other:
            answers[0]["@odata.nextLink"] = f"{other.url}/v1.0/next"
            with pytest.raises(Denied):
                MicrosoftCalendar(graph).holds(ines, TAG)
        graph.close()

        assert strangers == []

    def test_lifting_is_not_offered(self, world: World) -> None:
        placed = world.adapter.place(world.request(world.calendar(), between(10, 11)))

        for offered in (world.adapter.lift, world.adapter.put_back):
            with pytest.raises(Denied):
                offered(placed)

    def test_of_two_equal_tentative_items_one_remains_as_a_conflict(self, world: World) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.event(ines, between(10, 11), show_as="tentative")

        assert blocked(world.adapter.under(placed)) == [between(10, 11)]

    @pytest.mark.parametrize("span", [between(9.9, 11), between(10, 11.1), between(9, 12)])
    def test_a_longer_tentative_item_is_never_taken_for_ours(self, world: World, span: Span) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        world.event(ines, span, show_as="tentative")

        assert blocked(world.adapter.under(placed)) == [between(10, 11)]

    def test_a_longer_item_cut_to_the_question_is_not_taken_for_ours_either(
        self, world: World, outside: Outside
    ) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        event = world.book.get(ines, placed.event_id)
        assert event is not None
        world.book.put(replace(event, show_as="free"))
        world.event(ines, between(9, 12), show_as="tentative")
        outside.app.extensions["graph"].items_cut = True

        assert world.adapter.under(placed) == Availability(unknown=(between(10, 11),))

    @pytest.mark.parametrize("shown", ["busy", "free", "oof"])
    def test_a_hold_that_is_shown_otherwise_cannot_be_told_apart(self, world: World, shown: str) -> None:
        ines = world.calendar()
        placed = world.adapter.place(world.request(ines, between(10, 11)))
        event = world.book.get(ines, placed.event_id)
        assert event is not None
        world.book.put(replace(event, show_as=shown))

        assert world.adapter.under(placed) == Availability(unknown=(between(10, 11),))

    def test_ids_are_asked_for_that_outlive_a_move_to_another_folder(self, world: World, outside: Outside) -> None:
        placed = world.adapter.place(world.request(world.calendar(), between(10, 11)))

        assert not placed.event_id.endswith("-by-folder")


class TestInvitations:
    """What is Microsoft's own about inviting."""

    def test_an_invite_that_was_taken_away_is_not_sent_twice_under_its_key(self, world: World) -> None:
        world.calendar("ines")
        invite = world.invite("ines")
        world.invitations.send(invite)
        world.invitations.cancel(invite.key, "Withdrawn.")

        with pytest.raises(Conflict):
            world.invitations.send(invite)
        assert len(world.mails("request")) == 1

    def test_an_invite_is_no_hold(self, world: World) -> None:
        ines = world.calendar("ines")
        world.invitations.send(world.invite("ines", tag=TAG))

        assert world.adapter.holds(ines, TAG) == world.adapter.holds(ORGANIZER, TAG) == []

    def test_somebody_elses_meeting_cannot_be_cancelled(self, world: World, outside: Outside) -> None:
        ines = world.calendar("ines")
        world.invitations.send(world.invite("ines"))
        (copy,) = world.events(ines)
        graph = outside.graph()

        with pytest.raises(Denied):
            graph.ask("writer", "POST", f"/users/{ines}/events/{copy.id}/cancel", "to cancel", body={})
        graph.close()
        assert world.mails("cancel") == []

    def test_a_second_look_that_fails_does_not_undo_what_was_sent(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.calendar("ines")
        invite = world.invite("ines", online=True)
        world.goes_wrong("list", "slow", seconds=0.0)  # the look before sending
        world.goes_wrong("list", status=503, times=None)
        late = flask.Flask.make_response

        def without_link(app: flask.Flask, answer: Any) -> flask.Response:
            made = late(app, answer)
            if made.status_code == 201:
                made.set_data(made.get_data().replace(b"joinUrl", b"later"))
            return made

        monkeypatch.setattr(flask.Flask, "make_response", without_link)

        sent = world.invitations.send(invite)

        assert (sent.join_url, len(world.mails())) == (None, 1)


class TestSigningIn:
    """Tokens: real msal, which takes no http address and returns its errors as values."""

    def tokens(self, outside: Outside, **how: Any) -> Tokens:
        told = {"tenant": TENANT, "identity": AS_WRITER, "login_url": outside.server.url}
        return Tokens(**(told | how))

    @pytest.fixture(autouse=True)
    def fresh(self, world: World) -> None:
        """Nothing noted, nothing broken."""

    def test_msal_itself_refuses_the_stand_ins_address(self, outside: Outside) -> None:
        """Why requests go through a line of ours. When this fails, that line is no longer needed."""
        with pytest.raises(ValueError, match="https"):
            msal.ConfidentialClientApplication("x", client_credential="y", authority=f"{outside.server.url}/t")

    def test_one_token_is_fetched_however_many_ask(self, world: World, outside: Outside) -> None:
        asked = [world.calendar(f"person{n}") for n in range(6)]

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda c: world.adapter.free_busy([c], DAY), asked))

        assert [c.target for c in outside.traffic.calls("token")] == [READER.client_id]
        assert len(outside.traffic.calls("discovery")) == 1

    def test_nothing_is_asked_before_it_is_needed(self, outside: Outside) -> None:
        outside.graph().close()

        assert outside.traffic.calls() == []

    def test_reader_and_writer_have_their_own_rights(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        swapped = outside.graph(writer=AS_READER)
        with pytest.raises(Denied):
            MicrosoftCalendar(swapped).place(world.request(ines, between(10, 11)))
        swapped.close()

        assert world.events(ines) == []

    def test_one_application_may_be_both(self, world: World, outside: Outside) -> None:
        ines, graph = world.calendar(), outside.graph(reader=None)
        one = MicrosoftCalendar(graph)
        one.place(world.request(ines, between(10, 11)))

        assert blocked(one.free_busy([ines], DAY)[ines]) == [between(10, 11)]
        assert len(outside.traffic.calls("token")) == 1
        graph.close()

    def test_a_certificate_serves_instead_of_a_secret(self, outside: Outside) -> None:
        private, public, _ = _certificate()
        good = self.tokens(
            outside, identity=Identity("sandbox-certified", private_key=private, public_certificate=public)
        )
        assert good.bearer()
        good.close()

    @pytest.mark.parametrize(
        ("how", "word"),
        [
            ({"identity": Identity(WRITER.client_id, "not-the-secret")}, "AADSTS7000215"),
            ({"identity": Identity("nobody", "s")}, "AADSTS700016"),
            (
                {"identity": Identity(WRITER.client_id, private_key="not a key", public_certificate="x")},
                "certificate",
            ),
            ({"tenant": "elsewhere.example.com"}, "MICROSOFT_TENANT_ID"),
            ({"scope": "https://other.example.com/.default"}, "AADSTS70011"),
        ],
    )
    def test_what_an_operator_must_mend_is_denied_again_and_again(
        self, outside: Outside, how: dict[str, Any], word: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        tokens = self.tokens(outside, **how)
        for _ in range(2):
            with pytest.raises(Denied) as refused:
                tokens.bearer()
            assert word in str(refused.value)
            assert "not-the-secret" not in "".join(traceback.format_exception(refused.value)) + caplog.text
        tokens.close()

    @pytest.mark.parametrize("operation", ["discovery", "token"])
    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ({"kind": "drop_before"}, Unreachable),
            ({"status": 500}, Unreachable),
            ({"status": 503, "word": "html"}, Unreachable),
            ({"status": 200, "word": "html"}, Unreachable),
            ({"status": 400, "word": "html"}, Unreachable),
            ({"status": 429, "retry_after": 0}, Throttled),
        ],
    )
    def test_a_bad_day_of_the_sign_in_passes(
        self,
        outside: Outside,
        operation: str,
        fault: dict[str, Any],
        kind: type[Failure],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        outside.faults.add(service="microsoft", operation=operation, **fault)
        tokens = self.tokens(outside)

        with pytest.raises(kind):
            tokens.bearer()
        assert tokens.bearer()
        assert "<html>" not in caplog.text
        tokens.close()

    def test_a_transient_error_in_so_many_words_is_not_the_operators(self, outside: Outside) -> None:
        outside.faults.add(service="microsoft", operation="token", status=400, word="temporarily_unavailable")
        tokens = self.tokens(outside)

        with pytest.raises(Unreachable):
            tokens.bearer()
        tokens.close()

    def test_a_throttled_sign_in_is_left_alone_until_its_time(self, outside: Outside) -> None:
        outside.faults.add(service="microsoft", operation="token", status=429, retry_after=30)
        now = [1000.0]
        tokens = self.tokens(outside, monotonic=lambda: now[0])

        for passed, left in ((0, 30), (20, 10)):
            now[0] = 1000.0 + passed
            with pytest.raises(Throttled) as refused:
                tokens.bearer()
            assert refused.value.retry_after == pytest.approx(left)
        assert len(outside.traffic.calls("token")) == 1
        now[0] = 1030.5
        assert tokens.bearer()
        tokens.close()

    def test_a_token_that_is_no_longer_accepted_is_replaced_once(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        world.event(ines, between(9, 10))
        world.adapter.free_busy([ines], DAY)
        outside.app.extensions["tokens"].revoke()

        assert blocked(world.adapter.free_busy([ines], DAY)[ines]) == [between(9, 10)]
        assert (len(outside.traffic.calls("token")), world.waits) == (2, [])

    @pytest.mark.parametrize("name", ["login_url", "graph_url"])
    @pytest.mark.parametrize("url", ["http://login.example.com", "ftp://127.0.0.1", "login.example.com", ""])
    def test_secrets_travel_encrypted_or_stay_on_this_machine(self, outside: Outside, name: str, url: str) -> None:
        with pytest.raises(Denied, match=f"MICROSOFT_{name.upper()}"):
            outside.graph(**{name: url})

    def test_neither_secrets_nor_tokens_are_logged(
        self, world: World, outside: Outside, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ines = world.calendar("ines")
        world.adapter.free_busy([ines], DAY)
        world.adapter.let_go(world.adapter.place(world.request(ines, between(10, 11))))
        world.invitations.send(world.invite("ines"))

        assert "Microsoft was asked who is free" in caplog.text
        for secret in (READER.secret, WRITER.secret, "eyJ", "Bearer "):  # a token begins with eyJ
            assert secret not in caplog.text

    def test_identities_do_not_print_their_secrets(self) -> None:
        private, public, _ = _certificate()

        shown = repr(Identity("app", "the-secret", private, public))

        assert "the-secret" not in shown
        assert "PRIVATE" not in shown


class TestChecking:
    """What `readiness-bot check` says of Microsoft."""

    def test_both_work(self, world: World) -> None:
        ines = world.calendar()

        assert [works for works, _ in world.adapter.check(ines, at(9))] == [True, True]  # type: ignore[attr-defined]  # Microsoft's own

    def test_each_identity_says_what_it_lacks(self, world: World, outside: Outside) -> None:
        ines = world.calendar()
        graph = outside.graph(writer=AS_READER, reader=Identity(READER.client_id, "wrong"))

        (reads, reader), (writes, writer) = MicrosoftCalendar(graph).check(ines, at(9))
        graph.close()

        assert (reads, writes) == (False, False)
        assert "AADSTS7000215" in reader
        assert "Calendars.ReadWrite" in writer

    def test_a_closed_calendar_is_said(self, world: World) -> None:
        noor = world.calendar("noor", readable=False)

        (reads, said), _ = world.adapter.check(noor, at(9))  # type: ignore[attr-defined]  # Microsoft's own

        assert not reads
        assert noor in said


class TestReadingTimes:
    """Times as Microsoft writes them."""

    @pytest.mark.parametrize(
        ("said", "zone", "utc"),
        [
            ("2026-12-01T09:00:00.0000000", "UTC", "09:00"),
            ("2026-12-01T09:00:00.0000000", "utc", "09:00"),
            ("2026-12-01T09:00:00", "tzone://Microsoft/Utc", "09:00"),
            ("2026-12-01T09:00:00.0000000", "W. Europe Standard Time", "08:00"),
            ("2026-12-01T09:00:00.0000000", "pacific standard time", "17:00"),
            ("2026-12-01T09:00:00.0000000", "Europe/Berlin", "08:00"),
            ("2026-12-01T09:00:00Z", "Pacific Standard Time", "09:00"),
            ("2026-12-01T09:00:00+02:00", None, "07:00"),
        ],
    )
    def test_a_time_is_read_in_the_zone_beside_it(self, said: str, zone: str | None, utc: str) -> None:
        expected = datetime.fromisoformat(f"2026-12-01T{utc}").replace(tzinfo=UTC)

        assert instants({"dateTime": said, "timeZone": zone}) == (expected, expected)

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "2026-12-01T09:00:00",
            {},
            {"dateTime": "2026-12-01T09:00:00"},
            {"dateTime": "2026-12-01T09:00:00", "timeZone": ""},
            {"dateTime": "2026-12-01T09:00:00", "timeZone": "Customized Time Zone"},
            {"dateTime": "2026-12-01T09:00:00", "timeZone": "tzone://Microsoft/Custom"},
            {"dateTime": "2026-12-01T09:00:00", "timeZone": "../../etc/passwd"},
            {"dateTime": "2026-12-01T09:00:00", "timeZone": "Europe"},
            {"dateTime": "tomorrow", "timeZone": "UTC"},
            {"dateTime": 20261201, "timeZone": "UTC"},
            {"dateTime": "0001-01-01T00:00:00", "timeZone": "Asia/Tokyo"},
        ],
    )
    def test_a_time_that_is_not_clear_is_not_guessed(self, value: object) -> None:
        with pytest.raises(Unreadable):
            instants(value)

    @pytest.mark.parametrize(
        ("start", "end", "utc"),
        [
            ("2026-10-25T02:15:00", "2026-10-25T02:45:00", ("00:15", "01:45")),  # repeated: both readings
            ("2026-03-29T02:15:00", "2026-03-29T02:45:00", ("00:15", "01:45")),  # skipped: both readings
        ],
    )
    def test_an_hour_with_two_readings_blocks_both(self, start: str, end: str, utc: tuple[str, str]) -> None:
        berlin = "W. Europe Standard Time"
        item = {
            "start": {"dateTime": start, "timeZone": berlin},
            "end": {"dateTime": end, "timeZone": berlin},
        }

        span = span_of(item)

        assert (span.start.strftime("%H:%M"), span.end.strftime("%H:%M")) == utc

    @pytest.mark.parametrize("status", ["Busy", "BUSY", "busy"])
    def test_a_status_is_read_in_any_case(self, status: str) -> None:
        item = {"status": status, **_times("09", "10")}

        assert schedule_items({"scheduleItems": [item]}) == [Busy(*between(9, 10), "busy")]

    @pytest.mark.parametrize(
        "schedule",
        [
            {},
            {"scheduleItems": None},
            {"scheduleItems": [None]},
            {"scheduleItems": [{"status": "busy"}]},
            {"scheduleItems": [{"status": 2, "start": {}, "end": {}}]},
            {"scheduleItems": [], "error": {"responseCode": "ErrorNoFreeBusyAccess"}},
        ],
    )
    def test_half_an_answer_is_no_answer(self, schedule: dict[str, Any]) -> None:
        with pytest.raises(Unreadable):
            schedule_items(schedule)

    def test_an_item_that_ends_before_it_starts_is_no_answer(self) -> None:
        with pytest.raises(Unreadable):
            schedule_items({"scheduleItems": [{"status": "busy", **_times("10", "09")}]})

    @pytest.mark.parametrize(
        ("said", "seconds"), [("7", 7.0), ("0", 0.0), ("1.5", 1.5), ("", None), ("soon", None), ("-3", None)]
    )
    def test_a_wait_is_read_as_seconds(self, said: str, seconds: float | None) -> None:
        assert retry_after({"Retry-After": said}) == seconds

    def test_a_wait_is_read_as_a_date(self) -> None:
        until = datetime.now(UTC) + timedelta(seconds=30)

        seconds = retry_after({"Retry-After": until.strftime("%a, %d %b %Y %H:%M:%S GMT")})

        assert seconds == pytest.approx(30, abs=2)


def _times(start: str, end: str) -> dict[str, Any]:
    return {
        "start": {"dateTime": f"2026-12-01T{start}:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": f"2026-12-01T{end}:00:00.0000000", "timeZone": "UTC"},
    }


def _kinds(module: Any, root: type[Exception]) -> list[type[Exception]]:
    found = {v for v in vars(module).values() if isinstance(v, type) and issubclass(v, root)}
    return sorted(found, key=lambda kind: kind.__name__)


LIBRARY = _kinds(requests.exceptions, OSError) + _kinds(urllib3.exceptions, urllib3.exceptions.HTTPError)


class TestErrorsOfTheLibrary:
    """No error class of requests or urllib3 gets past the edge, neither when signing in nor afterwards."""

    def test_there_are_many(self) -> None:
        assert len(LIBRARY) > 40

    @pytest.mark.parametrize("kind", [*LIBRARY, OSError], ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
    def test_each_becomes_a_failure(
        self, world: World, outside: Outside, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
    ) -> None:
        graph = outside.graph()
        graph.signed_in("writer")
        calendar = MicrosoftCalendar(graph)

        def broken(*_: Any, **__: Any) -> None:
            raise kind.__new__(kind)

        monkeypatch.setattr(requests.Session, "request", broken)

        with pytest.raises((Unreachable, Denied)) as failed:
            calendar.holds("ines@example.com", TAG)
        with pytest.raises((Unreachable, Denied)):
            graph.signed_in("reader")
        assert failed.value.service == "Microsoft"
        assert calendar.free_busy(["ines@example.com"], DAY)["ines@example.com"].unknown == (DAY,)
        graph.close()

    @pytest.mark.parametrize("name", ["InvalidURL", "MissingSchema", "InvalidProxyURL", "InvalidHeader"])
    def test_what_the_settings_got_wrong_is_the_operators(self, name: str) -> None:
        assert isinstance(from_line(vars(requests.exceptions)[name]("x"), "to help"), Denied)

    @pytest.mark.parametrize("name", ["ConnectionError", "ReadTimeout", "ChunkedEncodingError", "RequestException"])
    def test_what_may_have_arrived_is_unknown(self, name: str) -> None:
        assert isinstance(from_line(vars(requests.exceptions)[name]("x"), "to help"), Unreachable)
