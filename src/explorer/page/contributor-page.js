// @ts-check
/** A contributor: its standing, every verdict on it and by it, and every posting to its accounts. */
import { outcomeOf } from './columns.js';
import { h } from './dom.js';
import { whyLink } from './explain-page.js';
import { dateTime, grouped, money, time } from './format.js';
import { chip, digest, entryLink, facts, partyLink, section, table, windowLink } from './parts.js';
import { statusOf } from './run-page.js';

/** @typedef {import('../read-models/window.ts').WindowView} WindowView */
/** @typedef {import('../read-models/contributor.ts').ContributorView} ContributorView */
/** @typedef {import('../read-models/contributor.ts').CreditView} CreditView */
/** @typedef {import('../read-models/statements.ts').StatementLine} StatementLine */
/** @typedef {{ participant: string, total: number, lines: readonly StatementLine[] }} Statement */

/**
 * @param {ContributorView} who
 * @param {readonly WindowView[]} windows of every run, in order
 * @param {Statement | null} statement null while it is fetched
 */
export const contributorPage = (who, windows, statement) => [
  h(
    'div',
    { class: 'headline', key: `headline-${who.participant}` },
    h('nav', { class: 'crumbs', 'aria-label': 'Back' }, h('a', { href: '#/' }, 'Run')),
    h('h1', {}, who.name, ' ', h('span', { class: 'quiet' }, who.role)),
    facts([
      ['Status', statusOf(who)],
      ['Key', digest(who.participant)],
      ['Session', who.session],
      ['Lease until', who.leaseUntilMs === null ? 'none' : `${dateTime(who.leaseUntilMs)} UTC`],
      ['Last heard', who.lastHeardMs === 0 ? 'never' : `${dateTime(who.lastHeardMs)} UTC`],
      ['Computes', who.backend === null ? 'not joined' : `${who.backend}, ${who.computeClass}`],
      ['Work credits', credits(who.work)],
      ['Audit credits', credits(who.audit)],
      [
        'Paid',
        [`${grouped(money(who.paid))} `, whyLink('payout', who.participant, 'was it paid so')],
      ],
      ['Escrow', grouped(money(who.escrow))],
    ]),
  ),
  who.role === 'worker' ? contributions(who, windows) : verdicts(who, windows),
  section('statement', 'Statement', null, statementTable(statement)),
];

/** @param {CreditView} credit */
const credits = ({ unsettled, settled, forfeited }) =>
  `${grouped(unsettled)} open, ${grouped(settled)} settled${forfeited === '0' ? '' : `, ${grouped(forfeited)} forfeited`}`;

/** @param {ContributorView} who @param {readonly WindowView[]} windows */
function contributions(who, windows) {
  const rows = windows.flatMap((view) =>
    view.assignments
      .filter(({ participant }) => participant.participant === who.participant)
      .map((row) => ({ view, row })),
  );
  return section(
    'contributions',
    'Contributions',
    null,
    table({
      id: 'contributions-table',
      caption: `What ${who.name} was assigned, and how it was judged`,
      columns: [
        { label: 'Window' },
        { label: 'Slot', numeric: true },
        { label: 'Outcome' },
        { label: 'Judged by' },
        { label: 'Tokens', numeric: true },
        { label: 'Entries' },
      ],
      rows: rows.map(({ view, row }) => ({
        key: row.assignment,
        cells: [
          windowLink(view.run, view.window, `${view.run}/${view.window}`),
          row.slot,
          [
            chip(outcomeOf(row)),
            ...row.reasons.flatMap((reason) => [' ', h('code', {}, reason)]),
            ' ',
            whyLink('verdict', row.assignment, 'was it judged so'),
          ],
          (row.challenge?.verdicts ?? []).flatMap(({ validator, disposition }, index) => [
            index > 0 && ', ',
            partyLink(validator),
            ` ${disposition}`,
          ]),
          row.submission === null ? '' : grouped(String(row.submission.tokens)),
          [row.sequence, row.submission?.sequence, row.resolvedSequence]
            .filter((sequence) => sequence !== undefined && sequence !== null)
            .flatMap((sequence) => [entryLink(/** @type {number} */ (sequence)), ' ']),
        ],
      })),
    }),
  );
}

/** @param {ContributorView} who @param {readonly WindowView[]} windows */
function verdicts(who, windows) {
  const rows = windows.flatMap((view) =>
    view.assignments.flatMap((row) =>
      (row.challenge?.verdicts ?? [])
        .filter(({ validator }) => validator.participant === who.participant)
        .map((verdict) => ({ view, row, verdict })),
    ),
  );
  return section(
    'verdicts-by',
    'Verdicts given',
    null,
    table({
      id: 'verdicts-by-table',
      caption: `What ${who.name} recomputed`,
      columns: [
        { label: 'Window' },
        { label: 'Contribution of' },
        { label: 'Verdict' },
        { label: 'Settled as' },
        { label: 'Recomputed' },
        { label: 'Entry' },
      ],
      rows: rows.map(({ view, row, verdict }) => ({
        key: String(verdict.sequence),
        cells: [
          windowLink(view.run, view.window, `${view.run}/${view.window}`),
          partyLink(row.participant),
          [
            chip(verdict.disposition),
            ...verdict.reasons.flatMap((reason) => [' ', h('code', {}, reason)]),
          ],
          row.disposition === null ? '' : chip(row.disposition),
          verdict.recomputed === null ? 'nothing' : digest(verdict.recomputed),
          entryLink(verdict.sequence),
        ],
      })),
    }),
  );
}

/** @param {Statement | null} statement */
function statementTable(statement) {
  if (statement === null) return h('p', { class: 'empty' }, 'Reading the statement…');
  const { lines, total } = statement;
  return table({
    id: 'statement-table',
    caption:
      lines.length < total
        ? `The newest ${lines.length} of ${total} postings, each with the entries it rests on`
        : 'Every posting, with the entries it rests on',
    columns: [
      { label: 'Entry', numeric: true },
      { label: 'Time, UTC' },
      { label: 'Account' },
      { label: 'Amount', numeric: true },
      { label: 'Reason' },
      { label: 'Because of' },
    ],
    rows: lines.toReversed().map((line) => ({
      key: `${line.transfer} ${line.account}`,
      cells: [
        entryLink(line.sequence),
        time(line.timeMs),
        line.run === null ? line.account : `${line.account}, ${line.run}`,
        line.unit === 'micro'
          ? grouped(money(line.amount))
          : `${grouped(line.amount)} ${line.unit}`,
        h('code', {}, line.reason),
        line.because.flatMap((sequence) => [entryLink(sequence), ' ']),
      ],
    })),
  });
}
