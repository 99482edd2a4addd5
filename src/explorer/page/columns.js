// @ts-check
/**
 * The columns of the window and contributor tables: one definition for the page and for the CSV
 * export, so that a file holds what the screen shows. A cell is a list of parts; numbers are given
 * bare and grouped only for the eye.
 */
import { money, nats, time } from './format.js';

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {boolean} numeric
 * @property {(row: Row) => readonly string[]} parts
 */
/** @typedef {import('../read-models/window-row.ts').WindowRow} WindowRow */
/** @typedef {import('../read-models/window.ts').AssignmentView} AssignmentView */
/** @typedef {import('../read-models/contributor.ts').ContributorView} ContributorView */
/** @typedef {{ role: string, name: string, participant: string }} Named */

/** @type {(text: string | number | null) => string[]} */
const one = (text) => (text === null || text === '' ? [] : [String(text)]);

/**
 * What became of an assignment: its disposition once there is one, else its state.
 * @param {Pick<AssignmentView, 'disposition' | 'state'>} assignment
 */
export const outcomeOf = (assignment) => assignment.disposition ?? assignment.state;

/** @param {AssignmentView} assignment */
export const judgesOf = (assignment) =>
  (assignment.challenge?.verdicts ?? []).map(({ validator, disposition }) =>
    disposition === assignment.disposition || assignment.disposition === null
      ? validator.name
      : `${validator.name} (${disposition})`,
  );

/**
 * `worker-1 rejected digest_mismatch by validator-0, validator-2`
 * @param {import('../read-models/window-row.ts').MishapView} mishap
 */
export function mishapText({ participant, outcome, reasons, judges }) {
  const head = [participant.name, outcome, ...reasons].join(' ');
  return judges.length === 0 ? head : `${head} by ${judges.map(({ name }) => name).join(', ')}`;
}

/**
 * What contributions came to: how many of each, those that went wrong by name, as far as they are told.
 * @param {WindowRow} row
 */
export function contributionTexts({ outcomes, mishaps, mishapsTotal }) {
  const more = mishapsTotal - mishaps.length;
  return [
    ...outcomes.map(({ outcome, count }) => `${count} ${outcome}`),
    ...mishaps.map(mishapText),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/**
 * Order of the window table.
 * @type {(a: { run: string, window: number }, b: { run: string, window: number }) => number}
 */
export const byWindow = (a, b) => compare(a.run, b.run) || a.window - b.window;

/**
 * Order of the contributor table: workers, then validators, each by name.
 * @type {(a: Named, b: Named) => number}
 */
export const byRoleAndName = (a, b) =>
  compare(b.role, a.role) || compare(a.name, b.name) || compare(a.participant, b.participant);

/** @type {(a: string, b: string) => number} */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @type {readonly Column<WindowRow>[]} */
export const windowColumns = [
  { key: 'window', label: 'Window', numeric: true, parts: (row) => one(row.window) },
  { key: 'state', label: 'State', numeric: false, parts: (row) => one(row.state) },
  { key: 'revision', label: 'From revision', numeric: true, parts: (row) => one(row.revision) },
  {
    key: 'contributions',
    label: 'Contributions and verdicts',
    numeric: false,
    parts: contributionTexts,
  },
  {
    key: 'promotion',
    label: 'Promotion',
    numeric: false,
    parts: (row) =>
      row.promotion === null ? [] : [row.promotion.decision, ...row.promotion.reasons],
  },
  {
    key: 'lossBefore',
    label: 'Loss before, nats',
    numeric: true,
    parts: (row) => one(nats(row.lossBeforeMicroNats)),
  },
  {
    key: 'lossAfter',
    label: 'Loss after, nats',
    numeric: true,
    parts: (row) => one(nats(row.lossAfterMicroNats)),
  },
  {
    key: 'gain',
    label: 'Gain, bps',
    numeric: true,
    parts: (row) => one(row.promotion?.gainBps ?? null),
  },
];

/**
 * Where a participant is barred, as `r until window 9`.
 * @param {ContributorView} row
 */
export const barredIn = (row) =>
  Object.entries(row.quarantine).map(
    ([run, until]) => `quarantined in ${run} until window ${until}`,
  );

/** @type {readonly Column<ContributorView>[]} */
export const contributorColumns = [
  { key: 'name', label: 'Name', numeric: false, parts: (row) => [row.name] },
  { key: 'role', label: 'Role', numeric: false, parts: (row) => [row.role] },
  {
    key: 'status',
    label: 'Status',
    numeric: false,
    parts: (row) => [row.status, ...barredIn(row)],
  },
  { key: 'accepted', label: 'Accepted', numeric: true, parts: (row) => one(row.accepted) },
  { key: 'rejected', label: 'Rejected', numeric: true, parts: (row) => one(row.rejected) },
  { key: 'verdicts', label: 'Verdicts', numeric: true, parts: (row) => one(row.verdicts) },
  { key: 'workOpen', label: 'Work open', numeric: true, parts: (row) => [row.work.unsettled] },
  { key: 'workSettled', label: 'Work settled', numeric: true, parts: (row) => [row.work.settled] },
  { key: 'auditOpen', label: 'Audit open', numeric: true, parts: (row) => [row.audit.unsettled] },
  {
    key: 'auditSettled',
    label: 'Audit settled',
    numeric: true,
    parts: (row) => [row.audit.settled],
  },
  {
    key: 'forfeited',
    label: 'Forfeited',
    numeric: true,
    parts: (row) => [(BigInt(row.work.forfeited) + BigInt(row.audit.forfeited)).toString()],
  },
  { key: 'paid', label: 'Paid', numeric: true, parts: (row) => [money(row.paid)] },
  { key: 'escrow', label: 'Escrow', numeric: true, parts: (row) => [money(row.escrow)] },
  {
    key: 'tokensPerSecond',
    label: 'Tokens/s',
    numeric: true,
    parts: (row) => one(row.tokensPerSecond),
  },
  {
    key: 'lease',
    label: 'Lease, UTC',
    numeric: true,
    parts: (row) => one(time(row.leaseUntilMs ?? 0)),
  },
];
