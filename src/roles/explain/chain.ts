/** How a credit came about: the entries it goes back to, oldest first, down to the draw of the window. */
import type { ActorId } from '../../events/ids.ts';
import { isActorId } from '../../events/nkey.ts';
import { must, windowKeyOf } from '../../projections/books.ts';
import type { Evidence } from './chronicle.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';
import type { VerdictExplanation, VerdictLine } from './verdict.ts';
import { explainVerdict } from './verdict.ts';

export interface ChainStep {
  readonly sequence: number;
  readonly step:
    | 'seed'
    | 'window'
    | 'assignment'
    | 'claim'
    | 'submission'
    | 'seal'
    | 'reveal'
    | 'challenge'
    | 'spared'
    | 'verdict'
    | 'resolution'
    | 'request'
    | 'report'
    | 'agreement'
    | 'scores'
    | 'consensus';
  /** Who did it, where a participant did. */
  readonly who: Party | null;
  readonly detail: string;
}

const step = (
  kind: ChainStep['step'],
  sequence: number | null | undefined,
  detail: string,
  who: Party | null = null,
): ChainStep[] =>
  sequence === null || sequence === undefined ? [] : [{ sequence, step: kind, who, detail }];

/** Of a `work/<assignment>` transfer. */
export function workChain(evidence: Evidence, assignment: string): ChainStep[] {
  const explained = explainVerdict(evidence, assignment);
  if (explained._tag === 'Left') return [];
  const verdict = explained.right;
  return [
    ...drawSteps(verdict),
    ...contributionSteps(verdict),
    ...judgementSteps(verdict, verdict.verdicts),
  ];
}

/** Of an `audit/<assignment>/<validator>` transfer: only that validator's verdict counts for it. */
export function auditChain(
  evidence: Evidence,
  assignment: string,
  validator: ActorId,
): ChainStep[] {
  const explained = explainVerdict(evidence, assignment);
  if (explained._tag === 'Left') return [];
  const verdict = explained.right;
  const own = verdict.verdicts.filter(({ participant }) => participant === validator);
  return [
    ...step(
      'submission',
      verdict.submission?.sequence,
      `committed to ${verdict.submission?.delta}`,
      verdict.author,
    ),
    ...judgementSteps(verdict, own),
  ];
}

/** Of an `aggregate/<run>/<window>/<validator>` transfer. */
export function aggregateChain(
  { books, chronicle }: Evidence,
  window: string,
  validator: ActorId,
): ChainStep[] {
  const aggregation = books.windows[window]?.aggregation;
  const report = aggregation?.reports.find((one) => one.validator === validator);
  const [run, index] = window.split('/');
  const agreed = chronicle.last(`run/${run}/window/${index}`, 'daybook.aggregation.agreed.v1');
  return [
    ...step('request', aggregation?.sequence, `${aggregation?.deltas.length} deltas to aggregate`),
    ...step(
      'report',
      report?.sequence,
      `computed ${report?.checkpoint.digest}`,
      partyOf(books, validator),
    ),
    ...step('agreement', agreed?.sequence, `${agreed?.data.agreeing.length} equal reports`),
  ];
}

/** Of a transfer that a consensus divided: `work/<run>/<window>/<participant>`, and so for `audit`. */
function consensusChain({ books, chronicle }: Evidence, run: string, window: string): ChainStep[] {
  const subject = `run/${run}/window/${window}`;
  const asked = chronicle.last(subject, 'daybook.scores.requested.v1');
  const reached = chronicle.last(subject, 'daybook.consensus.reached.v1');
  const vectors = chronicle.all(subject, 'daybook.scores.revealed.v1');
  return [
    ...step(
      'request',
      asked?.sequence,
      `${asked?.data.contributions.length} contributions to score`,
    ),
    ...vectors.flatMap(({ sequence, actor, data }) =>
      step(
        'scores',
        sequence,
        `gains of ${data.scores.map(({ gainBps }) => gainBps).join(', ')} bps`,
        partyOf(books, actor),
      ),
    ),
    ...step('consensus', reached?.sequence, `of ${reached?.data.validators.length} validators`),
  ];
}

function drawSteps({ draw }: VerdictExplanation): ChainStep[] {
  if (draw === null) return [];
  const order = draw.contributors.map(({ name }) => name).join(', ');
  return [
    ...step('seed', draw.seedFrom, 'the tree root after it seeds the draw'),
    ...step('window', draw.sequence, `drawn by seed ${draw.seed.slice(0, 16)}: ${order}`),
  ];
}

function contributionSteps(verdict: VerdictExplanation): ChainStep[] {
  const { author, issued, claimed, submission, sealed, revealed } = verdict;
  return [
    ...step(
      'assignment',
      issued.sequence,
      `slot ${verdict.slot}, attempt ${verdict.attempt}, ${issued.pages.length} pages`,
      author,
    ),
    ...step('claim', claimed, 'began', author),
    ...step(
      'submission',
      submission?.sequence,
      `${submission?.tokens} tokens, committed to ${submission?.delta}`,
      author,
    ),
    ...step('seal', sealed?.sequence, `window sealed: ${sealed?.reason}`),
    ...step('reveal', revealed, 'bytes in the store', author),
  ];
}

function judgementSteps(
  { audit, resolution }: VerdictExplanation,
  verdicts: readonly VerdictLine[],
): ChainStep[] {
  const panel = audit?.panel.map(({ name }) => name).join(', ');
  return [
    ...step(
      audit?.drawn === true ? 'challenge' : 'spared',
      audit?.sequence,
      audit?.drawn === true ? `drawn for recomputation by ${panel}` : 'not drawn for recomputation',
    ),
    ...verdicts.flatMap((one) =>
      step('verdict', one.sequence, `${one.disposition}, computed ${one.recomputed}`, {
        participant: one.participant,
        name: one.name,
      }),
    ),
    ...step(
      'resolution',
      resolution?.sequence,
      `${resolution?.disposition}, ${resolution?.agreeing.length} agree`,
    ),
  ];
}

/** Chain of a credit by the id of its transfer. */
export function chainOf(evidence: Evidence, transfer: string): ChainStep[] {
  const [kind, ...rest] = transfer.split('/');
  const [run, window, last] = rest;
  // Where an assignment has a slot, what was divided has a key.
  if (rest.length === 3 && kind !== 'aggregate' && last !== undefined && isActorId(last))
    return consensusChain(evidence, must(run, 'run'), must(window, 'window'));
  if (kind === 'work') return workChain(evidence, rest.join('/'));
  const validator = rest.at(-1) as ActorId;
  if (kind === 'audit') return auditChain(evidence, rest.slice(0, -1).join('/'), validator);
  if (kind === 'aggregate') return aggregateChain(evidence, windowKeyOf(rest.join('/')), validator);
  return [];
}
