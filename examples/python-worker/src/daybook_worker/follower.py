"""The log as it comes, taken into a view, and tasks that go on beside it until one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

from .ledger import Ledger, LedgerError
from .view import View

#: Nothing more comes of an assignment in these states.
OVER = {"superseded", "accepted", "rejected", "quarantined", "replay_required"}


STOP_AGAIN_S = 0.1


class Follower:
    """`view` is what has been followed so far. To be made within the event loop."""

    def __init__(self, ledger: Ledger, actor: str, say: Callable[[str], None]) -> None:
        self._ledger, self._actor, self._say = ledger, actor, say
        self.view = View(actor, ledger.name)
        self.failure: BaseException | None = None
        self._changed = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs until `stop`; where it fails, whoever waits in `until` is told."""

        async def guarded() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                self.failure = error
                async with self._changed:
                    self._changed.notify_all()

        self._tasks.append(asyncio.get_running_loop().create_task(guarded()))

    async def stop(self) -> None:
        pending = set(self._tasks)
        while pending:
            # A message that comes at the same moment swallows a cancellation: bpo-37658.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=STOP_AGAIN_S)

    async def run(self) -> None:
        """Follows the log, for ever."""
        while True:
            await self._follow(self.view.participant)

    async def _follow(self, participant: str) -> None:
        """Until the key turns out to stand for another, whose entries were passed over so far."""
        async with aclosing(self._ledger.follow()) as commits:
            async for entries in commits:
                async with self._changed:
                    for entry in entries:
                        before = {name: one.state for name, one in self.view.assignments.items()}
                        self.view.take(entry)
                        self._tell(before)
                    if self.view.participant != participant:
                        self.view = View(self._actor, self._ledger.name, self.view.participant)
                        self._ledger.forget()
                        return
                    self._changed.notify_all()

    def _tell(self, before: dict[str, str]) -> None:
        for name, held in self.view.assignments.items():
            if held.state in OVER and before.get(name) != held.state:
                why = f": {', '.join(held.reasons)}" if held.reasons else ""
                self._say(f"{name} {held.state}{why}")

    async def seen(self, size: int) -> View:
        """Once so many entries of the log have been followed."""
        return await self.until(lambda now: now.size >= size)

    async def let_go(self, session: int) -> None:
        """A session that turned out to be over, and that no other is to follow."""
        async with self._changed:
            self.view.drained = session
            self._changed.notify_all()

    async def until(self, holds: Callable[[View], bool]) -> View:
        """Raises LedgerError when a task has failed."""
        async with self._changed:
            while not holds(self.view):
                if self.failure is not None:
                    raise LedgerError(f"cannot go on: {self.failure}") from self.failure
                await self._changed.wait()
        return self.view
