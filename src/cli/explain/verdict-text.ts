/** A verdict explained on a terminal. */
import type { Consequence } from '../../roles/explain/consequences.ts';
import type { DisputeStep } from '../../roles/explain/dispute.ts';
import type { StageLine } from '../../roles/explain/stages.ts';
import type { VerdictExplanation } from '../../roles/explain/verdict.ts';
import { colour, facts, grouped, table } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';
import { auditDrawRows, windowDrawRows } from './draw-text.ts';
import { heading, holds, mark, names, shortDigest } from './entry-mark.ts';

export function verdictText(verdict: VerdictExplanation): string {
  const parts = [title(verdict), heading('the work'), facts(workRows(verdict))];
  if (verdict.stages !== undefined)
    parts.push(heading('the stages of the slot'), '', stageTable(verdict.stages));
  if (verdict.submission !== null)
    parts.push(heading('the judgement'), facts(judgementRows(verdict)));
  if (verdict.verdicts.length > 0) parts.push('', verdictTable(verdict));
  if (verdict.resolution !== null) parts.push('', facts(resolutionRows(verdict)));
  if (verdict.dispute !== undefined)
    parts.push(heading('the dispute'), facts(verdict.dispute.map(disputeRow)));
  if (verdict.consequences.length > 0)
    parts.push(heading('what followed'), facts(verdict.consequences.map(consequenceRow)));
  return parts.join('\n');
}

const stageTable = (stages: readonly StageLine[]): string =>
  table(
    ['entry', 'stage', 'by', 'steps', 'began with', 'came to', 'is', 'counts'],
    stages.map((one) => [
      mark(one.sequence),
      `${one.stage} of ${one.stages}`,
      one.name,
      `${one.fromStep + 1}-${one.fromStep + one.steps}`,
      one.inputRefused ? `${shortDigest(one.input)} (refused)` : shortDigest(one.input),
      shortDigest(one.output),
      one.disposition === null ? 'open' : painted(one.disposition),
      shortDigest(one.counted),
    ]),
  );

const disputeRow = ({ sequence, step, detail }: DisputeStep): [string, string] => [
  step,
  `${mark(sequence)} ${detail}`,
];

const DISPOSITION_COLOUR: Record<string, (text: string) => string> = {
  accepted: colour.green,
  rejected: colour.red,
  quarantined: colour.yellow,
  replay_required: colour.yellow,
};
const painted = (disposition: string): string =>
  (DISPOSITION_COLOUR[disposition] ?? String)(disposition);

function title({ assignment, author, resolution, state }: VerdictExplanation): string {
  const outcome = resolution === null ? state : painted(resolution.disposition);
  const why = resolution?.reasons.join(', ') ?? '';
  return `${colour.bold(assignment)} by ${author.name}: ${outcome}${why === '' ? '' : ` (${why})`}`;
}

function workRows(verdict: VerdictExplanation): [string, string][] {
  const { issued, predecessors, superseded, submission, sealed } = verdict;
  const pages = holds(issued.pagesHold, "the plan's", 'NOT THE PAGES OF THE PLAN');
  return [
    ...windowDrawRows(verdict.draw),
    ...predecessors.map((one): [string, string] => [
      'taken from',
      `${mark(one.sequence)} ${one.name}, who held ${one.assignment} (${one.reason})`,
    ]),
    ['assigned', `${mark(issued.sequence)} ${issued.pages.length} pages (${pages})`],
    ['claimed', mark(verdict.claimed)],
    ...(superseded === null
      ? []
      : [['taken back', `${mark(superseded.sequence)} ${superseded.reason}`] as [string, string]]),
    [
      'submitted',
      submission === null
        ? 'nothing'
        : `${mark(submission.sequence)} ${grouped(submission.tokens)} tokens, ${submission.computeClass} on ${submission.backend}`,
    ],
    ['sealed', sealed === null ? '-' : `${mark(sealed.sequence)} ${sealed.reason}`],
    ['revealed', mark(verdict.revealed)],
  ];
}

function judgementRows({ audit, extensions, submission }: VerdictExplanation): [string, string][] {
  return [
    ...auditDrawRows(audit),
    ...extensions.map((one): [string, string] => [
      'then called',
      `${mark(one.sequence)} ${one.name} (${one.reason})`,
    ]),
    ['committed', submission?.delta ?? '-'],
  ];
}

function verdictTable({ verdicts }: VerdictExplanation): string {
  return table(
    ['entry', 'validator', 'says', 'bytes seen', 'computed itself', 'the same', 'side', 'reasons'],
    verdicts.map((one) => [
      mark(one.sequence),
      one.name,
      painted(one.disposition),
      shortDigest(one.observed),
      shortDigest(one.recomputed),
      holds(one.matches, 'yes', 'no'),
      one.side,
      [
        ...one.reasons,
        ...(one.firstDivergence === null ? [] : [`first at state root ${one.firstDivergence}`]),
      ].join(', '),
    ]),
  );
}

function resolutionRows({ resolution, quorum }: VerdictExplanation): [string, string][] {
  if (resolution === null) return [];
  const { sequence, disposition, agreeing, dissenting, counted } = resolution;
  const votes =
    agreeing.length + dissenting.length === 0
      ? 'no verdicts'
      : `${agreeing.length} agree (${names(agreeing)}), ${dissenting.length} dissent`;
  const needed =
    quorum === null ? '' : `; quorum ${quorum.needed} by the policy of ${mark(quorum.policy)}`;
  return [
    ['resolved', `${mark(sequence)} ${painted(disposition)}: ${votes}${needed}`],
    ['counts', counted ?? 'nothing'],
  ];
}

function consequenceRow(one: Consequence): [string, string] {
  const at = mark(one.sequence);
  switch (one.kind) {
    case 'quarantine':
      return [
        'quarantine',
        `${at} ${one.who.name} gets no work before window ${one.untilWindow}, on the evidence of ${one.evidence.map(mark).join(' ')}`,
      ];
    case 'penalty':
      return ['penalty', `${at} ${money(one.amount)} from the escrow of ${one.who.name}`];
    case 'forfeit':
      return ['forfeit', `${at} ${grouped(one.amount)} ${one.unit} credits of ${one.who.name}`];
    case 'work_credit':
    case 'audit_credit':
      return ['credit', `${at} ${grouped(one.amount)} ${one.unit} credits to ${one.who.name}`];
    case 'counted':
      return ['outer step', `${at} ${one.digest} went in`];
    case 'left_out':
      return ['outer step', `${at} left this slot out`];
    default:
      return one satisfies never;
  }
}
