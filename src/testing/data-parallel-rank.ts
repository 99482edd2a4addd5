/**
 * One rank as a process: trains a small model with its group and prints the digest of the parameters.
 *   node data-parallel-rank.ts <socket> <rank> <size> <bucket floats or 0> <shard: 0 or 1> [fail at]
 */
import { createHash } from 'node:crypto';
import { openExactBackend } from '../compute/backends/exact.ts';
import { initialParameters } from '../compute/model/parameters.ts';
import { DataParallelTrainer } from '../compute/parallel/data-parallel.ts';
import { bytesOf } from '../compute/tensors/tensor.ts';
import { joinGroup } from '../roles/rank-group.ts';

const [path = '', rank, size, bucket, shard, failAt] = process.argv.slice(2);
const model = {
  vocabSize: 101,
  contextLength: 32,
  dModel: 48,
  layers: 2,
  heads: 3,
  dFf: 90,
  ropeTheta: 10000,
  normEps: 1e-5,
};
const optimizer = {
  learningRate: 3e-3,
  minLearningRate: 3e-4,
  warmupSteps: 2,
  totalSteps: 20,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
};
const group = await joinGroup(path, Number(rank), Number(size));
const backend = await openExactBackend({ threads: 1 });
const trainer = new DataParallelTrainer(
  {
    model,
    optimizer,
    batchPages: 8,
    bucketFloats: Number(bucket) || null,
    shardOptimizer: shard === '1',
  },
  initialParameters(model, new Uint8Array(32).fill(5)),
  group,
  backend,
);
let last = 0;
for (let step = 0; step < 5; step += 1) {
  if (String(step) === failAt) process.exit(9);
  const pages = Array.from({ length: 8 }, (_, page) =>
    Uint16Array.from({ length: 33 }, (__, i) => (step * 11 + page * 7 + i * 3) % 101),
  );
  last = (await trainer.step(pages)).loss;
}
const hash = createHash('sha256');
for (const { data } of trainer.parameters.values()) hash.update(bytesOf(data));
process.stdout.write(
  `${JSON.stringify({ digest: hash.digest('hex'), loss: last, stateFloats: trainer.stateFloats })}\n`,
);
await backend.close();
await group.close();
