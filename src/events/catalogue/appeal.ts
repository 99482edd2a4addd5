/** Facts about appeals: filed, called, voted on, decided. */
import {
  actorId,
  amount,
  flag,
  hex32,
  label,
  list,
  object,
  oneOf,
  reasonCode,
  sequence,
  sessionNumber,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { offenceId } from './offence.ts';

const ofOffence = (data: { offence: string }): string => `offence/${data.offence}`;

export const appealFiled = declareFact({
  type: 'daybook.appeal.filed.v1',
  author: 'node',
  command: 'file-appeal',
  doc: 'Whoever was found to have offended says that it has not, and stakes a bond on that.',
  subject: ofOffence,
  data: object({ offence: offenceId, session: sessionNumber, statement: label }),
  marksRoot: true,
});

export const appealCalled = declareFact({
  type: 'daybook.appeal.called.v1',
  author: 'authority',
  doc: 'Validators without a part in the offence, drawn from the root after the filing, are to hear it.',
  subject: ofOffence,
  data: object({ offence: offenceId, seed: hex32, panel: list(actorId, 64, 1) }),
});

export const vote = oneOf('uphold', 'overturn');

export const appealVoted = declareFact({
  type: 'daybook.appeal.voted.v1',
  author: 'validator',
  command: 'vote-on-appeal',
  doc: 'A member of the panel looked at the evidence again and says whether the offence stands.',
  subject: ofOffence,
  data: object({
    offence: offenceId,
    session: sessionNumber,
    vote,
    reasons: list(reasonCode, 16, 1),
  }),
});

export const appealDecided = declareFact({
  type: 'daybook.appeal.decided.v1',
  author: 'authority',
  doc: 'The appeal is over: the offence is upheld or overturned, and the bond moves.',
  subject: ofOffence,
  data: object({
    offence: offenceId,
    participant: actorId,
    outcome: oneOf('upheld', 'overturned'),
    reason: oneOf('quorum', 'majority', 'tie', 'no_votes', 'no_panel', 'struck_otherwise'),
    /** Sequences of the votes, in ledger order. */
    votes: list(sequence, 64),
    bond: amount,
    /** Not lost where nobody heard the appeal. */
    bondReturned: flag,
  }),
});
