/** Files of models made elsewhere: GGUF, other float types of safetensors, state dicts as JSON. */
import { GgufError } from '../../../compute/gguf/gguf-error.ts';
import { ggufTokenizer } from '../../../compute/gguf/gguf-tokenizer.ts';
import { readGguf } from '../../../compute/gguf/gguf.ts';
import type { GgufFile } from '../../../compute/gguf/gguf.ts';
import { readAdapter, writeAdapter } from '../../../compute/lora/adapter-file.ts';
import type { LoraAdapter } from '../../../compute/lora/adapter-file.ts';
import { initialAdapter } from '../../../compute/lora/adapter.ts';
import { SafetensorsError } from '../../../compute/tensors/safetensors-error.ts';
import { importSafetensors, writeSafetensors } from '../../../compute/tensors/safetensors.ts';
import type { SafetensorsFile } from '../../../compute/tensors/safetensors.ts';
import {
  readStateDictJson,
  StateDictError,
  writeStateDictJson,
} from '../../../compute/tensors/state-dict-json.ts';
import type { Tensors } from '../../../compute/tensors/tensor.ts';
import { STAND_INS } from '../../../compute/tokenizer/stand-ins.ts';
import { TokenizerError, vocabSizeOf } from '../../../compute/tokenizer/tokenizer.ts';
import { TrainingInputError } from '../../../compute/training-input-error.ts';
import { ggufArray, ggufBytes, ggufText, u32, u64 } from '../../gguf-bytes.ts';
import type { Chance } from '../chance.ts';
import { editJson } from '../json-edits.ts';
import { bytesOfText, declared, feedRoundTrip, looseText, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { editHeader } from './safetensors-edits.ts';

const vocabulary = (tokens: readonly string[], merges: readonly string[], specials: number) =>
  [
    ['tokenizer.ggml.model', 8, ggufText('gpt2')],
    ['tokenizer.ggml.pre', 8, ggufText('gpt-2')],
    ['tokenizer.ggml.tokens', 9, ggufArray(8, tokens.map(ggufText))],
    ['tokenizer.ggml.merges', 9, ggufArray(8, merges.map(ggufText))],
    [
      'tokenizer.ggml.token_type',
      9,
      ggufArray(
        5,
        tokens.map((_, id) => u32(id < tokens.length - specials ? 1 : 3)),
      ),
    ],
  ] as const;

const GGUF_FILES = [
  ggufBytes({}),
  ggufBytes({
    version: 2,
    pairs: [
      ['general.alignment', 4, u32(16)],
      ['u64', 10, u64(7)],
      ['bool', 7, Uint8Array.of(1)],
      ['nested', 9, ggufArray(9, [ggufArray(5, [u32(1)]), ggufArray(8, [ggufText('x')])])],
    ],
    tensors: [
      { name: 'a', sizes: [3, 2], type: 0, offset: 0 },
      { name: 'empty', sizes: [0, 9], type: 1, offset: 32 },
      { name: 'scalar', sizes: [], type: 30, offset: 32 },
    ],
    alignment: 16,
    data: new Uint8Array(34).fill(1),
  }),
  ggufBytes({
    tensors: [
      { name: 'q8', sizes: [64], type: 8, offset: 0 },
      { name: 'q4', sizes: [32, 2], type: 2, offset: 96 },
      { name: 'half', sizes: [5], type: 1, offset: 160 },
    ],
    data: Uint8Array.from({ length: 170 }, (_, at) => at * 7),
  }),
  ggufBytes({ pairs: vocabulary([...STAND_INS, 'ab', 'abc', '<|e|>'], ['a b', 'ab c'], 1) }),
];

/** Counts, sizes and offsets that readers stumble over. */
const STUMBLES: readonly bigint[] = [0n, 1n, 2n, 3n, 9n, 13n, 31n, 32n, 33n, 255n].concat(
  [31n, 32n, 53n, 63n].map((power) => 2n ** power),
  [32n, 53n, 64n].map((power) => 2n ** power - 1n),
);

/**
 * Overwrites what looks like a little-endian number: a small one followed by zeros, as nearly all
 * counts, lengths, types and offsets of such files are.
 */
function editNumber(file: Uint8Array, chance: Chance): Uint8Array {
  const places = Array.from(file.keys()).filter(
    (at) => at + 4 <= file.length && file[at + 1] === 0 && file[at + 2] === 0 && file[at + 3] === 0,
  );
  if (places.length === 0) return file;
  const edited = new Uint8Array(file);
  const at = chance.of(places);
  const view = new DataView(edited.buffer);
  const old = BigInt(view.getUint32(at, true));
  const near = old + BigInt(chance.below(5)) - 2n;
  const next = BigInt.asUintN(64, chance.oneIn(2) ? near : chance.of(STUMBLES));
  if (at + 8 <= file.length && !chance.oneIn(3)) view.setBigUint64(at, next, true);
  else view.setUint32(at, Number(BigInt.asUintN(32, next)), true);
  return edited;
}

const MODEL = {
  vocabSize: 5,
  contextLength: 4,
  dModel: 4,
  layers: 1,
  heads: 1,
  dFf: 4,
  ropeTheta: 10_000,
  normEps: 1e-5,
};
const ADAPTERS = [['lm_head'], ['attn.*', 'w1']].map((targets): LoraAdapter => {
  const spec = { rank: 2, alpha: 4, targets };
  const tensors = initialAdapter(MODEL, spec, new Uint8Array(32));
  return { spec, tensors, base: '0f'.repeat(32) };
});

/** f32 for four bits, and the largest blocks' share. */
const FLOATS_PER_BYTE_MAX = 2;

function promiseBounded(file: GgufFile, bytes: number): void {
  const floats = [...file.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  promise(floats <= FLOATS_PER_BYTE_MAX * bytes, `${bytes} bytes gave ${floats} floats`);
  for (const { shape, data } of file.tensors.values()) {
    promise(shape.reduce((a, b) => a * b, 1) === data.length, 'a shape does not fit its data');
  }
}

export const modelTargets: readonly FuzzTarget[] = [
  {
    name: 'gguf',
    samples: GGUF_FILES,
    edits: [editNumber],
    feed(input) {
      const read = (): GgufFile | undefined =>
        declared(
          () => readGguf(input),
          (error) => error instanceof GgufError,
        );
      const file = read();
      if (file === undefined) return false;
      promiseBounded(file, input.length);
      const again = writeSafetensors(read()!.tensors);
      promise(
        Buffer.compare(writeSafetensors(file.tensors), again) === 0,
        'read twice, it differs',
      );
      const adopted = declared(
        () => ggufTokenizer(file),
        (error) => error instanceof TokenizerError,
      );
      if (adopted === undefined) return true;
      const { ids, tokenizer } = adopted;
      promise(new Set(ids).size === vocabSizeOf(tokenizer), 'its ids are no permutation of ours');
      return true;
    },
  },
  {
    name: 'safetensors-import',
    samples: ['F32', 'F16', 'BF16', 'F64'].map((dtype, index) => {
      const bytes = [4, 2, 2, 8][index]! * 3;
      const header = `{"a":{"dtype":"${dtype}","shape":[3],"data_offsets":[0,${bytes}]}}`;
      return Buffer.concat([u64(header.length), Buffer.from(header), new Uint8Array(bytes)]);
    }),
    edits: [editHeader],
    feed: feedRoundTrip<SafetensorsFile>({
      decode: (file) =>
        declared(
          () => importSafetensors(file),
          (error) => error instanceof SafetensorsError,
        ),
      encode: ({ tensors, metadata }) => writeSafetensors(tensors, metadata),
    }),
  },
  {
    name: 'lora-adapter',
    samples: ADAPTERS.map(writeAdapter),
    edits: [editHeader],
    feed: feedRoundTrip<LoraAdapter>({
      decode: (file) =>
        declared(
          () => readAdapter(MODEL, file),
          (error) => error instanceof SafetensorsError || error instanceof TrainingInputError,
        ),
      encode: writeAdapter,
    }),
  },
  {
    name: 'state-dict',
    samples: [
      '{}',
      '{"a":{"shape":[2,3],"data":[0.1,-0,1e-7,1.5E+3,2,3]},"b":{"data":[7],"shape":[]}}',
      '{ "e" : { "shape" : [ 0 , 4 ] , "data" : [ ] } }',
    ].map(bytesOfText),
    edits: [editJson],
    feed: feedRoundTrip<Tensors>({
      decode: (input) =>
        declared(
          () => readStateDictJson(looseText(input)),
          (error) => error instanceof StateDictError,
        ),
      encode: (tensors) => bytesOfText(writeStateDictJson(tensors)),
      print: (tensors) => Buffer.from(writeSafetensors(wellNamed(tensors))).toString('latin1'),
    }),
  },
];

/** JSON can escape half a surrogate pair in a name, safetensors cannot. */
function wellNamed(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [JSON.stringify(name), tensor]));
}
