/**
 * The transcript: what happened, one line an occurrence, with virtual time and tick. Two plays of
 * one scenario have the same transcript; its digest says so.
 */
import { createHash } from 'node:crypto';
import type { Reply } from '../commands/reply.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { Digest } from '../events/ids.ts';
import type { Scheduler } from './scheduler.ts';

export class Transcript {
  readonly #scheduler: Scheduler;
  readonly #lines: string[] = [];
  #time = { ms: NaN, text: '' };

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  stored({ position }: StoredCommit, events: readonly LedgerEvent[]): void {
    for (const { sequence, type, subject, actor } of events)
      this.add(`commit ${position} entry ${sequence} ${type} ${subject} by ${actor}`);
  }

  answered(reply: Reply): void {
    this.add(
      `answer ${reply.status === 'recorded' ? `recorded ${reply.sequence}` : `${reply.status} ${reply.code}`}`,
    );
  }

  add(what: string): void {
    const ms = this.#scheduler.nowMs();
    if (ms !== this.#time.ms) this.#time = { ms, text: new Date(ms).toISOString().slice(11, 23) };
    this.#lines.push(`${this.#scheduler.ticks} ${this.#time.text} ${what}`);
  }

  last(count: number): string[] {
    return count === 0 ? [] : this.#lines.slice(-count);
  }

  digest(): Digest {
    const hash = createHash('sha256');
    for (const line of this.#lines) hash.update(line).update('\n');
    return `sha256:${hash.digest('hex')}` as Digest;
  }
}
