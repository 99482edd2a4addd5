/** Runners that take turns: one follows while another decides, and steps up and down as it is told. */
import { describe, expect, it } from 'vitest';
import { openLog } from '../adapters/memory/event-log.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import type { Commit } from '../events/commit.ts';
import type { LogPosition } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import { keyNamed, LEDGER, NONCE, START_MS } from '../testing/desk.ts';
import { tagged } from '../events/command-tag.ts';
import { applyCommit } from './apply-commit.ts';
import { encodeCommand, signCommand } from './command.ts';
import { initialState } from './machine.ts';
import { openingOf } from './opening.ts';
import type { Clock } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';
import { Fault } from './ports/fault.ts';
import { Runner } from './runner.ts';
import { seedPolicy } from './seed-policy.ts';

const key = keyNamed('authority');
const operator = keyNamed('operator');
const clock: Clock = { nowMs: () => START_MS, sleep: async () => {}, alarm: () => () => {} };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const opening = encodeCommand(
  signCommand(key, LEDGER, 'open', openingOf(LEDGER, key.actor, operator.actor, NONCE)),
);
const policy = encodeCommand(
  signCommand(operator, LEDGER, tagged('policy', NONCE, null), {
    type: 'daybook.policy.adopted.v1',
    data: seedPolicy,
  }),
);
const admission = (name: string): Uint8Array =>
  encodeCommand(
    signCommand(operator, LEDGER, tagged(`admit-${name}`, NONCE, null), {
      type: 'daybook.participant.admitted.v1',
      data: { participant: keyNamed(name).actor, role: 'worker', name },
    }),
  );

/** A log whose appends wait for the gate, and then do what it says. */
function gated(log: EventLog): EventLog & { gate: Promise<unknown>; asked: number } {
  const own = {
    gate: Promise.resolve() as Promise<unknown>,
    asked: 0,
    ledger: log.ledger,
    appendsInFlight: log.appendsInFlight,
    head: () => log.head(),
    read: (after: LogPosition) => log.read(after),
    follow: (after: LogPosition, signal: AbortSignal) => log.follow(after, signal),
    append: async (commit: Commit, expected: LogPosition) => {
      own.asked += 1;
      await own.gate;
      return log.append(commit, expected);
    },
    close: () => log.close(),
  };
  return own;
}

async function twoOnOneLog() {
  const world = new MemoryWorld(clock);
  const log = gated(openLog(world, LEDGER));
  const one = await Runner.open({ log, key, clock });
  await one.submit(opening);
  await one.submit(policy);
  const other = await Runner.open({ log: openLog(world, LEDGER), key, clock });
  return { log, one, other };
}

async function replayed(log: EventLog) {
  let state = initialState(LEDGER);
  for await (const commit of log.read(LOG_START)) ({ state } = applyCommit(state, commit));
  return state.books;
}

describe('a runner that follows', () => {
  it('has folded what another wrote before it decides anything itself', async () => {
    const { log, one, other } = await twoOnOneLog();
    other.stepDown();
    const stop = new AbortController();
    const following = other.follow(stop.signal);
    await one.submit(admission('a'));
    await turn();
    expect(other.state.books).toEqual(one.state.books);
    stop.abort();
    await following;
    await one.submit(admission('b'));
    one.stepDown();
    await other.stepUp();
    expect(other.state.books).toEqual(one.state.books);
    expect(await other.submit(admission('c'))).toMatchObject({ status: 'recorded' });
    expect(await replayed(log)).toEqual(other.state.books);
  });

  it('does not take its own commits twice', async () => {
    const { log, one } = await twoOnOneLog();
    const stop = new AbortController();
    const seen: number[] = [];
    one.onCommit((events) => void seen.push(...events.map(({ sequence }) => sequence)));
    const following = one.follow(stop.signal);
    await one.submit(admission('a'));
    await turn();
    stop.abort();
    await following;
    const { size } = await log.head();
    expect(seen).toEqual([size - 2, size - 1]);
  });
});

it('a runner that another overtook unnoticed refuses nothing that is permitted by now', async () => {
  const world = new MemoryWorld(clock);
  const [one, stale] = await Promise.all(
    [0, 1].map(() => Runner.open({ log: openLog(world, LEDGER), key, clock })),
  );
  await one?.submit(opening);
  expect(await stale?.submit(policy)).toMatchObject({ status: 'recorded' });
  expect(await one?.submit(admission('a'))).toMatchObject({ status: 'recorded' });
});

describe('a runner that steps down', () => {
  it('answers what waits at once, and lets what is in flight land', async () => {
    const { log, one } = await twoOnOneLog();
    let open = (): void => {};
    log.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const inFlight = one.submit(admission('a'));
    await turn();
    const waiting = one.submit(admission('b'));
    one.stepDown();
    expect(await waiting).toMatchObject({ code: 'not_leading', retryable: true });
    expect(await one.submit(admission('c'))).toMatchObject({ code: 'not_leading' });
    open();
    expect(await inFlight).toMatchObject({ status: 'recorded', repeated: false });
    await one.idle();
    expect(Object.values((await replayed(log)).members).map(({ name }) => name)).toEqual(['a']);
  });

  it('loses its place to the successor, decides nothing again and says so', async () => {
    const { log, one, other } = await twoOnOneLog();
    let open = (): void => {};
    log.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const inFlight = one.submit(admission('a'));
    await turn();
    one.stepDown();
    await other.stepUp();
    expect(await other.submit(admission('b'))).toMatchObject({ status: 'recorded' });
    open();
    expect(await inFlight).toMatchObject({ code: 'not_leading' });
    // Its caller asks again, whoever leads, and the command has one place.
    const first = await other.submit(admission('a'));
    other.stepDown();
    await one.stepUp();
    expect(await one.submit(admission('a'))).toEqual({ ...first, repeated: true });
    expect(await replayed(log)).toEqual(one.state.books);
  });

  it('does not go on trying an append that fails', async () => {
    const { log, one } = await twoOnOneLog();
    const before = log.asked;
    log.gate = Promise.reject(new Fault('log_unavailable', 'away', { retryable: true }));
    log.gate.catch(() => undefined);
    const inFlight = one.submit(admission('a'));
    while (log.asked === before) await Promise.resolve();
    one.stepDown();
    expect(await inFlight).toMatchObject({ status: 'fault', code: 'log_unavailable' });
    expect(log.asked - before).toBe(1);
  });
});
