/**
 * Signs of one owner, as far as the ledger itself holds them. A sign is evidence, no proof: owners who
 * take the trouble leave none. Each costs whoever would pin it on another: a recovery key gave its
 * consent, an invitation is the operator's, a depositor must have brought the whole least stake.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, Policy } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import { benchmarkSign } from '../../../projections/capabilities.ts';
import { clusterOf, joins, recoverySign } from '../../../projections/identities.ts';
import { depositorSign, fundersOf, hasFunded } from '../../../projections/stakes.ts';
import { fact } from '../rule.ts';

type Sign = EventOf<'daybook.cluster.signalled.v1'>['data']['sign'];

export function signRegistration(
  books: Books,
  { data }: EventOf<'daybook.identity.registered.v1'>,
): Fact[] {
  const { participant, recoveryKey, invitation } = data;
  const sponsor =
    invitation === null ? null : (books.identity?.invitations[invitation]?.sponsor ?? null);
  return signalled(books, participant, [
    ['recovery_key', holderOf(books, recoverySign(recoveryKey))],
    ['invitation', sponsor],
    ...fundersOf(books, participant).map(
      (depositor) => ['depositor', holderOf(books, depositorSign(depositor))] as const,
    ),
  ]);
}

export const signRotation = (
  books: Books,
  { data: { participant, recovery } }: EventOf<'daybook.identity.rotated.v1'>,
): Fact[] =>
  recovery === null
    ? []
    : signalled(books, participant, [
        ['recovery_key', holderOf(books, recoverySign(recovery.key))],
      ]);

export function signDeposit(
  books: Books,
  { data: { participant, depositor } }: EventOf<'daybook.stake.deposited.v1'>,
): Fact[] {
  if (!hasFunded(books, participant, depositor)) return [];
  return signalled(books, participant, [['depositor', holderOf(books, depositorSign(depositor))]]);
}

export function signCapability(
  books: Books,
  { data: { participant } }: EventOf<'daybook.capability.claimed.v1'>,
): Fact[] {
  const sign = benchmarkSign(must(books.capabilities?.[participant], 'capability'));
  return signalled(books, participant, [['benchmark', holderOf(books, sign)]]);
}

const holderOf = (books: Books, sign: string): ActorId | null =>
  books.identity?.signs[sign] ?? null;

/** Only what tells more than the books know already; several at once may tell the same. */
function signalled(
  books: Books,
  participant: ActorId,
  found: readonly (readonly [Sign, ActorId | null])[],
): Fact[] {
  const told = new Set([clusterOf(books, participant)]);
  const facts: Fact[] = [];
  for (const [sign, alike] of found) {
    if (alike === null || alike === participant) continue;
    const cluster = clusterOf(books, alike);
    if (told.has(cluster)) continue;
    if (joins(sign)) told.add(cluster);
    facts.push(fact('daybook.cluster.signalled.v1', { participant, alike, sign }));
  }
  return facts;
}

/**
 * The same order with those moved to its end who share a cluster with somebody: under registry terms
 * they judge what is his only where nobody else is left. One depositor may well fund a whole network.
 */
export function strangersFirst(
  books: Books,
  policy: Policy,
  participant: ActorId,
  order: readonly ActorId[],
): ActorId[] {
  if (policy.registry === undefined) return [...order];
  const cluster = clusterOf(books, participant);
  const isStranger = (actor: ActorId): boolean => clusterOf(books, actor) !== cluster;
  return [...order.filter(isStranger), ...order.filter((actor) => !isStranger(actor))];
}

/**
 * The same order with those moved to its end whose cluster has as many places before them as the
 * terms let one owner have: they get work only where nobody else is left.
 */
export function owned(books: Books, order: readonly ActorId[]): ActorId[] {
  const most = books.policy?.registry?.clusterMax;
  if (most === undefined || books.identity === undefined) return [...order];
  const held = new Map<ActorId, number>();
  const [first, last]: [ActorId[], ActorId[]] = [[], []];
  for (const participant of order) {
    const cluster = clusterOf(books, participant);
    const before = held.get(cluster) ?? 0;
    held.set(cluster, before + 1);
    (before < most ? first : last).push(participant);
  }
  return [...first, ...last];
}
