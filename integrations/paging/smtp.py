"""Sends plain e-mails over SMTP, encrypted wherever they leave this machine, and says exactly what was and was not sent."""

from __future__ import annotations

import contextlib
import email.policy
import hashlib
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TypeVar

from bot.ports import Denied, Failure, Throttled, Unreachable

T = TypeVar("T")

SERVICE = "Mail"
PAUSE = 60.0  # seconds; a mail server that refuses for now does not say for how long
NOTHING = "nothing was sent"
UNSURE = "whether the mail was taken is not known"
LONGEST_SUBJECT = 500
_CLOSING = 421  # "service not available": the server hangs up

EDGE = (smtplib.SMTPException, OSError, ValueError)  # ValueError is what an answer that is not SMTP becomes
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class SmtpMail:
    """`bot.ports.Mailer`. Thread-safe: each mail has a line of its own. `sender` is an address; without `starttls` only a
    server on this machine is spoken to. `tls` stands for the machine's own trust where a company has its own."""

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        username: str | None = None,
        password: str | None = None,
        starttls: bool = True,
        timeout: float = 15.0,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not starttls and host not in ("127.0.0.1", "localhost", "::1"):
            raise Denied("SMTP_STARTTLS may be off only for a mail server on this machine itself.", service=SERVICE)
        if not _ADDRESS.fullmatch(sender):
            raise Denied("SMTP_FROM is not an e-mail address.", service=SERVICE)
        self._host, self._port, self._sender, self._timeout = host, port, sender, timeout
        self._username, self._password = username, password
        self._tls = (tls or ssl.create_default_context()) if starttls else None
        self._now = now

    def send(self, key: str, to: Sequence[str], subject: str, body: str) -> None:
        addresses = _addresses(to)
        message = self._message(key, addresses, subject, body).as_bytes()
        stage = _Stage()
        with self._line() as line:
            refused = _told(stage, lambda: self._offered(line, addresses, message, stage))
        if refused:
            raise Denied(
                f"The mail server refused {refused} of {len(addresses)} addresses; the others have the mail.",
                service=SERVICE,
            )

    def check(self) -> None:
        """Raises what stands in the way of sending: connection, encryption, sign-in. Sends nothing."""
        with self._line():
            pass

    def _message(self, key: str, to: Sequence[str], subject: str, body: str) -> EmailMessage:
        """Seven bits throughout: not every server on the way promises more."""
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = self._sender
        message["To"] = ", ".join(to)
        message["Subject"] = _subject(subject)
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = message_id(key, self._sender)
        message["Auto-Submitted"] = "auto-generated"  # so that no holiday note answers it (RFC 3834)
        message.set_content(body.encode("utf-8", "replace").decode(), cte="quoted-printable")
        return message

    @contextmanager
    def _line(self) -> Iterator[smtplib.SMTP]:
        """A connection that is encrypted and signed in. The mail is done when it was taken: a goodbye that fails is
        nobody's trouble."""
        line = _told(_Stage(), self._opened)
        try:
            yield line
            with contextlib.suppress(*EDGE):
                line.quit()
        finally:
            line.close()

    def _opened(self) -> smtplib.SMTP:
        # We say our domain and not the machine's name: asking for that may take a name server's patience.
        line = smtplib.SMTP(self._host, self._port, self._sender.partition("@")[2], self._timeout)
        try:
            if self._tls is not None:
                line.starttls(context=self._tls)
            line.ehlo_or_helo_if_needed()
            if self._username is not None and self._password is not None:
                line.login(self._username, self._password)
        except BaseException:
            line.close()
            raise
        return line

    def _offered(self, line: smtplib.SMTP, to: Sequence[str], message: bytes, stage: _Stage) -> int:
        """How many addresses were refused while others were taken. Whoever can be reached is reached at once."""
        options = [f"size={len(message)}"] if line.has_extn("size") else []
        _accepted(line.mail(self._sender, options))
        answers = [line.rcpt(address)[0] for address in to]
        refused = [code for code in answers if code not in (250, 251)]
        if _CLOSING in refused:
            raise smtplib.SMTPResponseException(_CLOSING, "")
        if len(refused) == len(to):
            raise _AllRefused(refused)
        stage.loses = UNSURE
        _accepted(line.data(message))
        return len(refused)


