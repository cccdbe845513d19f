"""The sandbox's Google keeps Google's rules: asked with Google's own client and held against Google's own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import flask
import google_auth_httplib2
import httplib2
import jsonschema
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.service_account import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from bot.ports import HoldRequest
from integrations.calendars.google import GoogleCalendar, GoogleIdentity, GoogleInvitations
from integrations.sandbox.calendar_book import BookCalendar, BookEvent, CalendarBook
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.google import GoogleAccount, google_app
from integrations.sandbox.google_access import EVENTS, EVENTS_OWNED, FREEBUSY, SCOPES
from tests.contracts.calendar_world import at, between
from tests.contracts.google_schemas import hold_against, method
from tests.contracts.test_google_calendar import INVITE
from tests.sandbox_servers import google_key, served

INES, NOOR = "ines@example.com", "noor@example.com"
WHEN = {"start": {"dateTime": "2026-12-01T10:00:00Z"}, "end": {"dateTime": "2026-12-01T11:00:00+00:00"}}


class Bearer(httplib2.Http):
    """An http object that shows its token."""

    token = ""

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **how: Any) -> Any:
        told = {**(headers or {}), "authorization": f"Bearer {self.token}"}
        return super().request(uri, method, body=body, headers=told, **how)


@dataclass
class Sandbox:
    """The stand-in, and what it answered: (operation, status, body)."""

    url: str
    book: CalendarBook
    app: flask.Flask
    answers: list[tuple[str, int, Any]] = field(default_factory=list)
    lines: list[httplib2.Http] = field(default_factory=list)

    def client(self, subject: str | None = INES, scope: str = EVENTS, account: str = "wide@example.com") -> Any:
        """Google's own client, signed in; without subject as the service account itself."""
        line = Bearer()
        self.lines.append(line)
        line.token = self.token(subject, scope, account)
        options = {"api_endpoint": f"{self.url}/calendar/v3/"}
        return build("calendar", "v3", http=line, static_discovery=True, client_options=options)

    def token(self, subject: str | None, scope: str, account: str = "wide@example.com") -> str:
        key = google_key(f"{self.url}/token", account)
        credentials = Credentials.from_service_account_info(key, scopes=[scope], subject=subject)
        line = httplib2.Http()
        self.lines.append(line)
        credentials.refresh(google_auth_httplib2.Request(line))
        return str(credentials.token)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    book = CalendarBook()
    for mail in (INES, NOOR, "organizer@example.com"):
        book.add_calendar(BookCalendar(id=mail, provider="google", owner=mail, mail=mail, time_zone="Europe/Berlin"))
    accounts = [
        GoogleAccount("wide@example.com", (EVENTS, EVENTS_OWNED, FREEBUSY)),
        GoogleAccount("narrow@example.com"),
    ]
    app = google_app(book, Faults(), SandboxClock(datetime(2026, 11, 30, 8, tzinfo=UTC), running=False), accounts)
    with served(app) as server:
        sandbox = Sandbox(server.url, book, app)

        def note(answer: flask.Response) -> flask.Response:
            sandbox.answers.append((flask.request.endpoint or "", answer.status_code, answer.get_json(silent=True)))
            return answer

        app.after_request(note)
        yield sandbox
        for line in sandbox.lines:
            line.close()


def refused(request: Any) -> tuple[int, str]:
    """The status and reason with which a request is refused."""
    with pytest.raises(HttpError) as failed:
        request.execute()
    return failed.value.status_code, failed.value.error_details[0]["reason"]


def insert(google: Any, calendar: str = INES, /, sendUpdates: str = "none", **body: Any) -> Any:  # noqa: N803
    """The insert of an event at ten (`sendUpdates` is Google's word)."""
    return google.events().insert(calendarId=calendar, sendUpdates=sendUpdates, body=WHEN | body)


