"""A worker's session: joins, is heard from, joins again when the ledger has given it up, and leaves.

The session's number comes from the log, so a restart is the next one.
"""

from __future__ import annotations

import asyncio
import platform
import secrets
from collections.abc import Callable
from typing import Any

import torch

from .follower import Follower
from .keys import SigningKey
from .ledger import Ledger, LedgerError, Reply

SOFTWARE = "daybook-worker-python 0.1.0"
LEAVE_WITHIN_S = 2.0
#: Two processes with one key would take the session from each other for ever.
RENEWALS_MAX = 8


class Session:
    """`number` is 0 before it has joined."""

    def __init__(
        self,
        ledger: Ledger,
        follower: Follower,
        key: SigningKey,
        device: str,
        say: Callable[[str], None],
    ) -> None:
        self._ledger, self._follower, self._key, self._say = ledger, follower, key, say
        self.backend = (
            f"PyTorch {torch.__version__} on {device}, Python {platform.python_version()}"
        )
        self.number = 0
        self._beats = 0
        self._life = secrets.token_hex(6)
        self._renewing = asyncio.Lock()

    @property
    def participant(self) -> str:
        """Whom the key stands for."""
        return self._follower.view.participant

    async def send(self, name: str, fact: str, data: dict[str, Any]) -> Reply:
        """`fact`: `<family>.<fact>.v<version>`."""
        return await self._ledger.send(self._key, name, f"daybook.{fact}", data)

    async def send_in(self, name: str, fact: str, data: dict[str, Any]) -> Reply:
        """Sends in the session of now; in the next one where that one is over."""
        for _ in range(RENEWALS_MAX):
            session = self.number
            reply = await self.send(f"{name}-{session}", fact, {**data, "session": session})
            if reply.code != "session_over":
                return reply
            await self.renew(session)
        return reply

    async def join(self) -> None:
        """Raises LedgerError where the ledger does not want it."""
        while True:
            session = self._follower.view.session + 1
            data = {
                "participant": self.participant,
                "session": session,
                "computeClass": "tolerant",
                "backend": self.backend,
                "software": SOFTWARE,
            }
            name = f"join-{self.participant}-{session}-{self._life}"
            reply = await self.send(name, "participant.joined.v1", data)
            if reply.recorded:
                self.number = session
                await self._follower.seen(reply.sequence + 1)
                self._say(f"joined as session {session}, tolerant class, {self.backend}")
                return
            if reply.code != "session_out_of_step":
                raise LedgerError(f"cannot join: {reply.code}: {reply.message}")
            await self._follower.seen(await self._ledger.size())

    async def renew(self, over: int) -> None:
        """Begins the session after one that is over; several callers begin one together."""
        async with self._renewing:
            if self.number == over:
                await self.join()

    async def beat(self) -> None:
        """Is heard from at the policy's pace, for ever."""
        while True:
            policy = self._follower.view.policy
            assert policy is not None
            await asyncio.sleep(policy["liveness"]["heartbeatMs"] / 1000)
            self._beats += 1
            session = self.number
            data = {"participant": self.participant, "session": session, "beat": self._beats}
            name = f"beat-{self.participant}-{session}-{self._beats}"
            reply = await self.send(name, "participant.heartbeated.v1", data)
            if reply.code == "session_over":
                await self.renew(session)
            elif reply.code in ("key_retired", "key_revoked"):
                raise LedgerError(f"the key speaks for nobody any more: {reply.message}")

    async def leave(self) -> None:
        """Says goodbye, if that gets through soon."""
        if self.number == 0:
            return
        data = {"participant": self.participant, "session": self.number, "reason": "stopped"}
        leaving = self.send(f"leave-{self.participant}-{self.number}", "participant.left.v1", data)
        try:
            await asyncio.wait_for(leaving, LEAVE_WITHIN_S)
        except (asyncio.TimeoutError, LedgerError):
            self._say("could not say goodbye")
