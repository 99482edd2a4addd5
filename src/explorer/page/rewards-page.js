// @ts-check
/** Money: what accounts hold and that it adds up, what periods paid to whom with proofs, what vests. */
import { addressNow, pathOf } from './address.js';
import { claimSection } from './claim-section.js';
import { choice, controls, input } from './controls.js';
import { h } from './dom.js';
import { whyLink } from './explain-page.js';
import { dateTime, grouped, money } from './format.js';
import { longTable } from './long-table.js';
import { accountColumns, amountOf, payoutColumns, unitName } from './money-columns.js';
import { cellsOf, chip, entryLink, partyLink, section, table } from './parts.js';

/** @typedef {import('./views.js').Views} Views */
/** @typedef {import('../read-models/accounts.ts').UnitTotals} UnitTotals */
/** @typedef {import('../read-models/accounts.ts').FamilyTotals} FamilyTotals */
/** @typedef {import('../read-models/accounts.ts').AccountRow} AccountRow */
/** @typedef {import('../read-models/payouts.ts').PeriodRow} PeriodRow */
/** @typedef {import('../read-models/payouts.ts').PayoutRow} PayoutRow */
/**
 * @typedef {object} Rewards
 * @property {readonly UnitTotals[]} units
 * @property {readonly FamilyTotals[]} families
 * @property {readonly import('../read-models/payouts.ts').RingView[]} rings
 * @property {readonly import('../read-models/payouts.ts').ClosingView[]} closings
 * @property {readonly import('../read-models/payouts.ts').CorrectionView[]} corrections
 */

/**
 * @param {Views} views
 * @param {string} run of the period shown; empty: the newest period's
 * @param {string} period
 */
export function rewardsPage(views, run, period) {
  /** @type {Rewards | null} */
  const rewards = views.get('/view/rewards');
  if (rewards === null) return [h('p', { class: 'empty' }, 'Reading the accounts…')];
  const periods = views.list((from, limit) => pathOf('/view/periods', { run, from, limit }));
  /** @type {PeriodRow | undefined} */
  const newest = periods.row(0);
  const chosen =
    period !== '' ? { run, period } : newest && { run: newest.run, period: String(newest.period) };
  const { settings } = addressNow();
  return [
    headline(rewards),
    h(
      'div',
      { class: 'split', key: 'split' },
      h(
        'div',
        { class: 'side' },
        chosen === undefined ? null : payoutSection(views, chosen),
        claimSection(views, settings.get('claim') ?? '', chosen),
      ),
      h(
        'div',
        { class: 'side' },
        periodSection(periods, run, chosen),
        vestingSection(rewards),
        familySection(rewards),
      ),
    ),
    correctionSection(rewards),
    accountSection(views, rewards),
  ];
}

/** @param {Rewards} rewards */
const headline = ({ units, families }) =>
  h(
    'div',
    { class: 'headline', key: 'headline' },
    h('h1', {}, 'Rewards'),
    h(
      'p',
      { class: 'quiet' },
      'Double entry: every transfer debits one account and credits another, in one unit.',
    ),
    h(
      'dl',
      { class: 'tiles' },
      units.map(({ unit, accounts, debits, credits, balanced }) =>
        h(
          'div',
          { key: unit, 'data-unit': unit },
          h('dt', {}, `${unitName(unit)}, debits = credits`),
          h(
            'dd',
            {},
            grouped(amountOf(unit, debits)),
            ' ',
            chip(balanced ? 'balanced' : 'unbalanced'),
            h(
              'small',
              {},
              balanced
                ? `${grouped(String(accounts))} accounts`
                : `credits ${grouped(amountOf(unit, credits))}`,
            ),
          ),
        ),
      ),
      h(
        'div',
        { key: 'claimable' },
        h('dt', {}, 'Claimable, all participants'),
        h(
          'dd',
          {},
          grouped(money(sumOf(families, 'participant'))),
          h('small', {}, `${grouped(money(sumOf(families, 'vesting')))} vesting`),
        ),
      ),
    ),
  );

