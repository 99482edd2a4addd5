/**
 * Slashings that reach further than the escrow: a cheat whose payouts have not vested loses a part of
 * them, an appeal gives it back, and another's stays taken while its ring turns on.
 */
import type { Policy } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { Cast } from '../cast.ts';
import { Desk } from '../desk.ts';
import { fileAppeal, LADDER, voteAll } from '../offence-case.ts';
import type { Cheated } from './money.ts';
import { cheatedWindow, settleWindow, TURN_MS, vestingTerms } from './money.ts';

/** The stake is small beside what has not vested. */
export function slashingCast(terms: Partial<Policy> = {}): Cast {
  const ladder = { ...LADDER, bond: '10', appealMs: 10_000 };
  const cast = new Cast(new Desk().open({ ...vestingTerms, ladder, ...terms }), 3, 6);
  cast.desk.plan({ windows: 6 });
  for (const key of cast.everybody) cast.desk.join(key);
  cast.desk.tick();
  return cast;
}

/** After a window in which everybody is paid. */
export function slashedCase(terms: Partial<Policy> = {}): Cheated & { readonly cast: Cast } {
  const cast = slashingCast(terms);
  settleWindow(cast);
  return { ...cheatedWindow(cast), cast };
}

export function slashingStory(): Desk {
  const { cast, cheat, assignment } = slashedCase();
  const { desk } = cast;
  const offence = `work/${assignment}`;
  must(fileAppeal(cast, cast.keyOf(cheat), offence).ok || null, 'appeal');
  voteAll(cast, offence, 'overturn');
  settleWindow(cast);
  cheatedWindow(cast);
  settleWindow(cast);
  desk.pass(4 * TURN_MS);
  return desk;
}
