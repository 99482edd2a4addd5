/**
 * The world of one simulation: time, weather, and the one log, store and channel that all processes
 * share, each through ports of its own. Invariant: every commit that is stored passes the witness
 * before anybody can hear of it.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import { isRight } from 'fp-ts/lib/Either.js';
import { openArtifacts } from '../adapters/memory/artifacts.ts';
import { openChannel } from '../adapters/memory/channel.ts';
import { openLog } from '../adapters/memory/event-log.ts';
import { openLeadership } from '../adapters/memory/leadership.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import type { AppendConflict, EventLog } from '../commands/ports/event-log.ts';
import type { Commit, StoredCommit } from '../events/commit.ts';
import type { CommitId, Digest, LedgerId, LogPosition } from '../events/ids.ts';
import type { ShownFrom } from './artifacts.ts';
import type { AnswerWatch } from './channel.ts';
import type { Host } from './host.ts';
import type { Ports } from './ports.ts';
import { portsOver } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { Weather } from './weather.ts';

export interface Watch {
  readonly stored: (commit: StoredCommit) => void;
  readonly answered: AnswerWatch;
}

export class World {
  readonly ledger: LedgerId;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly #memory: MemoryWorld;
  readonly #shownFrom: ShownFrom = new Map();
  readonly #watch: Watch;

  constructor(ledger: LedgerId, scheduler: Scheduler, weather: Weather, watch: Watch) {
    this.ledger = ledger;
    this.scheduler = scheduler;
    this.weather = weather;
    this.#memory = new MemoryWorld(scheduler);
    this.#watch = watch;
  }

  get commits(): readonly StoredCommit[] {
    return this.#memory.ledger(this.ledger).commits;
  }

  /** What the store holds, for whoever damages it. */
  get artifacts(): Map<Digest, Uint8Array> {
    return this.#memory.ledger(this.ledger).artifacts;
  }

  portsFor(host: Host): Ports {
    const { ledger } = this;
    const beneath = {
      log: this.#watchedLog(),
      artifacts: openArtifacts(this.#memory, ledger),
      channel: openChannel(this.#memory, ledger),
      leadership: openLeadership(this.#memory, ledger),
    };
    return portsOver(beneath, host, {
      shownFrom: this.#shownFrom,
      answered: this.#watch.answered,
    });
  }

  #watchedLog(): EventLog {
    const inner = openLog(this.#memory, this.ledger);
    const append = async (
      commit: Commit,
      expected: LogPosition,
      previous?: CommitId | null,
    ): Promise<Either<AppendConflict, LogPosition>> => {
      const before = this.commits.length;
      const result = await inner.append(commit, expected, previous);
      const stored = this.commits[before];
      if (isRight(result) && stored !== undefined) this.#watch.stored(stored);
      return result;
    };
    return {
      ledger: inner.ledger,
      appendsInFlight: inner.appendsInFlight,
      append,
      head: () => inner.head(),
      read: (after) => inner.read(after),
      follow: (after, signal) => inner.follow(after, signal),
      close: () => inner.close(),
    };
  }
}
