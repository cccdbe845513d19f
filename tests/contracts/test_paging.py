"""The pager and the mailer in the domain's words, over real sockets to the stand-ins, and what they do when these break."""

from __future__ import annotations

import inspect
import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
import requests
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.adapters import Folder, adapters
from bot.checking import _outer_rungs
from bot.ports import Denied, Failure, Mailer, Pager, Throttled, Unreachable
from bot.settings import SettingsError, read
from integrations.paging import pagerduty, smtp
from integrations.paging.pagerduty import PagerDuty, dedup_key
from integrations.paging.smtp import SmtpMail, message_id
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.mail import MailStandIn
from integrations.sandbox.pagerduty import PagerStandIn
from integrations.sandbox.sandbox import WORKSPACE, Sandbox
from tests.sandbox_servers import served

NOW = datetime(2026, 11, 30, 14, 2, tzinfo=UTC)
SECRET = "sandbox-routing-key"
PASSWORD = "sandbox-password"
BODY_CANARY = "heron-in-the-body"
TO = ("dana@example.com", "grace@example.com", "ben@example.com")


@dataclass
class Ground:
    faults: Faults
    pager_stand_in: PagerStandIn
    mail_stand_in: MailStandIn
    events_url: str
    port: int
    pager: PagerDuty
    mailer: SmtpMail


@pytest.fixture(scope="module")
def _ground() -> Iterator[Ground]:
    faults, clock = Faults(), SandboxClock(NOW, running=False)
    at_pager, at_mail = PagerStandIn(faults, clock), MailStandIn(faults, clock, largest=50_000)
    with served(at_pager.app) as events, at_mail.serve() as line:
        pager = PagerDuty(SECRET, "readiness", events_url=events.url, timeout=2.0, now=lambda: NOW)
        mailer = SmtpMail(line.host, line.port, "bot@example.com", starttls=False, timeout=2.0, now=lambda: NOW)
        yield Ground(faults, at_pager, at_mail, events.url, line.port, pager, mailer)


@pytest.fixture
def ground(_ground: Ground) -> Ground:
    _ground.faults.clear()
    _ground.pager_stand_in.clear()
    _ground.mail_stand_in.clear()
    return _ground


@contextmanager
def fails(kind: type[Failure], *canaries: str) -> Iterator[list[Failure]]:
    """The block raises that kind of failure, which carries no secret, no body and no address: nor does what lies under it."""
    told: list[Failure] = []
    with pytest.raises(kind) as raised:
        yield told
    told.append(raised.value)
    assert type(raised.value) is kind
    assert raised.value.service in ("PagerDuty", "Mail")
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)
    for canary in (SECRET, PASSWORD, BODY_CANARY, "dana@", *canaries):
        assert canary not in str(raised.value)


# -- the pager


def page(pager: Pager, key: str = "esc:CHG-1042:1", link: str | None = None) -> None:
    pager.page(key, "No time fits CHG-1042.", severity="error", link=link)


def test_the_same_key_twice_is_one_incident(ground: Ground) -> None:
    for _ in range(2):
        page(ground.pager)

    [incident] = ground.pager_stand_in.incidents()
    assert (incident.key, incident.summary, incident.severity, incident.source, incident.events) == (
        "esc:CHG-1042:1",
        "No time fits CHG-1042.",
        "error",
        "readiness",
        2,
    )


def test_another_key_is_another_incident(ground: Ground) -> None:
    page(ground.pager, "one")
    page(ground.pager, "two")

    assert [i.key for i in ground.pager_stand_in.incidents("triggered")] == ["one", "two"]


def test_what_is_taken_and_what_is_settled_rings_no_more(ground: Ground) -> None:
    page(ground.pager, "one")
    page(ground.pager, "two")
    for _ in range(2):
        ground.pager.acknowledge("one")
        ground.pager.resolve("two")

    assert [(i.key, i.state) for i in ground.pager_stand_in.incidents()] == [
        ("one", "acknowledged"),
        ("two", "resolved"),
    ]


