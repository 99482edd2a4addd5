/**
 * A data set is one stream of token ids, stored as little-endian u16. Page i of T inputs is the T + 1
 * tokens from i T on: inputs and, shifted by one, targets; neighbours share one token. A page's
 * bytes, as stored, are the leaf of the Merkle tree over the data set (built elsewhere).
 */
export type DatasetErrorCode =
  | 'stream_odd_bytes' // not a whole number of u16
  | 'page_length_invalid' // T is not a whole number of at least 1
  | 'page_out_of_range' // no such page in the stream
  | 'page_bytes_mismatch'; // bytes that are not exactly T + 1 tokens

export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;

  constructor(code: DatasetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function encodeTokenStream(tokens: Uint16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(tokens.length * 2);
  const view = new DataView(bytes.buffer);
  tokens.forEach((token, index) => view.setUint16(index * 2, token, true));
  return bytes;
}

/** Throws DatasetError `stream_odd_bytes`. */
export function decodeTokenStream(stream: Uint8Array): Uint16Array<ArrayBuffer> {
  if (stream.length % 2 !== 0) {
    throw new DatasetError('stream_odd_bytes', `a token stream of ${stream.length} bytes`);
  }
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  return Uint16Array.from({ length: stream.length / 2 }, (_, i) => view.getUint16(i * 2, true));
}

/** Whole pages of `pageLength` inputs in the stream; what is left over at its end is not used. */
export function pageCount(stream: Uint8Array, pageLength: number): number {
  if (!Number.isInteger(pageLength) || pageLength < 1) {
    throw new DatasetError('page_length_invalid', `pages of ${pageLength} tokens`);
  }
  if (stream.length % 2 !== 0) {
    throw new DatasetError('stream_odd_bytes', `a token stream of ${stream.length} bytes`);
  }
  return Math.max(0, Math.floor((stream.length / 2 - 1) / pageLength));
}

/** The 2 (T + 1) bytes of page `index`, a view of the stream. */
export function pageBytes(stream: Uint8Array, pageLength: number, index: number): Uint8Array {
  const count = pageCount(stream, pageLength);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new DatasetError('page_out_of_range', `page ${index} of ${count}`);
  }
  const start = index * pageLength * 2;
  return stream.subarray(start, start + (pageLength + 1) * 2);
}

/** The T + 1 tokens of one page's bytes. */
export function readPage(bytes: Uint8Array, pageLength: number): Uint16Array<ArrayBuffer> {
  if (bytes.length !== (pageLength + 1) * 2) {
    throw new DatasetError(
      'page_bytes_mismatch',
      `${bytes.length} bytes are not ${pageLength + 1} tokens`,
    );
  }
  return decodeTokenStream(bytes);
}
