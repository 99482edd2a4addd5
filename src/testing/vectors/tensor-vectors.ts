/** Golden vectors of tensors: safetensors files, encoded deltas, and one contribution. */
import { isLeft, tryCatch } from 'fp-ts/lib/Either.js';
import { openReferenceBackend } from '../../compute/backends/reference.ts';
import { DeltaError } from '../../compute/deltas/delta-error.ts';
import { decodeDelta } from '../../compute/deltas/decode-delta.ts';
import { encodeDelta } from '../../compute/deltas/encode-delta.ts';
import type { DeltaEncoding } from '../../compute/deltas/encoding.ts';
import { learningRateAt } from '../../compute/optim/schedule.ts';
import { readSafetensors, writeSafetensors } from '../../compute/tensors/safetensors.ts';
import { SafetensorsError } from '../../compute/tensors/safetensors-error.ts';
import { bytesOf } from '../../compute/tensors/tensor.ts';
import type { Tensor, Tensors } from '../../compute/tensors/tensor.ts';
import { contribute, initialCheckpoint } from '../../compute/training/contribution.ts';
import type { TrainingSpec } from '../../compute/training/spec.ts';
import { tinySpec } from '../../compute/training/tiny-spec.ts';
import { TrainingInputError } from '../../compute/training-input-error.ts';
import { pagesOfSlot } from '../../commands/draws.ts';
import { base64Of } from '../../events/base64.ts';
import { digestOf, sha256 } from '../../events/digest.ts';
import { pagesReceipt } from '../../roles/dataset-cache.ts';
import { tinyPlan } from '../whole-run.ts';

const tensor = (shape: number[], values: number[]): Tensor => ({
  shape,
  data: Float32Array.from(values),
});

const small: Tensors = new Map([
  ['b', tensor([2, 3], [0, -0, 1, -1.5, 3.4028234663852886e38, 1e-45])],
  ['a.weight', tensor([4], [0.1, 0.2, 0.3, 0.4])],
  ['é', tensor([], [7])],
  ['none', tensor([0, 3], [])],
]);

const shown = (tensors: Tensors) =>
  [...tensors].map(([name, { shape, data }]) => ({ name, shape, f32: base64Of(bytesOf(data)) }));

function withHeader(header: string, data: number): Uint8Array {
  const bytes = Buffer.from(header, 'utf8');
  const file = Buffer.alloc(8 + bytes.length + data);
  file.writeBigUInt64LE(BigInt(bytes.length), 0);
  bytes.copy(file, 8);
  return file;
}

function codeOf(read: () => unknown): string {
  const result = tryCatch(read, (error) => error);
  if (!isLeft(result)) throw new Error('this is read');
  const { left } = result;
  const typed =
    left instanceof SafetensorsError ||
    left instanceof DeltaError ||
    left instanceof TrainingInputError;
  if (typed) return left.code;
  throw left as Error;
}

export function safetensorsVectors() {
  const good = writeSafetensors(small);
  const withMetadata = writeSafetensors(
    small,
    new Map([
      ['z', '1'],
      ['a', 'é"'],
    ]),
  );
  const entry = (begin: number, end: number, shape = '[1]', dtype = 'F32'): string =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
  const refused = [
    new Uint8Array(0),
    good.subarray(0, 7),
    good.subarray(0, 20),
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.of(0)]),
    withHeader('[]', 0),
    withHeader('{"a":1}', 0),
    withHeader(`{"a":${entry(0, 4)},"a":${entry(0, 4)}}`, 4),
    withHeader(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4),
    withHeader(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12),
    withHeader(`{"a":${entry(0, 8)}}`, 8),
    withHeader(`{"a":${entry(4, 8)}}`, 8),
    withHeader(`{"a":${entry(0, 2, '[1]', 'F16')}}`, 2),
    withHeader(`{"a":${entry(0, 4, '[1]', 'F99')}}`, 4),
    withHeader('{"a":{"dtype":"F32","shape":[1]}}', 4),
    withHeader(`{"__metadata__":{"a":1},"a":${entry(0, 4)}}`, 4),
  ];
  return {
    files: [good, withMetadata].map((file) => ({
      file: base64Of(file),
      digest: digestOf(file),
      metadata: Object.fromEntries(readSafetensors(file).metadata),
      tensors: shown(readSafetensors(file).tensors),
    })),
    refused: refused.map((file) => ({
      file: base64Of(file),
      code: codeOf(() => readSafetensors(file)),
    })),
  };
}

