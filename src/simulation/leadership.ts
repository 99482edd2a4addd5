/**
 * Who leads, as one process sees it: the memory register behind hops and outages. A claim that was
 * written may still not be heard of, which is what two believers in one lead are made of.
 */
import type { Leadership, Standing } from '../commands/ports/leadership.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Host } from './host.ts';

const UNREACHED_MS = 200;

export class SimulatedLeadership implements Leadership {
  readonly self: string;
  readonly #inner: Leadership;
  readonly #host: Host;

  constructor(inner: Leadership, host: Host) {
    this.self = inner.self;
    this.#inner = inner;
    this.#host = host;
  }

  look(): Promise<Standing> {
    return this.#asked(() => this.#inner.look());
  }

  claim(leaseMs: number, revision: number): Promise<number | null> {
    return this.#asked(() => this.#inner.claim(leaseMs, revision));
  }

  release(revision: number): Promise<void> {
    return this.#asked(() => this.#inner.release(revision));
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #asked<T>(ask: () => Promise<T>): Promise<T> {
    return this.#host.seen(this.#there(ask));
  }

  async #there<T>(ask: () => Promise<T>): Promise<T> {
    await this.#hop();
    const answer = await ask();
    await this.#hop();
    return answer;
  }

  /** @throws Fault channel_unavailable */
  async #hop(): Promise<void> {
    const { weather, name } = this.#host;
    if (weather.isolatedMs(name) === 0) return this.#host.hop();
    await this.#host.hop(UNREACHED_MS);
    throw new Fault('channel_unavailable', 'The register cannot be reached now.', {
      retryable: true,
    });
  }
}
