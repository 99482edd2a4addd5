/**
 * A ledger on a desk, for tests of deciders: the machine with keys for every party and a clock that
 * the test moves. No log, no roles, no compute; what a test gives is commands and time, what it
 * looks at is facts and books.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { DataOfType, FactOf, FactType, LedgerEvent } from '../events/catalogue.ts';
import { catalogue } from '../events/catalogue.ts';
import { tagged } from '../events/command-tag.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest, LedgerId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { generateKey } from '../events/nkey.ts';
import { signCommand } from '../commands/command.ts';
import type { MachineState } from '../commands/machine.ts';
import { handle, initialState } from '../commands/machine.ts';
import { openingOf, RULES } from '../commands/opening.ts';
import type { Refusal } from '../commands/refusal.ts';
import { nextDueMs } from '../commands/rules/react.ts';
import type { Books, DeltaEncodingData, Policy } from '../projections/books.ts';
import { adoptionOf } from '../commands/policy-adoption.ts';
import { seedPolicy } from '../commands/seed-policy.ts';

export const LEDGER = 'desk' as LedgerId;
/** Of every ledger in tests that has one. */
export const NONCE = '0a'.repeat(32);
export const START_MS = Date.UTC(2026, 0, 1);

const keys = new Map<string, SigningKey>();
export function keyNamed(name: string): SigningKey {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = generateKey(Buffer.from(digestOf(Buffer.from(name)).slice(7), 'hex'));
  keys.set(name, key);
  return key;
}
export const digestNamed = (name: string): Digest => digestOf(Buffer.from(name));
export const artifactNamed = (name: string, sizeBytes = 1000) => ({
  digest: digestNamed(name),
  sizeBytes,
});

export type Result =
  | { readonly ok: true; readonly events: readonly LedgerEvent[] }
  | ({ readonly ok: false } & Refusal);

export class Desk {
  state: MachineState = initialState(LEDGER);
  nowMs = START_MS;
  readonly authority = keyNamed('authority');
  readonly operator = keyNamed('operator');
  readonly lines: Uint8Array[] = [];
  readonly events: LedgerEvent[] = [];
  #commands = 0;

  get books(): Books {
    return this.state.books;
  }

  /** Another desk on which the same was said; from here on, neither hears the other. */
  fork(): Desk {
    const other = new Desk();
    other.state = this.state;
    other.nowMs = this.nowMs;
    other.lines.push(...this.lines);
    other.events.push(...this.events);
    other.#commands = this.#commands;
    return other;
  }

  /** Send a command; it is recorded when it is permitted. */
  say<T extends FactType>(key: SigningKey, type: T, data: DataOfType<T>): Result {
    this.#commands += 1;
    const fact = { type, data } as unknown as FactOf<T>;
    return this.sayAs(this.idOf(`c-${this.#commands}`, type), key, fact);
  }

  /** Send a command under an id of one's own. */
  sayAs<T extends FactType>(id: string, key: SigningKey, fact: FactOf<T>): Result {
    const command = signCommand(key, LEDGER, id, fact);
    const decided = handle(this.state, command, this.nowMs);
    if (isLeft(decided)) return { ok: false, ...decided.left };
    const { events, lines, state } = decided.right;
    this.state = state;
    this.lines.push(...lines);
    this.events.push(...events);
    return { ok: true, events };
  }

  /** The id of a command of this name, with the tag of the ledger once it is open. */
  idOf(name: string, type: FactType): string {
    const { nonce, size } = this.books.ledger;
    if (nonce === undefined) return name;
    const forEver = catalogue.get(type)?.author === 'operator';
    return tagged(name, nonce, forEver ? null : size);
  }

  /** Send a command that must be permitted. */
  must<T extends FactType>(key: SigningKey, type: T, data: DataOfType<T>): readonly LedgerEvent[] {
    const result = this.say(key, type, data);
    if (!result.ok) throw new Error(`${type}: ${result.code}: ${result.message}`);
    return result.events;
  }

  tick(): readonly LedgerEvent[] {
    return this.must(this.authority, 'daybook.clock.ticked.v1', { nowMs: this.nowMs });
  }

