/**
 * Leaves a server of a cluster that is there but answers nothing: one that the network has cut off
 * from the others keeps its clients, and would keep them for ever. Invariant: an answer of any kind
 * but "not now" forgives everything before it, so a server in an ordinary election is not left.
 */
import type { NatsConnection, ReconnectToServerHandler } from '@nats-io/transport-node';

/** Longer than an election mostly takes, shorter than callers are patient. */
const SILENCE_MS_MAX = 5_000;

/** On every reconnect the server that was tried longest ago: the client's own order may stay. */
export const leastRecent: ReconnectToServerHandler = (pool, info) =>
  info === null ? null : (pool.toSorted((a, b) => a.lastConnect - b.lastConnect)[0] ?? null);

export class ServerSwitch {
  readonly #nc: NatsConnection;
  readonly #servers: number;
  #silentSinceMs: number | null = null;

  constructor(nc: NatsConnection, servers: number) {
    this.#nc = nc;
    this.#servers = servers;
  }

  answered(): void {
    this.#silentSinceMs = null;
  }

  /** @param askedMs when the call was made that came to nothing, in ms of this process */
  unanswered(askedMs: number): void {
    this.#silentSinceMs ??= askedMs;
    if (this.#servers < 2 || performance.now() - this.#silentSinceMs < SILENCE_MS_MAX) return;
    this.#silentSinceMs = null;
    // Rejects when the connection is closed or on its way already.
    this.#nc.reconnect().catch(() => undefined);
  }
}
