/**
 * The run's own course: it activates when enough participants hold leases, plans one window after
 * another from the tree root at the last seal, waits while too few are alive, and completes once
 * its last reward period is closed.
 */
import type { Fact } from '../../events/catalogue.ts';
import type { Books, RunBook } from '../../projections/books.ts';
import { must, openWindow, revisionCount, windowKey } from '../../projections/books.ts';
import { shuffled, windowSeed } from '../draws.ts';
import { issue } from './assignments.ts';
import { deadlineOf, mayPlanMs } from './cadence.ts';
import { eligible } from './eligibility.ts';
import { closePeriod, openPeriod } from './rewards.ts';
import type { Context, Timer } from './rule.ts';
import { fact } from './rule.ts';

export function* runTimers(books: Books): Iterable<Timer> {
  for (const run of Object.values(books.runs)) {
    if (openWindow(books, run.plan.run) !== undefined) continue;
    if (books.closings?.[run.plan.run] !== undefined) continue;
    const counts = liveCounts(books, run);
    const { plan, state } = run;
    const enough = counts.workers >= plan.minWorkers && counts.validators >= plan.minValidators;
    const say = (facts: (context: Context) => Fact[], dueMs = 0): Timer => ({ dueMs, fire: facts });
    if (state === 'initializing' && enough) yield say(() => activate(run));
    else if (state === 'recovering' && enough)
      yield say(() => [fact('daybook.run.recovered.v1', { run: plan.run, ...counts })]);
    else if (state === 'active' && run.windowsPlanned < plan.windows)
      yield enough
        ? say((context) => planWindow(books, run, context), mayPlanMs(books, run))
        : say(() => [fact('daybook.run.recovering.v1', { run: plan.run, ...counts })]);
  }
}

function liveCounts(books: Books, run: RunBook): { workers: number; validators: number } {
  const count = (role: 'worker' | 'validator'): number =>
    eligible(books, role, run.plan.run, run.windowsPlanned).length;
  return { workers: count('worker'), validators: count('validator') };
}

const activate = (run: RunBook): Fact[] => [
  fact('daybook.run.activated.v1', { run: run.plan.run, revision: revisionCount(run) - 1 }),
];

/** Periods open while the run is on, close when they are full or the run is over; then it is done. */
export function* periodTimers(books: Books): Iterable<Timer> {
  for (const run of Object.values(books.runs)) {
    const { plan, state, openPeriod: open, windowsReconciled } = run;
    if (openWindow(books, plan.run) !== undefined) continue;
    if (books.closings?.[plan.run] !== undefined) continue;
    const over = windowsReconciled === plan.windows || state === 'failed';
    if (open !== null && (over || periodIsFull(books, run, open)))
      yield { dueMs: 0, fire: () => closePeriod(books, run, open) };
    else if (open === null && over && state === 'active')
      yield { dueMs: 0, fire: () => [completed(run)] };
    else if (open === null && !over && state === 'active')
      yield { dueMs: 0, fire: () => openPeriod(books, plan.run, windowsReconciled) };
  }
}

function periodIsFull(books: Books, run: RunBook, period: number): boolean {
  const { fromWindow } = must(books.rewards.periods[windowKey(run.plan.run, period)], 'period');
  return run.windowsReconciled - fromWindow >= must(books.policy, 'policy').rewards.periodWindows;
}

function completed(run: RunBook): Fact {
  const { revision, checkpoint } = must(run.revisions.at(-1), 'revision');
  return fact('daybook.run.completed.v1', {
    run: run.plan.run,
    revision,
    checkpoint: checkpoint.digest,
  });
}

function planWindow(books: Books, book: RunBook, { nowMs, rootAfter }: Context): Fact[] {
  const { plan, windowsPlanned: window } = book;
  const { run, slots } = plan;
  const policy = must(books.policy, 'policy');
  const seedFrom = must(book.seedFrom, 'seed entry');
  const seed = windowSeed(rootAfter(seedFrom), run, window);
  const order = shuffled(seed, eligible(books, 'worker', run, window));
  // With fewer workers than slots some work twice; with more, the rest stands by.
  const contributors = Array.from({ length: slots }, (_, slot) =>
    must(order[slot % order.length], 'worker'),
  );
  const revision = must(book.revisions.at(-1), 'revision');
  return [
    fact('daybook.window.planned.v1', {
      run,
      window,
      policyRevision: policy.revision,
      revision: revision.revision,
      checkpoint: revision.checkpoint.digest,
      seed: Buffer.from(seed).toString('hex'),
      seedFrom,
      contributors,
      standby: order.slice(slots),
      deadlineMs: deadlineOf(policy, nowMs),
    }),
    ...contributors.map((actor, slot) => issue(books, run, window, slot, 0, actor, nowMs)),
    fact('daybook.window.activated.v1', { run, window }),
  ];
}
