/**
 * The exact backend's kernels besides products, as calls on its threads. Where an array lies outside
 * the backend's memory the operation's own loop runs instead: the bits are the same.
 */
import type { Kernels } from '../kernels.ts';
import { log } from '../math/log.ts';
import { DOUBLE } from './exact-loops.ts';
import { ROW_KERNEL_NAMES } from './exact-rows.ts';
import type { RowKernel } from './exact-rows.ts';
import { CUT } from './exact-job.ts';
import type { ExactTeam } from './exact-team.ts';
import type { LinearMemory } from './linear-memory.ts';
import { plainKernels } from './plain-kernels.ts';

type Numbers = Float32Array | Float64Array;

/** Elements below which waking another thread costs more than it saves. */
const PARALLEL_MIN = 32_768;
/** Chunks a thread, so that a slow thread holds up the others for a quarter of its share at most. */
const CHUNKS_PER_THREAD = 4;
/** Chunks of elements begin at pairs and at vectors. */
const MULTIPLE = 8;

export function exactKernels(memory: LinearMemory, team: ExactTeam): Kernels {
  /** Runs a kernel over `count` rows or elements of about `cost` elements each. */
  const run = (kernel: RowKernel, args: readonly number[], count: number, cost: number): void => {
    const parallel = team.threads > 1 && count * cost >= PARALLEL_MIN;
    const chunks = parallel ? team.threads * CHUNKS_PER_THREAD : 1;
    const each = Math.ceil(count / chunks);
    const step = cost === 1 ? Math.ceil(each / MULTIPLE) * MULTIPLE : each;
    const job = { cut: CUT.rows, kernel: ROW_KERNEL_NAMES.indexOf(kernel), step, count, args };
    team.run(job, Math.max(1, Math.ceil(count / step)));
  };
  /** Addresses of all, or null where one lies elsewhere. */
  const addresses = (...arrays: readonly Numbers[]): readonly number[] | null => {
    const found = arrays.map((array) => memory.addressOf(array));
    return found.includes(undefined) ? null : (found as number[]);
  };
  const working = <T>(use: () => T): T => {
    try {
      return use();
    } finally {
      memory.releaseWorking();
    }
  };

  return {
    add(y, a, b) {
      const at = addresses(y, a, b);
      if (at === null) plainKernels.add(y, a, b);
      else run('add', at, y.length, 1);
    },

    swigluForward(y, sigmoid, gate, up) {
      const at = addresses(y, sigmoid, gate, up);
      if (at === null) plainKernels.swigluForward(y, sigmoid, gate, up);
      else run('swigluForward', at, y.length, 1);
    },

    swigluBackward(dGate, dUp, dy, sigmoid, gate, up) {
      const at = addresses(dGate, dUp, dy, sigmoid, gate, up);
      if (at === null) plainKernels.swigluBackward(dGate, dUp, dy, sigmoid, gate, up);
      else run('swigluBackward', at, dy.length, 1);
    },

    causalSoftmaxForward(scores, matrices, length, scale) {
      const at = addresses(scores);
      if (at === null) return plainKernels.causalSoftmaxForward(scores, matrices, length, scale);
      team.numbers[0] = scale;
      run('softmaxForward', [...at, length], matrices * length, length);
    },

    causalSoftmaxBackward(dProbabilities, probabilities, matrices, length, scale) {
      const at = addresses(dProbabilities, probabilities);
      if (at === null)
        return plainKernels.causalSoftmaxBackward(
          dProbabilities,
          probabilities,
          matrices,
          length,
          scale,
        );
      team.numbers[0] = scale;
      run('softmaxBackward', [...at, length], matrices * length, length);
    },

    crossEntropyForward(losses, sums, exponentials, logits, targets, vocabSize) {
      const at = addresses(exponentials, logits, sums);
      if (at === null)
        return plainKernels.crossEntropyForward(
          losses,
          sums,
          exponentials,
          logits,
          targets,
          vocabSize,
        );
      const rows = targets.length;
      // Read first: the exponentials may lie over the logits.
      for (let n = 0; n < rows; n += 1) losses[n] = logits[n * vocabSize + targets[n]!]!;
      working(() => {
        const maximaAt = memory.working(rows * DOUBLE);
        const maxima = memory.doubles(maximaAt, rows);
        run('exponentials', [...at, maximaAt, vocabSize], rows, vocabSize);
        for (let n = 0; n < rows; n += 1) losses[n] = log(sums[n]!) + maxima[n]! - losses[n]!;
      });
    },

    crossEntropyBackward(dLogits, exponentials, sums, targets, vocabSize, scale) {
      const at = addresses(dLogits, exponentials);
      if (at === null)
        return plainKernels.crossEntropyBackward(
          dLogits,
          exponentials,
          sums,
          targets,
          vocabSize,
          scale,
        );
      const rows = targets.length;
      working(() => {
        const [factorsAt, atTargetAt] = [
          memory.working(rows * DOUBLE),
          memory.working(rows * DOUBLE),
        ];
        const factors = memory.doubles(factorsAt, rows);
        const atTarget = memory.doubles(atTargetAt, rows);
        for (let n = 0; n < rows; n += 1) {
          factors[n] = scale / (sums[n]! * rows);
          atTarget[n] = exponentials[n * vocabSize + targets[n]!]! * factors[n]! - scale / rows;
        }
        run('scaleRows', [...at, factorsAt, vocabSize], rows, vocabSize);
        for (let n = 0; n < rows; n += 1) dLogits[n * vocabSize + targets[n]!] = atTarget[n]!;
      });
    },

    rmsNormForward(y, inverseRms, x, gain, eps) {
      const at = addresses(y, inverseRms, x, gain);
      if (at === null) return plainKernels.rmsNormForward(y, inverseRms, x, gain, eps);
      team.numbers[0] = eps;
      run('rmsNormForward', [...at, gain.length], inverseRms.length, gain.length);
    },

    rmsNormBackward(dx, dGain, sums, dy, x, gain, inverseRms) {
      const width = gain.length;
      const rows = inverseRms.length;
      const at = addresses(sums, dy, x, gain, inverseRms, dx?.data ?? dy);
      if (at === null)
        return plainKernels.rmsNormBackward(dx, dGain, sums, dy, x, gain, inverseRms);
      const [sumsAt, dyAt, xAt, gainAt, inverseAt, dxAt] = at as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      // The gain's first: dx may lie over dy or x.
      if (dGain) {
        run('gainSums', [sumsAt, dyAt, xAt, inverseAt, rows, width], width, rows);
        const { data, accumulate } = dGain;
        for (let d = 0; d < width; d += 1) data[d] = accumulate ? data[d]! + sums[d]! : sums[d]!;
      }
      if (dx) {
        const args = [dxAt, dyAt, xAt, gainAt, inverseAt, width, Number(dx.accumulate)];
        run('rmsNormBackward', args, rows, width);
      }
    },

    adamW(p, g, m, v, factors) {
      const at = addresses(p, g, m, v);
      if (at === null) return plainKernels.adamW(p, g, m, v, factors);
      const { beta1, beta2, eps, keep, rate, inverseRoot, gradientScale } = factors;
      team.numbers.set([
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        eps,
        keep,
        rate,
        inverseRoot,
        gradientScale,
      ]);
      run('adamW', at, p.length, 1);
    },
  };
}
