/**
 * Clients that load a ledger with commands and never give up on one: heartbeats of their own
 * sessions, each asked for by the same id until it is answered. What they were told is kept.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../commands/command.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import type { Channel } from '../commands/ports/channel.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Refusal } from '../commands/refusal.ts';
import { decodeReply } from '../commands/reply.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { LedgerId } from '../events/ids.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { CommandTagger } from '../roles/command-tagger.ts';
import type { SigningKey } from '../events/nkey.ts';
import { keyNamed } from './desk.ts';

const ASK_TIMEOUT_MS = 1000;
const ASK_AGAIN_MS = 50;
const REFUSED_FOR_NOW: readonly string[] = ['overloaded', 'not_leading'];

export class Load {
  /** Sequence by command id. */
  readonly acknowledged = new Map<string, number>();
  /** Requests that were asked again, for whatever reason. */
  repeats = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #channel: Channel;
  readonly #ledger: LedgerId;
  readonly #operator: SigningKey;
  readonly #tagger: CommandTagger;

  constructor(channel: Channel, log: EventLog, operator: SigningKey) {
    this.#channel = channel;
    this.#ledger = log.ledger;
    this.#operator = operator;
    this.#tagger = new CommandTagger(log);
  }

  /** Nodes go stale within an outage, so that the successor has something to tick about. */
  async prepare(): Promise<void> {
    const liveness = { ...seedPolicy.liveness, heartbeatMs: 250, staleAfterMs: 1000 };
    await this.#must(
      await this.#signed(this.#operator, 'policy', {
        type: 'daybook.policy.adopted.v1',
        data: { ...seedPolicy, liveness: { ...liveness, expireAfterMs: 600_000 } },
      }),
    );
  }

  /** One client, until stopped; a pause between its commands. */
  async client(name: string, pauseMs: number, stop: AbortSignal): Promise<void> {
    const key = keyNamed(name);
    const { actor } = key;
    await this.#must(
      await this.#signed(this.#operator, `admit-${name}`, {
        type: 'daybook.participant.admitted.v1',
        data: { participant: actor, role: 'worker', name },
      }),
    );
    for (let session = 1; !stop.aborted; session += 1) {
      const about = { participant: actor, session };
      await this.#must(
        await this.#signed(key, `join-${name}-${session}`, {
          type: 'daybook.participant.joined.v1',
          data: { ...about, computeClass: 'exact', backend: 'test', software: 'test' },
        }),
      );
      for (let beat = 1; !stop.aborted; beat += 1) {
        const refusal = await this.ask(
          await this.#signed(key, `beat-${name}-${session}-${beat}`, {
            type: 'daybook.participant.heartbeated.v1',
            data: { ...about, beat },
          }),
        );
        if (refusal !== null && refusal.code !== 'session_over') throw new Error(refusal.code);
        if (refusal !== null) break;
        await delay(pauseMs);
      }
    }
  }

  async #signed<T extends FactType>(
    key: SigningKey,
    name: string,
    fact: FactOf<T>,
  ): Promise<Command> {
    return signCommand(key, this.#ledger, await this.#tagger.idOf(name, fact.type), fact);
  }

  /** Resolves when the next command is acknowledged. */
  answered(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #must(command: Command): Promise<void> {
    const refusal = await this.ask(command);
    if (refusal !== null) throw new Error(`${command.id}: ${refusal.code}: ${refusal.message}`);
  }

  /** Until it is answered for good; null when it is recorded. */
  async ask(command: Command): Promise<Refusal | null> {
    const bytes = encodeCommand(command);
    for (; ; this.repeats += 1) {
      try {
        const reply = decodeReply(
          await this.#channel.request('command', bytes, { timeoutMs: ASK_TIMEOUT_MS }),
        );
        if (reply.status === 'recorded') {
          this.acknowledged.set(command.id, reply.sequence);
          for (const tell of this.#waiting.splice(0)) tell();
          return null;
        }
        if (reply.status === 'refused' && !REFUSED_FOR_NOW.includes(reply.code)) return reply;
      } catch (error) {
        if (!(error instanceof Fault) || !error.retryable) throw error;
      }
      await delay(ASK_AGAIN_MS);
    }
  }
}
