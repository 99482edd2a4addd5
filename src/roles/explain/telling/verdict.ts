/** Why a contribution was judged as it was, told. */
import { grouped, money } from '../../figures.ts';
import type { Consequence } from '../consequences.ts';
import type { DisputeStep } from '../dispute.ts';
import type { StageLine } from '../stages.ts';
import type { VerdictExplanation } from '../verdict.ts';
import { auditDrawFacts, windowDrawFacts } from './draws.ts';
import type { Block, Fact, Line, Telling } from './telling.ts';
import {
  brief,
  entries,
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

export function tellVerdict(verdict: VerdictExplanation): Telling {
  const { stages, submission, dispute, consequences } = verdict;
  return telling(title(verdict), [
    part('the work', facts(workFacts(verdict))),
    stages === undefined ? null : part('the stages of the slot', stageTable(stages)),
    part(
      submission === null ? null : 'the judgement',
      submission === null ? null : facts(judgementFacts(verdict)),
      verdictTable(verdict),
      facts(resolutionFacts(verdict)),
    ),
    dispute === undefined ? null : part('the dispute', facts(dispute.map(disputeFact))),
    part('what followed', facts(consequences.map(consequenceFact))),
  ]);
}

function title({ assignment, author, resolution, state }: VerdictExplanation): Line {
  const outcome = resolution === null ? state : verdictWord(resolution.disposition);
  const why = resolution?.reasons.join(', ') ?? '';
  const because = why === '' ? '' : ` (${why})`;
  return [toned('strong', assignment), ' by ', party(author), ': ', outcome, because];
}

function workFacts(verdict: VerdictExplanation): Fact[] {
  const { issued, predecessors, superseded, submission, sealed } = verdict;
  const pages = holds(issued.pagesHold, "the plan's", 'NOT THE PAGES OF THE PLAN');
  return [
    ...windowDrawFacts(verdict.draw),
    ...predecessors.map((one): Fact => [
      'taken from',
      [
        entry(one.sequence),
        ' ',
        party(one),
        ', who held ',
        { why: 'verdict', of: one.assignment },
        ` (${one.reason})`,
      ],
    ]),
    ['assigned', [entry(issued.sequence), ` ${issued.pages.length} pages (`, pages, ')']],
    ['claimed', [entry(verdict.claimed)]],
    ...(superseded === null
      ? []
      : [['taken back', [entry(superseded.sequence), ` ${superseded.reason}`]] satisfies Fact]),
    [
      'submitted',
      submission === null
        ? ['nothing']
        : [
            entry(submission.sequence),
            ` ${grouped(submission.tokens)} tokens, ${submission.computeClass} on ${submission.backend}`,
          ],
    ],
    ['sealed', sealed === null ? ['-'] : [entry(sealed.sequence), ` ${sealed.reason}`]],
    ['revealed', [entry(verdict.revealed)]],
  ];
}

const stageTable = (stages: readonly StageLine[]): Block | null =>
  table(
    ['entry', 'stage', 'by', 'steps', 'began with', 'came to', 'is', 'counts'],
    stages.map((one) => [
      [entry(one.sequence)],
      [`${one.stage} of ${one.stages}`],
      [party(one)],
      [`${one.fromStep + 1}-${one.fromStep + one.steps}`],
      one.inputRefused ? [brief(one.input), ' (refused)'] : [brief(one.input)],
      [brief(one.output)],
      [one.disposition === null ? 'open' : verdictWord(one.disposition)],
      [brief(one.counted)],
    ]),
  );

function judgementFacts({ audit, extensions, submission }: VerdictExplanation): Fact[] {
  return [
    ...auditDrawFacts(audit),
    ...extensions.map((one): Fact => [
      'then called',
      [entry(one.sequence), ' ', party(one), ` (${one.reason})`],
    ]),
    ['committed', [submission === null ? '-' : { digest: submission.delta }]],
  ];
}

const verdictTable = ({ verdicts }: VerdictExplanation): Block | null =>
  table(
    ['entry', 'validator', 'says', 'bytes seen', 'computed itself', 'the same', 'side', 'reasons'],
    verdicts.map((one) => [
      [entry(one.sequence)],
      [party(one)],
      [verdictWord(one.disposition)],
      [brief(one.observed)],
      [brief(one.recomputed)],
      [holds(one.matches, 'yes', 'no')],
      [one.side],
      [
        [
          ...one.reasons,
          ...(one.firstDivergence === null ? [] : [`first at state root ${one.firstDivergence}`]),
        ].join(', '),
      ],
    ]),
  );

function resolutionFacts({ resolution, quorum }: VerdictExplanation): Fact[] {
  if (resolution === null) return [];
  const { sequence, disposition, agreeing, dissenting, counted } = resolution;
  const votes: Line =
    agreeing.length + dissenting.length === 0
      ? ['no verdicts']
      : [`${agreeing.length} agree (`, ...parties(agreeing), `), ${dissenting.length} dissent`];
  const needed: Line =
    quorum === null ? [] : [`; quorum ${quorum.needed} by the policy of `, entry(quorum.policy)];
  return [
    ['resolved', [entry(sequence), ' ', verdictWord(disposition), ': ', ...votes, ...needed]],
    ['counts', [counted === null ? 'nothing' : { digest: counted }]],
  ];
}

const disputeFact = ({ sequence, step, detail }: DisputeStep): Fact => [
  step,
  [entry(sequence), ` ${detail}`],
];

function consequenceFact(one: Consequence): Fact {
  const at = entry(one.sequence);
  switch (one.kind) {
    case 'quarantine': {
      const until = ` gets no work before window ${one.untilWindow}, on the evidence of `;
      return ['quarantine', [at, ' ', party(one.who), until, ...entries(one.evidence)]];
    }
    case 'penalty':
      return ['penalty', [at, ` ${money(one.amount)} from the escrow of `, party(one.who)]];
    case 'forfeit':
      return ['forfeit', [at, ` ${grouped(one.amount)} ${one.unit} credits of `, party(one.who)]];
    case 'work_credit':
    case 'audit_credit':
      return ['credit', [at, ` ${grouped(one.amount)} ${one.unit} credits to `, party(one.who)]];
    case 'counted':
      return [
        'outer step',
        [at, ' ', one.digest === null ? 'nothing' : { digest: one.digest }, ' went in'],
      ];
    case 'left_out':
      return ['outer step', [at, ' left this slot out']];
    default:
      return one satisfies never;
  }
}
