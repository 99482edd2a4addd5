/**
 * The run's own course: it activates when enough participants hold leases, plans one window after
 * another from the tree root at the last seal, waits while too few are alive, and completes once
 * its last reward period is closed.
 */
import type { Fact } from '../../../events/catalogue.ts';
import type { Books, RunBook } from '../../../projections/books.ts';
import { must, openWindow, revisionCount, windowKey } from '../../../projections/books.ts';
import { shuffled, windowSeed } from '../../draws.ts';
import { firstStage } from '../../stage-plan.ts';
import { issue } from './assignments.ts';
import { deadlineOf, mayPlanMs } from './cadence.ts';
import { owned } from '../registry/clusters.ts';
import { eligible, hasEligible } from './eligibility.ts';
import { closePeriod, openPeriod } from '../money/rewards.ts';
import type { Context, Timer } from '../rule.ts';
import { fact } from '../rule.ts';
import { select, selectable } from './selection.ts';
import { isBehind, isTooFarBehind } from './scoring.ts';

export function* runTimers(books: Books): Iterable<Timer> {
  for (const run of Object.values(books.runs)) {
    if (openWindow(books, run.plan.run) !== undefined) continue;
    if (books.closings?.[run.plan.run] !== undefined) continue;
    const { plan, state } = run;
    const say = (facts: (context: Context) => Fact[], dueMs = 0): Timer => ({ dueMs, fire: facts });
    const wait = (): Fact[] => [
      fact('daybook.run.recovering.v1', { run: plan.run, ...liveCounts(books, run) }),
    ];
    if (state === 'initializing' && hasEnough(books, run)) yield say(() => activate(run));
    else if (state === 'recovering' && hasEnough(books, run))
      yield say(() => [
        fact('daybook.run.recovered.v1', { run: plan.run, ...liveCounts(books, run) }),
      ]);
    else if (state === 'active' && run.windowsPlanned < plan.windows && !waits(books, run))
      yield hasEnoughAlive(books, run)
        ? say(
            (context) => (hasEnough(books, run) ? planWindow(books, run, context) : wait()),
            mayPlanMs(books, run),
          )
        : say(wait);
  }
}

/** For scores: a period that is full closes first, and few windows are without a consensus. */
function waits(books: Books, run: RunBook): boolean {
  const { plan, openPeriod: open } = run;
  if (isTooFarBehind(books, plan.run)) return true;
  return isBehind(books, plan.run) && open !== null && periodIsFull(books, run, open);
}

function hasEnoughAlive(books: Books, { plan, windowsPlanned }: RunBook): boolean {
  const { run, minWorkers, minValidators } = plan;
  return (
    hasEligible(books, 'validator', run, windowsPlanned, minValidators) &&
    hasEligible(books, 'worker', run, windowsPlanned, minWorkers)
  );
}

/** Of those alive, under mesh terms, enough are also fresh and may have a slot. */
const hasEnough = (books: Books, run: RunBook): boolean =>
  hasEnoughAlive(books, run) &&
  (books.policy?.mesh === undefined || selectable(books, run) >= run.plan.minWorkers);

function liveCounts(books: Books, run: RunBook): { workers: number; validators: number } {
  const count = (role: 'worker' | 'validator'): number =>
    eligible(books, role, run.plan.run, run.windowsPlanned).length;
  const isMesh = books.policy?.mesh !== undefined;
  return {
    workers: isMesh ? selectable(books, run) : count('worker'),
    validators: count('validator'),
  };
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
    if (open !== null && (over || periodIsFull(books, run, open))) {
      // What its windows earn is not known before their scores are.
      if (!isBehind(books, plan.run)) yield { dueMs: 0, fire: () => closePeriod(books, run, open) };
    } else if (open === null && over && state === 'active')
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
  const { run } = plan;
  const policy = must(books.policy, 'policy');
  const seedFrom = must(book.seedFrom, 'seed entry');
  const seed = windowSeed(rootAfter(seedFrom), run, window);
  const selection = policy.mesh === undefined ? null : select(books, book, seed);
  const { contributors, standby } = selection ?? everybody(books, book, seed);
  const revision = must(book.revisions.at(-1), 'revision');
  const stage = firstStage(plan, revision.checkpoint.digest);
  return [
    ...(selection === null ? [] : [fact('daybook.selection.drawn.v1', selection.drawn)]),
    fact('daybook.window.planned.v1', {
      run,
      window,
      policyRevision: policy.revision,
      revision: revision.revision,
      checkpoint: revision.checkpoint.digest,
      seed: Buffer.from(seed).toString('hex'),
      seedFrom,
      contributors,
      standby,
      deadlineMs: deadlineOf(policy, nowMs),
    }),
    ...contributors.map((actor, slot) => issue(books, run, window, slot, 0, actor, nowMs, stage)),
    fact('daybook.window.activated.v1', { run, window }),
  ];
}

/** With fewer workers than slots some work twice; with more, the rest stands by. */
function everybody(books: Books, { plan, windowsPlanned }: RunBook, seed: Uint8Array) {
  const order = owned(books, shuffled(seed, eligible(books, 'worker', plan.run, windowsPlanned)));
  const contributors = Array.from({ length: plan.slots }, (_, slot) =>
    must(order[slot % order.length], 'worker'),
  );
  return { contributors, standby: order.slice(plan.slots) };
}
