import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../backends/reference.ts';
import { decodeDelta } from '../deltas/decode-delta.ts';
import { encodeDelta } from '../deltas/encode-delta.ts';
import type { DeltaEncoding } from '../deltas/encoding.ts';
import { hex } from '../hex.ts';
import { parameterShapes } from '../model/parameters.ts';
import { readSafetensors, writeSafetensors } from '../tensors/safetensors.ts';
import { contribute, initialCheckpoint } from './contribution.ts';
import { encodeContribution } from './encoded-contribution.ts';
import type { CommittedFile } from './encoded-contribution.ts';
import { outerStep } from './outer-step.ts';
import { tinySpec } from './tiny-spec.ts';

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const seed = new Uint8Array(32).fill(1);
const backend = openReferenceBackend();
const spec = { ...tinySpec, innerSteps: 2, batchPages: 1, stepOffset: 0, traceEvery: 1 };
const checkpoint = initialCheckpoint(spec.model, seed);
const pages = [3, 8].map((start) => Uint16Array.from({ length: 9 }, (_, i) => (start + i) % 23));

const sparseloco: DeltaEncoding = { name: 'sparseloco', tile: 8, top: 4, decay: 0.95 };
const encodings: DeltaEncoding[] = [
  { name: 'raw' },
  { name: 'int8', statistic: 'absmax', block: 64, decay: 0 },
  { name: 'int8', statistic: 'bins', block: 1024, decay: 0.5 },
  sparseloco,
  { name: 'demo', tile: 8, top: 4, decay: 0.95 },
];
const work = (encoding: DeltaEncoding, feedback: CommittedFile | null = null) =>
  encodeContribution({ ...spec, encoding }, checkpoint, pages, feedback, backend, hash);
const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

test.each(encodings)(
  '%j: a contribution, encoded; a validator makes the same files',
  async (encoding) => {
    const { delta, ...report } = await contribute(spec, checkpoint, pages, backend, hash);
    const first = await work(encoding);
    const { encoded, feedback, ...rest } = await work(encoding, first.feedback);
    expect(rest).toEqual(report);
    const wanted = encodeDelta(encoding, encodeDelta(encoding, null, delta).feedback, delta);
    expect(bytesEqual(encoded.file, wanted.encoded)).toBe(true);
    expect(encoded.digest).toBe(hex(hash(encoded.file)));
    expect(feedback).toEqual(
      wanted.feedback && { file: wanted.feedback, digest: hex(hash(wanted.feedback)) },
    );
    expect(await work(encoding, first.feedback)).toEqual({ encoded, feedback, ...rest });
    const decoded = decodeDelta({ encoding, shapes: parameterShapes(spec.model) }, encoded.file);
    expect(bytesEqual(writeSafetensors(decoded), wanted.decoded)).toBe(true);
    const outer = { outerLearningRate: 0.7, outerMomentum: 0.9 };
    const { norms } = outerStep(outer, checkpoint, null, [writeSafetensors(decoded)]);
    expect(norms[0]).toBeGreaterThan(0);
  },
);

test('golden bits: the files of two windows never drift', async () => {
  const first = await work(sparseloco);
  const second = await work(sparseloco, first.feedback);
  expect([first, second].map(({ encoded, feedback }) => [encoded.digest, feedback?.digest]))
    .toMatchInlineSnapshot(`
    [
      [
        "17d71ccc86d34d8697e7d1362dcb5b4e85061154409c4b27d14d7545a43a06d6",
        "85b357802d70791941a50aef243ae20c9f05bdc99e395b8c0bba34cade3e8f9e",
      ],
      [
        "44cf3cc649e21894ad2e30349955faef7a00873ca31909344df5f5dea21b6cdc",
        "95679a042c5ad7ae90b9244434cee48f92a9c3172bb08fa978f8ceb5d0e156b2",
      ],
    ]
  `);
});

describe('feedback', () => {
  const outcome = async (encoding: DeltaEncoding, feedback: CommittedFile): Promise<string> => {
    let steps = 0;
    const count = (): void => void (steps += 1);
    const job = { ...spec, encoding };
    const error = await encodeContribution(
      job,
      checkpoint,
      pages,
      feedback,
      backend,
      hash,
      count,
    ).then(
      () => ({ code: 'ok' }),
      (reason: unknown) => reason as { code: string },
    );
    expect(error.code === 'ok' ? steps : 2 - steps).toBe(2); // refused before any step
    return error.code;
  };
  const commit = (file: Uint8Array): CommittedFile => ({ file, digest: hex(hash(file)) });
  const { tensors } = readSafetensors(checkpoint);

  test('is taken by the digest that was committed to, whoever offers another', async () => {
    const { feedback } = await work(sparseloco);
    const altered = Uint8Array.from(feedback!.file);
    altered[altered.length - 4]! ^= 1;
    expect(await outcome(sparseloco, feedback!)).toBe('ok');
    expect(await outcome(sparseloco, { ...feedback!, file: altered })).toBe('feedback_mismatch');
    expect(await outcome(sparseloco, { ...feedback!, digest: '' })).toBe('feedback_mismatch');
  });

  test('committed to but not fit for the model is refused before the work', async () => {
    const fewer = new Map([...tensors].slice(1));
    const noted = writeSafetensors(tensors, new Map([['a', 'b']]));
    expect(await outcome(sparseloco, commit(writeSafetensors(fewer)))).toBe('tensor_missing');
    expect(await outcome(sparseloco, commit(noted))).toBe('not_canonical');
    expect(await outcome(sparseloco, commit(Uint8Array.of(1)))).toBe('file_too_short');
    expect(await outcome({ name: 'raw' }, commit(checkpoint))).toBe('feedback_unexpected');
  });
});

test('a specification that breaks its rules is refused before the work', async () => {
  const bad = { ...sparseloco, top: 65 } as DeltaEncoding;
  await expect(work(bad)).rejects.toMatchObject({ code: 'spec_invalid' });
});
