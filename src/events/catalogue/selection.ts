/** The draw of a window's contributors from everybody who could have been one. */
import { actorId, integer, list, object, oneOf, slug, windowIndex } from '../codecs.ts';
import { declareFact } from './declare.ts';
import { ofWindow } from './subjects.ts';

const count = integer(0, 1_000_000);
/** In millionths of a point. */
export const ratingMicro = integer(-1_000_000_000_000, 1_000_000_000_000);

export const selectionDrawn = declareFact({
  type: 'daybook.selection.drawn.v1',
  author: 'authority',
  doc: "Out of all workers, these get the window's slots or stand by; the rest was passed over for a reason or not drawn.",
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    /** All workers that are admitted. */
    population: count,
    /** Those among whom was drawn. */
    eligible: count,
    passedOver: object({
      /** Not there: never joined, expired, draining or departed. */
      absent: count,
      stale: count,
      quarantined: count,
      /** Without the stake that the registry asks for, an offer of the run, or its state. */
      unready: count,
      /** Alive, but not heard from within the policy's `freshMs`. */
      unheard: count,
      /** Drawn, but its cluster held all the slots it may. */
      cluster: count,
      /** Drawn, but canaries held all the slots they may. */
      stage: count,
    }),
    /** By slot, then the stand-bys in the order in which they are asked. */
    chosen: list(
      object({
        participant: actorId,
        by: oneOf('rank', 'exploration', 'standby'),
        /** mu - 3 sigma of its rating. */
        ordinalMicro: ratingMicro,
      }),
      1536,
      1,
    ),
  }),
});
