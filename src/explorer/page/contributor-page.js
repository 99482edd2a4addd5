// @ts-check
/** A contributor: its standing, every verdict on it and by it, and every posting to its accounts. */
import { pathOf } from './address.js';
import { outcomeOf } from './columns.js';
import { statusOf } from './contributor-table.js';
import { h } from './dom.js';
import { whyLink } from './explain-page.js';
import { dateTime, grouped, money } from './format.js';
import { longTable } from './long-table.js';
import { chip, digest, entryLink, facts, partyLink, section, windowLink } from './parts.js';

/** @typedef {import('./contributor-table.js').Contributor} Contributor */
/** @typedef {import('../read-models/contributor.ts').CreditView} CreditView */
/** @typedef {import('../read-models/deeds-page.ts').DeedRow} DeedRow */
/** @typedef {DeedRow & { verdict: NonNullable<DeedRow['verdict']> }} JudgedRow */
/** @typedef {import('../read-models/statements.ts').StatementLine} StatementLine */
/** @typedef {import('./views.js').Views} Views */

/** Lines of a statement that are asked for. */
const LINES_MAX = 1000;

/** @param {Views} views @param {string} participant */
export function contributorPage(views, participant) {
  const path = pathOf('/view/contributor', { participant });
  /** @type {Contributor | null} */
  const who = views.get(path);
  if (who === null)
    return [
      h(
        'p',
        { class: 'empty' },
        views.absent(path)
          ? 'There is no such contributor in this ledger.'
          : 'Reading the contributor…',
      ),
    ];
  return [
    headline(who),
    who.role === 'worker' ? contributions(who, views) : verdicts(who, views),
    section('statement', 'Statement', null, statementTable(who, views)),
  ];
}

/** @param {Contributor} who */
const headline = (who) =>
  h(
    'div',
    { class: 'headline', key: `headline-${who.participant}` },
    h(
      'nav',
      { class: 'crumbs', 'aria-label': 'Back' },
      h('a', { href: '#/network' }, 'Network'),
      h('a', { href: `#/log?participant=${who.participant}` }, 'Its entries'),
    ),
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
      ...standing(who),
    ]),
  );

/**
 * What only open networks have.
 * @param {Contributor} who
 * @returns {(readonly [string, import('./dom.js').Child | import('./dom.js').Child[]])[]}
 */
function standing({ participant, standing: one }) {
  /** @type {(readonly [string, import('./dom.js').Child | import('./dom.js').Child[]])[]} */
  const pairs = [];
  if (one.stage !== null) pairs.push(['Stage', chip(one.stage)]);
  if (one.key !== null)
    pairs.push([
      'Identity',
      one.revoked === null
        ? `registered, key ${one.rotations + 1}`
        : ['revoked ', entryLink(one.revoked)],
    ]);
  if (one.brought !== null) pairs.push(['Stake of its own', grouped(money(one.brought))]);
  if (one.unlocking !== '0') pairs.push(['Unlocking', grouped(money(one.unlocking))]);
  if (one.cluster !== null) pairs.push(['In the cluster of', partyLink(one.cluster)]);
  if (one.rating !== null)
    pairs.push([
      'Rating',
      [
        `${(one.rating.muMicro / 1e6).toFixed(2)} ± ${(one.rating.sigmaMicro / 1e6).toFixed(2)} `,
        whyLink('weight', participant, 'does it weigh so much'),
      ],
    ]);
  if (one.offences > 0)
    pairs.push([
      'Offences',
      [`${one.offences} `, whyLink('offence', participant, 'was it punished')],
    ]);
  return pairs;
}

/** @param {CreditView} credit */
const credits = ({ unsettled, settled, forfeited }) =>
  `${grouped(unsettled)} open, ${grouped(settled)} settled${forfeited === '0' ? '' : `, ${grouped(forfeited)} forfeited`}`;

/** @param {Contributor} who @param {Views} views */
const deedsOf = (who, views) =>
  views.list((from, limit) => pathOf('/view/deeds', { participant: who.participant, from, limit }));

