/**
 * The kernels of an operation's passes, from its formula and its places. Their files say what the
 * arithmetic is; here is only which runs on what.
 */
import { BackendUnavailable } from '../backends/backend-unavailable.ts';
import type { Binding } from '../autodiff/binder.ts';
import type { Formula } from '../autodiff/formula.ts';
import type { Op } from '../autodiff/op.ts';
import { invariant } from '../invariant.ts';
import type { HostInputs } from './host-inputs.ts';
import type { Kernel, Slice, Target } from './kernel.ts';
import * as entropy from './kernels/cross-entropy.ts';
import * as elements from './kernels/elementwise.ts';
import { embeddingBackward, embeddingForward } from './kernels/embedding.ts';
import { gemm } from './kernels/gemm.ts';
import { mergeHeads, mergeRotatedBack, splitHeads, splitRotated } from './kernels/heads.ts';
import * as norm from './kernels/rmsnorm.ts';
import { causalSoftmaxBackward, causalSoftmaxForward } from './kernels/softmax.ts';

export interface Surroundings {
  readonly host: HostInputs;
  /** (N) losses of the rows of a cross-entropy, by its targets. */
  rowLosses(targets: Uint16Array): Slice;
}

/** Throws BackendUnavailable `backend_op_unsupported` for an operation without device kernels. */
export function formulaOf(op: Op): Formula {
  if (op.formula !== undefined) return op.formula;
  throw new BackendUnavailable(
    'backend_op_unsupported',
    `The device has no kernels for the operation ${op.name}. Use the exact backend for this model.`,
  );
}

export function forwardKernels(
  formula: Formula,
  { inputs, result, kept }: Binding<Slice>,
  { host, rowLosses }: Surroundings,
): readonly Kernel[] {
  const [x, second, third] = inputs as [Slice, Slice, Slice];
  const whole = { data: result, accumulate: false };
  switch (formula.of) {
    case 'add':
      return [elements.add(x, second, result)];
    case 'linear':
      return [gemm({ ...plain, ...sidesOf(formula), transB: true }, x, second, result)];
    case 'embedding':
      return [
        embeddingForward({ table: x, tokens: host.ids(formula.tokens) }, result, formula.width),
      ];
    case 'rmsnorm':
      return [norm.rmsNormForward(formula, x, second, result, kept[0]!)];
    case 'swiglu':
      return [elements.swigluForward(x, second, result, kept[0]!)];
    case 'split heads':
      return [splitHeads(formula.heads, x, whole)];
    case 'merge heads':
      return [mergeHeads(formula.heads, x, whole)];
    case 'rope': {
      const tables = { cos: host.table(formula.cos), sin: host.table(formula.sin) };
      return [splitRotated(formula.heads, tables, x, result)];
    }
    case 'attention': {
      const { scores, mix, softmax } = attentionShapes(formula);
      const p = kept[0]!;
      return [
        gemm(scores, x, second, p),
        causalSoftmaxForward(softmax, p),
        gemm(mix, p, third, result),
      ];
    }
    case 'cross-entropy': {
      const losses = rowLosses(formula.targets);
      const [exponentials, sums] = kept as [Slice, Slice];
      const targets = host.ids(formula.targets);
      return [
        entropy.crossEntropyForward(
          formula,
          { logits: x, targets },
          { exponentials, sums, losses },
        ),
        entropy.mean(losses, result),
      ];
    }
  }
}

