"""Signed heads of the ledger's tree: C2SP tlog-checkpoints as signed notes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from .canonical import is_well_formed
from .entry import MAX_SAFE
from .keys import bytes_of_base64, encode_public_key, verify
from .refused import Refused

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_DASH = "\u2014 "


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def _is_key_name(name: str) -> bool:
    return name != "" and is_well_formed(name) and not re.search(r"[\s+\x00-\x1f\x7f-\x9f]", name)


def parse_verifier_key(text: str) -> tuple[str, str, str]:
    """Name, key id and the key as an actor of the ledger. Raises Refused."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    key = bytes_of_base64(encoded)
    if not _is_key_name(name) or key is None or len(key) != 33 or key[0] != 1:
        raise Refused(
            "note_bad_verifier_key", "wanted <name>+<8 hex>+<base64(0x01 || Ed25519 key)>"
        )
    if hashlib.sha256(f"{name}\n".encode() + key).digest()[:4].hex() != key_id:
        raise Refused("note_bad_verifier_key", "the key id does not belong to this name and key")
    return name, key_id, encode_public_key("user", key[1:])


def _parse_note(note: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    if len(note) > MAX_NOTE_BYTES or len(note.encode("utf-8", "surrogatepass")) > MAX_NOTE_BYTES:
        raise Refused("note_too_large", f"more than {MAX_NOTE_BYTES} bytes")
    if not is_well_formed(note) or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise Refused("note_bad_characters", "control characters or broken UTF-16")
    split = note.rfind("\n\n")
    block = note[split + 2 :]
    if split < 0 or not block.endswith("\n"):
        raise Refused("note_malformed", "wanted a text, a blank line and signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Refused("note_too_large", f"more than {MAX_SIGNATURES} signatures")
    signatures: list[tuple[str, str, bytes]] = []
    for line in lines:
        name, space, encoded = line[len(_DASH) :].partition(" ")
        data = bytes_of_base64(encoded)
        shaped = line.startswith(_DASH) and space and _is_key_name(name)
        if not shaped or data is None or len(data) < 5:
            raise Refused("note_bad_signature_line", f"signature line {len(signatures)}")
        signatures.append((name, data[:4].hex(), data[4:]))
    return note[: split + 1], signatures


def verify_checkpoint(verifier_key: str, note: str) -> Checkpoint:
    """The head, once signed by this key for the origin of its name. Raises Refused."""
    name, key_id, actor = parse_verifier_key(verifier_key)
    text, signatures = _parse_note(note)
    mine = [sig for by, their_id, sig in signatures if (by, their_id) == (name, key_id)]
    if not mine:
        raise Refused("note_unsigned", f"no signature by {name}+{key_id}")
    if not all(verify(actor, text.encode(), sig) for sig in mine):
        raise Refused("note_bad_signature", f"the signature by {name}+{key_id} does not fit")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or "" in lines:
        raise Refused("checkpoint_malformed", "wanted origin, size and root, a line each")
    origin, size, root = lines[:3]
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", size) or int(size) > MAX_SAFE:
        raise Refused("checkpoint_bad_size", "size is not a decimal below 2^53")
    decoded = bytes_of_base64(root)
    if decoded is None or len(decoded) != 32:
        raise Refused("checkpoint_bad_root", "root is not the base64 of 32 bytes")
    if origin != name:
        raise Refused("checkpoint_wrong_origin", f"for {origin!r}, not {name}")
    return Checkpoint(origin, int(size), decoded)
