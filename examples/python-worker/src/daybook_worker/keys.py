"""Digests, NKeys and Ed25519 signatures, as the ledger writes them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .refused import Refused

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PREFIX = {"user": 20 << 3, "account": 0, "operator": 14 << 3}
_SEED_PREFIX = 18 << 3
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# y coordinates, sign bit cleared, of the points whose order divides 8, with their unreduced twins: such
# a key binds a signature to no message, and libraries disagree about it.
_SMALL_ORDER = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def bytes_of_base64(text: str) -> bytes | None:
    """None unless the text is the one spelling of some bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64_of(data) == text else None


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc


def _with_checksum(body: bytes) -> str:
    crc = _crc16(body)
    return base64.b32encode(body + bytes([crc & 0xFF, crc >> 8])).decode("ascii").rstrip("=")


def _checked(text: str, body_bytes: int) -> bytes:
    length = body_bytes + 2
    bits = 8 * length
    value = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            break
        value = value << 5 | digit
    else:
        spare = 5 * len(text) - bits
        if len(text) == -(-bits // 5) and value & ((1 << spare) - 1) == 0:
            raw = (value >> spare).to_bytes(length, "big")
            body = raw[:body_bytes]
            if _crc16(body) != raw[body_bytes] | raw[body_bytes + 1] << 8:
                raise Refused("nkey_bad_checksum", "the checksum does not fit: mistyped?")
            return body
    raise Refused("nkey_malformed", f"not {length} bytes of upper-case base32")


def encode_public_key(kind: str, data: bytes) -> str:
    return _with_checksum(bytes([_PREFIX[kind]]) + data)


def decode_public_key(text: str) -> tuple[str, bytes]:
    """Kind and the 32 bytes. Raises Refused."""
    raw = _checked(text, 33)
    kind = next((name for name, prefix in _PREFIX.items() if prefix == raw[0]), None)
    if kind is None:
        raise Refused("nkey_wrong_kind", "not the public key of a user, account or operator")
    data = raw[1:]
    if (data[:31] + bytes([data[31] & 0x7F])).hex() in _SMALL_ORDER:
        raise Refused("nkey_weak", "the key is a point of small order")
    return kind, data


def is_actor(text: object) -> bool:
    """Whether this is the public key of a user: the only kind that acts in a ledger."""
    if not isinstance(text, str) or not text.startswith("U"):
        return False
    try:
        decode_public_key(text)
    except Refused:
        return False
    return True


def verify(actor: str, message: bytes, signature: bytes) -> bool:
    """False too when `actor` is no key: nobody signed."""
    try:
        _, data = decode_public_key(actor)
        Ed25519PublicKey.from_public_bytes(data).verify(signature, message)
    except (Refused, InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class SigningKey:
    """An identity. Never log its seed."""

    actor: str
    _private: Ed25519PrivateKey

    @staticmethod
    def from_seed(seed: str) -> SigningKey:
        """From the text form `SU...`. Raises Refused."""
        raw = _checked(seed, 34)
        kind = (raw[0] & 7) << 5 | raw[1] >> 3
        if raw[0] & 0xF8 != _SEED_PREFIX or kind != _PREFIX["user"] or raw[1] & 7:
            raise Refused("nkey_wrong_kind", "not the seed of a user (it must begin with 'SU')")
        private = Ed25519PrivateKey.from_private_bytes(raw[2:])
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return SigningKey(encode_public_key("user", public), private)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)
