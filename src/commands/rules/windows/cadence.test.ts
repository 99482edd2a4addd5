/** The public window clock: a window begins with a slot, ends with it at the latest, and skips none it could have. */
import { describe, expect, it } from 'vitest';
import { seedPolicy } from '../../seed-policy.ts';
import { must, openWindow } from '../../../projections/books.ts';
import { Cast, RUN } from '../../../testing/cast.ts';
import { Desk } from '../../../testing/desk.ts';

const SLOT_MS = 60_000;
const liveness = {
  ...seedPolicy.liveness,
  staleAfterMs: 600_000,
  expireAfterMs: 900_000,
  leaseMs: 900_000,
};

function begun(windowMs = SLOT_MS, deadlineMs = seedPolicy.window.deadlineMs): Cast {
  const window = { ...seedPolicy.window, deadlineMs };
  const cast = new Cast(new Desk().open({ liveness, window, cadence: { windowMs } }), 3, 2);
  cast.desk.plan({ windows: 3 });
  for (const key of cast.everybody) cast.desk.join(key);
  cast.desk.pass(1);
  return cast;
}
const slotNow = ({ desk }: Cast): number => Math.floor(desk.nowMs / SLOT_MS);
const toNextSlot = ({ desk }: Cast) => desk.pass(SLOT_MS - (desk.nowMs % SLOT_MS));

describe('under a cadence', () => {
  it('the first window waits for a slot to begin, and is sealed when it ends at the latest', () => {
    const cast = begun();
    expect(openWindow(cast.desk.books, RUN)).toBeUndefined();
    toNextSlot(cast);
    expect(cast.window.plannedMs % SLOT_MS).toBe(0);
    expect(cast.window.deadlineMs).toBe(cast.window.plannedMs + SLOT_MS);
  });

  it('a window that is done early is followed in the next slot, not before', () => {
    const cast = begun();
    toNextSlot(cast);
    const slot = slotNow(cast);
    cast.play(4_000_000, 3_000_000);
    cast.desk.pass(10_000);
    expect(openWindow(cast.desk.books, RUN)).toBeUndefined();
    toNextSlot(cast);
    expect(cast.window.window).toBe(1);
    expect(slotNow(cast)).toBe(slot + 1);
  });

  it('a window that is judged for longer lets slots go by', () => {
    const cast = begun();
    toNextSlot(cast);
    const slot = slotNow(cast);
    for (const id of cast.slots) cast.train(id);
    cast.reveal();
    toNextSlot(cast);
    expect(must(openWindow(cast.desk.books, RUN), 'window').window).toBe(0);
    cast.judge();
    cast.aggregate(4_000_000, 3_000_000);
    cast.desk.pass(1);
    expect(openWindow(cast.desk.books, RUN)).toBeUndefined();
    toNextSlot(cast);
    expect(cast.window.window).toBe(1);
    expect(cast.window.plannedMs).toBe((slot + 2) * SLOT_MS);
  });

  it('a pause ends with the next slot', () => {
    const cast = begun();
    const { desk } = cast;
    desk.must(desk.operator, 'daybook.run.paused.v1', { run: RUN, reason: 'maintenance' });
    toNextSlot(cast);
    desk.pass(20_000);
    desk.must(desk.operator, 'daybook.run.resumed.v1', { run: RUN });
    desk.pass(1);
    expect(openWindow(desk.books, RUN)).toBeUndefined();
    toNextSlot(cast);
    expect(cast.window.plannedMs % SLOT_MS).toBe(0);
  });

  it('a deadline of the policy that is shorter than the slot holds', () => {
    const cast = begun(SLOT_MS, 20_000);
    toNextSlot(cast);
    expect(cast.window.deadlineMs - cast.window.plannedMs).toBe(20_000);
  });
});
