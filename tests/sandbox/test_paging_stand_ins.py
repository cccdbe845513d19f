"""The stand-ins for PagerDuty and for a mail server keep the real ones' rules, and the page shows what they received."""

from __future__ import annotations

import base64
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.mail import MailStandIn, ServedMail
from integrations.sandbox.pagerduty import PagerStandIn
from integrations.sandbox.sandbox import Sandbox
from tests.sandbox_servers import served

NOW = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)


@dataclass
class Ground:
    """Both stand-ins, served; each test finds them empty and nothing broken."""

    faults: Faults
    clock: SandboxClock
    pager: PagerStandIn
    mail: MailStandIn
    events: str
    smtp: ServedMail


@pytest.fixture(scope="module")
def _ground() -> Iterator[Ground]:
    faults, clock = Faults(), SandboxClock(NOW, running=False)
    pager, mail = PagerStandIn(faults, clock), MailStandIn(faults, clock, largest=20_000)
    with served(pager.app) as events, mail.serve() as smtp:
        yield Ground(faults, clock, pager, mail, events.url, smtp)


@pytest.fixture
def ground(_ground: Ground) -> Ground:
    _ground.faults.clear()
    _ground.pager.clear()
    _ground.mail.clear()
    return _ground


def event(action: str = "trigger", key: str | None = "k1", **changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"routing_key": "sandbox-routing-key", "event_action": action}
    if key is not None:
        said["dedup_key"] = key
    if action == "trigger":
        said["payload"] = {"summary": "No time fits CHG-1042", "source": "readiness", "severity": "warning"}
    return said | changes


def payload(**changes: Any) -> dict[str, Any]:
    return event() | {"payload": event()["payload"] | changes}


def tell(ground: Ground, said: Any) -> requests.Response:
    return requests.post(f"{ground.events}/v2/enqueue", json=said, timeout=5)


# -- PagerDuty


def test_an_event_is_taken_and_makes_an_incident(ground: Ground) -> None:
    answer = tell(ground, event(links=[{"href": "https://example.com/card", "text": "card"}]))

    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "k1"},
    )
    [incident] = ground.pager.incidents()
    assert (incident.state, incident.summary, incident.links) == (
        "triggered",
        "No time fits CHG-1042",
        ("https://example.com/card",),
    )
    assert incident.at == NOW


def test_an_event_without_a_key_is_given_one_and_makes_an_incident_of_its_own(ground: Ground) -> None:
    keys = {tell(ground, event(key=None)).json()["dedup_key"] for _ in range(2)}

    assert len(keys) == 2
    assert {i.key for i in ground.pager.incidents()} == keys


def test_an_open_key_gathers_events_and_a_resolved_one_opens_anew(ground: Ground) -> None:
    for action in ("trigger", "trigger", "acknowledge", "trigger", "resolve", "trigger"):
        assert tell(ground, event(action)).status_code == 202

    assert [(i.number, i.state, i.events) for i in ground.pager.incidents()] == [
        (1, "resolved", 3),
        (2, "triggered", 1),
    ]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_nobody_opened_is_taken_and_ignored(ground: Ground, action: str) -> None:
    assert tell(ground, event(action, "never")).status_code == 202
    assert ground.pager.incidents() == []


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        event(routing_key="another-key"),
        {k: v for k, v in event().items() if k != "routing_key"},
        event("explode"),
        event("resolve", None),
        event(key="k" * 256),
        event(key=""),
        event(payload=None),
        event(colour="red"),
        event(links=[{"href": "javascript:alert(1)"}]),
        event(links={"href": "https://example.com"}),
        payload(summary=" "),
        payload(summary="x" * 1025),
        payload(source=""),
        payload(severity="urgent"),
        payload(timestamp="yesterday"),
        payload(timestamp="2026-11-30T14:02:00"),
        payload(shoe_size=43),
    ],
)
def test_an_event_of_another_shape_is_refused_and_makes_nothing(ground: Ground, wrong: Any) -> None:
    answer = tell(ground, wrong)

    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert answer.json()["errors"]
    assert ground.pager.incidents() == []


def test_an_event_may_be_as_long_as_pagerduty_says(ground: Ground) -> None:
    assert tell(ground, payload(summary="x" * 1024) | {"dedup_key": "k" * 255}).status_code == 202
    assert tell(ground, payload(custom_details={"log": "x" * 600_000})).status_code == 413


def test_throttling_comes_in_pagerduty_s_own_words(ground: Ground) -> None:
    ground.faults.add(service="pagerduty", operation="events.enqueue", status=429, retry_after=7)
    answer = tell(ground, event())

    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["status"]) == (
        429,
        "7",
        "throttle exceeded",
    )
    assert [c.target for c in ground.pager.traffic.calls("events.enqueue")] == ["k1"]


