/** Claims of speed against the clock of the ledger. */
import { describe, expect, it } from 'vitest';
import { must } from '../../../projections/books.ts';
import { seedNetworkPolicy } from '../../network-policy.ts';
import { gatesOf } from '../windows/admission.ts';
import { RegistryCast } from '../../../testing/registry-cast.ts';

const JUDGED = 'daybook.capability.measured.v1';

/** One worker does everything; each window takes it so many milliseconds a slot. */
function claiming(tokensPerSecond: number): { cast: RegistryCast; worker: string } {
  const cast = RegistryCast.open(1, 2, { claimToleranceBps: 5000, claimWindows: 2 });
  const { actor } = must(cast.workers[0], 'worker');
  const claim = cast.claimOf(actor);
  const benchmark = { ...claim.benchmark, tokens: 1_000_000, elapsedMs: 1000 };
  cast.desk.must(cast.keyOf(actor), 'daybook.capability.claimed.v1', {
    ...claim,
    benchmark,
    tokensPerSecond,
  });
  cast.desk.plan({ slots: 1, windows: 6, minWorkers: 1 });
  cast.desk.tick();
  for (const key of cast.everybody) cast.accept(key.actor);
  cast.desk.tick();
  return { cast, worker: actor };
}

/** Plays a window of 32 tokens in so many milliseconds; what was judged. */
function window(cast: RegistryCast, ms: number): unknown[] {
  const [slot] = cast.slots as [string];
  cast.claim(slot);
  cast.desk.nowMs += ms;
  const key = cast.keyOf(cast.assignment(slot).participant);
  cast.desk.must(key, 'daybook.submission.committed.v1', cast.submissionOf(slot));
  cast.reveal();
  const events = cast.judge();
  cast.aggregate(cast.window.window === 0 ? 4_000_000 : 3_000_000, 3_000_000);
  cast.desk.tick();
  for (const one of cast.everybody) cast.desk.heartbeat(one, cast.desk.nowMs);
  return events.flatMap((event) => (event.type === JUDGED ? [event.data] : []));
}

describe('a claim of speed', () => {
  it('is as claimed when work is as fast as the terms allow, told once', () => {
    const { cast, worker } = claiming(64);
    // 32 tokens in a second are half of 64: just enough.
    expect(window(cast, 1000)).toEqual([
      { participant: worker, judgement: 'as_claimed', claimed: 64, measured: 32 },
    ]);
    expect(window(cast, 500)).toEqual([]);
  });

  it('that is overstated bars the next stage, and no claim does not', () => {
    const { cast, worker } = claiming(64);
    const has = (participant: string): number | undefined => {
      const { books } = cast.desk;
      const member = must(books.members[participant], 'member');
      const policy = must(books.policy, 'policy');
      const gates = gatesOf(books, member, seedNetworkPolicy.admission, policy);
      return gates.find(({ gate }) => gate === 'capability')?.has;
    };
    expect([has(worker), has(must(cast.validators[0], 'validator').actor)]).toEqual([1, 1]);
    window(cast, 2000);
    window(cast, 2000);
    expect(has(worker)).toBe(0);
    window(cast, 400);
    expect(has(worker)).toBe(1);
  });

  it('is overstated after so many slow windows in a row, and clears itself', () => {
    const { cast, worker } = claiming(64);
    expect(window(cast, 1001)).toEqual([]);
    expect(window(cast, 2000)).toEqual([
      { participant: worker, judgement: 'overstated', claimed: 64, measured: 16 },
    ]);
    expect(window(cast, 2000)).toEqual([]);
    expect(window(cast, 400)).toMatchObject([{ judgement: 'as_claimed', measured: 80 }]);
  });

  it('is judged anew when another is made', () => {
    const { cast, worker } = claiming(64);
    window(cast, 2000);
    const claim = { ...cast.claimOf(worker as never), tokensPerSecond: 30 };
    cast.desk.must(cast.keyOf(worker), 'daybook.capability.claimed.v1', claim);
    expect(cast.desk.books.capabilities?.[worker]).toMatchObject({ slow: 0, judgement: null });
    expect(window(cast, 2000)).toMatchObject([{ judgement: 'as_claimed', measured: 16 }]);
  });

  it('is measured of accepted work only, and nothing of a window is kept', () => {
    const { cast, worker } = claiming(64);
    const [slot] = cast.slots as [string];
    cast.train(slot, 'forged');
    cast.reveal();
    cast.judge();
    expect(cast.desk.books.capabilities?.[worker]).toMatchObject({ measured: null, elapsedMs: {} });
  });

  it('is of the session and its class', () => {
    const cast = RegistryCast.open(1, 0);
    const { actor } = must(cast.workers[0], 'worker');
    const say = (over: object) =>
      cast.desk.say(cast.keyOf(actor), 'daybook.capability.claimed.v1', {
        ...cast.claimOf(actor),
        ...over,
      });
    expect(say({ computeClass: 'tolerant' })).toMatchObject({ code: 'compute_class_mismatch' });
    expect(say({ session: 2 })).toMatchObject({ code: 'session_over' });
    expect(say({}).ok).toBe(true);
  });
});
