// @ts-check
/** From values to pixels: linear and logarithmic scales with round marks, and smoothing. Pure. */

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} at 0 at the low end, 1 at the high one
 * @property {readonly number[]} marks
 * @property {number} digits after the point, for the marks
 */

/**
 * Marks at 1, 2 or 5 times a power of ten, about `count` of them.
 * @param {number} low @param {number} high @param {number} [count]
 * @returns {Scale}
 */
export function linear(low, high, count = 5) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw) ?? raw;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return {
    at: (value) => (value - low) / (high - low || 1),
    marks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step),
    digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
  };
}

/**
 * The same on a logarithmic axis; its marks are round values, not powers, for losses span few of those.
 * @param {number} low above 0 @param {number} high
 * @returns {Scale}
 */
export function logarithmic(low, high) {
  const { marks, digits } = linear(low, high);
  const [from, to] = [Math.log(low), Math.log(high)];
  return {
    at: (value) => (Math.log(value) - from) / (to - from || 1),
    marks: marks.filter((mark) => mark >= low && mark > 0),
    digits,
  };
}

const SECOND = 1000;
const STEPS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 604_800].map(
  (seconds) => seconds * SECOND,
);

/**
 * Marks of time, milliseconds, at full seconds, minutes, hours or days.
 * @param {number} low @param {number} high @param {number} count
 * @returns {Scale}
 */
export function temporal(low, high, count) {
  const step = STEPS.find((size) => size >= (high - low) / count) ?? STEPS.at(-1) ?? SECOND;
  const first = Math.ceil(low / step);
  const length = Math.max(0, Math.floor(high / step) - first + 1);
  return {
    at: (value) => (value - low) / (high - low || 1),
    marks: Array.from({ length }, (_, index) => (first + index) * step),
    digits: 0,
  };
}

/**
 * Exponential moving average without the bias toward its start: the weighted mean of all values so far,
 * each `weight` times as heavy as the next.
 * @param {readonly number[]} values
 * @param {number} weight 0 (none) to below 1
 */
export function smoothed(values, weight) {
  let [sum, mass] = [0, 0];
  return values.map((value) => {
    sum = sum * weight + value * (1 - weight);
    mass = mass * weight + (1 - weight);
    return sum / mass;
  });
}