@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("hang", 0), ("drop_after", 1)])
def test_a_lost_answer_leaves_the_caller_in_doubt(ground: Ground, kind: str, done: int) -> None:
    ground.faults.add(service="pagerduty", kind=kind, seconds=0.05)
    with pytest.raises(requests.exceptions.ConnectionError):
        tell(ground, event())

    assert len(ground.pager.incidents()) == done


# -- the mail server

MAIL = (
    "From: a@example.com\r\nTo: b@example.com\r\nSubject: Hello\r\nMessage-ID: <1@example.com>\r\n\r\n.leading dot\r\n"
)


@pytest.fixture
def line(ground: Ground) -> Iterator[smtplib.SMTP]:
    line = smtplib.SMTP(ground.smtp.host, ground.smtp.port, "test.example.com", 5)
    yield line
    line.close()


def mail(line: smtplib.SMTP, text: str = MAIL, *to: str) -> None:
    assert line.sendmail("a@example.com", to or ["b@example.com"], text) == {}


def test_a_mail_is_kept_as_it_was_sent(ground: Ground, line: smtplib.SMTP) -> None:
    mail(line, MAIL, "b@example.com", "c@example.com")
    line.quit()

    [kept] = ground.mail.deliveries()
    assert (kept.sender, kept.to, kept.subject, kept.message_id) == (
        "a@example.com",
        ("b@example.com", "c@example.com"),
        "Hello",
        "<1@example.com>",
    )
    assert (kept.text.strip(), kept.at) == (".leading dot", NOW)
    assert ground.mail.deliveries("nobody@example.com") == []


def test_the_same_message_twice_is_two_deliveries_and_one_mail_with_a_count(ground: Ground, line: smtplib.SMTP) -> None:
    for text in (MAIL, MAIL, MAIL.replace("<1@", "<2@")):
        mail(line, text)

    assert len(ground.mail.deliveries()) == 3
    assert [(m.message_id, m.copies) for m in ground.mail.mails()] == [
        ("<1@example.com>", 2),
        ("<2@example.com>", 1),
    ]


def test_on_this_machine_neither_encryption_nor_sign_in_is_offered(line: smtplib.SMTP) -> None:
    line.ehlo()
    assert set(line.esmtp_features) == {"size"}
    assert line.docmd("STARTTLS")[0] == 502
    assert line.docmd("AUTH", "PLAIN")[0] == 502


def test_commands_come_in_their_order(line: smtplib.SMTP) -> None:
    """Each answer is what RFC 5321 says of that step."""
    steps = [
        ("MAIL FROM:<a@example.com>", 503), ("HELO test", 250), ("RCPT TO:<b@example.com>", 503), ("DATA", 503),
        ("MAIL a@example.com", 501), ("MAIL FROM:<a@example.com> SIZE=20001", 552), ("MAIL FROM:<a@example.com>", 250),
        ("MAIL FROM:<a@example.com>", 503), ("DATA", 503), ("RCPT TO:<nobody>", 501), ("RCPT TO:<b@example.com>", 250),
        ("RSET", 250), ("DATA", 503), ("VRFY b", 500), ("NOOP", 250), ("QUIT", 221),
    ]  # fmt: skip

    assert [(said, line.docmd(said)[0]) for said, _ in steps] == steps


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (MAIL.encode() + "grüße\r\n".encode(), 554),
        (MAIL.encode() + b"a bare\nline end\r\n", 554),
        (MAIL.encode() + b"x" * 1001 + b"\r\n", 554),
        (MAIL.encode() + b"0123456789\r\n" * 2_000, 552),
    ],
)
def test_a_text_that_a_strict_server_would_refuse_is_refused(
    ground: Ground, line: smtplib.SMTP, text: bytes, code: int
) -> None:
    line.ehlo()
    for said, answer in (("MAIL FROM:<a@example.com>", 250), ("RCPT TO:<b@example.com>", 250), ("DATA", 354)):
        assert line.docmd(said)[0] == answer
    line.send(text + b".\r\n")

    assert line.getreply()[0] == code
    assert ground.mail.deliveries() == []
    mail(line)  # and the line is as good as before
    assert len(ground.mail.deliveries()) == 1


def test_more_than_a_hundred_recipients_are_too_many(ground: Ground, line: smtplib.SMTP) -> None:
    refused = line.sendmail("a@example.com", [f"p{n}@example.com" for n in range(101)], MAIL)

    assert [code for code, _ in refused.values()] == [452]
    assert len(ground.mail.deliveries()[0].to) == 100


