/** Two authorities on one ledger, on virtual time: a standby takes over, and there is one history. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../adapters/memory/virtual-clock.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import type { OpenLedger } from '../adapters/open.ts';
import { openLedger } from '../adapters/open.ts';
import type { Command } from '../commands/command.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { openingOf } from '../commands/opening.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Leadership } from '../commands/ports/leadership.ts';
import { decodeReply } from '../commands/reply.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import { clockIn, leadershipIn, logIn, Mishaps } from '../testing/contender.ts';
import { keyNamed, LEDGER, NONCE, START_MS } from '../testing/desk.ts';
import { tagged } from '../events/command-tag.ts';
import { checkOneHistory } from '../testing/one-history.ts';
import { runAuthority } from './authority.ts';

const LEASE_MS = 1000;
const key = keyNamed('authority');
const operator = keyNamed('operator');

const preparations: readonly Command[] = [
  signCommand(key, LEDGER, 'open', openingOf(LEDGER, key.actor, operator.actor, NONCE)),
  signCommand(operator, LEDGER, tagged('policy', NONCE, null), {
    type: 'daybook.policy.adopted.v1',
    data: seedPolicy,
  }),
];
const admissions: readonly Command[] = Array.from({ length: 40 }, (_, i) =>
  signCommand(operator, LEDGER, tagged(`admit-${i}`, NONCE, null), {
    type: 'daybook.participant.admitted.v1',
    data: { participant: keyNamed(`w-${i}`).actor, role: 'worker', name: `w-${i}` },
  }),
);

/** An authority in its own process, as far as the test can tell. */
class Desk {
  readonly mishaps = new Mishaps();
  readonly stop = new AbortController();
  readonly ended: Promise<void>;
  readonly leaders: string[] = [];
  readonly leadership: Leadership;

  constructor(world: MemoryWorld, parts: OpenLedger) {
    const { mishaps } = this;
    this.leadership = leadershipIn(mishaps, parts.leadership);
    this.ended = runAuthority(
      {
        ...parts,
        key,
        log: logIn(mishaps, parts.log),
        clock: clockIn(mishaps, world.clock),
        leadership: this.leadership,
        leaseMs: LEASE_MS,
        onLeader: (holder) => void this.leaders.push(holder),
      },
      this.stop.signal,
    );
  }

  get leads(): boolean {
    return this.leaders.at(-1) === this.leadership.self;
  }
}

/** With a register of its own, each desk believes that it leads. */
async function twoDesks(registers: 'shared' | 'own') {
  const clock = new VirtualClock(START_MS);
  const memory = new MemoryWorld(clock);
  const open = (): Promise<OpenLedger> => openLedger('memory:', LEDGER, { memory });
  const desks: Desk[] = [];
  for (const world of [memory, registers === 'own' ? new MemoryWorld(clock) : memory]) {
    const { leadership } = await openLedger('memory:', LEDGER, { memory: world });
    desks.push(new Desk(memory, { ...(await open()), leadership }));
  }
  const { channel, log } = await open();
  const acknowledged = new Map<string, number>();
  /** Asks until there is an answer, as every client does. */
  const ask = async (command: Command): Promise<void> => {
    for (;;) {
      try {
        const bytes = await channel.request('command', encodeCommand(command), { timeoutMs: 500 });
        const reply = decodeReply(bytes);
        if (reply.status === 'recorded') return void acknowledged.set(command.id, reply.sequence);
        if (reply.status === 'refused' && reply.code !== 'not_leading')
          throw new Error(`${command.id} refused: ${reply.code}`);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      }
      await clock.sleep(50);
    }
  };
  const until = async (work: Promise<unknown>, withinMs: number): Promise<void> => {
    const done = new AbortController();
    void work.finally(() => done.abort()).catch(() => undefined);
    for (let ms = 0; !done.signal.aborted; ms += 50) {
      await clock.advance(50);
      expect(ms, 'it is stuck').toBeLessThan(withinMs);
    }
    await work;
  };
  const end = async (): Promise<void> => {
    for (const { mishaps, stop } of desks) {
      await mishaps.goOn();
      Object.assign(mishaps, { cut: false, deaf: false });
      stop.abort();
    }
    await until(Promise.all(desks.map(({ ended }) => ended)), 60_000);
  };
  await clock.advance(0);
  await until(Promise.all(preparations.slice(0, 1).map(ask)), 10_000);
  await until(Promise.all(preparations.slice(1).map(ask)), 10_000);
  return { clock, desks: desks as [Desk, Desk], ask, until, end, log, acknowledged };
}

describe('a standby', () => {
  it('takes over within a lease from a leader that was stopped, and answers what it did not', async () => {
    const { clock, desks, ask, until, end, log, acknowledged } = await twoDesks('shared');
    await clock.advance(LEASE_MS);
    const [leader, standby] = desks[0].leads ? desks : desks.toReversed();
    leader?.mishaps.stop();
    const asked = Promise.all(admissions.map(ask));
    await clock.advance(LEASE_MS);
    expect(standby?.leads).toBe(true);
    await until(asked, 30 * LEASE_MS);
    await leader?.mishaps.goOn();
    await clock.advance(LEASE_MS);
    expect(leader?.leads).toBe(false);
    expect(await checkOneHistory(log, acknowledged)).toBe(42);
    await end();
  });

  it('has nothing to do with a leader that ends in order but to go on', async () => {
    const { clock, desks, ask, until, end, log, acknowledged } = await twoDesks('shared');
    await clock.advance(LEASE_MS);
    const [leader, standby] = desks[0].leads ? desks : desks.toReversed();
    const asked = Promise.all(admissions.map(ask));
    leader?.stop.abort();
    await clock.advance(LEASE_MS / 4);
    expect(standby?.leads).toBe(true);
    await until(asked, LEASE_MS);
    expect(await checkOneHistory(log, acknowledged)).toBe(42);
    await end();
  });
});

const what = ['ask', 'stop', 'go on', 'cut', 'deaf', 'heal'] as const;
const step = fc.record({
  who: fc.nat({ max: 1 }),
  what: fc.constantFrom(...what),
  forMs: fc.constantFrom(0, 7, 60, 400, 900, 1500),
});

describe.each(['shared', 'own'] as const)('with the %s register', (registers) => {
  it('whatever befalls two authorities, there is one history and everybody is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const { clock, desks, ask, until, end, log, acknowledged } = await twoDesks(registers);
        const asked: Promise<void>[] = [];
        for (const { who, what: act, forMs } of steps) {
          const { mishaps } = desks[who] as Desk;
          if (act === 'ask')
            for (const command of admissions.slice(asked.length, asked.length + 4))
              asked.push(ask(command));
          else if (act === 'stop') mishaps.stop();
          else if (act === 'go on') await mishaps.goOn();
          else Object.assign(mishaps, { cut: act === 'cut', deaf: act === 'deaf' });
          await clock.advance(forMs);
        }
        for (const { mishaps } of desks) {
          await mishaps.goOn();
          Object.assign(mishaps, { cut: false, deaf: false });
        }
        await until(Promise.all(asked), 60_000);
        await end();
        expect(await checkOneHistory(log, acknowledged)).toBe(asked.length + 2);
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});
