/**
 * A byte-level BPE tokenizer as data. Token ids: 0..255 are the bytes, then one id a merge in the
 * order learned, then the special tokens. Encoding and decoding are in encode.ts, the file format in
 * tokenizer-json.ts, learning in train.ts.
 */
import { invariant } from '../invariant.ts';

export const BYTE_TOKENS = 256;
/** Ids fit u16, as pages store them. */
export const VOCAB_SIZE_MAX = 65536;
export const END_OF_TEXT = '<|endoftext|>';

export interface Tokenizer {
  /** Merge m joins two earlier ids into id 256 + m. */
  readonly merges: readonly (readonly [left: number, right: number])[];
  /** Text of the special tokens, ids following the merges. */
  readonly specials: readonly string[];
}

export function vocabSizeOf(tokenizer: Tokenizer): number {
  return BYTE_TOKENS + tokenizer.merges.length + tokenizer.specials.length;
}

/** Bytes of every id except the special tokens, by id. */
export function tokenBytes(tokenizer: Tokenizer): Uint8Array[] {
  const bytes = Array.from({ length: BYTE_TOKENS }, (_, byte) => Uint8Array.of(byte));
  for (const [left, right] of tokenizer.merges) {
    invariant(left < bytes.length && right < bytes.length, 'a merge joins earlier ids');
    bytes.push(concatenated(bytes[left]!, bytes[right]!));
  }
  return bytes;
}

export function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

export type TokenizerErrorCode =
  | 'vocab_size_invalid' // below 256 + specials, above 65536, or not whole
  | 'special_invalid' // a special token empty, doubled, not Unicode, or like another token
  | 'file_not_json'
  | 'file_unsupported' // JSON, but not a byte-level BPE tokenizer of the kind written here
  | 'vocab_inconsistent' // ids, merges and added tokens contradict each other
  | 'piece_too_long' // more characters without a break than can be matched at once: millions
  | 'id_out_of_range'; // decoding an id the vocabulary does not have

export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
  readonly code: TokenizerErrorCode;

  constructor(code: TokenizerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
