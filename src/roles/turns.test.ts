/** Taking turns, on virtual time: who leads when, whatever befalls the register and the processes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLeadership } from '../adapters/memory/leadership.ts';
import { VirtualClock } from '../adapters/memory/virtual-clock.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Leadership } from '../commands/ports/leadership.ts';
import { clockIn, leadershipIn, Mishaps } from '../testing/contender.ts';
import { LEDGER, START_MS } from '../testing/desk.ts';
import { takeTurns } from './turns.ts';

const LEASE_MS = 1000;

class Contender {
  readonly mishaps = new Mishaps();
  readonly seen: string[] = [];
  readonly leadership: Leadership;
  readonly ended: Promise<unknown>;
  readonly stop = new AbortController();
  leads = false;
  #fail: (error: unknown) => void = () => {};

  constructor(world: MemoryWorld) {
    this.leadership = leadershipIn(this.mishaps, openLeadership(world, LEDGER));
    const until = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#fail = reject;
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
    this.ended = takeTurns(
      {
        leadership: this.leadership,
        clock: clockIn(this.mishaps, world.clock),
        leaseMs: LEASE_MS,
        standBy: until,
        lead: async (signal) => {
          this.leads = true;
          await until(signal).finally(() => {
            this.leads = false;
          });
        },
        onLeader: (holder) => void this.seen.push(holder),
      },
      this.stop.signal,
    ).then(
      () => null,
      (error: unknown) => error,
    );
  }

  fail(error: unknown): void {
    this.#fail(error);
  }
}

function contest(count: number) {
  const clock = new VirtualClock(START_MS);
  const world = new MemoryWorld(clock);
  const all = Array.from({ length: count }, () => new Contender(world));
  return {
    clock,
    world,
    all,
    leaders: (): Contender[] => all.filter(({ leads }) => leads),
    /** The one that leads and one that does not. */
    now: () => ({
      leader: all.find(({ leads }) => leads) as Contender,
      standby: all.find(({ leads }) => !leads) as Contender,
    }),
  };
}

describe('of several authorities', () => {
  it('one leads, and goes on leading', async () => {
    const { clock, leaders, now } = contest(3);
    await clock.advance(0);
    const { leader } = now();
    for (let i = 0; i < 50; i += 1) {
      await clock.advance(LEASE_MS / 5);
      expect(leaders()).toEqual([leader]);
    }
    expect(leader.seen).toEqual([leader.leadership.self]);
  });

  it('another takes over within a lease when the leader falls silent', async () => {
    const { clock, now } = contest(2);
    await clock.advance(0);
    for (let i = 0; i < 20; i += 1) {
      const { leader, standby } = now();
      await clock.advance(LEASE_MS + 37 * i);
      expect(leader.leads).toBe(true);
      leader.mishaps.stop();
      await clock.advance(LEASE_MS / 2);
      expect(standby.leads).toBe(false);
      await clock.advance(LEASE_MS / 2);
      expect(standby.leads).toBe(true);
      await leader.mishaps.goOn();
      await clock.advance(LEASE_MS);
      expect(leader.leads).toBe(false);
      expect(standby.leads).toBe(true);
    }
  });

  it('another takes over at its next look when the leader ends in order', async () => {
    const { clock, now } = contest(2);
    await clock.advance(LEASE_MS);
    const { leader, standby } = now();
    leader.stop.abort();
    await clock.advance(LEASE_MS / 8);
    expect(await leader.ended).toBe(null);
    expect(standby.leads).toBe(true);
    expect(standby.seen).toEqual([leader.leadership.self, standby.leadership.self]);
  });

  it('a leader out of reach stops by itself before another begins', async () => {
    const { clock, leaders, now } = contest(2);
    await clock.advance(LEASE_MS);
    const { leader, standby } = now();
    leader.mishaps.cut = true;
    for (let ms = 0; !standby.leads; ms += 10) {
      await clock.advance(10);
      expect(leaders().length).toBeLessThanOrEqual(1);
      expect(ms).toBeLessThan(LEASE_MS);
    }
    leader.mishaps.cut = false;
    await clock.advance(5 * LEASE_MS);
    expect(leaders()).toEqual([standby]);
  });

  it('a claim whose answer was lost does not cost the lead', async () => {
    const { clock, leaders, now } = contest(2);
    await clock.advance(0);
    const { leader } = now();
    for (let i = 0; i < 10; i += 1) {
      leader.mishaps.deaf = true;
      await clock.advance(LEASE_MS / 5);
      leader.mishaps.deaf = false;
      await clock.advance(LEASE_MS / 5);
      expect(leaders()).toEqual([leader]);
    }
  });

  it('who was stopped for long goes on leading when nobody took its place', async () => {
    const { clock, all } = contest(1);
    await clock.advance(LEASE_MS);
    const [alone] = all as [Contender];
    alone.mishaps.stop();
    await clock.advance(10 * LEASE_MS);
    await alone.mishaps.goOn();
    await clock.advance(0);
    expect(alone.leads).toBe(true);
    expect(alone.seen).toEqual([alone.leadership.self]);
  });

  it('one that fails makes room, and tells why', async () => {
    const { clock, now } = contest(2);
    await clock.advance(LEASE_MS);
    const { leader, standby } = now();
    const bug = new Error('a bug');
    leader.fail(bug);
    await clock.advance(LEASE_MS / 8);
    expect(await leader.ended).toBe(bug);
    expect(standby.leads).toBe(true);
  });

  it('one that cannot follow the log is no standby', async () => {
    const { clock, now } = contest(2);
    await clock.advance(LEASE_MS);
    const { standby } = now();
    const corrupt = new Fault('log_corrupt', 'a commit is missing', { retryable: false });
    standby.fail(corrupt);
    await clock.advance(LEASE_MS);
    expect(await standby.ended).toBe(corrupt);
  });

  it('one that may not claim the lead ends with the reason', async () => {
    const world = new MemoryWorld(new VirtualClock(START_MS));
    const forbidden = new Fault('permission_denied', 'not yours', { retryable: false });
    const leadership = {
      ...openLeadership(world, LEDGER),
      look: () => Promise.reject(forbidden),
    } as Leadership;
    const idle = async (): Promise<void> => {};
    const turns = { leadership, clock: world.clock, leaseMs: LEASE_MS, standBy: idle, lead: idle };
    await expect(takeTurns(turns, new AbortController().signal)).rejects.toBe(forbidden);
  });
});

it('never do two lead while their timers are on time, and in the end one does', async () => {
  const step = fc.record({
    who: fc.nat({ max: 2 }),
    what: fc.constantFrom('cut', 'deaf', 'heal'),
    forMs: fc.integer({ min: 1, max: 2 * LEASE_MS }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { clock, all, leaders } = contest(3);
      let most = 0;
      for (const { who, what, forMs } of steps) {
        const { mishaps } = all[who] as Contender;
        mishaps.cut = what === 'cut';
        mishaps.deaf = what === 'deaf';
        for (let ms = 0; ms < forMs; ms += 50) {
          await clock.advance(50);
          most = Math.max(most, leaders().length);
        }
      }
      expect(most).toBeLessThanOrEqual(1);
      for (const { mishaps } of all) {
        mishaps.cut = false;
        mishaps.deaf = false;
      }
      await clock.advance(2 * LEASE_MS);
      expect(leaders().length).toBe(1);
      for (const { stop } of all) stop.abort();
      await clock.advance(0);
    }),
    { numRuns: 40 },
  );
});
