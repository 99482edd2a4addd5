// @ts-check
/** A window: its assignments with evidence, the validators' reports, and what was decided. */
import { pathOf } from './address.js';
import { outcomeOf } from './columns.js';
import { h } from './dom.js';
import { whyLink } from './explain-page.js';
import { dateTime, grouped, nats } from './format.js';
import { longTable } from './long-table.js';
import { chip, digest, entryLink, facts, partyLink, section, table, windowLink } from './parts.js';

/** @typedef {import('../read-models/window-pages.ts').WindowSummary} WindowSummary */
/** @typedef {import('../read-models/window-pages.ts').VerdictRow} VerdictRow */
/** @typedef {import('../read-models/window-pages.ts').AssignmentRow} AssignmentRow */
/** @typedef {import('./views.js').Views} Views */

/** @param {WindowSummary} view @param {Views} views */
export function windowPage(view, views) {
  const { run, window } = view;
  const assignments = views.list((from, limit) =>
    pathOf('/view/assignments', { run, window, from, limit }),
  );
  const verdicts = views.list((from, limit) =>
    pathOf('/view/verdicts', { run, window, from, limit }),
  );
  return [
    h(
      'div',
      { class: 'headline', key: `headline-${view.window}` },
      h(
        'nav',
        { class: 'crumbs', 'aria-label': 'Windows of the run' },
        h('a', { href: `#/run/${view.run}` }, `Run ${view.run}`),
        h('a', { href: `#/log?run=${view.run}&window=${view.window}` }, 'Its entries'),
        view.window > 0 && windowLink(view.run, view.window - 1, '← earlier'),
        view.window + 1 < view.windowsPlanned && windowLink(view.run, view.window + 1, 'later →'),
      ),
      h('h1', {}, `Window ${view.window} `, chip(view.state)),
      facts([
        ['Planned', [`${dateTime(view.plannedMs)} `, entryLink(view.sequence)]],
        [
          'Sealed',
          view.sealedMs === null
            ? 'not yet'
            : [
                `${dateTime(view.sealedMs)} `,
                view.sealedSequence !== null && entryLink(view.sealedSequence),
              ],
        ],
        ['Reconciled', view.reconciledMs === null ? 'not yet' : dateTime(view.reconciledMs)],
        ['From revision', [`${view.revision} `, digest(view.checkpoint)]],
        ['Seed of the draw', digest(view.seed)],
        ['Contributors', whyLink('selection', `${view.run}/${view.window}`, 'were these selected')],
        [
          'Standby',
          view.standby.length === 0
            ? 'nobody'
            : [
                ...view.standby.flatMap((party, index) => [index > 0 && ', ', partyLink(party)]),
                view.standbyTotal > view.standby.length &&
                  ` and ${grouped(String(view.standbyTotal - view.standby.length))} more`,
              ],
        ],
      ]),
    ),
    section(
      'assignments',
      'Assignments',
      null,
      longTable({
        id: 'assignments-table',
        caption: `Assignments of window ${view.window}`,
        columns: [
          { label: 'Slot', numeric: true },
          { label: 'Participant' },
          { label: 'Outcome' },
          { label: 'Tokens', numeric: true },
          { label: 'Training loss, nats', numeric: true },
          { label: 'Delta' },
          { label: 'Counted' },
          { label: 'Entries' },
        ],
        total: assignments.total,
        at: assignments.row,
        row: (/** @type {AssignmentRow} */ row) => ({
          key: row.assignment,
          cells: assignmentCells(row),
        }),
        problem: assignments.problem,
      }),
    ),
    section(
      'verdicts',
      'Verdicts',
      null,
      longTable({
        id: 'verdicts-table',
        caption: 'Who recomputed what, and what came out',
        columns: [
          { label: 'Slot', numeric: true },
          { label: 'Contribution of' },
          { label: 'Judged by' },
          { label: 'Verdict' },
          { label: 'Committed' },
          { label: 'In the store' },
          { label: 'Recomputed' },
          { label: 'Entry' },
        ],
        total: verdicts.total,
        at: verdicts.row,
        row: (/** @type {VerdictRow} */ { slot, contributor, delta, verdict }) => ({
          key: String(verdict.sequence),
          cells: [
            slot,
            partyLink(contributor),
            partyLink(verdict.validator),
            [
              chip(verdict.disposition),
              ...verdict.reasons.flatMap((reason) => [' ', h('code', {}, reason)]),
              verdict.firstDivergence !== null &&
                h('span', { class: 'quiet' }, ` from trace ${verdict.firstDivergence}`),
            ],
            delta === null ? '' : digest(delta),
            verdict.observed === null ? 'nothing' : digest(verdict.observed),
            verdict.recomputed === null ? 'nothing' : digest(verdict.recomputed),
            entryLink(verdict.sequence),
          ],
        }),
        problem: verdicts.problem,
        empty: 'No verdict yet.',
      }),
    ),
    section(
      'aggregation',
      'Aggregation',
      null,
      view.promotion &&
        h(
          'p',
          {},
          chip(view.promotion.decision),
          ' ',
          whyLink('promotion', `${view.run}/${view.window}`, 'was it decided so'),
          view.promotion.reasons.map((reason) => [' ', h('code', {}, reason)]).flat(),
          view.promotion.gainBps === null ? null : ` gain ${view.promotion.gainBps} bps `,
          ' ',
          entryLink(view.promotion.sequence),
        ),
      table({
        id: 'reports-table',
        caption: 'The outer step as each validator computed it',
        columns: [
          { label: 'Validator' },
          { label: 'Loss before, nats', numeric: true },
          { label: 'Loss after, nats', numeric: true },
          { label: 'Checkpoint' },
          { label: 'Entry' },
        ],
        rows: view.reports.map((report) => ({
          key: String(report.sequence),
          cells: [
            partyLink(report.validator),
            nats(report.lossBeforeMicroNats),
            nats(report.lossAfterMicroNats),
            digest(report.checkpoint),
            entryLink(report.sequence),
          ],
        })),
        empty: 'No report yet.',
      }),
    ),
  ];
}

/** @param {AssignmentRow} row */
function assignmentCells(row) {
  const { submission } = row;
  return [
    row.attempt === 0 ? row.slot : `${row.slot}, attempt ${row.attempt}`,
    partyLink(row.participant),
    [
      chip(outcomeOf(row)),
      ...row.reasons.flatMap((reason) => [' ', h('code', {}, reason)]),
      ' ',
      whyLink('verdict', row.assignment, `was slot ${row.slot} judged so`),
    ],
    submission === null ? '' : grouped(String(submission.tokens)),
    submission === null
      ? ''
      : `${nats(submission.lossFirstMicroNats)} to ${nats(submission.lossLastMicroNats)}`,
    submission === null ? '' : digest(submission.delta),
    counted(row),
    [row.sequence, submission?.sequence, row.challenged, row.resolvedSequence]
      .filter((sequence) => sequence !== undefined && sequence !== null)
      .flatMap((sequence) => [entryLink(/** @type {number} */ (sequence)), ' ']),
  ];
}

/** @param {AssignmentRow} row */
function counted(row) {
  if (row.counted === null) return row.disposition === null ? '' : 'nothing';
  return row.counted === row.submission?.delta
    ? 'as committed'
    : ['recomputed ', digest(row.counted)];
}