/** @param {readonly FamilyTotals[]} families @param {string} name */
const sumOf = (families, name) =>
  families.find(({ unit, family }) => unit === 'micro' && family === name)?.balance ?? '0';

/**
 * @param {ReturnType<Views['list']>} list
 * @param {string} run
 * @param {{ run: string, period: string } | undefined} chosen
 */
const periodSection = (list, run, chosen) =>
  section(
    'periods',
    'Periods',
    run !== '' && h('a', { href: '#/rewards' }, 'All runs'),
    longTable({
      id: 'periods-table',
      caption: 'Reward periods, the newest first, in units',
      columns: [
        { label: 'Period' },
        { label: 'State' },
        { label: 'Pool', numeric: true },
        { label: 'Paid', numeric: true },
      ],
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {PeriodRow} */ one) => {
        const isChosen = one.run === chosen?.run && String(one.period) === chosen.period;
        return {
          key: `${one.run}/${one.period}`,
          cells: [
            h(
              'a',
              {
                href: `#/rewards/${one.run}/${one.period}`,
                'aria-current': isChosen ? 'true' : null,
              },
              `${one.run}/${one.period}`,
            ),
            chip(one.state),
            grouped(money(one.pool)),
            grouped(money(one.paid)),
          ],
        };
      },
      empty: 'No period is open yet.',
    }),
  );

/** @param {Views} views @param {{ run: string, period: string }} chosen */
function payoutSection(views, { run, period }) {
  const list = views.list((from, limit) => pathOf('/view/payouts', { run, period, from, limit }));
  return section(
    'payouts',
    `Payouts of ${run}/${period}`,
    h(
      'a',
      {
        href: pathOf('/view/payouts.csv', { run, period }),
        download: `${run}-${period}-payouts.csv`,
      },
      'CSV',
    ),
    longTable({
      id: 'payouts-table',
      caption: 'Credits settled and what they were paid with, in units, the most first',
      columns: [...payoutColumns, { label: 'Why' }, { label: 'Proof' }],
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {PayoutRow} */ row) => ({
        key: row.participant,
        cells: [
          ...cellsOf(payoutColumns, row, {
            name: () => partyLink(row),
            sequence: () => entryLink(row.sequence),
          }),
          whyLink('payout', row.participant, `was ${row.name} paid so`),
          h(
            'a',
            { href: `#/rewards/${run}/${period}?claim=${row.participant}` },
            'claim',
            h('span', { class: 'unseen' }, ` of ${row.name}`),
          ),
        ],
      }),
      empty: 'Nothing is paid for it yet.',
    }),
  );
}

/** @param {Rewards} rewards */
const vestingSection = ({ rings, closings }) =>
  (rings.length > 0 || closings.length > 0) &&
  section(
    'vesting',
    'Vesting and settlement',
    null,
    rings.map(({ run, size, turnMs, turnedMs, buckets }) =>
      table({
        id: `ring-${run}`,
        caption: `${run}: vests over ${size} periods; turned ${dateTime(turnedMs)} UTC, after the run every ${grouped(String(turnMs / 1000))} s`,
        columns: [
          { label: 'Bucket', numeric: true },
          { label: 'Of period', numeric: true },
          { label: 'Participants', numeric: true },
          { label: 'Held', numeric: true },
        ],
        rows: buckets.map((bucket) => ({
          key: String(bucket.bucket),
          cells: [
            bucket.bucket,
            bucket.period ?? 'empty',
            grouped(String(bucket.participants)),
            grouped(money(bucket.held)),
          ],
        })),
        empty: 'Nothing vests.',
      }),
    ),
    closings.length > 0 &&
      table({
        id: 'closings-table',
        caption: 'Payouts that are being posted, part by part',
        columns: [
          { label: 'Period' },
          { label: 'Because' },
          { label: 'Posted', numeric: true },
          { label: 'Of', numeric: true },
          { label: 'Parts', numeric: true },
          { label: 'Paid so far', numeric: true },
          { label: 'Entry' },
        ],
        rows: closings.map((one) => ({
          key: `${one.run}/${one.period}`,
          cells: [
            `${one.run}/${one.period}`,
            one.cause,
            grouped(String(one.posted)),
            grouped(String(one.due)),
            one.parts,
            grouped(money(one.paid)),
            entryLink(one.sequence),
          ],
        })),
      }),
  );

