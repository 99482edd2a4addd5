/**
 * Why these and not others got the slots of a window: the seed and whether it comes out again, who was
 * chosen by rank, by exploration or to stand by and what its rating rested on, and how many were
 * passed over for which reason. Where nobody draws by rating, the order is the seed's alone.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { EventOf } from '../../events/catalogue.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Policy } from '../../projections/books.ts';
import type { Evidence } from './chronicle.ts';
import type { WindowDraw } from './draw.ts';
import { windowDraw } from './draw.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

type Drawn = EventOf<'daybook.selection.drawn.v1'>['data'];

export interface ChosenLine extends Party {
  readonly by: Drawn['chosen'][number]['by'];
  /** mu - 3 sigma of its rating when it was drawn, in millionths. */
  readonly ordinalMicro: number;
  /** The entry that last changed its rating before the draw; null: it was a newcomer's. */
  readonly rated: number | null;
}

export interface SelectionExplanation {
  readonly run: string;
  readonly window: number;
  readonly draw: WindowDraw;
  /** Null: the policy has no mesh terms, everybody eligible was drawn in the seed's order. */
  readonly selection: {
    readonly sequence: number;
    readonly policy: number | null;
    readonly terms: Policy['mesh'] | null;
    readonly population: number;
    readonly eligible: number;
    readonly passedOver: Drawn['passedOver'];
    readonly chosen: readonly ChosenLine[];
  } | null;
}

/** @param id `<run>/<window>` */
export function explainSelection(
  evidence: Evidence,
  id: string,
): Either<string, SelectionExplanation> {
  const [run = '', index = '', ...more] = id.split('/');
  if (!/^\d+$/.test(index) || more.length > 0)
    return left(`"${id}" is no window: write <run>/<window>`);
  const window = Number(index);
  const draw = windowDraw(evidence, run, window);
  if (draw === null) return left(`there is no window ${run}/${window}`);
  return right({ run, window, draw, selection: selectionOf(evidence, run, window) });
}

function selectionOf(
  evidence: Evidence,
  run: string,
  window: number,
): SelectionExplanation['selection'] {
  const { books, chronicle } = evidence;
  const drawn = chronicle.last(`run/${run}/window/${window}`, 'daybook.selection.drawn.v1');
  if (drawn === null) return null;
  const { population, eligible, passedOver, chosen } = drawn.data;
  const policy = chronicle.policyAt(drawn.sequence);
  return {
    sequence: drawn.sequence,
    policy: policy?.sequence ?? null,
    terms: policy?.policy.mesh ?? null,
    population,
    eligible,
    passedOver,
    chosen: chosen.map(({ participant, by, ordinalMicro }) => ({
      ...partyOf(books, participant),
      by,
      ordinalMicro,
      rated: ratedBefore(evidence, run, window, participant),
    })),
  };
}

/** Ratings change as windows of the run are reconciled: the last one that it was part of. */
function ratedBefore(
  { chronicle }: Evidence,
  run: string,
  window: number,
  participant: ActorId,
): number | null {
  for (let before = window - 1; before >= 0; before -= 1) {
    const rated = chronicle.last(`run/${run}/window/${before}`, 'daybook.rating.updated.v1');
    if (rated?.data.ratings.some((one) => one.participant === participant)) return rated.sequence;
  }
  return null;
}
