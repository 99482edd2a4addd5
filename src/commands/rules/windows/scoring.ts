/**
 * Scoring: once every submission of a window has its disposition, the validators with the largest
 * stakes are called to score what was accepted. They commit, and when all have or time is up they
 * show their scores, which become one by Yuma. It runs beside aggregation and the next window; only
 * the end of a period, and a second window behind, wait for it.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import { SCORERS_MAX } from '../../../events/catalogue/scores.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, WindowBook } from '../../../projections/books.ts';
import { must, policyOf, windowKey } from '../../../projections/books.ts';
import { isLastStage, submittedIn } from '../../../projections/grouped-stages.ts';
import { balanceOf } from '../../../projections/balances.ts';
import type { Scorer, Scoring } from '../../../projections/scoring-book.ts';
import { openScorings, scoringOf } from '../../../projections/scoring.ts';
import { weightsOf } from '../../../projections/scoring-book.ts';
import { distanceBps, yuma } from '../../consensus/yuma.ts';
import { scoreSeed } from '../../draws.ts';
import { escrowOf } from '../money/accounts.ts';
import { eligible } from './eligibility.ts';
import { cheatsIn } from '../money/scored-credits.ts';
import type { Context, Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Windows that may be without their consensus while another is worked on. */
const BEHIND_MAX = 1;

export function requestScores(
  books: Books,
  event: EventOf<'daybook.window.scored.v1'>,
  { nowMs, rootAfter }: Context,
): Fact[] {
  const { run, window } = event.data;
  const book = must(books.windows[windowKey(run, window)], 'window');
  const terms = policyOf(books, book).scoring;
  const contributions = acceptedIn(book);
  if (terms === undefined || contributions.length === 0) return [];
  const validators = scorers(books, book);
  // Nobody can be called: its credits are what they would be without scores.
  if (validators.length === 0) return [];
  const seed = scoreSeed(rootAfter(must(book.sealedSequence, 'seal')), run, window);
  return [
    fact('daybook.scores.requested.v1', {
      run,
      window,
      seed: Buffer.from(seed).toString('hex'),
      contributions,
      validators,
      commitUntilMs: nowMs + terms.commitMs,
    }),
  ];
}

/** By slot, what its last stage came to; what a cheat did beside its fraud earns nothing, so it is not scored. */
function acceptedIn(window: WindowBook): string[] {
  const held = submittedIn(window);
  const cheats = cheatsIn(held);
  return held
    .filter(isLastStage)
    .filter(
      ({ disposition, counted, participant, refusedInput }) =>
        disposition === 'accepted' &&
        counted !== null &&
        refusedInput === undefined &&
        !cheats.has(participant),
    )
    .map(({ assignment }) => assignment);
}

/** Those with the largest escrows, ties by key; without stake nobody is heard. */
function scorers(books: Books, { run, window }: WindowBook): Scorer[] {
  return eligible(books, 'validator', run, window)
    .map((validator) => ({ validator, stake: balanceOf(books, 'micro', escrowOf(validator)) }))
    .filter(({ stake }) => stake > 0n)
    .sort((a, b) => (a.stake === b.stake ? 0 : a.stake > b.stake ? -1 : 1))
    .slice(0, SCORERS_MAX)
    .map(({ validator, stake }) => ({ validator, stake: stake.toString() }));
}

export function sealScoresWhenAll(
  books: Books,
  event: EventOf<'daybook.scores.committed.v1'>,
  { nowMs }: Context,
): Fact[] {
  const scoring = must(scoringOf(books, event.data.run, event.data.window), 'scoring');
  const all = scoring.commitments.length === scoring.validators.length;
  return all ? sealed(scoring, nowMs) : [];
}

export function concludeWhenAll(
  books: Books,
  event: EventOf<'daybook.scores.revealed.v1'>,
): Fact[] {
  const scoring = must(scoringOf(books, event.data.run, event.data.window), 'scoring');
  return scoring.reveals.length === scoring.commitments.length ? concluded(books, scoring) : [];
}