def test_resolving_and_acknowledging_what_nobody_opened_is_quiet(ground: Ground) -> None:
    ground.pager.resolve("never")
    ground.pager.acknowledge("never")

    assert ground.pager_stand_in.incidents() == []


def test_keys_too_long_for_pagerduty_stay_apart_and_find_their_incident_again(ground: Ground) -> None:
    first, second = "k" * 255 + "1", "k" * 255 + "2"
    page(ground.pager, first)
    page(ground.pager, first)
    page(ground.pager, second)
    ground.pager.resolve(first)

    assert [(i.state, i.events) for i in ground.pager_stand_in.incidents()] == [("resolved", 2), ("triggered", 1)]
    assert dedup_key("k" * 255) == "k" * 255


def test_long_words_are_shortened_and_lines_joined(ground: Ground) -> None:
    ground.pager.page("k", "First line.\n  Second. " + "x" * 2000, severity="info", link=None)

    [incident] = ground.pager_stand_in.incidents()
    assert (incident.summary[:20], incident.summary[-2:], len(incident.summary)) == ("First line. Second. ", "x…", 1024)


@pytest.mark.parametrize("words", ["", " \n "])
def test_a_page_without_words_or_key_is_refused_before_it_is_sent(ground: Ground, words: str) -> None:
    with fails(Denied):
        ground.pager.page("k", words, severity="info", link=None)
    with fails(Denied):
        page(ground.pager, "")

    assert ground.pager_stand_in.traffic.calls() == []


@pytest.mark.parametrize(
    ("link", "shown"),
    [("https://larkmoor.slack.com/archives/C1/p1", ("https://larkmoor.slack.com/archives/C1/p1",)), (None, ())]
    + [(odd, ()) for odd in ("javascript:alert(1)", "", "C1/p1")],
)
def test_a_link_that_is_none_never_stands_in_the_way_of_a_page(
    ground: Ground, link: str | None, shown: tuple[str, ...]
) -> None:
    page(ground.pager, link=link)

    assert [i.links for i in ground.pager_stand_in.incidents()] == [shown]


PAGER_FAULTS: list[tuple[dict[str, Any], type[Failure], int]] = [
    ({"kind": "status", "status": 429, "retry_after": 7}, Throttled, 0),
    ({"kind": "status", "status": 429}, Throttled, 0),
    ({"kind": "status", "status": 500}, Unreachable, 0),
    ({"kind": "status", "status": 503}, Unreachable, 0),
    ({"kind": "status", "status": 408}, Unreachable, 0),
    ({"kind": "status", "status": 200}, Unreachable, 0),
    ({"kind": "status", "status": 400}, Denied, 0),
    ({"kind": "status", "status": 403}, Denied, 0),
    ({"kind": "status", "status": 404}, Denied, 0),
    ({"kind": "status", "status": 301}, Denied, 0),
    ({"kind": "drop_before"}, Unreachable, 0),
    ({"kind": "drop_after"}, Unreachable, 1),
    ({"kind": "hang", "seconds": 0.05}, Unreachable, 0),
]


@pytest.mark.parametrize(("fault", "kind", "done"), PAGER_FAULTS)
def test_whatever_breaks_paging_again_makes_one_incident(
    ground: Ground, fault: dict[str, Any], kind: type[Failure], done: int
) -> None:
    ground.faults.add(service="pagerduty", operation="events.enqueue", **fault)
    with fails(kind):
        page(ground.pager)
    assert len(ground.pager_stand_in.incidents()) == done
    page(ground.pager)

    assert [i.state for i in ground.pager_stand_in.incidents()] == ["triggered"]


@pytest.mark.parametrize(("retry_after", "wait"), [(7, 7.0), (None, pagerduty.DEFAULT_PAUSE)])
def test_throttling_tells_when(ground: Ground, retry_after: int | None, wait: float) -> None:
    ground.faults.add(service="pagerduty", status=429, retry_after=retry_after)
    with fails(Throttled) as told:
        page(ground.pager)

    [failure] = told
    assert isinstance(failure, Throttled)
    assert failure.retry_after == wait


