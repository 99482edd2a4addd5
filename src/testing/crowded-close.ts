/**
 * A period that is about to close for thousands of members, all with credits and with payouts that
 * vest. The crowd is put into the books of a played window, which would take hours to play; what
 * follows is decided as anywhere.
 */
import type { DataOfType, Fact, FactType } from '../events/catalogue.ts';
import type { SigningKey } from '../events/nkey.ts';
import { encodePublicKey } from '../events/nkey.ts';
import { tagged } from '../events/command-tag.ts';
import type { ActorId } from '../events/ids.ts';
import { signCommand } from '../commands/command.ts';
import type { Decided } from '../commands/decision.ts';
import { LedgerMachine } from '../commands/ledger-machine.ts';
import { earnedBy, ISSUER, vestingOf } from '../commands/rules/money/accounts.ts';
import type { Books, Member } from '../projections/books.ts';
import { byName, must } from '../projections/books.ts';
import { copyBooks } from '../projections/copy-books.ts';
import { RUN } from './cast.ts';
import { LEDGER } from './desk.ts';
import { vestingCast } from './stories/money.ts';

/** Paid to each in the period before, micro-units. */
export const HELD = 1000n;

export interface Crowded {
  readonly machine: LedgerMachine;
  /** One tick a call, a millisecond after the other; nothing decided: the ledger is at rest. */
  readonly tick: () => Decided;
  /** What the operator asserts, at the same time as the last tick. */
  readonly say: <T extends FactType>(type: T, data: DataOfType<T>) => Decided;
}

/**
 * @param members with credits, ties among them
 * @param vests whether the ledger has terms of vesting; without, payouts are claimable at once
 */
export function crowdedClose(members: number, vests = true): Crowded {
  const cast = vestingCast(2);
  cast.play(4_000_000, 3_900_000);
  const { desk } = cast;
  const books = copyBooks(desk.books);
  const model = must(Object.values(books.members)[0], 'member');
  if (!vests) withoutVesting(books);
  for (let index = 0; index < members; index += 1) admit(books, model, memberOf(index), index);
  post(books, 'micro', ISSUER, 'debits', HELD * BigInt(members));
  if (vests)
    (books.rings ??= byName())[RUN] = {
      size: 1,
      turnMs: 1,
      turnedMs: 0,
      buckets: [{ period: 0, sequence: 0 }],
    };
  const machine = new LedgerMachine({ ...desk.state, books });
  let nowMs = desk.nowMs;
  const decide = (key: SigningKey, fact: Fact, forEver: boolean): Decided => {
    const { size, nonce } = machine.ahead.books.ledger;
    const id = tagged(`c-${size}`, must(nonce, 'nonce'), forEver ? null : size);
    const decided = machine.decide(signCommand(key, LEDGER, id, fact), nowMs);
    if (decided._tag === 'Left') throw new Error(decided.left.message);
    machine.settle(decided.right.events.length);
    return decided.right;
  };
  return {
    machine,
    tick: () => {
      nowMs += 1;
      const fact = { type: 'daybook.clock.ticked.v1', data: { nowMs } } as const;
      return decide(desk.authority, fact, false);
    },
    say: (type, data) => decide(desk.operator, { type, data } as unknown as Fact, true),
  };
}

function withoutVesting(books: Books): void {
  const { vesting: _, ...policy } = must(books.policy, 'policy');
  books.policy = policy;
}

function memberOf(index: number): ActorId {
  const key = Buffer.alloc(32, 7);
  // Ids in no order, as keys have them.
  key.writeUInt32BE((index * 2_654_435_761) >>> 0);
  return encodePublicKey('user', key) as ActorId;
}

function admit(books: Books, model: Member, participant: ActorId, index: number): void {
  books.members[participant] = {
    ...model,
    participant,
    name: `m-${index}`,
    status: 'admitted',
    leaseUntilMs: null,
    quarantine: byName<number>(),
  };
  const earned = earnedBy(RUN, participant);
  for (const unit of ['work', 'audit'] as const) {
    const credits = BigInt(1 + (index % 97));
    post(books, unit, earned, 'credits', credits);
    post(books, unit, ISSUER, 'debits', credits);
  }
  post(books, 'micro', vestingOf(RUN, participant, 0), 'credits', HELD);
}

function post(
  books: Books,
  unit: string,
  account: string,
  side: 'debits' | 'credits',
  amount: bigint,
): void {
  const balance = (books.rewards.balances[`${unit}:${account}`] ??= { debits: '0', credits: '0' });
  balance[side] = (BigInt(balance[side]) + amount).toString();
}
