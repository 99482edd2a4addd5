/**
 * Sends commands until they are answered. No reply means nothing is known, so the same command - same
 * id, same signature - is sent again; the authority answers a repeat with the first answer. That it is
 * overloaded, or leads no longer, is no answer either; other refusals are returned: the caller knows
 * what they mean for it. Invariant: until a command is answered, whoever sends it again sends what was
 * signed first: work that was done anew (and took another time, say) must not make its author say two
 * things.
 */
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { SigningKey } from '../events/nkey.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { Clock } from '../commands/ports/clock.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { FaultCode } from '../commands/ports/fault.ts';
import type { RefusalCode } from '../commands/refusal.ts';
import type { Reply } from '../commands/reply.ts';
import { decodeReply } from '../commands/reply.ts';
import { CommandTagger } from './command-tagger.ts';
import { Refused } from './refused.ts';

export interface ClientOptions {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly key: SigningKey;
  /** The ledger that commands are for; ids are tagged from what it says of itself. */
  readonly log: EventLog;
  /** Entries that the author knows of, where it keeps a fold; else the log is asked. */
  readonly knownSize?: () => number;
}

const TIMEOUT_MS = 5000;
const RETRY_MS = 250;
const NO_ANSWERS: readonly string[] = ['overloaded', 'not_leading'] satisfies RefusalCode[];

/** Signed before the ledger had an entry 0 to take the tag from: that was recorded nowhere. */
const UNTAGGED: RefusalCode = 'command_untagged';

/** What an authority meets that another one, or a later attempt, may not. */
const PASSING: readonly string[] = [
  'log_unavailable',
  'log_outcome_unknown',
  'log_locked',
] satisfies FaultCode[];

/** Faults leave commands without an answer; more of them than this are not kept. */
const UNANSWERED_MAX = 1024;

export class CommandClient {
  readonly #options: ClientOptions;
  readonly #tagger: CommandTagger;
  /** Signed commands by name: a later tag would make another id of the same name. */
  readonly #unanswered = new Map<string, Uint8Array>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#tagger = new CommandTagger(options.log);
  }

  /** The id under which a command of this name is sent now. */
  idOf(name: string, type: FactType): Promise<string> {
    return this.#tagger.idOf(name, type);
  }

  /**
   * @param name becomes the command's id with the ledger's tag behind it
   * @throws Fault when the authority answers with one, or the signal's reason when aborted. */
  async send<T extends FactType>(
    name: string,
    fact: FactOf<T>,
    signal: AbortSignal,
  ): Promise<Exclude<Reply, { status: 'fault' }>> {
    const { channel, clock } = this.#options;
    let payload = this.#unanswered.get(name) ?? (await this.#sign(name, fact, signal));
    for (let isSignedAgain = false; ;) {
      signal.throwIfAborted();
      try {
        const request = channel.request('command', payload, { timeoutMs: TIMEOUT_MS });
        const reply = decodeReply(await unlessAborted(request, signal));
        if (reply.status === 'refused' && NO_ANSWERS.includes(reply.code)) {
          await clock.sleep(RETRY_MS, signal);
          continue;
        }
        if (reply.status !== 'fault') this.#unanswered.delete(name);
        if (reply.status === 'refused' && reply.code === UNTAGGED && !isSignedAgain) {
          isSignedAgain = true;
          payload = await this.#sign(name, fact, signal);
          continue;
        }
        if (reply.status !== 'fault') {
          return reply;
        }
        throw new Fault(reply.code, reply.message, { retryable: PASSING.includes(reply.code) });
      } catch (error) {
        if (!(error instanceof Fault) || !error.retryable) throw error;
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #sign<T extends FactType>(
    name: string,
    fact: FactOf<T>,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { key, log, knownSize } = this.#options;
    const id = await this.#retried(signal, () => this.#tagger.idOf(name, fact.type, knownSize?.()));
    const payload = encodeCommand(signCommand(key, log.ledger, id, fact));
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size >= UNANSWERED_MAX && oldest !== undefined)
      this.#unanswered.delete(oldest);
    this.#unanswered.set(name, payload);
    return payload;
  }

  /** Like `send`, for commands without which there is no going on. @throws Refused */
  async must<T extends FactType>(
    name: string,
    fact: FactOf<T>,
    signal: AbortSignal,
  ): Promise<number> {
    const reply = await this.send(name, fact, signal);
    if (reply.status === 'refused') throw new Refused(fact.type, reply);
    return reply.sequence;
  }

  /** Reading the log is repeated like sending, until it works or the caller gives up. */
  async #retried<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof Fault) || !error.retryable) throw error;
        await this.#options.clock.sleep(RETRY_MS, signal);
      }
    }
  }
}

/** What is still on its way when the signal aborts is waited for by nobody. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
