/**
 * Sends commands until they are answered. No reply means nothing is known, so the same command - same
 * id, same signature - is sent again; the authority answers a repeat with the first answer. `overloaded`
 * is no answer either; other refusals are returned: the caller knows what they mean for it. Invariant:
 * until an id is answered, whoever sends it again sends what was signed first: work that was done anew
 * (and took another time, say) must not make its author sign two contents under one id.
 */
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { LedgerId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { Clock } from '../commands/ports/clock.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Reply } from '../commands/reply.ts';
import { decodeReply } from '../commands/reply.ts';

export interface ClientOptions {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly key: SigningKey;
  readonly ledger: LedgerId;
}

const TIMEOUT_MS = 5000;
const RETRY_MS = 250;

/** Faults leave ids without an answer; more of them than this are not kept. */
const UNANSWERED_MAX = 1024;

export class CommandClient {
  readonly #options: ClientOptions;
  /** Signed commands by id. */
  readonly #unanswered = new Map<string, Uint8Array>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws Fault when the authority answers with one, or the signal's reason when aborted. */
  async send<T extends FactType>(
    id: string,
    fact: FactOf<T>,
    signal: AbortSignal,
  ): Promise<Exclude<Reply, { status: 'fault' }>> {
    const { channel, clock } = this.#options;
    const payload = this.#unanswered.get(id) ?? this.#sign(id, fact);
    for (;;) {
      signal.throwIfAborted();
      try {
        const reply = decodeReply(
          await channel.request('command', payload, { timeoutMs: TIMEOUT_MS }),
        );
        if (reply.status === 'refused' && reply.code === 'overloaded') {
          await clock.sleep(RETRY_MS, signal);
          continue;
        }
        if (reply.status !== 'fault') {
          this.#unanswered.delete(id);
          return reply;
        }
        throw new Fault(reply.code, reply.message, { retryable: false });
      } catch (error) {
        if (!(error instanceof Fault) || !error.retryable) throw error;
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  #sign<T extends FactType>(id: string, fact: FactOf<T>): Uint8Array {
    const { key, ledger } = this.#options;
    const payload = encodeCommand(signCommand(key, ledger, id, fact));
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size >= UNANSWERED_MAX && oldest !== undefined)
      this.#unanswered.delete(oldest);
    this.#unanswered.set(id, payload);
    return payload;
  }

  /** Like `send`, for commands whose refusal would be a bug of the caller. */
  async must<T extends FactType>(
    id: string,
    fact: FactOf<T>,
    signal: AbortSignal,
  ): Promise<number> {
    const reply = await this.send(id, fact, signal);
    if (reply.status === 'refused')
      throw new Error(`${fact.type} refused: ${reply.code}: ${reply.message}`);
    return reply.sequence;
  }
}