const ENCODINGS: DeltaEncoding[] = [
  { name: 'raw' },
  { name: 'int8', statistic: 'absmax', block: 8, decay: 0 },
  { name: 'int8', statistic: 'absmax', block: 16, decay: 0.5 },
  { name: 'sparseloco', tile: 4, top: 3, decay: 0.95 },
  { name: 'demo', tile: 4, top: 3, decay: 0.95 },
];

const delta: Tensors = new Map([
  ['gain', tensor([5], [0.5, -0.25, 0, 1, -1])],
  ['zero', tensor([3], [0, 0, 0])],
  [
    'weight',
    tensor(
      [5, 6],
      Array.from({ length: 30 }, (_, i) => ((i * 7919) % 61) / 64 - 0.4),
    ),
  ],
]);

export function deltaVectors() {
  const file = writeSafetensors(delta);
  const shapes = new Map([...delta].map(([name, { shape }]) => [name, shape]));
  const cases = ENCODINGS.map((encoding) => {
    const { encoded, decoded, feedback } = encodeDelta(encoding, null, file);
    return {
      encoding: { ...encoding },
      encoded: base64Of(encoded),
      decoded: base64Of(decoded),
      feedback: feedback === null ? null : base64Of(feedback),
    };
  });
  const absmax = ENCODINGS[1]!;
  const sent = encodeDelta(absmax, null, file).encoded;
  const last = sent.length - 1;
  const dataStart = 8 + Number(new DataView(sent.buffer).getBigUint64(0, true));
  const put = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = Uint8Array.from(sent);
    copy.set(bytes, at);
    return copy;
  };
  const refused: [DeltaEncoding, Uint8Array][] = [
    [ENCODINGS[2]!, sent],
    [ENCODINGS[0]!, sent],
    [absmax, file],
    [absmax, sent.subarray(0, last)],
    [absmax, put(dataStart, 0, 0, 0xc0, 0x7f)],
    [absmax, put(dataStart, 0, 0, 0, 0x80)],
    [absmax, put(dataStart, 1, 0, 0, 0)],
    [absmax, put(last - 29, ...Array.from({ length: 30 }, () => 1))],
  ];
  return {
    tensors: shown(delta),
    file: base64Of(file),
    cases,
    refused: refused.map(([encoding, bytes]) => ({
      encoding: { ...encoding },
      file: base64Of(bytes),
      code: codeOf(() => decodeDelta({ encoding, shapes }, bytes)),
    })),
  };
}

export async function trainingVectors() {
  const spec: TrainingSpec = {
    ...tinySpec,
    innerSteps: 4,
    batchPages: 2,
    stepOffset: 1,
    traceEvery: 3,
  };
  const checkpoint = initialCheckpoint(spec.model, Buffer.alloc(32, 7));
  const pages = Array.from({ length: spec.innerSteps * spec.batchPages }, (_, page) =>
    Uint16Array.from(
      { length: spec.model.contextLength + 1 },
      (__, i) => (page * 31 + i * i * 7 + 3) % spec.model.vocabSize,
    ),
  );
  const backend = openReferenceBackend();
  const done = await contribute(spec, checkpoint, pages, backend, sha256);
  return {
    spec: { ...spec },
    checkpoint: base64Of(checkpoint),
    pages: pages.map((page) => [...page]),
    pagesReceipt: pagesReceipt(pages),
    learningRates: Array.from({ length: 22 }, (_, step) => learningRateAt(spec.optimizer, step)),
    /** Of the exact class; another one lies near it. */
    delta: base64Of(done.delta),
    lossFirst: done.lossFirst,
    lossLast: done.lossLast,
    tokens: done.tokens,
    trace: done.trace,
    pagesOfSlots: [
      [0, 0],
      [1, 1],
      [2, 0],
    ].map(([window, slot]) => ({
      dataSeed: tinyPlan.dataSeed,
      trainPages: 97,
      window,
      slot,
      slots: tinyPlan.slots,
      count: tinyPlan.innerSteps * tinyPlan.batchPages,
      pages: pagesOfSlot(tinyPlan, 97, window!, slot!),
    })),
  };
}
