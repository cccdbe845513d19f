"""A throw-away RSA key for the sandbox's service account: made at each start, worth nothing, never stored by anybody."""

from __future__ import annotations

import base64
import secrets

_SMALL = [p for p in range(3, 1000, 2) if all(p % d for d in range(3, int(p**0.5) + 1, 2))]
_EXPONENT = 65537


def private_key(bits: int = 2048) -> str:
    """A private key as PEM (PKCS#1). Takes about a second."""
    p, q = _prime(bits // 2), _prime(bits // 2)
    while p == q:
        q = _prime(bits // 2)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, _EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    body = b"".join(_integer(number) for number in numbers)
    text = base64.encodebytes(b"\x30" + _length(body) + body).decode()
    lines = "".join(text.split())
    folded = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    name = "RSA PRIVATE" + " KEY"
    return f"-----BEGIN {name}-----\n{folded}\n-----END {name}-----\n"


def _prime(bits: int) -> int:
    """Odd, with its two highest bits set, so that two of them make a number of full length."""
    while True:
        found = secrets.randbits(bits) | (3 << (bits - 2)) | 1
        if (found - 1) % _EXPONENT and all(found % p for p in _SMALL) and _probably_prime(found):
            return found


def _probably_prime(number: int, rounds: int = 12) -> bool:
    """Miller and Rabin's test."""
    halvings = ((number - 1) & (1 - number)).bit_length() - 1
    odd = (number - 1) >> halvings
    return all(_witness_agrees(number, secrets.randbelow(number - 3) + 2, odd, halvings) for _ in range(rounds))


def _witness_agrees(number: int, witness: int, odd: int, halvings: int) -> bool:
    x = pow(witness, odd, number)
    if x in (1, number - 1):
        return True
    for _ in range(halvings - 1):
        x = x * x % number
        if x == number - 1:
            return True
    return False


def _integer(number: int) -> bytes:
    raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + _length(raw) + raw


def _length(body: bytes) -> bytes:
    if len(body) < 128:
        return bytes([len(body)])
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(size)]) + size
