/** Why bytes are not an encoded delta, or a delta cannot be encoded. One code per rule. */
export type DeltaErrorCode =
  | 'version_unknown' // of the format
  | 'table_invalid' // names out of order, doubled or reserved, or shapes that are none
  | 'delta_too_large' // more elements than the reader takes
  | 'part_missing' // a part of the encoding is not in the file
  | 'part_size_mismatch' // a part is longer or shorter than specification, shapes and counts say
  | 'not_canonical' // the same content in another spelling than the one of the writer
  | 'count_out_of_range' // a tile keeps more values than it may
  | 'index_invalid' // indices not ascending, or past the end of their tile
  | 'unused_bits_set'
  | 'code_invalid' // a code that the writer gives no value of this block
  | 'level_invalid' // scale or level not finite, too large, subnormal or out of order
  | 'value_invalid' // a coefficient that is zero, not finite or too large
  | 'value_too_large' // beyond VALUE_MAX, after feedback was added
  | 'feedback_unexpected'; // an encoding without memory was given one

export class DeltaError extends Error {
  override readonly name = 'DeltaError';
  readonly code: DeltaErrorCode;

  constructor(code: DeltaErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
