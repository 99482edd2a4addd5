/** Why bytes are not a safetensors file that we read. One code per rule of the format. */
export type SafetensorsErrorCode =
  | 'file_too_short' // fewer than the 8 bytes of the header length
  | 'header_too_large' // above HEADER_BYTES_MAX
  | 'header_beyond_file' // the header length points past the end
  | 'header_not_utf8'
  | 'header_not_json' // not one JSON object in the shape of the format, or bytes after it
  | 'name_duplicate'
  | 'metadata_invalid' // __metadata__ is not an object of strings
  | 'tensor_entry_invalid' // dtype, shape or data_offsets missing, doubled, unknown or ill-typed
  | 'dtype_unsupported' // a dtype of the format that this reader does not take
  | 'shape_too_large' // bytes beyond 2^53
  | 'size_mismatch' // data_offsets do not span shape x dtype
  | 'offset_overlap' // a tensor begins before its predecessor ends
  | 'offset_gap' // bytes between tensors, or before the first
  | 'offset_out_of_range' // a tensor ends after the file
  | 'trailing_bytes' // bytes after the last tensor
  | 'value_not_exact'; // an F64 value that no f32 equals, where a model is imported

export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  readonly code: SafetensorsErrorCode;

  constructor(code: SafetensorsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
