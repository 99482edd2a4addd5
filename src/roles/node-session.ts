/**
 * A node's session: joins, heartbeats, joins again when the ledger has given it up, drains where it may
 * take its time, and leaves with a deathrattle where not. The session number comes from the node's own fold, so a restart is the next session.
 */
import type { LaneInfo } from './compute-lane.ts';
import type { CommandClient } from './command-client.ts';
import type { Follower } from './follower.ts';
import type { ActorId } from '../events/ids.ts';
import type { Clock } from '../commands/ports/clock.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { RefusalCode } from '../commands/refusal.ts';
import type { Books } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { identityOf } from '../projections/identities.ts';
import { Refused } from './refused.ts';
import type { Say } from './telemetry/log-events.ts';

/** A node whose key was replaced or revoked has no place in the ledger. */
const KEY_OVER: readonly string[] = ['key_retired', 'key_revoked'] satisfies RefusalCode[];

export interface SessionOptions {
  readonly key: ActorId;
  readonly client: CommandClient;
  readonly follower: Follower;
  readonly clock: Clock;
  readonly info: LaneInfo;
  readonly software: string;
  /** Sets this process's commands apart from those of an earlier life of the same node. */
  readonly life: string;
  /** Entries in the log right now. */
  readonly logSize: () => Promise<number>;
  readonly say: Say;
}

export class NodeSession {
  readonly #options: SessionOptions;
  #number = 0;
  #beat = 0;
  #renewing: Promise<void> | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get number(): number {
    return this.#number;
  }

  speaksFor(participant: ActorId): boolean {
    return this.#number > 0 && participant === this.#self;
  }

  /** Who it speaks for: its key may have taken the place of an earlier one. */
  get #self(): ActorId {
    const { key, follower } = this.#options;
    return identityOf(follower.books, key);
  }

  /** Waits until this key speaks for a participant, then begins the next session. */
  async join(signal: AbortSignal): Promise<void> {
    const { key, client, follower, info, software, life } = this.#options;
    for (;;) {
      const books = await this.#admitted(signal);
      const actor = identityOf(books, key);
      const session = must(books.members[actor], 'member').session + 1;
      const reply = await client.send(
        `join-${actor}-${session}-${life}`,
        {
          type: 'daybook.participant.joined.v1',
          data: {
            participant: actor,
            session,
            computeClass: info.computeClass,
            backend: info.description,
            software,
          },
        },
        signal,
      );
      if (reply.status === 'recorded') {
        this.#number = session;
        await follower.reach(reply.sequence, signal);
        return;
      }
      // Another process with this key was faster: look again and go above it.
      if (reply.code !== 'session_out_of_step') throw new Refused('cannot join', reply);
    }
  }

  /** The books in which its key speaks for a participant; told when there are none yet. */
  async #admitted(signal: AbortSignal): Promise<Books> {
    const { key, follower, logSize, say } = this.#options;
    const isAdmitted = (now: Books): boolean => now.members[identityOf(now, key)] !== undefined;
    // A fold that lags would take the number of a session that is over.
    const size = await logSize();
    const books = await follower.until((now) => now.ledger.size >= size, signal);
    if (isAdmitted(books)) return books;
    const registers = (books.policy?.registry?.posture ?? 'curated') !== 'curated';
    say(
      registers
        ? `waiting: ${key} is not registered; register it with --recovery, or let daybook join do it`
        : `waiting for the operator to admit ${key}`,
      'node.not_admitted',
      { actor: key },
    );
    return follower.until(isAdmitted, signal);
  }

  /** Begins the session after one that the ledger has given up; several callers begin one together. */
  async renew(over: number, signal: AbortSignal): Promise<void> {
    if (this.#number !== over) return;
    this.#renewing ??= this.join(signal).finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  /** Heartbeat at the policy's pace until aborted. */
  async beatLoop(signal: AbortSignal): Promise<void> {
    const { client, follower, clock } = this.#options;
    while (!signal.aborted) {
      const pause = must(follower.books.policy, 'policy').liveness.heartbeatMs;
      await clock.sleep(pause, signal).catch(() => undefined);
      if (signal.aborted) return;
      this.#beat += 1;
      const session = this.#number;
      const actor = this.#self;
      const reply = await client
        .send(
          `beat-${actor}-${session}-${this.#beat}`,
          {
            type: 'daybook.participant.heartbeated.v1',
            data: { participant: actor, session, beat: this.#beat },
          },
          signal,
        )
        .catch((error: unknown) => {
          if (signal.aborted || error instanceof Fault) return null;
          throw error;
        });
      if (reply?.status === 'refused' && reply.code === 'session_over' && !signal.aborted)
        await this.renew(session, signal);
      if (reply?.status === 'refused' && KEY_OVER.includes(reply.code))
        throw new Refused('the key speaks for nobody any more', reply);
    }
  }

  /**
   * Asks to be given nothing more and to be let go once what it holds is done; again where too few would
   * stay, for others may come. Resolves when that is recorded, or where the session is over anyway.
   */
  async drain(signal: AbortSignal): Promise<'draining' | 'over'> {
    const { client, follower, clock, say } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const actor = this.#self;
      const session = this.#number;
      const reply = await client.send(
        `drain-${actor}-${session}-${attempt}`,
        { type: 'daybook.participant.draining.v1', data: { participant: actor, session } },
        signal,
      );
      if (reply.status === 'recorded') {
        say('drains: finishes what it holds and takes nothing new', 'node.drains', { session });
        return 'draining';
      }
      if (reply.code === 'session_over') return 'over';
      if (reply.code !== 'unsafe_shrink') throw new Refused('cannot drain', reply);
      say(`stays until others are there: ${reply.message}`, 'node.cannot_drain', { session });
      const pause = must(follower.books.policy, 'policy').liveness.heartbeatMs;
      await clock.sleep(pause, signal);
    }
  }

  /** Deathrattle: best effort, bounded by the signal given. */
  async leave(reason: string, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const actor = this.#self;
    if (this.#number === 0) return;
    await client
      .send(
        `leave-${actor}-${this.#number}`,
        {
          type: 'daybook.participant.left.v1',
          data: { participant: actor, session: this.#number, reason },
        },
        signal,
      )
      .catch(() => undefined);
  }
}
