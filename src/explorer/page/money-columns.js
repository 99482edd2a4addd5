// @ts-check
/**
 * Columns of accounts, payouts, and of what a network's members stand for: one definition for the page
 * and for the CSV export, as in columns.js.
 */
import { contributorColumns } from './columns.js';
import { money } from './format.js';

/**
 * @template Row
 * @typedef {import('./columns.js').Column<Row>} Column
 */
/** @typedef {import('../read-models/accounts.ts').AccountRow} AccountRow */
/** @typedef {import('../read-models/payouts.ts').PayoutRow} PayoutRow */
/** @typedef {import('./contributor-table.js').Contributor} Contributor */

/** Money in units, credits as they are. @param {string} unit @param {string} text */
export const amountOf = (unit, text) => (unit === 'micro' ? money(text) : text);

/** @type {readonly Column<AccountRow>[]} */
export const accountColumns = [
  { key: 'unit', label: 'Unit', numeric: false, parts: ({ unit }) => [unitName(unit)] },
  { key: 'family', label: 'Kind', numeric: false, parts: ({ family }) => [family] },
  { key: 'owner', label: 'Of', numeric: false, parts: ({ owner }) => [owner?.name ?? ''] },
  { key: 'account', label: 'Account', numeric: false, parts: ({ account }) => [account] },
  {
    key: 'debits',
    label: 'Debits',
    numeric: true,
    parts: ({ unit, debits }) => [amountOf(unit, debits)],
  },
  {
    key: 'credits',
    label: 'Credits',
    numeric: true,
    parts: ({ unit, credits }) => [amountOf(unit, credits)],
  },
  {
    key: 'balance',
    label: 'Balance',
    numeric: true,
    parts: ({ unit, balance }) => [amountOf(unit, balance)],
  },
];

/** @param {string} unit */
export const unitName = (unit) => (unit === 'micro' ? 'money' : `${unit} credits`);

/** @type {readonly Column<PayoutRow>[]} */
export const payoutColumns = [
  { key: 'name', label: 'Participant', numeric: false, parts: ({ name }) => [name] },
  { key: 'work', label: 'Work credits', numeric: true, parts: ({ work }) => [work] },
  { key: 'audit', label: 'Audit credits', numeric: true, parts: ({ audit }) => [audit] },
  { key: 'paid', label: 'Paid', numeric: true, parts: ({ paid }) => [money(paid)] },
  { key: 'sequence', label: 'Entry', numeric: true, parts: ({ sequence }) => [String(sequence)] },
];

const named = new Map(contributorColumns.map((column) => [column.key, column]));
/** @param {string} key */
const known = (key) => /** @type {Column<any>} */ (named.get(key));

/** @type {readonly Column<Contributor>[]} */
const allMemberColumns = [
  known('name'),
  known('role'),
  known('status'),
  {
    key: 'stage',
    label: 'Stage',
    numeric: false,
    parts: ({ standing }) => [standing.stage ?? ''],
  },
  {
    key: 'stake',
    label: 'Stake',
    numeric: true,
    parts: ({ standing }) => [money(standing.stake)],
  },
  {
    key: 'brought',
    label: 'Own of it',
    numeric: true,
    parts: ({ standing }) => (standing.brought === null ? [] : [money(standing.brought)]),
  },
  {
    key: 'rating',
    label: 'Rating',
    numeric: true,
    parts: ({ standing }) =>
      standing.rating === null ? [] : [(standing.rating.muMicro / 1e6).toFixed(2)],
  },
  {
    key: 'offences',
    label: 'Offences',
    numeric: true,
    parts: ({ standing }) => [String(standing.offences)],
  },
  {
    key: 'identity',
    label: 'Identity',
    numeric: false,
    parts: ({ standing }) => [
      standing.key === null
        ? 'admitted'
        : standing.revoked === null
          ? `registered${standing.rotations > 0 ? `, key ${standing.rotations + 1}` : ''}`
          : 'revoked',
    ],
  },
  {
    key: 'cluster',
    label: 'Cluster of',
    numeric: false,
    parts: ({ standing }) => (standing.cluster === null ? [] : [standing.cluster.name]),
  },
  known('accepted'),
  known('rejected'),
  known('verdicts'),
];

/** Columns that say nothing where the policy lacks a section. @type {Record<string, string>} */
const SECTIONS = {
  stage: 'admission',
  rating: 'mesh',
  offences: 'ladder',
  brought: 'registry',
  identity: 'registry',
  cluster: 'registry',
};

/** @param {object | null} policy */
export const memberColumns = (policy) =>
  allMemberColumns.filter(({ key }) => {
    const section = SECTIONS[key];
    const terms = /** @type {Record<string, unknown>} */ (policy ?? {});
    return section === undefined || (terms[section] ?? null) !== null;
  });
