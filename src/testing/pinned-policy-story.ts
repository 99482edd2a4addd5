/** A network policy comes into force while a window is open: the window keeps the one it began under. */
import { adoptionOf } from '../commands/policy-adoption.ts';
import { seedDisputePolicy, seedPolicy } from '../commands/seed-policy.ts';
import { must } from '../projections/books.ts';
import { Cast } from './cast.ts';
import type { Desk } from './desk.ts';

export function pinnedPolicyStory(): Desk {
  const cast = Cast.started(3, 2, { windows: 2 });
  const { desk } = cast;
  const { type, data } = adoptionOf({
    ...seedPolicy,
    revision: 2,
    dispute: seedDisputePolicy,
    promotion: { acceptGainBps: 9000, rejectGainBps: 8000 },
    cadence: { windowMs: 10_000 },
  });
  desk.must(desk.operator, type, data);
  cast.play(4_000_000, 3_000_000);
  desk.pass(10_000 - (desk.nowMs % 10_000));
  cast.play(must(cast.window.lossBeforeMicroNats ?? 3_000_000, 'loss'), 2_900_000);
  return desk;
}
