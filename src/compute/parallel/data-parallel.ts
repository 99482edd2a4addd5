/**
 * Data-parallel training (CS336 assignment 2): every rank holds the whole model, takes its share of
 * each batch, and all of them make the step of the mean gradient. Ranks stay equal bit for bit, and
 * neither how gradients are put together for the way nor who keeps which optimizer state changes one:
 *
 *   gradients   one exchange a tensor, or buckets of several, filled from the last tensor on, for
 *               those gradients are ready first
 *   sharding    (Rajbhandari et al. 2020, stage 1) rank r keeps the moments of the r-th part of all
 *               elements, updates those parameters alone, and gathers the others from their ranks
 *
 * Mean of ranks: sum over ranks ascending in f64, one rounding. The loss reported is the mean of the
 * ranks' losses, rounded to f32.
 */
import type { Backend } from '../backend.ts';
import { invariant } from '../invariant.ts';
import type { Kernels } from '../kernels.ts';
import { languageModel } from '../model/language-model.ts';
import type { ModelConfig } from '../model/config.ts';
import { meanLoss } from '../ops/cross-entropy.ts';
import { adamWStep } from '../optim/adamw.ts';
import { clipScale, globalNorm } from '../optim/clip.ts';
import { learningRateAt } from '../optim/schedule.ts';
import { copyTensors, zeroTensors } from '../tensors/on-backend.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Tensors } from '../tensors/tensor.ts';
import { NumericFault } from '../training/numeric-fault.ts';
import type { OptimizerSpec } from '../training/spec.ts';
import { allReduceMean } from './collective.ts';
import type { Collective } from './collective.ts';

export interface DataParallelOptions {
  readonly model: ModelConfig;
  readonly optimizer: OptimizerSpec;
  /** Pages a step over all ranks; a multiple of their number. */
  readonly batchPages: number;
  /** Floats of a bucket of gradients; null: one exchange a tensor. */
  readonly bucketFloats: number | null;
  readonly shardOptimizer: boolean;
}

export interface DataParallelStep {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Elements [from, to) of the parameters laid end to end. */
interface Shard {
  readonly from: number;
  readonly to: number;
}

export class DataParallelTrainer {
  readonly parameters: Tensors;
  /** Floats of optimizer state on this rank. */
  readonly stateFloats: number;
  readonly #options: DataParallelOptions;
  readonly #collective: Collective;
  readonly #kernels: Kernels;
  readonly #gradients: Tensors;
  readonly #shards: readonly Shard[];
  /** The parts of the parameters that this rank updates, with their moments. */
  readonly #own: Updated;
  readonly #buckets: readonly Float32Array[][];
  readonly #forLoss = new Float32Array(1);
  readonly #model;
  #steps = 0;

