/** Facts about matchmaking: a run looks for participants, and who is asked answers. */
import {
  actorId,
  integer,
  list,
  object,
  reasonCode,
  sessionNumber,
  slug,
  timeMs,
} from '../codecs.ts';
import { declareFact } from './declare.ts';

const ofRun = (data: { run: string }): string => `run/${data.run}`;
const many = list(actorId, 256, 1);

export const offerOpened = declareFact({
  type: 'daybook.offer.opened.v1',
  author: 'authority',
  doc: 'A run looks for participants; whom it asks is drawn from the tree root after this.',
  subject: ofRun,
  marksRoot: true,
  data: object({ run: slug, round: integer(0, 1_000_000_000) }),
});

export const offerMade = declareFact({
  type: 'daybook.offer.made.v1',
  author: 'authority',
  doc: 'Participants are offered work of a run until the offer lapses.',
  subject: ofRun,
  data: object({ run: slug, participants: many, untilMs: timeMs }),
});

export const offerAccepted = declareFact({
  type: 'daybook.offer.accepted.v1',
  author: 'node',
  command: 'accept-offer',
  doc: 'A participant takes an offer: it gets work of the run from now on.',
  subject: ofRun,
  data: object({ run: slug, session: sessionNumber }),
});

export const offerDeclined = declareFact({
  type: 'daybook.offer.declined.v1',
  author: 'node',
  command: 'decline-offer',
  doc: 'A participant does not take an offer, or no more work of the run; the next is asked.',
  subject: ofRun,
  data: object({ run: slug, session: sessionNumber, reason: reasonCode }),
});

export const offerLapsed = declareFact({
  type: 'daybook.offer.lapsed.v1',
  author: 'authority',
  doc: 'Nobody answered these offers in time.',
  subject: ofRun,
  data: object({ run: slug, participants: many }),
});
