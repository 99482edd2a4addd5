// @ts-check
/** Contributors as a table: searched, filtered and ordered by the server, drawn as far as in sight. */
import { addressNow, pathOf } from './address.js';
import { contributorColumns } from './columns.js';
import { choice, controls, input } from './controls.js';
import { h } from './dom.js';
import { longTable } from './long-table.js';
import { cellsOf, chip, partyLink, section } from './parts.js';

/** @typedef {import('../read-models/contributor.ts').ContributorView} ContributorView */
/** @typedef {import('../read-models/standing.ts').StandingView} StandingView */
/** @typedef {ContributorView & { standing: StandingView }} Contributor */
/** @typedef {import('./views.js').Views} Views */

/**
 * @param {Views} views
 * @param {readonly import('./columns.js').Column<any>[]} [columns]
 * @param {string} [csv] where the same is to be had as a file
 */
export function contributorSection(
  views,
  columns = contributorColumns,
  csv = '/view/contributors.csv',
) {
  const { settings } = addressNow();
  const question = {
    search: settings.get('who'),
    role: settings.get('role'),
    status: settings.get('status'),
    order: settings.get('order'),
  };
  const list = views.list((from, limit) =>
    pathOf('/view/contributors', { ...question, from, limit }),
  );
  return section(
    'contributors',
    'Contributors',
    h('a', { href: pathOf(csv, question), download: 'contributors.csv' }, 'CSV'),
    filters(),
    longTable({
      id: 'contributors-table',
      caption: 'Contributors, their credits (one a token) and money (units)',
      columns: columns.map((column) => ({ ...column, brief: column.key === 'status' })),
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {Contributor} */ row) => ({
        key: row.participant,
        cells: cellsOf(columns, row, {
          name: () => partyLink(row),
          status: () => statusOf(row),
        }),
      }),
      empty: settings.size > 0 ? 'Nobody is like that.' : 'Nobody is admitted yet.',
    }),
  );
}

const filters = () =>
  controls(
    'Contributors',
    input('who', 'Name or key', { size: 16 }),
    choice('role', 'Role', [
      ['', 'any'],
      ['worker', 'workers'],
      ['validator', 'validators'],
    ]),
    choice('status', 'Status', [
      ['', 'any'],
      ...['alive', 'stale', 'expired', 'draining', 'departed', 'admitted'].map(
        (status) => /** @type {const} */ ([status, status]),
      ),
    ]),
    choice('order', 'Order', [
      ['name', 'role and name'],
      ['accepted', 'most accepted'],
      ['rejected', 'most rejected'],
      ['verdicts', 'most verdicts'],
      ['tokens', 'most tokens'],
      ['paid', 'most paid'],
      ['escrow', 'most escrow'],
      ['heard', 'last heard'],
    ]),
  );

/** @param {ContributorView} row */
export const statusOf = (row) => [
  chip(row.status),
  ...Object.entries(row.quarantine).flatMap(([run, until]) => [
    ' ',
    h(
      'span',
      { class: 'barred', title: `quarantined in ${run} until window ${until}` },
      chip('quarantined'),
      ` in ${run} until window ${until}`,
    ),
  ]),
];
