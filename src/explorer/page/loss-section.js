// @ts-check
/** The loss curve with its legend and its twin as a table. */
import { HUES, heldOutSteps, lossChart, trainingStrokes } from './chart.js';
import { h } from './dom.js';
import { nats } from './format.js';
import { section, table } from './parts.js';

/** @typedef {import('../read-models/run.ts').RunView} RunView */
/** @typedef {import('../read-models/window.ts').WindowView} WindowView */

/**
 * @param {RunView} run
 * @param {readonly WindowView[]} windows
 * @param {number} width
 */
export function lossSection(run, windows, width) {
  const strokes = trainingStrokes(windows);
  const workers = [
    ...new Map(strokes.map(({ participant }) => [participant.participant, participant])).values(),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const hues = new Map(workers.map(({ participant }, index) => [participant, index % HUES]));
  const chart = lossChart({ windows, windowsTotal: run.windowsTotal, hues, width });
  if (chart === null)
    return section('loss', 'Loss', null, h('p', { class: 'empty' }, 'No loss is reported yet.'));
  return section(
    'loss',
    'Loss',
    null,
    chart,
    h(
      'ul',
      { class: 'legend' },
      h('li', {}, h('span', { class: 'swatch held-out' }), 'held-out, by revision'),
      workers.map(({ participant, name }) =>
        h(
          'li',
          {},
          h('span', { class: `swatch hue-${hues.get(participant)}` }),
          `${name}, training`,
        ),
      ),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'The same as a table'),
      table({
        id: 'loss-table',
        caption: 'Loss in nats, by window',
        columns: [
          { label: 'Window', numeric: true },
          { label: 'Held-out after', numeric: true },
          ...workers.map(({ name }) => ({ label: `${name}, first to last`, numeric: true })),
        ],
        rows: windows.map((view) => ({
          key: String(view.window),
          cells: [
            view.window,
            nats(
              heldOutSteps(windows).find(({ done }) => done === view.window + 1)?.microNats ?? null,
            ),
            ...workers.map(({ participant }) =>
              strokes
                .filter(
                  (stroke) =>
                    stroke.window === view.window && stroke.participant.participant === participant,
                )
                .map(
                  ({ submission }) =>
                    `${nats(submission.lossFirstMicroNats)} to ${nats(submission.lossLastMicroNats)}`,
                )
                .join('; '),
            ),
          ],
        })),
      }),
    ),
  );
}
