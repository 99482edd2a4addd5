/**
 * Facts about payouts to many: a period that closes in parts, vesting, settlements over cumulative
 * amounts, claims, and corrections as new transfers that name the old ones.
 */
import {
  actorId,
  amount,
  hex32,
  integer,
  label,
  list,
  nullable,
  object,
  oneOf,
  reasonCode,
  sequence,
  slug,
  text,
  windowIndex,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { periodNumber, transferId } from './reward.ts';

/** Lines of one part: with their transfers they fit a commit, whatever names and amounts they have. */
export const LINES_PER_PART = 256;
/** A sum of amounts, each of which has up to 38 digits. */
export const sum = text('sum', /^(0|[1-9][0-9]{0,63})$/);
/** What makes payouts due: a period that closes, or time that passes after its run has ended. */
export const cause = oneOf('closed', 'released');

const ofPeriod = (data: { run: string; period: number }): string =>
  `run/${data.run}/period/${data.period}`;

/** Hamilton's method in two numbers: floor shares, and one more for whoever is not behind the cut. */
const division = object({
  pool: amount,
  /** Sum of the credits that divide it. */
  credits: sum,
  /** The last that gets one more: its remainder and its id, ties to the smaller id; null: nobody. */
  cut: nullable(object({ rest: sum, participant: actorId })),
});

export const periodClosing = declareFact({
  type: 'daybook.period.closing.v1',
  author: 'authority',
  doc: 'The pool of a period is divided for good; its payouts follow in parts, and nothing is credited to it any more.',
  subject: ofPeriod,
  data: object({
    run: slug,
    period: periodNumber,
    throughWindow: windowIndex,
    pool: amount,
    work: division,
    audit: division,
    /** Who is paid or has payouts that vest with this close. */
    participants: integer(0, 1_000_000),
    /** Periods until these payouts are claimable; 0: at once. */
    vesting: integer(0, 64),
    /** The period whose payouts vest with this close; null: none. */
    vests: nullable(periodNumber),
  }),
});

export const payoutReleasing = declareFact({
  type: 'daybook.payout.releasing.v1',
  author: 'authority',
  doc: 'The run has ended and the time of its vesting has passed: the payouts of a period become claimable, in parts.',
  subject: ofPeriod,
  data: object({ run: slug, period: periodNumber, participants: integer(0, 1_000_000) }),
});

export const payoutListed = declareFact({
  type: 'daybook.payout.listed.v1',
  author: 'authority',
  doc: 'A part of the payouts of a period: what each participant gets of its pool, and what becomes claimable with it. The journals that follow move it.',
  subject: ofPeriod,
  data: object({
    run: slug,
    period: periodNumber,
    cause,
    part: integer(0, 100_000),
    lines: list(
      object({ participant: actorId, work: amount, audit: amount, total: amount, vested: sum }),
      LINES_PER_PART,
      1,
    ),
  }),
});

export const settlementPublishedCumulative = declareFact({
  type: 'daybook.settlement.published.v2',
  author: 'authority',
  doc: 'What each participant may have claimed in all, over all runs and periods, under a Merkle root.',
  subject: ofPeriod,
  data: object({
    run: slug,
    period: periodNumber,
    cause,
    /** Parts in which the payouts were listed. */
    parts: integer(0, 100_000),
    /** Leaves of the tree. */
    participants: integer(0, 1_000_000),
    /** Sum of the leaves. */
    total: sum,
    /** RFC 6962 root over the canonical JSON of {cumulative, participant}, by participant. */
    root: hex32,
  }),
});

export const payoutClaimed = declareFact({
  type: 'daybook.payout.claimed.v1',
  author: 'node',
  command: 'claim-payout',
  doc: 'A participant takes what is claimable out of the ledger; the journal that follows moves it.',
  subject: (data) => `participant/${data.participant}`,
  data: object({
    participant: actorId,
    amount,
    /** Where it is paid outside: an invoice, an account, a transaction. */
    destination: label,
  }),
});

/** Of an account of Ethereum and its kin, in lower case: 0x and 20 bytes. */
export const evmAddress = text('EVM address', /^0x[0-9a-f]{40}$/);

export const payoutAddressed = declareFact({
  type: 'daybook.payout.addressed.v1',
  author: 'node',
  command: 'address-payouts',
  doc: 'A participant names the EVM address that exports of its payouts go to; the last one counts.',
  subject: (data) => `participant/${data.participant}`,
  data: object({ participant: actorId, address: evmAddress }),
});

export const correctionPosted = declareFact({
  type: 'daybook.correction.posted.v1',
  author: 'operator',
  command: 'post-correction',
  doc: 'A transfer was wrong: another one, linked to it, gives or takes the difference. Neither is ever changed.',
  subject: (data) => `participant/${data.participant}`,
  data: object({
    /** Its transfer is `correction/<correction>`. */
    correction: slug,
    original: object({
      transfer: transferId,
      /** Of the journal that posted it: who holds the log finds it there, archived or not. */
      sequence,
      amount,
    }),
    participant: actorId,
    effect: oneOf('give', 'take'),
    amount,
    reason: reasonCode,
  }),
});