/** @param {readonly string[]} reasons */
const reasonsOf = (reasons) => reasons.flatMap((reason) => [' ', h('code', {}, reason)]);

/** @param {Contributor} who @param {Views} views */
function contributions(who, views) {
  const list = deedsOf(who, views);
  return section(
    'contributions',
    'Contributions',
    null,
    longTable({
      id: 'contributions-table',
      caption: `What ${who.name} was assigned, and how it was judged, the newest first`,
      columns: [
        { label: 'Window' },
        { label: 'Slot', numeric: true },
        { label: 'Outcome' },
        { label: 'Judged by' },
        { label: 'Tokens', numeric: true },
        { label: 'Entries' },
      ],
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {DeedRow} */ { run, window, assignment: row }) => ({
        key: row.assignment,
        cells: [
          windowLink(run, window, `${run}/${window}`),
          row.slot,
          [
            chip(outcomeOf(row)),
            ...reasonsOf(row.reasons),
            ' ',
            whyLink('verdict', row.assignment, 'was it judged so'),
          ],
          (row.challenge?.verdicts ?? []).flatMap(({ validator, disposition }, at) => [
            at > 0 && ', ',
            partyLink(validator),
            ` ${disposition}`,
          ]),
          row.submission === null ? '' : grouped(String(row.submission.tokens)),
          [row.sequence, row.submission?.sequence, row.resolvedSequence]
            .filter((sequence) => sequence !== undefined && sequence !== null)
            .flatMap((sequence) => [entryLink(/** @type {number} */ (sequence)), ' ']),
        ],
      }),
      empty: 'It has had no work yet.',
    }),
  );
}

/** @param {Contributor} who @param {Views} views */
function verdicts(who, views) {
  const list = deedsOf(who, views);
  return section(
    'verdicts-by',
    'Verdicts given',
    null,
    longTable({
      id: 'verdicts-by-table',
      caption: `What ${who.name} recomputed, the newest first`,
      columns: [
        { label: 'Window' },
        { label: 'Contribution of' },
        { label: 'Verdict' },
        { label: 'Settled as' },
        { label: 'Recomputed' },
        { label: 'Entry' },
      ],
      total: list.total,
      problem: list.problem,
      at: list.row,
      row: (/** @type {JudgedRow} */ { run, window, assignment: row, verdict, contributor }) => ({
        key: String(verdict.sequence),
        cells: [
          windowLink(run, window, `${run}/${window}`),
          partyLink(contributor),
          [chip(verdict.disposition), ...reasonsOf(verdict.reasons)],
          row.disposition === null
            ? ''
            : [chip(row.disposition), ' ', whyLink('verdict', row.assignment, 'was it settled so')],
          verdict.recomputed === null ? 'nothing' : digest(verdict.recomputed),
          entryLink(verdict.sequence),
        ],
      }),
      empty: 'It has judged nothing yet.',
    }),
  );
}

/** @param {Contributor} who @param {Views} views */
function statementTable(who, views) {
  /** @type {{ total: number, lines: readonly StatementLine[] } | null} */
  const statement = views.get(
    pathOf('/api/statement', { participant: who.participant, limit: LINES_MAX }),
  );
  if (statement === null) return h('p', { class: 'empty' }, 'Reading the statement…');
  const { lines, total } = statement;
  const newest = lines.toReversed();
  return longTable({
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
    total: newest.length,
    at: (index) => newest[index],
    row: (line) => ({
      key: `${line.transfer} ${line.account}`,
      cells: [
        entryLink(line.sequence),
        dateTime(line.timeMs),
        line.run === null ? line.account : `${line.account}, ${line.run}`,
        line.unit === 'micro'
          ? grouped(money(line.amount))
          : `${grouped(line.amount)} ${line.unit}`,
        h('code', {}, line.reason),
        line.because.flatMap((sequence) => [entryLink(sequence), ' ']),
      ],
    }),
    empty: 'Nothing is posted to its accounts yet.',
  });
}
