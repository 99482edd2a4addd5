/** What windows say about the skill of those who contributed. */
import { actorId, integer, list, object, slug, windowIndex } from '../codecs.ts';
import { declareFact } from './declare.ts';
import { ratingMicro } from './selection.ts';
import { ofWindow } from './subjects.ts';

export const ratingUpdated = declareFact({
  type: 'daybook.rating.updated.v1',
  author: 'authority',
  doc: 'A window moved the ratings of its contributors; whoever is not named keeps its own.',
  subject: ofWindow,
  data: object({
    run: slug,
    window: windowIndex,
    ratings: list(
      object({
        participant: actorId,
        /** Place in the window's outcome; equal places are ties, 0 is the best. */
        rank: integer(0, 100_000),
        muMicro: ratingMicro,
        sigmaMicro: integer(1, 1_000_000_000_000),
      }),
      1024,
      1,
    ),
  }),
});
