"""A key's consent to stand for an identity, in one ledger and for one use.

It is a signature over `daybook-consent-v1:<recovery | key>\\n<ledger>\\n<nonce>\\n<participant>`; who
gives it prints it with `daybook identity consent` as `<key>:<base64>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .keys import SigningKey, base64_of, bytes_of_base64, is_actor, verify
from .refused import Refused


@dataclass(frozen=True)
class Consent:
    """Of the key that may replace a node's own."""

    key: str
    signature: str

    @staticmethod
    def parse(text: str) -> Consent:
        """From `<key>:<base64>`. Raises Refused."""
        key, colon, signature = text.partition(":")
        if not colon or not is_actor(key):
            raise Refused("consent_missing", "wanted <key>:<consent>, see daybook identity consent")
        return Consent(key, signature)


def _text(ledger: str, nonce: str | None, participant: str, use: str) -> bytes:
    return f"daybook-consent-v1:{use}\n{ledger}\n{nonce or ''}\n{participant}".encode()


def sign_consent(
    key: SigningKey, ledger: str, nonce: str | None, participant: str, use: str
) -> Consent:
    """`use`: "recovery", to replace the identity's key one day, or "key", to take its place."""
    return Consent(key.actor, base64_of(key.sign(_text(ledger, nonce, participant, use))))


def consents(
    given: Consent, ledger: str, nonce: str | None, participant: str, use: str = "recovery"
) -> bool:
    signature = bytes_of_base64(given.signature)
    return signature is not None and verify(
        given.key, _text(ledger, nonce, participant, use), signature
    )
