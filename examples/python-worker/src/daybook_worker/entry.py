"""Entries, the signed statements in them, and the commits that carry them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .canonical import canonical_json, parse_json
from .keys import SigningKey, base64_of, bytes_of_base64, is_actor, verify
from .refused import Refused

Entry = dict[str, Any]

MAX_ENTRY_BYTES = 256 * 1024
MAX_ENTRY_DEPTH = 64
MAX_ENTRIES_PER_COMMIT = 4096
MAX_COMMIT_BYTES = 1_000_000
MAX_SAFE = 2**53 - 1
STATEMENT_PREFIX = "daybook.statement.v1\n"
ANCHOR_STEP = 4096
ID_CHARACTERS_MAX = 112


def _like(pattern: str, length_max: int = 1024) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda v: isinstance(v, str) and len(v) <= length_max and bool(compiled.fullmatch(v))


def _is_time(value: Any) -> bool:
    form = r"(?:19[7-9]\d|[2-9]\d{3})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
        return False
    try:
        datetime.strptime(value[:19], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return False
    return value[17:19] < "60"


def _is_sequence(value: Any) -> bool:
    return (
        isinstance(value, str)
        and bool(re.fullmatch(r"[0-9]{16}", value))
        and int(value) <= MAX_SAFE
    )


_ID = _like(r"[!-~]{1,128}")
_TRACE = r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
_TYPE = r"daybook\.[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*\.v[1-9][0-9]{0,3}"
_RULES: dict[str, Callable[[Any], bool]] = {
    "specversion": lambda v: v == "1.0",
    "id": _ID,
    "source": _like(r"/ledgers/[a-z0-9][a-z0-9-]{0,63}"),
    "type": _like(_TYPE, 128),
    "subject": _like(r"[!-~]{1,256}"),
    "time": _is_time,
    "datacontenttype": lambda v: v == "application/json",
    "sequence": _is_sequence,
    "actor": is_actor,
    "commandid": _ID,
    "causationid": _ID,
    "traceparent": _like(_TRACE),
    "sig": _like(r"[A-Za-z0-9+/]{85}[AQgw]=="),
    "data": lambda v: isinstance(v, dict),
}
_OPTIONAL = {"causationid", "traceparent", "sig"}


def _depth_of(line: bytes) -> int:
    """Deepest nesting, from the bytes alone: nothing recurses before it is bounded."""
    depth = deepest = 0
    in_string = escaped = False
    for byte in line:
        if escaped:
            escaped = False
        elif byte == 0x22:
            in_string = not in_string
        elif in_string:
            escaped = byte == 0x5C
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def decode_entry(line: bytes) -> Entry:
    """The entry on a line, `sequence` as a number. Strict: raises Refused for anything else."""
    if len(line) > MAX_ENTRY_BYTES:
        raise Refused("entry_too_large", f"{len(line)} bytes")
    if b"\n" in line or b"\r" in line:
        raise Refused("entry_line_break", "an entry is one line")
    if _depth_of(line) > MAX_ENTRY_DEPTH:
        raise Refused("entry_too_deep", f"nested deeper than {MAX_ENTRY_DEPTH} levels")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("entry_not_utf8", "the bytes are not UTF-8") from None
    twice: Refused | None = None
    try:
        entry = parse_json(text)
    except Refused as refused:
        if refused.code != "entry_duplicate_name":
            raise
        twice, entry = refused, {}
    except ValueError:
        raise Refused("entry_not_json", "the line is not JSON") from None
    if twice is not None:
        raise twice
    if not isinstance(entry, dict):
        raise Refused("entry_not_object", "an entry is a JSON object")
    for name in entry:
        if name not in _RULES:
            raise Refused("entry_unknown_attribute", name)
    for name, holds in _RULES.items():
        if name not in entry:
            if name not in _OPTIONAL:
                raise Refused("entry_missing_attribute", name)
        elif not holds(entry[name]):
            raise Refused("entry_bad_attribute", name)
    return {**entry, "sequence": int(entry["sequence"])}


def statement_bytes(statement: Mapping[str, Any]) -> bytes:
    """What an author signs: six attributes of the entry, in canonical form behind a prefix."""
    names = ("actor", "commandid", "data", "source", "subject", "type")
    signed = canonical_json({name: statement[name] for name in names})
    return (STATEMENT_PREFIX + signed).encode("utf-8")


def sign_statement(key: SigningKey, statement: Mapping[str, Any]) -> str:
    assert key.actor == statement["actor"], "an author signs only its own statements"
    return base64_of(key.sign(statement_bytes(statement)))


def verify_statement(statement: Mapping[str, Any], sig: str) -> bool:
    signature = bytes_of_base64(sig)
    return signature is not None and verify(
        statement["actor"], statement_bytes(statement), signature
    )


def command_id(name: str, nonce: str | None, ledger_size: int | None) -> str:
    """The id under which a command of this name is sent to the ledger with this nonce.

    `ledger_size`: entries that the author knows of; None for an operator's command.
    """
    if nonce is None:
        return name
    anchor = "" if ledger_size is None else f"-{ledger_size // ANCHOR_STEP * ANCHOR_STEP}"
    tag = f":{nonce[:8]}{anchor}"
    if len(name) > ID_CHARACTERS_MAX - len(tag):
        name = f"{name[:32]}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    return name + tag


def unpack_commit(first: int, count: int, root: str, payload: bytes) -> list[bytes]:
    """The lines of a commit, without newlines. Raises Refused; their JSON is not looked at."""
    if not 0 <= first <= MAX_SAFE:
        raise Refused("commit_bad_first", f"first is no entry sequence: {first}")
    if not 1 <= count <= MAX_ENTRIES_PER_COMMIT:
        raise Refused("commit_bad_count", f"count is {count}")
    decoded = bytes_of_base64(root)
    if decoded is None or len(decoded) != 32:
        raise Refused("commit_bad_root", "root is not the base64 of 32 bytes")
    if len(payload) > MAX_COMMIT_BYTES:
        raise Refused("commit_too_large", f"{len(payload)} bytes")
    if not payload.endswith(b"\n"):
        raise Refused("commit_no_final_newline", "the payload does not end with a newline")
    lines = payload[:-1].split(b"\n")
    for at, line in enumerate(lines):
        if not line:
            raise Refused("commit_empty_line", f"line {at} is empty")
        if len(line) > MAX_ENTRY_BYTES:
            raise Refused("commit_entry_too_large", f"line {at} has {len(line)} bytes")
    if len(lines) != count:
        raise Refused("commit_count_mismatch", f"count says {count}, the payload has {len(lines)}")
    return lines
