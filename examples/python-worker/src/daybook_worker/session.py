"""A worker's session: joins, is heard from, joins again when the ledger has given it up, drains where it
may take its time, and leaves.

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
        self._asked_to_go = False

    @property
    def participant(self) -> str:
        """Whom the key stands for."""
        return self._follower.view.participant

    @property
    def leaving(self) -> bool:
        """It drains, whoever asked the ledger for that, or is out: no session follows this one."""
        return self._asked_to_go or 0 < self.number == self._follower.view.draining

    async def send(self, name: str, fact: str, data: dict[str, Any]) -> Reply:
        """`fact`: `<family>.<fact>.v<version>`."""
        return await self._ledger.send(self._key, name, f"daybook.{fact}", data)

    async def send_in(self, name: str, fact: str, data: dict[str, Any]) -> Reply:
        """Sends in the session of now; in the next one where that one is over and it stays."""
        for _ in range(RENEWALS_MAX):
            session = self.number
            reply = await self.send(f"{name}-{session}", fact, {**data, "session": session})
            if reply.code != "session_over" or self.leaving:
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
        """Is heard from at the policy's pace, until it is out."""
        while True:
            policy = self._follower.view.policy
            assert policy is not None
            await asyncio.sleep(policy["liveness"]["heartbeatMs"] / 1000)
            if self._follower.view.out:
                return
            self._beats += 1
            session = self.number
            data = {"participant": self.participant, "session": session, "beat": self._beats}
            name = f"beat-{self.participant}-{session}-{self._beats}"
            reply = await self.send(name, "participant.heartbeated.v1", data)
            if reply.code == "session_over":
                if self.leaving:
                    return
                await self.renew(session)
            elif reply.code in ("key_retired", "key_revoked"):
                raise LedgerError(f"the key speaks for nobody any more: {reply.message}")

    async def drain(self) -> None:
        """Asks to be given nothing more and to be let go once what it holds is done; again where too few
        would stay, for others may come. Raises LedgerError where the ledger does not want it.
        """
        attempt = 0
        while True:
            attempt += 1
            session = self.number
            name = f"drain-{self.participant}-{session}-{attempt}"
            # Before the answer: what else is sent meanwhile may learn first that the session is over.
            self._asked_to_go = True
            data = {"participant": self.participant, "session": session}
            reply = await self.send(name, "participant.draining.v1", data)
            if reply.recorded:
                self._say("drains: finishes what it holds and takes nothing new")
                return
            if reply.code == "session_over":
                await self._follower.let_go(session)
                return
            self._asked_to_go = False
            if reply.code != "unsafe_shrink":
                raise LedgerError(f"cannot drain: {reply.code}: {reply.message}")
            self._say(f"stays until others are there: {reply.message}")
            policy = self._follower.view.policy
            assert policy is not None
            await asyncio.sleep(policy["liveness"]["heartbeatMs"] / 1000)

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
