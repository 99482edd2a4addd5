"""How a worker comes into a ledger with a registry by itself: it registers, once, locks what its wallet
holds until it has the stake of a worker, and answers runs that offer it work."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .consent import Consent, consents
from .follower import Follower
from .ledger import LedgerError
from .session import SOFTWARE, Session
from .view import View


@dataclass(frozen=True)
class Registration:
    """`recovery`: the key that may replace the worker's own, and its consent to that."""

    name: str
    recovery: Consent
    invitation: str | None = None


def build_digest() -> str:
    """Of this package's sources, by name: what a registration says it runs."""
    whole = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        whole.update(f"{file.name}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


class Enrolment:
    def __init__(
        self,
        session: Session,
        follower: Follower,
        registration: Registration | None,
        nonce: Callable[[], str | None],
        say: Callable[[str], None],
    ) -> None:
        self._session, self._follower, self._say = session, follower, say
        self._registration, self._nonce = registration, nonce

    async def register(self) -> None:
        """Before it joins; nothing to do without terms, or once registered. Raises LedgerError."""
        mine, view = self._registration, self._follower.view
        if mine is None or view.registered or "registry" not in (view.policy or {}):
            return
        if not consents(mine.recovery, view.ledger, self._nonce(), view.participant):
            raise LedgerError(
                f"cannot register: consent_missing: {mine.recovery.key} did not agree to be the "
                f"recovery key of {view.participant} in {view.ledger}; see daybook identity consent"
            )
        data = {
            "participant": view.participant,
            "role": "worker",
            "name": mine.name,
            "recoveryKey": mine.recovery.key,
            "recoveryConsent": mine.recovery.signature,
            "software": {"version": SOFTWARE, "build": build_digest()},
            "invitation": mine.invitation,
        }
        name = f"register-{view.participant}"
        reply = await self._session.send(name, "identity.registered.v1", data)
        if not reply.recorded:
            raise LedgerError(f"cannot register: {reply.code}: {reply.message}")
        await self._follower.seen(reply.sequence + 1)
        self._say(f"registered as {mine.name}")

    async def bring_stake(self) -> None:
        """Once there is enough; once only, so that it never takes back a wish to leave."""
        if self._registration is None:
            return

        def can(now: View) -> bool:
            return now.money.to_lock(now.least_stake) > 0 or now.money.counting >= now.least_stake

        view = self._follower.view
        if not can(view):
            missing = view.least_stake - view.money.counting - view.money.micro
            self._say(f"waiting for a stake: {missing} micro-units are missing in the wallet")
        view = await self._follower.until(can)
        amount = view.money.to_lock(view.least_stake)
        if amount == 0:
            return
        data = {"participant": view.participant, "amount": str(amount)}
        name = f"stake-{view.participant}-{self._session.number}"
        reply = await self._session.send(name, "stake.locked.v1", data)
        self._say(f"staked {amount}" if reply.recorded else f"stake refused: {reply.code}")

    async def answer_offers(self) -> None:
        """Takes what it can work for, and says so where it cannot; for ever."""
        while True:
            view = await self._follower.until(lambda now: bool(now.offers))
            run, until_ms = next(iter(view.offers.items()))
            reason = view.unfit(run)
            answer = "offer.accepted.v1" if reason is None else "offer.declined.v1"
            data = {"run": run} if reason is None else {"run": run, "reason": reason}
            name = f"offer-{run}-{view.participant}-{until_ms}"
            reply = await self._session.send_in(name, answer, data)
            said = "accepted" if reason is None else f"declined: {reason}"
            self._say(f"offer of {run} {said if reply.recorded else f'refused: {reply.code}'}")
            if reply.recorded:
                await self._follower.seen(reply.sequence + 1)
            elif view.offers.get(run) == until_ms:
                del view.offers[run]
