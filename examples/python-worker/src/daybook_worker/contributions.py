"""What a worker says of its work: claims it, commits to its delta, reveals the bytes after the seal.

A delta is kept in a file before it is committed to: a worker that comes back must be able to reveal it,
and kernels that are not exact need not give it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .follower import Follower
from .keys import digest_of
from .ledger import Ledger
from .session import RENEWALS_MAX, Session
from .training import Work
from .view import Assignment, View


def _slug(held: Assignment) -> str:
    return held.id.replace("/", "-")


class Contributions:
    def __init__(
        self,
        session: Session,
        follower: Follower,
        ledger: Ledger,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self._session, self._follower, self._ledger = session, follower, ledger
        self._folder, self._say = folder, say

    async def claim(self, held: Assignment, shown: Mapping[str, Any]) -> bool:
        """`shown`: the state and the pages that it starts from, where the policy asks for them."""
        fact = "assignment.claimed.v2" if shown else "assignment.claimed.v1"
        data = {"assignment": held.id, **shown}
        reply = await self._session.send_in(f"claim-{_slug(held)}", fact, data)
        if reply.recorded:
            await self._follower.seen(reply.sequence + 1)
            return True
        self._say(f"claim {held.id} refused: {reply.code}: {reply.message}")
        if held.state in ("issued", "claimed"):
            held.state = "superseded"
        return False

    async def fail(self, held: Assignment, reason: str) -> None:
        """Says that the work cannot be done here, so that nobody waits until the claim expires."""
        self._say(f"cannot train {held.id}: {reason}")
        data = {"assignment": held.id, "reason": reason}
        await self._session.send_in(f"fail-{_slug(held)}", "assignment.failed.v1", data)
        held.state = "superseded"

    async def commit(
        self, held: Assignment, shown: Mapping[str, Any], work: Work, elapsed_ms: int
    ) -> bool:
        """Raises Refused where the work is not done or came to nothing."""
        delta = work.delta()
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = digest_of(delta)
        self._file_of(digest).write_bytes(delta)
        data = {
            "assignment": held.id,
            "checkpoint": digest_of(work.checkpoint),
            "delta": {"digest": digest, "sizeBytes": len(delta)},
            "computeClass": "tolerant",
            "backend": self._session.backend,
            "tokens": work.tokens,
            "innerSteps": work.spec["innerSteps"],
            "lossFirstMicroNats": max(0, round(work.losses[0] * 1e6)),
            "lossLastMicroNats": max(0, round(work.losses[-1] * 1e6)),
            "trace": work.trace,
            "elapsedMs": elapsed_ms,
            "encoding": "f32",
        }
        name, fact = f"commit-{_slug(held)}", "submission.committed.v1"
        for _ in range(RENEWALS_MAX):
            session = self._session.number
            said = {**data, "session": session}
            reply = await self._session.send(f"{name}-{session}", fact, said)
            if reply.code != "session_over" or self._session.leaving:
                break
            # The delta is the same in the next session; only the claim has to be made again.
            await self._session.renew(session)
            await self.claim(held, shown)
        if not reply.recorded:
            self._file_of(digest).unlink(missing_ok=True)
            self._say(f"commit {held.id} refused: {reply.code}: {reply.message}")
            return False
        await self._follower.seen(reply.sequence + 1)
        self._say(f"committed {held.id}: loss {work.losses[-1]:.3f}")
        return True

    async def reveal(self) -> None:
        """Stores the bytes of every commitment once its window is sealed; for ever."""

        def sealed(now: View) -> list[Assignment]:
            return [one for one in now.assignments.values() if one.state == "sealed"]

        while True:
            now = await self._follower.until(lambda now: bool(sealed(now)))
            for held in sealed(now):
                assert held.delta is not None
                file = self._file_of(held.delta)
                if not file.exists():
                    self._say(f"the delta of {held.id} is lost: validators will do without")
                    held.state = "lost"
                    continue
                data = {"assignment": held.id, "delta": await self._ledger.put(file.read_bytes())}
                name = f"reveal-{_slug(held)}"
                reply = await self._session.send_in(name, "upload.completed.v1", data)
                file.unlink(missing_ok=True)
                if reply.recorded:
                    await self._follower.seen(reply.sequence + 1)
                if held.state == "sealed":
                    held.state = "revealed"

    def _file_of(self, digest: str) -> Path:
        return self._folder / f"{digest.removeprefix('sha256:')}.safetensors"
