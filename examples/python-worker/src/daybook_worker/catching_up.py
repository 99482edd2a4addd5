"""A worker under terms for catching up: it shows a state of each run before it gets work of it, in every
session, and each claim shows the window's. What it shows is computed from the bytes that it holds.

It goes straight to a revision's checkpoint. Deltas and outer steps of its own would need the exact
kernels.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from .follower import Follower
from .keys import digest_of
from .ledger import LedgerError
from .peers import Peer
from .refused import Refused
from .session import Session
from .states import Receipt, States
from .view import Assignment

RETRY_S = 1.0
#: The newest ones of each run stay: who comes back finds where it was.
REVISIONS_KEPT = 2


class CatchUp:
    def __init__(
        self, session: Session, follower: Follower, states: States, say: Callable[[str], None]
    ) -> None:
        self._session, self._follower, self._states, self._say = session, follower, states, say
        #: By run: what was fetched since a state was last shown.
        self._unsaid: dict[str, Receipt] = {}

    async def keep_shown(self) -> None:
        """Until it leaves: who drains gets no more work."""
        while True:
            view = await self._follower.until(lambda now: now.behind() is not None)
            if self._session.leaving:
                return
            run = view.behind()
            assert run is not None
            try:
                await self._show(run)
            except (LedgerError, Refused) as error:
                self._say(f"catching up with {run}: {error}; will try again")
                await asyncio.sleep(RETRY_S)

    async def state_of(self, held: Assignment) -> bytes:
        """What an assignment starts from; asked for again while it is this worker's to do.

        Raises LedgerError, Refused where nobody had it.
        """
        while True:
            try:
                return await self._have(held.run, self._follower.view.checkpoint_of(held))
            except (LedgerError, Refused) as error:
                if held.state not in ("issued", "claimed"):
                    raise
                self._say(f"what {held.id} starts from: {error}; will try again")
                await asyncio.sleep(RETRY_S)

    async def _have(self, run: str, checkpoint: Mapping[str, Any]) -> bytes:
        view = self._follower.view
        offers = view.offers_of(checkpoint["digest"], int(time.time() * 1000))
        # Named by who offers: a false offer of somebody else's server convicts its author.
        peers = [Peer(f"{one.actor} at {one.endpoint}", one.endpoint, one.root) for one in offers]
        data, receipt = await self._states.have(checkpoint, peers)
        self._unsaid.setdefault(run, Receipt()).add(receipt)
        kept = (one for all_ in view.revisions.values() for one in all_[-REVISIONS_KEPT:])
        self._states.tidy({checkpoint["digest"], *(one.checkpoint["digest"] for one in kept)})
        return data

    async def _show(self, run: str) -> None:
        revision = self._follower.view.revisions[run][-1]
        data = await self._have(run, revision.checkpoint)
        receipt, session = self._unsaid[run], self._session.number
        said = {
            "run": run,
            "session": session,
            "revision": revision.number,
            "checkpoint": digest_of(data),
            "mode": "overlapped",
            "sources": sorted(receipt.sources),
            "bytes": receipt.bytes,
            "chunksRefused": receipt.chunks_refused,
            "revisionsCrossed": 0,
        }
        name = f"catch-up-{run}-{self._session.participant}-{session}-{revision.number}"
        reply = await self._session.send(name, "catchup.completed.v1", said)
        if reply.recorded:
            del self._unsaid[run]
            self._say(
                f"caught up with revision {revision.number} of {run}: {receipt.bytes} bytes fetched"
            )
            await self._follower.seen(reply.sequence + 1)
        elif reply.code == "session_over":
            await self._session.renew(session)
        else:
            raise LedgerError(f"refused: {reply.code}: {reply.message}")
