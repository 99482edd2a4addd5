// @ts-check
/**
 * The loss curve: a step for the held-out loss of the current revision, and the training beside it -
 * one stroke per contribution from its first to its last inner step where they can be told apart, else
 * a band from the lowest to the highest with their mean. Losses in nats.
 */
import { s } from './dom.js';
import { dateTime, grouped, nats, time } from './format.js';
import { linear, logarithmic, smoothed, temporal } from './scale.js';

/** @typedef {import('../read-models/series.ts').SeriesView} SeriesView */
/** @typedef {import('./scale.js').Scale} Scale */
/** @typedef {(value: number) => number} Place pixels */

const HEIGHT = 300;
const MARGIN = { top: 26, right: 14, bottom: 34, left: 46 };
/** Colours of workers before they repeat. */
export const HUES = 8;
/** Points that are marked one by one. */
const DOTS_MAX = 80;

const AXES = {
  window: 'windows done',
  step: 'inner steps done',
  tokens: 'tokens counted',
  time: 'ledger time, UTC',
};

/**
 * @param {object} chart
 * @param {SeriesView} chart.series
 * @param {Map<string, number>} chart.hues colour index by participant
 * @param {number} chart.width pixels
 * @param {boolean} chart.log whether losses are on a logarithmic axis
 * @param {number} chart.smoothing 0 to below 1
 */
export function lossChart({ series, hues, width, log, smoothing }) {
  const values = valuesOf(series);
  if (values.length === 0) return null;
  const spread = Math.max(...values) - Math.min(...values) || 1;
  const low = Math.max(log ? 1e-6 : 0, Math.min(...values) - spread * 0.06);
  const high = Math.max(...values) + spread * 0.06;
  const losses = log ? logarithmic(low, high) : linear(low, high);
  const along = alongOf(series, width);
  /** @type {Place} */
  const x = (value) => MARGIN.left + along.at(value) * (width - MARGIN.left - MARGIN.right);
  /** @type {Place} */
  const y = (micro) =>
    HEIGHT - MARGIN.bottom - losses.at(micro / 1e6) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  return s(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: 'img',
      'aria-label': `Loss by ${AXES[series.axis]}; the table below has the same numbers.`,
    },
    grid(losses, y, width),
    axis(series, along, x, width),
    series.strokes.length > 0 ? strokes(series, hues, x, y) : band(series, smoothing, x, y),
    heldOut(series, smoothing, x, y),
  );
}

/** @param {SeriesView} series */
const valuesOf = ({ heldOut: points, strokes: lines, training }) =>
  [
    ...points.map((point) => point.y),
    ...(lines.length > 0
      ? lines.flatMap((one) => [one.lossFirstMicroNats, one.lossLastMicroNats])
      : training.flatMap((one) => [one.low, one.high])),
  ].map((micro) => micro / 1e6);

/** @param {SeriesView} series @param {number} width @returns {Scale} */
function alongOf({ axis: kind, end, heldOut: points, training, strokes: lines }, width) {
  const places = [
    ...points.map((point) => point.x),
    ...training.map((one) => one.x),
    ...lines.map((one) => one.from),
  ];
  const [low, high] = kind === 'time' ? [Math.min(...places), Math.max(...places)] : [0, 0];
  const count = Math.max(2, Math.floor(width / 90));
  if (kind === 'time') return temporal(low, high, count);
  const scale = linear(0, Math.max(1, end ?? Math.max(...places)), count);
  return { ...scale, marks: scale.marks.filter(Number.isInteger) };
}

/** @param {SeriesView} series @param {Map<string, number>} hues @param {Place} x @param {Place} y */
const strokes = ({ strokes: lines }, hues, x, y) =>
  s(
    'g',
    { class: 'training' },
    lines.map((one) => {
      const inset = (x(one.to) - x(one.from)) * 0.12;
      const said = `${one.participant.name}, window ${one.window}: training loss ${nats(one.lossFirstMicroNats)} to ${nats(one.lossLastMicroNats)} nats`;
      return s(
        'line',
        {
          x1: (x(one.from) + inset).toFixed(1),
          y1: y(one.lossFirstMicroNats).toFixed(1),
          x2: (x(one.to) - inset).toFixed(1),
          y2: y(one.lossLastMicroNats).toFixed(1),
          class: `hue-${hues.get(one.participant.participant) ?? 0}`,
          'data-disposition': one.disposition ?? 'open',
        },
        s(
          'title',
          {},
          `${said}${one.disposition === null ? '' : `, ${one.disposition}`} (${one.assignment})`,
        ),
      );
    }),
  );

