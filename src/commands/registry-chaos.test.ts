/**
 * Laws of a registry under chaos: identities come, stake, take and refuse offers, lose keys, ask their
 * stake back and are revoked in any order while windows go on. Nothing throws, no account goes below
 * zero, every unit balances, nobody without standing gets work, and all is decided again alike.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ActorId } from '../events/ids.ts';
import { currentAssignments, openWindow } from '../projections/books.ts';
import { identityOf, isRevoked, keyOf } from '../projections/identities.ts';
import { countingEscrow, escrowBalance } from '../projections/stakes.ts';
import { redecide } from '../roles/audit/replay.ts';
import { honestDelta, RUN } from '../testing/cast.ts';
import { keyNamed } from '../testing/desk.ts';
import { RegistryCast } from '../testing/registry-cast.ts';
import type { Desk } from '../testing/desk.ts';

const SECOND_MS = 1000;
const PEOPLE = 7;
const ACTS = [
  'everybody',
  'everybody',
  'everybody',
  'work',
  'lie',
  'join',
  'beat',
  'accept',
  'decline',
  'deposit',
  'lock',
  'unlock',
  'rotate',
  'revoke',
] as const;
type Act = (typeof ACTS)[number];

function act(cast: RegistryCast, participant: ActorId, what: Act, turn: number): void {
  const { desk } = cast;
  const key = cast.keyOf(participant);
  const session = cast.sessionOf(participant);
  if (what === 'everybody') everybody(cast);
  else if (what === 'work' || what === 'lie') work(cast, participant, what === 'lie');
  else if (what === 'join') {
    const about = { computeClass: 'exact' as const, backend: 'test', software: 'test' };
    const data = { participant, session: session + 1, ...about };
    desk.say(key, 'daybook.participant.joined.v1', data);
  } else if (what === 'beat')
    desk.say(key, 'daybook.participant.heartbeated.v1', { participant, session, beat: 1 });
  else if (what === 'accept') cast.answer(participant);
  else if (what === 'decline') {
    const data = { run: RUN, session, reason: 'busy' };
    // Rarely, for who gave the work back is not asked again.
    if (turn % 5 === 0) desk.say(key, 'daybook.offer.declined.v1', data);
  } else if (what === 'deposit') cast.deposit(participant, '30000000', `bank-${turn % 3}`);
  else if (what === 'lock')
    desk.say(key, 'daybook.stake.locked.v1', { participant, amount: '30000000' });
  else if (what === 'unlock') cast.unlock(participant, '20000000');
  else if (what === 'rotate' && !isRevoked(desk.books, participant)) {
    const by = turn % 2 === 0 ? key : cast.recoveryOf(cast.nameOf(participant));
    cast.rotate(participant, by, keyNamed(`key ${turn}`));
  } else if (what === 'revoke' && turn % 6 === 0)
    desk.say(desk.operator, 'daybook.identity.revoked.v1', { participant, reason: 'x' });
}

/** A round in which all that can does what it should. */
function everybody(cast: RegistryCast): void {
  for (const { actor } of cast.everybody) {
    const member = cast.desk.books.members[actor];
    if (member?.leaseUntilMs === null || member?.status === 'expired') act(cast, actor, 'join', 0);
    act(cast, actor, 'beat', 0);
  }
  cast.desk.tick();
  for (const what of ['work', 'work', 'work'] as const)
    for (const { actor } of cast.everybody) {
      act(cast, actor, what, 0);
      cast.desk.tick();
    }
}

/** Whatever this party could do in the open window now; refusals are part of the chaos. */
function work(cast: RegistryCast, participant: ActorId, lying: boolean): void {
  const { desk } = cast;
  const key = cast.keyOf(participant);
  const session = cast.sessionOf(participant);
  const window = () => openWindow(desk.books, RUN);
  for (const held of currentAssignments(window() ?? ({ slots: [] } as never))) {
    const { assignment } = held;
    if (window() === undefined) return;
    if (held.participant === participant) {
      desk.say(key, 'daybook.assignment.claimed.v1', { assignment, session });
      const delta = lying ? `lie of ${assignment}` : honestDelta(assignment);
      const submission = cast.submissionOf(assignment, delta);
      desk.say(key, 'daybook.submission.committed.v1', submission);
      const { delta: revealed } = submission;
      desk.say(key, 'daybook.upload.completed.v1', { assignment, session, delta: revealed });
    }
    const now = window()?.assignments[assignment];
    if (now?.challenge?.panel.includes(participant))
      desk.say(key, 'daybook.verdict.recorded.v1', cast.verdictOf(assignment, participant));
  }
  if (window() !== undefined) {
    const report = cast.reportOf(participant, 4_000_000, 4_000_000);
    desk.say(key, 'daybook.aggregation.reported.v1', report);
  }
}

function lawful({ desk }: RegistryCast, from: number): void {
  const { books } = desk;
  const sums = new Map<string, bigint>();
  for (const [account, { debits, credits }] of Object.entries(books.rewards.balances)) {
    const unit = account.slice(0, account.indexOf(':'));
    sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
    if (/:(escrow|pool|earned|participant)\//.test(account))
      expect(BigInt(credits) >= BigInt(debits), account).toBe(true);
  }
  for (const sum of sums.values()) expect(sum).toBe(0n);
  for (const participant of Object.keys(books.members) as ActorId[]) {
    expect(countingEscrow(books, participant) <= escrowBalance(books, participant)).toBe(true);
    expect(identityOf(books, keyOf(books, participant))).toBe(participant);
  }
  standing(desk, from);
}

/** Who was given work had taken an offer of the run. */
function standing(desk: Desk, from: number): void {
  const answers = desk.books.offers?.[RUN]?.answers;
  if (answers === undefined) return;
  for (const { type, data } of desk.events.slice(from))
    if (type === 'daybook.assignment.issued.v1') expect(answers[data.participant]).toBe('accepted');
}

it('holds whatever happens in whatever order, and is decided again to the same bytes', () => {
  const step = fc.record({
    who: fc.nat({ max: PEOPLE - 1 }),
    what: fc.constantFrom(...ACTS),
    seconds: fc.constantFrom(0, 0, 0, 1, 5, 5, 16),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 15, maxLength: 40 }), (steps) => {
      const cast = RegistryCast.open(4, 3, { clusterMax: 1, workerStake: '50000000' });
      cast.desk.plan({ windows: 20, minWorkers: 2, minValidators: 2 });
      cast.desk.tick();
      for (const { actor } of cast.everybody.slice(0, PEOPLE - 1)) cast.accept(actor);
      for (const [turn, { who, what, seconds }] of steps.entries()) {
        const from = cast.desk.events.length;
        act(cast, (cast.everybody[who] as { actor: ActorId }).actor, what, turn);
        cast.desk.pass(seconds * SECOND_MS);
        lawful(cast, from);
      }
      const { events, lines, books } = cast.desk;
      const entries = events.map((event, at) => ({ event, line: lines[at] as Uint8Array }));
      expect(redecide(entries).books).toEqual(books);
    }),
    { numRuns: 4 },
  );
}, 60_000);
