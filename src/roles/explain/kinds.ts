/**
 * What can be explained of a ledger, by name: a question of a few words in, an explanation in plain
 * JSON or what is wrong with the question out. Command line, HTTP API and page ask the same table.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import { left, map, right } from 'fp-ts/lib/Either.js';
import type { Evidence } from './chronicle.ts';
import { explainOffences } from './offence.ts';
import { explainPayout } from './payout.ts';
import { explainPromotion } from './promotion.ts';
import { explainRefusal, isRefusalCode } from './refusal.ts';
import { explainSelection } from './selection.ts';
import { explainVerdict } from './verdict.ts';
import { tellOffences } from './telling/offence.ts';
import { tellPayout } from './telling/payout.ts';
import { tellPromotion } from './telling/promotion.ts';
import { tellRefusal } from './telling/refusal.ts';
import { tellSelection } from './telling/selection.ts';
import type { Telling } from './telling/telling.ts';
import { tellVerdict } from './telling/verdict.ts';
import { tellWeight } from './telling/weight.ts';
import { explainWeight } from './weight.ts';

export interface Question {
  /** What is asked about: a participant, an assignment, a window, a code. */
  readonly of: string;
  readonly run?: string;
  /** Of a payout. */
  readonly period?: number;
  /** Of a weight. */
  readonly window?: number;
}

/** For programs, and as people read it. */
export interface Explained<E extends object = object> {
  readonly explanation: E;
  readonly telling: Telling;
}

interface Kind<E extends object = object> {
  /** For people: what `of` is. */
  readonly of: string;
  readonly explain: (evidence: Evidence, question: Question) => Either<string, Explained<E>>;
}

const kind = <E extends object>(
  of: string,
  explain: (evidence: Evidence, question: Question) => Either<string, E>,
  tell: (explanation: E) => Telling,
): Kind<E> => ({
  of,
  explain: (evidence, question) =>
    map((explanation: E) => ({ explanation, telling: tell(explanation) }))(
      explain(evidence, question),
    ),
});

export const EXPLAINED = {
  payout: kind(
    'name or key of a participant',
    (evidence, { of, run, period }) =>
      explainPayout(evidence, {
        who: of,
        ...(run === undefined ? {} : { run }),
        ...(period === undefined ? {} : { period }),
      }),
    tellPayout,
  ),
  verdict: kind(
    '<run>/<window>/<slot>, or with /<attempt>',
    (evidence, { of }) => explainVerdict(evidence, of),
    tellVerdict,
  ),
  offence: kind(
    'name or key of a participant',
    (evidence, { of }) => explainOffences(evidence, of),
    tellOffences,
  ),
  promotion: kind(
    '<run>/<window>',
    (evidence, { of }) => explainPromotion(evidence, of),
    tellPromotion,
  ),
  weight: kind(
    'name or key of a participant, or <run>/<window>/<participant>',
    (evidence, { of, run, window }) =>
      explainWeight(evidence, {
        who: of,
        ...(run === undefined ? {} : { run }),
        ...(window === undefined ? {} : { window }),
      }),
    tellWeight,
  ),
  selection: kind(
    '<run>/<window>',
    (evidence, { of }) => explainSelection(evidence, of),
    tellSelection,
  ),
  refusal: kind(
    'a code, such as stale_revision',
    (_evidence, { of }) =>
      isRefusalCode(of) ? right(explainRefusal(of, null)) : left(`there is no refusal "${of}"`),
    tellRefusal,
  ),
} as const;

export type ExplainedKind = keyof typeof EXPLAINED;

export const explainedBy = (word: ExplainedKind): Kind => EXPLAINED[word];
