"""An archive behind HTTPS: bundles are read from configured hosts alone, in pieces, bounded, and never at a private address."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import urllib3

from bot.core.closing_found import Measured
from bot.core.closing_plan import ArchivePlace
from bot.core.evidence import MANIFEST, MOST_BYTES
from bot.ports import Denied, Failure, Gone, Throttled, Unreachable

SERVICE = "archive"
LARGEST = 4 * 1024**3  # of one file
SECONDS = 30.0  # for a whole file
MOST_REDIRECTS = 3
_PIECE = 256 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> Sequence[str]:
    return tuple(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class HttpsArchive:
    """`bot.closing_ports.Archive`. `hosts` are all that are ever asked (a port may follow, as in `localhost:8443`); a host
    that is written as a private address, or as localhost, is asked there. The token goes to these hosts alone."""

    system = "https"

    def __init__(
        self,
        hosts: Collection[str],
        token: str | None = None,
        *,
        seconds: float = SECONDS,
        connect: float = 10.0,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._hosts, self._token = frozenset(host.lower() for host in hosts), token
        self._seconds, self._connect, self._resolve = seconds, connect, resolve
        self._trust = trust or ssl.create_default_context()

    def manifest(self, place: ArchivePlace) -> bytes:
        content = bytearray()
        for piece in self._pieces(place, MANIFEST, MOST_BYTES + 1):
            content += piece
        return bytes(content[: MOST_BYTES + 1])

    def measure(self, place: ArchivePlace, path: str) -> Measured:
        made, size = hashlib.sha256(), 0
        for piece in self._pieces(place, path, LARGEST + 1):
            made.update(piece)
            size += len(piece)
        if size > LARGEST:
            raise Denied(f"{path} is larger than 4 GiB: it is not read.", service=SERVICE)
        return Measured(sha256=made.hexdigest(), size=size)

    def link(self, place: ArchivePlace, path: str) -> str:
        return f"{place.at.rstrip('/')}/{quote(path)}"

    def _pieces(self, place: ArchivePlace, path: str, most: int) -> Iterator[bytes]:
        """Failures are raised outside the `except`: the library's errors quote the whole address and its headers."""
        until = time.monotonic() + self._seconds
        try:
            yield from self._following(self.link(place, path), path, most, until)
            return
        except (ssl.SSLError, urllib3.exceptions.SSLError):
            failure: Failure = Denied(
                f"No secure connection for {path}: its certificate is not trusted.", service=SERVICE
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            failure = Unreachable(f"The archive did not answer for {path}, or broke off.", service=SERVICE)
        raise failure

    def _following(self, url: str, path: str, most: int, until: float) -> Iterator[bytes]:
        at = self._allowed(urlsplit(url))
        for _ in range(MOST_REDIRECTS + 1):
            with self._answer(at, until) as answer:
                if answer.status not in _REDIRECTS:
                    _refuse(answer, path)
                    yield from _body(answer, most, until)
                    return
                to = urlsplit(urljoin(at.geturl(), answer.headers.get("Location", "")))
            if (to.scheme, to.netloc.lower()) != (at.scheme, at.netloc.lower()):
                raise Denied(f"The archive sends us to another host for {path}: that is not followed.", service=SERVICE)
            at = to
        raise Denied(f"The archive redirects more than {MOST_REDIRECTS} times for {path}.", service=SERVICE)

    def _allowed(self, at: SplitResult) -> SplitResult:
        host = at.hostname or ""
        if at.netloc.lower() not in self._hosts and host not in self._hosts:
            raise Denied(f"The archive's host {host} is not one of READINESS_ARCHIVE_HOSTS.", service=SERVICE)
        if at.scheme != "https" and not (at.scheme == "http" and _is_here(host)):
            raise Denied(
                "An archive's address must begin with https:// (http:// only for this machine itself).", service=SERVICE
            )
        return at

    @contextmanager
    def _answer(self, at: SplitResult, until: float) -> Iterator[urllib3.BaseHTTPResponse]:
        host, port = at.hostname or "", at.port or (443 if at.scheme == "https" else 80)
        address = self._address(host, port)
        waiting = urllib3.Timeout(connect=self._connect, read=min(self._connect, max(0.1, until - time.monotonic())))
        pool: urllib3.HTTPConnectionPool
        if at.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(
                address, port, timeout=waiting, retries=False, ssl_context=self._trust, server_hostname=host, assert_hostname=host
            )  # fmt: skip
        else:
            pool = urllib3.HTTPConnectionPool(address, port, timeout=waiting, retries=False)
        headers = {"Host": at.netloc, "Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "readiness-bot"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        target = (at.path or "/") + (f"?{at.query}" if at.query else "")
        with pool:
            answer = pool.urlopen("GET", target, headers=headers, redirect=False, preload_content=False, retries=False)
            try:
                yield answer
            finally:
                answer.close()

    def _address(self, host: str, port: int) -> str:
        """The one address that is connected to: no name is looked up twice. One private answer spoils them all."""
        found = self._resolve(host, port)
        if not found or not all(_public(address) or _is_private_by_name(host) for address in found):
            raise Denied(
                f"The archive's host {host} leads to a private address. Write that address itself into "
                "READINESS_ARCHIVE_HOSTS if it is meant.", service=SERVICE,
            )  # fmt: skip
        return found[0]


def _public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _is_here(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")


def _is_private_by_name(host: str) -> bool:
    """Whoever configures an address itself means it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _refuse(answer: urllib3.BaseHTTPResponse, path: str) -> None:
    status = answer.status
    if status in (404, 410):
        raise Gone(f"There is no {path} in the archive.", service=SERVICE)
    if status == 429:
        said = answer.headers.get("Retry-After", "")
        wait = float(said) if said.isascii() and said.isdigit() and len(said) < 6 else 30.0
        raise Throttled("The archive asks for a pause.", service=SERVICE, retry_after=wait)
    if status >= 500 or status == 408:
        raise Unreachable(f"The archive is not well (status {status}).", service=SERVICE)
    if status in (401, 403):
        raise Denied(f"The archive does not let us read {path}: check READINESS_ARCHIVE_TOKEN.", service=SERVICE)
    if status != 200:
        raise Denied(f"The archive refused {path} (status {status}).", service=SERVICE)


def _body(answer: urllib3.BaseHTTPResponse, most: int, until: float) -> Iterator[bytes]:
    """At most `most` bytes; all of it or a failure."""
    left = most
    while piece := answer.read1(_PIECE):  # as it comes: what drips is noticed
        if time.monotonic() > until:
            raise Unreachable("The archive took too long.", service=SERVICE)
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return
