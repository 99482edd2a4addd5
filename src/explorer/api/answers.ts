/** What answers over HTTP have in common, as it is declared and as it is sent. */
import type { HeadView } from '../read-models/overview.ts';
import type { Headers, HttpErrorCode } from '../reply.ts';
import { JSON_TYPE, sendTagged } from '../reply.ts';
import type { AnswerDeclaration } from '../route.ts';
import type { Visit } from '../visit.ts';
import type { AnyShape } from './shape.ts';

export const JSON_MEDIA = 'application/json';

/** What a request with `at` can meet. */
export const AT_ERRORS: readonly HttpErrorCode[] = [
  'beyond_head',
  'too_far_back',
  'busy',
  'log_changed',
];

export const jsonAnswer = (doc: string, { schema }: AnyShape): AnswerDeclaration => ({
  doc,
  types: { [JSON_MEDIA]: schema },
});

export const jsonOfEntries = (doc: string, shape: AnyShape): AnswerDeclaration => ({
  ...jsonAnswer(doc, shape),
  isOfEntries: true,
});

/** Which prefix of the ledger an answer speaks of. */
export const asOf = ({ size, rootBase64 }: Pick<HeadView, 'size' | 'rootBase64'>): Headers => ({
  'daybook-size': String(size),
  'daybook-root': rootBase64,
});

/** @param text JSON that is there already, such as the canonical books */
export function sendOfEntries(
  { request, response }: Visit,
  head: Pick<HeadView, 'size' | 'rootBase64'>,
  text: string,
): void {
  sendTagged(request, response, { ...asOf(head), 'content-type': JSON_TYPE }, text);
}
