/**
 * Input to the compute room that cannot be worked on: a specification, checkpoint, page or delta
 * that breaks its own rules. The caller's input is at fault, so retrying cannot help.
 */
export type TrainingInputErrorCode =
  | 'spec_invalid' // a number of the model or training specification is out of its range
  | 'tensor_missing' // a checkpoint or delta lacks a tensor of the model
  | 'tensor_unexpected' // or has one more
  | 'shape_mismatch' // or one of another shape
  | 'value_not_finite' // a checkpoint or delta holds NaN or infinity
  | 'value_out_of_range' // optimizer state holds a negative sum of squares
  | 'pages_empty'
  | 'page_count_mismatch' // pages are not innerSteps x batchPages
  | 'page_length_mismatch' // a page does not hold contextLength + 1 tokens
  | 'token_out_of_range' // a token id at or above vocabSize
  | 'deltas_empty'
  | 'base_mismatch' // an adapter meets another checkpoint than it was trained on
  | 'base_missing' // an adapter is to be trained and there is no model beside it
  | 'base_unexpected' // or there is one and the whole model is trained
  | 'state_step_mismatch'; // a state was handed on after other steps than its stage begins at

export class TrainingInputError extends Error {
  override readonly name = 'TrainingInputError';
  readonly code: TrainingInputErrorCode;

  constructor(code: TrainingInputErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