@pytest.mark.parametrize("code", [451, 550])
def test_a_mail_can_be_refused_after_its_text(ground: Ground, line: smtplib.SMTP, code: int) -> None:
    ground.faults.add(service="smtp", operation="smtp.data", status=code)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        mail(line)

    assert (refused.value.smtp_code, ground.mail.deliveries()) == (code, [])
    mail(line)
    assert len(ground.mail.deliveries()) == 1


@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("hang", 0), ("drop_after", 1)])
def test_a_line_that_breaks_after_the_text_leaves_the_caller_in_doubt(
    ground: Ground, line: smtplib.SMTP, kind: str, done: int
) -> None:
    ground.faults.add(service="smtp", operation="smtp.data", kind=kind, seconds=0.05)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail(line)

    assert len(ground.mail.deliveries()) == done


def test_who_has_accounts_takes_mail_of_no_stranger() -> None:
    mail_server = MailStandIn(Faults(), SandboxClock(NOW), accounts={"bot": "sandbox"})
    with mail_server.serve() as smtp, smtplib.SMTP(smtp.host, smtp.port, "test", 5) as line:
        with pytest.raises(smtplib.SMTPSenderRefused):
            mail(line)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            line.login("bot", "guessed")
        assert line.docmd("AUTH", "PLAIN ???")[0] == 501
        assert line.docmd("AUTH", "PLAIN " + base64.b64encode(b"no separators").decode())[0] == 501
        assert line.docmd("AUTH", "CRAM-MD5")[0] == 504
        line.login("bot", "sandbox")
        mail(line)


def test_a_server_that_ends_leaves_nobody_waiting() -> None:
    """Also not somebody who is in the middle of a sentence, or held up by a switch."""
    faults = Faults()
    faults.add(service="smtp", operation="smtp.connect", kind="hang", seconds=60.0)
    began, smtp = time.monotonic(), MailStandIn(faults, SandboxClock(NOW)).serve()
    with socket.create_connection((smtp.host, smtp.port), 5) as waiting:
        while faults.shown():
            assert time.monotonic() - began < 15
            time.sleep(0.01)
        smtp.close()
        smtp.close()

        assert waiting.recv(100) == b""
    assert time.monotonic() - began < 15
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((smtp.host, smtp.port), 1)


# -- in the sandbox


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox(frozen_clock=True) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Sandbox:
    _sandbox.reset()
    return _sandbox


def page_says(sandbox: Sandbox, path: str = "control/paging") -> Any:
    return requests.get(sandbox.urls["page"] + path, timeout=5).json()


def wakes(sandbox: Sandbox) -> None:
    requests.post(f"{sandbox.urls['pagerduty_events']}/v2/enqueue", json=event(), timeout=5)


def writes(sandbox: Sandbox) -> None:
    host, _, port = sandbox.urls["smtp"].partition(":")
    with smtplib.SMTP(host, int(port), "test", 5) as line:
        mail(line)


def test_the_page_shows_pages_and_mails_newest_first_and_folded(sandbox: Sandbox) -> None:
    for _ in range(2):
        wakes(sandbox)
        writes(sandbox)
        sandbox.clock.move(timedelta(minutes=5))
    requests.post(f"{sandbox.urls['pagerduty_events']}/v2/enqueue", json=event(key="k2"), timeout=5)
    said = page_says(sandbox)

    assert [(i["key"], i["state"], i["events"]) for i in said["incidents"]] == [
        ("k2", "triggered", 1),
        ("k1", "triggered", 2),
    ]
    assert said["incidents"][1]["changed"] == "2026-11-30T14:07:00.000000Z"
    assert [(m["to"], m["subject"], m["copies"]) for m in said["mails"]] == [(["b@example.com"], "Hello", 2)]


@pytest.mark.parametrize("news", [wakes, writes])
def test_whoever_waits_for_a_change_is_woken_by_a_page_and_by_a_mail(
    sandbox: Sandbox, news: Callable[[Sandbox], None]
) -> None:
    seen = page_says(sandbox, "control/calendars")["revision"]
    news(sandbox)
    began = time.monotonic()
    said = page_says(sandbox, f"control/calendars?since={seen}")

    assert time.monotonic() - began < 15
    assert len(said["paging"]["incidents"]) + len(said["paging"]["mails"]) == 1


def test_reset_forgets_pages_and_mails_and_says_so(sandbox: Sandbox) -> None:
    wakes(sandbox)
    writes(sandbox)
    seen = page_says(sandbox, "control/calendars")["revision"]
    sandbox.reset()

    assert page_says(sandbox) == {"incidents": [], "mails": []}
    assert page_says(sandbox, "control/calendars?wait=0")["revision"] > seen
    assert (sandbox.pager.incidents(), sandbox.mail.deliveries()) == ([], [])
