"""What a worker needs to know of a ledger, from its entries alone.

This is no fold of the books: the authority decides, validators judge, and `daybook audit` holds both
against the rules. A worker looks at its own membership, its assignments, and what they start from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .entry import Entry, verify_statement
from .money import Money
from .refused import Refused

#: What a plan may ask for and this worker does not speak, with the reason that it gives.
UNSPOKEN = {
    "encoding": "compute_class_mismatch",
    "stages": "compute_class_mismatch",
    "adapter": "adapter_unsupported",
}
#: Nobody works for a run in these states.
IDLE = {"planned", "completed", "failed"}
#: Artifacts that one node offers at once.
OFFERS_MAX = 16


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


@dataclass(frozen=True)
class Revision:
    number: int
    #: Digest and size of its checkpoint.
    checkpoint: Mapping[str, Any]


@dataclass(frozen=True)
class WindowStart:
    #: Digest of the checkpoint that it starts from.
    checkpoint: str
    policy: int


@dataclass(frozen=True)
class ChunksOffer:
    """A node says that it serves an artifact."""

    actor: str
    endpoint: str
    root: str
    until_ms: int


@dataclass
class View:
    actor: str
    ledger: str
    #: Whom the key stands for: itself, unless it took an earlier one's place.
    participant: str = ""
    size: int = 0
    authority: str | None = None
    operator: str | None = None
    policy: dict[str, Any] | None = None
    #: All that were adopted, by revision: a window is decided by the one that it was planned under.
    policies: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: Whether the participant was admitted, or registered itself, and as what.
    role: str | None = None
    #: It registered, and named a key that can replace its own.
    registered: bool = False
    session: int = 0
    #: The last session that drains or did, and the last that was let go.
    draining: int = 0
    drained: int = 0
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Plans by run; what they are sent in is only looked at when work of theirs comes.
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    run_states: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, list[Revision]] = field(default_factory=dict)
    #: By `<run>/<window>`.
    starts: dict[str, WindowStart] = field(default_factory=dict)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    #: Runs that offer work to this participant now, and until when, in milliseconds.
    offers: dict[str, int] = field(default_factory=dict)
    #: By run, the session in which this worker showed a state of it.
    caught_up: dict[str, int] = field(default_factory=dict)
    #: By node and artifact.
    chunks: dict[str, dict[str, ChunksOffer]] = field(default_factory=dict)
    #: That speak for the participant or did.
    keys: set[str] = field(init=False)
    money: Money = field(init=False)

    def __post_init__(self) -> None:
        self.participant = self.participant or self.actor
        self.keys = {self.actor, self.participant}
        self.money = Money(self.participant)

    @property
    def out(self) -> bool:
        """The ledger has let its session go: it holds nothing, or its time to drain was over."""
        return 0 < self.session == self.drained

    @property
    def micro(self) -> int:
        """What is in this worker's wallet, micro-units."""
        return self.money.micro

    @property
    def work_credits(self) -> int:
        """All the credits for work that it was given."""
        return self.money.work_credits

    @property
    def least_stake(self) -> int:
        terms = (self.policy or {}).get("registry")
        return 0 if terms is None else int(terms["workerStake"])

    def unfit(self, run: str) -> str | None:
        """Why this worker cannot work for a run; None: it can."""
        plan = self.plans[run]
        return next((reason for name, reason in UNSPOKEN.items() if plan.get(name)), None)

    def asks_for_state(self, held: Assignment) -> bool:
        """Whether its claim must show what it starts from."""
        start = self.starts[f"{held.run}/{held.window}"]
        return "catchUp" in self.policies[start.policy]

    def behind(self) -> str | None:
        """A run that this worker may get work of and has shown no state of in its session."""
        if "catchUp" not in (self.policy or {}):
            return None
        live = (run for run in self.revisions if self.run_states[run] not in IDLE)
        wanted = (run for run in live if self.caught_up.get(run) != self.session)
        return next((run for run in wanted if self.unfit(run) is None), None)

    def checkpoint_of(self, held: Assignment) -> Mapping[str, Any]:
        """Digest and size of what an assignment starts from."""
        digest = self.starts[f"{held.run}/{held.window}"].checkpoint
        for revision in reversed(self.revisions[held.run]):
            if revision.checkpoint["digest"] == digest:
                return revision.checkpoint
        raise Refused("revision_unknown", f"{held.id} starts from {digest}, no revision of the run")

    def offers_of(self, digest: str, now_ms: int) -> list[ChunksOffer]:
        """Who serves an artifact now, by key in ascending order."""
        offers = (self.chunks[actor].get(digest) for actor in sorted(self.chunks))
        return [one for one in offers if one is not None and one.until_ms > now_ms]

    def take(self, entry: Entry) -> None:
        """Raises Refused where a fact that matters does not carry its author's signature."""
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
        # A section that is null is not offered.
        self.policy = {name: value for name, value in data.items() if value is not None}
        self.policies[data["revision"]] = self.policy

    def _revision_activated(self, data: dict[str, Any], entry: Entry) -> None:
        if data["policy"] is not None:
            self._policy_adopted(data["policy"], entry)

    def _participant_admitted(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
            self.role = data["role"]

    def _participant_joined(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
            self.session = data["session"]

    def _participant_draining(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
            self.draining = data["session"]

    def _participant_drained(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
            self.drained = data["session"]

    def _identity_registered(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
            self.registered = True
            self.role = self.role or data["role"]

    def _identity_rotated(self, data: dict[str, Any], _: Entry) -> None:
        if data["key"] == self.actor:
            self.participant = data["participant"]
        if data["participant"] == self.participant:
            self.keys.add(data["key"])

    def _stake_unlocking(self, data: dict[str, Any], entry: Entry) -> None:
        if data["participant"] == self.participant:
            self.money.unlocking[entry["sequence"]] = int(data["amount"])

    def _stake_released(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
            self.money.unlocking.pop(data["asked"], None)

    def _dataset_registered(self, data: dict[str, Any], _: Entry) -> None:
        self.datasets[data["dataset"]] = data

    def _run_planned(self, data: dict[str, Any], _: Entry) -> None:
        self.plans[data["run"]] = data
        self.run_states[data["run"]] = "planned"

    def _run_initializing(self, data: dict[str, Any], _: Entry) -> None:
        self.run_states[data["run"]] = "initializing"
        self.revisions[data["run"]] = [Revision(0, data["checkpoint"])]

    def _run_activated(self, data: dict[str, Any], _: Entry) -> None:
        self.run_states[data["run"]] = "active"

    def _run_completed(self, data: dict[str, Any], _: Entry) -> None:
        self._run_over(data["run"], "completed")

    def _run_failed(self, data: dict[str, Any], _: Entry) -> None:
        self._run_over(data["run"], "failed")

    def _run_over(self, run: str, state: str) -> None:
        self.run_states[run] = state
        self.offers.pop(run, None)

    def _checkpoint_promoted(self, data: dict[str, Any], _: Entry) -> None:
        self.revisions[data["run"]].append(Revision(data["revision"], data["checkpoint"]))

    _checkpoint_restored = _checkpoint_promoted

    def _window_planned(self, data: dict[str, Any], _: Entry) -> None:
        start = WindowStart(data["checkpoint"], data["policyRevision"])
        self.starts[f"{data['run']}/{data['window']}"] = start

    def _offer_made(self, data: dict[str, Any], _: Entry) -> None:
        if self.participant in data["participants"]:
            self.offers[data["run"]] = data["untilMs"]

    def _offer_lapsed(self, data: dict[str, Any], _: Entry) -> None:
        if self.participant in data["participants"]:
            self.offers.pop(data["run"], None)

    def _offer_accepted(self, data: dict[str, Any], entry: Entry) -> None:
        if entry["actor"] in self.keys:
            self.offers.pop(data["run"], None)

    _offer_declined = _offer_accepted

    def _catchup_completed(self, data: dict[str, Any], entry: Entry) -> None:
        if entry["actor"] in self.keys:
            self.caught_up[data["run"]] = data["session"]

    def _chunks_advertised(self, data: dict[str, Any], entry: Entry) -> None:
        if entry["actor"] in self.keys:
            return
        until_ms = _ms_of(entry["time"]) + data["goodForMs"]
        offers = self.chunks.setdefault(entry["actor"], {})
        offers.pop(data["artifact"]["digest"], None)
        if len(offers) == OFFERS_MAX:
            del offers[min(offers, key=lambda digest: offers[digest].until_ms)]
        offers[data["artifact"]["digest"]] = ChunksOffer(
            entry["actor"], data["endpoint"], data["root"], until_ms
        )

    def _assignment_issued(self, data: dict[str, Any], _: Entry) -> None:
        if data["participant"] == self.participant:
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
        # What a stage came to is no delta; stages are not worked on here.
        if (mine := self._mine(data)) is not None and "delta" in data:
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
        self.money.post(data["transfers"])


def _ms_of(time: str) -> int:
    """Milliseconds since 1970 of an entry's time."""
    return int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)
