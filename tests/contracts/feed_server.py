"""Somebody else's web server with published feeds, over https under a public name: as the adapter meets it, on loopback."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "feeds.example.com"
PUBLIC = "93.184.215.14"


@dataclass
class Page:
    """What one path answers, and how."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/calendar; charset=utf-8"})
    pieces: Callable[[], Iterator[bytes]] | None = None  # in place of the body, piece by piece
    first: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # hiccups before it is well again
    cut: bool = False  # the line breaks before anything is answered


@dataclass
class FeedServer:
    port: int
    trust: ssl.SSLContext
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=lambda: {HOST: [PUBLIC]})
    looked_up: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"https://{HOST}{path}"

    def resolve(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        if host not in self.names:
            raise socket.gaierror("no such name")
        return self.names[host]

    def dial(self, address: str, port: int, timeout: float) -> socket.socket:
        """Whatever public address it is: this server answers there."""
        self.dialled.append((address, port))
        assert address == PUBLIC, "only the address that was checked is ever connected to"
        return socket.create_connection(("127.0.0.1", self.port), timeout)


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    feeds: FeedServer

    def do_GET(self) -> None:
        self.feeds.asked.append((self.path, dict(self.headers.items())))
        page = self.feeds.pages.get(self.path, Page(b"gone", 404))
        self.close_connection = True
        if page.cut:
            return
        status, headers = page.first.pop(0) if page.first else (page.status, page.headers)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if page.pieces is None and "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        try:
            for piece in page.pieces() if page.pieces else [page.body]:
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            return  # whoever asked has heard enough

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that broke is what some tests are about."""


@contextmanager
def feed_server(secure: bool = True) -> Iterator[FeedServer]:
    handler = type("Answer", (_Answer,), {})
    server = _Quiet(("127.0.0.1", 0), handler)
    pem, trust = _certificate()
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "server.pem"
            path.write_bytes(pem)
            context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    feeds = FeedServer(server.server_address[1], trust)
    handler.feeds = feeds  # type: ignore[attr-defined]  # made above, of the class that has it
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield feeds
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@cache
def _certificate() -> tuple[bytes, ssl.SSLContext]:
    """A key and certificate for HOST, and whoever trusts them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("1.1.1.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trust = ssl.create_default_context(cadata=public.decode())
    return private + public, trust
