/** After a long outage everything is due at once: one tick takes what one commit holds, the next the rest. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT } from '../events/commit.ts';
import { Desk, keyNamed, LEDGER } from '../testing/desk.ts';
import type { Command } from './command.ts';
import { PARTICIPANTS_MAX } from './guards/participants.ts';
import { LedgerMachine } from './ledger-machine.ts';
import { nextDueMs } from './rules/react.ts';

it('is recorded in commits of legal size, whatever the number of participants', () => {
  const desk = new Desk().open();
  const keys = Array.from({ length: PARTICIPANTS_MAX }, (_, i) => keyNamed(`worker-${i}`));
  for (const { actor } of keys) {
    desk.must(desk.operator, 'daybook.participant.admitted.v1', {
      participant: actor,
      role: 'worker',
      name: 'a name as long as any that an operator might give to a machine '.repeat(3),
    });
  }
  for (const key of keys) desk.join(key);
  desk.nowMs += 3600_000;
  let ticks = 0;
  for (; (nextDueMs(desk.books) ?? Infinity) <= desk.nowMs; ticks += 1) {
    const first = desk.lines.length;
    desk.tick();
    const lines = desk.lines.slice(first);
    const bytes = lines.reduce((sum, line) => sum + line.byteLength + 1, 0);
    expect(bytes).toBeLessThanOrEqual(MAX_COMMIT_BYTES);
    expect(lines.length).toBeLessThanOrEqual(MAX_ENTRIES_PER_COMMIT);
  }
  expect(ticks).toBeGreaterThan(1);
  // In place the same ticks stop at the same entries: what overflowed is taken back.
  const machine = LedgerMachine.empty(LEDGER);
  const lines: Uint8Array[] = [];
  for (const event of desk.events) {
    if (event.causationid !== undefined) continue;
    const { commandid: id, actor, sig = '', type, data } = event;
    const command = { id, ledger: LEDGER, actor, sig, fact: { type, data } } as Command;
    const decided = machine.decide(command, Date.parse(event.time));
    if (isLeft(decided)) throw new Error(decided.left.code);
    lines.push(...decided.right.lines);
    machine.settle(decided.right.lines.length);
  }
  expect(Buffer.concat(lines).equals(Buffer.concat(desk.lines))).toBe(true);
  expect(machine.settled.books).toEqual(desk.books);
  expect(Object.values(desk.books.members).every(({ status }) => status === 'departed')).toBe(true);
});
