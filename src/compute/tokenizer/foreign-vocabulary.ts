/**
 * A GPT-2-style vocabulary of another maker as a tokenizer of ours. Theirs may number bytes, merges
 * and special tokens in any order; ours has bytes, merges in the order learned, then specials. The
 * map between the two numberings comes along: a model's embedding rows have to follow it.
 */
import { STAND_INS } from './stand-ins.ts';
import { BYTE_TOKENS, TokenizerError, VOCAB_SIZE_MAX } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkSpecials } from './train.ts';

export interface ForeignVocabulary {
  /** By their id; bytes as stand-ins (stand-ins.ts), special tokens as themselves. */
  readonly tokens: readonly string[];
  /** In the order learned, earliest first. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  /** Their ids of the special tokens. */
  readonly specials: ReadonlySet<number>;
}

export interface AdoptedTokenizer {
  readonly tokenizer: Tokenizer;
  /** Our id by theirs: a permutation of 0 .. vocabulary size - 1. */
  readonly ids: Uint16Array<ArrayBuffer>;
}

/**
 * Throws TokenizerError: vocab_size_invalid above 65536 tokens, special_invalid, vocab_inconsistent
 * where the tokens are not exactly the 256 bytes, the results of the merges and the specials.
 */
export function adoptVocabulary(foreign: ForeignVocabulary): AdoptedTokenizer {
  const { tokens, merges, specials } = foreign;
  if (tokens.length > VOCAB_SIZE_MAX) {
    throw new TokenizerError('vocab_size_invalid', `${tokens.length} tokens do not fit u16 ids`);
  }
  const specialTexts = tokens.filter((_, id) => specials.has(id));
  checkSpecials(specialTexts);
  if (tokens.length !== BYTE_TOKENS + merges.length + specialTexts.length) {
    throw inconsistent(`${tokens.length} tokens are not bytes, merges and special tokens`);
  }
  const own = new Map(STAND_INS.map((text, byte) => [text, byte]));
  const pairs = merges.map(([left, right]): [number, number] => {
    const pair = [own.get(left), own.get(right)];
    if (pair[0] === undefined || pair[1] === undefined || own.has(left + right)) {
      throw inconsistent('a merge of tokens not made yet, or made twice');
    }
    own.set(left + right, own.size);
    return pair as [number, number];
  });
  const tokenizer = { merges: pairs, specials: specialTexts };
  return { tokenizer, ids: ownIds(foreign, own) };
}

/** Their number of tokens is ours, so that every one of theirs has one of ours proves a permutation. */
function ownIds(
  { tokens, specials }: ForeignVocabulary,
  own: ReadonlyMap<string, number>,
): Uint16Array<ArrayBuffer> {
  const ids = new Uint16Array(tokens.length);
  const taken = new Uint8Array(own.size);
  let nextSpecial = own.size;
  tokens.forEach((text, theirs) => {
    if (specials.has(theirs)) {
      ids[theirs] = nextSpecial++;
      return;
    }
    const id = own.get(text);
    if (id === undefined || taken[id] === 1) {
      throw inconsistent(`token ${theirs} is no byte and no merge makes it, or it is doubled`);
    }
    taken[id] = 1;
    ids[theirs] = id;
  });
  return ids;
}

function inconsistent(what: string): TokenizerError {
  return new TokenizerError('vocab_inconsistent', what);
}
