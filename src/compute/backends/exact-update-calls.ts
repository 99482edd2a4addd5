/** The exact backend's kernels of optim/, as exact-calls.ts has the others. */
import type { UpdateKernels } from '../kernels.ts';
import type { AdamWFactors } from '../optim/adamw.ts';
import { plainUpdates } from '../optim/plain-updates.ts';
import type { ExactCaller } from './exact-caller.ts';

export function exactUpdates(caller: ExactCaller): UpdateKernels {
  const { numbers } = caller;
  return {
    sumOfSquares(data, start = 0) {
      const at = caller.addresses(data);
      if (at === null) return plainUpdates.sumOfSquares(data, start);
      return caller.sum('sumOfSquares', at, data.length, start);
    },

    adamW(p, g, m, v, factors) {
      const at = caller.addresses(p, g, m, v);
      if (at === null) return plainUpdates.adamW(p, g, m, v, factors);
      numbers.set(adamNumbers(factors, factors.keep));
      caller.run('adamW', at, p.length, 1);
    },

    adam(p, g, m, v, factors, weightDecay) {
      const at = caller.addresses(p, g, m, v);
      if (at === null) return plainUpdates.adam(p, g, m, v, factors, weightDecay);
      numbers.set(adamNumbers(factors, weightDecay));
      caller.run('adam', at, p.length, 1);
    },

    sgd(p, g, step) {
      const at = caller.addresses(p, g);
      if (at === null) return plainUpdates.sgd(p, g, step);
      numbers.set([step.learningRate, step.weightDecay, step.gradientScale]);
      caller.run('sgd', at, p.length, 1);
    },

    sgdMomentum(p, g, b, step, keep, take, lookAhead) {
      const at = caller.addresses(p, g, b);
      if (at === null) return plainUpdates.sgdMomentum(p, g, b, step, keep, take, lookAhead);
      const { learningRate, weightDecay, gradientScale } = step;
      const own = lookAhead === null ? 0 : 1;
      numbers.set([learningRate, weightDecay, gradientScale, keep, take, own, lookAhead ?? 1]);
      caller.run('sgdMomentum', at, p.length, 1);
    },

    lars(p, g, b, step, momentum, rate) {
      const at = caller.addresses(p, g, b);
      if (at === null) return plainUpdates.lars(p, g, b, step, momentum, rate);
      numbers.set([rate, step.weightDecay, step.gradientScale, momentum]);
      caller.run('lars', at, p.length, 1);
    },

    lambMoments(g, m, v, factors) {
      const at = caller.addresses(g, m, v);
      if (at === null) return plainUpdates.lambMoments(g, m, v, factors);
      const { beta1, beta2, gradientScale } = factors;
      numbers.set([beta1, 1 - beta1, beta2, 1 - beta2, gradientScale]);
      caller.run('lambMoments', at, g.length, 1);
    },

    lambSquares(p, m, v, factors, weightDecay) {
      const at = caller.addresses(p, m, v);
      if (at === null) return plainUpdates.lambSquares(p, m, v, factors, weightDecay);
      const { rate, inverseRoot, eps } = factors;
      numbers.set([rate, inverseRoot, eps, weightDecay]);
      return caller.sum('lambSquares', at, p.length, 0);
    },

    lambMove(p, m, v, factors, weightDecay, along) {
      const at = caller.addresses(p, m, v);
      if (at === null) return plainUpdates.lambMove(p, m, v, factors, weightDecay, along);
      const { rate, inverseRoot, eps } = factors;
      numbers.set([rate, inverseRoot, eps, weightDecay, along]);
      caller.run('lambMove', at, p.length, 1);
    },
  };
}

/** As exact-updates.ts takes them. */
function adamNumbers(
  { beta1, beta2, eps, rate, inverseRoot, gradientScale }: AdamWFactors,
  decay: number,
): number[] {
  return [beta1, 1 - beta1, beta2, 1 - beta2, eps, decay, rate, inverseRoot, gradientScale];
}
