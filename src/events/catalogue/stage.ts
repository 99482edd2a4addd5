/** How far a participant is let in: canary, limited, full. */
import { actorId, integer, object, oneOf, slug, windowIndex } from '../codecs.ts';
import { declareFact } from './declare.ts';

const about = (data: { participant: string }): string => `participant/${data.participant}`;
const members = { participant: actorId, run: slug, window: windowIndex };

export const stageAdvanced = declareFact({
  type: 'daybook.stage.advanced.v1',
  author: 'authority',
  doc: 'Every gate of the next stage holds for the participant: it is let on.',
  subject: about,
  data: object({
    ...members,
    from: oneOf('canary', 'limited'),
    to: oneOf('limited', 'full'),
    /** Accepted contributions or agreeing verdicts since it came to the stage it leaves. */
    counted: integer(1, 1_000_000_000),
  }),
});

export const stageFailed = declareFact({
  type: 'daybook.stage.failed.v1',
  author: 'authority',
  doc: 'The participant begins again as a canary.',
  subject: about,
  data: object({
    ...members,
    from: oneOf('canary', 'limited', 'full'),
    reason: oneOf('rejected_contribution', 'canary_windows_over'),
    /** What is forgotten. */
    counted: integer(0, 1_000_000_000),
  }),
});
