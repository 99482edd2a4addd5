/** A share of a scored window explained on a terminal. */
import { ONE } from '../../projections/bonds.ts';
import type { VectorLine, WeightExplanation } from '../../roles/explain/weight.ts';
import { colour, facts, grouped, table } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';
import { heading, holds, mark, marks, names, paidAt, transferName } from './entry-mark.ts';

/** Four decimals of a percentage: a millionth. */
const percent = (share: number | null): string =>
  share === null ? '-' : `${((100 * share) / ONE).toFixed(4)} %`;

export function weightText(weight: WeightExplanation): string {
  const { who, role, run, window, vectors, credits } = weight;
  const title = `${colour.bold(who.name)} (${role}) in ${colour.bold(`${run}/${window}`)}: ${headline(weight)}`;
  const text = [title, '', facts(requestRows(weight)), heading('what validators say')];
  text.push(vectorTable(vectors), heading('what it comes to'), facts(outcomeRows(weight)));
  if (credits.length > 0) text.push(heading('credits of the window'), creditTable(weight));
  return text.join('\n');
}

function headline({ outcome, role }: WeightExplanation): string {
  if (outcome.kind === 'open') return 'no consensus yet';
  if (outcome.kind === 'failed') return colour.yellow(`no consensus (${outcome.reason})`);
  const share = outcome.recorded?.share ?? null;
  const what = role === 'worker' ? 'incentive' : 'dividend';
  return share === null ? `no part in it` : `${what} ${percent(share)}`;
}

function requestRows({ requested, sealed, terms }: WeightExplanation): [string, string][] {
  const { kappa, bondAlphaPpm, quorumBps, disagreementBps, pages, policy } = terms;
  const seed = holds(requested.seedHolds, 'computed again', 'ANOTHER SEED COMES OUT');
  return [
    ['requested', `${mark(requested.sequence)} ${requested.contributions.join(', ')}`],
    ['seed', `${requested.seed.slice(0, 16)}, ${pages} pages of each kind (${seed})`],
    ['sealed', mark(sealed)],
    [
      'terms',
      `policy ${mark(policy)}: kappa ${kappa}/65535, bonds ${bondAlphaPpm} ppm new, quorum ${quorumBps} bps of stake, receipt above ${disagreementBps} bps`,
    ],
  ];
}

const vectorTable = (vectors: readonly VectorLine[]): string =>
  table(
    ['validator', 'stake', 'committed', 'shown', 'gain/gap bps', 'gives', 'counts', 'distance'],
    vectors.map((line) => [
      line.name,
      money(line.stake),
      mark(line.committed),
      `${mark(line.shown)}${line.commitmentHolds === false ? colour.red(' NOT WHAT IT COMMITTED TO') : ''}`,
      line.scores.map(({ gainBps, gapBps }) => `${gainBps}/${gapBps}`).join(' ') || '-',
      percent(line.given),
      percent(line.clipped),
      line.distanceBps === null ? '-' : `${line.distanceBps} bps`,
    ]),
  );

function outcomeRows(weight: WeightExplanation): [string, string][] {
  const { outcome, agrees, missing, role, lessened } = weight;
  const rows: [string, string][] = [];
  if (outcome.kind === 'failed')
    rows.push(['consensus', `${mark(outcome.sequence)} failed: ${outcome.reason}`]);
  if (outcome.kind === 'open') rows.push(['consensus', 'not yet']);
  if (outcome.kind === 'reached') {
    const { recorded, receipts } = outcome;
    rows.push(['consensus', mark(outcome.sequence)]);
    if (recorded !== null && recorded.weight !== null)
      rows.push(['weight', `${percent(recorded.weight)}, the most that kappa of the stake gives`]);
    if (recorded !== null)
      rows.push(
        [role === 'worker' ? 'incentive' : 'dividend', percent(recorded.share)],
        ['trust', `${percent(recorded.trust)} of what was said of or by it stands`],
      );
    if (receipts.length > 0) rows.push(['receipts', `${marks(receipts)} too far from the others`]);
  }
  if (lessened.length > 0) rows.push(['paid at', paidAt(lessened)]);
  if (missing.length > 0) rows.push(['missing', names(missing)]);
  if (agrees !== null)
    rows.push(['derived again', holds(agrees, 'the same share', 'ANOTHER SHARE COMES OUT')]);
  return rows;
}

const creditTable = ({ credits }: WeightExplanation): string =>
  table(
    ['entry', 'unit', 'credits', 'for', 'transfer'],
    credits.map(({ sequence, unit, amount, reason, transfer }) => [
      mark(sequence),
      unit,
      grouped(amount),
      reason,
      transferName(transfer),
    ]),
  );