def test_throttling_may_name_a_date_or_nonsense() -> None:
    def wait(said: str) -> float:
        failure = pagerduty.from_answer(429, {"Retry-After": said})
        assert isinstance(failure, Throttled)
        return failure.retry_after

    soon = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 80 < wait(soon) <= 90
    assert (wait("Mon, 01 Jan 2024 00:00:00 GMT"), wait("soon"), wait("-4")) == (0.0, 30.0, 30.0)


def test_a_pager_that_does_not_answer_in_time_is_unreachable(ground: Ground) -> None:
    hurried = PagerDuty(SECRET, "readiness", events_url=ground.events_url, timeout=0.1)
    ground.faults.add(service="pagerduty", kind="slow", seconds=0.4)
    with fails(Unreachable) as told:
        page(hurried)

    assert "in time" in str(told[0])


def test_a_key_that_pagerduty_does_not_know_is_for_an_operator(ground: Ground) -> None:
    stranger = PagerDuty("a-key-of-another-service", "readiness", events_url=ground.events_url)
    with fails(Denied, "a-key-of-another-service") as told:
        page(stranger)

    assert "PAGERDUTY_ROUTING_KEY" in str(told[0])


def test_the_key_is_not_carried_on_to_another_address(ground: Ground) -> None:
    app = flask.Flask("elsewhere")
    app.add_url_rule(
        "/v2/enqueue", view_func=lambda: flask.redirect(ground.events_url + "/v2/enqueue", 307), methods=["POST"]
    )
    with served(app) as elsewhere, fails(Denied):
        page(PagerDuty(SECRET, "readiness", events_url=elsewhere.url))

    assert ground.pager_stand_in.traffic.calls() == []


@pytest.mark.parametrize("url", ["http://events.example.com", "events.example.com", "ftp://127.0.0.1", ""])
def test_the_key_goes_over_no_open_line(url: str) -> None:
    with pytest.raises(Denied, match="https"):
        PagerDuty(SECRET, "readiness", events_url=url)


def errors_of(*modules: Any) -> list[type[Exception]]:
    """All that a library calls its own errors; what it only imports, and warnings, it does not raise."""
    found = [v for m in modules for n, v in inspect.getmembers(m, inspect.isclass) if not n.startswith("_")]
    homes = {m.__name__.partition(".")[0] for m in modules} | {"builtins"}
    return [
        error
        for error in dict.fromkeys(found)
        if issubclass(error, Exception)
        and not issubclass(error, Warning)
        and error.__module__.partition(".")[0] in homes
    ]


@pytest.mark.parametrize("error", errors_of(requests.exceptions, urllib3.exceptions))
def test_no_error_of_the_library_leaves_the_pager(error: type[Exception]) -> None:
    assert issubclass(error, pagerduty.EDGE)
    assert isinstance(pagerduty.from_line(error.__new__(error)), Failure)


# -- the mailer


def write(mailer: Mailer, key: str = "esc:1", to: tuple[str, ...] = TO, subject: str = "CHG-1042 needs you") -> None:
    mailer.send(key, to, subject, f"Nobody answered.\n\n.{BODY_CANARY}")


def test_a_mail_arrives_as_it_was_written_and_says_that_a_machine_wrote_it(ground: Ground) -> None:
    body = "Grüße aus Köln – 14:02 ☂\n\n.a dot\nFrom the beginning\n" + "long " * 300 + "\nКонец"
    ground.mailer.send("k", TO, "Für Dana: CHG-1042 findet keine Zeit ☂", body)

    [mail] = ground.mail_stand_in.deliveries()
    headers = dict(mail.headers)
    assert (mail.sender, mail.to, mail.subject) == ("bot@example.com", TO, "Für Dana: CHG-1042 findet keine Zeit ☂")
    assert mail.text.rstrip("\n") == body
    assert (headers["From"], headers["To"]) == ("bot@example.com", ", ".join(TO))
    assert (headers["Auto-Submitted"], headers["Date"]) == ("auto-generated", "Mon, 30 Nov 2026 14:02:00 +0000")


