/**
 * How a node comes into a ledger with a registry by itself: it registers, once, and locks what its
 * wallet holds until it has the stake that its role needs. Where it is a participant already, or the
 * policy has no such terms, there is nothing to do.
 */
import type { FactOf } from '../events/catalogue.ts';
import type { ActorId, Digest } from '../events/ids.ts';
import type { Books } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { identityOf, keyOf } from '../projections/identities.ts';
import { balanceOf } from '../projections/balances.ts';
import { countingEscrow, leastStake } from '../projections/stakes.ts';
import type { Machine } from './claim-capability.ts';
import type { CommandClient } from './command-client.ts';
import type { Follower } from './follower.ts';
import { Refused } from './refused.ts';

export interface Registration {
  readonly role: 'worker' | 'validator';
  readonly name: string;
  /** The key that can replace the node's own, and its consent; null: it is registered already. */
  readonly recovery: { readonly key: ActorId; readonly consent: string } | null;
  readonly build: Digest;
  readonly invitation: string | null;
  /** What it says of itself beside its speed; null: it claims nothing. */
  readonly machine: Machine | null;
}

export interface Enrolling {
  readonly key: ActorId;
  readonly software: string;
  readonly client: CommandClient;
  readonly follower: Follower;
  readonly logSize: () => Promise<number>;
  readonly say: (line: string) => void;
}

/** What a node says of itself when it registers. @param software as it will be named in sessions */
export const registrationFact = (
  { role, name, recovery, build, invitation }: Registration,
  participant: ActorId,
  software: string,
): FactOf<'daybook.identity.registered.v1'> => ({
  type: 'daybook.identity.registered.v1',
  data: {
    participant,
    role,
    name,
    recoveryKey: must(recovery, 'recovery key').key,
    recoveryConsent: must(recovery, 'recovery key').consent,
    software: { version: software, build },
    invitation,
  },
});

/** @throws Refused when the ledger does not take the registration */
export async function enrol(
  registration: Registration,
  { key, software, client, follower, logSize, say }: Enrolling,
  signal: AbortSignal,
): Promise<void> {
  const size = await logSize();
  const books = await follower.until(
    (now) => now.ledger.size >= size && now.policy !== null,
    signal,
  );
  if (books.policy?.registry === undefined || isRegistered(books, key)) return;
  const reply = await client.send(
    `register-${key}`,
    registrationFact(registration, key, software),
    signal,
  );
  if (reply.status === 'refused') throw new Refused('cannot register', reply);
  await follower.reach(reply.sequence, signal);
  say(`registered as ${registration.name}`);
}

/** Whether a key speaks for a participant with a recovery key. */
export const isRegistered = (books: Books, key: ActorId): boolean =>
  (books.identity?.identities[identityOf(books, key)]?.recoveryKey ?? null) !== null;

/** What of its wallet a participant must lock to have its stake; zero: it has it, or cannot yet. */
export function stakeToLock(books: Books, participant: ActorId): bigint {
  const member = books.members[participant];
  if (member === undefined) return 0n;
  const missing = leastStake(books.policy, member.role) - countingEscrow(books, participant);
  const wallet = balanceOf(books, 'micro', `participant/${participant}`);
  return missing > 0n && wallet >= missing ? missing : 0n;
}

/** Locks the stake as soon as there is enough; once, so that it never takes back a wish to leave. */
export async function bringStake(
  { key, client, follower, say }: Enrolling,
  signal: AbortSignal,
): Promise<void> {
  const books = await follower.until((now) => {
    const self = identityOf(now, key);
    return stakeToLock(now, self) > 0n || hasStake(now, self);
  }, signal);
  const participant = identityOf(books, key);
  const amount = stakeToLock(books, participant).toString();
  if (amount === '0' || keyOf(books, participant) !== key) return;
  const reply = await client.send(
    `stake-${participant}-${must(books.members[participant], 'member').session}`,
    { type: 'daybook.stake.locked.v1', data: { participant, amount } },
    signal,
  );
  say(reply.status === 'refused' ? `stake refused: ${reply.code}` : `staked ${amount}`);
}

function hasStake(books: Books, participant: ActorId): boolean {
  const member = books.members[participant];
  return (
    member !== undefined &&
    countingEscrow(books, participant) >= leastStake(books.policy, member.role)
  );
}
