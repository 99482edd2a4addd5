/**
 * The runner against a real (memory) log and against one that misbehaves as networks do: answers
 * that are lost, appends that fail, another writer.
 */
import * as fc from 'fast-check';
import { tagged } from '../events/command-tag.ts';
import { describe, expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLog } from '../adapters/memory/event-log.ts';
import type { LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import { keyNamed, LEDGER, START_MS, NONCE } from '../testing/desk.ts';
import { applyCommit } from './apply-commit.ts';
import { encodeCommand, signCommand } from './command.ts';
import { initialState } from './machine.ts';
import type { Clock } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';
import { Fault } from './ports/fault.ts';
import type { Reply } from './reply.ts';
import { commandRecord } from '../projections/command-book.ts';
import { openingOf } from './opening.ts';
import { Runner } from './runner.ts';
import { seedPolicy } from './seed-policy.ts';

type Append = Parameters<EventLog['append']>;

const authority = keyNamed('authority');
const operator = keyNamed('operator');
/** Time stands still; a runner that waits between retries does not wait here. */
const clock: Clock = { nowMs: () => START_MS, sleep: async () => {}, alarm: () => () => {} };

const opening = encodeCommand(
  signCommand(authority, LEDGER, 'open', openingOf(LEDGER, authority.actor, operator.actor, NONCE)),
);
const policy = encodeCommand(
  signCommand(operator, LEDGER, tagged('policy', NONCE, null), {
    type: 'daybook.policy.adopted.v1',
    data: seedPolicy,
  }),
);
const admission = (name: string, id = `admit-${name}`): Uint8Array =>
  encodeCommand(
    signCommand(operator, LEDGER, tagged(id, NONCE, null), {
      type: 'daybook.participant.admitted.v1',
      data: { participant: keyNamed(name).actor, role: 'worker', name },
    }),
  );

async function opened(log: EventLog): Promise<Runner> {
  const runner = await Runner.open({ log, key: authority, clock });
  await runner.submit(opening);
  await runner.submit(policy);
  return runner;
}

const memoryLog = (world = new MemoryWorld(clock)): EventLog => openLog(world, LEDGER);

async function replay(log: EventLog) {
  let state = initialState(LEDGER);
  for await (const commit of log.read(LOG_START)) ({ state } = applyCommit(state, commit));
  return state.books;
}

const recorded = (reply: Reply): boolean => reply.status === 'recorded';

describe('the decider runner', () => {
  it('groups what waits into few commits, and each answer names its own entry', async () => {
    const log = memoryLog();
    const runner = await opened(log);
    const before = (await log.head()).position;
    const names = Array.from({ length: 50 }, (_, i) => `w-${i}`);
    const replies = await Promise.all(names.map((name) => runner.submit(admission(name))));
    expect(replies.every(recorded)).toBe(true);
    const sequences = replies.map((reply) => (reply.status === 'recorded' ? reply.sequence : -1));
    expect(new Set(sequences).size).toBe(50);
    expect((await log.head()).position - before).toBeLessThanOrEqual(2);
    expect(await replay(log)).toEqual(runner.state.books);
  });

  it('answers a repeated command with the first answer, for ever, and refuses other content', async () => {
    const log = memoryLog();
    const first = await opened(log);
    const reply = await first.submit(admission('w'));
    const restarted = await Runner.open({ log, key: authority, clock });
    expect(await restarted.submit(admission('w'))).toEqual({ ...reply, repeated: true });
    expect(await restarted.submit(admission('other', 'admit-w'))).toMatchObject({
      status: 'refused',
      code: 'command_id_conflict',
    });
    expect((await log.head()).size).toBe(restarted.state.books.ledger.size);
  });

  it('records a command once when the answer to its append is lost', async () => {
    const log = memoryLog();
    const runner = await opened(lossy(log, 3));
    expect(await runner.submit(admission('w'))).toMatchObject({ repeated: false });
    expect(await replay(log)).toEqual(runner.state.books);
  });

  it('reports a full disk, half-applies nothing, and goes on when there is room', async () => {
    const log = memoryLog();
    let full = false;
    const runner = await opened({
      ...bound(log),
      append: async (...[commit, expected, previous]: Append) => {
        if (full) throw new Fault('storage_full', 'no room', { retryable: false });
        return log.append(commit, expected, previous);
      },
    } as EventLog);
    const before = structuredClone(runner.state.books);
    full = true;
    expect(await runner.submit(admission('w'))).toMatchObject({
      status: 'fault',
      code: 'storage_full',
    });
    expect(runner.state.books).toEqual(before);
    full = false;
    expect(await runner.submit(admission('w'))).toMatchObject({ status: 'recorded' });
    expect(await replay(log)).toEqual(runner.state.books);
  });

  it('opens an empty ledger for nobody but its own key', async () => {
    const runner = await Runner.open({ log: memoryLog(), key: authority, clock });
    const stranger = keyNamed('stranger');
    const { actor } = stranger;
    const squat = signCommand(stranger, LEDGER, 'mine', openingOf(LEDGER, actor, actor, NONCE));
    expect(await runner.submit(encodeCommand(squat))).toMatchObject({ code: 'not_authorised' });
    expect(await runner.submit(opening)).toMatchObject({ status: 'recorded' });
  });

  it('two authorities on one ledger never fork and never decide a command twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ by: fc.integer({ min: 0, max: 1 }), who: fc.integer({ min: 0, max: 9 }) }),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        fc.constantFrom(0, 2, 3, 4, 5),
        async (orders, lost) => {
          const world = new MemoryWorld(clock);
          const log = memoryLog(world);
          const a = await opened(lossy(log, lost));
          const b = await Runner.open({ log: openLog(world, LEDGER), key: authority, clock });
          const replies = await Promise.all(
            orders.map(
              ({ by, who }) => [a, b][by]?.submit(admission(`w-${who}`)) as Promise<Reply>,
            ),
          );
          expect(replies.every(recorded)).toBe(true);
          const books = await replay(log);
          const wanted = new Set(orders.map(({ who }) => `w-${who}`));
          expect(new Set(Object.values(books.members).map(({ name }) => name))).toEqual(wanted);
          // Whoever was asked, however often: one command, one place in the ledger.
          const places = orders.map(({ who }, i) => {
            const reply = replies[i];
            return `${who} at ${reply?.status === 'recorded' ? reply.sequence : 'none'}`;
          });
          expect(new Set(places).size).toBe(wanted.size);
        },
      ),
      { numRuns: 30 },
    );
  });
});