def test_the_same_key_twice_is_the_same_message(ground: Ground) -> None:
    for key in ("one", "one", "two"):
        write(ground.mailer, key)

    assert [m.copies for m in ground.mail_stand_in.mails()] == [2, 1]
    assert ground.mail_stand_in.mails()[0].message_id == message_id("one", "bot@example.com")


def test_nothing_of_the_key_can_be_read_from_the_message() -> None:
    assert "CHG" not in message_id("esc:CHG-1042", "bot@example.com")


def test_each_address_is_written_to_once(ground: Ground) -> None:
    write(ground.mailer, to=("dana@example.com", "Dana@example.com", "ben@example.com"))

    assert [len(m.to) for m in ground.mail_stand_in.deliveries()] == [2]


BREAKS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x00", "\x85", "\u2028", "\u2029", "\ud800")


@pytest.mark.parametrize("smuggled", BREAKS, ids=ascii)
def test_no_line_break_gets_into_a_header(ground: Ground, smuggled: str) -> None:
    with fails(Denied):
        write(ground.mailer, subject=f"Hello{smuggled}Bcc: eve@example.com")
    with fails(Denied):
        write(ground.mailer, to=("ben@example.com", f"dana@example.com{smuggled}"))
    with pytest.raises(Denied):
        SmtpMail("127.0.0.1", ground.port, f"bot@example.com{smuggled}", starttls=False)

    assert ground.mail_stand_in.deliveries() == []


@pytest.mark.parametrize(
    "address",
    ["", "dana", "@example.com", "dana@", "a@b@c", "dana@example.com, eve@example.com", "<dana@example.com>",
     "Dana <dana@example.com>", "dana@example.com>", "dana @example.com", "dañа@example.com", '"x y"@example.com'],
)  # fmt: skip
def test_only_plain_addresses_are_written_to(ground: Ground, address: str) -> None:
    with fails(Denied) as told:
        write(ground.mailer, to=("ben@example.com", address))

    assert "1 of 2 are not e-mail addresses" in str(told[0])
    assert ground.mail_stand_in.deliveries() == []


@pytest.mark.parametrize("subject", ["", "  ", "x" * 501])
def test_a_subject_is_there_and_not_endless(ground: Ground, subject: str) -> None:
    with fails(Denied):
        write(ground.mailer, subject=subject)
    write(ground.mailer, subject="ü" * 500)

    assert [m.subject for m in ground.mail_stand_in.deliveries()] == ["ü" * 500]


def test_a_mail_to_nobody_is_refused(ground: Ground) -> None:
    with fails(Denied):
        write(ground.mailer, to=())


def test_letters_that_no_mail_can_carry_do_not_keep_it_back(ground: Ground) -> None:
    ground.mailer.send("k", TO, "Subject", "half a pair: \ud800.")

    assert [m.text.strip() for m in ground.mail_stand_in.deliveries()] == ["half a pair: ?."]


MAIL_FAULTS: list[tuple[str, dict[str, Any], type[Failure], str, int]] = [
    ("smtp.connect", {"kind": "status", "status": 421}, Throttled, "nothing was sent", 0),
    ("smtp.connect", {"kind": "status", "status": 554}, Denied, "nothing was sent", 0),
    ("smtp.connect", {"kind": "drop_before"}, Unreachable, "nothing was sent", 0),
    ("smtp.mail", {"kind": "status", "status": 451}, Throttled, "nothing was sent", 0),
    ("smtp.mail", {"kind": "status", "status": 550}, Denied, "nothing was sent", 0),
    ("smtp.mail", {"kind": "drop_before"}, Unreachable, "nothing was sent", 0),
    (
        "smtp.rcpt",
        {"kind": "status", "status": 450, "times": 3},
        Throttled,
        "refused all 3 addresses; nothing was sent",
        0,
    ),
    (
        "smtp.rcpt",
        {"kind": "status", "status": 550, "times": 3},
        Denied,
        "refused all 3 addresses; nothing was sent",
        0,
    ),
    ("smtp.rcpt", {"kind": "status", "status": 421, "match": "ben"}, Throttled, "nothing was sent", 0),
    ("smtp.rcpt", {"kind": "drop_before", "match": "ben"}, Unreachable, "nothing was sent", 0),
    ("smtp.data", {"kind": "status", "status": 451}, Throttled, "nothing was sent", 0),
    ("smtp.data", {"kind": "status", "status": 550}, Denied, "nothing was sent", 0),
    ("smtp.data", {"kind": "drop_before"}, Unreachable, "is not known", 0),
    ("smtp.data", {"kind": "drop_after"}, Unreachable, "is not known", 1),
    ("smtp.data", {"kind": "hang", "seconds": 0.05}, Unreachable, "is not known", 0),
]


