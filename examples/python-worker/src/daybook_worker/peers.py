"""Chunk servers of strangers, over HTTP. Every answer is bounded by what was asked for, in bytes and in
time; redirects are not followed."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from .chunks import ChunkList, as_chunk_list, chunk_in

LIST_BYTES_MAX = 2048
TIMEOUT_S = 30.0
_PIECE_BYTES = 1 << 16
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9\[\]:.-]{1,160}(/[A-Za-z0-9._~-]{1,32}){0,4}/?")


class Unreachable(Exception):
    """No answer, or not one in time, or the artifact is not there: no reason to call it a liar."""


class Lied(Exception):
    """An answer that no honest server gives."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


@dataclass(frozen=True)
class Peer:
    """`root`: what the ledger has of its offer; None for one that the operator of this node named."""

    name: str
    endpoint: str
    root: str | None = None

    @staticmethod
    def named(endpoint: str) -> Peer:
        """Raises ValueError where it is no http or https URL of host and path."""
        if not _ENDPOINT.fullmatch(endpoint):
            raise ValueError(f"{endpoint} is no http or https URL")
        return Peer(endpoint, endpoint.rstrip("/"))

    def list(self, digest: str) -> ChunkList:
        """Raises Unreachable, Lied."""
        body = self._get(f"/chunks/{digest.removeprefix('sha256:')}", LIST_BYTES_MAX)
        try:
            found = as_chunk_list(json.loads(body))
        except (ValueError, RecursionError):
            found = None
        if found is None or found.digest != digest:
            raise Lied(f"no list of the chunks of {digest}")
        if self.root is not None and found.root != self.root:
            raise Lied("another root than it offers")
        return found

    def chunk(self, chunks: ChunkList, index: int) -> bytes:
        """Raises Unreachable, Lied."""
        path = f"/chunks/{chunks.digest.removeprefix('sha256:')}/{index}"
        data = chunk_in(chunks, index, self._get(path, chunks.body_bytes(index)))
        if data is None:
            raise Lied(f"chunk {index} does not lead to the root")
        return data

    def _get(self, path: str, most: int) -> bytes:
        until = time.monotonic() + TIMEOUT_S
        body = bytearray()
        try:
            with _OPENER.open(f"{self.endpoint}{path}", timeout=TIMEOUT_S) as answer:
                while piece := answer.read1(_PIECE_BYTES):
                    body += piece
                    if len(body) > most:
                        raise Lied(f"an answer longer than {most} bytes")
                    if time.monotonic() > until:
                        raise Unreachable(f"no whole answer in {TIMEOUT_S:.0f} s")
        except urllib.error.HTTPError as error:
            raise Unreachable(f"status {error.code}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{error}") from None
        return bytes(body)
