"""Checkpoints of runs as a worker under terms for catching up holds them: in a folder, from peers in
chunks or from the ledger's store.

What is handed out has the digest that the ledger has of it, computed from these bytes each time. A
transfer that was cut off goes on where it was: chunks are appended once they lead to their root, so
the length of a begun file says how far it came.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .chunks import ChunkList
from .keys import digest_of
from .peers import Lied, Peer, Unreachable
from .tree import CompactRange, leaf_hash

#: A silent peer is asked so often; one that gives what no honest one gives is not asked again.
ATTEMPTS = 3
PAUSE_S = 0.2
#: So often the bytes may be others than were put into the folder.
DAMAGED_MAX = 3
#: Named in the ledger for one artifact: a crowd of liars must not keep a joiner for ever.
OFFERS_TRIED_MAX = 8

Artifact = Mapping[str, Any]


@dataclass
class Receipt:
    """Where bytes came from: `kept`, `peer`, `store`."""

    sources: set[str] = field(default_factory=set)
    bytes: int = 0
    chunks_refused: int = 0

    def add(self, other: Receipt) -> None:
        self.sources |= other.sources
        self.bytes += other.bytes
        self.chunks_refused += other.chunks_refused


class States:
    """`store`: gives the bytes under a digest, checked. `peers`: asked first, before offers."""

    def __init__(
        self,
        folder: Path,
        store: Callable[[str], Awaitable[bytes]],
        say: Callable[[str], None],
        peers: Sequence[Peer] = (),
    ) -> None:
        self._folder, self._store, self._say, self._peers = folder, store, say, peers
        self._convicted: set[str] = set()
        #: One at a time: two would write the same file.
        self._turn = asyncio.Lock()

    async def have(self, artifact: Artifact, offers: Sequence[Peer] = ()) -> tuple[bytes, Receipt]:
        """The bytes of an artifact of the ledger. What `store` raises passes where nobody has it."""
        async with self._turn:
            self._folder.mkdir(parents=True, exist_ok=True)
            receipt = Receipt()
            kept = self._kept(artifact["digest"])
            if kept is not None:
                receipt.sources.add("kept")
                return kept, receipt
            for peer in [*self._peers, *offers[:OFFERS_TRIED_MAX]]:
                if peer.name in self._convicted:
                    continue
                data = await self._from_peer(peer, artifact, receipt)
                if data is not None:
                    return data, receipt
            data = await self._store(artifact["digest"])
            receipt.sources.add("store")
            receipt.bytes += len(data)
            self._keep(artifact["digest"], data)
            return data, receipt

    def tidy(self, stays: Collection[str]) -> None:
        """Throws away what is kept under other digests, and what was begun of others."""
        names = {_name(digest) for digest in stays}
        for file in self._folder.glob("*"):
            if file.name.partition(".")[0] not in names:
                file.unlink(missing_ok=True)

    def _file(self, digest: str) -> Path:
        return self._folder / f"{_name(digest)}.safetensors"

    def _kept(self, digest: str) -> bytes | None:
        try:
            data = self._file(digest).read_bytes()
        except FileNotFoundError:
            return None
        found = digest_of(data)
        if found == digest:
            return data
        self._say(f"what was kept as {digest} has drifted to {found}: thrown away")
        self._file(digest).unlink(missing_ok=True)
        return None

    def _keep(self, digest: str, data: bytes) -> None:
        part = self._folder / f"{_name(digest)}.new"
        part.write_bytes(data)
        part.replace(self._file(digest))

    async def _from_peer(self, peer: Peer, artifact: Artifact, receipt: Receipt) -> bytes | None:
        """None when this peer does not have it, lied, or is silent."""
        for attempt in range(ATTEMPTS):
            try:
                chunks = await asyncio.to_thread(peer.list, artifact["digest"])
                if chunks.size_bytes != artifact["sizeBytes"]:
                    raise Lied(f"the artifact has {artifact['sizeBytes']} bytes")
                return await self._in_chunks(peer, chunks, receipt)
            except Unreachable as error:
                self._say(f"{peer.name}: {error}")
                await asyncio.sleep(PAUSE_S * 2**attempt)
            except Lied as error:
                self._say(f"{peer.name}: {error}: not asked again")
                self._convicted.add(peer.name)
                receipt.chunks_refused += 1
                return None
        return None

    async def _in_chunks(self, peer: Peer, chunks: ChunkList, receipt: Receipt) -> bytes:
        begun = self._folder / f"{_name(chunks.digest)}.{chunks.root}-{chunks.chunk_bytes}.part"
        for _ in range(DAMAGED_MAX):
            await self._fill(begun, peer, chunks, receipt)
            data = begun.read_bytes()
            if digest_of(data) == chunks.digest:
                begun.replace(self._file(chunks.digest))
                return data
            begun.unlink()
            # Chunks that no longer lead to the root were damaged here, and nobody lied.
            if _root_of(data, chunks) == chunks.root:
                raise Lied("its chunks lead to its root, and are not the artifact")
        raise Unreachable("the folder loses bytes")

    async def _fill(self, begun: Path, peer: Peer, chunks: ChunkList, receipt: Receipt) -> None:
        with contextlib.suppress(FileNotFoundError):
            if begun.stat().st_size > 0:
                receipt.sources.add("kept")
        with begun.open("ab") as file:
            whole = min(file.tell() // chunks.chunk_bytes, chunks.count)
            if file.tell() < chunks.size_bytes:
                file.truncate(whole * chunks.chunk_bytes)
            for index in range(whole, chunks.count):
                data = await asyncio.to_thread(peer.chunk, chunks, index)
                file.write(data)
                file.flush()
                receipt.sources.add("peer")
                receipt.bytes += len(data)


def _name(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _root_of(data: bytes, chunks: ChunkList) -> str:
    tree = CompactRange()
    for index in range(chunks.count):
        at = index * chunks.chunk_bytes
        tree.append(leaf_hash(data[at : at + chunks.length(index)]))
    return tree.root().hex()
