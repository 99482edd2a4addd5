/**
 * Under mesh terms a window's contributors come out of a wider population: of the workers that are
 * fresh, most by rank, the rest whatever their rank. Everybody draws a lot of its own,
 *
 *   lot(i) = SHA-256(window seed || participant)
 *   by rank        least -log2(u) / weight first, u from 8 bytes of the lot, weight from the ordinal
 *                  (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006)
 *   by exploration least 8 other bytes of the lot first
 *
 * so that coming, going or hiding changes nothing for others but who moves up, and whoever first
 * joined after the seed was known comes last in both. No cluster and no canaries get more slots than
 * they may: a window then has fewer slots than its plan. O(n log n) for n workers.
 */
import type { FactOf } from '../../../events/catalogue.ts';
import { sha256 } from '../../../events/digest.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, Member, Policy, RunBook, WindowBook } from '../../../projections/books.ts';
import { currentAssignments, must, policyOf } from '../../../projections/books.ts';
import { clusterOf } from '../../../projections/identities.ts';
import { stageOf } from '../../../projections/standing.ts';
import { log2OfInteger } from '../../fixed-point.ts';
import { FIRST_RATING, ordinalMicro } from '../../rating.ts';
import { readyFor } from './eligibility.ts';

type Drawn = FactOf<'daybook.selection.drawn.v1'>['data'];
type Chosen = Drawn['chosen'][number];

export interface Selection {
  readonly contributors: readonly ActorId[];
  readonly standby: readonly ActorId[];
  readonly drawn: Drawn;
}

const BPS = 10_000;
/** Weight of an ordinal of nothing: one point. Whoever is a point below is drawn last. */
const FIRST_WEIGHT = 1_000_000;
const LOT_BITS = 64n;

const ordinalOf = ({ rating = FIRST_RATING }: Member): number => ordinalMicro(rating);

/** Why a worker is not drawn among; null: it is. The ledger's clock says how long it was silent. */
function absence(
  books: Books,
  isReady: (member: Member) => boolean,
  member: Member,
  { freshMs }: NonNullable<Policy['mesh']>,
  run: string,
  window: number,
): 'absent' | 'stale' | 'quarantined' | 'unready' | 'unheard' | null {
  if (member.status === 'stale') return 'stale';
  if (member.status !== 'alive') return 'absent';
  if ((member.quarantine[run] ?? 0) > window) return 'quarantined';
  if (!isReady(member)) return 'unready';
  return books.ledger.clockMs - member.lastHeardMs > freshMs ? 'unheard' : null;
}

/** How many workers could be drawn now; 0 where their stages leave them no slot. */
export function selectable(books: Books, { plan, windowsPlanned }: RunBook): number {
  const policy = must(books.policy, 'policy');
  const mesh = must(policy.mesh, 'mesh terms');
  const isReady = readyFor(books, plan.run, windowsPlanned);
  let [count, open] = [0, false];
  for (const member of Object.values(books.members)) {
    if (member.role !== 'worker') continue;
    if (absence(books, isReady, member, mesh, plan.run, windowsPlanned) !== null) continue;
    count += 1;
    open ||= canarySlots(policy) > 0 || !isCanary(policy, member);
  }
  return open ? count : 0;
}

const isCanary = ({ admission }: Policy, member: Member | undefined): boolean =>
  admission !== undefined && stageOf(member).stage === 'canary';
const canarySlots = ({ admission }: Policy): number => admission?.canarySlots ?? Infinity;

