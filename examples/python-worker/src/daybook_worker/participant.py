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
import platform
import secrets
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import torch

from .keys import SigningKey, digest_of
from .ledger import Ledger, LedgerError, Reply
from .refused import Refused
from .training import Work, page_at, tokens_of
from .tree import leaf_hash, root_of
from .view import UNSPOKEN, Assignment, View

T = TypeVar("T")
SOFTWARE = "daybook-worker-python 0.1.0"
LEAVE_WITHIN_S = 2.0
RENEWALS_MAX = 8
#: Nothing more comes of an assignment in these states.
OVER = {"superseded", "accepted", "rejected", "quarantined", "replay_required"}


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Window(Work):
    """Work of one window: the model at its checkpoint, its pages, and where the delta goes."""

    def __init__(self, participant: Participant, held: Assignment, **work: Any) -> None:
        super().__init__(**work)
        self._participant = participant
        self.run, self.number, self.assignment = held.run, held.window, held.id
        self._began = time.monotonic()
        self.committed = False

    def submit(self) -> bool:
        """Commits to what was learned; done by itself when the loop goes on. False: refused."""
        if not self.committed:
            elapsed_ms = int(1000 * (time.monotonic() - self._began))
            self.committed = self._participant._commit(self, elapsed_ms)
        return self.committed


