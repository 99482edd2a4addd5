/** How a dispute ends, for each party: plain JSON with a checked parser. */
import { kindOf, membersOf, oneOf, textOf } from './json-checks.ts';

export const WRONG_REASONS = [
  'no_answer', // to a question, in the form it must have
  'contradicts_itself', // what it shows does not make the roots that it claimed
  'form_mismatch', // its entry is not the operation of this place
  'read_unproven', // it read something else than was there
  'evidence_wrong', // its file is not what it says that it read
  'result_wrong', // the operation gives something else
] as const;

export type WrongReason = (typeof WRONG_REASONS)[number];

export type Verdict =
  /** Nothing is found against this party. */
  | { readonly kind: 'stands' }
  | { readonly kind: 'wrong'; readonly reason: WrongReason; readonly detail: string };

export interface Finding {
  readonly first: Verdict;
  readonly second: Verdict;
}

export const STANDS: Verdict = { kind: 'stands' };
const DETAIL_LENGTH_MAX = 600;

/** @param detail for people; cut where it is too long */
export function wrong(reason: WrongReason, detail: string): Verdict {
  return { kind: 'wrong', reason, detail: detail.slice(0, DETAIL_LENGTH_MAX) };
}

/** Throws DisputeError. */
export function parseFinding(value: unknown): Finding {
  const members = membersOf(value, 'finding', ['first', 'second']);
  return { first: parseVerdict(members.first), second: parseVerdict(members.second) };
}

function parseVerdict(value: unknown): Verdict {
  if (oneOf(kindOf(value), 'verdict.kind', ['stands', 'wrong']) === 'stands') {
    membersOf(value, 'verdict', ['kind']);
    return STANDS;
  }
  const members = membersOf(value, 'verdict', ['kind', 'reason', 'detail']);
  return {
    kind: 'wrong',
    reason: oneOf(members.reason, 'reason', WRONG_REASONS),
    detail: textOf(members.detail, 'detail', DETAIL_LENGTH_MAX),
  };
}