@pytest.mark.parametrize(("where", "fault", "kind", "words", "done"), MAIL_FAULTS)
def test_whatever_breaks_it_is_said_whether_anything_was_sent(
    ground: Ground, where: str, fault: dict[str, Any], kind: type[Failure], words: str, done: int
) -> None:
    """And sent again under the same key it is one message to whoever reads it."""
    ground.faults.add(service="smtp", operation=where, **fault)
    with fails(kind) as told:
        write(ground.mailer)
    assert words in str(told[0])
    assert len(ground.mail_stand_in.deliveries()) == done
    write(ground.mailer)

    assert [m.copies for m in ground.mail_stand_in.mails()] == [1 + done]


@pytest.mark.parametrize("status", [450, 550])
def test_whoever_is_not_refused_has_the_mail_and_gets_no_second_one(ground: Ground, status: int) -> None:
    """A failure that is tried again would write to them again."""
    ground.faults.add(service="smtp", operation="smtp.rcpt", status=status, match="dana@")
    with fails(Denied) as told:
        write(ground.mailer)

    assert str(told[0]) == "The mail server refused 1 of 3 addresses; the others have the mail."
    assert [m.to for m in ground.mail_stand_in.deliveries()] == [TO[1:]]


def test_a_mail_that_is_too_long_for_the_server_is_refused_before_it_is_sent(ground: Ground) -> None:
    with fails(Denied) as told:
        ground.mailer.send("k", TO, "Subject", "word " * 20_000)

    assert "552" in str(told[0])


def test_a_server_that_says_nothing_in_time_is_unreachable(ground: Ground) -> None:
    hurried = SmtpMail("127.0.0.1", ground.port, "bot@example.com", starttls=False, timeout=0.1)
    ground.faults.add(service="smtp", operation="smtp.data", kind="slow", seconds=0.4)
    with fails(Unreachable) as told:
        write(hurried)

    assert ("in time" in str(told[0]), "is not known" in str(told[0])) == (True, True)


def test_nobody_at_the_address_is_unreachable_and_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with fails(Unreachable) as told:
        write(SmtpMail("127.0.0.1", port, "bot@example.com", starttls=False))

    assert "SMTP_PORT" in str(told[0])


def test_a_program_that_speaks_no_smtp_is_unreachable(ground: Ground) -> None:
    with socket.create_server(("127.0.0.1", 0)) as babbling:
        port = babbling.getsockname()[1]

        def babble() -> None:
            line, _ = babbling.accept()
            with line:
                line.sendall(b"GREETINGS \xff\r\n")

        speaker = threading.Thread(target=babble)
        speaker.start()
        with fails(Unreachable):
            write(SmtpMail("127.0.0.1", port, "bot@example.com", starttls=False, timeout=2.0))
        speaker.join(5)


@pytest.mark.parametrize("error", errors_of(smtplib, socket, ssl))
def test_no_error_of_smtp_leaves_the_mailer(error: type[Exception]) -> None:
    assert issubclass(error, smtp.EDGE)
    broken = error.__new__(error)
    broken.__dict__["smtp_code"] = 550
    assert isinstance(smtp.failure_of(broken), Failure)


# -- encryption and sign-in


@dataclass(frozen=True)
class Encryption:
    server: ssl.SSLContext
    trusting: ssl.SSLContext