/** @param {SeriesView} series @param {number} smoothing @param {Place} x @param {Place} y */
function band({ training }, smoothing, x, y) {
  const upper = training.map((one) => `${x(one.x).toFixed(1)} ${y(one.high).toFixed(1)}`);
  const lower = training.map((one) => `${x(one.x).toFixed(1)} ${y(one.low).toFixed(1)}`);
  const means = smoothed(
    training.map(({ mean }) => mean),
    smoothing,
  );
  return s(
    'g',
    { class: 'training' },
    training.length > 0 &&
      s('path', { class: 'band', d: `M${upper.join('L')}L${lower.toReversed().join('L')}Z` }),
    s('path', {
      class: 'mean',
      d: lineThrough(training.map((one, index) => [x(one.x), y(means[index] ?? one.mean)])),
    }),
  );
}

/** @param {SeriesView} series @param {number} smoothing @param {Place} x @param {Place} y */
function heldOut({ heldOut: points, axis: kind }, smoothing, x, y) {
  const soft = smoothed(
    points.map((point) => point.y),
    smoothing,
  );
  const raw = stepsThrough(points.map((point) => [x(point.x), y(point.y)]));
  return [
    s('path', { class: smoothing > 0 ? 'held-out faint' : 'held-out', d: raw }),
    smoothing > 0 &&
      s('path', {
        class: 'held-out',
        d: lineThrough(points.map((point, index) => [x(point.x), y(soft[index] ?? point.y)])),
      }),
    s(
      'g',
      { class: 'held-out-points' },
      points.length <= DOTS_MAX &&
        points.map((point) =>
          s(
            'circle',
            {
              cx: x(point.x).toFixed(1),
              cy: y(point.y).toFixed(1),
              r: 4,
              class: point.promoted ? 'promoted' : 'held',
            },
            s(
              'title',
              {},
              `after ${point.done} windows${kind === 'time' ? `, ${dateTime(point.x)}` : ''}: held-out loss ${nats(point.y)} nats`,
            ),
          ),
        ),
    ),
  ];
}

/** @param {Scale} losses @param {Place} y @param {number} width */
const grid = ({ marks, digits }, y, width) =>
  s(
    'g',
    { class: 'axis' },
    marks.flatMap((mark) => [
      s('line', {
        x1: MARGIN.left,
        x2: width - MARGIN.right,
        y1: y(mark * 1e6).toFixed(1),
        y2: y(mark * 1e6).toFixed(1),
      }),
      s(
        'text',
        { x: MARGIN.left - 8, y: (y(mark * 1e6) + 4).toFixed(1), 'text-anchor': 'end' },
        mark.toFixed(digits),
      ),
    ]),
  );

/** @param {SeriesView} series @param {Scale} along @param {Place} x @param {number} width */
const axis = ({ axis: kind }, { marks }, x, width) =>
  s(
    'g',
    { class: 'axis' },
    marks.map((mark) =>
      s(
        'text',
        { x: x(mark).toFixed(1), y: HEIGHT - MARGIN.bottom + 16, 'text-anchor': 'middle' },
        kind === 'time' ? time(mark) : grouped(String(mark)),
      ),
    ),
    s(
      'text',
      { x: width - MARGIN.right, y: HEIGHT - 4, 'text-anchor': 'end', class: 'axis-title' },
      AXES[kind],
    ),
    s('text', { x: 4, y: 12, class: 'axis-title' }, 'loss, nats'),
  );

/** @param {readonly (readonly [number, number])[]} points */
const lineThrough = (points) =>
  points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** @param {readonly (readonly [number, number])[]} points */
const stepsThrough = (points) =>
  points
    .map(([x, y], at) =>
      at === 0 ? `M${x.toFixed(1)} ${y.toFixed(1)}` : `H${x.toFixed(1)}V${y.toFixed(1)}`,
    )
    .join('');
