/**
 * When two signed statements of one author cannot both be honest, from the statements alone. A reader
 * of one log, running one copy of a node's software, never signs such a pair:
 *
 *   command_id_reused   one command id, two contents: a retry repeats what was signed
 *   two_submissions     one assignment and session, two deltas: a commitment binds
 *   two_verdicts        one assignment and session, two judgements
 *   two_aggregates      one window and session, two outer steps or losses
 *   two_scores          one window and session, two commitments to scores, or two vectors of them
 *
 * The session is part of it: a node that restarted begins another, and may then see the artifact store
 * differently, or compute on other hardware. An author is a key: what two keys of one identity say may
 * come from two hands, the thief's and the owner's, and convicts neither. Invariant: no statement conflicts with itself.
 */
import * as E from 'fp-ts/lib/Either.js';
import { canonicalJson } from './canonical-json.ts';
import type { JsonObject } from './canonical-json.ts';
import { catalogue } from './catalogue.ts';
import type { Statement } from './statement.ts';

export const CONFLICTS = {
  command_id_reused: 'two contents under one command id',
  two_submissions: 'two deltas for one assignment in one session',
  two_verdicts: 'two judgements of one submission in one session',
  two_aggregates: 'two aggregates of one window in one session',
  two_scores: 'two commitments to scores of one window, or two vectors of them, in one session',
} as const;
export type ConflictCode = keyof typeof CONFLICTS;

interface Single {
  readonly code: ConflictCode;
  /** What must be the same in all that its author says of one subject in one session. */
  readonly bound: (data: JsonObject) => unknown;
}

const SAID_ONCE: ReadonlyMap<string, Single> = new Map([
  ['daybook.submission.committed.v1', { code: 'two_submissions', bound: ({ delta }) => delta }],
  [
    'daybook.submission.committed.v2',
    { code: 'two_submissions', bound: ({ delta, feedback }) => [delta, feedback] },
  ],
  ['daybook.submission.committed.v3', { code: 'two_submissions', bound: ({ output }) => output }],
  ['daybook.verdict.recorded.v1', { code: 'two_verdicts', bound: (data) => data }],
  ['daybook.aggregation.reported.v1', { code: 'two_aggregates', bound: (data) => data }],
  ['daybook.scores.committed.v1', { code: 'two_scores', bound: (data) => data }],
  ['daybook.scores.revealed.v1', { code: 'two_scores', bound: (data) => data }],
]);

/** Null when both can be honest. Both must be `declared`; signatures are the caller's to check. */
export function conflictOf(a: Statement, b: Statement): ConflictCode | null {
  if (a.actor !== b.actor || a.source !== b.source) return null;
  const said = SAID_ONCE.get(a.type);
  const once = a.type === b.type && a.subject === b.subject;
  if (said !== undefined && once && a.data['session'] === b.data['session'])
    if (textOf(said.bound(a.data)) !== textOf(said.bound(b.data))) return said.code;
  if (a.commandid !== b.commandid) return null;
  return once && textOf(a.data) === textOf(b.data) ? null : 'command_id_reused';
}

/** Keys of which two statements that conflict share at least one: where to look for pairs. */
export function conflictKeys({ actor, source, commandid, type, subject, data }: Statement) {
  const keys = [['id', actor, source, commandid]];
  if (SAID_ONCE.has(type))
    keys.push(['once', actor, source, type, subject, textOf(data['session'])]);
  return keys.map((key) => key.join('\n'));
}

/** Whether it is a fact of the catalogue about the subject that its data names. */
export function declared({ type, subject, data }: Statement): boolean {
  const fact = catalogue.get(type);
  if (fact === undefined) return false;
  const decoded = fact.data.decode(data);
  return E.isRight(decoded) && fact.subject(decoded.right) === subject;
}

const textOf = (value: unknown): string => canonicalJson(value as JsonObject);
