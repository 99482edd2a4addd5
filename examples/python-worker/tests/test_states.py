"""Checkpoints from peers that need not be honest, over HTTP, against the golden vectors of chunks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from daybook_worker.keys import digest_of
from daybook_worker.ledger import LedgerError
from daybook_worker.peers import Peer
from daybook_worker.states import Receipt, States

Answers = dict[str, bytes]


@pytest.fixture
def case(vectors: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return vectors("chunks")


@pytest.fixture
def answers(case: dict[str, Any], unbase64: Callable[[str], bytes]) -> Answers:
    """What an honest peer says, by path."""
    chunks = case["accepted"][0]
    path = f"/chunks/{chunks['digest'].removeprefix('sha256:')}"
    honest = [one for one in case["chunks"] if one["holds"] and one["list"] == chunks]
    bodies = {f"{path}/{one['index']}": unbase64(one["body"]) for one in honest}
    return {path: json.dumps(chunks).encode(), **bodies}


@contextmanager
def serving(answers: Answers, redirect: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """Endpoint of a server that gives these answers, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = answers.get(self.path, b"")
            self.send_response(302 if redirect else 200 if body else 404)
            if redirect:
                self.send_header("location", f"{redirect}{self.path}")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Joiner:
    """States in a folder, with a store that has nothing unless told."""

    def __init__(self, folder: Path, case: dict[str, Any], *peers: str) -> None:
        self.said: list[str] = []
        self.store: dict[str, bytes] = {}
        self.states = States(folder, self._get, self.said.append, [Peer.named(p) for p in peers])
        chunks = case["accepted"][0]
        self.artifact = {"digest": chunks["digest"], "sizeBytes": chunks["sizeBytes"]}

    async def _get(self, digest: str) -> bytes:
        if digest not in self.store:
            raise LedgerError("no such artifact")
        return self.store[digest]

    def have(self, *offers: Peer) -> tuple[bytes, Receipt]:
        return asyncio.run(self.states.have(self.artifact, offers))


def changed(answers: Answers, index: int, at: int = -1) -> Answers:
    path = next(path for path in answers if path.endswith(f"/{index}"))
    body = bytearray(answers[path])
    body[at] ^= 1
    return {**answers, path: bytes(body)}


def test_comes_from_a_peer_and_is_kept(
    tmp_path: Path, case: dict[str, Any], answers: Answers
) -> None:
    with serving(answers) as (endpoint, _):
        data, receipt = Joiner(tmp_path, case, endpoint).have()
    assert digest_of(data) == case["digest"]
    assert receipt == Receipt({"peer"}, len(data), 0)
    again, receipt = Joiner(tmp_path, case).have()
    assert (again, receipt) == (data, Receipt({"kept"}, 0, 0))


def test_a_liar_is_not_asked_again_and_costs_nothing_fetched(
    tmp_path: Path, case: dict[str, Any], answers: Answers
) -> None:
    with (
        serving(changed(answers, 2)) as (corrupting, asked),
        serving(answers) as (endpoint, paths),
    ):
        joiner = Joiner(tmp_path, case, corrupting, endpoint)
        data, receipt = joiner.have()
        assert receipt == Receipt({"peer", "kept"}, len(data), 1)
        assert [path for path in paths if path.endswith(("/0", "/1"))] == []
        (tmp_path / f"{case['digest'][7:]}.safetensors").unlink()
        before = len(asked)
        joiner.have()
        assert len(asked) == before
    assert [line for line in joiner.said if line.startswith(corrupting)] == [
        f"{corrupting}: chunk 2 does not lead to the root: not asked again"
    ]


def test_goes_on_where_it_was_cut_off(
    tmp_path: Path, case: dict[str, Any], answers: Answers
) -> None:
    begun = {path: body for path, body in answers.items() if not path.endswith(("/3", "/4"))}
    with serving(begun) as (endpoint, _), pytest.raises(LedgerError):
        Joiner(tmp_path, case, endpoint).have()
    (part,) = tmp_path.glob("*.part")
    with part.open("ab") as file:  # Torn: it was killed while it wrote.
        file.write(b"half a chunk")
    with serving(answers) as (endpoint, asked):
        data, receipt = Joiner(tmp_path, case, endpoint).have()
    assert digest_of(data) == case["digest"]
    assert [path[-2:] for path in asked[1:]] == ["/3", "/4"]
    assert receipt == Receipt({"peer", "kept"}, len(data) - 3 * 1024, 0)


