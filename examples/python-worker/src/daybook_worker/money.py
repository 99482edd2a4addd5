"""What a participant has by the ledger's journals, in micro-units: its wallet, and its stake in escrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Money:
    participant: str
    micro: int = 0
    escrow: int = 0
    #: All the credits for work that it was given.
    work_credits: int = 0
    #: On its way out of escrow, by the entry that asked for it.
    unlocking: dict[int, int] = field(default_factory=dict)

    def post(self, transfers: list[Mapping[str, Any]]) -> None:
        wallet, escrow = f"participant/{self.participant}", f"escrow/{self.participant}"
        for transfer in transfers:
            amount, debit, credit = int(transfer["amount"]), transfer["debit"], transfer["credit"]
            if transfer["unit"] == "micro":
                self.micro += amount * ((credit == wallet) - (debit == wallet))
                self.escrow += amount * ((credit == escrow) - (debit == escrow))
            elif credit.startswith("earned/") and credit.endswith(f"/{self.participant}"):
                self.work_credits += amount if transfer["unit"] == "work" else 0

    @property
    def counting(self) -> int:
        """Escrow less what is on its way out."""
        return max(self.escrow - sum(self.unlocking.values()), 0)

    def to_lock(self, least: int) -> int:
        """What of the wallet must be locked to have so much stake; 0: it has it, or cannot yet."""
        missing = least - self.counting
        return missing if 0 < missing <= self.micro else 0