/** What happens to one append: how many turns it takes, and what goes wrong. */
interface Weather {
  readonly turns: number;
  readonly mishap: 'none' | 'answer lost' | 'not sent' | 'disk full' | 'another writer';
}

const weathers: fc.Arbitrary<Weather> = fc.record({
  turns: fc.nat(4),
  mishap: fc.constantFrom(
    ...([
      'none',
      'none',
      'none',
      'answer lost',
      'not sent',
      'disk full',
      'another writer',
    ] as const),
  ),
});

/** Signed once: a storm says the same things over and over. */
const admissions = Array.from({ length: 13 }, (_, who) => admission(`w-${who}`));
const admissionOf = (who: number): Uint8Array => admissions[who] as Uint8Array;

describe('groups in flight', () => {
  it('are decided again when the one before them is not recorded; no answer is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.nat(11), pause: fc.nat(3) }), { minLength: 1, maxLength: 40 }),
        fc.array(weathers, { maxLength: 12 }),
        fc.constantFrom(1, 2, 4),
        async (orders, weather, flightsMax) => {
          const forecast = [...weather];
          const world = new MemoryWorld(clock);
          const log = memoryLog(world);
          await opened(log);
          const rival = await Runner.open({ log: memoryLog(world), key: authority, clock });
          const runner = await Runner.open({
            log: stormy(log, forecast, rival),
            key: authority,
            clock,
            flightsMax,
          });
          const replies: Promise<Reply>[] = [];
          for (const { who, pause } of orders) {
            replies.push(runner.submit(admissionOf(who)));
            await turns(pause);
          }
          const answered = await Promise.all(replies);
          await runner.idle();
          await rival.idle();
          forecast.length = 0;
          await settlesEverything(log, runner, orders, answered);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('come to as many as are of use to the log, and are answered in their order', async () => {
    const log = memoryLog();
    await opened(log);
    const gates: (() => void)[] = [];
    const runner = await Runner.open({
      log: {
        ...bound(log),
        appendsInFlight: 2,
        append: async (...[commit, expected, previous]: Append) => {
          await new Promise<void>((open) => gates.push(open));
          return log.append(commit, expected, previous);
        },
      } as EventLog,
      key: authority,
      clock,
    });
    const names = ['a', 'b', 'c'];
    const answers: string[] = [];
    const said = names.map(async (name, at) => {
      await turns(10 * at);
      await runner.submit(admission(name));
      answers.push(name);
    });
    await turns(40);
    expect(gates, 'the third waits for one of the two').toHaveLength(2);
    expect(Object.keys(runner.state.books.members), 'nothing undecided leaks in').toEqual([]);
    for (const at of names.keys()) {
      gates[at]?.();
      await turns(10);
    }
    await Promise.all(said);
    expect(answers).toEqual(names);
  });
});

it('says that the log has lost commits instead of writing behind what is left', async () => {
  const log = memoryLog();
  const shorter = memoryLog();
  let isLost = false;
  const runner = await opened({
    ...bound(log),
    read: (after: LogPosition) => (isLost ? shorter : log).read(after),
    append: (...args: Append) => (isLost ? shorter : log).append(...args),
  } as EventLog);
  isLost = true;
  expect(await runner.submit(admission('w'))).toMatchObject({ code: 'log_corrupt' });
  expect((await shorter.head()).size).toBe(0);
});

/** Whoever was told of a place is at it; whoever was told of a fault that lasts is nowhere or once. */
async function settlesEverything(
  log: EventLog,
  runner: Runner,
  orders: readonly { readonly who: number }[],
  answered: readonly Reply[],
): Promise<void> {
  // The runner follows what another writer did when it next appends.
  await runner.submit(admissionOf(12));
  const books = await replay(log);
  expect(runner.state.books).toEqual(books);
  orders.forEach(({ who }, i) => {
    const reply = answered[i] as Reply;
    const record = commandRecord(books, tagged(`admit-w-${who}`, NONCE, null));
    if (reply.status === 'recorded') expect(record?.sequence).toBe(reply.sequence);
    else expect(reply).toMatchObject({ status: 'fault', code: 'storage_full' });
  });
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

function stormy(log: EventLog, forecast: Weather[], rival: Runner): EventLog {
  let rivals = 0;
  return {
    ...bound(log),
    append: async (...[commit, expected, previous]: Append) => {
      const { turns: late, mishap } = forecast.shift() ?? { turns: 0, mishap: 'none' };
      const lost = new Fault('log_unavailable', mishap, { retryable: true });
      if (mishap === 'disk full') throw new Fault('storage_full', mishap, { retryable: false });
      if (mishap === 'not sent') throw lost;
      if (mishap === 'another writer') {
        rivals += 1;
        await rival.submit(admissionOf(rivals % 12));
      }
      await turns(late);
      const result = await log.append(commit, expected, previous);
      if (mishap === 'answer lost') throw lost;
      return result;
    },
  } as EventLog;
}

/** A log whose every `nth` append is stored but not answered (0: never). */
function lossy(log: EventLog, nth: number): EventLog {
  let appends = 0;
  return {
    ...bound(log),
    append: async (...[commit, expected, previous]: Append) => {
      const result = await log.append(commit, expected, previous);
      appends += 1;
      if (nth > 0 && appends % nth === 0)
        throw new Fault('log_unavailable', 'the answer was lost', { retryable: true });
      return result;
    },
  } as EventLog;
}

const bound = (log: EventLog) => ({
  ledger: log.ledger,
  appendsInFlight: log.appendsInFlight,
  head: () => log.head(),
  read: (after: LogPosition) => log.read(after),
  follow: (after: LogPosition, signal: AbortSignal) => log.follow(after, signal),
  close: () => log.close(),
});
