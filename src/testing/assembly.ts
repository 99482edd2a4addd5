/** A council on a desk: a network with a run in it, what is proposed to it, and votes. */
import { adoptionOf } from '../commands/policy-adoption.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import type { DataOfType, LedgerEvent } from '../events/catalogue.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Policy } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import type { Change, NetworkBook, Seat, Vote } from '../projections/network-book.ts';
import { epochAt } from '../projections/network-book.ts';
import { Cast } from './cast.ts';
import type { Result } from './desk.ts';
import { Desk, keyNamed } from './desk.ts';

export const EPOCH_MS = 10_000;
export const TERMS = { ...seedNetworkPolicy.governance, votingEpochs: 1, noticeEpochs: 1 };
/** From the epoch in which a proposal is made to the first in which it may take effect. */
export const LEAD_EPOCHS = TERMS.votingEpochs + 1 + TERMS.noticeEpochs;

type Founding = DataOfType<'daybook.network.founded.v1'>;
export type PolicyData = NonNullable<Change['policy']>;

export class Assembly {
  readonly cast: Cast;
  /** With weights 3, 2 and 1. */
  readonly council = ['ann', 'ben', 'cas'].map((name) => keyNamed(`council ${name}`));
  #beat = 100;

  /** Nothing is founded yet. */
  constructor(policy: Partial<Policy> = { governance: TERMS }, workers = 3, validators = 2) {
    this.cast = new Cast(new Desk().open(policy), workers, validators);
  }

  static founded(policy?: Partial<Policy>): Assembly {
    const assembly = new Assembly(policy);
    const founded = assembly.found();
    if (!founded.ok) throw new Error(founded.message);
    return assembly;
  }

  /** With a run of so many windows, whose first is active. */
  static atWork(windows = 4): Assembly {
    const assembly = Assembly.founded();
    const { cast, desk } = assembly;
    desk.plan({ windows });
    for (const key of cast.everybody) desk.join(key);
    desk.tick();
    return assembly;
  }

  get desk(): Desk {
    return this.cast.desk;
  }

  get network(): NetworkBook {
    return must(this.desk.books.network, 'network');
  }

  get epoch(): number {
    return epochAt(this.network, this.desk.nowMs);
  }

  get seats(): Seat[] {
    return this.council.map(({ actor }, at) => ({ member: actor, weight: 3 - at }));
  }

  found(over: Partial<Founding> = {}): Result {
    return this.desk.say(this.desk.operator, 'daybook.network.founded.v1', {
      network: 'whale',
      title: 'Whale net',
      epochMs: EPOCH_MS,
      council: this.seats,
      roles: ['miner', 'validator', 'aggregator'],
      ...over,
    });
  }

  /** The policy in force as the next revision, with changes. */
  nextPolicy(change: Partial<Policy> = {}): PolicyData {
    const now = must(this.desk.books.policy, 'policy');
    const next = adoptionOf({ ...now, revision: now.revision + 1, governance: TERMS, ...change });
    return next.data as PolicyData;
  }

  /** By the first member, to take effect as soon as it may, unless something else is said. */
  propose(
    proposal: string,
    over: Partial<DataOfType<'daybook.proposal.submitted.v1'>> = {},
    by: SigningKey = must(this.council[0], 'member'),
  ): Result {
    return this.desk.say(by, 'daybook.proposal.submitted.v1', {
      proposal,
      title: `About ${proposal}`,
      base: this.desk.books.network?.revision ?? 1,
      policy: null,
      council: null,
      rollback: null,
      activationEpoch: (this.desk.books.network ? this.epoch : 0) + LEAD_EPOCHS,
      ...over,
    });
  }

  vote(proposal: string, vote: Vote, by: SigningKey): Result {
    return this.desk.say(by, 'daybook.proposal.voted.v1', { proposal, vote });
  }

  /** Proposed, and everybody who is asked says yes until it is accepted. */
  accept(
    proposal: string,
    change: Partial<DataOfType<'daybook.proposal.submitted.v1'>>,
  ): LedgerEvent[] {
    const events: LedgerEvent[] = [];
    const heard = (result: Result): void => {
      if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
      events.push(...result.events);
    };
    heard(this.propose(proposal, change));
    for (const member of this.council)
      if (this.network.proposals[proposal]?.accepted === null)
        heard(this.vote(proposal, 'yes', member));
    return events;
  }

  /** So many epochs pass, and everybody says that it is alive. */
  wait(epochs: number): LedgerEvent[] {
    const events: LedgerEvent[] = [];
    for (let passed = 0; passed < epochs * EPOCH_MS; passed += 5000) {
      this.#beat += 1;
      events.push(...this.cast.heartbeat(this.#beat), ...this.desk.pass(5000));
    }
    return events;
  }
}
