"""What a worker needs to know of a ledger, from its entries alone.

This is no fold of the books: the authority decides, validators judge, and `daybook audit` holds both
against the rules. A worker looks at its own membership, its assignments, and what they start from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .entry import Entry, verify_statement
from .refused import Refused

#: Sections of a policy that ask more of a worker than this one speaks.
UNSPOKEN = {
    "catchUp": "workers show a state before they get work",
    "registry": "workers register themselves and answer offers",
}


@dataclass
class Assignment:
    """Work that was issued to this worker."""

    id: str
    run: str
    window: int
    pages: Sequence[int]
    #: issued, claimed, committed, revealed, superseded, or how it was judged.
    state: str = "issued"
    session: int = 0
    #: Digest of the delta that this worker committed to.
    delta: str | None = None
    reasons: Sequence[str] = ()


@dataclass
class View:
    actor: str
    ledger: str
    size: int = 0
    authority: str | None = None
    operator: str | None = None
    policy: dict[str, Any] | None = None
    #: Whether this key was admitted as a worker.
    role: str | None = None
    session: int = 0
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Plans by run; what they are sent in is only looked at when work of theirs comes.
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    run_states: dict[str, str] = field(default_factory=dict)
    #: Digest of what a window starts from, by `<run>/<window>`.
    checkpoints: dict[str, str] = field(default_factory=dict)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    #: What is in this worker's wallet, micro-units; and all the credits for work that it was given.
    micro: int = 0
    work_credits: int = 0

    def take(self, entry: Entry) -> None:
        """Raises Refused where a fact that matters is not signed by whom it names."""
        self.size = entry["sequence"] + 1
        family, fact = entry["type"].split(".")[1:3]
        data = entry["data"]
        handler = getattr(self, f"_{family}_{fact}", None)
        if handler is None:
            return
        if "sig" in entry and not verify_statement(entry, entry["sig"]):
            raise Refused(
                "recording_bad_signature", f"entry {entry['sequence']} is not its author's"
            )
        handler(data, entry)

    def _ledger_opened(self, data: dict[str, Any], _: Entry) -> None:
        self.authority, self.operator = data["authority"], data["operator"]

    def _policy_adopted(self, data: dict[str, Any], _: Entry) -> None:
        self.policy = data

    def _participant_admitted(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.actor:
            self.role = data["role"]

    def _participant_joined(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.actor:
            self.session = data["session"]

    def _dataset_registered(self, data: dict[str, Any], _: Entry) -> None:
        self.datasets[data["dataset"]] = data

    def _run_planned(self, data: dict[str, Any], _: Entry) -> None:
        self.plans[data["run"]] = data
        self.run_states[data["run"]] = "planned"

    def _run_activated(self, data: dict[str, Any], _: Entry) -> None:
        self.run_states[data["run"]] = "active"

    def _run_completed(self, data: dict[str, Any], _: Entry) -> None:
        self.run_states[data["run"]] = "completed"

    def _run_failed(self, data: dict[str, Any], _: Entry) -> None:
        self.run_states[data["run"]] = "failed"

    def _window_planned(self, data: dict[str, Any], _: Entry) -> None:
        self.checkpoints[f"{data['run']}/{data['window']}"] = data["checkpoint"]

    def _assignment_issued(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.actor:
            name = data["assignment"]
            self.assignments[name] = Assignment(name, data["run"], data["window"], data["pages"])

    def _mine(self, data: dict[str, Any]) -> Assignment | None:
        return self.assignments.get(data["assignment"])

    def _assignment_claimed(self, data: dict[str, Any], _: Entry) -> None:
        if (mine := self._mine(data)) is not None:
            mine.state, mine.session = "claimed", data["session"]

    def _assignment_superseded(self, data: dict[str, Any], _: Entry) -> None:
        if (mine := self._mine(data)) is not None:
            mine.state, mine.reasons = "superseded", [data["reason"]]

    def _submission_committed(self, data: dict[str, Any], _: Entry) -> None:
        if (mine := self._mine(data)) is not None:
            mine.state, mine.delta = "committed", data["delta"]["digest"]

    def _window_sealed(self, data: dict[str, Any], _: Entry) -> None:
        for name in data["submissions"]:
            mine = self.assignments.get(name)
            if mine is not None and mine.state == "committed":
                mine.state = "sealed"

    def _upload_completed(self, data: dict[str, Any], _: Entry) -> None:
        if (mine := self._mine(data)) is not None and mine.state == "sealed":
            mine.state = "revealed"

    def _challenge_resolved(self, data: dict[str, Any], _: Entry) -> None:
        if (mine := self._mine(data)) is not None:
            mine.state, mine.reasons = data["disposition"], data["reasons"]

    def _journal_posted(self, data: dict[str, Any], _: Entry) -> None:
        wallet = f"participant/{self.actor}"
        for transfer in data["transfers"]:
            amount, credit = int(transfer["amount"]), transfer["credit"]
            if transfer["unit"] == "micro":
                self.micro += amount * ((credit == wallet) - (transfer["debit"] == wallet))
            elif credit.startswith("earned/") and credit.endswith(f"/{self.actor}"):
                self.work_credits += amount if transfer["unit"] == "work" else 0
