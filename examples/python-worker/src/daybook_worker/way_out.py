"""Being told to end: the first SIGTERM or SIGINT has a worker finish what it holds, the second ends it
at once, with a goodbye, and a third does not wait for that either.

    worker = Participant(...)
    with drains_when_told(worker) as told, worker:
        for window in worker.windows():
            ...
    sys.exit(told.code)
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .participant import Participant

INTERRUPTED = 130


class Told:
    """What the process was told; nothing at first."""

    def __init__(self) -> None:
        self.signals: list[int] = []

    @property
    def code(self) -> int:
        """Exit code of a process that has ended in order."""
        return INTERRUPTED if signal.SIGINT in self.signals else 0


@contextmanager
def drains_when_told(worker: Participant) -> Iterator[Told]:
    """To be entered before the worker, in the main thread: while it comes in it can be told, too."""
    told = Told()

    def tell(number: int, _: FrameType | None) -> None:
        told.signals.append(number)
        # Who has not joined holds nothing.
        if len(told.signals) == 1 and worker.drain():
            return
        for one in before:
            signal.signal(one, signal.SIG_DFL)
        raise SystemExit(told.code)

    before = {one: signal.signal(one, tell) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
