/**
 * A cast of an open network: its members register themselves, bring their stake and take offers. Keys
 * may follow one another; whoever is named here is named by its first.
 */
import type { DataOfType, LedgerEvent } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import { consentOf } from '../events/key-consent.ts';
import type { SigningKey } from '../events/nkey.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import type { Policy } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { Cast, RUN } from './cast.ts';
import { Desk, digestNamed, keyNamed } from './desk.ts';
import type { Result } from './desk.ts';

export const STAKE = '100000000';
/** Offers and unbinding end before anybody falls silent. */
export const TERMS = { ...seedNetworkPolicy.registry, offerMs: 4000, unbondMs: 5000 };

type Registered = DataOfType<'daybook.identity.registered.v1'>;
type Claimed = DataOfType<'daybook.capability.claimed.v1'>;

export class RegistryCast extends Cast {
  readonly #keys = new Map<string, SigningKey>();

  constructor(terms: Partial<typeof TERMS> = {}, policy: Partial<Policy> = {}) {
    super(new Desk().open({ registry: { ...TERMS, ...terms }, ...policy }), 0, 0);
  }

  /** Staked workers and validators who have joined. */
  static open(workers = 3, validators = 3, terms: Partial<typeof TERMS> = {}): RegistryCast {
    const cast = new RegistryCast(terms);
    for (let i = 0; i < workers; i += 1) cast.arrive('worker', `worker-${i}`);
    for (let i = 0; i < validators; i += 1) cast.arrive('validator', `validator-${i}`);
    return cast;
  }

  /** The same with a run that everybody is in and that has its first window. */
  static running(workers = 3, validators = 3, terms: Partial<typeof TERMS> = {}): RegistryCast {
    const cast = RegistryCast.open(workers, validators, terms);
    cast.desk.plan();
    cast.desk.tick();
    for (const key of cast.everybody) cast.accept(key.actor);
    cast.desk.tick();
    return cast;
  }

  override keyOf(participant: string): SigningKey {
    return this.#keys.get(participant) ?? super.keyOf(participant);
  }

  recoveryOf = (name: string): SigningKey => keyNamed(`recovery of ${name}`);

  registration(
    role: 'worker' | 'validator',
    name: string,
    recovery = this.recoveryOf(name),
  ): Registered {
    const participant = keyNamed(name).actor;
    return {
      participant,
      role,
      name,
      recoveryKey: recovery.actor,
      recoveryConsent: consentOf(recovery, this.desk.books.ledger, participant, 'recovery'),
      software: { version: 'test', build: digestNamed('build') },
      invitation: null,
    };
  }

  register(role: 'worker' | 'validator', name: string, over: Partial<Registered> = {}): SigningKey {
    const key = keyNamed(name);
    const data = { ...this.registration(role, name), ...over };
    this.desk.must(key, 'daybook.identity.registered.v1', data);
    (role === 'worker' ? this.workers : this.validators).push(key);
    return key;
  }

  deposit(participant: ActorId, amount: string, depositor: string): readonly LedgerEvent[] {
    const reference = `tx-${this.desk.events.length}`;
    const data = { participant, amount, reference, depositor };
    return this.desk.must(this.desk.operator, 'daybook.stake.deposited.v1', data);
  }

  lock(participant: ActorId, amount: string): readonly LedgerEvent[] {
    const data = { participant, amount };
    return this.desk.must(this.keyOf(participant), 'daybook.stake.locked.v1', data);
  }

  unlock(participant: ActorId, amount: string): Result {
    const data = { participant, amount };
    return this.desk.say(this.keyOf(participant), 'daybook.stake.unlocking.v1', data);
  }

  /** Registers, stakes and joins. */
  arrive(role: 'worker' | 'validator', name: string, over: Partial<Registered> = {}): SigningKey {
    const key = this.register(role, name, over);
    this.deposit(key.actor, STAKE, `bank-of-${name}`);
    this.lock(key.actor, STAKE);
    this.begin(key.actor);
    return key;
  }

  /** The next session, by the key in force. */
  begin(participant: ActorId): number {
    const session = this.sessionOf(participant) + 1;
    const about = { computeClass: 'exact' as const, backend: 'test', software: 'test' };
    const data = { participant, session, ...about };
    this.desk.must(this.keyOf(participant), 'daybook.participant.joined.v1', data);
    return session;
  }

  answer(participant: ActorId, run = RUN): Result {
    const data = { run, session: this.sessionOf(participant) };
    return this.desk.say(this.keyOf(participant), 'daybook.offer.accepted.v1', data);
  }

  accept(participant: ActorId): void {
    const answer = this.answer(participant);
    if (!answer.ok) throw new Error(`accept: ${answer.code}: ${answer.message}`);
  }

  decline(participant: ActorId): readonly LedgerEvent[] {
    const data = { run: RUN, session: this.sessionOf(participant), reason: 'busy' };
    return this.desk.must(this.keyOf(participant), 'daybook.offer.declined.v1', data);
  }

  claimOf(participant: ActorId, elapsedMs = 1000): Claimed {
    return {
      participant,
      session: this.sessionOf(participant),
      computeClass: 'exact',
      backend: 'test',
      threads: 1,
      memoryBytes: 1 << 30,
      tokensPerSecond: 32,
      benchmark: {
        specification: digestNamed('benchmark'),
        result: digestNamed('result'),
        tokens: 32,
        elapsedMs,
      },
      build: digestNamed('build'),
    };
  }

  rotation(participant: ActorId, next: SigningKey): DataOfType<'daybook.identity.rotated.v1'> {
    const consent = consentOf(next, this.desk.books.ledger, participant, 'key');
    return { participant, key: next.actor, consent, recovery: null };
  }

  /** Another key takes over; by the recovery key unless another speaks. */
  rotate(participant: ActorId, by: SigningKey, next: SigningKey): readonly LedgerEvent[] {
    const data = this.rotation(participant, next);
    const events = this.desk.must(by, 'daybook.identity.rotated.v1', data);
    this.#keys.set(participant, next);
    return events;
  }

  revoke(participant: ActorId, by = this.desk.operator): readonly LedgerEvent[] {
    const data = { participant, reason: 'key_stolen' };
    return this.desk.must(by, 'daybook.identity.revoked.v1', data);
  }

  nameOf = (participant: string): string => must(this.desk.books.members[participant], 'm').name;
}