export function* scoringTimers(books: Books): Iterable<Timer> {
  for (const scoring of openScorings(books)) {
    if (books.runs[scoring.run]?.state === 'failed')
      yield { dueMs: 0, fire: () => failed(scoring, 'run_failed') };
    else if (scoring.sealed === null)
      yield { dueMs: scoring.commitUntilMs, fire: ({ nowMs }) => sealed(scoring, nowMs) };
    else yield { dueMs: scoring.sealed.revealUntilMs, fire: () => concluded(books, scoring) };
  }
}

/** Whether a reconciled window of the run has no consensus yet. */
export const isBehind = (books: Books, run: string): boolean => behind(books, run) > 0;

/** Whether the next window waits: scoring would fall further behind with each. */
export const isTooFarBehind = (books: Books, run: string): boolean =>
  behind(books, run) > BEHIND_MAX;

const behind = (books: Books, run: string): number =>
  (books.scores?.[run]?.windows ?? []).filter(
    ({ outcome, window }) =>
      outcome === null && books.windows[windowKey(run, window)]?.state === 'reconciled',
  ).length;

const stakeOf = ({ validators }: Scoring, isIn: (actor: ActorId) => boolean): bigint =>
  validators.reduce((sum, one) => (isIn(one.validator) ? sum + BigInt(one.stake) : sum), 0n);

function lacksQuorum(scoring: Scoring, present: readonly { validator: ActorId }[]): boolean {
  const stake = stakeOf(scoring, (actor) => present.some(({ validator }) => validator === actor));
  const all = stakeOf(scoring, () => true);
  return stake === 0n || stake * 10_000n < BigInt(scoring.terms.quorumBps) * all;
}

function sealed(scoring: Scoring, nowMs: number): Fact[] {
  const { run, window, commitments, terms } = scoring;
  if (lacksQuorum(scoring, commitments)) return failed(scoring, 'commitments_short');
  return [
    fact('daybook.scores.sealed.v1', {
      run,
      window,
      committed: commitments.map(({ validator }) => validator),
      revealUntilMs: nowMs + terms.revealMs,
    }),
  ];
}

const missingFrom = ({ validators, reveals }: Scoring): ActorId[] =>
  validators
    .map(({ validator }) => validator)
    .filter((actor) => reveals.every(({ validator }) => validator !== actor));

const failed = (scoring: Scoring, reason: string): Fact[] => [
  fact('daybook.consensus.failed.v1', {
    run: scoring.run,
    window: scoring.window,
    reason,
    missing: missingFrom(scoring),
  }),
];

function concluded(books: Books, scoring: Scoring): Fact[] {
  const { run, window, validators, participants, reveals, terms } = scoring;
  if (lacksQuorum(scoring, reveals)) return failed(scoring, 'reveals_short');
  const shown = validators.flatMap((scorer) => {
    const revealed = reveals.find(({ validator }) => validator === scorer.validator);
    return revealed === undefined ? [] : [{ ...scorer, revealed }];
  });
  const contributors = [...new Set(participants)];
  const found = yuma(
    shown.map(({ validator, stake, revealed }) => ({
      id: validator,
      stake: BigInt(stake),
      weights: weightsOf(scoring, revealed.scores),
    })),
    contributors,
    must(books.scores?.[run], 'scores').bonds,
    terms,
  );
  const consensus = new Map([...found.contributors].map(([id, { weight }]) => [id, weight]));
  const far = shown.flatMap(({ validator, revealed }) => {
    const { row } = must(found.validators.get(validator), validator);
    const distance = distanceBps(row, consensus);
    return distance !== null && distance > terms.disagreementBps
      ? [{ validator, distanceBps: distance, revealed: revealed.sequence }]
      : [];
  });
  if ([...consensus.values()].every((weight) => weight === 0))
    return failed(scoring, 'no_common_weight');
  return [
    fact('daybook.consensus.reached.v1', {
      run,
      window,
      validators: shown.map(({ validator, stake }) => {
        const { trust, dividend } = must(found.validators.get(validator), validator);
        return { validator, stake, trust, dividend };
      }),
      contributors: contributors.map((participant) => {
        const { weight, incentive, trust } = must(found.contributors.get(participant), participant);
        return { participant, weight, incentive, trust };
      }),
      missing: missingFrom(scoring),
    }),
    ...(far.length === 0
      ? []
      : [fact('daybook.consensus.disagreed.v1', { run, window, validators: far })]),
  ];
}
