"""Where a published feed may be fetched from: over https, at public addresses, whatever a name or a redirect says."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from bot.ports import Denied

SERVICE = "Feeds"
# Global unicast; everything else of IPv6 is local, or stands for an IPv4 address behind some gateway.
_PUBLIC_6 = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
# Public by their number, yet no public host: protocol assignments, old relays, and what a cloud gives to its own hosts.
_NO_HOSTS = tuple(IPv4Network(n) for n in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))
_KEPT = "%/:=&?~+!$,;'@()*[]"


class Target(NamedTuple):
    """One address to ask, taken apart. `host` is ASCII; nothing of it is ever printed: a feed's address is its key."""

    secure: bool
    host: str
    port: int
    path: str


def target(url: str, local: bool = False) -> Target:
    """`webcal://` means https. `local`: http on this machine itself is let through too (the sandbox)."""
    schemes = {"https": True, "webcal": True, "webcals": True} | ({"http": False} if local else {})
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in schemes or not host:
        raise Denied("its address is no https address", service=SERVICE)
    if parts.username is not None or parts.password is not None:
        raise Denied("its address carries a user name, and feeds are read without one", service=SERVICE)
    secure = schemes[parts.scheme]
    asked = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), asked)


def redirected(url: str, location: str) -> str:
    """Where a redirect leads; it is judged like any other address."""
    try:
        return urljoin(url.strip(), location)
    except ValueError:
        return ""


def allowed(address: str, local: bool = False) -> bool:
    """Whether a numeric address may be connected to: public ones; with `local`, this machine's own as well."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if local and found.is_loopback:
        return True
    if isinstance(found, IPv6Address):
        return found in _PUBLIC_6 and found.is_global and not any(found in tunnel for tunnel in _TUNNELS)
    return found.is_global and not found.is_multicast and not any(found in each for each in _NO_HOSTS)
