/** Why the result of a window was promoted or not, told. */
import { grouped, nats } from '../../figures.ts';
import type { PromotionExplanation } from '../promotion.ts';
import { windowDrawFacts } from './draws.ts';
import type { Block, Fact, Line, Telling } from './telling.ts';
import {
  brief,
  entry,
  facts,
  holds,
  parties,
  part,
  party,
  table,
  telling,
  toned,
  verdictWord,
} from './telling.ts';

export function tellPromotion(promotion: PromotionExplanation): Telling {
  const { draw, sealed, scored, aggregation } = promotion;
  return telling(title(promotion), [
    part(
      null,
      facts([...windowDrawFacts(draw), ['sealed', [entry(sealed)]], ['scored', [entry(scored)]]]),
    ),
    part('what counted', slotTable(promotion)),
    part(
      aggregation === null ? null : 'what validators computed',
      facts(aggregationFacts(promotion)),
      reportTable(promotion),
    ),
    part('the decision', facts(decisionFacts(promotion))),
  ]);
}

function title({ run, window, decision, state }: PromotionExplanation): Line {
  const what: Line =
    decision === null
      ? [`${state}, not decided yet`]
      : [verdictWord(decision.decision), ` (${decision.reasons.join(', ')})`];
  return [toned('strong', `${run}/${window}`), ': ', ...what];
}

const slotTable = ({ slots }: PromotionExplanation): Block | null =>
  table(
    ['slot', 'by', 'submitted', 'resolved', 'disposition', 'delta that counts'],
    slots.map((slot) => [
      [{ why: 'verdict', of: slot.assignment, text: String(slot.slot) }],
      [party(slot)],
      [entry(slot.submission)],
      [entry(slot.resolution)],
      [slot.disposition === null ? '-' : verdictWord(slot.disposition)],
      [slot.counted === null ? 'none' : brief(slot.counted)],
    ]),
  );

function aggregationFacts({ aggregation, quorum, agreed }: PromotionExplanation): Fact[] {
  if (aggregation === null) return [];
  const { sequence, deltas, validators } = aggregation;
  return [
    [
      'requested',
      [
        entry(sequence),
        ` outer step of ${deltas.length} deltas, asked of `,
        ...parties(validators),
      ],
    ],
    [
      'agreed',
      agreed === null ? ['no quorum'] : [entry(agreed), ` with a quorum of ${quorum ?? '-'}`],
    ],
  ];
}

const reportTable = ({ reports }: PromotionExplanation): Block | null =>
  table(
    ['entry', 'validator', 'checkpoint', 'loss before', 'after', 'side'],
    reports.map((report) => [
      [entry(report.sequence)],
      [party(report)],
      [brief(report.checkpoint)],
      [nats(report.lossBeforeMicroNats)],
      [nats(report.lossAfterMicroNats)],
      [report.side],
    ]),
  );

function decisionFacts(promotion: PromotionExplanation): Fact[] {
  const { gate, decision, promoted, agrees } = promotion;
  const rows: Fact[] = [];
  if (gate !== null) {
    const { lossBeforeMicroNats: before, lossAfterMicroNats: after } = gate;
    const difference = `(${grouped(before)} - ${grouped(after)})`;
    const bands = `promote at ${gate.acceptGainBps} bps or more, refuse at ${gate.rejectGainBps} or less, hold between`;
    rows.push(
      ['gain', [`${difference} x 10,000 / ${grouped(before)} = ${gate.gainBps} bps, toward zero`]],
      ['bands', [`${bands} (policy `, entry(gate.policy), ')']],
    );
  }
  rows.push([
    'decided',
    decision === null
      ? ['not yet']
      : [entry(decision.sequence), ` ${decision.decision}: ${decision.reasons.join(', ')}`],
  ]);
  if (agrees !== null)
    rows.push(['derived again', [holds(agrees, 'the same decision', 'ANOTHER DECISION')]]);
  if (promoted !== null)
    rows.push([
      'revision',
      [
        entry(promoted.sequence),
        ` ${promoted.revision}, checkpoint `,
        { digest: promoted.checkpoint },
      ],
    ]);
  return rows;
}
