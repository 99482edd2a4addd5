/**
 * A process of the simulated network and whoever starts it again: a role with ports of its own, which
 * is killed, stopped, or ends by itself with a fault. Invariant: at most one life of it is lived at a
 * time, and each begins with empty memory.
 */
import { Fault } from '../commands/ports/fault.ts';
import { Host } from './host.ts';
import type { Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';

/** What the process does in one life, until told to stop, or told to drain and done with it. */
export type Role = (
  host: Host,
  signal: AbortSignal,
  life: number,
  drain: AbortSignal,
) => Promise<void>;

/** How long until a process that ended by itself is started again. */
const RESTART_MS = 2000;

export class Process {
  readonly name: string;
  readonly #scheduler: Timeline;
  readonly #weather: Weather;
  readonly #role: Role;
  readonly #failed: (error: unknown) => void;
  #host: Host | null = null;
  #stop = new AbortController();
  #drain = new AbortController();
  /** Of earlier lives: what they waited for never came, so nothing has let go of it yet. */
  readonly #unfinished: AbortController[] = [];
  /** Down for as many reasons; it runs when there is none. */
  #down = 0;
  #lives = 0;

  /** @param failed is told what no process may end with */
  constructor(
    name: string,
    world: { readonly scheduler: Timeline; readonly weather: Weather },
    role: Role,
    failed: (error: unknown) => void,
  ) {
    this.name = name;
    this.#scheduler = world.scheduler;
    this.#weather = world.weather;
    this.#role = role;
    this.#failed = failed;
  }

  start(): void {
    if (this.#host !== null || this.#down > 0) return;
    this.#lives += 1;
    const host = new Host(this.name, this.#scheduler, this.#weather);
    const stop = new AbortController();
    this.#host = host;
    this.#stop = stop;
    this.#drain = new AbortController();
    this.#role(host, stop.signal, this.#lives, this.#drain.signal).then(
      () => this.#ended(host, null, stop.signal.aborted),
      (error: unknown) => this.#ended(host, error, stop.signal.aborted),
    );
  }

  /** Loses its memory, wherever it stands. */
  crash(): void {
    this.#down += 1;
    if (this.#host === null) return;
    this.#host.kill();
    this.#host = null;
    this.#unfinished.push(this.#stop);
  }

  /**
   * The network is over. A signal with a listener outlives whatever listens until it aborts, and a
   * campaign plays thousands of networks: now every life is told to stop, the dead ones too.
   */
  end(): void {
    this.crash();
    for (const stop of this.#unfinished) stop.abort(new Error('the network is over'));
  }

  /** Is told to stop and takes the time it needs. */
  stop(): void {
    this.#down += 1;
    this.#stop.abort(new Error('stopped'));
  }

  /** Is told to end when it is done with what it holds. */
  drain(): void {
    this.#down += 1;
    this.#drain.abort(new Error('drained'));
  }

  /** One reason to be down is over. */
  recover(): void {
    this.#down -= 1;
    this.start();
  }

  #ended(host: Host, error: unknown, told: boolean): void {
    if (this.#host !== host) return;
    host.kill();
    this.#host = null;
    if (error !== null && !(error instanceof Fault) && !told) this.#failed(error);
    // Stopped and not down any more: it is started again. Ended by itself: whoever supervises does.
    if (told) this.start();
    else this.#scheduler.after(RESTART_MS, () => this.start());
  }
}
