/**
 * Aggregation and promotion. Every live validator computes the outer step and the held-out loss; a
 * quorum of equal reports is what happened. Promotion compares the losses with the policy's bands
 * (seed: at least +10 bps promotes, -25 bps or worse refuses); without a quorum it is held.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { AggregationReport, Books, WindowBook } from '../../../projections/books.ts';
import {
  currentAssignments,
  must,
  openWindow,
  policyOf,
  revisionOf,
  windowKey,
} from '../../../projections/books.ts';
import { isLastStage } from '../../../projections/grouped-stages.ts';
import { admitted, eligible, isAlive } from './eligibility.ts';
import type { Timer } from '../rule.ts';
import { fact } from '../rule.ts';

export function* aggregationTimers(books: Books): Iterable<Timer> {
  for (const run of Object.keys(books.runs)) {
    const window = openWindow(books, run);
    if (window?.state !== 'scored' || window.promotion !== null) continue;
    if (window.aggregation === null) {
      const request = requestAggregation(books, window);
      // No validator is alive: the request waits for one.
      if (request !== null) yield { dueMs: 0, fire: () => [request] };
      continue;
    }
    const again = callMore(books, window);
    if (again !== null) yield { dueMs: 0, fire: () => [again] };
    const { aggregationMs } = policyOf(books, window).window;
    yield {
      dueMs: window.aggregation.requestedMs + aggregationMs,
      fire: () => held(window, 'no_quorum'),
    };
  }
}

export function aggregateWhenScored(
  books: Books,
  event: EventOf<'daybook.window.scored.v1'>,
): Fact[] {
  const window = must(books.windows[windowKey(event.data.run, event.data.window)], 'window');
  if (event.data.slots.every(({ counted }) => counted === null))
    return held(window, 'no_accepted_contributions');
  const request = requestAggregation(books, window);
  return request === null ? [] : [request];
}

function requestAggregation(books: Books, window: WindowBook): Fact | null {
  const validators = eligible(books, 'validator', window.run, window.window);
  return validators.length < policyOf(books, window).validation.quorum
    ? null
    : requestFrom(books, window, validators);
}

function requestFrom(books: Books, window: WindowBook, validators: readonly ActorId[]): Fact {
  const run = must(books.runs[window.run], 'run');
  const revision = must(revisionOf(run, window.revision), 'revision');
  return fact('daybook.aggregation.requested.v1', {
    run: window.run,
    window: window.window,
    checkpoint: window.checkpoint,
    momentum: revision.momentum?.digest ?? null,
    deltas: countedDeltas(window),
    validators,
  });
}

/** Deltas of the outer step, by slot: the order in which they are summed. */
export const countedDeltas = (window: WindowBook) =>
  currentAssignments(window)
    .filter(isLastStage)
    .flatMap(({ counted }) => counted ?? []);

export function agreeOnReport(
  books: Books,
  event: EventOf<'daybook.aggregation.reported.v1'>,
): Fact[] {
  const window = must(books.windows[windowKey(event.data.run, event.data.window)], 'window');
  const aggregation = must(window.aggregation, 'aggregation');
  const { quorum } = policyOf(books, window).validation;
  const last = must(aggregation.reports.at(-1), 'report');
  const same = aggregation.reports.filter((report) => reportKey(report) === reportKey(last));
  if (same.length >= quorum) {
    const agreeing = same.map((report) => report.validator);
    return [
      fact('daybook.aggregation.agreed.v1', {
        run: window.run,
        window: window.window,
        checkpoint: last.checkpoint,
        momentum: last.momentum,
        lossBeforeMicroNats: last.lossBeforeMicroNats,
        lossAfterMicroNats: last.lossAfterMicroNats,
        reports: aggregation.reports.map((report) => report.sequence),
        agreeing,
        dissenting: aggregation.reports
          .map((report) => report.validator)
          .filter((actor) => !agreeing.includes(actor)),
      }),
    ];
  }
  // Somebody not called may still come; then, and when time is up, the timers speak.
  return hasEverybodyReported(books, aggregation.reports) ? held(window, 'no_quorum') : [];
}

