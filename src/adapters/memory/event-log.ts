/** The log in memory: an array of commits, position = index + 1. Handles share it through the world. */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import { checkAppendable } from '../commit-integrity.ts';
import type { MemoryLedger, MemoryWorld } from './world.ts';
import type { AppendConflict, EventLog, LogHead } from '../../commands/ports/event-log.ts';
import type { Commit, StoredCommit } from '../../events/commit.ts';
import type { CommitId, LedgerId, LogPosition } from '../../events/ids.ts';

function headOf(commits: readonly StoredCommit[]): LogHead {
  const last = commits.at(-1);
  if (last === undefined) return { position: 0 as LogPosition, size: 0, commitId: null };
  return { position: last.position, size: last.first + last.count, commitId: last.id };
}

class MemoryEventLog implements EventLog {
  readonly ledger: LedgerId;
  readonly appendsInFlight = 1;
  readonly #shared: MemoryLedger;
  readonly #closed = new AbortController();

  constructor(ledger: LedgerId, shared: MemoryLedger) {
    this.ledger = ledger;
    this.#shared = shared;
  }

  async head(): Promise<LogHead> {
    return headOf(this.#shared.commits);
  }

  async append(
    commit: Commit,
    expected: LogPosition,
    previous?: CommitId | null,
  ): Promise<E.Either<AppendConflict, LogPosition>> {
    checkAppendable(commit);
    const { commits, committed } = this.#shared;
    const head = headOf(commits);
    const isOther = previous !== undefined && head.commitId !== previous;
    if (head.position !== expected || commit.first !== head.size || isOther) {
      const stored = commits.find((other) => other.id === commit.id);
      if (stored !== undefined) return E.right(stored.position);
      return E.left({ kind: 'conflict', expected, head });
    }
    const position = (head.position + 1) as LogPosition;
    commits.push({ ...commit, payload: new Uint8Array(commit.payload), position });
    committed.ring();
    return E.right(position);
  }

  async *read(after: LogPosition): AsyncIterable<StoredCommit> {
    const { commits } = this.#shared;
    const end = commits.length;
    for (let at: number = after; at < end; at++) {
      const commit = commits[at];
      assert(commit !== undefined, 'the log only grows');
      yield commit;
    }
  }

  async *follow(after: LogPosition, signal: AbortSignal): AsyncIterable<StoredCommit> {
    const { commits, committed } = this.#shared;
    const watch = committed.watch([signal, this.#closed.signal]);
    try {
      for (let at: number = after; !watch.over;) {
        const commit = commits[at];
        if (commit === undefined) {
          await watch.next();
          continue;
        }
        yield commit;
        at++;
      }
    } finally {
      watch.close();
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

export function openLog(world: MemoryWorld, ledger: LedgerId): EventLog {
  return new MemoryEventLog(ledger, world.ledger(ledger));
}
