/** Why bytes are not an encoded delta, or a delta cannot be encoded. One code per rule. */
export type DeltaErrorCode =
  | 'version_unknown' // of the format
  | 'encoding_mismatch' // the file is in another encoding than agreed
  | 'tensors_mismatch' // or of tensors with other names or shapes
  | 'part_missing' // a part of the encoding is not in the file
  | 'part_size_mismatch' // a part is longer or shorter than specification, shapes and lists say
  | 'not_canonical' // the same content in another spelling than the one of the writer
  | 'count_out_of_range' // a tile keeps more values than it may, or as many but says so otherwise
  | 'index_invalid' // past the end of its tile
  | 'unused_bits_set'
  | 'code_invalid' // a code that the writer gives no value of this block
  | 'level_invalid' // scale or level not finite, too large, subnormal or out of order
  | 'value_invalid' // a coefficient that is zero, not finite or too large
  | 'value_too_large' // beyond VALUE_MAX, after feedback was added
  | 'feedback_mismatch' // the file is not the one that was committed to
  | 'feedback_unexpected'; // an encoding without memory was given one

export class DeltaError extends Error {
  override readonly name = 'DeltaError';
  readonly code: DeltaErrorCode;

  constructor(code: DeltaErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
