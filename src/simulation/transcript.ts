/**
 * The transcript: what happened, one line an occurrence, with virtual time and tick. Two plays of
 * one scenario have the same transcript; its digest says so.
 */
import { createHash } from 'node:crypto';
import type { Reply } from '../commands/reply.ts';
import type { StoredCommit } from '../events/commit.ts';
import type { Digest } from '../events/ids.ts';
import type { Scheduler } from './scheduler.ts';

export class Transcript {
  readonly #scheduler: Scheduler;
  readonly #lines: string[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  stored({ position, payload }: StoredCommit): void {
    for (const line of Buffer.from(payload).toString('utf8').trimEnd().split('\n')) {
      const { sequence, type, subject, actor } = JSON.parse(line) as Record<string, string>;
      this.add(`commit ${position} entry ${Number(sequence)} ${type} ${subject} by ${actor}`);
    }
  }

  answered(answer: Uint8Array): void {
    const reply = JSON.parse(Buffer.from(answer).toString('utf8')) as Reply;
    this.add(
      `answer ${reply.status === 'recorded' ? `recorded ${reply.sequence}` : `${reply.status} ${reply.code}`}`,
    );
  }

  add(what: string): void {
    const time = new Date(this.#scheduler.nowMs()).toISOString().slice(11, 23);
    this.#lines.push(`${this.#scheduler.ticks} ${time} ${what}`);
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