  constructor(
    options: DataParallelOptions,
    initial: Tensors,
    collective: Collective,
    backend: Backend,
  ) {
    const { model, batchPages, bucketFloats, shardOptimizer } = options;
    invariant(batchPages % collective.size === 0, 'as many pages for every rank');
    this.#options = options;
    this.#collective = collective;
    this.#kernels = backend.kernels;
    this.parameters = copyTensors(initial, backend);
    this.#gradients = zeroTensors(initial, backend);
    const floats = [...initial.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const ranks = shardOptimizer ? collective.size : 1;
    const each = Math.ceil(floats / ranks);
    this.#shards = Array.from({ length: ranks }, (_, rank) => ({
      from: Math.min(floats, rank * each),
      to: Math.min(floats, (rank + 1) * each),
    }));
    this.#own = ownPart(
      this.parameters,
      this.#gradients,
      this.#shards[shardOptimizer ? collective.rank : 0]!,
      backend,
    );
    this.stateFloats = [...this.#own.state.m.values(), ...this.#own.state.v.values()].reduce(
      (sum, { data }) => sum + data.length,
      0,
    );
    this.#buckets = bucketsOf(this.#gradients, bucketFloats);
    this.#model = languageModel({
      config: model,
      batch: batchPages / collective.size,
      backend,
      parameters: this.parameters,
      gradients: this.#gradients,
    });
  }

  /** @param pages all of the step's, the same on every rank. Throws NumericFault. */
  async step(pages: readonly Uint16Array[]): Promise<DataParallelStep> {
    const { batchPages, optimizer } = this.#options;
    const { rank, size } = this.#collective;
    invariant(pages.length === batchPages, 'the pages of one step');
    const share = batchPages / size;
    this.#model.load(pages.slice(rank * share, (rank + 1) * share));
    await this.#model.program.forward();
    this.#forLoss[0] = meanLoss(this.#model.rowLosses, this.#model.rows);
    await this.#model.program.backward();
    await allReduceMean(this.#collective, this.#forLoss);
    for (const bucket of this.#buckets) await this.#exchange(bucket);
    const [loss, gradientNorm] = [
      this.#forLoss[0],
      globalNorm(this.#gradients, this.#kernels.sumOfSquares),
    ];
    // Every rank sees the same numbers, so every rank stops here or none.
    if (!Number.isFinite(loss)) throw new NumericFault('loss', this.#steps);
    if (!Number.isFinite(gradientNorm)) throw new NumericFault('gradient', this.#steps);
    const { parameters, gradients, state } = this.#own;
    const step = {
      t: this.#steps + 1,
      learningRate: learningRateAt(optimizer, this.#steps),
      gradientScale: clipScale(gradientNorm, optimizer.clipNorm),
    };
    adamWStep(parameters, gradients, state, optimizer, step, this.#kernels.adamW);
    this.#steps += 1;
    if (this.#options.shardOptimizer) await this.#gatherParameters();
    return { loss, gradientNorm };
  }

  /** The gradients of a bucket, laid end to end on their way. */
  async #exchange(bucket: readonly Float32Array[]): Promise<void> {
    const [only] = bucket;
    if (bucket.length === 1) return allReduceMean(this.#collective, only!);
    const flat = new Float32Array(bucket.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const data of bucket) {
      flat.set(data, at);
      at += data.length;
    }
    await allReduceMean(this.#collective, flat);
    at = 0;
    for (const data of bucket) {
      data.set(flat.subarray(at, at + data.length));
      at += data.length;
    }
  }

  async #gatherParameters(): Promise<void> {
    const longest = Math.max(...this.#shards.map(({ from, to }) => to - from));
    const own = new Float32Array(longest);
    walk(this.parameters, this.#shards[this.#collective.rank]!, (data, at) => own.set(data, at));
    const parts = await this.#collective.allGather(own);
    this.#shards.forEach((shard, rank) => {
      if (rank === this.#collective.rank) return;
      walk(this.parameters, shard, (data, at) =>
        data.set(parts[rank]!.subarray(at, at + data.length)),
      );
    });
  }
}

interface Updated {
  readonly parameters: Tensors;
  readonly gradients: Tensors;
  readonly state: { readonly m: Tensors; readonly v: Tensors };
}

/** Views of the tensors inside a shard, and zeroed moments for those. */
function ownPart(parameters: Tensors, gradients: Tensors, shard: Shard, backend: Backend): Updated {
  const viewsOf = (tensors: Tensors): Tensors => {
    const views = new Map<string, { shape: number[]; data: Float32Array }>();
    let index = 0;
    walk(tensors, shard, (data) => {
      views.set(String(index), { shape: [data.length], data });
      index += 1;
    });
    return views;
  };
  const own = viewsOf(parameters);
  const moments = (): Tensors => zeroTensors(own, backend);
  return { parameters: own, gradients: viewsOf(gradients), state: { m: moments(), v: moments() } };
}

/** Visits the parts of tensors that lie in a shard, with their places in it. */
function walk(
  tensors: Tensors,
  { from, to }: Shard,
  visit: (data: Float32Array, at: number) => void,
): void {
  let start = 0;
  for (const { data } of tensors.values()) {
    const [first, last] = [Math.max(from, start), Math.min(to, start + data.length)];
    if (first < last) visit(data.subarray(first - start, last - start), first - from);
    start += data.length;
  }
}

/** From the last tensor to the first, each bucket until it is full; a larger tensor by itself. */
function bucketsOf(gradients: Tensors, bucketFloats: number | null): Float32Array[][] {
  const buckets: Float32Array[][] = [];
  let room = 0;
  for (const { data } of [...gradients.values()].toReversed()) {
    if (bucketFloats === null || data.length > room) {
      buckets.push([]);
      room = bucketFloats ?? 0;
    }
    buckets.at(-1)!.push(data);
    room -= data.length;
  }
  return buckets;
}