function hasEverybodyReported(books: Books, reports: readonly AggregationReport[]): boolean {
  // Nobody reports twice: as long as there are more validators than reports they need no look.
  if (reports.length < (books.headcount?.validator.admitted ?? 0)) return false;
  const reported = new Set(reports.map(({ validator }) => validator));
  return admitted(books, 'validator').every((actor) => reported.has(actor));
}

/** Those called can no longer make a quorum: validators that came since are called as well. */
function callMore(books: Books, window: WindowBook): Fact | null {
  const { validators, reports } = must(window.aggregation, 'aggregation');
  const { quorum } = policyOf(books, window).validation;
  const alike = new Map<string, number>();
  for (const key of reports.map(reportKey)) alike.set(key, (alike.get(key) ?? 0) + 1);
  const most = Math.max(0, ...alike.values());
  const reported = new Set(reports.map(({ validator }) => validator));
  const awaited = validators.filter((actor) => isAlive(books, actor) && !reported.has(actor));
  if (most + awaited.length >= quorum) return null;
  const called = new Set(validators);
  const more = eligible(books, 'validator', window.run, window.window).filter(
    (actor) => !called.has(actor),
  );
  return more.length === 0 ? null : requestFrom(books, window, [...validators, ...more]);
}

/** What two reports must have in common to be the same one. */
export const reportKey = (report: AggregationReport): string =>
  [
    report.checkpoint.digest,
    report.checkpoint.sizeBytes,
    report.momentum.digest,
    report.momentum.sizeBytes,
    report.lossBeforeMicroNats,
    report.lossAfterMicroNats,
  ].join(' ');

/** (before - after) / before in basis points, rounded toward zero; 0 when before is 0. */
export function gainBps(beforeMicroNats: number, afterMicroNats: number): number {
  if (beforeMicroNats === 0) return 0;
  const gain = (BigInt(beforeMicroNats) - BigInt(afterMicroNats)) * 10_000n;
  const bps = gain / BigInt(beforeMicroNats);
  // Worse than any band: a loss from a tiny one to a huge one must still fit the codec.
  return Number(bps < -1_000_000_000n ? -1_000_000_000n : bps);
}

export function promoteOnAgreement(
  books: Books,
  event: EventOf<'daybook.aggregation.agreed.v1'>,
): Fact[] {
  const { run, window, checkpoint, momentum, lossBeforeMicroNats, lossAfterMicroNats } = event.data;
  const book = must(books.windows[windowKey(run, window)], 'window');
  const { acceptGainBps, rejectGainBps } = policyOf(books, book).promotion;
  const gain = gainBps(lossBeforeMicroNats, lossAfterMicroNats);
  const decide = (
    decision: EventOf<'daybook.promotion.decided.v1'>['data']['decision'],
    reason: string,
  ) =>
    fact('daybook.promotion.decided.v1', {
      run,
      window,
      decision,
      reasons: [reason],
      gainBps: gain,
    });
  const done = fact('daybook.window.reconciled.v1', { run, window });
  if (gain <= rejectGainBps) return [decide('refused_promotion', 'held_out_regression'), done];
  if (gain < acceptGainBps) return [decide('held_no_promotion', 'gain_below_band'), done];
  return [
    decide('promoted_revision', 'held_out_gain'),
    fact('daybook.checkpoint.promoted.v1', {
      run,
      window,
      revision: book.revision + 1,
      parent: book.checkpoint,
      checkpoint,
      momentum,
      heldOutLossMicroNats: lossAfterMicroNats,
    }),
    done,
  ];
}

function held({ run, window }: WindowBook, reason: string): Fact[] {
  return [
    fact('daybook.promotion.decided.v1', {
      run,
      window,
      decision: 'held_no_promotion',
      reasons: [reason],
      gainBps: null,
    }),
    fact('daybook.window.reconciled.v1', { run, window }),
  ];
}
