/** What `explain payout` says, whole: the division of the pool, the credits, and what became of it. */
import { unit } from '../../events/catalogue/reward.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { boolean, count, decimal, many, orNull, string, words } from '../../explorer/api/shape.ts';
import type { ChainStep } from '../../roles/explain/chain.ts';
import type { CreditUnit } from '../../roles/explain/chronicle.ts';
import type {
  CorrectionView,
  CourseStep,
  PayoutCourse,
  VestingView,
} from '../../roles/explain/payout-course.ts';
import type {
  CreditLine,
  PartView,
  PayoutExplanation,
  ShareView,
  TakenLine,
} from '../../roles/explain/payout.ts';
import type { UnrewardedLine } from '../../roles/explain/unrewarded.ts';
import { entryAnd, lessening, named, party, partyMembers } from './named-shape.ts';

const creditUnit: Shape<CreditUnit> = words('work', 'audit');

const steps: Shape<ChainStep['step']> = words(
  'seed',
  'window',
  'assignment',
  'claim',
  'submission',
  'seal',
  'reveal',
  'challenge',
  'spared',
  'verdict',
  'resolution',
  'request',
  'report',
  'agreement',
  'scores',
  'consensus',
);

const chainStep = named<ChainStep>({
  sequence: count,
  step: steps,
  who: orNull(party),
  detail: string,
});

export const creditLine = named<CreditLine>({
  sequence: count,
  unit: creditUnit,
  amount: decimal,
  reason: string,
  transfer: string,
  lessened: many(lessening),
  chain: many(chainStep),
});

const shareView = named<ShareView>({
  ...partyMembers,
  credits: decimal,
  floor: decimal,
  remainder: decimal,
  place: count,
  share: decimal,
});

const partView = named<PartView>({
  unit: creditUnit,
  pool: decimal,
  totalCredits: decimal,
  leftOver: count,
  own: orNull(shareView),
  shares: many(shareView),
});

const takenLine = named<TakenLine>({
  sequence: count,
  unit,
  amount: decimal,
  reason: string,
  transfer: string,
  because: many(count),
});

const unrewardedLine = named<UnrewardedLine>({
  assignment: string,
  sequence: count,
  what: words('contribution', 'verdict'),
  reason: string,
});

const courseMembers = {
  sequence: count,
  amount: decimal,
  reason: string,
  transfer: string,
  because: many(count),
};
const courseStep = named<CourseStep>(courseMembers);

const vestingView = named<VestingView>({
  periods: count,
  atClose: count,
  taken: many(courseStep),
  givenBack: many(courseStep),
  vested: orNull(courseStep),
});

const correctionView = named<CorrectionView>({
  ...courseMembers,
  correction: string,
  effect: words('give', 'take'),
  original: string,
  originalSequence: count,
});

export const payoutShape = named<PayoutExplanation>({
  who: party,
  role: words('worker', 'validator'),
  run: string,
  period: count,
  periods: count,
  state: words('open', 'closing', 'closed', 'settled'),
  fromWindow: count,
  throughWindow: orNull(count),
  pool: decimal,
  opened: orNull(count),
  funded: orNull(count),
  closed: orNull(count),
  settlement: orNull(count),
  policy: entryAnd({ workShareBps: count }),
  parts: many(partView),
  total: decimal,
  paid: orNull(entryAnd({ amount: decimal })),
  agrees: orNull(boolean),
  credits: many(creditLine),
  taken: many(takenLine),
  unrewarded: many(unrewardedLine),
  vesting: orNull(vestingView),
  corrections: many(correctionView),
  claims: many(named<PayoutCourse['claims'][number]>({ ...courseMembers, destination: string })),
  claimed: decimal,
  claimable: decimal,
});
