"""Taking part in a run, from a training loop of a few lines.

    with Participant("nats://127.0.0.1:4222", ledger="moby", key="worker.nk") as participant:
        for window in participant.windows():
            for inputs, targets in window.batches():
                logits = window.model(inputs)
                window.step(torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))

Heartbeats, reveals and the log go on in a thread of their own while the loop trains. A window is
committed when the loop asks for the next one.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from .catching_up import CatchUp
from .contributions import Contributions
from .enrolment import Enrolment, Registration
from .follower import Follower
from .keys import SigningKey, digest_of
from .ledger import Ledger, LedgerError
from .peers import Peer
from .refused import Refused
from .session import Session
from .states import States
from .training import Work, page_at, pages_receipt, tokens_of
from .tree import leaf_hash, root_of
from .view import IDLE, Assignment, View

T = TypeVar("T")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Window(Work):
    """Work of one window: the model at its checkpoint, its pages, and where the delta goes."""

    def __init__(
        self, participant: Participant, held: Assignment, shown: Mapping[str, Any], **work: Any
    ) -> None:
        super().__init__(**work)
        self._participant, self._held, self._shown = participant, held, shown
        self.run, self.number, self.assignment = held.run, held.window, held.id
        self._began = time.monotonic()
        self.committed = False

    def submit(self) -> bool:
        """Commits to what was learned; done by itself when the loop goes on. False: refused."""
        if not self.committed:
            elapsed_ms = int(1000 * (time.monotonic() - self._began))
            self.committed = self._participant._commit(self._held, self._shown, self, elapsed_ms)
        return self.committed


class Participant:
    """A worker of the tolerant class under one key, which the operator has admitted or which registers.

    `registration`: how it comes into a ledger with a registry by itself.
    `keep`: folder of deltas that are committed and not revealed yet; beside the key unless said.
    `states`: folder of checkpoints, for ledgers with terms for catching up; beside the key, too.
    `peers`: HTTP endpoints that are asked for them before those that the ledger names, and the store.
    """

    def __init__(
        self,
        log: str,
        ledger: str,
        key: str | os.PathLike[str],
        *,
        device: str = "cpu",
        registration: Registration | None = None,
        keep: str | os.PathLike[str] | None = None,
        states: str | os.PathLike[str] | None = None,
        peers: Sequence[str] = (),
        say: Callable[[str], None] = _to_stderr,
    ) -> None:
        seed = Path(key).read_text("ascii").strip()
        self._key = SigningKey.from_seed(seed)
        self._url, self._ledger_name, self._device, self._say = log, ledger, device, say
        self._registration = registration
        self._keep = Path(keep) if keep is not None else Path(f"{os.fspath(key)}.deltas")
        self._states = Path(states) if states is not None else Path(f"{os.fspath(key)}.states")
        self._peers = [Peer.named(one) for one in peers]
        self._loop = asyncio.new_event_loop()
        self._ledger: Ledger
        self._follower: Follower
        self._session: Session
        self._catch_up: CatchUp
        self._contributions: Contributions
        self._streams: dict[str, bytes] = {}
        self._drains = False

    # In the caller's thread

    def __enter__(self) -> Participant:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._wait(self._begin())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def actor(self) -> str:
        return self._key.actor

    @property
    def view(self) -> View:
        """What is known of the ledger; once it takes part."""
        return self._follower.view

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            failure = self._follower.failure
            raise LedgerError(f"stopped: {failure}") from failure
        except BaseException:
            future.cancel()
            raise

    def _end(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def drain(self) -> bool:
        """Finishes what it holds and takes nothing new; `windows` ends once the ledger has let it go.

        From any thread, also from a signal handler. False: it has not joined and holds nothing.
        """
        session: Session | None = getattr(self, "_session", None)
        if session is None or session.number == 0 or self._loop.is_closed():
            return False
        self._loop.call_soon_threadsafe(self._begin_drain)
        return True

    def windows(self, run: str | None = None, limit: int | None = None) -> Iterator[Window]:
        """Work as it is assigned, claimed; ends when the runs are over, after so many windows, or drained.

        Before it ends it waits until what was committed is revealed and judged.
        """
        done = 0
        while limit is None or done < limit:
            held = self._wait(self._next(run))
            if held is None:
                break
            window = self._wait(self._window(held))
            if window is None:
                continue
            yield window
            window.submit()
            done += 1
        self._wait(self._settled())

    def _commit(
        self, held: Assignment, shown: Mapping[str, Any], work: Work, elapsed_ms: int
    ) -> bool:
        return self._wait(self._contributions.commit(held, shown, work, elapsed_ms))

    # In the thread of the loop

    async def _begin(self) -> None:
        self._ledger = await Ledger.open(self._url, self._ledger_name)
        self._follower = follower = Follower(self._ledger, self.actor, self._say)
        self._session = Session(self._ledger, follower, self._key, self._device, self._say)
        enrolment = Enrolment(
            self._session, follower, self._registration, lambda: self._ledger.nonce, self._say
        )
        states = States(self._states, self._ledger.get, self._say, self._peers)
        self._catch_up = CatchUp(self._session, follower, states, self._say)
        self._contributions = Contributions(
            self._session, follower, self._ledger, self._keep, self._say
        )
        follower.start(follower.run())
        size = (await self._ledger.head()).size
        view = await follower.until(lambda now: now.size >= size and now.policy is not None)
        self._say(f"{self.actor} at entry {view.size} of {self._ledger_name}")
        await enrolment.register()
        terms = view.policy or {}
        if self.view.role is None:
            how = " (or come again with a recovery key, to register)" if "registry" in terms else ""
            self._say(f"waiting for the operator to admit this key{how}")
        view = await follower.until(lambda now: now.role is not None)
        if view.role != "worker":
            raise LedgerError(f"this key was admitted as a {view.role}")
        await self._session.join()
        for task in (
            self._session.beat(),
            enrolment.bring_stake(),
            enrolment.answer_offers(),
            self._catch_up.keep_shown(),
            self._contributions.reveal(),
            self._ledger.drain_steps(self.actor),
        ):
            follower.start(task)

    def _begin_drain(self) -> None:
        if not self._drains:
            self._drains = True
            self._follower.start(self._session.drain())

    async def _finish(self) -> None:
        if not hasattr(self, "_follower"):
            return
        await self._follower.stop()
        if self.view.out:
            self._say("drained: holds nothing any more")
        elif self._follower.failure is None:
            await self._session.leave()
        await self._ledger.close()

    async def _next(self, run: str | None) -> Assignment | None:
        """The next assignment to work on; None when every run asked for is over, or it is out."""

        def waiting(now: View) -> list[Assignment]:
            states = ("issued", "claimed")
            held = (one for one in now.assignments.values() if one.state in states)
            return [one for one in held if run in (None, one.run)]

        def over(now: View) -> bool:
            states = [state for name, state in now.run_states.items() if run in (None, name)]
            return bool(states) and all(state in ("completed", "failed") for state in states)

        now = await self._follower.until(lambda now: bool(waiting(now)) or over(now) or now.out)
        return None if now.out else next(iter(waiting(now)), None)

    async def _window(self, held: Assignment) -> Window | None:
        """Claimed, with what is to be trained on; None where nothing comes of it."""
        plan, unfit = self.view.plans[held.run], self.view.unfit(held.run)
        state, pages, shown = await self._input(held)
        if not await self._contributions.claim(held, shown):
            return None
        if unfit is not None:
            await self._contributions.fail(held, unfit)
            return None
        if state is None:
            state = await self._ledger.get(self.view.checkpoint_of(held)["digest"])
        names = ("model", "optimizer", "innerSteps", "batchPages", "traceEvery")
        spec = {name: plan[name] for name in names}
        spec["stepOffset"] = held.window * plan["innerSteps"]
        tokens = [tokens_of(page) for page in pages]
        try:
            work = {"spec": spec, "checkpoint": state, "pages": tokens, "device": self._device}
            return Window(self, held, shown, **work)
        except Refused as refused:
            await self._contributions.fail(held, refused.code)
            return None

    async def _input(self, held: Assignment) -> tuple[bytes | None, list[bytes], Mapping[str, Any]]:
        """State, where the policy asks for it, and pages of an assignment, and what its claim shows."""
        pages = await self._pages(self.view.plans[held.run]["dataset"], held)
        if self.view.unfit(held.run) is not None or not self.view.asks_for_state(held):
            return None, pages, {}
        state = await self._catch_up.state_of(held)
        shown = {"checkpoint": digest_of(state), "pagesRoot": pages_receipt(pages)}
        return state, pages, shown

    async def _give_back(self, held: Assignment) -> None:
        """Others wait for work that nobody does until its claim expires."""
        _, _, shown = await self._input(held)
        if await self._contributions.claim(held, shown):
            await self._contributions.fail(held, "worker_leaves")

    async def _pages(self, dataset: str, held: Assignment) -> list[bytes]:
        """The assigned pages, of a stream that leads to the root which the ledger fixed."""
        known = self.view.datasets[dataset]
        size, count = known["pageTokens"], known["pages"]
        if dataset not in self._streams:
            stream = await self._ledger.get(known["tokens"]["digest"])
            leaves = [leaf_hash(page_at(stream, size, index)) for index in range(count)]
            if root_of(leaves).hex() != known["pagesRoot"]:
                raise LedgerError(f"the token stream of {dataset} is not that of its pages root")
            self._streams[dataset] = stream
        stream = self._streams[dataset]
        return [page_at(stream, size, index) for index in held.pages]

    async def _settled(self) -> None:
        """Until nothing of this worker waits for a seal or for judges, or its run is over, or it is out."""

        def in_states(now: View, *states: str) -> list[Assignment]:
            held = (one for one in now.assignments.values() if one.state in states)
            return [one for one in held if now.run_states[one.run] not in IDLE]

        while True:
            now = await self._follower.until(
                lambda now: (
                    now.out
                    or bool(in_states(now, "issued", "claimed"))
                    or not in_states(now, "committed", "sealed", "revealed")
                )
            )
            left = in_states(now, "issued", "claimed")
            if now.out or not left:
                return
            for held in left:
                await self._give_back(held)
