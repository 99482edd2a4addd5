/** Facts about stake: money that came from outside, what of it is in escrow, and how it leaves. */
import { actorId, amount, object, sequence, slug, text } from '../codecs.ts';
import { declareFact } from './declare.ts';

const about = (data: { participant: string }): string => `participant/${data.participant}`;

export const stakeDeposited = declareFact({
  type: 'daybook.stake.deposited.v1',
  author: 'operator',
  command: 'record-deposit',
  doc: 'A deposit from outside arrived and is in the wallet of the participant.',
  subject: about,
  data: object({
    participant: actorId,
    amount,
    /** Where it was seen to arrive (a transaction, say): used once for ever. */
    reference: text('deposit reference', /^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$/),
    /** Who paid it in: deposits of one depositor are a sign of one owner. */
    depositor: slug,
  }),
});

export const stakeLocked = declareFact({
  type: 'daybook.stake.locked.v1',
  author: 'node',
  command: 'lock-stake',
  doc: 'A participant puts money of its wallet into escrow.',
  subject: about,
  data: object({ participant: actorId, amount }),
});

export const stakeUnlocking = declareFact({
  type: 'daybook.stake.unlocking.v1',
  author: 'node',
  command: 'unlock-stake',
  doc: 'A participant wants escrow back: it counts no more at once, and can be punished until it is released.',
  subject: about,
  data: object({ participant: actorId, amount }),
});

export const stakeReleased = declareFact({
  type: 'daybook.stake.released.v1',
  author: 'authority',
  doc: 'The time to unbind is over: what penalties have left of it is in the wallet.',
  subject: about,
  data: object({
    participant: actorId,
    /** Entry of the wish, or of the revocation. */
    asked: sequence,
    amount,
  }),
});
