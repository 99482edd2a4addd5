/**
 * Laws under chaos: parties come, go, die, lie and idle in any order while time jumps. Whatever
 * happens, nothing throws, every unit balances, the ledger decided again gives the same lines, and
 * once everybody is back and honest the run comes to its end.
 */
import * as fc from 'fast-check';
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect } from 'vitest';
import type { SigningKey } from '../events/nkey.ts';
import { currentAssignments, openWindow } from '../projections/books.ts';
import { Cast, honestDelta, RUN } from './cast.ts';
import { LEDGER } from './desk.ts';
import type { Command } from '../commands/command.ts';
import { handle, initialState } from '../commands/machine.ts';

const SECOND_MS = 1000;
const ACTS = ['join', 'leave', 'drain', 'beat', 'work', 'lie', 'pause', 'resume', 'wait'] as const;
type Act = (typeof ACTS)[number];

function participate(cast: Cast, key: SigningKey, act: Act): void {
  const { desk } = cast;
  const about = { participant: key.actor, session: cast.sessionOf(key.actor) };
  if (act === 'join') desk.join(key);
  else if (act === 'leave') desk.say(key, 'daybook.participant.left.v1', { ...about, reason: 'x' });
  else if (act === 'drain') desk.say(key, 'daybook.participant.draining.v1', about);
  else if (act === 'beat')
    desk.say(key, 'daybook.participant.heartbeated.v1', { ...about, beat: 1 });
  else if (act === 'work' || act === 'lie') work(cast, key, act === 'lie');
}

/** Whatever this party could do in the open window now; refusals are part of the chaos. */
function work(cast: Cast, key: SigningKey, lying: boolean): void {
  const { desk } = cast;
  const session = cast.sessionOf(key.actor);
  const window = () => openWindow(desk.books, RUN);
  for (const { assignment, participant } of currentAssignments(
    window() ?? ({ slots: [] } as never),
  )) {
    const held = window()?.assignments[assignment];
    if (held === undefined) return;
    if (participant === key.actor) {
      desk.say(key, 'daybook.assignment.claimed.v1', { assignment, session });
      const delta = lying ? `lie of ${assignment}` : honestDelta(assignment);
      const submission = cast.submissionOf(assignment, delta);
      desk.say(key, 'daybook.submission.committed.v1', submission);
      const committed = window()?.assignments[assignment]?.submission;
      if (committed)
        desk.say(key, 'daybook.upload.completed.v1', {
          assignment,
          session,
          delta: committed.delta,
        });
    }
    if (held.challenge?.panel.includes(key.actor)) {
      const found = lying ? `lie of ${key.actor}` : undefined;
      desk.say(key, 'daybook.verdict.recorded.v1', cast.verdictOf(assignment, key.actor, found));
    }
    if (window() === undefined) return;
  }
  const open = window();
  if (open === undefined) return;
  const before = 4_000_000 - 100_000 * open.revision;
  desk.say(
    key,
    'daybook.aggregation.reported.v1',
    cast.reportOf(key.actor, before, lying ? before + 1 : before - 100_000),
  );
}

function redecided({ desk }: Cast): Buffer {
  let state = initialState(LEDGER);
  const lines: Uint8Array[] = [];
  for (const event of desk.events) {
    if (event.causationid !== undefined) continue;
    const { commandid: id, actor, sig = '', type, data } = event;
    const command = { id, ledger: LEDGER, actor, sig, fact: { type, data } } as Command;
    const decided = handle(state, command, Date.parse(event.time));
    if (isLeft(decided)) throw new Error(decided.left.code);
    lines.push(...decided.right.lines);
    ({ state } = decided.right);
  }
  return Buffer.concat(lines);
}

function balanced({ desk }: Cast): void {
  const sums = new Map<string, bigint>();
  for (const [account, { debits, credits }] of Object.entries(desk.books.rewards.balances)) {
    const unit = account.slice(0, account.indexOf(':'));
    sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
    if (/:(escrow|pool|earned|participant)\//.test(account))
      expect(BigInt(credits) >= BigInt(debits), account).toBe(true);
  }
  for (const sum of sums.values()) expect(sum).toBe(0n);
}

/** Everybody is here and does what it should, until the run is over. */
function finish(cast: Cast): void {
  const { desk } = cast;
  desk.say(desk.operator, 'daybook.run.resumed.v1', { run: RUN });
  for (let round = 0; desk.books.runs[RUN]?.state !== 'completed'; round += 1) {
    expect(round, 'the run is stuck').toBeLessThan(2000);
    for (const key of cast.everybody) {
      const member = desk.books.members[key.actor];
      if (member?.leaseUntilMs === null || member?.status === 'expired') desk.join(key);
      participate(cast, key, 'beat');
      participate(cast, key, 'work');
    }
    desk.pass(5 * SECOND_MS);
  }
}

/** Holds the laws for as many stories. */
export function chaos(runs: number): void {
  const step = fc.record({
    who: fc.nat({ max: 6 }),
    act: fc.constantFrom(...ACTS),
    seconds: fc.constantFrom(0, 0, 1, 5, 16, 31, 61, 1000),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const cast = Cast.started(4, 3, { windows: 3, slots: 2 });
      const { desk } = cast;
      for (const { who, act, seconds } of steps) {
        const key = cast.everybody[who] as SigningKey;
        const run = { run: RUN };
        if (act === 'pause')
          desk.say(desk.operator, 'daybook.run.paused.v1', { ...run, reason: 'chaos' });
        else if (act === 'resume') desk.say(desk.operator, 'daybook.run.resumed.v1', run);
        else participate(cast, key, act);
        desk.pass(seconds * SECOND_MS);
        balanced(cast);
      }
      finish(cast);
      balanced(cast);
      expect(redecided(cast).equals(Buffer.concat(desk.lines))).toBe(true);
    }),
    { numRuns: runs },
  );
}