@pytest.fixture(scope="module")
def encryption(tmp_path_factory: pytest.TempPathFactory) -> Encryption:
    """A certificate for `localhost`, made for this run, and somebody who trusts it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begins = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(hours=3))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return Encryption(server, ssl.create_default_context(cafile=str(path)))


Signed = Callable[..., SmtpMail]


@pytest.fixture
def strict(encryption: Encryption) -> Iterator[tuple[Faults, MailStandIn, Signed]]:
    """A server that wants encryption and a sign-in, and a way to make mailers for it."""
    faults = Faults()
    server = MailStandIn(faults, SandboxClock(NOW), tls=encryption.server, accounts={"bot": PASSWORD})
    with server.serve() as line:

        def mailer(**changes: Any) -> SmtpMail:
            told = {"host": "localhost", "username": "bot", "password": PASSWORD, "tls": encryption.trusting}
            return SmtpMail(port=line.port, sender="bot@example.com", timeout=2.0, **(told | changes))

        yield faults, server, mailer


def test_a_mail_goes_encrypted_and_signed_in(strict: tuple[Faults, MailStandIn, Signed]) -> None:
    _, server, mailer = strict
    mailer().check()
    assert server.deliveries() == []
    write(mailer())

    assert [m.subject for m in server.deliveries()] == ["CHG-1042 needs you"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "guessed"}, "SMTP_PASSWORD"),
        ({"password": "gü"}, "cannot carry"),
        ({"username": None}, "530"),
        ({"host": "127.0.0.1"}, "certificate"),
        ({"tls": None}, "certificate"),
    ],
)
def test_whom_the_server_does_not_know_or_who_does_not_know_it_sends_nothing(
    strict: tuple[Faults, MailStandIn, Signed], changes: Mapping[str, Any], words: str
) -> None:
    _, server, mailer = strict
    with fails(Denied) as told:
        write(mailer(**changes))

    assert (words in str(told[0]), server.deliveries()) == (True, [])


def test_a_sign_in_that_fails_for_now_is_tried_again_later(strict: tuple[Faults, MailStandIn, Signed]) -> None:
    faults, _, mailer = strict
    faults.add(service="smtp", operation="smtp.auth", status=454)
    with fails(Throttled):
        write(mailer())


def test_where_encryption_is_wanted_and_not_offered_nothing_is_said(ground: Ground) -> None:
    """Neither the sign-in nor the mail goes over an open line, even if a machine in between hides the offer."""
    wary = SmtpMail("127.0.0.1", ground.port, "bot@example.com", username="bot", password=PASSWORD)
    with fails(Denied) as told:
        write(wary)

    assert ("STARTTLS" in str(told[0]), ground.mail_stand_in.deliveries()) == (True, [])


def test_without_encryption_no_other_machine_is_written_to() -> None:
    with pytest.raises(Denied, match="SMTP_STARTTLS"):
        SmtpMail("mail.example.com", 587, "bot@example.com", starttls=False)


# -- what is logged


def test_no_secret_no_body_and_no_address_is_ever_logged(
    ground: Ground, strict: tuple[Faults, MailStandIn, Signed], caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """At DEBUG, of ours and of every library, when all is well and when it is not."""
    faults, _, mailer = strict
    caplog.set_level(logging.DEBUG)
    page(ground.pager)
    write(mailer())
    for fault in PAGER_FAULTS:
        ground.faults.add(service="pagerduty", **fault[0])
        with pytest.raises(Failure):
            page(ground.pager)
    for operation in ("smtp.auth", "smtp.rcpt", "smtp.data"):
        faults.add(service="smtp", operation=operation, status=550, times=1)
        with pytest.raises(Failure):
            write(mailer())
    said = caplog.text + "".join(capfd.readouterr())

    assert "/v2/enqueue" in said  # something was logged: the library's line about each request
    for canary in (SECRET, PASSWORD, BODY_CANARY, "dana@example.com"):
        assert canary not in said


# -- settings, adapters and `check`


def faults_in(**values: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as wrong:
        read(values)
    return wrong.value.lines


def test_every_fault_of_the_mail_settings_is_told_at_once() -> None:
    lines = faults_in(
        smtp_host="mail.example.com", smtp_username="bot", smtp_starttls="0", readiness_organizer="google:a@example.com"
    )

    assert [line.split(" ")[0] for line in lines] == [
        "READINESS_ORGANIZER",
        "SMTP_HOST",
        "SMTP_USERNAME",
        "SMTP_STARTTLS",
    ]
    assert all(line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"smtp_from": "bot@example.com"}, "SMTP_FROM is set: set SMTP_HOST too."),
        (
            {"smtp_host": "localhost", "smtp_from": "bot@example.com", "smtp_password": PASSWORD},
            "set SMTP_USERNAME too",
        ),
        ({"smtp_host": "localhost", "smtp_from": "Bot <bot@example.com>"}, "SMTP_FROM: "),
        ({"smtp_host": "localhost", "smtp_from": "bot@example.com", "smtp_port": "0"}, "SMTP_PORT: "),
        (
            {"pagerduty_routing_key": SECRET, "pagerduty_events_url": "http://events.example.com"},
            "PAGERDUTY_EVENTS_URL: ",
        ),
    ],
)
def test_settings_that_cannot_be_are_said_with_the_variable(values: dict[str, str], words: str) -> None:
    [line] = faults_in(**values)

    assert words in line
    assert PASSWORD not in line


def test_secrets_are_not_printed() -> None:
    settings = read(
        {"pagerduty_routing_key": SECRET, "smtp_host": "localhost", "smtp_from": "b@example.com", "smtp_username": "bot",
         "smtp_password": PASSWORD}
    )  # fmt: skip

    assert (SECRET in repr(settings), PASSWORD in repr(settings)) == (False, False)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(frozen_clock=True) as sandbox:
        yield sandbox


def connected(sandbox: Sandbox, folder: Path, **changes: Any) -> tuple[Any, Any]:
    values: dict[str, Any] = {name.lower(): value for name, value in sandbox.credentials(folder).items()}
    settings = read({**values, "readiness_data": folder, **changes})
    return settings, adapters(settings, Folder(WORKSPACE))


def test_the_sandbox_hands_out_what_connects_to_its_pager_and_its_mail_server(sandbox: Sandbox, tmp_path: Path) -> None:
    settings, built = connected(sandbox, tmp_path)
    try:
        page(built.pager)
        write(built.mailer)
        told = list(_outer_rungs(settings, built))
    finally:
        built.close()

    assert [(i.state, i.source) for i in sandbox.pager.incidents()] == [("triggered", "readiness")]
    assert [(m.sender, m.to) for m in sandbox.mail.deliveries()] == [("readiness@example.com", TO)]
    assert told == [
        (True, f"Pager: {sandbox.urls['pagerduty_events']} takes what we send."),
        (True, f"Mail: {sandbox.urls['smtp']} takes what we send."),
    ]


def test_check_says_what_is_wrong_and_wakes_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.reset()
    settings, built = connected(sandbox, tmp_path, pagerduty_routing_key="another", smtp_starttls="1")
    try:
        told = list(_outer_rungs(settings, built))
    finally:
        built.close()

    assert [fine for fine, _ in told] == [False, False]
    assert ("PAGERDUTY_ROUTING_KEY" in told[0][1], "STARTTLS" in told[1][1]) == (True, True)
    assert (sandbox.pager.incidents(), sandbox.mail.deliveries()) == ([], [])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"pagerduty_routing_key": None, "smtp_host": None, "smtp_from": None},
            ("PAGERDUTY_ROUTING_KEY is not", "SMTP_HOST is not"),
        ),
        ({"readiness_shadow": "1"}, ("READINESS_SHADOW is on", "READINESS_SHADOW is on")),
    ],
)
def test_what_is_not_connected_is_no_adapter_and_said(
    sandbox: Sandbox, tmp_path: Path, changes: dict[str, Any], why: tuple[str, str]
) -> None:
    """Shadow mode looks on: it wakes nobody."""
    settings, built = connected(sandbox, tmp_path, **changes)
    try:
        told = list(_outer_rungs(settings, built))
    finally:
        built.close()

    assert (built.pager, built.mailer) == (None, None)
    assert [(fine, words in line) for (fine, line), words in zip(told, why, strict=True)] == [(True, True)] * 2
