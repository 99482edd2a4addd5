/** What a party of a dispute says to a question, from its own computation. */
import type { Party } from '../../compute/disputes/party.ts';
import type { TrainingSpec } from '../../compute/training/spec.ts';
import { must } from '../../projections/books.ts';
import type { DisputeAnswer, DisputeQuestion } from '../../projections/dispute-book.ts';
import { answerToLedger, questionFrom } from './wire.ts';

/** The contribution that is disputed. */
export interface DisputedWork {
  readonly spec: TrainingSpec;
  readonly checkpoint: Uint8Array;
  readonly pages: readonly Uint16Array[];
}

export type Said =
  | { readonly kind: 'answer'; readonly answer: DisputeAnswer }
  /** safetensors: what the entry asked about read. */
  | { readonly kind: 'evidence'; readonly file: Uint8Array<ArrayBuffer> };

/** Throws DisputeError and NumericFault as the party does. */
export async function answerQuestion(party: Party, question: DisputeQuestion): Promise<Said> {
  const { kind, step, position } = question;
  const last = kind === 'end' ? (await party.traceOfStep(step)).entries.length - 1 : 0;
  const asked = questionFrom(question, last);
  return asked === null
    ? { kind: 'evidence', file: await party.evidence(step, must(position, 'index')) }
    : { kind: 'answer', answer: answerToLedger(await party.answer(asked)) };
}
