/**
 * The tokenizer that a GGUF file carries in `tokenizer.ggml.*`, where it is a byte-level BPE with the
 * splitting pattern of GPT-2: tokens in stand-ins by id, merges "left right", token types. Any other
 * kind or pattern would split text otherwise than ours does, so it is refused.
 */
import { adoptVocabulary } from '../tokenizer/foreign-vocabulary.ts';
import type { AdoptedTokenizer } from '../tokenizer/foreign-vocabulary.ts';
import { TokenizerError } from '../tokenizer/tokenizer.ts';
import type { GgufFile } from './gguf.ts';
import type { ValueType } from './metadata.ts';

/** enum llama_token_type: these are matched as whole texts, never made by merges. */
const CONTROL = 3;
const USER_DEFINED = 4;

/**
 * Throws TokenizerError: file_unsupported where it is missing or of another kind, and what
 * `adoptVocabulary` throws.
 */
export function ggufTokenizer({ metadata }: GgufFile): AdoptedTokenizer {
  const text = (key: string): unknown => metadata.get(`tokenizer.ggml.${key}`)?.value;
  if (text('model') !== 'gpt2') throw unsupported('tokenizer.ggml.model is not gpt2');
  if (text('pre') !== 'gpt-2') throw unsupported('tokenizer.ggml.pre is not gpt-2');
  const list = <T>(key: string, of: ValueType): readonly T[] => {
    const value = metadata.get(`tokenizer.ggml.${key}`)?.value;
    if (typeof value === 'object' && value.of === of) return value.values as readonly T[];
    throw unsupported(`tokenizer.ggml.${key} is no array of ${of}`);
  };
  const tokens = list<string>('tokens', 'string');
  const types = list<number>('token_type', 'i32');
  if (types.length !== tokens.length) throw unsupported('not every token has a type');
  const merges = list<string>('merges', 'string').map((merge): [string, string] => {
    const parts = merge.split(' ');
    if (parts.length !== 2) throw unsupported('a merge is not a pair');
    return parts as [string, string];
  });
  const specials = new Set(
    types.flatMap((type, id) => (type === CONTROL || type === USER_DEFINED ? [id] : [])),
  );
  return adoptVocabulary({ tokens, merges, specials });
}

function unsupported(what: string): TokenizerError {
  return new TokenizerError('file_unsupported', `not a tokenizer of this kind: ${what}`);
}
