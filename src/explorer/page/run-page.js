// @ts-check
/** The live page of a run: state, loss curve, windows, contributors, rewards, checkpoints, log. */
import { pathOf } from './address.js';
import { contributorSection } from './contributor-table.js';
import { windowColumns } from './columns.js';
import { h } from './dom.js';
import { grouped, money, nats, percent, time, typeName } from './format.js';
import { headSection } from './head-section.js';
import { longTable } from './long-table.js';
import { lossSection } from './loss-section.js';
import {
  cellsOf,
  chip,
  digest,
  entryLink,
  partyLink,
  section,
  table,
  windowLink,
} from './parts.js';

/** @typedef {import('./live.js').Live} Live */
/** @typedef {import('./views.js').Views} Views */
/** @typedef {import('../read-models/run.ts').RunView} RunView */
/** @typedef {import('../read-models/window-row.ts').WindowRow} WindowRow */
/** @typedef {import('../read-models/payouts.ts').PeriodRow} PeriodRow */

/**
 * @param {Live} live
 * @param {Views} views
 * @param {RunView} run
 * @param {number} width of the main column, pixels
 */
export const runPage = (live, views, run, width) => [
  headline(run),
  h(
    'div',
    { class: 'split', key: 'split' },
    h('div', { class: 'side' }, lossSection(run, views, width), periodSection(views, run)),
    h('div', { class: 'side' }, headSection(live), checkpointSection(run)),
  ),
  windowSection(run, views),
  contributorSection(views),
  feedSection(live),
];

/** @param {RunView} run */
function headline(run) {
  const { windowsReconciled: done, windowsTotal: total } = run;
  return h(
    'div',
    { class: 'headline', key: 'headline' },
    h('h1', {}, run.title, ' ', h('span', { class: 'quiet' }, run.run), ' ', chip(run.state)),
    h(
      'p',
      { class: 'quiet' },
      [
        run.dataset === null
          ? ''
          : `${run.dataset.title}, ${grouped(String(run.dataset.pages))} pages of ${run.dataset.pageTokens} tokens`,
        `layers ${run.model.layers}, width ${run.model.dModel}, heads ${run.model.heads}, vocabulary ${grouped(String(run.model.vocabSize))}`,
        `slots ${run.slots}, inner steps ${run.innerSteps} a window`,
      ]
        .filter((text) => text !== '')
        .join(' · '),
    ),
    h(
      'dl',
      { class: 'tiles' },
      tile('Windows', [
        `${grouped(String(done))} / ${grouped(String(total))}`,
        h('progress', { max: total, value: done, 'aria-label': 'windows done' }),
      ]),
      tile('Revision', run.revision === null ? 'none' : grouped(String(run.revision))),
      tile('Held-out loss, nats', [
        nats(run.heldOutLossNowMicroNats) || 'none',
        run.heldOutLossFirstMicroNats === null
          ? null
          : h('small', {}, `from ${nats(run.heldOutLossFirstMicroNats)}`),
      ]),
      tile('Loss reduced by', percent(run.gainBps).replace('+', '') || 'none'),
      tile('Tokens trained', [
        grouped(String(run.tokensCounted)),
        h('small', {}, `${grouped(String(run.tokensSubmitted))} submitted`),
      ]),
    ),
  );
}

/** @param {string} name @param {import('./dom.js').Child | readonly import('./dom.js').Child[]} value */
const tile = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value));

/** @param {WindowRow} row */
const contributions = ({ outcomes, mishaps, mishapsTotal }) => {
  const more = mishapsTotal - mishaps.length;
  return h(
    'span',
    { class: 'contributions' },
    outcomes.flatMap(({ outcome, count }) => [chip(outcome, `${count} ${outcome}`), ' ']),
    mishaps.map(({ assignment, participant, outcome, reasons, judges }) =>
      h(
        'span',
        { class: 'mishap', key: assignment },
        partyLink(participant),
        ` ${outcome} `,
        reasons.flatMap((reason) => [h('code', {}, reason), ' ']),
        judges.length > 0 &&
          h('span', { class: 'quiet' }, `by ${judges.map(({ name }) => name).join(', ')} `),
      ),
    ),
    more > 0 && h('span', { class: 'quiet' }, `and ${more} more`),
  );
};

