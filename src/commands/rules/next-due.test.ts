/**
 * The shortcuts in time change nothing: a tick that looks only at the members its time can concern
 * fires what one that looks at all of them would, and the bound that is kept between commits is never
 * later than the truth, and the truth once it has passed.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Books } from '../../projections/books.ts';
import { fold } from '../../projections/fold.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { livenessCandidates } from './windows/liveness.ts';
import { NextDue } from './next-due.ts';
import { dueTimer, nextDueMs } from './react.ts';
import type { Timer } from './rule.ts';

const ACTS = ['join', 'leave', 'drain', 'beat', 'claim', 'wait'] as const;
const steps = fc.array(
  fc.record({
    who: fc.nat({ max: 6 }),
    act: fc.constantFrom(...ACTS),
    seconds: fc.constantFrom(0, 0, 1, 5, 16, 31, 61, 1000),
  }),
  { minLength: 10, maxLength: 60 },
);

function participate(cast: Cast, key: SigningKey, act: (typeof ACTS)[number]): void {
  const { desk } = cast;
  const session = cast.sessionOf(key.actor);
  const about = { participant: key.actor, session };
  if (act === 'join') desk.join(key);
  else if (act === 'leave') desk.say(key, 'daybook.participant.left.v1', { ...about, reason: 'x' });
  else if (act === 'drain') desk.say(key, 'daybook.participant.draining.v1', about);
  else if (act === 'beat')
    desk.say(key, 'daybook.participant.heartbeated.v1', { ...about, beat: 1 });
  else if (act === 'claim')
    for (const slot of [0, 1])
      desk.say(key, 'daybook.assignment.claimed.v1', {
        assignment: `${RUN}/0/${slot}/0`,
        session,
      });
}

const saidBy = (timer: Timer | null, nowMs: number): unknown =>
  timer?.fire({ nowMs, rootAfter: () => new Uint8Array(32) }) ?? null;

/** At every moment of a tick, what is next among its candidates is what is next among all. */
function looksAtEnough(before: Books, ticked: readonly LedgerEvent[], nowMs: number): void {
  const candidates = livenessCandidates(before, nowMs);
  let books = before;
  for (const event of ticked) {
    books = fold(books, [event]);
    const among = dueTimer(books, nowMs, candidates);
    const all = dueTimer(books, nowMs, Object.keys(books.members));
    expect(saidBy(among, nowMs)).toEqual(saidBy(all, nowMs));
  }
}

it('neither misses what is due nor says that something is', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const cast = Cast.started(4, 3, { windows: 3, slots: 2 });
      const { desk } = cast;
      const due = new NextDue();
      let known = 0;
      const look = (): void => {
        due.note(desk.events.slice(known), desk.books);
        known = desk.events.length;
        const [told, truth] = [due.ms(desk.books, desk.nowMs), nextDueMs(desk.books)];
        expect(told ?? Infinity).toBeLessThanOrEqual(truth ?? Infinity);
        expect((told ?? Infinity) <= desk.nowMs).toBe((truth ?? Infinity) <= desk.nowMs);
      };
      for (const { who, act, seconds } of plan) {
        participate(cast, cast.everybody[who] as SigningKey, act);
        look();
        desk.nowMs += seconds * 1000;
        look();
        const before = desk.books;
        looksAtEnough(before, desk.tick(), desk.nowMs);
        look();
      }
    }),
    { numRuns: 15 },
  );
}, 30_000);
