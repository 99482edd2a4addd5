"""Canonical form, keys, statements, entries, commits, tree and checkpoints, against the golden vectors."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from daybook_worker.canonical import canonical_json, number_text
from daybook_worker.checkpoint import parse_verifier_key, verify_checkpoint
from daybook_worker.chunks import as_chunk_list, chunk_in
from daybook_worker.consent import Consent, consents, sign_consent
from daybook_worker.entry import (
    command_id,
    decode_entry,
    sign_statement,
    statement_bytes,
    unpack_commit,
    verify_statement,
)
from daybook_worker.keys import (
    SigningKey,
    base64_of,
    decode_public_key,
    digest_of,
    encode_public_key,
    is_digest,
    verify,
)
from daybook_worker.refused import Refused
from daybook_worker.tree import leaf_hash, root_of, verify_consistency, verify_inclusion

Vectors = Callable[[str], dict[str, Any]]
Unbase64 = Callable[[str], bytes]


def code_of(read: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        read()
    return refused.value.code


def test_canonical_json(vectors: Vectors) -> None:
    cases = vectors("canonical-json")
    for one in cases["numbers"]:
        assert number_text(struct.unpack(">d", bytes.fromhex(one["bits"]))[0]) == one["text"]
    for one in cases["accepted"]:
        assert canonical_json(json.loads(one["json"])) == one["canonical"]
    for one in cases["refused"]:
        assert code_of(lambda: canonical_json(json.loads(one["json"]))) == one["code"]


def test_digests(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("digests")
    for one in cases["digests"]:
        assert digest_of(unbase64(one["bytes"])) == one["digest"]
    for one in cases["texts"]:
        assert is_digest(one["text"]) == one["isDigest"]


def test_keys(vectors: Vectors) -> None:
    cases = vectors("keys")
    for one in cases["keys"]:
        assert SigningKey.from_seed(one["seed"]).actor == one["actor"]
        assert decode_public_key(one["actor"]) == ("user", bytes.fromhex(one["publicKey"]))
    for one in cases["kinds"]:
        assert encode_public_key(one["kind"], bytes.fromhex(one["publicKey"])) == one["text"]
    for one in cases["refusedKeys"]:
        assert code_of(lambda: decode_public_key(one["text"])) == one["code"]
    for one in cases["refusedSeeds"]:
        assert code_of(lambda: SigningKey.from_seed(one["text"])) == one["code"]


def test_signatures(vectors: Vectors, unbase64: Unbase64) -> None:
    for one in vectors("keys")["signatures"]:
        message, signature = unbase64(one["message"]), unbase64(one["signature"])
        assert verify(one["actor"], message, signature) == one["verifies"]


def test_statements(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("statements")
    for one in cases["statements"]:
        assert statement_bytes(one["statement"]) == unbase64(one["bytes"])
        assert verify_statement(one["statement"], one["sig"]) == one["verifies"]
    for one in cases["ids"]:
        assert command_id(one["name"], one["nonce"], one["ledgerSize"]) == one["id"]
    for one in cases["commands"]:
        wire, key = one["wire"], SigningKey.from_seed(one["seed"])
        statement = {
            "actor": key.actor,
            "commandid": wire["id"],
            "data": wire["data"],
            "source": f"/ledgers/{one['ledger']}",
            "subject": one["subject"],
            "type": one["type"],
        }
        assert sign_statement(key, statement) == wire["sig"]


def test_entries(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("entries")
    for one in cases["accepted"]:
        line = one["line"].encode()
        entry = decode_entry(line)
        assert [entry[name] for name in ("sequence", "actor", "type")] == [
            one[name] for name in ("sequence", "actor", "type")
        ]
        signed = verify_statement(entry, entry["sig"]) if "sig" in entry else None
        assert signed == one["verifies"]
        assert base64_of(leaf_hash(line)) == one["leaf"]
    for one in cases["refused"]:
        assert code_of(lambda: decode_entry(unbase64(one["line"]))) == one["code"], one


def test_commits(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("commits")

    def lines(one: dict[str, Any]) -> list[bytes]:
        long = one.get("repeated", "").encode() * one.get("times", 0) + b"\n"
        payload = unbase64(one["payload"]) if "payload" in one else long
        return unpack_commit(one["first"], one["count"], one["root"], payload)

    for one in cases["accepted"]:
        assert lines(one) == [line.encode() for line in one["lines"]]
    for one in cases["refused"]:
        assert code_of(lambda: lines(one)) == one["code"]


def test_tree(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("tree")
    leaves = [leaf_hash(unbase64(line)) for line in cases["leaves"]]
    for size, root in enumerate(cases["roots"]):
        assert base64_of(root_of(leaves[:size])) == root
    for one in cases["inclusion"]:
        path = [unbase64(step) for step in one["path"]]
        leaf, root = unbase64(one["leaf"]), unbase64(one["root"])
        assert verify_inclusion(leaf, one["index"], one["size"], path, root) == one["holds"]
    for one in cases["consistency"]:
        path = [unbase64(step) for step in one["path"]]
        old, new = unbase64(one["oldRoot"]), unbase64(one["newRoot"])
        assert verify_consistency(one["oldSize"], old, one["newSize"], new, path) == one["holds"]


def test_consents(vectors: Vectors) -> None:
    cases = vectors("consents")
    safe = SigningKey.from_seed(cases["seed"])
    for one in cases["consents"]:
        given = Consent(one["key"], one["consent"])
        about = (one["ledger"], one["nonce"], one["participant"], one["use"])
        assert consents(given, *about) == one["holds"], one
        if one["holds"]:
            assert sign_consent(safe, *about) == given
            assert Consent.parse(f"{one['key']}:{one['consent']}") == given
    for text in ("", "x:y", cases["consents"][0]["key"]):
        assert code_of(lambda: Consent.parse(text)) == "consent_missing"


def test_chunks(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("chunks")
    for one in cases["accepted"]:
        found = as_chunk_list(one)
        assert found is not None
        assert (found.digest, found.count, found.root) == (
            one["digest"],
            one["count"],
            one["root"],
        )
    for one in cases["refused"]:
        assert as_chunk_list(one) is None, one
    artifact, parts = unbase64(cases["artifact"]), []
    for one in cases["chunks"]:
        chunks = as_chunk_list(one["list"])
        assert chunks is not None
        data = chunk_in(chunks, one["index"], unbase64(one["body"]))
        assert (data is not None) == one["holds"], one["index"]
        if data is not None and chunks.size_bytes == len(artifact):
            parts.append(data)
    assert b"".join(parts) == artifact
    assert chunk_in(chunks, 5, b"") is None
    assert chunk_in(chunks, -1, b"") is None


def test_checkpoints(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("checkpoints")
    for one in cases["keys"]:
        name, _, actor = parse_verifier_key(one["verifierKey"])
        assert (name, actor) == (one["name"], one["actor"])
    for one in cases["notes"]:
        if "code" in one:
            assert (
                code_of(lambda: verify_checkpoint(one["verifierKey"], one["note"])) == one["code"]
            )
        else:
            head = verify_checkpoint(one["verifierKey"], one["note"])
            wanted = one["checkpoint"]
            assert (head.origin, head.size) == (wanted["origin"], wanted["size"])
            assert head.root == unbase64(wanted["root"])
