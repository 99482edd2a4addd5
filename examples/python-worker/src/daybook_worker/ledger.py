"""A ledger on NATS: its log as it comes, commands, and artifacts. Everything here is asyncio.

The log is a JetStream stream of commits; commands are core NATS requests; artifacts lie in an object
store under the hex of their SHA-256. Nothing that comes from the server is believed: commits must
continue the tree of those before, artifacts must have the digest that was asked for.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client

from .checkpoint import Checkpoint, verify_checkpoint
from .entry import Entry, command_id, decode_entry, sign_statement, unpack_commit
from .keys import SigningKey, bytes_of_base64, digest_of
from .refused import Refused
from .tree import CompactRange, leaf_hash

CHUNK_BYTES = 512 * 1024
REQUEST_TIMEOUT_S = 5.0
AGAIN_S = 0.25
PULL_EXPIRES_S = 5.0
#: No answers to a command: the same is sent again.
NO_ANSWERS = {"overloaded", "not_leading"}
PASSING = {"log_unavailable", "log_outcome_unknown", "log_locked"}
#: Under these names a fact is sent as a command; its subject is made of its data.
COMMANDS = {
    "daybook.participant.joined.v1": ("join", "participant/{participant}"),
    "daybook.participant.heartbeated.v1": ("heartbeat", "participant/{participant}"),
    "daybook.participant.draining.v1": ("drain", "participant/{participant}"),
    "daybook.participant.left.v1": ("leave", "participant/{participant}"),
    "daybook.identity.registered.v1": ("register-identity", "participant/{participant}"),
    "daybook.stake.locked.v1": ("lock-stake", "participant/{participant}"),
    "daybook.offer.accepted.v1": ("accept-offer", "run/{run}"),
    "daybook.offer.declined.v1": ("decline-offer", "run/{run}"),
    "daybook.catchup.completed.v1": ("complete-catch-up", "run/{run}/revision/{revision}"),
    "daybook.assignment.claimed.v1": ("claim-assignment", "assignment/{assignment}"),
    "daybook.assignment.claimed.v2": ("claim-assignment-with-state", "assignment/{assignment}"),
    "daybook.assignment.failed.v1": ("fail-assignment", "assignment/{assignment}"),
    "daybook.submission.committed.v1": ("commit-submission", "assignment/{assignment}"),
    "daybook.upload.completed.v1": ("reveal-submission", "assignment/{assignment}"),
}


class LedgerError(Exception):
    """The ledger, or the way to it, does not do what a worker needs."""


@dataclass(frozen=True)
class Reply:
    """An answer of the authority. `code` is set where it refused."""

    sequence: int
    code: str | None
    message: str

    @property
    def recorded(self) -> bool:
        return self.code is None


def _connection(url: str) -> dict[str, Any]:
    """What `nats.connect` is given for `nats://[user:password@]host:port[,host:port][?nkey=file]`."""
    parts = urlsplit(url)
    if parts.scheme != "nats" or not parts.netloc:
        raise LedgerError(f"wanted nats://host:port, not {url!r}")
    login, _, hosts = parts.netloc.rpartition("@")
    options: dict[str, Any] = {"servers": [f"nats://{host}" for host in hosts.split(",")]}
    name: str | None = None
    if login:
        user, _, password = login.partition(":")
        name = unquote(user)
        options |= {"user": name, "password": unquote(password)}
    seeds = parse_qs(parts.query).get("nkey")
    if seeds:
        with open(seeds[0], encoding="ascii") as file:
            name = SigningKey.from_seed(file.read().strip()).actor
        options["nkeys_seed"] = seeds[0]
    # Permissions keep others out of a login's inboxes by its name.
    return options if name is None else {**options, "inbox_prefix": f"_INBOX.{name}"}


class Ledger:
    """One connection. `tree` is what has been followed so far."""

    def __init__(self, nc: Client, ledger: str) -> None:
        self._nc = nc
        self.name = ledger
        self.tree = CompactRange()
        self.nonce: str | None = None
        self._log_stream = f"DAYBOOK_{ledger}"
        self._steps_stream = f"DAYBOOK_{ledger}_STEPS"
        self._bucket = f"DAYBOOK_{ledger}"

    @staticmethod
    async def open(url: str, ledger: str) -> Ledger:
        """Raises LedgerError when there is no such server or ledger."""
        try:
            nc = await nats.connect(
                **_connection(url),
                max_reconnect_attempts=-1,
                connect_timeout=5,
                allow_reconnect=True,
                reconnect_time_wait=0.2,
            )
        except (OSError, nats.errors.Error, asyncio.TimeoutError) as error:
            raise LedgerError(f"no connection to {url.rpartition('@')[2]}: {error}") from None
        opened = Ledger(nc, ledger)
        try:
            await opened._api(f"STREAM.INFO.{opened._log_stream}", {})
        except LedgerError:
            await nc.close()
            raise LedgerError(f"there is no ledger {ledger!r} on this server") from None
        return opened

    async def close(self) -> None:
        await self._nc.close()

    async def _api(self, subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
        payload = json.dumps(body).encode() if body else b""
        message = await self._nc.request(f"$JS.API.{subject}", payload, timeout=REQUEST_TIMEOUT_S)
        answer: dict[str, Any] = json.loads(message.data)
        if "error" in answer:
            raise LedgerError(f"{subject}: {answer['error'].get('description')}")
        return answer

    # The log

    def forget(self) -> None:
        """To follow the log from its first entry on again."""
        self.tree = CompactRange()

    async def size(self) -> int:
        """Entries that the authority says there are, under a head that its key signed."""
        return (await self.head()).size

    async def head(self, verifier_key: str | None = None) -> Checkpoint:
        """The authority's signed head; by default under the key that it names itself."""
        query = json.dumps({"query": "head", "atLeast": self.tree.size}).encode()
        answer = json.loads(await self._request(f"daybook.{self.name}.query", query, 30.0))
        if answer.get("status") != "head":
            raise LedgerError(f"the authority gave no head: {answer.get('message')}")
        return verify_checkpoint(verifier_key or answer["verifierKey"], answer["checkpoint"])

    async def follow(self) -> AsyncGenerator[list[Entry], None]:
        """Each commit's entries from the first on, for ever. Raises Refused where the log is not whole."""
        position = 0
        while True:
            name = f"py-{secrets.token_hex(8)}"
            config = {
                "name": name,
                "deliver_policy": "by_start_sequence",
                "opt_start_seq": position + 1,
                "ack_policy": "none",
                "inactive_threshold": 60_000_000_000,
                "mem_storage": True,
                "num_replicas": 1,
            }
            body = {"stream_name": self._log_stream, "config": config}
            try:
                await self._api(f"CONSUMER.CREATE.{self._log_stream}.{name}", body)
                async for message in self._pulled(self._log_stream, name):
                    at = int(message.reply.split(".")[-4])
                    if at != position + 1:
                        break
                    position = at
                    yield self._entries(message)
            except (nats.errors.Error, asyncio.TimeoutError, LedgerError):
                pass
            await asyncio.sleep(AGAIN_S)

    async def _pulled(self, stream: str, consumer: str, batch: int = 64) -> AsyncIterator[Any]:
        """Messages of a pull consumer as they come; ends when the server says that it is gone."""
        inbox = self._nc.new_inbox()
        subscription = await self._nc.subscribe(
            inbox, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        request = {"batch": batch, "expires": int(PULL_EXPIRES_S * 1e9)}
        try:
            while True:
                next_subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
                await self._nc.publish(next_subject, json.dumps(request).encode(), reply=inbox)
                for _ in range(batch):
                    message = await subscription.next_msg(timeout=PULL_EXPIRES_S + 3)
                    status = (message.headers or {}).get("Status")
                    if status in ("404", "408"):
                        break
                    if status is not None:
                        return
                    yield message
        finally:
            await subscription.unsubscribe()

    def _entries(self, message: Any) -> list[Entry]:
        headers = message.headers or {}
        first, count = int(headers["Daybook-First"]), int(headers["Daybook-Count"])
        lines = unpack_commit(first, count, headers["Daybook-Root"], message.data)
        if first != self.tree.size:
            raise Refused("log_corrupt", f"a commit from {first} on where {self.tree.size} is next")
        entries = []
        for line in lines:
            entry = decode_entry(line)
            if entry["sequence"] != self.tree.size or entry["source"] != f"/ledgers/{self.name}":
                raise Refused("log_corrupt", f"entry {self.tree.size} is another one")
            self.tree.append(leaf_hash(line))
            entries.append(entry)
        if self.tree.root() != bytes_of_base64(headers["Daybook-Root"]):
            raise Refused(
                "log_corrupt", f"the root after entry {self.tree.size - 1} is another one"
            )
        if first == 0:
            self.nonce = entries[0]["data"].get("nonce")
        return entries

    # Commands

    async def _request(self, subject: str, payload: bytes, timeout: float) -> bytes:
        while True:
            try:
                return (await self._nc.request(subject, payload, timeout=timeout)).data
            except nats.errors.NoRespondersError:
                # Nobody serves now: a standby takes over, or the authority comes up.
                await asyncio.sleep(AGAIN_S)

    async def send(self, key: SigningKey, name: str, type_: str, data: Mapping[str, Any]) -> Reply:
        """Sends a fact as the command that asserts it until it is answered; sending again is harmless."""
        command, subject = COMMANDS[type_]
        statement = {
            "actor": key.actor,
            "commandid": command_id(name, self.nonce, self.tree.size),
            "data": data,
            "source": f"/ledgers/{self.name}",
            "subject": subject.format(**data),
            "type": type_,
        }
        wire = {
            "command": command,
            "id": statement["commandid"],
            "ledger": self.name,
            "actor": key.actor,
            "data": data,
            "sig": sign_statement(key, statement),
        }
        payload = json.dumps(wire, ensure_ascii=False).encode()
        while True:
            try:
                answer = json.loads(
                    await self._request(f"daybook.{self.name}.command", payload, REQUEST_TIMEOUT_S)
                )
            except (nats.errors.Error, asyncio.TimeoutError):
                await asyncio.sleep(AGAIN_S)
                continue
            status, code = answer.get("status"), answer.get("code")
            if status == "recorded":
                return Reply(answer["sequence"], None, "")
            if (status == "refused" and code in NO_ANSWERS) or (
                status == "fault" and code in PASSING
            ):
                await asyncio.sleep(AGAIN_S)
            elif status == "refused":
                return Reply(-1, code, answer["message"])
            else:
                raise LedgerError(f"{command}: {code}: {answer.get('message')}")

    async def drain_steps(self, actor: str) -> None:
        """Takes this node's steps out of their queue, for ever.

        They only point into the log, which is followed anyhow; left lying they would fill the queue.
        """
        config = {
            "durable_name": actor,
            "description": f"The steps of one worker of {self.name}, one at a time.",
            "filter_subject": f"daybook.{self.name}.step.{actor}.*",
            "ack_policy": "explicit",
            "ack_wait": 6_000_000_000,
            "deliver_policy": "all",
            "replay_policy": "instant",
            "max_ack_pending": 1,
            "max_deliver": -1,
        }
        stream = self._steps_stream
        create = f"CONSUMER.CREATE.{stream}.{actor}.{config['filter_subject']}"
        while True:
            try:
                await self._api(create, {"stream_name": stream, "config": config})
                async for message in self._pulled(stream, actor, 1):
                    await self._nc.publish(message.reply, b"+ACK")
            except (nats.errors.Error, asyncio.TimeoutError, LedgerError):
                pass
            await asyncio.sleep(AGAIN_S)

    # Artifacts

    async def get(self, digest: str) -> bytes:
        """The bytes under a digest. Raises LedgerError when they are not there, Refused when others are."""
        name = digest.removeprefix("sha256:")
        stream = f"OBJ_{self._bucket}"
        last = {"last_by_subj": f"$O.{self._bucket}.M.{_object_token(name)}"}
        found = await self._api(f"STREAM.MSG.GET.{stream}", last)
        meta = json.loads(base64.b64decode(found["message"]["data"]))
        data = await self._chunks(stream, meta["nuid"], meta["chunks"]) if meta["chunks"] else b""
        if digest_of(data) != digest:
            raise Refused("artifact_corrupt", f"the artifact under {digest} has other bytes")
        return data

    async def _chunks(self, stream: str, nuid: str, count: int) -> bytes:
        inbox, name = self._nc.new_inbox(), f"py-{secrets.token_hex(8)}"
        subject = f"$O.{self._bucket}.C.{nuid}"
        config = {
            "name": name,
            "deliver_subject": inbox,
            "filter_subject": subject,
            "deliver_policy": "all",
            "ack_policy": "none",
            "inactive_threshold": 60_000_000_000,
            "mem_storage": True,
            "num_replicas": 1,
        }
        subscription = await self._nc.subscribe(
            inbox, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        try:
            body = {"stream_name": stream, "config": config}
            await self._api(f"CONSUMER.CREATE.{stream}.{name}.{subject}", body)
            parts = [(await subscription.next_msg(timeout=60)).data for _ in range(count)]
            await self._api(f"CONSUMER.DELETE.{stream}.{name}", {})
        finally:
            await subscription.unsubscribe()
        return b"".join(parts)

    async def put(self, data: bytes) -> dict[str, Any]:
        """Stores bytes under their digest: chunks first, then the metadata that names them."""
        digest = digest_of(data)
        nuid = secrets.token_hex(11)
        js = self._nc.jetstream(timeout=30)
        chunks = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
        for chunk in chunks:
            await js.publish(f"$O.{self._bucket}.C.{nuid}", chunk)
        name = digest.removeprefix("sha256:")
        sha = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        meta = {
            "name": name,
            "bucket": self._bucket,
            "nuid": nuid,
            "size": len(data),
            "chunks": len(chunks),
            "digest": f"SHA-256={sha}",
            "mtime": now,
            "deleted": False,
            "options": {"max_chunk_size": CHUNK_BYTES},
        }
        subject = f"$O.{self._bucket}.M.{_object_token(name)}"
        await js.publish(subject, json.dumps(meta).encode(), headers={"Nats-Rollup": "sub"})
        return {"digest": digest, "sizeBytes": len(data)}


def _object_token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()
