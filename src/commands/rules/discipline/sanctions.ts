/**
 * What an offence does, until when, and how it is undone. Money that it took is held until it can be
 * appealed no longer, and goes to the penalties then: never to whoever brought the evidence. Struck,
 * it goes back where it came from; forfeited credits do so while the period they belong to is open.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import { WINDOW_MAX } from '../../../events/codecs.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, WindowBook } from '../../../projections/books.ts';
import { must, policyOf, windowKey } from '../../../projections/books.ts';
import type { OffenceRecord } from '../../../projections/offence-book.ts';
import { findOffence, offenceOf } from '../../../projections/offences.ts';
import type { Transfer } from '../money/accounts.ts';
import { earnedBy, FORFEITED, journals, PENALTIES, SLASHED } from '../money/accounts.ts';
import { decided } from './appeal-outcome.ts';
import type { Timer } from '../rule.ts';
import { fact } from '../rule.ts';
import { backTo } from '../money/vesting.ts';

/** What a transfer, and a striking, can name. */
const BECAUSE_MAX = 128;

type Found = EventOf<'daybook.offence.found.v1'>;

export const isQuarantining = ({ rung }: { readonly rung: OffenceRecord['rung'] }): boolean =>
  rung === 'quarantined' || rung === 'slashed';

export function punish(books: Books, { sequence, data }: Found): Fact[] {
  const { offence, taken, evidence } = data;
  const transfers = taken.map(({ unit, account, amount }, index): Transfer => {
    const money = unit === 'micro';
    return {
      id: money ? `slash/${index}/${offence}` : `forfeit/${unit}/${offence}`,
      unit,
      debit: account,
      credit: money ? SLASHED : FORFEITED,
      amount,
      reason: data.kind,
      because: [sequence, ...evidence],
    };
  });
  return [...quarantined(books, data), ...journals(`offence/${offence}`, transfers)];
}

/** In its run; where it concerns none, in all that are not over. */
function quarantined(books: Books, data: Found['data']): Fact[] {
  const { participant, kind, evidence } = data;
  const member = books.members[participant];
  if (!isQuarantining(data) || member === undefined) return [];
  const { quarantineWindows } = books.policy?.ladder ?? { quarantineWindows: 0 };
  const runs = data.run === null ? Object.keys(books.runs) : [data.run];
  return runs.flatMap((run) => {
    const { state, windowsPlanned } = must(books.runs[run], 'run');
    if (data.run === null && (state === 'completed' || state === 'failed')) return [];
    const now = data.untilWindow ?? Math.min(windowsPlanned + quarantineWindows, WINDOW_MAX);
    const untilWindow = Math.max(now, member.quarantine[run] ?? 0);
    return [
      fact('daybook.participant.quarantined.v1', {
        participant,
        run,
        untilWindow,
        reasons: [kind],
        evidence,
      }),
    ];
  });
}

/** Those whose time to appeal is over, in the order in which they were found. */
export function* settlementTimers(books: Books): Iterable<Timer> {
  const [next] = books.settling ?? [];
  if (next === undefined) return;
  const { offence, participant, untilMs } = next;
  yield {
    dueMs: untilMs,
    fire: () => [fact('daybook.offence.settled.v1', { offence, participant })],
  };
}

export function settleOffence(
  books: Books,
  { sequence, data }: EventOf<'daybook.offence.settled.v1'>,
): Fact[] {
  return journals(
    `settled-offence/${data.offence}`,
    intoPenalties(offenceOf(books, data), [sequence], 'offence_settled'),
  );
}

/** Of what is held. */
export const intoPenalties = (
  { offence, taken }: OffenceRecord,
  because: number[],
  reason: string,
): Transfer[] =>
  taken
    .filter(({ unit }) => unit === 'micro')
    .map(({ unit, amount }, index) => ({
      id: `penalty/${index}/${offence}`,
      unit,
      debit: SLASHED,
      credit: PENALTIES,
      amount,
      reason,
      because,
    }));

/** Nothing where there is no such offence, or it is struck already. */
export function strike(
  books: Books,
  participant: ActorId,
  offence: string,
  because: readonly number[],
): Fact[] {
  const record = findOffence(books, participant, offence);
  if (record === undefined || record.state === 'overturned') return [];
  const appeal = books.appeals?.[offence];
  if (appeal !== undefined) return [decided(appeal, 'overturned', 'struck_otherwise')];
  return [
    fact('daybook.offence.overturned.v1', {
      offence,
      participant,
      because: because.slice(0, BECAUSE_MAX),
    }),
  ];
}

