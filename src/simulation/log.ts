/**
 * The log as one process sees it: the memory log behind hops, outages, lost acknowledgements and
 * lag. Invariant: what is stored and in which order is the memory log's business alone; the weather
 * decides only who hears of it, and when.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { AppendConflict, EventLog, LogHead } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Commit, StoredCommit } from '../events/commit.ts';
import type { CommitId, LedgerId, LogPosition } from '../events/ids.ts';
import type { Host } from './host.ts';

/** How long a process tries before it finds that nobody is there. */
const UNREACHED_MS = 200;

export class SimulatedLog implements EventLog {
  readonly ledger: LedgerId;
  readonly appendsInFlight: number;
  readonly #inner: EventLog;
  readonly #host: Host;

  constructor(inner: EventLog, host: Host) {
    this.ledger = inner.ledger;
    this.appendsInFlight = inner.appendsInFlight;
    this.#inner = inner;
    this.#host = host;
  }

  head(): Promise<LogHead> {
    return this.#host.seen(this.#reached().then(() => this.#inner.head()));
  }

  append(
    commit: Commit,
    expected: LogPosition,
    previous?: CommitId | null,
  ): Promise<Either<AppendConflict, LogPosition>> {
    const sent = { ...commit, payload: new Uint8Array(commit.payload) };
    return this.#host.seen(this.#append(sent, expected, previous));
  }

  async #append(
    commit: Commit,
    expected: LogPosition,
    previous: CommitId | null | undefined,
  ): Promise<Either<AppendConflict, LogPosition>> {
    await this.#reached();
    const lost = this.#host.weather.lostAck();
    if (lost !== null) {
      if (lost.stored) await this.#inner.append(commit, expected, previous);
      await this.#host.hop();
      throw unknown();
    }
    const result = await this.#inner.append(commit, expected, previous);
    await this.#host.hop();
    if (this.#awayMs() > 0) throw unknown();
    return result;
  }

  async *read(after: LogPosition): AsyncIterable<StoredCommit> {
    await this.#reached();
    await this.#host.awake();
    yield* this.#inner.read(after);
  }

  async *follow(after: LogPosition, signal: AbortSignal): AsyncIterable<StoredCommit> {
    const stop = AbortSignal.any([signal, this.#host.death]);
    const { weather, name } = this.#host;
    let known: number = after;
    for await (const commit of this.#inner.follow(after, stop)) {
      if (commit.position > known) {
        const lateMs = weather.lagMs(name);
        if (lateMs > 0) await this.#host.hop(lateMs);
        known = (await this.#inner.head()).position;
      }
      while (this.#awayMs() > 0) await this.#host.hop(this.#awayMs());
      if (!this.#host.isAwake) await this.#host.awake();
      if (signal.aborted) return;
      yield commit;
    }
    await this.#host.awake();
  }

  /** One hop to the log. @throws Fault log_unavailable */
  async #reached(): Promise<void> {
    if (this.#awayMs() === 0) await this.#host.hop();
    if (this.#awayMs() === 0) return;
    await this.#host.hop(UNREACHED_MS);
    throw new Fault('log_unavailable', 'The log cannot be reached now.', { retryable: true });
  }

  #awayMs(): number {
    const { weather, name } = this.#host;
    return Math.max(weather.isolatedMs(name), weather.logOutageMs());
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}

const unknown = (): Fault =>
  new Fault('log_outcome_unknown', 'The append was sent and not answered.', { retryable: true });
