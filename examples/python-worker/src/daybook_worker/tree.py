"""The ledger's Merkle tree (RFC 6962) and its proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def empty_root() -> bytes:
    return hashlib.sha256(b"").digest()


class CompactRange:
    """A tree that grows and is asked for its root: one hash for each one bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._hashes: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        rest = self.size
        while rest % 2 == 1:
            leaf = node_hash(self._hashes.pop(), leaf)
            rest //= 2
        self._hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        root: bytes | None = None
        for one in reversed(self._hashes):
            root = one if root is None else node_hash(one, root)
        return empty_root() if root is None else root


def root_of(leaves: Sequence[bytes]) -> bytes:
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def _all_hashes(*hashes: bytes) -> bool:
    return len(hashes) <= 66 and all(len(one) == HASH_BYTES for one in hashes)


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    if not 0 <= index < size or not _all_hashes(leaf, root, *path):
        return False
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """That the tree of `new_size` begins with that of `old_size`; an empty one is in every tree."""
    if not 0 <= old_size <= new_size or not _all_hashes(old_root, new_root, *path):
        return False
    if old_size == 0 and old_root != empty_root():
        return False
    if old_size in (0, new_size):
        return len(path) == 0 and (old_size == 0 or old_root == new_root)
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    hashes = [old_root, *path] if node == 0 else list(path)
    if not hashes:
        return False
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
