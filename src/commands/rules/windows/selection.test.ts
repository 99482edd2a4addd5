/** The draw of contributors: its bounds, its odds, and that nobody moves it for others. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../events/digest.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, Member, Policy, RunBook } from '../../../projections/books.ts';
import type { Stage } from '../../../projections/standing-book.ts';
import { emptyBooks } from '../../../projections/books.ts';
import { emptyIdentityBook } from '../../../projections/empty-registry.ts';
import { Cast, RUN } from '../../../testing/cast.ts';
import { testPlan } from '../../../testing/desk.ts';
import { seedNetworkPolicy } from '../../network-policy.ts';
import { seedPolicy } from '../../seed-policy.ts';
import { select } from './selection.ts';

const NOW_MS = 1_000_000;
const SEED_FROM = 100;

interface Given {
  readonly ordinal?: number;
  readonly stage?: Stage;
  readonly silentMs?: number;
  readonly since?: number;
  readonly status?: Member['status'];
}

const nameOf = (i: number): ActorId => `w${String(i).padStart(5, '0')}` as ActorId;

function member(
  i: number,
  { ordinal = 0, stage = 'full', silentMs = 0, since = 0, status = 'alive' }: Given,
): Member {
  return {
    participant: nameOf(i),
    role: 'worker',
    name: nameOf(i),
    status,
    session: 1,
    computeClass: 'exact',
    backend: 'test',
    lastHeardMs: NOW_MS - silentMs,
    leaseUntilMs: NOW_MS + 1,
    drainUntilMs: null,
    quarantine: {},
    accepted: 0,
    rejected: 0,
    since,
    rating: { muMicro: ordinal + 3_000_000, sigmaMicro: 1_000_000 },
    stage: { stage, counted: 0, windows: 0 },
  };
}

function network(
  given: readonly Given[],
  slots: number,
  mesh: Partial<NonNullable<Policy['mesh']>> = {},
  canarySlots = 1,
): { books: Books; run: RunBook } {
  const books = emptyBooks('desk');
  books.ledger.clockMs = NOW_MS;
  books.policy = {
    ...seedPolicy,
    mesh: { ...seedNetworkPolicy.mesh, ...mesh },
    admission: { ...seedNetworkPolicy.admission, canarySlots },
  };
  given.forEach((one, i) => {
    books.members[nameOf(i)] = member(i, one);
  });
  const plan = { ...testPlan, slots };
  return { books, run: { plan, windowsPlanned: 3, seedFrom: SEED_FROM } as unknown as RunBook };
}

const seedOf = (n: number): Uint8Array => sha256(Buffer.from(`seed ${n}`));
const many = (count: number, one: Given = {}): Given[] => Array.from({ length: count }, () => one);

describe('a selection', () => {
  const anyGiven = fc.record({
    ordinal: fc.integer({ min: -20_000_000, max: 40_000_000 }),
    stage: fc.constantFrom<Stage>('canary', 'limited', 'full'),
    silentMs: fc.constantFrom(0, 14_000, 16_000),
    since: fc.constantFrom(0, SEED_FROM + 1),
    status: fc.constantFrom<Member['status']>('alive', 'alive', 'alive', 'stale', 'departed'),
  });

  it('keeps its bounds and counts everybody once, whatever the population', () => {
    fc.assert(
      fc.property(
        fc.array(anyGiven, { maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.record({
          standbyMax: fc.nat(5),
          exploreBps: fc.constantFrom(0, 2500, 10_000),
          clusterSlots: fc.integer({ min: 1, max: 3 }),
        }),
        fc.nat(3),
        fc.nat(1000),
        (given, slots, mesh, canarySlots, seed) => {
          const { books, run } = network(given, slots, mesh, canarySlots);
          const clusterOf = (actor: string): string => String(Number(actor.slice(1)) % 7);
          const identity = emptyIdentityBook();
          for (const actor of Object.keys(books.members) as ActorId[])
            identity.clusters[actor] = clusterOf(actor) as ActorId;
          books.identity = identity;
          const { contributors, standby, drawn } = select(books, run, seedOf(seed));
          const held = new Map<string, number>();
          for (const actor of contributors)
            held.set(clusterOf(actor), (held.get(clusterOf(actor)) ?? 0) + 1);
          const canaries = contributors.filter(
            (one) => books.members[one]?.stage?.stage === 'canary',
          );
          expect(contributors.length).toBeLessThanOrEqual(slots);
          expect(Math.max(0, ...held.values())).toBeLessThanOrEqual(mesh.clusterSlots);
          expect(canaries.length).toBeLessThanOrEqual(canarySlots);
          expect(standby.length).toBeLessThanOrEqual(mesh.standbyMax);
          expect(standby.filter((actor) => contributors.includes(actor))).toEqual([]);
          for (const actor of [...contributors, ...standby]) {
            const { status, lastHeardMs } = books.members[actor] as Member;
            expect([status, lastHeardMs >= NOW_MS - 15_000]).toEqual(['alive', true]);
          }
          const { absent, stale, quarantined, unready, unheard } = drawn.passedOver;
          expect(drawn.population).toBe(given.length);
          expect(drawn.eligible + absent + stale + quarantined + unready + unheard).toBe(
            given.length,
          );
          // A slot stays empty only where nobody may have it.
          if (contributors.length < slots) {
            const { cluster, stage } = drawn.passedOver;
            expect(new Set(contributors).size + cluster + stage).toBe(drawn.eligible);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is moved by nobody who is not in it: whoever stays away only makes room', () => {
    for (let n = 0; n < 20; n += 1) {
      const { books, run } = network(many(60, { ordinal: 10_000_000 }), 8, { standbyMax: 0 });
      const before = select(books, run, seedOf(n)).contributors;
      for (const actor of Object.keys(books.members).filter(
        (one) => !before.includes(one as ActorId),
      ))
        if (actor.endsWith('3')) delete books.members[actor];
      expect(select(books, run, seedOf(n)).contributors).toEqual(before);
      const [gone] = before as [ActorId];
      delete books.members[gone];
      const after = select(books, run, seedOf(n)).contributors;
      expect(after.filter((actor) => before.includes(actor)).length).toBeGreaterThanOrEqual(6);
    }
  });

  it('takes those who joined after the seed was known last', () => {
    const { books, run } = network(
      [...many(30, { since: SEED_FROM + 1, ordinal: 30_000_000 }), ...many(5)],
      6,
    );
    const { contributors } = select(books, run, seedOf(1));
    const late = contributors.filter((actor) => (books.members[actor]?.since ?? 0) > SEED_FROM);
    expect(late).toHaveLength(1);
  });

  it('explores uniformly, whatever the ratings (chi squared, 99.9 %)', () => {
    const size = 20;
    const { books, run } = network(
      Array.from({ length: size }, (_, i) => ({ ordinal: i * 2_000_000 })),
      4,
      { exploreBps: 10_000 },
    );
    const [counts, draws] = [new Map<string, number>(), 800];
    for (let n = 0; n < draws; n += 1)
      for (const actor of select(books, run, seedOf(n)).contributors)
        counts.set(actor, (counts.get(actor) ?? 0) + 1);
    const expected = (draws * 4) / size;
    const chiSquared = Array.from({ length: size }, (_, i) => counts.get(nameOf(i)) ?? 0).reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    // 19 degrees of freedom; drawing without replacement only makes it smaller.
    expect(chiSquared).toBeLessThan(43.8);
  });

  it('draws by rank in proportion to the points above the first rating, plus one', () => {
    // Weights 1, 3 and 6: the first of one slot falls to them so often.
    const { books, run } = network(
      [{ ordinal: 0 }, { ordinal: 2_000_000 }, { ordinal: 5_000_000 }],
      1,
      { exploreBps: 0 },
    );
    const counts = [0, 0, 0];
    const draws = 2000;
    for (let n = 0; n < draws; n += 1) {
      const [first] = select(books, run, seedOf(n)).contributors as [ActorId];
      counts[Number(first.slice(1))] = (counts[Number(first.slice(1))] ?? 0) + 1;
    }
    [0.1, 0.3, 0.6].forEach((share, i) => {
      // Four standard deviations.
      const off = 4 * Math.sqrt(draws * share * (1 - share));
      expect(Math.abs((counts[i] ?? 0) - draws * share)).toBeLessThan(off);
    });
  });
});

describe('a run under mesh terms', () => {
  it('names a bounded number of stand-bys and says how the slots were drawn', () => {
    const cast = Cast.network({ workers: 6, staged: false });
    const drawn = cast.desk.events.find(({ type }) => type === 'daybook.selection.drawn.v1');
    expect(drawn?.data).toMatchObject({ population: 6, eligible: 6 });
    expect(cast.window.contributors).toHaveLength(2);
    expect(new Set(cast.window.contributors).size).toBe(2);
  });

  it('waits while all who are fresh are canaries and canaries get nothing', () => {
    const admission = { ...seedNetworkPolicy.admission, canarySlots: 0 };
    const { books } = Cast.network({ policy: { admission } }).desk;
    expect(books.runs[RUN]?.state).toBe('initializing');
    expect(books.windows).toEqual({});
  });

  it('gives a slot that is taken over to nobody whose cluster has its slots', () => {
    const cast = Cast.network({ workers: 2, staged: false });
    const [slot] = cast.slots as [string];
    const key = cast.keyOf(cast.assignment(slot).participant);
    const about = { participant: key.actor, session: 1, reason: 'deathrattle' };
    const events = cast.desk.must(key, 'daybook.participant.left.v1', about);
    expect(events.map(({ type }) => type)).not.toContain('daybook.assignment.issued.v1');
    const late = cast.desk.admit('worker', 'a newcomer');
    cast.desk.join(late);
    cast.desk.tick();
    expect(cast.assignment(cast.slots[0] as string).participant).toBe(late.actor);
  });
});
