/** Why bytes are not a GGUF file that we read. One code per rule of the format. */
export type GgufErrorCode =
  | 'not_gguf' // other than the four magic bytes at the start
  | 'version_unsupported' // neither 2 nor 3, or big-endian
  | 'file_truncated' // ends inside a number
  | 'count_beyond_file' // more tensors, pairs, elements or characters than the rest can hold
  | 'text_not_utf8'
  | 'value_invalid' // an unknown value type, or a bool other than 0 and 1
  | 'nesting_too_deep' // arrays in arrays beyond NESTING_MAX
  | 'key_duplicate'
  | 'alignment_invalid' // general.alignment is no u32 that is a power of two
  | 'name_duplicate'
  | 'shape_invalid' // more than 4 dimensions, or rows that are no whole number of blocks
  | 'shape_too_large' // bytes beyond 2^53
  | 'type_unsupported' // an element type other than F32, F16, BF16, Q8_0, Q4_0
  | 'offset_misaligned'
  | 'offset_overlap' // a tensor begins before its predecessor ends
  | 'offset_gap' // bytes between tensors beyond the padding
  | 'offset_out_of_range' // a tensor ends after the file
  | 'trailing_bytes'; // bytes after the last tensor and its padding

export class GgufError extends Error {
  override readonly name = 'GgufError';
  readonly code: GgufErrorCode;

  constructor(code: GgufErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