class Participant:
    """A worker of the tolerant class under one key, which the operator has admitted.

    `keep`: folder of deltas that are committed and not revealed yet; beside the key unless said.
    """

    def __init__(
        self,
        log: str,
        ledger: str,
        key: str | os.PathLike[str],
        *,
        device: str = "cpu",
        keep: str | os.PathLike[str] | None = None,
        say: Callable[[str], None] = _to_stderr,
    ) -> None:
        seed = Path(key).read_text("ascii").strip()
        self._key = SigningKey.from_seed(seed)
        self._url, self._ledger_name, self._device, self._say = log, ledger, device, say
        self._keep = Path(keep) if keep is not None else Path(f"{os.fspath(key)}.deltas")
        self.view = View(self._key.actor, ledger)
        self._loop = asyncio.new_event_loop()
        self._changed: asyncio.Condition
        self._renewing: asyncio.Lock
        self._ledger: Ledger
        self._life = secrets.token_hex(6)
        self._session = 0
        self._beats = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: BaseException | None = None
        self._streams: dict[str, bytes] = {}

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

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise LedgerError(f"stopped: {self._failure}") from self._failure
        except BaseException:
            future.cancel()
            raise

    def _end(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def windows(self, run: str | None = None, limit: int | None = None) -> Iterator[Window]:
        """Work as it is assigned, claimed; ends when the runs are over, or after so many windows.

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

    def _commit(self, window: Window, elapsed_ms: int) -> bool:
        return self._wait(self._committed(window, window.delta(), elapsed_ms))

    # In the thread of the loop

    async def _begin(self) -> None:
        self._changed = asyncio.Condition()
        self._renewing = asyncio.Lock()
        self._ledger = await Ledger.open(self._url, self._ledger_name)
        self._start(self._follow())
        size = (await self._ledger.head()).size
        view = await self._until(lambda now: now.size >= size and now.policy is not None)
        for section, what in UNSPOKEN.items():
            if section in (view.policy or {}):
                raise LedgerError(f"the policy has a section {section!r} ({what}): not spoken here")
        self._say(f"{self.actor} at entry {view.size} of {self._ledger_name}")
        if view.role is None:
            self._say("waiting for the operator to admit this key")
        view = await self._until(lambda now: now.role is not None)
        if view.role != "worker":
            raise LedgerError(f"this key was admitted as a {view.role}")
        await self._join()
        self._start(self._beat())
        self._start(self._reveal())
        self._start(self._ledger.drain_steps(self.actor))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                self._failure = error
                async with self._changed:
                    self._changed.notify_all()

        self._tasks.append(self._loop.create_task(guarded()))

    async def _finish(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not hasattr(self, "_ledger"):
            return
        if self._session > 0 and self._failure is None:
            data = {"participant": self.actor, "session": self._session, "reason": "stopped"}
            leaving = self._send(f"leave-{self.actor}-{self._session}", "participant.left", data)
            try:
                await asyncio.wait_for(leaving, LEAVE_WITHIN_S)
            except (asyncio.TimeoutError, LedgerError):
                self._say("could not say goodbye")
        await self._ledger.close()

    async def _follow(self) -> None:
        async for entries in self._ledger.follow():
            async with self._changed:
                for entry in entries:
                    before = {name: one.state for name, one in self.view.assignments.items()}
                    self.view.take(entry)
                    self._tell(before)
                self._changed.notify_all()

    def _tell(self, before: dict[str, str]) -> None:
        for name, held in self.view.assignments.items():
            if held.state in OVER and before.get(name) != held.state:
                why = f": {', '.join(held.reasons)}" if held.reasons else ""
                self._say(f"{name} {held.state}{why}")

    async def _seen(self, size: int) -> View:
        """Once so many entries of the log have been followed."""
        return await self._until(lambda now: now.size >= size)

    async def _until(self, holds: Callable[[View], bool]) -> View:
        async with self._changed:
            while not holds(self.view):
                if self._failure is not None:
                    raise LedgerError(f"cannot go on: {self._failure}") from self._failure
                await self._changed.wait()
        return self.view

    def _send(self, name: str, fact: str, data: dict[str, Any]) -> Coroutine[Any, Any, Reply]:
        return self._ledger.send(self._key, name, f"daybook.{fact}.v1", data)

    async def _join(self) -> None:
        while True:
            session = self.view.session + 1
            data = {
                "participant": self.actor,
                "session": session,
                "computeClass": "tolerant",
                "backend": self.backend,
                "software": SOFTWARE,
            }
            name = f"join-{self.actor}-{session}-{self._life}"
            reply = await self._send(name, "participant.joined", data)
            if reply.recorded:
                self._session = session
                await self._seen(reply.sequence + 1)
                self._say(f"joined as session {session}, tolerant class, {self.backend}")
                return
            if reply.code != "session_out_of_step":
                raise LedgerError(f"cannot join: {reply.code}: {reply.message}")
            await self._seen(await self._ledger.size())

    @property
    def backend(self) -> str:
        return f"PyTorch {torch.__version__} on {self._device}, Python {platform.python_version()}"

    async def _renew(self, over: int) -> None:
        """Begins the session after one that is over; several callers begin one together."""
        async with self._renewing:
            if self._session == over:
                await self._join()

    async def _beat(self) -> None:
        while True:
            assert self.view.policy is not None
            await asyncio.sleep(self.view.policy["liveness"]["heartbeatMs"] / 1000)
            self._beats += 1
            session = self._session
            data = {"participant": self.actor, "session": session, "beat": self._beats}
            name = f"beat-{self.actor}-{session}-{self._beats}"
            reply = await self._send(name, "participant.heartbeated", data)
            if reply.code == "session_over":
                await self._renew(session)
            elif reply.code in ("key_retired", "key_revoked"):
                raise LedgerError(f"the key speaks for nobody any more: {reply.message}")

    async def _next(self, run: str | None) -> Assignment | None:
        """The next assignment to work on; None when every run asked for is over."""

        def waiting(now: View) -> list[Assignment]:
            states = ("issued", "claimed")
            held = (one for one in now.assignments.values() if one.state in states)
            return [one for one in held if run in (None, one.run)]

        def over(now: View) -> bool:
            states = [state for name, state in now.run_states.items() if run in (None, name)]
            return bool(states) and all(state in ("completed", "failed") for state in states)

        now = await self._until(lambda now: bool(waiting(now)) or over(now))
        return next(iter(waiting(now)), None)

    async def _in_session(self, name: str, fact: str, data: dict[str, Any]) -> Reply:
        """Sends in the session of now; in the next one where that one is over."""
        for _ in range(RENEWALS_MAX):
            session = self._session
            reply = await self._send(f"{name}-{session}", fact, {**data, "session": session})
            if reply.code != "session_over":
                return reply
            await self._renew(session)
        return reply

    async def _claim(self, assignment: str) -> Reply:
        name = f"claim-{assignment.replace('/', '-')}"
        return await self._in_session(name, "assignment.claimed", {"assignment": assignment})

    async def _window(self, held: Assignment) -> Window | None:
        reply = await self._claim(held.id)
        if not reply.recorded:
            self._say(f"claim {held.id} refused: {reply.code}: {reply.message}")
            if held.state in ("issued", "claimed"):
                held.state = "superseded"
            return None
        await self._seen(reply.sequence + 1)
        plan = self.view.plans[held.run]
        for section in ("encoding", "adapter"):
            if section in plan:
                await self._fail(held, f"{section}_unsupported")
                return None
        checkpoint = await self._ledger.get(self.view.checkpoints[f"{held.run}/{held.window}"])
        pages = await self._pages(plan["dataset"], held)
        names = ("model", "optimizer", "innerSteps", "batchPages", "traceEvery")
        spec = {name: plan[name] for name in names}
        spec["stepOffset"] = held.window * plan["innerSteps"]
        try:
            work = {"spec": spec, "checkpoint": checkpoint, "pages": pages, "device": self._device}
            return Window(self, held, **work)
        except Refused as refused:
            await self._fail(held, refused.code)
            return None

    async def _fail(self, held: Assignment, reason: str) -> None:
        """Says that the work cannot be done here, so that nobody waits until the claim expires."""
        self._say(f"cannot train {held.id}: {reason}")
        name = f"fail-{held.id.replace('/', '-')}"
        data = {"assignment": held.id, "reason": reason}
        await self._in_session(name, "assignment.failed", data)
        held.state = "superseded"

    async def _pages(self, dataset: str, held: Assignment) -> list[Any]:
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
        return [tokens_of(page_at(stream, size, index)) for index in held.pages]

    async def _committed(self, window: Window, delta: bytes, elapsed_ms: int) -> bool:
        self._keep.mkdir(parents=True, exist_ok=True)
        digest = digest_of(delta)
        # Kept before it is committed to: a worker that comes back must be able to reveal it.
        self._file_of(digest).write_bytes(delta)
        data = {
            "assignment": window.assignment,
            "checkpoint": digest_of(window.checkpoint),
            "delta": {"digest": digest, "sizeBytes": len(delta)},
            "computeClass": "tolerant",
            "backend": self.backend,
            "tokens": window.tokens,
            "innerSteps": window.spec["innerSteps"],
            "lossFirstMicroNats": max(0, round(window.losses[0] * 1e6)),
            "lossLastMicroNats": max(0, round(window.losses[-1] * 1e6)),
            "trace": window.trace,
            "elapsedMs": elapsed_ms,
            "encoding": "f32",
        }
        slug = window.assignment.replace("/", "-")
        for _ in range(RENEWALS_MAX):
            session = self._session
            said = {**data, "session": session}
            reply = await self._send(f"commit-{slug}-{session}", "submission.committed", said)
            if reply.code != "session_over":
                break
            # The delta is the same in the next session; only the claim has to be made again.
            await self._renew(session)
            await self._claim(window.assignment)
        if not reply.recorded:
            self._file_of(digest).unlink(missing_ok=True)
            self._say(f"commit {window.assignment} refused: {reply.code}: {reply.message}")
            return False
        await self._seen(reply.sequence + 1)
        self._say(f"committed {window.assignment}: loss {window.losses[-1]:.3f}")
        return True

    def _file_of(self, digest: str) -> Path:
        return self._keep / f"{digest.removeprefix('sha256:')}.safetensors"

    async def _reveal(self) -> None:
        """Stores the bytes of every commitment once its window is sealed."""

        def sealed(now: View) -> list[Assignment]:
            return [one for one in now.assignments.values() if one.state == "sealed"]

        while True:
            now = await self._until(lambda now: bool(sealed(now)))
            for held in sealed(now):
                assert held.delta is not None
                file = self._file_of(held.delta)
                if not file.exists():
                    self._say(f"the delta of {held.id} is lost: validators will do without")
                    held.state = "lost"
                    continue
                stored = await self._ledger.put(file.read_bytes())
                name = f"reveal-{held.id.replace('/', '-')}"
                data = {"assignment": held.id, "delta": stored}
                reply = await self._in_session(name, "upload.completed", data)
                file.unlink(missing_ok=True)
                if reply.recorded:
                    await self._seen(reply.sequence + 1)
                if held.state == "sealed":
                    held.state = "revealed"

    async def _settled(self) -> None:
        """Until nothing of this worker waits for a seal or for judges, or its run is over."""

        def open_(now: View) -> bool:
            running = {name for name, state in now.run_states.items() if state == "active"}
            waiting = {"committed", "sealed", "revealed"}
            return any(
                one.state in waiting and one.run in running for one in now.assignments.values()
            )

        await self._until(lambda now: not open_(now))
