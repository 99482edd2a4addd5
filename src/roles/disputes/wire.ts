/**
 * Questions and answers between the ledger, which carries them, and the compute engine, which makes and
 * checks them: the same content in two forms.
 */
import { parseAnswerTo } from '../../compute/disputes/answers.ts';
import type { Answer, Question } from '../../compute/disputes/answers.ts';
import { DisputeError } from '../../compute/disputes/dispute-error.ts';
import type { Digests, TraceEntry } from '../../compute/disputes/trace-entry.ts';
import { must } from '../../projections/books.ts';
import type { DisputeAnswer, DisputeQuestion } from '../../projections/dispute-book.ts';

export const NOTHING: DisputeAnswer = { root: null, opening: null, proof: null, evidence: null };

type LedgerEntry = NonNullable<DisputeAnswer['opening']>['entry'];

/**
 * @param last index of the last entry of a step's trace
 * Null: no answer but a file is wanted.
 */
export function questionFrom(
  { kind, step, position, role }: DisputeQuestion,
  last: number,
): Question | null {
  switch (kind) {
    case 'state_root':
      return { kind, step };
    case 'end':
      return { kind: 'entry', step, index: last };
    case 'trace_root':
      return { kind, step, position: must(position, 'position') };
    case 'entry':
      return { kind, step, index: must(position, 'index') };
    case 'read':
      return { kind, step, index: must(position, 'index'), role: must(role, 'role') };
    case 'evidence':
      return null;
  }
}

/** Null: not of the form that the question calls for. */
export function answerFrom(question: Question, said: DisputeAnswer | null): Answer | null {
  try {
    return parseAnswerTo(question, formOf(question, said));
  } catch (error) {
    if (error instanceof DisputeError) return null;
    throw error;
  }
}

function formOf(question: Question, said: DisputeAnswer | null): unknown {
  switch (question.kind) {
    case 'state_root':
    case 'trace_root':
      return { ...question, root: said?.root };
    case 'entry': {
      const { index, entry, peaks } = said?.opening ?? {};
      return { ...question, index, entry: entry && entryFrom(entry), peaks };
    }
    case 'read': {
      const { entry = null, path } = said?.proof ?? {};
      const proof =
        entry === null ? { kind: 'state', path } : { kind: 'entry', entry: entryFrom(entry), path };
      return { ...question, proof };
    }
  }
}

export function answerToLedger(answer: Answer): DisputeAnswer {
  switch (answer.kind) {
    case 'state_root':
    case 'trace_root':
      return { ...NOTHING, root: answer.root };
    case 'entry': {
      const { index, entry, peaks } = answer;
      return { ...NOTHING, opening: { index, entry: entryToLedger(entry), peaks } };
    }
    case 'read': {
      const { proof } = answer;
      const entry = proof.kind === 'state' ? null : entryToLedger(proof.entry);
      return { ...NOTHING, proof: { entry, path: proof.path } };
    }
  }
}

const entryFrom = ({ operation, phase, reads, writes }: LedgerEntry): TraceEntry => {
  const pairs = (digests: LedgerEntry['reads']): Digests =>
    digests.map(({ role, digest }) => [role, digest]);
  return { operation, phase, reads: pairs(reads), writes: pairs(writes) };
};

const entryToLedger = ({ operation, phase, reads, writes }: TraceEntry): LedgerEntry => {
  const named = (digests: Digests): LedgerEntry['reads'] =>
    digests.map(([role, digest]) => ({ role, digest }));
  return { operation, phase, reads: named(reads), writes: named(writes) };
};
