/**
 * A dispute on a desk: a worker whose contribution a panel of two rejects, the two of them, and what
 * each answers. Digests stand for computations, as in cast.ts.
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Policy, RunPlan } from '../projections/books.ts';
import { assignmentOf, must } from '../projections/books.ts';
import type { DisputeAnswer, DisputeBook, Ruling } from '../projections/dispute-book.ts';
import { begun } from './beginnings.ts';
import { Cast } from './cast.ts';
import type { Desk, Result } from './desk.ts';
import { artifactNamed, digestNamed } from './desk.ts';

export const MINUTE_MS = 60_000;
export const TERMS = {
  openMs: 60 * MINUTE_MS,
  answerMs: 10 * MINUTE_MS,
  panelSize: 2,
  quorum: 2,
  bond: '10000000',
} satisfies Policy['dispute'];

/** Entries of a step's trace, the last included. */
const ENTRIES = 6;
/** The entry over which they part. */
export const PARTED_AT = 3;
export const OPERATION = 'linear';

export const rootNamed = (name: string): string => digestNamed(name).slice(7);

const NOTHING: DisputeAnswer = { root: null, opening: null, proof: null, evidence: null };

export class DisputeCase {
  readonly cast: Cast;
  readonly assignment: string;
  readonly claimant: SigningKey;
  #beat = 100;

  constructor(cast: Cast) {
    this.cast = cast;
    this.assignment = must(cast.slots[0], 'slot');
    this.claimant = cast.keyOf(cast.assignment(this.assignment).participant);
  }

  /** The first slot is rejected by both of its panel; the second is accepted. */
  static rejected(
    policy: Partial<Policy> = {},
    validators = 4,
    plan: Partial<RunPlan> = {},
  ): DisputeCase {
    const cast = begun('rejected', [policy, validators, plan], () => {
      const begins = Cast.joined({ dispute: TERMS, ...policy }, 3, validators, plan);
      for (const [index, slot] of begins.slots.entries())
        begins.train(slot, index === 0 ? 'a delta that is disputed' : undefined);
      begins.reveal();
      begins.judge();
      return begins;
    });
    return new DisputeCase(cast);
  }

  get desk(): Desk {
    return this.cast.desk;
  }

  get dispute(): DisputeBook {
    return must(this.desk.books.disputes?.[this.assignment], 'dispute');
  }

  get defender(): SigningKey {
    return this.cast.keyOf(must(this.dispute.defenders.at(-1), 'defender'));
  }

  get outcome(): string | undefined {
    return assignmentOf(this.desk.books, this.assignment)?.dispute;
  }

  open(key = this.claimant): Result {
    return this.desk.say(key, 'daybook.dispute.opened.v1', this.about(key));
  }

  about(key: SigningKey): { assignment: string; session: number } {
    return { assignment: this.assignment, session: this.cast.sessionOf(key.actor) };
  }

  answer(key: SigningKey, answer: Partial<DisputeAnswer> = this.answerOf(key)): Result {
    const { round } = this.dispute;
    const data = { ...this.about(key), round, answer: { ...NOTHING, ...answer } };
    return this.desk.say(key, 'daybook.dispute.answered.v1', data);
  }

  /** What a party has at the place asked for: both have the same before PARTED_AT of the last step. */
  answerOf(key: SigningKey): Partial<DisputeAnswer> {
    const { question } = must(this.dispute.rounds.at(-1), 'round');
    const { kind, step, position } = question;
    const own = key.actor === this.claimant.actor ? 'claimed' : 'recomputed';
    switch (kind) {
      case 'state_root':
        return { root: rootNamed(step === 2 ? own : `state ${step}`) };
      case 'trace_root':
        return { root: rootNamed((position ?? 0) > PARTED_AT ? own : `trace ${position}`) };
      case 'end':
        return this.#opening(ENTRIES - 1, own);
      case 'entry':
        return this.#opening(must(position, 'index'), own);
      case 'read':
        return { proof: { entry: null, path: [] } };
      case 'evidence':
        return { evidence: artifactNamed('evidence') };
    }
  }

  #opening(index: number, own: string): Partial<DisputeAnswer> {
    const reads = [{ role: 'input 0', digest: rootNamed('input') }];
    const writes = [{ role: 'result', digest: rootNamed(own) }];
    const entry = { operation: OPERATION, phase: 'backward' as const, reads, writes };
    return { opening: { index, entry, peaks: [rootNamed('peak')] } };
  }

  /** Both answer whatever is asked of them, until nothing more is. */
  answerAll(): LedgerEvent[] {
    const before = this.desk.events.length;
    while (this.desk.books.disputes?.[this.assignment]?.referred === null) {
      const last = must(this.dispute.rounds.at(-1), 'round');
      const { claimant } = last;
      for (const key of claimant === null ? [this.claimant, this.defender] : [this.defender])
        must(this.answer(key).ok ? key : null, 'answer that is taken');
    }
    return this.desk.events.slice(before);
  }

  find(key: SigningKey, claimant: Ruling, defender: Ruling): Result {
    const { round } = must(this.dispute.referred, 'referral');
    const data = { ...this.about(key), round, claimant, defender };
    return this.desk.say(key, 'daybook.dispute.found.v1', data);
  }

  /** All referees that are called agree. */
  findAll(claimant: Ruling, defender: Ruling): void {
    for (const referee of this.dispute.referees)
      must(this.find(this.cast.keyOf(referee), claimant, defender).ok || null, 'finding');
  }

  /** Time passes, and everybody but these says that it is alive. */
  wait(ms: number, ...silent: readonly SigningKey[]): LedgerEvent[] {
    const events: LedgerEvent[] = [];
    for (let passed = 0; passed < ms; passed += 5000) {
      this.#beat += 1;
      this.cast.heartbeat(this.#beat, ...silent);
      events.push(...this.desk.pass(5000));
    }
    return events;
  }
}

/** A worker that was right, against a panel of two that was not: every fact of a dispute. */
export function overturnedStory(): Desk {
  const found = DisputeCase.rejected();
  must(found.open().ok || null, 'dispute');
  while (found.outcome === 'open') {
    found.answerAll();
    found.findAll('stands', 'result_wrong');
  }
  return found.desk;
}
