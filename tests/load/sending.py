"""Slack's side of the line: each delivery goes out when its time has come, whether or not earlier ones were answered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.load.traffic import Delivery
from tests.processes.refusals import refused

SLACK_WAITS = 3.0  # seconds; then Slack hangs up and shows an error
REFUSED = 503  # also where a command is answered in words: nothing was kept


@dataclass(frozen=True)
class Sent:
    """What came of one delivery. `took` counts from the moment at which it was meant to go out; `status` 0: no answer."""

    delivery: Delivery
    meant_at: float  # wall clock
    took: float
    status: int

    @property
    def acked(self) -> bool:
        return self.status == 200


class Line:
    """Slack's line to the bot: a connection for each request, signed when it goes out."""

    def __init__(self, url: str, secret: str) -> None:
        self._at = urlsplit(url)
        self._secret = secret.encode()

    def send(self, deliveries: Sequence[Delivery], at: Sequence[float]) -> list[Sent]:
        """All of them, each `at` seconds after now."""
        return asyncio.run(self._send_all(deliveries, at))

    async def _send_all(self, deliveries: Sequence[Delivery], at: Sequence[float]) -> list[Sent]:
        begin, wall = time.monotonic(), time.time()
        under_way: list[asyncio.Task[Sent]] = []
        for delivery, moment in zip(deliveries, at, strict=True):
            ahead = begin + moment - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)
            under_way.append(asyncio.create_task(self._one(delivery, begin + moment, wall + moment)))
        return list(await asyncio.gather(*under_way))

    async def _one(self, delivery: Delivery, meant: float, wall: float) -> Sent:
        try:
            status = await asyncio.wait_for(self._exchange(delivery), SLACK_WAITS)
        except (OSError, TimeoutError, ValueError, IndexError):
            status = 0
        return Sent(delivery, wall, time.monotonic() - meant, status)

    async def _exchange(self, delivery: Delivery) -> int:
        reader, writer = await asyncio.open_connection(self._at.hostname, self._at.port)
        try:
            writer.write(self._request(delivery))
            answer = await reader.read()
        finally:
            writer.close()
        return REFUSED if refused(answer.decode()) else int(answer.split(b" ", 2)[1])

    def _request(self, delivery: Delivery) -> bytes:
        moment = int(time.time())
        digest = hmac.new(self._secret, f"v0:{moment}:".encode() + delivery.body, hashlib.sha256).hexdigest()
        lines = [
            f"POST {self._at.path} HTTP/1.1", f"Host: {self._at.netloc}", "Connection: close",
            f"Content-Type: {delivery.kind}", f"Content-Length: {len(delivery.body)}",
            f"X-Slack-Request-Timestamp: {moment}", f"X-Slack-Signature: v0={digest}",
        ]  # fmt: skip
        if delivery.retry:
            lines += [f"X-Slack-Retry-Num: {delivery.retry}", "X-Slack-Retry-Reason: http_timeout"]
        return "\r\n".join([*lines, "", ""]).encode() + delivery.body