def test_what_was_damaged_here_convicts_nobody(
    tmp_path: Path, case: dict[str, Any], answers: Answers
) -> None:
    begun = {path: body for path, body in answers.items() if not path.endswith("/4")}
    with serving(begun) as (endpoint, _), pytest.raises(LedgerError):
        Joiner(tmp_path, case, endpoint).have()
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(b"\x00" * part.stat().st_size)
    with serving(answers) as (endpoint, _):
        data, receipt = Joiner(tmp_path, case, endpoint).have()
    assert digest_of(data) == case["digest"]
    assert receipt.chunks_refused == 0


def test_a_false_root_is_found_at_the_end(
    tmp_path: Path, case: dict[str, Any], answers: Answers, unbase64: Callable[[str], bytes]
) -> None:
    """Another artifact, proved chunk by chunk, under the digest of the one that is asked for."""
    true, small = case["accepted"][:2]
    hex_ = true["digest"][7:]
    body = next(one["body"] for one in case["chunks"] if one["list"] == small and one["holds"])
    lie = {
        f"/chunks/{hex_}": json.dumps({**small, "digest": true["digest"]}).encode(),
        f"/chunks/{hex_}/0": unbase64(body),
    }
    with serving(lie) as (endpoint, _):
        joiner = Joiner(tmp_path, case, endpoint)
        joiner.artifact["sizeBytes"] = small["sizeBytes"]
        joiner.store[true["digest"]] = unbase64(case["artifact"])
        data, receipt = joiner.have()
    assert (digest_of(data), receipt.sources) == (case["digest"], {"peer", "store"})
    assert joiner.said == [
        f"{endpoint}: its chunks lead to its root, and are not the artifact: not asked again"
    ]


def test_an_offer_is_held_to_its_root(
    tmp_path: Path, case: dict[str, Any], answers: Answers
) -> None:
    with serving(answers) as (endpoint, _):
        joiner = Joiner(tmp_path, case)
        with pytest.raises(LedgerError):
            joiner.have(Peer("somebody", endpoint, "ab" * 32))
        assert joiner.said == ["somebody: another root than it offers: not asked again"]
        honest = Peer("somebody else", endpoint, case["accepted"][0]["root"])
        assert joiner.have(honest)[1].sources == {"peer"}


def test_redirects_are_not_followed(tmp_path: Path, case: dict[str, Any], answers: Answers) -> None:
    with serving(answers) as (endpoint, asked), serving({}, endpoint) as (away, _):
        joiner = Joiner(tmp_path, case, away)
        with pytest.raises(LedgerError):
            joiner.have()
    assert (asked, joiner.said) == ([], [f"{away}: status 302"] * 3)


def test_what_has_drifted_is_thrown_away(
    tmp_path: Path, case: dict[str, Any], unbase64: Callable[[str], bytes]
) -> None:
    joiner = Joiner(tmp_path, case)
    joiner.store[case["digest"]] = unbase64(case["artifact"])
    data, receipt = joiner.have()
    assert receipt == Receipt({"store"}, len(data), 0)
    file = tmp_path / f"{case['digest'][7:]}.safetensors"
    file.write_bytes(data[:-1])
    assert joiner.have() == (data, Receipt({"store"}, len(data), 0))
    assert "has drifted" in joiner.said[0]
    joiner.states.tidy([])
    assert list(tmp_path.iterdir()) == []


def test_endpoints_are_of_host_and_path() -> None:
    assert Peer.named("http://host:1/a/").endpoint == "http://host:1/a"
    for text in ("file:///etc/passwd", "ftp://host", "http://user@host", "http://host/?q", "host"):
        with pytest.raises(ValueError, match="no http or https URL"):
            Peer.named(text)
