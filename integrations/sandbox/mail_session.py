"""One conversation with the mail server: the commands of SMTP in their order, and what the fault switches make of them."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from integrations.sandbox.faults import Fault, Faults

_LONGEST_COMMAND, _LONGEST_LINE = 512, 1000  # octets with CRLF (RFC 5321, 4.5.3.1)
_MOST_RECIPIENTS = 100
_PATIENCE = 30.0  # seconds without a word
_KINDS = ("status", "slow", "hang", "drop_before", "drop_after")
_PATH = re.compile(r"<([^<>\s]*)>((?: \S+)*)")


@dataclass
class Envelope:
    sender: str
    to: list[str] = field(default_factory=list)
    data: bytes = b""


@dataclass(frozen=True)
class MailRules:
    """`take` is given each mail that is accepted. `accounts` empty: anybody may send."""

    faults: Faults
    take: Callable[[Envelope], None]
    tls: ssl.SSLContext | None
    accounts: dict[str, str]
    largest: int


class HungUp(Exception):  # noqa: N818  # the line is cut; nobody is told
    """The conversation is over."""


class Session:
    """Operations for fault switches: `smtp.connect`, `smtp.auth`, `smtp.mail`, `smtp.rcpt`, `smtp.data` (service `smtp`)."""

    def __init__(self, line: socket.socket, rules: MailRules, stopping: threading.Event) -> None:
        self._line, self._rules, self._stopping = line, rules, stopping
        self._line.settimeout(_PATIENCE)
        self._in = line.makefile("rb")
        self._envelope: Envelope | None = None
        self._greeted = self._secure = self._signed_in = False
        self._verbs: dict[str, Callable[[str], None]] = {
            "EHLO": self._ehlo, "HELO": self._helo, "STARTTLS": self._starttls, "AUTH": self._auth, "MAIL": self._mail,
            "RCPT": self._rcpt, "DATA": self._data, "RSET": self._rset, "NOOP": lambda _: self._say(250, "OK"), "QUIT": self._quit,
        }  # fmt: skip

    def run(self) -> None:
        with contextlib.suppress(HungUp):
            self._suffer("smtp.connect", "", lambda: self._say(220, "sandbox ESMTP"))
            while True:
                verb, _, rest = self._command().partition(" ")
                act = self._verbs.get(verb.upper())
                if act is None:
                    self._say(500, "5.5.1 Unknown command")
                else:
                    act(rest.strip())

    def close(self) -> None:
        self._in.close()
        self._line.close()

    # -- the wire

    def _command(self) -> str:
        line = self._in.readline(_LONGEST_COMMAND + 1)
        if not line.endswith(b"\n"):
            raise HungUp
        return line.decode("latin-1").rstrip("\r\n")

    def _say(self, code: int, *lines: str) -> None:
        last = len(lines) - 1
        said = "".join(f"{code}{' ' if n == last else '-'}{words}\r\n" for n, words in enumerate(lines))
        self._line.sendall(said.encode("ascii"))

    def _suffer(self, operation: str, target: str, act: Callable[[], None]) -> None:
        fault: Fault | None = self._rules.faults.take("smtp", operation, target, _KINDS)
        if fault is None:
            return act()
        if fault.kind == "status":
            if fault.status == 421:
                self._say(421, "4.3.2 The sandbox was told to close the line")
                raise HungUp
            return self._say(fault.status, f"{fault.status // 100}.3.0 The sandbox was told to fail here, {target}")
        if fault.kind in ("slow", "hang"):
            self._stopping.wait(fault.seconds)
        if fault.kind == "slow":
            return act()
        if fault.kind == "drop_after":
            self._say = lambda *_: None  # type: ignore[method-assign]  # the deed is done, and nobody hears of it
            act()
        raise HungUp

    # -- the commands

    def _ehlo(self, who: str) -> None:
        self._greeted = True
        offers = [f"SIZE {self._rules.largest}"]
        if self._rules.tls is not None and not self._secure:
            offers.append("STARTTLS")
        elif self._rules.accounts:
            offers.append("AUTH PLAIN")
        self._say(250, f"sandbox greets {who}", *offers)

    def _helo(self, who: str) -> None:
        self._greeted = True
        self._say(250, f"sandbox greets {who}")

    def _starttls(self, _: str) -> None:
        if self._rules.tls is None or self._secure:
            return self._say(502, "5.5.1 STARTTLS is not offered")
        self._say(220, "2.0.0 Ready")
        self._in.close()
        self._line = self._rules.tls.wrap_socket(self._line, server_side=True)
        self._in = self._line.makefile("rb")
        self._secure, self._greeted, self._envelope = True, False, None
        return None

    def _auth(self, said: str) -> None:
        if not self._rules.accounts or (self._rules.tls is not None and not self._secure):
            return self._say(502, "5.5.1 AUTH is not offered")
        how, _, first = said.partition(" ")
        if how.upper() != "PLAIN":
            return self._say(504, "5.5.4 Only PLAIN is offered")
        if not first:
            self._say(334, "")
            first = self._command()
        return self._suffer("smtp.auth", "", lambda: self._sign_in(first))

    def _sign_in(self, said: str) -> None:
        try:
            _, name, password = base64.b64decode(said, validate=True).decode("utf-8").split("\0")
        except (binascii.Error, ValueError):
            return self._say(501, "5.5.2 That cannot be decoded")
        if self._rules.accounts.get(name) != password:
            return self._say(535, "5.7.8 Authentication credentials invalid")
        self._signed_in = True
        return self._say(235, "2.7.0 Welcome")

    def _mail(self, said: str) -> None:
        path = _path("FROM:", said)
        if not self._greeted or self._envelope is not None:
            return self._say(503, "5.5.1 Bad sequence of commands")
        if self._rules.accounts and not self._signed_in:
            return self._say(530, "5.7.0 Authentication required")
        if path is None:
            return self._say(501, "5.5.4 MAIL FROM:<address>")
        size = re.search(r"\bSIZE=(\d{1,18})", path[1], re.IGNORECASE)
        if size and int(size[1]) > self._rules.largest:
            return self._say(552, "5.3.4 Message too big")
        sender = path[0]

        def begin() -> None:
            self._envelope = Envelope(sender)
            self._say(250, "2.1.0 OK")

        return self._suffer("smtp.mail", sender, begin)

    def _rcpt(self, said: str) -> None:
        path, envelope = _path("TO:", said), self._envelope
        if envelope is None:
            return self._say(503, "5.5.1 Bad sequence of commands")
        if path is None or "@" not in path[0]:
            return self._say(501, "5.1.3 RCPT TO:<address>")
        if len(envelope.to) >= _MOST_RECIPIENTS:
            return self._say(452, "4.5.3 Too many recipients")
        address = path[0]

        def add() -> None:
            envelope.to.append(address)
            self._say(250, "2.1.5 OK")

        return self._suffer("smtp.rcpt", address, add)

    def _data(self, _: str) -> None:
        envelope = self._envelope
        if envelope is None or not envelope.to:
            return self._say(503, "5.5.1 Bad sequence of commands")
        self._say(354, "End with a dot on a line of its own")
        lines, wrong = self._text()
        envelope.data = b"".join(lines)
        self._envelope = None
        if wrong or len(envelope.data) > self._rules.largest:
            return self._say(*((554, f"5.6.0 {wrong}") if wrong else (552, "5.3.4 Message too big")))

        def keep() -> None:
            self._rules.take(envelope)
            self._say(250, "2.0.0 Taken, and kept on this machine")

        return self._suffer("smtp.data", ",".join(envelope.to), keep)

    def _text(self) -> tuple[list[bytes], str]:
        """The lines until the dot, and what is wrong with them: only CRLF ends a line, and 8BITMIME is not offered."""
        lines: list[bytes] = []
        wrong = ""
        while (line := self._in.readline(_LONGEST_LINE + 1)) != b".\r\n":
            if not line:
                raise HungUp
            if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
                wrong = "A line is too long, or does not end in CRLF"
            if not line.isascii():
                wrong = "Eight bits were not offered"
            lines.append(line.removeprefix(b"."))
        return lines, wrong

    def _rset(self, _: str) -> None:
        self._envelope = None
        self._say(250, "2.0.0 OK")

    def _quit(self, _: str) -> None:
        self._say(221, "2.0.0 Goodbye")
        raise HungUp


def _path(word: str, said: str) -> tuple[str, str] | None:
    """The address and what follows it."""
    if not said.upper().startswith(word):
        return None
    found = _PATH.fullmatch(said[len(word) :].strip())
    return (found[1], found[2]) if found else None
