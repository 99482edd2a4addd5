// @ts-check
/**
 * The loss curve: a step for the held-out loss of the current revision after each window, and inside
 * each window one stroke per contribution from its first to its last inner step. Losses in nats.
 */
import { s } from './dom.js';
import { nats } from './format.js';

/** @typedef {import('../read-models/window.ts').WindowView} WindowView */

const HEIGHT = 300;
const MARGIN = { top: 26, right: 14, bottom: 34, left: 46 };
/** Colours of workers before they repeat. */
export const HUES = 8;

/**
 * Points of the step: held-out loss after so many windows.
 * @param {readonly WindowView[]} windows
 */
export function heldOutSteps(windows) {
  /** @type {{ done: number, microNats: number, promoted: boolean }[]} */
  const steps = [];
  for (const { window, promotion, lossBeforeMicroNats, lossAfterMicroNats } of windows) {
    if (promotion === null || lossBeforeMicroNats === null || lossAfterMicroNats === null) continue;
    if (steps.length === 0)
      steps.push({ done: window, microNats: lossBeforeMicroNats, promoted: true });
    const promoted = promotion.decision === 'promoted_revision';
    const microNats = promoted ? lossAfterMicroNats : lossBeforeMicroNats;
    steps.push({ done: window + 1, microNats, promoted });
  }
  return steps;
}

/**
 * Strokes of training: what each contribution said of its inner steps.
 * @param {readonly WindowView[]} windows
 */
export const trainingStrokes = (windows) =>
  windows.flatMap(({ window, assignments }) =>
    assignments.flatMap(({ assignment, participant, submission, disposition }) =>
      submission === null ? [] : [{ window, assignment, participant, submission, disposition }],
    ),
  );

/**
 * Ticks at 1, 2 or 5 times a power of ten, about five of them.
 * @param {number} low
 * @param {number} high
 */
export function ticks(low, high) {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw) ?? raw;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    value: (first + index) * step,
    text: ((first + index) * step).toFixed(digits),
  }));
}

/**
 * @param {object} chart
 * @param {readonly WindowView[]} chart.windows ascending
 * @param {number} chart.windowsTotal
 * @param {Map<string, number>} chart.hues colour index by participant
 * @param {number} chart.width pixels
 */
export function lossChart({ windows, windowsTotal, hues, width }) {
  const steps = heldOutSteps(windows);
  const strokes = trainingStrokes(windows);
  const values = [
    ...steps.map(({ microNats }) => microNats),
    ...strokes.flatMap(({ submission }) => [
      submission.lossFirstMicroNats,
      submission.lossLastMicroNats,
    ]),
  ].map((microNats) => microNats / 1e6);
  if (values.length === 0) return null;
  const spread = Math.max(...values) - Math.min(...values) || 1;
  const low = Math.max(0, Math.min(...values) - spread * 0.06);
  const high = Math.max(...values) + spread * 0.06;
  /** @param {number} done */
  const x = (done) =>
    MARGIN.left + (done / Math.max(1, windowsTotal)) * (width - MARGIN.left - MARGIN.right);
  /** @param {number} microNats */
  const y = (microNats) =>
    MARGIN.top + ((high - microNats / 1e6) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  return s(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: 'img',
      'aria-label': 'Loss by window; the table below has the same numbers.',
    },
    grid(ticks(low, high), y, width),
    windowAxis(windowsTotal, x, width),
    s(
      'g',
      { class: 'training' },
      strokes.map(({ window, assignment, participant, submission, disposition }) =>
        s(
          'line',
          {
            x1: x(window + 0.12).toFixed(1),
            y1: y(submission.lossFirstMicroNats).toFixed(1),
            x2: x(window + 0.88).toFixed(1),
            y2: y(submission.lossLastMicroNats).toFixed(1),
            class: `hue-${hues.get(participant.participant) ?? 0}`,
            'data-disposition': disposition ?? 'open',
          },
          s(
            'title',
            {},
            `${participant.name}, window ${window}: training loss ${nats(submission.lossFirstMicroNats)} to ${nats(submission.lossLastMicroNats)} nats${disposition === null ? '' : `, ${disposition}`} (${assignment})`,
          ),
        ),
      ),
    ),
    s('path', { class: 'held-out', d: stepPath(steps, x, y) }),
    s(
      'g',
      { class: 'held-out-points' },
      steps.map(({ done, microNats, promoted }) =>
        s(
          'circle',
          {
            cx: x(done).toFixed(1),
            cy: y(microNats).toFixed(1),
            r: 4,
            class: promoted ? 'promoted' : 'held',
          },
          s('title', {}, `after ${done} windows: held-out loss ${nats(microNats)} nats`),
        ),
      ),
    ),
  );
}

/**
 * @param {{ value: number, text: string }[]} marks
 * @param {(microNats: number) => number} y
 * @param {number} width
 */
const grid = (marks, y, width) =>
  s(
    'g',
    { class: 'axis' },
    marks
      .map(({ value, text }) => [
        s('line', {
          x1: MARGIN.left,
          x2: width - MARGIN.right,
          y1: y(value * 1e6),
          y2: y(value * 1e6),
        }),
        s('text', { x: MARGIN.left - 8, y: y(value * 1e6) + 4, 'text-anchor': 'end' }, text),
      ])
      .flat(),
  );

/**
 * @param {number} total
 * @param {(done: number) => number} x
 * @param {number} width
 */
function windowAxis(total, x, width) {
  const every = Math.max(1, Math.ceil(total / Math.max(2, Math.floor(width / 56))));
  const marks = Array.from({ length: Math.floor(total / every) + 1 }, (_, index) => index * every);
  return s(
    'g',
    { class: 'axis' },
    marks.map((done) =>
      s('text', { x: x(done), y: HEIGHT - MARGIN.bottom + 16, 'text-anchor': 'middle' }, done),
    ),
    s(
      'text',
      { x: width - MARGIN.right, y: HEIGHT - 4, 'text-anchor': 'end', class: 'axis-title' },
      'windows done',
    ),
    s('text', { x: 4, y: 12, class: 'axis-title' }, 'loss, nats'),
  );
}

/**
 * @param {readonly { done: number, microNats: number }[]} steps
 * @param {(done: number) => number} x
 * @param {(microNats: number) => number} y
 */
const stepPath = (steps, x, y) =>
  steps
    .map(({ done, microNats }, index) =>
      index === 0
        ? `M${x(done).toFixed(1)} ${y(microNats).toFixed(1)}`
        : `H${x(done).toFixed(1)}V${y(microNats).toFixed(1)}`,
    )
    .join('');