class _Stage:
    """What a broken line would mean by now."""

    def __init__(self) -> None:
        self.loses = NOTHING


class _AllRefused(smtplib.SMTPException):
    def __init__(self, codes: Sequence[int]) -> None:
        super().__init__()
        self.codes = codes


def _accepted(answer: tuple[int, bytes]) -> None:
    if answer[0] != 250:
        raise smtplib.SMTPResponseException(answer[0], "")


def _told(stage: _Stage, act: Callable[[], T]) -> T:
    """What `act` gives. A failure in place of an error is raised outside the `except`, so that not even its context
    holds the error: servers quote addresses and texts in their answers."""
    try:
        return act()
    except EDGE as broken:
        failure = failure_of(broken, stage.loses)
    raise failure


def failure_of(broken: BaseException, lost: str = NOTHING) -> Failure:
    """The failure that stands for an error of smtplib, TLS or the network; `lost` is what a broken line would mean."""
    if isinstance(broken, _AllRefused):
        return _all_refused(broken.codes)
    if isinstance(broken, smtplib.SMTPAuthenticationError) and broken.smtp_code >= 500:
        return Denied(
            "The mail server does not accept SMTP_USERNAME and SMTP_PASSWORD; nothing was sent.", service=SERVICE
        )
    if isinstance(broken, smtplib.SMTPNotSupportedError):
        words = "The mail server offers no encryption (STARTTLS) or no sign-in that we need; nothing was sent."
        return Denied(words, service=SERVICE)
    if isinstance(broken, smtplib.SMTPResponseException):
        return _answered(broken.smtp_code, lost)
    if isinstance(broken, ssl.SSLCertVerificationError):
        return Denied("The mail server's certificate is not to be trusted; nothing was sent.", service=SERVICE)
    if isinstance(broken, UnicodeError):
        words = "SMTP_HOST, SMTP_USERNAME or SMTP_PASSWORD has a letter that SMTP cannot carry; nothing was sent."
        return Denied(words, service=SERVICE)
    if isinstance(broken, TimeoutError) or isinstance(broken.__context__, TimeoutError):  # smtplib hides it there
        return Unreachable(f"The mail server did not answer in time; {lost}.", service=SERVICE)
    if isinstance(broken, ConnectionRefusedError):
        return Unreachable("Nobody answers at SMTP_HOST and SMTP_PORT; nothing was sent.", service=SERVICE)
    return Unreachable(f"The connection to the mail server was lost; {lost}.", service=SERVICE)


def _answered(code: int, lost: str) -> Failure:
    if 400 <= code < 500:
        words = f"The mail server asks for patience (answer {code}); nothing was sent."
        return Throttled(words, service=SERVICE, retry_after=PAUSE)
    if 500 <= code < 600:
        return Denied(f"The mail server refused the mail (answer {code}); nothing was sent.", service=SERVICE)
    return Unreachable(f"The mail server's answer makes no sense; {lost}.", service=SERVICE)


def _all_refused(codes: Sequence[int]) -> Failure:
    words = f"The mail server refused all {len(codes)} addresses; nothing was sent."
    if any(400 <= code < 500 for code in codes):
        return Throttled(words, service=SERVICE, retry_after=PAUSE)
    return Denied(words, service=SERVICE)


def message_id(key: str, sender: str) -> str:
    """The same for the same key, and nothing of the key can be read from it."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{sender.partition('@')[2]}>"


def _addresses(to: Sequence[str]) -> list[str]:
    """Each once. Refuses whatever could smuggle in a header or a second address; says how many, never which."""
    wrong = sum(1 for address in to if not _ADDRESS.fullmatch(address))
    if wrong or not to:
        words = f"{wrong} of {len(to)} are not e-mail addresses" if to else "there is nobody to send it to"
        raise Denied(f"The mail cannot be sent: {words}. Nothing was sent.", service=SERVICE)
    return list({address.lower(): address for address in to}.values())


def _subject(subject: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") for character in subject):
        raise Denied("The mail's subject has a line break or a control character: nothing was sent.", service=SERVICE)
    if not subject.strip() or len(subject) > LONGEST_SUBJECT:
        raise Denied(f"A mail's subject has 1 to {LONGEST_SUBJECT} characters: nothing was sent.", service=SERVICE)
    return subject
