/**
 * A node's way out: asked to drain it does what it holds, is given nothing more, and ends when the
 * ledger has let it go - whoever asked the ledger, this process or another with its key. Invariant: the
 * session that is let go is the one this process has.
 */
import type { Follower } from './follower.ts';
import type { NodeSession } from './node-session.ts';

interface Leaving {
  readonly follower: Follower;
  readonly session: NodeSession;
  /** Aborts when somebody wants the node to drain; absent: nobody here ever does. */
  readonly drain: AbortSignal | undefined;
}

export class WayOut {
  readonly #session: NodeSession;
  readonly #drain: AbortSignal | undefined;
  readonly #out = new AbortController();

  constructor({ follower, session, drain }: Leaving) {
    this.#session = session;
    this.#drain = drain;
    follower.observe((events) => {
      for (const event of events)
        if (
          event.type === 'daybook.participant.drained.v1' &&
          session.speaksFor(event.data.participant) &&
          event.data.session === session.number
        )
          this.#out.abort(OUT);
    });
    // Who has not joined holds nothing.
    this.#asked(() => {
      if (session.number === 0) this.#out.abort(OUT);
    });
  }

  /** Aborts when the node is out. */
  get out(): AbortSignal {
    return this.#out.signal;
  }

  /** Asks the ledger once somebody asks for it; for a node that has joined, until aborted. */
  async await(running: AbortSignal): Promise<void> {
    if (this.#drain === undefined) return;
    await new Promise<void>((resolve) => {
      this.#asked(resolve);
      if (running.aborted) resolve();
      running.addEventListener('abort', () => resolve(), { once: true });
    });
    if (running.aborted) return;
    if ((await this.#session.drain(running)) === 'over') this.#out.abort(OUT);
  }

  #asked(then: () => void): void {
    if (this.#drain?.aborted === true) then();
    this.#drain?.addEventListener('abort', then, { once: true });
  }
}

const OUT = new Error('drained');
