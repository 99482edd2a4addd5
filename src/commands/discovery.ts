/**
 * Discovery: of every participant whether it fits what is looked for, and if not, each reason why. The
 * reasons are those for which the rules would give it no work, and what the filter asks beyond them.
 */
import type { ActorId, Digest } from '../events/ids.ts';
import type { Books, Member } from '../projections/books.ts';
import { clusterOf, isRevoked, keyOf } from '../projections/identities.ts';
import { countingEscrow } from '../projections/stakes.ts';
import { isStaked } from './rules/registry/standing.ts';

export const DISCOVERY_REASONS = {
  key_revoked: 'The identity was put out for good.',
  never_joined: 'It has not begun a session.',
  stale: 'Nothing was heard from it for a while, or its session expired.',
  draining: 'It finishes what it has and leaves.',
  departed: 'It left, or its lease ran out.',
  stake_short: 'Its escrow that counts is below the least of its role.',
  quarantined: 'It is in quarantine in the run.',
  other_role: 'It has another role.',
  other_compute_class: 'Its session is of another compute class.',
  capability_unknown: 'It made no claim of what it can do.',
  too_slow: 'It claims fewer tokens a second.',
  overstated: 'What it claims is more than its work shows.',
  build_not_admitted: 'It runs another build, or did not say which.',
  not_offered: 'The run has not offered it work.',
  offer_pending: 'It has not answered the offer of the run.',
  offer_declined: 'It declined the offer of the run, or gave the work back.',
  offer_lapsed: 'It did not answer the offer of the run in time.',
  other_cluster_member: 'Another match shows a sign of the same owner, and so many count as one.',
} as const;
export type DiscoveryReason = keyof typeof DISCOVERY_REASONS;

/** What is left out is not asked for. */
export interface DiscoveryFilter {
  readonly role?: Member['role'];
  readonly computeClass?: 'exact' | 'tolerant';
  /** Claimed and not found to be overstated. */
  readonly tokensPerSecondMin?: number;
  /** Builds of the software that are admitted. */
  readonly builds?: readonly Digest[];
  /** Who may work for this run now. */
  readonly run?: string;
  /** One owner counts as the policy says. */
  readonly distinctOwners?: boolean;
}

export interface Candidate {
  readonly participant: ActorId;
  /** In force. */
  readonly key: ActorId;
  readonly name: string;
  readonly role: Member['role'];
  readonly status: Member['status'];
  readonly computeClass: Member['computeClass'];
  /** Micro-units. */
  readonly escrow: string;
  readonly claimed: number | null;
  /** By the clock of the ledger; null: no window has measured it. */
  readonly measured: number | null;
  readonly judgement: 'as_claimed' | 'overstated' | null;
  readonly cluster: ActorId;
  /** Empty: a match. */
  readonly reasons: readonly DiscoveryReason[];
}

/**
 * Everybody, in ascending order of their first keys.
 * @param nowMs silence is counted until then, also where no tick has told it yet
 */
export function discover(books: Books, filter: DiscoveryFilter, nowMs: number): Candidate[] {
  const owners = new Map<ActorId, number>();
  return Object.values(books.members)
    .sort((one, other) => (one.participant < other.participant ? -1 : 1))
    .map((member) => {
      const candidate = candidateOf(books, member, filter, nowMs);
      if (filter.distinctOwners !== true || candidate.reasons.length > 0) return candidate;
      const before = owners.get(candidate.cluster) ?? 0;
      owners.set(candidate.cluster, before + 1);
      return before < (books.policy?.registry?.clusterMax ?? Infinity)
        ? candidate
        : { ...candidate, reasons: ['other_cluster_member' as const] };
    });
}

function candidateOf(
  books: Books,
  member: Member,
  filter: DiscoveryFilter,
  nowMs: number,
): Candidate {
  const { participant, name, role, status, computeClass } = member;
  const capability = books.capabilities?.[participant];
  return {
    participant,
    key: keyOf(books, participant),
    name,
    role,
    status,
    computeClass,
    escrow: countingEscrow(books, participant).toString(),
    claimed: capability?.claim.tokensPerSecond ?? null,
    measured: capability?.measured ?? null,
    judgement: capability?.judgement ?? null,
    cluster: clusterOf(books, participant),
    reasons: [
      ...standingReasons(books, member, nowMs),
      ...filterReasons(books, member, filter),
      ...(filter.run === undefined ? [] : runReasons(books, member, filter.run)),
    ],
  };
}

const STATUS_REASON: { readonly [S in Member['status']]: DiscoveryReason | null } = {
  admitted: 'never_joined',
  alive: null,
  stale: 'stale',
  expired: 'stale',
  draining: 'draining',
  departed: 'departed',
};

function* standingReasons(books: Books, member: Member, nowMs: number): Iterable<DiscoveryReason> {
  if (isRevoked(books, member.participant)) return yield 'key_revoked';
  const reason = STATUS_REASON[member.status];
  const staleAfterMs = books.policy?.liveness.staleAfterMs ?? Infinity;
  if (reason !== null) yield reason;
  else if (nowMs >= member.lastHeardMs + staleAfterMs) yield 'stale';
  if (!isStaked(books, books.policy, member)) yield 'stake_short';
}

function* filterReasons(
  books: Books,
  { participant, ...member }: Member,
  { role, computeClass, tokensPerSecondMin, builds }: DiscoveryFilter,
): Iterable<DiscoveryReason> {
  const capability = books.capabilities?.[participant];
  if (role !== undefined && member.role !== role) yield 'other_role';
  if (computeClass !== undefined && member.computeClass !== computeClass)
    yield 'other_compute_class';
  if (capability?.judgement === 'overstated') yield 'overstated';
  if (tokensPerSecondMin !== undefined) {
    if (capability === undefined) yield 'capability_unknown';
    else if (capability.claim.tokensPerSecond < tokensPerSecondMin) yield 'too_slow';
  }
  // The claim is of the session, the registration of the beginning.
  const build = capability?.claim.build ?? books.identity?.identities[participant]?.build ?? null;
  if (builds !== undefined && (build === null || !builds.includes(build)))
    yield 'build_not_admitted';
}

function* runReasons(
  books: Books,
  { participant, quarantine }: Member,
  run: string,
): Iterable<DiscoveryReason> {
  if ((quarantine[run] ?? 0) > (books.runs[run]?.windowsPlanned ?? 0)) yield 'quarantined';
  if (books.policy?.registry === undefined) return;
  const offers = books.offers?.[run];
  const answer = offers?.answers[participant];
  if (offers?.open[participant] !== undefined) yield 'offer_pending';
  else if (answer === 'declined') yield 'offer_declined';
  else if (answer === 'lapsed') yield 'offer_lapsed';
  else if (answer === undefined) yield 'not_offered';
}