export function backwardKernels(
  formula: Formula,
  binding: Binding<Slice>,
  { host }: Surroundings,
): readonly Kernel[] {
  const { inputs, gradients, kept, resultGradient: dy } = binding;
  invariant(dy !== null, 'a backward pass has the gradient of its result');
  const [x, second] = inputs as [Slice, Slice];
  const [dx, dSecond] = gradients;
  switch (formula.of) {
    case 'add':
      return [
        ...wanted(dSecond, (to) => elements.passOn(dy, to)),
        ...wanted(dx, (to) => elements.passOn(dy, to)),
      ];
    case 'linear': {
      const { m, n, k } = sidesOf(formula);
      return [
        ...wanted(dSecond, ({ data, accumulate }) =>
          gemm({ ...plain, transA: true, m: n, n: k, k: m, accumulate }, dy, x, data),
        ),
        ...wanted(dx, ({ data, accumulate }) =>
          gemm({ ...plain, m, n: k, k: n, accumulate }, dy, second, data),
        ),
      ];
    }
    case 'embedding':
      return wanted(dx, ({ data, accumulate }) => {
        const tokens = host.ids(formula.tokens);
        const rows = host.rowsByToken(formula.tokens);
        const sum = embeddingBackward({ dy, tokens }, rows, data, formula.width);
        return accumulate ? [sum] : [elements.fill(data, 0), sum];
      });
    case 'rmsnorm': {
      const read = { x, gain: second, inverseRms: kept[0]!, dy };
      return [
        ...wanted(dSecond, (to) => norm.rmsNormGainGradient(formula, read, to)),
        ...wanted(dx, (to) => norm.rmsNormInputGradient(formula, read, to)),
      ];
    }
    case 'swiglu': {
      const read = { gate: x, up: second, sigmoid: kept[0]!, dy };
      return [
        ...wanted(dSecond, (to) => elements.swigluUpGradient(read, to)),
        ...wanted(dx, (to) => elements.swigluGateGradient(read, to)),
      ];
    }
    case 'split heads':
      return wanted(dx, (to) => mergeHeads(formula.heads, dy, to));
    case 'merge heads':
      return wanted(dx, (to) => splitHeads(formula.heads, dy, to));
    case 'rope': {
      const tables = { cos: host.table(formula.cos), sin: host.table(formula.sin) };
      return wanted(dx, (to) => mergeRotatedBack(formula.heads, tables, dy, to));
    }
    case 'attention':
      return attentionBackward(formula, binding, dy);
    case 'cross-entropy': {
      const [exponentials, sums] = kept as [Slice, Slice];
      const read = { exponentials, sums, targets: host.ids(formula.targets), dy };
      return wanted(dx, (to) => entropy.crossEntropyBackward(formula, read, to));
    }
  }
}

type AttentionFormula = Extract<Formula, { readonly of: 'attention' }>;

function attentionBackward(
  formula: AttentionFormula,
  { inputs, gradients, kept, scratch }: Binding<Slice>,
  dy: Slice,
): readonly Kernel[] {
  const [q, k, v] = inputs as [Slice, Slice, Slice];
  const [dq, dk, dv] = gradients;
  const { scores, mix, softmax } = attentionShapes(formula);
  const p = kept[0]!;
  const dp = scratch[0]!;
  const onto = (target: Target | null | undefined, a: Slice, b: Slice, transA: boolean) =>
    wanted(target, ({ data, accumulate }) => gemm({ ...mix, transA, accumulate }, a, b, data));
  const toValues = onto(dv, p, dy, true);
  if (!dq && !dk) return toValues;
  return [
    ...toValues,
    gemm(scores, dy, v, dp),
    causalSoftmaxBackward(softmax, dp, p),
    ...onto(dq, dp, k, false),
    ...onto(dk, dp, q, true),
  ];
}

const plain = { batch: 1, transA: false, transB: false, accumulate: false };

/** Of y (m, n) = x (m, k) W^T. */
const sidesOf = ({ rows, inputs, outputs }: Extract<Formula, { readonly of: 'linear' }>) => ({
  m: rows,
  n: outputs,
  k: inputs,
});

const attentionShapes = ({ matrices, length, headWidth }: AttentionFormula) => ({
  scores: { ...plain, batch: matrices, transB: true, m: length, n: length, k: headWidth },
  mix: { ...plain, batch: matrices, m: length, n: headWidth, k: length },
  softmax: { matrices, length, scale: 1 / Math.sqrt(headWidth) },
});

/** The kernels that write a gradient, where somebody wants it. */
function wanted(
  target: Target | null | undefined,
  kernels: (target: Target) => Kernel | readonly Kernel[],
): readonly Kernel[] {
  return target === null || target === undefined ? [] : [kernels(target)].flat();
}
