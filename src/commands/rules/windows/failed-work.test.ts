/** Work that cannot be done: given to another, and after a second failure to nobody. */
import { expect, it } from 'vitest';
import type { LedgerEvent } from '../../../events/catalogue.ts';
import { Cast, RUN } from '../../../testing/cast.ts';

function fail(cast: Cast, assignment: string): readonly LedgerEvent[] {
  const { participant } = cast.assignment(assignment);
  cast.claim(assignment);
  return cast.desk.must(cast.keyOf(participant), 'daybook.assignment.failed.v1', {
    assignment,
    session: cast.sessionOf(participant),
    reason: 'loss_not_finite',
  });
}

const typesOf = (events: readonly LedgerEvent[]): string[] =>
  events.map(({ type }) => type.replace(/^daybook\./, ''));

it('goes to a worker who has not failed on it', () => {
  const cast = Cast.started(3, 3);
  const [slot] = cast.slots as [string];
  const unable = cast.assignment(slot).participant;
  expect(typesOf(fail(cast, slot))).toEqual([
    'assignment.failed.v1',
    'assignment.superseded.v1',
    'participant.replaced.v1',
    'assignment.issued.v1',
  ]);
  const [next] = cast.slots as [string];
  expect(cast.assignment(slot)).toMatchObject({ failed: 'loss_not_finite', state: 'superseded' });
  expect(cast.assignment(next).participant).not.toBe(unable);
});

it('is left after two workers, and the window goes on with the others', () => {
  const cast = Cast.started(3, 3);
  const [first, second] = cast.slots as [string, string];
  cast.train(second);
  fail(cast, first);
  const events = fail(cast, cast.slots[0] as string);
  expect(typesOf(events)).toEqual([
    'assignment.failed.v1',
    'assignment.superseded.v1',
    'window.sealed.v1',
  ]);
  expect(cast.window).toMatchObject({ state: 'sealed' });
  cast.reveal([second]);
  cast.desk.tick();
  for (const actor of cast.panelOf(second).slice(0, 2)) cast.judgeOne(second, actor);
  cast.aggregate(4_000_000, 3_900_000);
  expect(cast.desk.books.runs[RUN]).toMatchObject({ windowsReconciled: 1 });
});

it('holds the window when nobody could do any of it', () => {
  const cast = Cast.started(4, 3);
  for (const index of [0, 1])
    for (const _ of ['once', 'again']) fail(cast, cast.slots[index] as string);
  cast.desk.tick();
  expect(cast.desk.books.windows[`${RUN}/0`]?.promotion).toMatchObject({
    decision: 'held_no_promotion',
  });
});

it('is for its holder to say, once it is claimed', () => {
  const cast = Cast.started();
  const [assignment] = cast.slots as [string];
  const { participant } = cast.assignment(assignment);
  const session = cast.sessionOf(participant);
  const said = { assignment, session, reason: 'loss_not_finite' };
  const say = () => cast.desk.say(cast.keyOf(participant), 'daybook.assignment.failed.v1', said);
  expect(say()).toMatchObject({ code: 'assignment_state_forbids' });
  cast.train(assignment);
  expect(say()).toMatchObject({ code: 'assignment_state_forbids' });
});
