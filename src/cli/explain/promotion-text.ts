/** A promotion decision explained on a terminal. */
import type { PromotionExplanation } from '../../roles/explain/promotion.ts';
import { colour, facts, grouped, nats, table } from '../terminal/output.ts';
import { windowDrawRows } from './draw-text.ts';
import { heading, holds, mark, names, shortDigest } from './entry-mark.ts';

export function promotionText(promotion: PromotionExplanation): string {
  const { reports, slots } = promotion;
  const text = [title(promotion), '', facts(windowRows(promotion))];
  if (slots.length > 0) text.push(heading('what counted'), slotTable(promotion));
  if (promotion.aggregation !== null)
    text.push(heading('what validators computed'), facts(aggregationRows(promotion)));
  if (reports.length > 0) text.push('', reportTable(promotion));
  text.push(heading('the decision'), facts(decisionRows(promotion)));
  return text.join('\n');
}

function title({ run, window, decision, state }: PromotionExplanation): string {
  const what =
    decision === null
      ? `${state}, not decided yet`
      : decision.decision === 'promoted_revision'
        ? colour.green(decision.decision)
        : colour.yellow(decision.decision);
  const why = decision === null ? '' : ` (${decision.reasons.join(', ')})`;
  return `${colour.bold(`${run}/${window}`)}: ${what}${why}`;
}

const windowRows = ({ draw, sealed, scored }: PromotionExplanation): [string, string][] => [
  ...windowDrawRows(draw),
  ['sealed', mark(sealed)],
  ['scored', mark(scored)],
];

const slotTable = ({ slots }: PromotionExplanation): string =>
  table(
    ['slot', 'by', 'submitted', 'resolved', 'disposition', 'delta that counts'],
    slots.map((slot) => [
      String(slot.slot),
      slot.name,
      mark(slot.submission),
      mark(slot.resolution),
      slot.disposition ?? '-',
      slot.counted === null ? 'none' : shortDigest(slot.counted),
    ]),
  );

function aggregationRows({
  aggregation,
  quorum,
  agreed,
}: PromotionExplanation): [string, string][] {
  if (aggregation === null) return [];
  const { sequence, deltas, validators } = aggregation;
  const request = `${mark(sequence)} outer step of ${deltas.length} deltas, asked of ${names(validators)}`;
  return [
    ['requested', request],
    ['agreed', agreed === null ? 'no quorum' : `${mark(agreed)} with a quorum of ${quorum ?? '-'}`],
  ];
}

const reportTable = ({ reports }: PromotionExplanation): string =>
  table(
    ['entry', 'validator', 'checkpoint', 'loss before', 'after', 'side'],
    reports.map((report) => [
      mark(report.sequence),
      report.name,
      shortDigest(report.checkpoint),
      nats(report.lossBeforeMicroNats),
      nats(report.lossAfterMicroNats),
      report.side,
    ]),
  );

function decisionRows(promotion: PromotionExplanation): [string, string][] {
  const { gate, decision, promoted, agrees } = promotion;
  const rows: [string, string][] = [];
  if (gate !== null) {
    const { lossBeforeMicroNats: before, lossAfterMicroNats: after } = gate;
    rows.push(
      [
        'gain',
        `(${grouped(before)} - ${grouped(after)}) x 10,000 / ${grouped(before)} = ${gate.gainBps} bps, toward zero`,
      ],
      [
        'bands',
        `promote at ${gate.acceptGainBps} bps or more, refuse at ${gate.rejectGainBps} or less, hold between (policy ${mark(gate.policy)})`,
      ],
    );
  }
  rows.push([
    'decided',
    decision === null
      ? 'not yet'
      : `${mark(decision.sequence)} ${decision.decision}: ${decision.reasons.join(', ')}`,
  ]);
  if (agrees !== null)
    rows.push(['derived again', holds(agrees, 'the same decision', 'ANOTHER DECISION')]);
  if (promoted !== null)
    rows.push([
      'revision',
      `${mark(promoted.sequence)} ${promoted.revision}, checkpoint ${promoted.checkpoint}`,
    ]);
  return rows;
}
