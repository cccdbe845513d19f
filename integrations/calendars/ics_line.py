"""The line to a published feed: one plain GET at a checked address, bounded in size and time, with nothing of ours in it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.message import Message

from bot.ports import Denied, Failure, Gone, Throttled, Unreachable
from integrations.calendars.icalendar_lines import LARGEST
from integrations.calendars.ics_addresses import SERVICE, Target, allowed, redirected, target

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, float], socket.socket]

SECONDS = 10.0  # for all of it: connecting, every redirect, the last byte
MOST_REDIRECTS = 3
_PIECE = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_TYPES = frozenset(
    ["", "text/calendar", "text/x-vcalendar", "application/ics", "text/plain", "application/octet-stream"]
)
_ASKING = {
    "Accept": "text/calendar, text/plain;q=0.5",
    "Accept-Encoding": "identity",
    "User-Agent": "readiness-bot",
    "Connection": "close",
}


def resolve(host: str, port: int) -> Sequence[str]:
    """Every numeric address of a name, as this machine's resolver tells it."""
    return tuple(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def dial(address: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((address, port), timeout)


class FeedLine:
    """Fetches feeds. `local` lets this machine itself be asked, over http too: for the sandbox alone."""

    def __init__(
        self,
        *,
        local: bool = False,
        seconds: float = SECONDS,
        resolve: Resolve = resolve,
        dial: Dial = dial,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._local, self._seconds = local, seconds
        self._resolve, self._dial = resolve, dial
        self._trust = trust or ssl.create_default_context()

    def fetch(self, url: str) -> bytes:
        """The feed's bytes. Raises a Failure that says in half a sentence what is wrong, and quotes neither the address nor
        anything that came back: it is raised outside the `except`, so that not even its context does."""
        try:
            return self._following(url, time.monotonic() + self._seconds)
        except (ssl.SSLCertVerificationError, ssl.CertificateError):
            failure: Failure = Denied("its certificate is not trusted", service=SERVICE)
        except (OSError, http.client.HTTPException, ValueError, zlib.error):
            failure = Unreachable("it did not answer, or broke off", service=SERVICE)
        raise failure

    def _following(self, url: str, until: float) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            found = self._once(target(url, self._local), until)
            if isinstance(found, bytes):
                return found
            url = redirected(url, found)
        raise Denied(f"it redirects more than {MOST_REDIRECTS} times", service=SERVICE)

    def _once(self, to: Target, until: float) -> bytes | str:
        """The body; or the address to which it redirects."""
        with self._connected(to, self._addresses(to), until) as line:
            line.request("GET", to.path, headers=_ASKING)
            with line.getresponse() as answer:
                if answer.status in _REDIRECTS:
                    return answer.headers.get("Location", "")
                _refuse(answer.status, answer.headers)
                return _body(answer)

    def _addresses(self, to: Target) -> Sequence[str]:
        """Those that may be connected to, and no others: no name is looked up twice. One private answer spoils them all."""
        found = self._resolve(to.host, to.port)
        if not found or not all(allowed(address, self._local) for address in found):
            raise Denied("its name leads to no public address", service=SERVICE)
        if not to.secure and not all(_here(address) for address in found):
            raise Denied("its address is no https address", service=SERVICE)
        return found

    def _dialled(self, to: Target, addresses: Sequence[str], until: float) -> socket.socket:
        """The first that answers; each but the last has half of the time that is left."""
        for address in addresses[:-1]:
            try:
                return self._dial(address, to.port, _left(until) / 2)
            except OSError:
                continue
        return self._dial(addresses[-1], to.port, _left(until))

    @contextmanager
    def _connected(self, to: Target, addresses: Sequence[str], until: float) -> Iterator[http.client.HTTPConnection]:
        raw = self._dialled(to, addresses, until)
        made = raw if not to.secure else self._wrapped(raw, to.host)
        # A timeout of a socket starts again with every byte: what drips is cut off from outside.
        watch = threading.Timer(max(until - time.monotonic(), 0), _cut, (made,))
        watch.daemon = True
        watch.start()
        try:
            if isinstance(made, ssl.SSLSocket):
                made.do_handshake()
            line = _line(to, self._trust)
            line.sock = made
            yield line
            _left(until)  # cut off: what was read is not all there is
        finally:
            watch.cancel()
            made.close()

    def _wrapped(self, raw: socket.socket, host: str) -> ssl.SSLSocket:
        try:
            return self._trust.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
        except BaseException:
            raw.close()
            raise


def _line(to: Target, trust: ssl.SSLContext) -> http.client.HTTPConnection:
    if to.secure:
        return http.client.HTTPSConnection(to.host, to.port, context=trust)
    return http.client.HTTPConnection(to.host, to.port)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise Unreachable("it took too long", service=SERVICE)
    return left


def _cut(line: socket.socket) -> None:
    """Whoever reads from it reads its end."""
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return  # closed already


def _here(address: str) -> bool:
    return allowed(address, local=True) and not allowed(address)


def _refuse(status: int, headers: Message) -> None:
    if status in (404, 410):
        raise Gone(f"it is not there any more (HTTP {status})", service=SERVICE)
    if status in (429, 503):
        pause = headers.get("Retry-After", "1")
        after = float(pause) if pause.isascii() and pause.isdecimal() and len(pause) < 10 else 1.0
        raise Throttled(f"it asks for a pause (HTTP {status})", service=SERVICE, retry_after=after)
    if status >= 500:
        raise Unreachable(f"it is out of order (HTTP {status})", service=SERVICE)
    if status != 200:
        raise Denied(f"it may not be read (HTTP {status})", service=SERVICE)
    if headers.get_content_type() not in _TYPES and headers.get("Content-Type") is not None:
        raise Denied("what it sends is no calendar", service=SERVICE)


def _body(answer: http.client.HTTPResponse) -> bytes:
    """All of it or nothing, packed or not, and never more than a calendar may have."""
    packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip"):
        raise Denied("it is packed in a way that was not asked for", service=SERVICE)
    unpacking = zlib.decompressobj(wbits=31) if "gzip" in packing else None
    body = bytearray()
    read = 0
    while piece := answer.read(_PIECE):
        read += len(piece)
        body += unpacking.decompress(piece, LARGEST + 1 - len(body)) if unpacking else piece
        if max(read, len(body)) > LARGEST:
            raise Denied("it is larger than 2 MiB", service=SERVICE)
    if answer.length or (unpacking is not None and not unpacking.eof):
        raise Unreachable("it broke off", service=SERVICE)
    return bytes(body)
