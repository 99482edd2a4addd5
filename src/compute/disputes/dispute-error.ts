/** What was said or asked in a dispute breaks the rules of its form. The sender's input is at fault. */
export type DisputeErrorCode =
  | 'shape_invalid' // not an object, a list, or with other members than it must have
  | 'kind_unknown' // not one of the kinds, phases or reasons
  | 'number_out_of_range'
  | 'digest_invalid' // not 64 lower-case hex digits
  | 'text_invalid' // not 1 to 256 printable ASCII characters
  | 'too_many' // a longer list than any trace needs
  | 'other_question' // an answer to something that was not asked
  | 'evidence_invalid' // a file that is not the canonical one of what this entry reads
  | 'nothing_disputed' // both parties claim the same, or nothing at the same step
  | 'question_out_of_range'; // of a step or an entry that the contribution has not

export class DisputeError extends Error {
  override readonly name = 'DisputeError';
  readonly code: DisputeErrorCode;

  constructor(code: DisputeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
