/**
 * Text to token ids and back. Within a piece the earliest learned merge that applies goes first, all
 * its occurrences left to right, until none applies; pieces repeat, so results are remembered per
 * codec. Decoding of encoded well-formed text gives the text.
 */
import { forEachPiece, splitSpecials } from './pretokenize.ts';
import { BYTE_TOKENS, TokenizerError, VOCAB_SIZE_MAX, tokenBytes } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { mergedIds } from './train.ts';

/** Distinct pieces remembered; beyond it the memory starts afresh, so text cannot exhaust it. */
const REMEMBERED_MAX = 100_000;

export interface TokenCodec {
  /** Special tokens in the text become their ids. Lone surrogates are encoded as U+FFFD. */
  encode(text: string): Uint16Array<ArrayBuffer>;
  /** Bytes that are not UTF-8 become U+FFFD. Throws TokenizerError `id_out_of_range`. */
  decode(ids: Iterable<number>): string;
}

export function tokenCodec(tokenizer: Tokenizer): TokenCodec {
  const ranks = new Map(
    tokenizer.merges.map(([left, right], rank) => [left * VOCAB_SIZE_MAX + right, rank]),
  );
  const remembered = new Map<string, readonly number[]>();
  const utf8 = new TextEncoder();
  const pieceIds = (piece: string): readonly number[] => {
    const known = remembered.get(piece);
    if (known !== undefined) return known;
    const ids = mergeAll([...utf8.encode(piece)], ranks);
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

function mergeAll(bytes: readonly number[], ranks: ReadonlyMap<number, number>): readonly number[] {
  let ids = bytes;
  for (;;) {
    let first = Infinity;
    let pair = { left: 0, right: 0 };
    for (let i = 0; i + 1 < ids.length; i += 1) {
      const rank = ranks.get(ids[i]! * VOCAB_SIZE_MAX + ids[i + 1]!) ?? Infinity;
      if (rank >= first) continue;
      first = rank;
      pair = { left: ids[i]!, right: ids[i + 1]! };
    }
    if (first === Infinity) return ids;
    ids = mergedIds(ids, pair, BYTE_TOKENS + first);
  }
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
