"""What a worker that comes by itself makes of the ledger's entries, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from nats.aio.client import Client

pytest.importorskip("torch")

from daybook_worker.entry import sign_statement
from daybook_worker.follower import Follower
from daybook_worker.keys import SigningKey
from daybook_worker.ledger import Ledger
from daybook_worker.refused import Refused
from daybook_worker.view import View

Vectors = Any


@pytest.fixture
def keys(vectors: Vectors) -> list[SigningKey]:
    return [SigningKey.from_seed(one["seed"]) for one in vectors("keys")["keys"]]


class Log:
    """Entries taken into a view, signed by whom they are said to be of."""

    def __init__(self, view: View) -> None:
        self.view, self._size = view, 0

    def take(self, key: SigningKey, type_: str, data: dict[str, Any], **changed: str) -> None:
        statement = {
            "actor": key.actor,
            "commandid": f"c-{self._size}",
            "data": data,
            "source": "/ledgers/desk",
            "subject": "x",
            "type": f"daybook.{type_}",
        }
        entry = {**statement, "sequence": self._size, "time": "2026-01-01T00:00:01.000Z"}
        self.view.take({**entry, "sig": sign_statement(key, statement), **changed})
        self._size += 1


def transfer(amount: int, debit: str, credit: str) -> dict[str, Any]:
    return {"unit": "micro", "amount": str(amount), "debit": debit, "credit": credit}


def test_stake_is_what_counts_in_escrow(keys: list[SigningKey]) -> None:
    worker, authority, operator = keys
    log = Log(View(worker.actor, "desk"))
    view, wallet, escrow = log.view, f"participant/{worker.actor}", f"escrow/{worker.actor}"
    policy = {"revision": 1, "registry": {"workerStake": "50"}, "catchUp": None}
    log.take(operator, "policy.adopted.v3", policy)
    assert (view.least_stake, view.behind()) == (50, None)
    post = "journal.posted.v1"
    log.take(authority, post, {"transfers": [transfer(40, "issuer", wallet)]})
    assert view.money.to_lock(view.least_stake) == 0
    log.take(authority, post, {"transfers": [transfer(30, "issuer", wallet)]})
    assert view.money.to_lock(view.least_stake) == 50
    log.take(authority, post, {"transfers": [transfer(50, wallet, escrow)]})
    assert (view.money.counting, view.micro, view.money.to_lock(50)) == (50, 20, 0)
    unlocking = {"participant": worker.actor, "amount": "20"}
    log.take(worker, "stake.unlocking.v1", unlocking)
    assert (view.money.counting, view.money.to_lock(50)) == (30, 20)
    log.take(authority, "stake.released.v1", {**unlocking, "asked": 4})
    log.take(authority, post, {"transfers": [transfer(20, escrow, wallet)]})
    assert (view.money.counting, view.micro) == (30, 40)


def test_offers_and_states_are_those_of_now(keys: list[SigningKey]) -> None:
    worker, authority, operator = keys
    log = Log(View(worker.actor, "desk"))
    view = log.view
    log.take(operator, "policy.adopted.v3", {"revision": 1, "catchUp": {}})
    plan = {"run": "r", "encoding": None}
    log.take(operator, "run.planned.v1", plan)
    log.take(operator, "run.planned.v2", {**plan, "run": "e", "encoding": {"name": "int8"}})
    assert (view.unfit("r"), view.unfit("e")) == (None, "compute_class_mismatch")
    log.take(worker, "participant.joined.v1", {"participant": worker.actor, "session": 3})
    assert view.behind() is None
    for run in ("e", "r"):
        start = {"run": run, "checkpoint": {"digest": "sha256:0", "sizeBytes": 1}}
        log.take(operator, "run.initializing.v1", start)
    assert view.behind() == "r"
    log.take(worker, "catchup.completed.v1", {"run": "r", "session": 3})
    assert view.behind() is None
    log.take(worker, "participant.joined.v1", {"participant": worker.actor, "session": 4})
    assert view.behind() == "r"
    made = {"run": "r", "participants": [worker.actor], "untilMs": 7}
    log.take(authority, "offer.made.v1", made)
    assert view.offers == {"r": 7}
    log.take(authority, "offer.lapsed.v1", made)
    assert view.offers == {}
    log.take(authority, "offer.made.v1", made)
    log.take(worker, "offer.accepted.v1", {"run": "r", "session": 4})
    assert view.offers == {}
    log.take(authority, "offer.made.v1", made)
    log.take(authority, "run.completed.v1", {"run": "r"})
    assert (view.offers, view.behind()) == ({}, None)


def test_what_an_earlier_key_said_counts(keys: list[SigningKey]) -> None:
    first, authority, second = keys
    log = Log(View(second.actor, "desk", first.actor))
    rotation = {"participant": first.actor, "key": second.actor}
    made = {"run": "r", "participants": [first.actor], "untilMs": 7}
    log.take(authority, "offer.made.v1", made)
    log.take(first, "offer.accepted.v1", {"run": "r", "session": 1})
    assert log.view.offers == {}
    log.take(first, "identity.rotated.v1", rotation)
    log.take(authority, "offer.made.v1", made)
    log.take(second, "offer.declined.v1", {"run": "r", "session": 2, "reason": "busy"})
    assert (log.view.offers, log.view.participant) == ({}, first.actor)
    stranger = Log(View(second.actor, "desk"))
    stranger.take(first, "identity.rotated.v1", rotation)
    assert stranger.view.participant == first.actor


def test_chunks_are_offered_for_a_while(keys: list[SigningKey]) -> None:
    worker, authority, operator = keys
    log = Log(View(worker.actor, "desk"))
    at = 1_767_225_601_000  # The time of every entry here.

    def advertise(key: SigningKey, digest: str, good_for_ms: int) -> None:
        data = {"endpoint": "http://a", "root": "ab", "goodForMs": good_for_ms}
        log.take(key, "chunks.advertised.v1", {**data, "artifact": {"digest": digest}})

    advertise(authority, "d", 1000)
    advertise(operator, "d", 500)
    advertise(worker, "d", 1000)
    both = sorted([authority.actor, operator.actor])
    assert [one.actor for one in log.view.offers_of("d", at)] == both
    assert [one.actor for one in log.view.offers_of("d", at + 500)] == [authority.actor]
    for number in range(16):
        advertise(authority, f"more-{number}", 2000)
    assert [one.actor for one in log.view.offers_of("d", at)] == [operator.actor]


def test_what_matters_is_signed(keys: list[SigningKey]) -> None:
    worker, authority, _ = keys
    log = Log(View(worker.actor, "desk"))
    made = {"run": "r", "participants": [worker.actor], "untilMs": 7}
    with pytest.raises(Refused, match="recording_bad_signature"):
        log.take(authority, "offer.made.v1", made, actor=worker.actor)


def test_a_task_that_misses_its_cancellation_is_stopped() -> None:
    """As one does that waits for a message which comes at the same moment."""

    async def stopped() -> None:
        follower = Follower(Ledger(Client(), "desk"), "", print)
        begun = asyncio.Event()

        async def stubborn() -> None:
            begun.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(60)

        follower.start(stubborn())
        await begun.wait()
        await asyncio.wait_for(follower.stop(), 5)
        assert follower.failure is None

    asyncio.run(stopped())
