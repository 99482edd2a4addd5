/**
 * Reading the log in order, as it comes. The commits come from a consumer, which the server places on
 * any replica: one that was restarted may be behind the log for minutes and say all the while that it
 * is well. So whenever a consumer has nothing to say, the log's leader is asked where the log ends,
 * and what is missing is read from the leader.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumerMessages } from '@nats-io/jetstream';
import { checkStored } from '../commit-integrity.ts';
import { commitOfMessage } from './commit-message.ts';
import { orReconnected, type Link } from './link.ts';
import { natsFault } from './nats-fault.ts';
import type { LogHead } from '../../commands/ports/event-log.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { StoredCommit } from '../../events/commit.ts';
import type { LogPosition } from '../../events/ids.ts';

/** Commits the client holds ahead of the reader; each may be near 1 MB. */
const READ_AHEAD = 128;
const FOLLOW_PAUSE_MS = 250;
/** Of a consumer with nothing to say; two missed are silence. */
const HEARTBEAT_MS = 5_000;

/** The log as its leader has it: what was acknowledged is there. */
export interface LeadersLog {
  head(): Promise<LogHead>;
  at(position: LogPosition): Promise<StoredCommit>;
}

export class LogReader {
  readonly #link: Link;
  readonly #stream: string;
  readonly #leaders: LeadersLog;
  readonly #closed = new AbortController();

  constructor(link: Link, stream: string, leaders: LeadersLog) {
    this.#link = link;
    this.#stream = stream;
    this.#leaders = leaders;
  }

  /** Up to where the log ends now. */
  async *read(after: LogPosition): AsyncIterable<StoredCommit> {
    const { position: end } = await this.#leaders.head();
    if (after >= end) return;
    for await (const commit of this.#commits(after, this.#closed.signal)) {
      yield commit;
      if (commit.position >= end) return;
    }
    throw new Fault('log_unavailable', 'The log was closed while it was read.', {
      retryable: false,
    });
  }

  follow(after: LogPosition, signal: AbortSignal): AsyncIterable<StoredCommit> {
    return this.#commits(after, AbortSignal.any([signal, this.#closed.signal]));
  }

  close(): void {
    this.#closed.abort();
  }

  /**
   * Everything after a position as it comes. The server forgets its side of a reader that was away
   * for long; our own position is what counts, and we go on from there.
   */
  async *#commits(after: LogPosition, stop: AbortSignal): AsyncIterable<StoredCommit> {
    let at = after;
    let nextSequence: number | null = after === 0 ? 0 : null;
    while (!stop.aborted) {
      try {
        for await (const stored of this.#stretch(at, stop)) {
          const commit = checkStored(stored, nextSequence);
          nextSequence = commit.first + commit.count;
          at = commit.position;
          yield commit;
          if (stop.aborted) return;
        }
      } catch (error) {
        const fault = natsFault('Following the log', error, 'log_unavailable', this.#link.login);
        if (fault.code !== 'log_unavailable') throw fault;
      }
      if (!stop.aborted) await delay(FOLLOW_PAUSE_MS, undefined, { signal: stop }).catch(() => {});
    }
  }

  /** What one consumer gives, and then what it was behind by when it was left. */
  async *#stretch(after: LogPosition, stop: AbortSignal): AsyncIterable<StoredCommit> {
    let at = after;
    for await (const commit of this.#consume(after, stop)) {
      at = commit.position;
      yield commit;
    }
    if (stop.aborted) return;
    const { position: end } = await this.#leaders.head();
    // What a consumer that was left for silence had not sent yet is as little as this, or much: then
    // the next consumer gives it faster.
    const until = Math.min(end, at + READ_AHEAD);
    while (at < until && !stop.aborted) {
      at = (at + 1) as LogPosition;
      yield await this.#leaders.at(at);
    }
  }

  async *#consume(after: LogPosition, stop: AbortSignal): AsyncIterable<StoredCommit> {
    const getting = this.#link.js.consumers.get(this.#stream, {
      opt_start_seq: after + 1,
      deliver_policy: 'by_start_sequence',
    });
    const consumer = await orReconnected(this.#link, getting);
    const messages: ConsumerMessages = await consumer.consume({
      max_messages: READ_AHEAD,
      idle_heartbeat: HEARTBEAT_MS,
    });
    void this.#leaveWhenUseless(messages);
    // A server that was restarted has forgotten this consumer: leave, to come back for the rest.
    const left = new AbortController();
    const leaving = AbortSignal.any([stop, left.signal]);
    void this.#link.reconnected.wait(leaving).then(() => messages.close());
    try {
      for await (const message of messages) {
        yield commitOfMessage(message.seq, message.headers, message.data);
      }
    } finally {
      left.abort();
      await messages.close();
      if (!this.#link.nc.isClosed()) await consumer.delete().catch(() => undefined);
    }
  }

  /**
   * A consumer that is silent is left, to ask for another, of this server or the next; and so is one
   * that had not sent by one heartbeat what the log had at the one before.
   */
  async #leaveWhenUseless(messages: ConsumerMessages): Promise<void> {
    let due = 0;
    for await (const status of messages.status()) {
      if (status.type === 'heartbeats_missed') messages.stop();
      if (status.type !== 'heartbeat') continue;
      if (status.lastStreamSequence < due) messages.stop();
      due = await this.#leaders.head().then(
        ({ position }) => position,
        () => due,
      );
    }
  }
}
