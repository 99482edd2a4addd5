/** Why somebody has the share of a scored window that it has, told. */
import { ONE } from '../../../projections/bonds.ts';
import { grouped, money } from '../../figures.ts';
import type { VectorLine, WeightExplanation } from '../weight.ts';
import type { Block, Fact, Line, Piece, Telling } from './telling.ts';
import {
  brief,
  entries,
  entry,
  facts,
  holds,
  joined,
  paidAt,
  parties,
  part,
  party,
  table,
  telling,
  toned,
  transferName,
} from './telling.ts';

/** Four decimals of a percentage: a millionth. */
const percent = (share: number | null): string =>
  share === null ? '-' : `${((100 * share) / ONE).toFixed(4)} %`;

export const tellWeight = (weight: WeightExplanation): Telling =>
  telling(
    [
      { party: weight.who, isAsked: true },
      ` (${weight.role}) in `,
      toned('strong', `${weight.run}/${weight.window}`),
      ': ',
      headline(weight),
    ],
    [
      part(null, facts(requestFacts(weight))),
      part('what validators say', vectorTable(weight.vectors)),
      part('what it comes to', facts(outcomeFacts(weight))),
      part('credits of the window', creditTable(weight)),
    ],
  );

const shareName = ({ role }: WeightExplanation): string =>
  role === 'worker' ? 'incentive' : 'dividend';

function headline(weight: WeightExplanation): Piece {
  const { outcome } = weight;
  if (outcome.kind === 'open') return 'no consensus yet';
  if (outcome.kind === 'failed') return toned('warn', `no consensus (${outcome.reason})`);
  const share = outcome.recorded?.share ?? null;
  return share === null ? 'no part in it' : `${shareName(weight)} ${percent(share)}`;
}

function requestFacts({ requested, sealed, terms }: WeightExplanation): Fact[] {
  const { kappa, bondAlphaPpm, quorumBps, disagreementBps, pages, policy } = terms;
  const seed = holds(requested.seedHolds, 'computed again', 'ANOTHER SEED COMES OUT');
  const contributions = requested.contributions.map((of): Piece => ({ why: 'verdict', of }));
  return [
    ['requested', [entry(requested.sequence), ' ', ...joined(contributions, ', ')]],
    ['seed', [brief(requested.seed, 16), `, ${pages} pages of each kind (`, seed, ')']],
    ['sealed', [entry(sealed)]],
    [
      'terms',
      [
        'policy ',
        entry(policy),
        `: kappa ${kappa}/65535, bonds ${bondAlphaPpm} ppm new, quorum ${quorumBps} bps of stake, receipt above ${disagreementBps} bps`,
      ],
    ],
  ];
}

const vectorTable = (vectors: readonly VectorLine[]): Block | null =>
  table(
    ['validator', 'stake', 'committed', 'shown', 'gain/gap bps', 'gives', 'counts', 'distance'],
    vectors.map((line) => [
      [party(line)],
      [money(line.stake)],
      [entry(line.committed)],
      line.commitmentHolds === false
        ? [entry(line.shown), ' ', toned('bad', 'NOT WHAT IT COMMITTED TO')]
        : [entry(line.shown)],
      [line.scores.map(({ gainBps, gapBps }) => `${gainBps}/${gapBps}`).join(' ') || '-'],
      [percent(line.given)],
      [percent(line.clipped)],
      [line.distanceBps === null ? '-' : `${line.distanceBps} bps`],
    ]),
  );

function outcomeFacts(weight: WeightExplanation): Fact[] {
  const { outcome, agrees, missing, lessened } = weight;
  return [
    ...consensusFacts(weight, outcome),
    ...(lessened.length > 0 ? [['paid at', paidAt(lessened)] satisfies Fact] : []),
    ...(missing.length > 0 ? [['missing', parties(missing)] satisfies Fact] : []),
    ...(agrees === null
      ? []
      : [
          [
            'derived again',
            [holds(agrees, 'the same share', 'ANOTHER SHARE COMES OUT')],
          ] satisfies Fact,
        ]),
  ];
}

function consensusFacts(weight: WeightExplanation, outcome: WeightExplanation['outcome']): Fact[] {
  if (outcome.kind === 'open') return [['consensus', ['not yet']]];
  if (outcome.kind === 'failed')
    return [['consensus', [entry(outcome.sequence), ` failed: ${outcome.reason}`]]];
  const { recorded, receipts, sequence } = outcome;
  const rows: Fact[] = [['consensus', [entry(sequence)]]];
  if (recorded !== null && recorded.weight !== null)
    rows.push(['weight', [`${percent(recorded.weight)}, the most that kappa of the stake gives`]]);
  if (recorded !== null)
    rows.push(
      [shareName(weight), [percent(recorded.share)]],
      ['trust', [`${percent(recorded.trust)} of what was said of or by it stands`]],
    );
  const far: Line = [...entries(receipts), ' too far from the others'];
  return receipts.length > 0 ? [...rows, ['receipts', far]] : rows;
}

const creditTable = ({ credits }: WeightExplanation): Block | null =>
  table(
    ['entry', 'unit', 'credits', 'for', 'transfer'],
    credits.map(({ sequence, unit, amount, reason, transfer }) => [
      [entry(sequence)],
      [unit],
      [grouped(amount)],
      [reason],
      [transferName(transfer)],
    ]),
  );
