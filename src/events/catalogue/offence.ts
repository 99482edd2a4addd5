/** Facts about offences: what was found, what it cost, and how it ended. */
import {
  actorId,
  amount,
  list,
  nullable,
  object,
  oneOf,
  sequence,
  slug,
  text,
  timeMs,
  windowIndex,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { rung } from './policy/ladder.ts';
import { account, unit } from './reward.ts';

/** `work/<assignment>`, `verdict/<assignment>/<validator>`, `evidence/<sequence>` and so on. */
export const offenceId = text(
  'offence id',
  /^[a-z][a-z-]{0,31}(\/[A-Za-z0-9][A-Za-z0-9-]{0,63}){1,6}$/,
);

export const offenceKind = oneOf(
  'altered_delta',
  'wrong_feedback',
  'copied_delta',
  'replayed_delta',
  'divergent_delta',
  'false_verdict',
  'false_report',
  'overturned_rejection',
  'equivocation',
  'forked_ledger',
  'dead_lease',
  'missing_reveal',
  'missing_verdict',
  'missing_scores',
  'undefended_verdict',
  'frivolous_dispute',
);

/** Accounts of money, and one for each of two units of credits. */
export const TAKEN_MAX = 128;

const about = (data: { participant: string }): string => `participant/${data.participant}`;

export const offenceFound = declareFact({
  type: 'daybook.offence.found.v1',
  author: 'authority',
  doc: 'What is recorded shows an offence: the rung that it leads to, on what evidence, and what it takes.',
  subject: about,
  data: object({
    offence: offenceId,
    participant: actorId,
    kind: offenceKind,
    rung,
    /** Null: it concerns no run, or every one. */
    run: nullable(slug),
    /** The run's last window when it was found. */
    window: nullable(windowIndex),
    /** First window in which the rung holds no longer; null: it holds in none. */
    untilWindow: nullable(windowIndex),
    /** Sequences of the facts that show it. */
    evidence: list(sequence, 64, 1),
    /** Everybody who had a part in it: none of them hears an appeal. */
    parties: list(actorId, 256),
    /** Money is held until it can be appealed no longer; credits are forfeited. */
    taken: list(object({ unit, account, amount }), TAKEN_MAX),
    /** Null: there is nothing to appeal. */
    appealUntilMs: nullable(timeMs),
  }),
});

export const offenceSettled = declareFact({
  type: 'daybook.offence.settled.v1',
  author: 'authority',
  doc: 'The time to appeal is over: the offence stands, and what it took goes to the penalties.',
  subject: about,
  data: object({ offence: offenceId, participant: actorId }),
});

export const offenceOverturned = declareFact({
  type: 'daybook.offence.overturned.v1',
  author: 'authority',
  doc: 'The offence is struck: what it took goes back and it counts no longer.',
  subject: about,
  data: object({
    offence: offenceId,
    participant: actorId,
    because: list(sequence, 128, 1),
  }),
});

export const offenceReleased = declareFact({
  type: 'daybook.offence.released.v1',
  author: 'authority',
  doc: 'Quarantines for offences are over: these may work again from the window named.',
  subject: ({ run, window }) => `run/${run}/window/${window}`,
  data: object({ run: slug, window: windowIndex, participants: list(actorId, 1024, 1) }),
});
