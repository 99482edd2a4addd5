/** What `explain verdict` says, whole: the draws, the work, the judgement and what followed. */
import { disposition } from '../../events/catalogue/validation.ts';
import { unit } from '../../events/catalogue/reward.ts';
import {
  boolean,
  count,
  decimal,
  many,
  members,
  orNull,
  string,
  words,
} from '../../explorer/api/shape.ts';
import type { Consequence } from '../../roles/explain/consequences.ts';
import type { DisputeStep } from '../../roles/explain/dispute.ts';
import type { AuditDraw, WindowDraw } from '../../roles/explain/draw.ts';
import type { StageLine } from '../../roles/explain/stages.ts';
import type { VerdictExplanation, VerdictLine } from '../../roles/explain/verdict.ts';
import { anyOf, entryAnd, named, party, partyMembers } from './named-shape.ts';

export const side = words('agreeing', 'dissenting', 'open');

export const windowDraw = named<WindowDraw>({
  sequence: count,
  seed: string,
  seedFrom: count,
  seedHolds: orNull(boolean),
  orderHolds: orNull(boolean),
  contributors: many(party),
  standby: many(party),
  revision: count,
  checkpoint: string,
  policyRevision: count,
});

const auditDraw = named<AuditDraw>({
  sequence: count,
  drawn: boolean,
  seed: string,
  seedFrom: orNull(count),
  seedHolds: orNull(boolean),
  drawHolds: boolean,
  auditRateBps: count,
  panel: many(party),
  reserve: many(party),
});

export const verdictLine = named<VerdictLine>({
  ...partyMembers,
  sequence: count,
  disposition,
  reasons: many(string),
  observed: orNull(string),
  recomputed: orNull(string),
  matches: orNull(boolean),
  firstDivergence: orNull(count),
  counted: orNull(string),
  side,
});

const stageLine = named<StageLine>({
  ...partyMembers,
  assignment: string,
  sequence: count,
  stage: count,
  stages: count,
  fromStep: count,
  steps: count,
  input: string,
  output: orNull(string),
  inputRefused: boolean,
  disposition: orNull(disposition),
  counted: orNull(string),
});

const consequence = anyOf<Consequence>(
  entryAnd({
    kind: words('quarantine'),
    who: party,
    untilWindow: count,
    evidence: many(count),
  }),
  entryAnd({
    kind: words('penalty', 'forfeit', 'work_credit', 'audit_credit'),
    who: party,
    amount: decimal,
    unit,
    transfer: string,
  }),
  entryAnd({ kind: words('counted', 'left_out'), digest: orNull(string) }),
);

export const verdictShape = named<VerdictExplanation>(
  {
    assignment: string,
    run: string,
    window: count,
    slot: count,
    attempt: count,
    author: party,
    state: string,
    draw: orNull(windowDraw),
    issued: entryAnd({ pages: many(count), pagesHold: orNull(boolean) }),
    predecessors: many(entryAnd({ ...partyMembers, assignment: string, reason: string })),
    claimed: orNull(count),
    superseded: orNull(entryAnd({ reason: string })),
    submission: orNull(
      entryAnd({
        delta: string,
        sizeBytes: count,
        tokens: count,
        computeClass: string,
        backend: string,
      }),
    ),
    sealed: orNull(entryAnd({ reason: string })),
    revealed: orNull(count),
    audit: orNull(auditDraw),
    extensions: many(entryAnd({ ...partyMembers, reason: string })),
    verdicts: many(verdictLine),
    quorum: orNull(members({ needed: count, policy: count })),
    resolution: orNull(
      entryAnd({
        disposition,
        reasons: many(string),
        counted: orNull(string),
        agreeing: many(party),
        dissenting: many(party),
      }),
    ),
    dispute: many(named<DisputeStep>({ sequence: count, step: string, detail: string })),
    stages: many(stageLine),
    consequences: many(consequence),
  },
  'dispute',
  'stages',
);
