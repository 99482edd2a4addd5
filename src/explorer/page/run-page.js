// @ts-check
/** The live page of a run: state, loss curve, windows, contributors, rewards, checkpoints, log. */
import {
  byRoleAndName,
  byWindow,
  contributorColumns,
  judgesOf,
  outcomeOf,
  windowColumns,
} from './columns.js';
import { h } from './dom.js';
import { grouped, nats, percent, time, typeName } from './format.js';
import { headSection } from './head-section.js';
import { lossSection } from './loss-section.js';
import { rewardSection } from './reward-section.js';
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
/** @typedef {import('../read-models/run.ts').RunView} RunView */
/** @typedef {import('../read-models/window.ts').WindowView} WindowView */
/** @typedef {import('../read-models/window.ts').AssignmentView} AssignmentView */
/** @typedef {import('../read-models/contributor.ts').ContributorView} ContributorView */

/**
 * @param {Live} live
 * @param {RunView} run
 * @param {number} width of the main column, pixels
 */
export function runPage(live, run, width) {
  const windows = live.windows(run.run).sort(byWindow);
  return [
    headline(run),
    h(
      'div',
      { class: 'split', key: 'split' },
      h('div', { class: 'side' }, lossSection(run, windows, width), checkpointSection(run)),
      h('div', { class: 'side' }, headSection(live), rewardSection(live, run)),
    ),
    windowSection(run, windows),
    contributorSection(live),
    feedSection(live),
  ];
}

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
        `${done} / ${total}`,
        h('progress', { max: total, value: done, 'aria-label': 'windows done' }),
      ]),
      tile('Revision', run.revision === null ? 'none' : run.revision),
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

/** @param {AssignmentView} assignment */
function contribution(assignment) {
  const judges = judgesOf(assignment);
  return h(
    'li',
    { key: assignment.assignment },
    partyLink(assignment.participant),
    ' ',
    chip(outcomeOf(assignment)),
    assignment.reasons.map((reason) => [' ', h('code', {}, reason)]).flat(),
    judges.length > 0 && h('span', { class: 'quiet' }, ` by ${judges.join(', ')}`),
  );
}

/** @param {RunView} run @param {readonly WindowView[]} windows */
function windowSection(run, windows) {
  return section(
    'windows',
    'Windows',
    h('a', { href: `/api/windows.csv?run=${run.run}`, download: `${run.run}-windows.csv` }, 'CSV'),
    table({
      id: 'windows-table',
      caption: 'Windows, their contributions and verdicts',
      columns: windowColumns,
      rows: windows.map((view) => ({
        key: String(view.window),
        cells: cellsOf(windowColumns, view, {
          window: () => windowLink(view.run, view.window),
          state: () => chip(view.state),
          contributions: () =>
            h('ul', { class: 'contributions' }, view.assignments.map(contribution)),
          promotion: ({ promotion }) =>
            promotion && [
              chip(promotion.decision),
              ...promotion.reasons.flatMap((reason) => [' ', h('code', {}, reason)]),
            ],
        }),
      })),
      empty: 'No window is planned yet.',
    }),
  );
}

/** @param {Live} live */
function contributorSection(live) {
  const rows = live.contributors.sort(byRoleAndName);
  return section(
    'contributors',
    'Contributors',
    h('a', { href: '/api/contributors.csv', download: 'contributors.csv' }, 'CSV'),
    table({
      id: 'contributors-table',
      caption: 'Contributors, their credits (one a token) and money (units)',
      columns: contributorColumns,
      rows: rows.map((row) => ({
        key: row.participant,
        cells: cellsOf(contributorColumns, row, {
          name: () => partyLink(row),
          status: () => statusOf(row),
        }),
      })),
      empty: 'Nobody is admitted yet.',
    }),
  );
}

/** @param {ContributorView} row */
export const statusOf = (row) => [
  chip(row.status),
  ...Object.entries(row.quarantine).map(([run, until]) =>
    h('span', { class: 'barred' }, chip('quarantined'), ` in ${run} until window ${until}`),
  ),
];

/** @param {RunView} run */
function checkpointSection(run) {
  return section(
    'checkpoints',
    'Checkpoints',
    null,
    table({
      id: 'checkpoints-table',
      caption: 'The chain of promoted checkpoints',
      columns: [
        { label: 'Revision', numeric: true },
        { label: 'From window', numeric: true },
        { label: 'Held-out loss, nats', numeric: true },
        { label: 'Size, bytes', numeric: true },
        { label: 'Digest' },
      ],
      rows: run.revisions.map((revision) => ({
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
    h('a', { href: '/api/entries?limit=1000' }, 'NDJSON'),
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
