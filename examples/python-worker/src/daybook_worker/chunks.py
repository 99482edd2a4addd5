"""An artifact cut into chunks: all of `chunk_bytes` but the last, which has the rest.

Each is checked by its path to an RFC 6962 root. Nobody vouches for a root but whoever named it; only
the artifact's own digest, over all chunks together, is the ledger's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from .keys import is_digest
from .tree import HASH_BYTES, leaf_hash, verify_inclusion

CHUNK_BYTES_MIN = 1024
CHUNK_BYTES_MAX = 1 << 26
ARTIFACT_BYTES_MAX = 2**40
_ROOT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ChunkList:
    digest: str
    size_bytes: int
    chunk_bytes: int
    #: Of the tree over the chunks, in hex.
    root: str

    @property
    def count(self) -> int:
        return -(-self.size_bytes // self.chunk_bytes)

    def length(self, index: int) -> int:
        """Bytes of a chunk."""
        return min(self.chunk_bytes, self.size_bytes - index * self.chunk_bytes)

    def body_bytes(self, index: int) -> int:
        """Bytes of a chunk on the wire: its path, then itself."""
        return _path_length(index, self.count) * HASH_BYTES + self.length(index)


def _path_length(index: int, count: int) -> int:
    hashes = 0
    while count > 1:
        split = 1 << (count - 1).bit_length() - 1
        index, count = (index, split) if index < split else (index - split, count - split)
        hashes += 1
    return hashes


def _is_count(value: object, most: int) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= most


def as_chunk_list(value: Any) -> ChunkList | None:
    """A list as a stranger gives it, parsed from JSON; None when it is none."""
    if not isinstance(value, dict):
        return None
    digest, root = value.get("digest"), value.get("root")
    size, chunk, count = (value.get(name) for name in ("sizeBytes", "chunkBytes", "count"))
    if not isinstance(digest, str) or not is_digest(digest):
        return None
    if not isinstance(root, str) or not _ROOT.fullmatch(root):
        return None
    if not _is_count(size, ARTIFACT_BYTES_MAX) or not _is_count(chunk, CHUNK_BYTES_MAX):
        return None
    if chunk < CHUNK_BYTES_MIN:
        return None
    found = ChunkList(digest, size, chunk, root)
    return found if type(count) is int and count == found.count else None


def chunk_in(chunks: ChunkList, index: int, body: bytes) -> bytes | None:
    """The chunk of this index in an answer; None unless it leads to the list's root."""
    if not 0 <= index < chunks.count or len(body) != chunks.body_bytes(index):
        return None
    hashes = _path_length(index, chunks.count)
    path = [body[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(hashes)]
    data = body[hashes * HASH_BYTES :]
    root = bytes.fromhex(chunks.root)
    return data if verify_inclusion(leaf_hash(data), index, chunks.count, path, root) else None