class TestWhatIsSaid:
    def test_what_the_adapter_sends_and_the_stand_in_answers_is_as_google_describes_it(self, sandbox: Sandbox) -> None:
        key = google_key(f"{sandbox.url}/token", "wide@example.com")
        how: dict[str, Any] = {"api_url": f"{sandbox.url}/calendar/v3", "sleep": lambda _: None}
        calendar = GoogleCalendar(GoogleIdentity(key, NOOR), GoogleIdentity(key), **how)
        invitations = GoogleInvitations(GoogleIdentity(key), "organizer@example.com", **how)
        request = HoldRequest(
            key="k",
            tag="t",
            record="CHG-1042",
            calendar=INES,
            span=between(10, 11),
            title="Hold",
            words="w",
            expires_at=at(9),
        )
        calendar.free_busy([INES, "nobody@example.com"], between(0, 24))
        placed = calendar.place(request)
        calendar.put_back(calendar.lift(placed))
        calendar.holds(INES, request.tag)
        calendar.let_go(placed)
        invitations.send(INVITE)
        invitations.replies(INVITE.key)
        invitations.cancel(INVITE.key, "withdrawn")
        for adapter in (calendar, invitations):
            adapter.close()

        calls = [c for c in sandbox.app.extensions["traffic"].calls() if c.operation != "token"]
        answers = [a for a in sandbox.answers if a[0] != "token"]
        assert len(calls) == len(answers) >= 12
        for call in calls:
            described = method(call.operation)
            assert set(call.query) <= {*described.get("parameters", ()), "alt", "fields"}
            if call.body is not None:
                hold_against(described["request"]["$ref"], call.body)
        for operation, status, body in answers:
            if status == 200:
                hold_against(method(operation)["response"]["$ref"], body)

    def test_whole_answers_are_as_google_describes_them(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        own = BookEvent("own", INES, at(8), at(9), "title", "place", "text", organizer=NOOR, uid="x@example.com")
        sandbox.book.put(own)
        body = {
            "attendees": [{"email": NOOR}],
            "reminders": {"useDefault": False, "overrides": []},
            "location": "3",
        }
        made = insert(google, id="abcde", description="d", extendedProperties={"private": {"a": "b"}}, **body).execute()

        hold_against("Event", made)
        hold_against("Event", google.events().get(calendarId=INES, eventId="own").execute())
        hold_against("Events", google.events().list(calendarId=INES, showDeleted=True).execute())

    def test_the_schemas_would_notice(self) -> None:
        hold_against("Event", {"id": "abcde", "attendees": [{"email": INES}]})
        for odd in ({"title": "not Google's word"}, {"id": 7}, {"attendees": [{"mail": INES}]}):
            with pytest.raises(jsonschema.ValidationError):
                hold_against("Event", odd)

    @pytest.mark.parametrize("operation", SCOPES)
    def test_the_scopes_are_those_that_google_lists(self, operation: str) -> None:
        assert SCOPES[operation] <= set(method(operation)["scopes"])


class TestFreeBusy:
    def ask(self, google: Any, end: str = "2026-12-02T00:00:00Z", items: tuple[str, ...] = (INES,), **more: Any) -> Any:
        body = {
            "timeMin": "2026-12-01T00:00:00Z",
            "timeMax": end,
            "items": [{"id": i} for i in items],
            **more,
        }
        return google.freebusy().query(body=body)

    def test_busy_blocks_are_joined_and_say_nothing_else(self, sandbox: Sandbox) -> None:
        for span, shown in (
            (between(9, 10), "busy"),
            (between(10, 11), "tentative"),
            (between(12, 13), "free"),
        ):
            sandbox.book.put(BookEvent(f"e{span.start:%H}", INES, span.start, span.end, "title", show_as=shown))

        answer = self.ask(sandbox.client(scope=FREEBUSY)).execute()

        block = {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T11:00:00Z"}
        assert answer["calendars"] == {INES: {"busy": [block]}}

    def test_its_limits_are_kept(self, sandbox: Sandbox) -> None:
        google = sandbox.client(scope=FREEBUSY)
        many = tuple(f"p{n}@example.com" for n in range(51))

        assert refused(self.ask(google, "2027-03-02T00:00:00Z")) == (400, "timeRangeTooLong")
        assert refused(self.ask(google, "2026-12-01T00:00:00Z")) == (400, "timeRangeEmpty")
        assert refused(self.ask(google, "2026-12-02T00:00:00")) == (400, "badRequest")
        assert refused(self.ask(google, calendarExpansionMax=51)) == (400, "invalid")
        assert refused(self.ask(google, calendarExpansionMax=-1)) == (400, "invalidParameter")
        told = self.ask(google, items=many).execute()["calendars"]
        assert [told[m]["errors"][0]["reason"] for m in (many[49], many[50])] == [
            "notFound",
            "tooManyCalendarsRequested",
        ]

    def test_the_small_right_reads_no_events_and_the_writer_s_no_free_busy(self, sandbox: Sandbox) -> None:
        reader, writer = sandbox.client(scope=FREEBUSY), sandbox.client(scope=EVENTS_OWNED)

        assert refused(reader.events().list(calendarId=INES)) == (403, "insufficientPermissions")
        assert refused(self.ask(writer)) == (403, "insufficientPermissions")

    def test_a_calendar_that_is_not_shared_is_not_found_but_by_its_owner(self, sandbox: Sandbox) -> None:
        sandbox.book.add_calendar(BookCalendar(INES, "google", "ines", INES, "UTC", readable=False))

        hidden = self.ask(sandbox.client(NOOR, FREEBUSY)).execute()["calendars"][INES]
        assert hidden == {"busy": [], "errors": [{"domain": "global", "reason": "notFound"}]}
        assert "errors" not in self.ask(sandbox.client(INES, FREEBUSY)).execute()["calendars"][INES]


class TestEvents:
    def test_ids_are_held_to_their_alphabet_and_burned_by_deletion(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        for wrong in ("abcd", "ABCDE", "wxyzw", "a-b-c"):
            assert refused(insert(google, id=wrong)) == (400, "invalid")
        insert(google, id="abcde").execute()
        delete = google.events().delete(calendarId=INES, eventId="abcde")

        assert refused(insert(google, id="abcde")) == (409, "duplicate")
        assert delete.execute() == ""
        assert refused(insert(google, id="abcde")) == (409, "duplicate")
        assert refused(delete) == (410, "deleted")
        assert google.events().get(calendarId=INES, eventId="abcde").execute()["status"] == "cancelled"
        assert refused(google.events().get(calendarId=INES, eventId="never")) == (404, "notFound")
        assert insert(google, NOOR, id="abcde").execute()["id"] == "abcde"

    def test_a_change_on_an_old_etag_is_refused(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        etag = insert(google, id="abcde").execute()["etag"]
        google.events().patch(calendarId=INES, eventId="abcde", body={"summary": "new"}).execute()
        for change in (
            google.events().patch(calendarId=INES, eventId="abcde", body={}),
            *self.others(google),
        ):
            change.headers["If-Match"] = etag
            assert refused(change) == (412, "conditionNotMet")

    def others(self, google: Any) -> list[Any]:
        update = google.events().update(calendarId=INES, eventId="abcde", body=WHEN)
        return [update, google.events().delete(calendarId=INES, eventId="abcde")]

    def test_a_patch_merges_objects_replaces_lists_and_removes_nulls(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        insert(
            google,
            id="abcde",
            summary="s",
            location="l",
            attendees=[{"email": NOOR}, {"email": "guest@example.com"}],
            extendedProperties={"private": {"a": "1", "b": "2"}},
        ).execute()
        change = {
            "location": None,
            "attendees": [{"email": NOOR}],
            "extendedProperties": {"private": {"a": None, "c": "3"}},
        }

        after = google.events().patch(calendarId=INES, eventId="abcde", body=change).execute()

        assert (after["summary"], after.get("location"), [a["email"] for a in after["attendees"]]) == (
            "s",
            None,
            [NOOR],
        )
        assert after["extendedProperties"]["private"] == {"b": "2", "c": "3"}

    def test_long_properties_are_dropped_or_cut_without_a_word(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        private = {"k" * 44: "v" * 1025, "k" * 45: "v"}

        made = insert(google, extendedProperties={"private": private}).execute()

        assert made["extendedProperties"]["private"] == {"k" * 44: "v" * 1024}
        many = {f"k{n}": "v" for n in range(301)}
        assert refused(insert(google, extendedProperties={"private": many})) == (400, "invalid")

    def test_several_private_properties_are_alternatives(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        for number in "123":
            insert(google, id=f"abcd{number}", extendedProperties={"private": {"n": number}}).execute()

        found = google.events().list(calendarId=INES, privateExtendedProperty=["n=1", "n=3"]).execute()["items"]

        assert [e["id"] for e in found] == ["abcd1", "abcd3"]

    def test_mail_goes_out_only_when_it_is_asked_for(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        insert(google, id="quiet", attendees=[{"email": NOOR}]).execute()
        assert (sandbox.book.mails, [e.id for e in sandbox.book.events(NOOR)]) == ([], ["quiet"])

        insert(google, INES, sendUpdates="all", id="aloud", attendees=[{"email": NOOR}]).execute()
        google.events().delete(calendarId=INES, eventId="aloud", sendUpdates="all").execute()
        google.events().delete(calendarId=INES, eventId="quiet").execute()

        assert [(m.to, m.kind) for m in sandbox.book.mails] == [(NOOR, "request"), (NOOR, "cancel")]
        assert sandbox.book.events(NOOR) == []

    def test_private_properties_stay_with_their_own_calendar(self, sandbox: Sandbox) -> None:
        insert(
            sandbox.client(),
            id="abcde",
            attendees=[{"email": NOOR}],
            extendedProperties={"private": {"a": "b"}},
        ).execute()

        (copy,) = sandbox.client(NOOR).events().list(calendarId=NOOR).execute()["items"]

        assert "extendedProperties" not in copy

    def test_a_meeting_link_is_promised_then_made_and_only_when_asked_for_properly(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        wish = {"createRequest": {"requestId": "r", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
        asked = google.events().insert(
            calendarId=INES, body={**WHEN, "id": "abcde", "conferenceData": wish}, conferenceDataVersion=1
        )

        promised = asked.execute()
        made = google.events().get(calendarId=INES, eventId="abcde").execute()
        ignored = insert(google, conferenceData=wish).execute()

        assert promised["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
        assert "hangoutLink" not in promised
        assert made["hangoutLink"] == made["conferenceData"]["entryPoints"][0]["uri"]
        assert "conferenceData" not in ignored

    def test_all_day_events_are_read_in_the_calendars_zone(self, sandbox: Sandbox) -> None:
        body = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}

        sandbox.client().events().insert(calendarId=INES, body=body).execute()

        (event,) = sandbox.book.events(INES)
        assert (event.start, event.end) == (at(-1), at(23))

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({"start": None}, "required"),
            ({"start": {"dateTime": "2026-12-01T10:00:00"}}, "invalid"),
            ({"start": {"dateTime": "2026-12-01T12:00:00Z"}}, "timeRangeEmpty"),
            ({"attendees": [{"displayName": "Ines"}]}, "required"),
            ({"reminders": {"overrides": [{"method": "popup", "minutes": n} for n in range(6)]}}, "invalid"),
            ({"id": "abcde", "iCalUID": "a@example.com"}, "invalid"),
        ],
    )
    def test_an_event_that_makes_no_sense_is_refused(self, sandbox: Sandbox, body: dict[str, Any], reason: str) -> None:
        assert refused(insert(sandbox.client(), **body)) == (400, reason)
        assert sandbox.book.events(INES) == []


class TestWhoMay:
    def test_owned_means_owned(self, sandbox: Sandbox) -> None:
        google = sandbox.client(INES, EVENTS_OWNED)

        assert refused(insert(google, NOOR)) == (403, "requiredAccessLevel")
        assert insert(google, INES).execute()["organizer"] == {"email": INES}

    def test_a_service_account_of_its_own_invites_nobody(self, sandbox: Sandbox) -> None:
        google = sandbox.client(None)

        assert refused(insert(google, attendees=[{"email": NOOR}])) == (403, "forbiddenForServiceAccounts")
        insert(google).execute()

    @pytest.mark.parametrize(
        ("subject", "scope", "account", "error"),
        [
            (INES, EVENTS, "narrow@example.com", "unauthorized_client"),
            ("nobody@example.com", EVENTS, "wide@example.com", "invalid_grant"),
            (INES, EVENTS, "stranger@example.com", "invalid_grant"),
        ],
    )
    def test_a_token_is_given_only_where_the_admin_agreed(
        self, sandbox: Sandbox, subject: str, scope: str, account: str, error: str
    ) -> None:
        with pytest.raises(RefreshError) as failed:
            sandbox.token(subject, scope, account)

        assert failed.value.args[1]["error"] == error

    @pytest.mark.parametrize(
        "form", [{}, {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"}]
    )
    def test_a_claim_that_is_none_earns_no_token(self, sandbox: Sandbox, form: dict[str, str]) -> None:
        answer = sandbox.app.test_client().post("/token", data=form)

        assert (answer.status_code, sorted(answer.get_json())) == (400, ["error", "error_description"])

    def test_a_revoked_token_opens_nothing(self, sandbox: Sandbox) -> None:
        google = sandbox.client()
        sandbox.app.extensions["tokens"].revoke()

        assert refused(google.events().list(calendarId=INES)) == (401, "authError")


def test_a_body_that_is_not_json_is_refused(sandbox: Sandbox) -> None:
    google = {"authorization": f"Bearer {sandbox.token(INES, EVENTS)}"}

    answer = sandbox.app.test_client().post(f"/calendar/v3/calendars/{INES}/events", data="{", headers=google)

    assert (answer.status_code, json.loads(answer.data)["error"]["errors"][0]["reason"]) == (
        400,
        "parseError",
    )
