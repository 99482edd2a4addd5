/** A run of many windows on the desk: long enough that closed ones leave the books. */
import { must } from '../projections/books.ts';
import { Cast } from './cast.ts';
import { Desk } from './desk.ts';

/** Every window promoted, a period a window. */
export function longRun(windows: number): Desk {
  const desk = new Desk().open();
  desk.must(desk.operator, 'daybook.policy.adopted.v1', {
    ...must(desk.books.policy, 'policy'),
    revision: 2,
    rewards: { ...must(desk.books.policy, 'policy').rewards, periodWindows: 1 },
  });
  const cast = new Cast(desk, 2, 2);
  desk.plan({ windows });
  for (const key of cast.everybody) desk.join(key);
  desk.tick();
  for (let window = 0; window < windows; window += 1) {
    cast.play(4_000_000 - 20_000 * window, 3_980_000 - 20_000 * window);
    desk.tick();
    cast.heartbeat(window + 1);
  }
  return desk;
}
