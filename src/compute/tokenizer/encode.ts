/**
 * Text to token ids and back. Pieces repeat, so their ids are remembered per codec. Decoding of
 * encoded well-formed text gives the text.
 */
import { mergePiece, ranksOf } from './merge-piece.ts';
import { forEachPiece, splitSpecials } from './pretokenize.ts';
import { safeParts } from './stream-cut.ts';
import { BYTE_TOKENS, TokenizerError, tokenBytes } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Distinct pieces remembered; beyond it the memory starts afresh, so text cannot exhaust it. */
const REMEMBERED_MAX = 100_000;
/** Longer pieces seldom come again, and a substring may keep all the text it was cut from alive. */
const REMEMBERED_CHARS_MAX = 12;
const PART_CHARS = 65_536;

export interface TokenCodec {
  /** Special tokens in the text become their ids. Lone surrogates are encoded as U+FFFD. */
  encode(text: string): Uint16Array<ArrayBuffer>;
  /**
   * The ids of the text that the chunks make up, in blocks: the same however it is chunked. Holds
   * some `partChars` UTF-16 units of text at a time (stream-cut.ts), not the whole.
   */
  encodeStream(chunks: Iterable<string>, partChars?: number): Generator<Uint16Array<ArrayBuffer>>;
  /** Bytes that are not UTF-8 become U+FFFD. Throws TokenizerError `id_out_of_range`. */
  decode(ids: Iterable<number>): string;
}

export function tokenCodec(tokenizer: Tokenizer): TokenCodec {
  const ranks = ranksOf(tokenizer);
  const remembered = new Map<string, readonly number[]>();
  const utf8 = new TextEncoder();
  const pieceIds = (piece: string): readonly number[] => {
    const known = remembered.get(piece);
    if (known !== undefined) return known;
    const ids = mergePiece(utf8.encode(piece), ranks);
    if (piece.length > REMEMBERED_CHARS_MAX) return ids;
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(piece, ids);
    return ids;
  };
  const vocabulary = [
    ...tokenBytes(tokenizer),
    ...tokenizer.specials.map((special) => utf8.encode(special)),
  ];
  return {
    encode: (text) => encodeText(text, tokenizer, pieceIds),
    *encodeStream(chunks, partChars = PART_CHARS) {
      for (const part of safeParts(chunks, tokenizer.specials, partChars)) {
        yield encodeText(part, tokenizer, pieceIds);
      }
    },
    decode: (ids) => decodeIds(ids, vocabulary),
  };
}

function encodeText(
  text: string,
  { merges, specials }: Tokenizer,
  pieceIds: (piece: string) => readonly number[],
): Uint16Array<ArrayBuffer> {
  const ids: number[] = [];
  for (const segment of splitSpecials(text, specials)) {
    if (segment.special >= 0) ids.push(BYTE_TOKENS + merges.length + segment.special);
    else {
      forEachPiece(segment.text, (piece) => {
        for (const id of pieceIds(piece)) ids.push(id);
      });
    }
  }
  return Uint16Array.from(ids);
}

function decodeIds(ids: Iterable<number>, vocabulary: readonly Uint8Array[]): string {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const id of ids) {
    const bytes = vocabulary[id];
    if (bytes === undefined) {
      throw new TokenizerError('id_out_of_range', `no token ${id} in ${vocabulary.length}`);
    }
    parts.push(bytes);
    length += bytes.length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
}
