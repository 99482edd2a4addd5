/**
 * What scores do to the credits of a window. Their sums stay what they would be without scores, so
 * that periods remain comparable; who gets them is decided by the consensus: credits for work by
 * incentive, credits for validation by dividend (largest remainder, ties by key). Without a consensus
 * credits are those of work done alone.
 */
import type { ActorId } from '../../../events/ids.ts';
import type { Assignment, Books, WindowBook } from '../../../projections/books.ts';
import type { ScoreShares } from '../../../projections/scoring-book.ts';
import { scoringOf } from '../../../projections/scoring.ts';
import { largestRemainder } from '../../shares.ts';
import type { Transfer } from './accounts.ts';
import { earnedBy, ISSUER } from './accounts.ts';

/** Authors of a rejection that stands. */
export const cheatsIn = (held: readonly Assignment[]): ReadonlySet<ActorId> =>
  new Set(
    held
      .filter(
        ({ disposition, dispute }) => disposition === 'rejected' && dispute !== 'claimant_right',
      )
      .map(({ participant }) => participant),
  );

/** Whether the credits of a window wait for its scores. */
export const awaitsScores = (books: Books, { run, window }: WindowBook): boolean =>
  scoringOf(books, run, window)?.outcome === null;

/**
 * The credits of a window as its consensus has them.
 * @param alone what they are for work done alone
 */
export function byConsensus(books: Books, window: WindowBook, alone: Transfer[]): Transfer[] {
  const outcome = scoringOf(books, window.run, window.window)?.outcome;
  if (outcome === null) return [];
  if (outcome === undefined || outcome === 'failed') return alone;
  return [
    ...divided(window, alone, 'work', workShares(outcome), outcome.sequence),
    ...divided(window, alone, 'audit', auditShares(outcome), outcome.sequence),
  ];
}

type Share = readonly [ActorId, number];
const workShares = ({ incentives }: ScoreShares): Share[] =>
  incentives.map(({ participant, share }) => [participant, share]);
const auditShares = ({ dividends }: ScoreShares): Share[] =>
  dividends.map(({ validator, share }) => [validator, share]);

/**
 * What was earned in one unit, divided by shares. Of work only what was scored is divided: a
 * contribution whose rejection was overturned later keeps what it earned.
 */
function divided(
  { run, window }: WindowBook,
  alone: readonly Transfer[],
  unit: 'work' | 'audit',
  shares: readonly Share[],
  sequence: number,
): Transfer[] {
  const own = alone.filter((transfer) => transfer.unit === unit);
  const scored = new Set(shares.map(([actor]) => earnedBy(run, actor)));
  const isDivided = (transfer: Transfer): boolean =>
    unit === 'audit' || scored.has(transfer.credit);
  const sum = own.filter(isDivided).reduce((all, { amount }) => all + BigInt(amount), 0n);
  const amounts = largestRemainder(
    sum,
    shares.map(([id, share]) => ({ id, weight: BigInt(share) })),
  );
  if (amounts.size === 0) return own;
  return [
    ...shares.map(([actor]) => ({
      id: `${unit}/${run}/${window}/${actor}`,
      unit,
      debit: ISSUER,
      credit: earnedBy(run, actor),
      amount: (amounts.get(actor) ?? 0n).toString(),
      reason: unit === 'work' ? 'incentive' : 'dividend',
      because: [sequence],
    })),
    ...own.filter((transfer) => !isDivided(transfer)),
  ];
}
