/** A run that lacks somebody says whom and why, above all where waiting alone will not help. */
import { expect, it } from 'vitest';
import { must } from '../projections/books.ts';
import { Cast, RUN } from '../testing/cast.ts';
import { staffingLines, staffingOf } from './staffing.ts';

const staffing = ({ desk }: Cast) => staffingOf(desk.books, must(desk.books.runs[RUN], RUN));

it('is silent where there is somebody to spare', () => {
  const cast = Cast.started(3, 3, { minWorkers: 2, minValidators: 2 });
  expect(staffing(cast)).toMatchObject([
    { role: 'worker', needed: 2, able: 3, quarantined: 0, away: 0, unready: 0 },
    { role: 'validator', needed: 2, able: 3 },
  ]);
  expect(staffingLines(staffing(cast))).toEqual([]);
});

it('warns of the last one, and tells that a quarantine does not end by waiting', () => {
  const cast = Cast.started(2, 3, { minWorkers: 2, minValidators: 2, windows: 9 });
  expect(staffingLines(staffing(cast))).toEqual([
    'no worker to spare: 2 needed, 2 can work; when one is quarantined or gone, the run waits',
  ]);
  const [first, ...others] = cast.slots as [string, ...string[]];
  cast.train(first, 'another delta');
  for (const slot of others) cast.train(slot);
  cast.reveal();
  cast.judge();
  cast.aggregate(4_000_000, 3_900_000);
  cast.desk.tick();
  expect(cast.desk.books.runs[RUN]?.state).toBe('recovering');
  expect(staffingLines(staffing(cast))).toEqual([
    'waits for 1 more worker: 2 needed, 1 can work (1 in quarantine); ' +
      'a quarantine ends after so many windows and none goes by: another worker has to come',
  ]);
});

it('counts who is admitted and not there, and nobody when the run is over', () => {
  const cast = Cast.started(2, 3, { minWorkers: 2, minValidators: 2 });
  cast.desk.admit('worker', 'late');
  expect(staffing(cast)[0]).toMatchObject({ able: 2, away: 1 });
  const over = { ...must(cast.desk.books.runs[RUN], RUN), state: 'completed' as const };
  expect(staffingOf(cast.desk.books, over)).toEqual([]);
});