/** The draw of the run's next window under the policy in force. */
export function select(books: Books, book: RunBook, seed: Uint8Array): Selection {
  const { run, slots } = book.plan;
  const window = book.windowsPlanned;
  const policy = must(books.policy, 'policy');
  const mesh = must(policy.mesh, 'mesh terms');
  const passedOver = {
    absent: 0,
    stale: 0,
    quarantined: 0,
    unready: 0,
    unheard: 0,
    cluster: 0,
    stage: 0,
  };
  const isReady = readyFor(books, run, window);
  const pool: Member[] = [];
  let population = 0;
  for (const member of Object.values(books.members)) {
    if (member.role !== 'worker') continue;
    population += 1;
    const why = absence(books, isReady, member, mesh, run, window);
    if (why === null) pool.push(member);
    else passedOver[why] += 1;
  }
  const lots = pool.map((member) => lotOf(member, seed, must(book.seedFrom, 'seed entry')));
  const byRank = [...lots].sort((a, b) => inOrder(a, b, a.race, b.race));
  const byChance = [...lots].sort((a, b) => inOrder(a, b, a.chance, b.chance));

  const room = new Room(books, policy, mesh.clusterSlots);
  const refused = new Map<ActorId, 'cluster' | 'stage'>();
  const seated = new Map<ActorId, Chosen>();
  const chosen: Chosen[] = [];
  const seat = (order: readonly Lot[], by: Chosen['by'], until: number): void => {
    for (const { member } of order) {
      if (chosen.length >= until) return;
      if (seated.has(member.participant)) continue;
      const why = room.take(member);
      if (why !== null) refused.set(member.participant, why);
      else {
        const one = { participant: member.participant, by, ordinalMicro: ordinalOf(member) };
        seated.set(member.participant, one);
        chosen.push(one);
      }
    }
  };
  seat(byRank, 'rank', Math.floor((slots * (BPS - mesh.exploreBps)) / BPS));
  seat(byChance, 'exploration', slots);
  // With fewer workers than slots some work more than once, as far as they may.
  for (let size = -1; chosen.length < slots && chosen.length > size;) {
    size = chosen.length;
    for (const one of seated.values())
      if (
        chosen.length < slots &&
        room.take(must(books.members[one.participant], 'member')) === null
      )
        chosen.push(one);
  }
  const standby = byRank
    .filter(({ member }) => !seated.has(member.participant))
    .slice(0, mesh.standbyMax)
    .map(({ member }) => member);
  for (const why of refused.values()) passedOver[why] += 1;
  return {
    contributors: chosen.map(({ participant }) => participant),
    standby: standby.map(({ participant }) => participant),
    drawn: {
      run,
      window,
      population,
      eligible: pool.length,
      passedOver,
      chosen: [
        ...chosen,
        ...standby.map((member) => ({
          participant: member.participant,
          by: 'standby' as const,
          ordinalMicro: ordinalOf(member),
        })),
      ],
    },
  };
}

interface Lot {
  readonly member: Member;
  readonly isLate: boolean;
  /** What the least of comes first. */
  readonly race: bigint;
  readonly chance: bigint;
}

function lotOf(member: Member, seed: Uint8Array, seedFrom: number): Lot {
  const lot = Buffer.from(sha256(Buffer.concat([seed, Buffer.from(member.participant, 'utf8')])));
  const u = lot.readBigUInt64LE(0);
  const weight = BigInt(Math.max(1, FIRST_WEIGHT + ordinalOf(member)));
  // -log2 of (u + 1) / 2^64, in units so small that dividing by the weight leaves the order.
  const waited = (LOT_BITS << 32n) - log2OfInteger(u + 1n);
  return {
    member,
    isLate: (member.since ?? 0) > seedFrom,
    race: (waited << LOT_BITS) / weight,
    chance: lot.readBigUInt64LE(8),
  };
}

function inOrder(a: Lot, b: Lot, keyA: bigint, keyB: bigint): number {
  if (a.isLate !== b.isLate) return a.isLate ? 1 : -1;
  if (keyA !== keyB) return keyA < keyB ? -1 : 1;
  return a.member.participant < b.member.participant ? -1 : 1;
}

/** What clusters and canaries may still hold of one window. */
class Room {
  readonly #policy: Policy;
  readonly #clusterSlots: number;
  readonly #books: Books;
  readonly #held = new Map<string, number>();
  #canaries = 0;

  constructor(books: Books, policy: Policy, clusterSlots: number) {
    this.#books = books;
    this.#policy = policy;
    this.#clusterSlots = clusterSlots;
  }

  /** Takes a slot for the member, or says why it may not have one. */
  take(member: Member): 'cluster' | 'stage' | null {
    const why = this.problem(member);
    if (why !== null) return why;
    const cluster = clusterOf(this.#books, member.participant);
    this.#held.set(cluster, (this.#held.get(cluster) ?? 0) + 1);
    if (isCanary(this.#policy, member)) this.#canaries += 1;
    return null;
  }

  problem(member: Member): 'cluster' | 'stage' | null {
    const held = this.#held.get(clusterOf(this.#books, member.participant)) ?? 0;
    if (held >= this.#clusterSlots) return 'cluster';
    const full = isCanary(this.#policy, member) && this.#canaries >= canarySlots(this.#policy);
    return full ? 'stage' : null;
  }
}

/**
 * Who may take over a slot of a window, by what the others of it are held by.
 * @param given who takes over others of it at the same time
 */
export function mayTakeOver(
  books: Books,
  window: WindowBook,
  slot: number,
  given: readonly ActorId[],
): (actor: ActorId) => boolean {
  const policy = policyOf(books, window);
  if (policy.mesh === undefined) return () => true;
  const room = new Room(books, policy, policy.mesh.clusterSlots);
  for (const held of currentAssignments(window))
    if (held.slot !== slot && held.state !== 'superseded')
      room.take(must(books.members[held.participant], 'member'));
  for (const actor of given) room.take(must(books.members[actor], 'member'));
  return (actor) => room.problem(must(books.members[actor], 'member')) === null;
}