/** @param {RunView} run @param {Views} views */
function windowSection(run, views) {
  const list = views.list((from, limit) => pathOf('/view/windows', { run: run.run, from, limit }));
  return section(
    'windows',
    'Windows',
    h('a', { href: `/view/windows.csv?run=${run.run}`, download: `${run.run}-windows.csv` }, 'CSV'),
    longTable({
      id: 'windows-table',
      caption: 'Windows, the newest first, with what came of their contributions',
      columns: windowColumns.map((column) => ({ ...column, wide: column.key === 'contributions' })),
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {WindowRow} */ view) => ({
        key: String(view.window),
        cells: cellsOf(windowColumns, view, {
          window: () => windowLink(view.run, view.window),
          state: () => chip(view.state),
          contributions: () => contributions(view),
          promotion: ({ promotion }) =>
            promotion && [
              chip(promotion.decision),
              ...promotion.reasons.flatMap((reason) => [' ', h('code', {}, reason)]),
            ],
        }),
      }),
      empty: 'No window is planned yet.',
    }),
  );
}

/** @param {Views} views @param {RunView} run */
function periodSection(views, run) {
  const list = views.list((from, limit) => pathOf('/view/periods', { run: run.run, from, limit }));
  return section(
    'rewards',
    'Rewards',
    h('a', { href: `#/rewards/${run.run}` }, 'Accounts and payouts'),
    longTable({
      id: 'periods-table',
      caption: 'Reward periods, in units',
      columns: [
        { label: 'Period', numeric: true },
        { label: 'State' },
        { label: 'Pool', numeric: true },
        { label: 'Paid', numeric: true },
      ],
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {PeriodRow} */ period) => ({
        key: String(period.period),
        cells: [
          h('a', { href: `#/rewards/${run.run}/${period.period}` }, String(period.period)),
          chip(period.state),
          grouped(money(period.pool)),
          grouped(money(period.paid)),
        ],
      }),
      empty: 'No period is open yet.',
    }),
  );
}

/** @param {RunView} run */
function checkpointSection(run) {
  const shown = run.revisions.length;
  return section(
    'checkpoints',
    'Checkpoints',
    null,
    table({
      id: 'checkpoints-table',
      caption:
        shown < run.revisionsTotal
          ? `The newest ${shown} of ${grouped(String(run.revisionsTotal))} checkpoints`
          : 'The chain of promoted checkpoints',
      columns: [
        { label: 'Revision', numeric: true },
        { label: 'From window', numeric: true },
        { label: 'Held-out loss, nats', numeric: true },
        { label: 'Size, bytes', numeric: true },
        { label: 'Digest' },
      ],
      rows: run.revisions.toReversed().map((revision) => ({
        key: String(revision.revision),
        cells: [
          revision.revision,
          originOf(run.run, revision),
          nats(revision.heldOutLossMicroNats),
          grouped(String(revision.checkpoint.sizeBytes)),
          digest(revision.checkpoint.digest),
        ],
      })),
    }),
  );
}

/** @param {Live} live */
function feedSection(live) {
  return section(
    'feed',
    'Latest entries',
    h('a', { href: '#/log' }, 'All of the log'),
    table({
      id: 'feed-table',
      caption: 'Latest entries of the ledger, newest first',
      columns: [
        { label: 'Sequence', numeric: true },
        { label: 'Time, UTC' },
        { label: 'Fact' },
        { label: 'About' },
        { label: 'Author' },
      ],
      rows: live.feed.toReversed().map((line) => ({
        key: String(line.sequence),
        cells: [
          entryLink(line.sequence),
          time(Date.parse(line.time)),
          typeName(line.type),
          h('span', { class: 'subject', title: line.subject }, line.about),
          [line.actorName, line.signed ? null : h('span', { class: 'quiet' }, ', derived')],
        ],
      })),
    }),
  );
}

/**
 * What a revision came of.
 *
 * @param {string} run
 * @param {{ window: number | null, restores: number | null }} revision
 */
function originOf(run, { window, restores }) {
  if (window !== null) return windowLink(run, window);
  return restores === null ? 'initial' : `revision ${restores} again`;
}