/** @param {Rewards} rewards */
const familySection = ({ families }) =>
  section(
    'kinds',
    'Kinds of accounts',
    null,
    table({
      id: 'families-table',
      caption: 'Balances by kind; those of a unit sum to nothing',
      columns: [
        { label: 'Kind' },
        { label: 'Unit' },
        { label: 'Accounts', numeric: true },
        { label: 'Balance', numeric: true },
      ],
      rows: families.map(({ unit, family, accounts, balance }) => ({
        key: `${unit}:${family}`,
        cells: [
          h('a', { href: `#/rewards?unit=${unit}&kind=${family}` }, family),
          unitName(unit),
          grouped(String(accounts)),
          grouped(amountOf(unit, balance)),
        ],
      })),
      empty: 'Nothing is posted yet.',
    }),
  );

/** @param {Rewards} rewards */
const correctionSection = ({ corrections }) =>
  corrections.length > 0 &&
  section(
    'corrections',
    'Corrections',
    null,
    table({
      id: 'corrections-table',
      caption: 'What was set right by hand, each beside the transfer that it corrects',
      columns: [
        { label: 'Correction' },
        { label: 'Participant' },
        { label: 'Effect' },
        { label: 'Amount', numeric: true },
        { label: 'Of transfer' },
        { label: 'Entry' },
      ],
      rows: corrections.map((one) => ({
        key: one.correction,
        cells: [
          one.correction,
          partyLink(one.participant),
          one.effect,
          grouped(money(one.amount)),
          h('code', {}, one.original),
          entryLink(one.sequence),
        ],
      })),
    }),
  );

/** @param {Views} views @param {Rewards} rewards */
function accountSection(views, { families }) {
  const { settings } = addressNow();
  const filter = {
    unit: settings.get('unit'),
    family: settings.get('kind'),
    search: settings.get('account'),
  };
  const list = views.list((from, limit) => pathOf('/view/accounts', { ...filter, from, limit }));
  const kinds = [...new Set(families.map(({ family }) => family))];
  return section(
    'accounts',
    'Accounts',
    h('a', { href: pathOf('/view/accounts.csv', filter), download: 'accounts.csv' }, 'CSV'),
    controls(
      'Accounts',
      input('account', 'Account or owner', { size: 18 }),
      choice('unit', 'Unit', [
        ['', 'any'],
        ['micro', 'money'],
        ['work', 'work credits'],
        ['audit', 'audit credits'],
      ]),
      choice('kind', 'Kind', [
        ['', 'any'],
        ...kinds.map((kind) => /** @type {const} */ ([kind, kind])),
      ]),
    ),
    longTable({
      id: 'accounts-table',
      caption: 'Accounts with their balances: credits less debits',
      columns: accountColumns.map((column) => ({ ...column, wide: column.key === 'account' })),
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {AccountRow} */ row) => ({
        key: `${row.unit}:${row.account}`,
        cells: cellsOf(accountColumns, row, {
          owner: () => row.owner && partyLink(row.owner),
          account: () => h('span', { class: 'subject', title: row.account }, short(row.account)),
        }),
      }),
      empty: 'No account is like that.',
    }),
  );
}

/** Keys in it shortened. @param {string} account */
const short = (account) => account.replace(/U[A-Z2-7]{55}/g, (key) => `${key.slice(0, 8)}…`);