  /** Move the clock, ticking whenever something falls due on the way. */
  pass(ms: number): LedgerEvent[] {
    const until = this.nowMs + ms;
    const events: LedgerEvent[] = [];
    for (;;) {
      const due = nextDueMs(this.books);
      if (due === null || due > until) break;
      this.nowMs = Math.max(this.nowMs, due);
      const ticked = this.tick();
      if (ticked.length === 0) throw new Error('due, but nothing happened');
      events.push(...ticked);
    }
    this.nowMs = until;
    return events;
  }

  open(policy: Partial<Policy> = {}, rules = RULES): this {
    const { type, data } = openingOf(LEDGER, this.authority.actor, this.operator.actor, NONCE);
    this.must(this.authority, type, { ...data, rules });
    return this.adopt(policy);
  }

  /** Under the first rules, as ledgers were opened before there were others. */
  openFirst(): this {
    this.must(this.authority, 'daybook.ledger.opened.v1', {
      format: 1,
      authority: this.authority.actor,
      operator: this.operator.actor,
      origin: `daybook.local/${LEDGER}`,
    });
    return this.adopt({});
  }

  adopt(policy: Partial<Policy>): this {
    const { type, data } = adoptionOf({ ...seedPolicy, ...policy });
    this.must(this.operator, type, data);
    return this;
  }

  admit(role: 'worker' | 'validator', name: string): SigningKey {
    const key = keyNamed(name);
    this.must(this.operator, 'daybook.participant.admitted.v1', {
      participant: key.actor,
      role,
      name,
    });
    return key;
  }

  join(key: SigningKey): number {
    const session = (this.books.members[key.actor]?.session ?? 0) + 1;
    this.must(key, 'daybook.participant.joined.v1', {
      participant: key.actor,
      session,
      computeClass: 'exact',
      backend: 'test',
      software: 'test',
    });
    return session;
  }

  heartbeat(key: SigningKey, beat: number): readonly LedgerEvent[] {
    const session = this.books.members[key.actor]?.session ?? 0;
    return this.must(key, 'daybook.participant.heartbeated.v1', {
      participant: key.actor,
      session,
      beat,
    });
  }

  /** Register a dataset and plan and start run `r`. */
  plan(
    overrides: Partial<DataOfType<'daybook.run.planned.v1'>> = {},
    encoding: DeltaEncodingData | null = null,
    stages?: number,
  ): this {
    this.must(this.operator, 'daybook.dataset.registered.v1', {
      dataset: 'd',
      title: 'A dataset',
      tokenizer: artifactNamed('tokenizer'),
      vocabSize: 64,
      tokens: artifactNamed('tokens', 2 * (100 * 8 + 1)),
      pageTokens: 8,
      pages: 100,
      heldOutPages: 4,
      pagesRoot: digestNamed('pages').slice(7),
    });
    const plan = { ...testPlan, ...overrides };
    if (stages !== undefined)
      this.must(this.operator, 'daybook.run.planned.v4', { ...plan, adapter: null, stages });
    else if (encoding === null) this.must(this.operator, 'daybook.run.planned.v1', plan);
    else this.must(this.operator, 'daybook.run.planned.v2', { ...plan, encoding });
    this.must(this.operator, 'daybook.run.initializing.v1', {
      run: plan.run,
      checkpoint: artifactNamed('initial'),
    });
    return this;
  }
}

export const testPlan: DataOfType<'daybook.run.planned.v1'> = {
  run: 'r',
  title: 'A run',
  dataset: 'd',
  model: {
    vocabSize: 64,
    contextLength: 8,
    dModel: 8,
    layers: 1,
    heads: 2,
    dFf: 16,
    ropeTheta: 10_000,
    normEps: 1e-5,
  },
  optimizer: {
    learningRate: 1e-3,
    minLearningRate: 1e-4,
    warmupSteps: 2,
    totalSteps: 100,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    clipNorm: 1,
  },
  outer: { learningRate: 0.7, momentum: 0.9 },
  modelSeed: '11'.repeat(32),
  dataSeed: '22'.repeat(32),
  windows: 2,
  slots: 2,
  innerSteps: 2,
  batchPages: 2,
  traceEvery: 0,
  minWorkers: 2,
  minValidators: 2,
};

export const sparseEncoding: DeltaEncodingData = {
  name: 'sparseloco',
  statistic: null,
  block: null,
  tile: 64,
  top: 64,
  decay: 0.95,
};
