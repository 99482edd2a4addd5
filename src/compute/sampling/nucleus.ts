/**
 * The distribution the next token is drawn from: softmax of the logits over the temperature, cut to
 * its nucleus, the smallest set of likeliest tokens whose mass is at least p (Holtzman et al. 2020,
 * equation 2), and scaled to 1 again.
 *   w[v] = exp((x[v] - max) / temperature);  tokens by x descending, ties to the lower id
 *   k = least with w[1] + .. + w[k] >= p (w[1] + .. + w[V]);  P[i] = w[i] / (w[1] + .. + w[k])
 * Sums run in that order, in f64.
 */
import { exp } from '../math/exp.ts';
import { SamplingError } from './settings.ts';
import type { SamplingSettings } from './settings.ts';

export interface Nucleus {
  /** Token ids, likeliest first. */
  readonly ids: readonly number[];
  /** Sum of the probabilities up to and with each id; the last is 1. */
  readonly cumulative: readonly number[];
}

/** `logits` (V) of one position. Throws SamplingError `logits_not_finite`. */
export function nucleusOf(
  logits: Float32Array,
  { temperature, topP }: Pick<SamplingSettings, 'temperature' | 'topP'>,
): Nucleus {
  if (!logits.every(Number.isFinite)) {
    throw new SamplingError('logits_not_finite', 'a logit is NaN or infinite');
  }
  const max = logits.reduce((most, x) => Math.max(most, x), -Infinity);
  if (temperature === 0) return { ids: [logits.indexOf(max)], cumulative: [1] };
  const weights = Float64Array.from(logits, (x) => exp((x - max) / temperature));
  const ids = Array.from(weights.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const sums: number[] = [];
  let sum = 0;
  for (const id of ids) {
    sum += weights[id]!;
    sums.push(sum);
  }
  const kept = sums.findIndex((mass) => mass >= topP * sum) + 1;
  const mass = sums[kept - 1]!;
  return {
    ids: ids.slice(0, kept),
    cumulative: sums.slice(0, kept).map((part) => part / mass),
  };
}

/** The token that a uniform number in (0, 1) falls on. */
export function drawToken({ ids, cumulative }: Nucleus, uniform: number): number {
  return ids[cumulative.findIndex((sum) => uniform < sum)]!;
}
