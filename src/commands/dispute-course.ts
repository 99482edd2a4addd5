/**
 * The course of a dispute: what is asked next, from the answers so far. The ledger only compares: it
 * narrows to one step and then to one entry of its trace, where the answers of the two parties part.
 * Whether an answer holds what its form promises is for the referees, who run the same answers through
 * `src/compute/disputes/dispute.ts`; a property test keeps the two courses equal.
 */
import type { DisputeAnswer, DisputeQuestion, DisputeRound } from '../projections/dispute-book.ts';

/** Both have the same at `agreed`, and not at `parted`. */
export interface Range {
  readonly agreed: number;
  readonly parted: number;
}

export type Next =
  | { readonly kind: 'ask'; readonly question: DisputeQuestion }
  /** Nothing more to ask. */
  | { readonly kind: 'refer' }
  /** The defender answers what the claimant does, and so contradicts its own verdict. */
  | { readonly kind: 'fallen' };

export interface Place {
  readonly step: number;
  readonly index: number;
}

interface Pair {
  readonly claimant: DisputeAnswer;
  readonly defender: DisputeAnswer;
}

const ask = (
  kind: DisputeQuestion['kind'],
  step: number,
  position: number | null = null,
  role: string | null = null,
): Next => ({ kind: 'ask', question: { kind, step, position, role } });

const middle = ({ agreed, parted }: Range): number => agreed + Math.floor((parted - agreed) / 2);
const isNarrow = ({ agreed, parted }: Range): boolean => parted - agreed === 1;

/**
 * @param steps between which the committed trace and the verdict part
 * @param rounds with one defender, each with both answers
 */
export function nextOf(steps: Range, rounds: readonly DisputeRound[]): Next {
  const last = rounds.at(-1);
  if (last === undefined) return ask('state_root', steps.parted);
  const pair = pairOf(last);
  const { kind, step, position } = last.question;
  switch (kind) {
    case 'state_root': {
      if (rounds.length === 1 && sameRoot(pair)) return { kind: 'fallen' };
      const range = narrowed(steps, rounds, 'state_root');
      return isNarrow(range) ? ask('end', range.agreed) : ask('state_root', middle(range));
    }
    case 'end': {
      const [one, other] = [pair.claimant.opening?.index, pair.defender.opening?.index];
      // One of them has another operation there than the last: the referees know which.
      if (one !== other || one === undefined) return { kind: 'refer' };
      return inEntries(step, { agreed: 0, parted: one + 1 });
    }
    case 'trace_root': {
      const end = rounds.find(({ question }) => question.kind === 'end');
      const count = (end?.claimant?.opening?.index ?? 0) + 1;
      return inEntries(step, narrowed({ agreed: 0, parted: count }, rounds, 'trace_root'));
    }
    case 'entry':
      return afterEntry(step, position ?? 0, pair, rounds);
    case 'read':
    case 'evidence':
      return { kind: 'refer' };
  }
}

/** Of the entry that both opened; null: it did not come to that. */
export function placeOf(rounds: readonly DisputeRound[]): Place | null {
  const opened = rounds.find(({ question }) => question.kind === 'entry');
  return opened === undefined
    ? null
    : { step: opened.question.step, index: opened.question.position ?? 0 };
}

function narrowed(
  range: Range,
  rounds: readonly DisputeRound[],
  kind: 'state_root' | 'trace_root',
): Range {
  return rounds
    .filter(({ question }) => question.kind === kind)
    .reduce(({ agreed, parted }, round) => {
      const { step, position } = round.question;
      const at = kind === 'state_root' ? step : (position ?? 0);
      return sameRoot(pairOf(round)) ? { agreed: at, parted } : { agreed, parted: at };
    }, range);
}

const inEntries = (step: number, range: Range): Next =>
  isNarrow(range) ? ask('entry', step, range.agreed) : ask('trace_root', step, middle(range));

function afterEntry(
  step: number,
  index: number,
  { claimant, defender }: Pair,
  rounds: readonly DisputeRound[],
): Next {
  const [one, other] = [claimant.opening?.entry.reads ?? [], defender.opening?.entry.reads ?? []];
  // Entries of two forms: the referees know which is that of the place.
  if (one.length !== other.length || one.some(({ role }, i) => role !== other[i]?.role))
    return { kind: 'refer' };
  const differing = one.find(({ digest }, i) => digest !== other[i]?.digest);
  if (differing !== undefined) return ask('read', step, index, differing.role);
  const end = rounds.find(({ question }) => question.kind === 'end');
  // The last entry computes nothing.
  const isEnd = end?.claimant?.opening?.index === index;
  return isEnd ? { kind: 'refer' } : ask('evidence', step, index);
}

function pairOf({ claimant, defender }: DisputeRound): Pair {
  if (claimant === null || defender === null) throw new Error('invariant: both have answered');
  return { claimant, defender };
}

const sameRoot = ({ claimant, defender }: Pair): boolean => claimant.root === defender.root;
