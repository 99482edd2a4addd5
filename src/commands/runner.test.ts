/**
 * The runner against a real (memory) log and against one that misbehaves as networks do: answers
 * that are lost, appends that fail, another writer.
 */
import * as fc from 'fast-check';
import { tagged } from '../events/command-tag.ts';
import { describe, expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLog } from '../adapters/memory/event-log.ts';
import type { Commit } from '../events/commit.ts';
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
import { openingOf } from './opening.ts';
import { Runner } from './runner.ts';
import { seedPolicy } from './seed-policy.ts';

const authority = keyNamed('authority');
const operator = keyNamed('operator');
/** Time stands still; a runner that waits between retries does not wait here. */
const clock: Clock = { nowMs: () => START_MS, sleep: async () => {} };

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
      append: async (commit: Commit, expected: LogPosition) => {
        if (full) throw new Fault('storage_full', 'no room', { retryable: false });
        return log.append(commit, expected);
      },
    } as EventLog);
    const before = runner.state.books;
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

/** A log whose every `nth` append is stored but not answered (0: never). */
function lossy(log: EventLog, nth: number): EventLog {
  let appends = 0;
  return {
    ...bound(log),
    append: async (commit: Commit, expected: LogPosition) => {
      const result = await log.append(commit, expected);
      appends += 1;
      if (nth > 0 && appends % nth === 0)
        throw new Fault('log_unavailable', 'the answer was lost', { retryable: true });
      return result;
    },
  } as EventLog;
}

const bound = (log: EventLog) => ({
  ledger: log.ledger,
  head: () => log.head(),
  read: (after: LogPosition) => log.read(after),
  follow: (after: LogPosition, signal: AbortSignal) => log.follow(after, signal),
  close: () => log.close(),
});
