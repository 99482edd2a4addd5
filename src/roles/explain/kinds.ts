/**
 * What can be explained of a ledger, by name: a question of a few words in, an explanation in plain
 * JSON or what is wrong with the question out. Command line, HTTP API and page ask the same table.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import { left, right } from 'fp-ts/lib/Either.js';
import type { Evidence } from './chronicle.ts';
import { explainOffences } from './offence.ts';
import { explainPayout } from './payout.ts';
import { explainPromotion } from './promotion.ts';
import { explainRefusal, isRefusalCode } from './refusal.ts';
import { explainSelection } from './selection.ts';
import { explainVerdict } from './verdict.ts';
import { explainWeight } from './weight.ts';

export interface Question {
  /** What is asked about: a participant, an assignment, a window, a code. */
  readonly of: string;
  readonly run?: string;
  readonly period?: number;
}

interface Kind {
  /** For people: what `of` is. */
  readonly of: string;
  readonly explain: (evidence: Evidence, question: Question) => Either<string, object>;
}

export const EXPLAINED = {
  payout: {
    of: 'name or key of a participant',
    explain: (evidence, { of, run, period }) =>
      explainPayout(evidence, {
        who: of,
        ...(run === undefined ? {} : { run }),
        ...(period === undefined ? {} : { period }),
      }),
  },
  verdict: {
    of: '<run>/<window>/<slot>, or with /<attempt>',
    explain: (evidence, { of }) => explainVerdict(evidence, of),
  },
  offence: {
    of: 'name or key of a participant',
    explain: (evidence, { of }) => explainOffences(evidence, of),
  },
  promotion: {
    of: '<run>/<window>',
    explain: (evidence, { of }) => explainPromotion(evidence, of),
  },
  weight: {
    of: 'name or key of a participant, or <run>/<window>/<participant>',
    explain: (evidence, { of, run }) =>
      explainWeight(evidence, { who: of, ...(run === undefined ? {} : { run }) }),
  },
  selection: {
    of: '<run>/<window>',
    explain: (evidence, { of }) => explainSelection(evidence, of),
  },
  refusal: {
    of: 'a code, such as stale_revision',
    explain: (_evidence, { of }) =>
      isRefusalCode(of) ? right(explainRefusal(of, null)) : left(`there is no refusal "${of}"`),
  },
} as const satisfies Record<string, Kind>;

export type ExplainedKind = keyof typeof EXPLAINED;

export const isExplained = (kind: string): kind is ExplainedKind => Object.hasOwn(EXPLAINED, kind);

export const explainedBy = (kind: ExplainedKind): Kind => EXPLAINED[kind];
