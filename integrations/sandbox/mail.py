"""A stand-in for a mail server: a small SMTP server on this machine that keeps every mail it is given, and sends none."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.faults import Faults
from integrations.sandbox.mail_session import Envelope, MailRules, Session


@dataclass(frozen=True)
class Mail:
    """One mail as it was taken: `sender` and `to` are the envelope's. `copies` counts mails of the same Message-ID."""

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    headers: tuple[tuple[str, str], ...]
    at: datetime
    copies: int = 1


class MailStandIn:
    """What was taken, and the rules by which it is. Thread-safe; `revision` grows with every change.

    Without `tls` no STARTTLS is offered, as befits loopback; with `accounts` (name to password) nobody sends unsigned."""

    def __init__(
        self,
        faults: Faults,
        clock: SandboxClock,
        *,
        tls: ssl.SSLContext | None = None,
        accounts: Mapping[str, str] | None = None,
        largest: int = 1_000_000,
    ) -> None:
        self.rules = MailRules(faults, self._take, tls, dict(accounts or {}), largest)
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: list[Mail] = []
        self.revision = 0

    def deliveries(self, to: str = "") -> list[Mail]:
        """Every mail that was taken, oldest first, each copy for itself; with `to`, that person's."""
        with self._lock:
            return [mail for mail in self._taken if not to or to in mail.to]

    def mails(self, to: str = "") -> list[Mail]:
        """The same as a reader's program shows them: mails of one Message-ID are one, with the number of copies."""
        folded: dict[str, Mail] = {}
        for number, mail in enumerate(self.deliveries(to)):
            key = mail.message_id or f"unnamed {number}"
            folded[key] = replace(folded[key], copies=folded[key].copies + 1) if key in folded else mail
        return list(folded.values())

    def clear(self) -> None:
        with self._lock:
            self._taken.clear()
            self.revision += 1

    def serve(self, port: int = 0) -> ServedMail:
        """On 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
        return ServedMail(self.rules, port)

    def _take(self, envelope: Envelope) -> None:
        mail = _read(envelope, self._clock.now())
        with self._lock:
            self._taken.append(mail)
            self.revision += 1


def _read(envelope: Envelope, at: datetime) -> Mail:
    message = email.message_from_bytes(envelope.data, policy=email.policy.default)
    part = message.get_body(("plain",))
    headers = tuple((name, str(value)) for name, value in message.items())
    text = str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
    named = {name.lower(): value for name, value in headers}
    return Mail(
        named.get("message-id", ""), envelope.sender, tuple(envelope.to), named.get("subject", ""), text, headers, at
    )


class ServedMail:
    """A running mail server; `url` is host:port. `close` is safe from any thread, more than once."""

    def __init__(self, rules: MailRules, port: int) -> None:
        self._rules = rules
        self._listener = socket.create_server(("127.0.0.1", port))
        self.host: str = "127.0.0.1"
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{self.host}:{self.port}"
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        self._loop = threading.Thread(target=self._turn, name=f"sandbox-mail-{self.port}", daemon=True)
        self._loop.start()

    def _turn(self) -> None:
        while not self._stopping.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(line,), name="sandbox-mail-line", daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.add(line)
        session = Session(line, self._rules, self._stopping)
        with contextlib.suppress(OSError):  # the caller may hang up at any time
            session.run()
        session.close()
        with self._lock:
            self._lines.discard(line)

    def close(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        with contextlib.suppress(OSError):  # a last call wakes the loop out of its waiting
            socket.create_connection((self.host, self.port), timeout=1).close()
        self._loop.join(5.0)
        self._listener.close()
        with self._lock:
            open_lines = list(self._lines)
        for line in open_lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> ServedMail:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