type Overturned = EventOf<'daybook.offence.overturned.v1'>;

export function undoOffence(books: Books, { sequence, data }: Overturned): Fact[] {
  return undone(books, data, [sequence, ...data.because].slice(0, BECAUSE_MAX));
}

/** @param of an offence that the books have as overturned */
export function undone(
  books: Books,
  of: { readonly offence: string; readonly participant: ActorId },
  because: number[],
  more: readonly Transfer[] = [],
): Fact[] {
  const record = offenceOf(books, of);
  const restores = isOfOpenPeriod(books, record);
  const back = record.taken.flatMap(({ unit, account, amount }, index): Transfer[] => {
    const money = unit === 'micro';
    if (!money && !restores) return [];
    return [
      {
        id: `returned/${unit}/${index}/${record.offence}`,
        unit,
        debit: money ? (record.paid === true ? PENALTIES : SLASHED) : FORFEITED,
        credit: money ? backTo(books, of.participant, account, record.sequence) : account,
        amount,
        reason: 'offence_overturned',
        because,
      },
    ];
  });
  return [
    ...journals(`overturned/${record.offence}`, [...more, ...back]),
    ...reinstated(books, record, of.participant, because),
  ];
}

/** Of a period that is closed the pool is divided: what was forfeited then is forfeited. */
function isOfOpenPeriod(books: Books, { run, window }: OffenceRecord): boolean {
  const period = (run === null ? undefined : books.runs[run])?.openPeriod ?? null;
  if (run === null || window === null || period === null) return false;
  return must(books.rewards.periods[windowKey(run, period)], 'period').fromWindow <= window;
}

/** Where nothing else that stands keeps it in quarantine. */
function reinstated(
  books: Books,
  record: OffenceRecord,
  participant: ActorId,
  because: number[],
): Fact[] {
  const member = books.members[participant];
  if (!isQuarantining(record) || member === undefined) return [];
  const runs = Object.keys(member.quarantine).filter(
    (run) => record.run === null || record.run === run,
  );
  const others = (books.offences?.[participant] ?? []).filter(
    (one) => one.state !== 'overturned' && isQuarantining(one),
  );
  const holds = (one: OffenceRecord, run: string): boolean =>
    one.run === null ||
    (one.run === run &&
      (one.untilWindow ?? Infinity) > must(books.runs[run], 'run').windowsPlanned);
  return runs
    .filter((run) => !others.some((one) => holds(one, run)))
    .map((run) => fact('daybook.participant.reinstated.v1', { participant, run, because }));
}

/** As many as one fact names. */
const RELEASED_MAX = 1024;

/** Those who were quarantined for offences up to the window after this. */
export function releaseAfter(
  books: Books,
  { data }: EventOf<'daybook.window.reconciled.v1'>,
): Fact[] {
  const { run } = data;
  const window = data.window + 1;
  const free = Object.keys(books.offences ?? {})
    .filter((actor) => books.members[actor]?.quarantine[run] === window)
    .sort() as ActorId[];
  const facts: Fact[] = [];
  for (let first = 0; first < free.length; first += RELEASED_MAX) {
    const participants = free.slice(first, first + RELEASED_MAX);
    facts.push(fact('daybook.offence.released.v1', { run, window, participants }));
  }
  return facts;
}

/** Credits of a window, less what the de-weighted lose of theirs: each rounded down. */
export function deweighted(
  books: Books,
  window: WindowBook,
  credits: readonly Transfer[],
): Transfer[] {
  const { ladder } = policyOf(books, window);
  if (ladder === undefined || books.offences === undefined) return [...credits];
  const accounts = new Set(
    Object.keys(books.offences)
      .filter((actor) => isDeweighted(books, window, actor))
      .map((actor) => earnedBy(window.run, actor)),
  );
  return credits.map((credit) =>
    accounts.has(credit.credit)
      ? {
          ...credit,
          amount: ((BigInt(credit.amount) * BigInt(ladder.deweightBps)) / 10_000n).toString(),
        }
      : credit,
  );
}

const isDeweighted = (books: Books, { run, window }: WindowBook, actor: string): boolean =>
  (books.offences?.[actor] ?? []).some(
    (one) => one.state !== 'overturned' && deweightsIn(one, run, window),
  );

/** In the windows after the one in which the offence was found, whatever became of it since. */
export const deweightsIn = (one: OffenceRecord, run: string, window: number): boolean =>
  one.rung === 'deweighted' &&
  one.run === run &&
  one.window !== null &&
  one.untilWindow !== null &&
  one.window < window &&
  window < one.untilWindow;
