/**
 * The exact backend's kernels besides products, as calls on its threads. Where an array lies outside
 * the backend's memory the operation's own loop runs instead: the bits are the same.
 */
import type { HeadShape, Kernels } from '../kernels.ts';
import { log } from '../math/log.ts';
import type { ExactCaller } from './exact-caller.ts';
import { exactDeltas } from './exact-delta-calls.ts';
import { DOUBLE } from './exact-loops.ts';
import { exactUpdates } from './exact-update-calls.ts';
import { plainKernels } from './plain-kernels.ts';

export function exactKernels(caller: ExactCaller): Kernels {
  const run: ExactCaller['run'] = (...call) => caller.run(...call);
  const addresses: ExactCaller['addresses'] = (...arrays) => caller.addresses(...arrays);
  /** The address of a copy in working space. */
  const wordsIn = (words: Uint16Array): number => {
    const address = caller.memory.working(2 * words.length);
    caller.memory.words(address, words.length).set(words);
    return address;
  };

  return {
    ...exactUpdates(caller),
    ...exactDeltas(caller),

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
      caller.numbers[0] = scale;
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
      caller.numbers[0] = scale;
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
      caller.working(() => {
        const maximaAt = caller.memory.working(rows * DOUBLE);
        const maxima = caller.memory.doubles(maximaAt, rows);
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
      caller.working(() => {
        const [factorsAt, atTargetAt] = [
          caller.memory.working(rows * DOUBLE),
          caller.memory.working(rows * DOUBLE),
        ];
        const factors = caller.memory.doubles(factorsAt, rows);
        const atTarget = caller.memory.doubles(atTargetAt, rows);
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
      caller.numbers[0] = eps;
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

    splitHeads(heads, flat, shape, accumulate) {
      const at = addresses(heads, flat);
      if (at === null) return plainKernels.splitHeads(heads, flat, shape, accumulate);
      run('splitHeads', [...at, ...sizesOf(shape), Number(accumulate)], ...rowsOf(shape));
    },

    mergeHeads(flat, heads, shape, accumulate) {
      const at = addresses(flat, heads);
      if (at === null) return plainKernels.mergeHeads(flat, heads, shape, accumulate);
      run('mergeHeads', [...at, ...sizesOf(shape), Number(accumulate)], ...rowsOf(shape));
    },

    splitRotated(heads, flat, shape, table) {
      const at = addresses(heads, flat, table.cos, table.sin);
      if (at === null) return plainKernels.splitRotated(heads, flat, shape, table);
      run('splitRotated', [...at, ...sizesOf(shape)], ...rowsOf(shape));
    },

    mergeRotatedBack(dFlat, dHeads, shape, table, accumulate) {
      const at = addresses(dFlat, dHeads, table.cos, table.sin);
      if (at === null)
        return plainKernels.mergeRotatedBack(dFlat, dHeads, shape, table, accumulate);
      run('mergeRotatedBack', [...at, ...sizesOf(shape), Number(accumulate)], ...rowsOf(shape));
    },

    embeddingForward(y, table, tokens, width) {
      const at = addresses(y, table);
      if (at === null) return plainKernels.embeddingForward(y, table, tokens, width);
      caller.working(() =>
        run('gatherRows', [...at, wordsIn(tokens), width], tokens.length, width),
      );
    },

    embeddingBackward(dTable, dy, tokens, width, accumulate) {
      const at = addresses(dTable, dy);
      if (at === null) return plainKernels.embeddingBackward(dTable, dy, tokens, width, accumulate);
      if (!accumulate) dTable.fill(0);
      const rows = tokens.length;
      caller.working(() => run('addRows', [...at, wordsIn(tokens), rows, width], width, rows));
    },
  };
}

const sizesOf = ({ length, heads, headWidth }: HeadShape): number[] => [length, heads, headWidth];
/** Rows of all heads, and elements of each. */
const rowsOf = ({ batch, length, heads, headWidth }: HeadShape): [number, number] => [
  batch * length * heads,
  headWidth,
];
