/**
 * The tokenizer as a Hugging Face `tokenizer.json` (byte-level BPE, GPT-2 pattern) with one byte
 * sequence per tokenizer, and its strict reader: it takes exactly what the writer makes, up to JSON
 * spacing, because anything else would tokenise differently.
 *
 * Bytes appear as their stand-ins (stand-ins.ts). Vocabulary in id order, two-space indent, no newline
 * at the end.
 */
import { STAND_INS, printable } from './stand-ins.ts';
import { BYTE_TOKENS, TokenizerError, VOCAB_SIZE_MAX, tokenBytes } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkSpecials } from './train.ts';

/** Throws TokenizerError `special_invalid` where a special token reads like an ordinary one. */
export function writeTokenizerJson(tokenizer: Tokenizer): string {
  const texts = tokenBytes(tokenizer).map(printable);
  const vocabulary = [...texts, ...tokenizer.specials];
  if (new Set(vocabulary).size !== vocabulary.length) {
    throw new TokenizerError('special_invalid', 'a special token reads like an ordinary one');
  }
  const frame = JSON.stringify(frameOf(tokenizer, texts.length), null, 2);
  // By hand, because an object would put tokens like "1851" before all others.
  const vocab = vocabulary.map((text, id) => `      ${JSON.stringify(text)}: ${id}`);
  const merges = tokenizer.merges.map(
    ([left, right]) =>
      `      [\n        ${JSON.stringify(texts[left])},\n        ${JSON.stringify(texts[right])}\n      ]`,
  );
  const list = merges.length === 0 ? '[]' : `[\n${merges.join(',\n')}\n    ]`;
  const open = frame.slice(0, frame.lastIndexOf('\n  }')); // the model object is the last member
  return `${open},\n    "vocab": {\n${vocab.join(',\n')}\n    },\n    "merges": ${list}\n  }\n}`;
}

/** Everything but vocabulary and merges, which end the model object. */
function frameOf(tokenizer: Tokenizer, firstSpecial: number): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokenizer.specials.map((content, index) => ({
      id: firstSpecial + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: true,
      use_regex: true,
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
    },
  };
}

/** Throws TokenizerError: file_not_json, file_unsupported, vocab_inconsistent, special_invalid. */
export function readTokenizerJson(text: string): Tokenizer {
  const file = parse(text);
  const specials = listAt(file, 'added_tokens').map((token) =>
    stringOf(memberOf(token, 'content')),
  );
  checkSpecials(specials);
  const tokenizer = { merges: readMerges(memberOf(file, 'model')), specials };
  if (!sameJson(JSON.parse(writeTokenizerJson(tokenizer)), file)) {
    throw unsupported('a setting, id or token differs from those of its merges');
  }
  return tokenizer;
}

/** Goes as deep as `own` does, however deep the stranger's value is nested. */
function sameJson(own: unknown, strangers: unknown): boolean {
  if (typeof own !== 'object' || own === null) return own === strangers;
  if (typeof strangers !== 'object' || strangers === null) return false;
  if (Array.isArray(own) !== Array.isArray(strangers)) return false;
  const [mine, theirs] = [Object.entries(own), Object.entries(strangers)];
  if (mine.length !== theirs.length) return false;
  return mine.every(([name, value], index) => {
    const [theirName, theirValue] = theirs[index] as [string, unknown];
    return name === theirName && sameJson(value, theirValue);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TokenizerError('file_not_json', 'the tokenizer file is not JSON');
  }
}

function readMerges(model: unknown): [number, number][] {
  const entries = listAt(model, 'merges');
  if (entries.length > VOCAB_SIZE_MAX - BYTE_TOKENS) throw unsupported('too many merges');
  const ids = new Map(STAND_INS.map((text, byte) => [text, byte]));
  return entries.map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2) throw unsupported('a merge is not a pair');
    const [left, right] = entry.map(stringOf) as [string, string];
    const pair = [ids.get(left), ids.get(right)];
    if (pair[0] === undefined || pair[1] === undefined || ids.has(left + right)) {
      throw new TokenizerError('vocab_inconsistent', 'a merge of unknown tokens, or made twice');
    }
    ids.set(left + right, ids.size);
    return pair as [number, number];
  });
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
    throw unsupported(`no member ${key}`);
  }
  return (value as Record<string, unknown>)[key];
}

function listAt(value: unknown, key: string): unknown[] {
  const list = memberOf(value, key);
  if (!Array.isArray(list)) throw unsupported(`${key} is not a list`);
  return list;
}

function stringOf(value: unknown): string {
  if (typeof value !== 'string') throw unsupported('a token is not a string');
  return value;
}

function unsupported(what: string): TokenizerError {
  return new TokenizerError('file_unsupported', `not a tokenizer of this kind: ${what}`);
}
