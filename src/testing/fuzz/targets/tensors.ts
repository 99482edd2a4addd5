/** Files that workers exchange: tensors, the tokenizer, pages of tokens. */
import {
  DatasetError,
  encodeTokenStream,
  pageBytes,
  readPage,
} from '../../../compute/data/pages.ts';
import { SafetensorsError } from '../../../compute/tensors/safetensors-error.ts';
import { readSafetensors, writeSafetensors } from '../../../compute/tensors/safetensors.ts';
import type { SafetensorsFile } from '../../../compute/tensors/safetensors.ts';
import {
  readTokenizerJson,
  writeTokenizerJson,
} from '../../../compute/tokenizer/tokenizer-json.ts';
import { TokenizerError } from '../../../compute/tokenizer/tokenizer.ts';
import type { Tokenizer } from '../../../compute/tokenizer/tokenizer.ts';
import { editJson } from '../json-edits.ts';
import { bytesOfText, declared, feedRoundTrip, looseText } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { editHeader } from './safetensors-edits.ts';

const tensor = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => at - 1.5),
});
const FILES = [
  writeSafetensors(new Map()),
  writeSafetensors(new Map([['a', tensor(2, 3)]]), new Map([['format', 'pt']])),
  writeSafetensors(
    new Map([
      ['b', tensor()],
      ['a.10', tensor(4)],
      ['empty', tensor(0, 9)],
    ]),
  ),
];

const TOKENIZERS: readonly Tokenizer[] = [
  { merges: [], specials: [] },
  {
    merges: [
      [97, 98],
      [256, 99],
    ],
    specials: ['<|endoftext|>'],
  },
];

const PAGE_TOKENS = 4;
const PAGES = [1, 2].map((pages) =>
  encodeTokenStream(Uint16Array.from({ length: pages * PAGE_TOKENS + 1 }, (_, at) => at * 999)),
);

export const tensorTargets: readonly FuzzTarget[] = [
  {
    name: 'safetensors',
    samples: FILES,
    edits: [editHeader],
    feed: feedRoundTrip<SafetensorsFile>({
      decode: (file) =>
        declared(
          () => readSafetensors(file),
          (error) => error instanceof SafetensorsError,
        ),
      encode: ({ tensors, metadata }) => writeSafetensors(tensors, metadata),
    }),
  },
  {
    name: 'tokenizer',
    samples: TOKENIZERS.map((tokenizer) => bytesOfText(writeTokenizerJson(tokenizer))),
    edits: [editJson],
    feed: feedRoundTrip<Tokenizer>({
      decode: (input) =>
        declared(
          () => readTokenizerJson(looseText(input)),
          (error) => error instanceof TokenizerError,
        ),
      encode: (tokenizer) => bytesOfText(writeTokenizerJson(tokenizer)),
      print: (tokenizer) => JSON.stringify(tokenizer),
    }),
  },
  {
    name: 'token-pages',
    samples: PAGES,
    edits: [],
    feed: feedRoundTrip<Uint16Array>({
      decode: (stream) =>
        declared(
          () => readPage(pageBytes(stream, PAGE_TOKENS, 0), PAGE_TOKENS),
          (error) => error instanceof DatasetError,
        ),
      encode: encodeTokenStream,
    }),
  },
];
