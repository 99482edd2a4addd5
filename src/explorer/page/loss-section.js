// @ts-check
/** The loss curve with its settings, its legend and its twin as a table. */
import { addressNow, pathOf } from './address.js';
import { HUES, lossChart } from './chart.js';
import { choice, controls, input } from './controls.js';
import { h } from './dom.js';
import { dateTime, grouped, nats } from './format.js';
import { longTable } from './long-table.js';
import { section } from './parts.js';

/** @typedef {import('../read-models/run.ts').RunView} RunView */
/** @typedef {import('../read-models/series.ts').SeriesView} SeriesView */
/** @typedef {import('./views.js').Views} Views */

const POINTS = 400;
/** Workers that the table has a column for. */
const COLUMNS_MAX = 8;

/**
 * @param {RunView} run
 * @param {Views} views
 * @param {number} width
 */
export function lossSection(run, views, width) {
  const { settings } = addressNow();
  const axis = settings.get('x') ?? 'window';
  const participant = settings.get('of') ?? '';
  const ask = { run: run.run, axis, points: POINTS };
  /** @type {SeriesView | null} */
  const whole = views.get(pathOf('/view/series', ask));
  /** @type {SeriesView | null} */
  const series =
    participant === '' ? whole : views.get(pathOf('/view/series', { ...ask, participant }));
  if (whole === null || series === null)
    return section('loss', 'Loss', null, h('p', { class: 'empty' }, 'Reading the losses…'));
  const hues = new Map(whole.participants.map((who, index) => [who.participant, index % HUES]));
  const smoothing = Math.min(0.99, Math.max(0, Number(settings.get('smooth') ?? 0) || 0));
  const chart = lossChart({ series, hues, width, log: settings.get('y') === 'log', smoothing });
  if (chart === null)
    return section('loss', 'Loss', null, h('p', { class: 'empty' }, 'No loss is reported yet.'));
  return section(
    'loss',
    'Loss',
    null,
    settingsOf(whole),
    chart,
    legend(series, hues),
    h(
      'details',
      { key: 'loss-twin' },
      h('summary', {}, 'The same as a table'),
      twin(series),
      h('p', { class: 'note' }, sourceOf(series)),
    ),
  );
}

/** @param {SeriesView} series */
const settingsOf = ({ participants }) =>
  controls(
    'Chart',
    choice('x', 'By', [
      ['window', 'window'],
      ['step', 'inner step'],
      ['tokens', 'tokens'],
      ['time', 'time'],
    ]),
    choice('y', 'Loss', [
      ['linear', 'linear'],
      ['log', 'log'],
    ]),
    input('smooth', 'Smoothing', {
      type: 'range',
      min: 0,
      max: 0.95,
      step: 0.05,
      standard: '0',
    }),
    participants.length > 1 &&
      choice('of', 'Training of', [
        ['', 'everybody'],
        ...participants.map((who) => /** @type {const} */ ([who.participant, who.name])),
      ]),
  );

/** @param {SeriesView} series @param {Map<string, number>} hues */
const legend = ({ participants, strokes, training }, hues) =>
  h(
    'ul',
    { class: 'legend' },
    h('li', {}, h('span', { class: 'swatch held-out' }), 'held-out'),
    participants.map(({ participant, name }) =>
      h(
        'li',
        {},
        h('span', { class: `swatch hue-${hues.get(participant) ?? 0}` }),
        `${name}, training`,
      ),
    ),
    strokes.length === 0 &&
      training.length > 0 &&
      h('li', {}, h('span', { class: 'swatch band' }), 'training: lowest, mean, highest'),
  );

/** What is shown of how much. @param {SeriesView} series */
function sourceOf({ heldOut, training, of, strokes }) {
  const told =
    strokes.length > 0
      ? `${of.strokes} contributions, each one`
      : `${grouped(String(of.strokes))} contributions as bands of ${training.length}`;
  const thin =
    heldOut.length < of.heldOut
      ? `${heldOut.length} of ${grouped(String(of.heldOut))} held-out losses, chosen by largest triangles`
      : `all ${of.heldOut} held-out losses`;
  return `From the ledger's reports: ${thin}; ${told}.`;
}

/** @param {SeriesView} series */
function twin(series) {
  const workers = series.participants.slice(0, COLUMNS_MAX);
  const bands = series.training;
  const held = new Map(series.heldOut.map((point) => [point.x, point]));
  return longTable({
    id: 'loss-table',
    caption: `Loss in nats, by ${series.axis}`,
    columns: [
      { label: series.axis === 'time' ? 'Time, UTC' : `Until ${series.axis}`, numeric: true },
      { label: 'Held-out after', numeric: true },
      { label: 'Training, lowest', numeric: true },
      { label: 'Mean', numeric: true },
      { label: 'Highest', numeric: true },
      ...workers.map(({ name }) => ({ label: `${name}, first to last`, numeric: true })),
    ],
    total: bands.length,
    at: (index) => bands[index],
    row: (band) => ({
      key: String(band.x),
      cells: [
        series.axis === 'time' ? dateTime(band.x) : grouped(String(band.x)),
        nats(held.get(band.x)?.y ?? null),
        nats(band.low),
        nats(band.mean),
        nats(band.high),
        ...workers.map(({ participant }) =>
          series.strokes
            .filter((one) => one.to === band.x && one.participant.participant === participant)
            .map((one) => `${nats(one.lossFirstMicroNats)} to ${nats(one.lossLastMicroNats)}`)
            .join('; '),
        ),
      ],
    }),
    empty: 'No training is reported yet.',
  });
}
